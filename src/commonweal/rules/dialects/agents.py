"""robots.txt by agent (RFC 9309): who may not fetch, and by that what for.

robots.txt speaks of fetching. Operators document what each of their agents fetches for (`rules.agent_list`),
and that a page it may not fetch is not used for that: so `User-agent: GPTBot` with `Disallow: /` refuses
OpenAI to train, and nobody else. Some names are controls that never fetch, such as Google-Extended.

What is written
    A group for each agent any of whose acts is refused or owes something. An agent that also searches is
    left alone unless search is refused too: one line can't tell the uses apart, and refusing training never
    takes a site out of search. `User-agent: *` is disallowed where fetching is refused to everyone.
What is read
    For each agent on the list that a group names, its acts as refused to its operator, and fetching as
    refused to that agent. `User-agent: *` speaks of fetching alone, to those whom no group names. `Allow`
    takes out of a refusal and grants nothing: the way in for a crawler is no permission to use.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from urllib.parse import quote

from commonweal.rules import agent_list
from commonweal.rules.agent_list import Agent, AgentList
from commonweal.rules.dialects.base import (
    About,
    Artefact,
    Kind,
    Loss,
    Problem,
    Reading,
    Site,
    Strict,
    Token,
    Written,
    located,
    patterns_of,
    strictest,
    where_longest,
)
from commonweal.rules.patterns import Relation, encoded, relation, specificity
from commonweal.rules.request import Request
from commonweal.rules.robots_txt import MOST_BYTES, Group, Robots, parse_robots, product
from commonweal.rules.terms import Rule, Terms
from commonweal.rules.vocabulary import TRAINING, Act, Consent, Effect, Pay, Scope, Who

NAME = "agents"
REFUSED = (Effect.DENY, Effect.CONDITIONAL)
"""robots.txt can't say on which terms, so what owes something is refused."""
MOST_LINES = 200
"""Of a longer group, lines with the same exceptions are read as one rule."""
MOST_PROBLEMS = 100
"""Malformed lines that are named; a file that is something else altogether has more."""
PATHS = ("allow", "disallow")
ELSEWHERE = ("content-usage", "content-signal", "license")
"""Keys with which other standards speak to machines."""


@dataclass(frozen=True)
class Agents:
    """The dialect, for a list of agents: the one that comes with this package, or a newer one."""

    agents: AgentList = field(default_factory=agent_list.load)

    @cached_property
    def about(self) -> About:
        """What the dialect is; its words are the agents."""
        tokens = [Token(agent.name, agent.acts, grants=False) for agent in self.agents.agents]
        return About(
            name=NAME,
            title="robots.txt by agent",
            version="RFC 9309",
            url="https://www.rfc-editor.org/rfc/rfc9309",
            checked=self.agents.checked,
            status="IETF Proposed Standard; what each agent fetches for is documented by its operator",
            tokens=(Token("User-agent: *", frozenset({Act.CRAWL}), grants=False), *tokens),
            silence="may be fetched; of use: unknown",
            conditions="can't be said: an agent that must pay or ask first is refused; one that owes no more "
            "than it can do unasked, such as attribution, is left alone",
            cannot=(
                "permission to use",
                "anything to agents that are not on the list, but not to fetch",
                "which use, to an agent that has several: one that also searches is left alone",
                "any duty, limit of flow, time limit or notice",
            ),
        )

    def write(self, terms: Terms, site: Site) -> Written:
        """Return groups for robots.txt: for everyone, and for each agent that is refused something."""
        patterns, losses = patterns_of(terms, site)
        asked = _Asked(terms, site)
        everyone = [p for p in patterns if asked.closed(p)]
        groups: dict[tuple[str, ...], list[str]] = {}
        for agent in self.agents.agents:
            refused = [p for p in patterns if asked.refused(agent, p)]
            # One that would only be told what everyone is told needs no group of its own.
            told = [] if agent.kind == "control" else everyone
            if refused != told or any(asked.uses(agent, p) for p in refused):
                groups.setdefault(_lines(refused, patterns), []).append(agent.name)
        mixed = _mixed(self.agents.agents, patterns, asked)
        left = "they search too, and are left alone"
        losses += [Loss(f"{act} by {', '.join(names)}", left) for act, names in mixed]
        if terms.rules:
            losses.append(Loss("whoever is not on the list of agents", "is told at most not to fetch"))
        texts = [_group(["*"], _lines(everyone, patterns))] if everyone else []
        texts += [_group(names, lines) for lines, names in groups.items()]
        artefacts = (Artefact(Kind.ROBOTS, "\n".join(texts), name="agents"),) if texts else ()
        return Written(artefacts, tuple(losses))

    def reads(self, artefact: Artefact) -> bool:
        """Is it a robots.txt?"""
        return artefact.kind is Kind.ROBOTS

    def read(self, artefact: Artefact) -> Reading:
        """Return what a robots.txt refuses to whom."""
        robots = parse_robots(artefact.text)
        by_name: dict[str, list[Group]] = {}
        for group in robots.groups:
            for name in group.agents:
                for token in _tokens(name):
                    by_name.setdefault(token, []).append(group)
        known = [(agent, by_name[agent.key]) for agent in self.agents.agents if agent.key in by_name]
        rules = [*_for_everyone(by_name), *_for_agents(known)]
        problems = [*islice(_malformed(robots), MOST_PROBLEMS), *_unknown(robots, self.agents)]
        problems += _fetchers(known, by_name, self.agents, robots)
        if not any(rule.who.names for rule, _ in rules):
            problems += _prose(artefact.text, robots)
        first = artefact.line - 1
        placed = [(rule, line + first) for rule, line in rules]
        found = [
            replace(p, where=artefact.where, line=None if p.line is None else p.line + first)
            for p in problems
        ]
        return Reading(located(placed, NAME, artefact, "robots.txt"), tuple(found))


DIALECT = Agents()


# Writing ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Asked:
    """What terms say to each agent on each path, asked once for all agents whom the terms don't name."""

    terms: Terms
    site: Site
    _known: dict[tuple[str, str, Act], Effect] = field(default_factory=dict)
    _strict: dict[str, Strict] = field(default_factory=dict)

    @cached_property
    def _mentioned(self) -> frozenset[str]:
        people = [who for rule in self.terms.rules for who in (rule.who, rule.unless) if who is not None]
        return frozenset(name for who in people for name in who.names)

    def effect(self, agent: Agent, act: Act, pattern: str) -> Effect:
        """Return what is said of an act to an agent, by whatever name the terms call it."""
        names = (agent.party & self._mentioned) or {""}  # "": somebody whom no rule names
        return strictest(self._effect(name, act, pattern) for name in names)

    def _effect(self, name: str, act: Act, pattern: str) -> Effect:
        key = name, pattern, act
        if key not in self._known:
            self._known[key] = self._said(Request(act, name=name, at=self.site.at), pattern)
        return self._known[key]

    def _said(self, request: Request, pattern: str) -> Effect:
        """Return the effect; unknown for what owes only duties that anybody can meet unasked."""
        strict = self._at(pattern)
        effect = strict.effect(request.act, pattern, request)
        if effect is not Effect.CONDITIONAL:
            return effect
        owed = strict.policy.over(request.act, pattern, request=request).duties
        return effect if any(isinstance(d, Pay | Consent) for d in owed) else Effect.UNKNOWN

    def _at(self, pattern: str) -> Strict:
        if pattern not in self._strict:
            self._strict[pattern] = Strict.of(where_longest(self.terms, pattern, self.site), self.site)
        return self._strict[pattern]

    def closed(self, pattern: str) -> bool:
        """Is fetching refused to everyone: to one of no class, whom no rule names, and without conditions?"""
        nobody = Request(Act.CRAWL, parties=frozenset(), name="", at=self.site.at)
        return self._at(pattern).policy.over(Act.CRAWL, pattern, request=nobody).effect is Effect.DENY

    def uses(self, agent: Agent, pattern: str) -> bool:
        """Is what an agent does refused there? For one that searches, is searching?"""
        acts = {Act.SEARCH} if Act.SEARCH in agent.acts else agent.acts
        return any(self.effect(agent, act, pattern) in REFUSED for act in acts)

    def refused(self, agent: Agent, pattern: str) -> bool:
        """Is the agent to stay out?"""
        if self.uses(agent, pattern):
            return True
        if agent.kind == "control":
            return False
        crawl = self.effect(agent, Act.CRAWL, pattern)
        if self.closed(pattern):
            return crawl is not Effect.ALLOW
        # Where fetching owes something, search engines are left to what is said of search.
        return crawl is Effect.DENY or (crawl is Effect.CONDITIONAL and Act.SEARCH not in agent.acts)


def _lines(refused: Sequence[str], patterns: Sequence[str]) -> tuple[str, ...]:
    """Return the lines of a group: what is refused, and what is taken out of it again by a longer path."""
    if len(refused) == len(patterns):
        return ("Disallow: /",)
    lines = []
    for pattern in patterns:
        if pattern in refused:
            lines.append(f"Disallow: {_safe(pattern)}")
        elif any(
            specificity(shorter) <= specificity(pattern) and relation(pattern, shorter) is not Relation.NO
            for shorter in refused
        ):
            lines.append(f"Allow: {_safe(pattern)}")
    return tuple(lines) or ("Allow: /",)


def _group(names: Iterable[str], lines: Iterable[str]) -> str:
    return "\n".join([*(f"User-agent: {name}" for name in names), *lines]) + "\n"


def _safe(pattern: str) -> str:
    """Return a pattern that ends no line and starts no comment."""
    return re.sub(r"[\x00-\x20#\x7f]", lambda m: quote(m.group()), encoded(pattern))


def _mixed(
    agents: Iterable[Agent], patterns: Sequence[str], asked: _Asked
) -> Iterator[tuple[Act, list[str]]]:
    """Yield refused acts with the agents that are left alone because they search."""
    searching = [a for a in agents if Act.SEARCH in a.acts and not all(asked.refused(a, p) for p in patterns)]
    for act in (Act.TRAIN_GEN, Act.TRAIN_DISC, Act.GROUND, Act.INDEX, Act.MINE):
        names = [
            a.name for a in searching
            if act in a.acts
            and any(asked.effect(a, act, p) in REFUSED and not asked.refused(a, p) for p in patterns)
        ]  # fmt: skip
        if names:
            yield act, names


# Reading ----------------------------------------------------------------------------------------------------


def _tokens(name: str) -> set[str]:
    """Return the tokens that a User-agent line may mean: names such as AI2Bot hold digits, which no product
    token of RFC 9309 does."""
    return {name, product(name)} - {""}


def _for_everyone(by_name: Mapping[str, Sequence[Group]]) -> Iterator[tuple[Rule, int]]:
    """Yield fetching as refused to whom no group names: an agent obeys one group alone."""
    named = frozenset(by_name) - {"*"}
    unless = Who(names=named) if named else None
    for scope, line in _scopes(by_name.get("*", ())):
        yield Rule(frozenset({Act.CRAWL}), Effect.DENY, unless=unless, scope=scope), line


def _for_agents(known: Iterable[tuple[Agent, list[Group]]]) -> Iterator[tuple[Rule, int]]:
    """Yield what is refused to the agents that groups name; those alike in acts and groups in one rule."""
    uses: dict[tuple[tuple[int, ...], frozenset[Act]], tuple[list[Group], set[str]]] = {}
    for agent, groups in known:
        place = tuple(group.first for group in groups)
        uses.setdefault((place, agent.acts), (groups, set()))[1].update(agent.party)
        if agent.kind != "control":
            uses.setdefault((place, frozenset({Act.CRAWL})), (groups, set()))[1].add(agent.key)
    for (_, acts), (groups, names) in uses.items():
        for scope, line in _scopes(groups):
            yield Rule(acts, Effect.DENY, who=Who(names=frozenset(names)), scope=scope), line


def _scopes(groups: Iterable[Group]) -> Iterator[tuple[Scope, int]]:
    """Yield (what a line disallows, its number); lines of long groups that except the same are one."""
    lines = [line for group in groups for line in group.lines if line.value.startswith(("/", "*"))]
    allowed = [(specificity(line.value)[0], line.value) for line in lines if line.key == "allow"]
    refused = [line for line in lines if line.key == "disallow"]
    longer: dict[int, frozenset[str]] = {}
    together: dict[frozenset[str], tuple[set[str], int]] = {}
    for line in refused:
        size = specificity(line.value)[0]
        if size not in longer:  # allow stands on a tie
            longer[size] = frozenset(value for length, value in allowed if length >= size)
        if len(refused) > MOST_LINES:
            together.setdefault(longer[size], (set(), line.number))[0].add(line.value)
        else:
            yield _scope({line.value}, longer[size]), line.number
    for but, (values, number) in together.items():
        yield _scope(values, but), number


def _scope(patterns: Iterable[str], but: frozenset[str]) -> Scope:
    urls = frozenset(patterns)
    return Scope(but=but) if "/" in urls else Scope(urls=urls, but=but)


# What is wrong ----------------------------------------------------------------------------------------------


def _malformed(robots: Robots) -> Iterator[Problem]:
    if robots.cut:
        message = f"it is longer than {MOST_BYTES // 1024} KiB: crawlers may ignore the rest"
        yield Problem("agents-cut", message, "shorten it", severity="warning")
    for line in robots.malformed:
        mend = "write `Key: value`, or # before a comment"
        message = "no rule: the line is ignored"
        yield Problem("agents-malformed", message, mend, line=line.number, severity="warning")
    for line in robots.outside:
        if line.key in PATHS:
            message = "it stands before any User-agent line and holds for nobody"
            yield Problem("agents-outside", message, "move it below `User-agent: *`", line=line.number)
    for line in (line for group in robots.groups for line in group.lines):
        if line.key in PATHS and line.value and not line.value.startswith(("/", "*")):
            message = "the path starts with neither / nor * and matches nothing"
            yield Problem("agents-path", message, "write / before it", line=line.number)


def _unknown(robots: Robots, agents: AgentList) -> Iterator[Problem]:
    """Yield one note on all names that are not on the list."""
    keys = {agent.key for agent in agents.agents} | {"*"}
    names: dict[str, int] = {}
    for group in robots.groups:
        for name in group.agents:
            if not _tokens(name) & keys:
                names.setdefault(name, group.first)
    if names:
        shown = ", ".join(sorted(names)[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        message = f"not on the list of AI agents ({agents.checked}), so of their use nothing is read: {shown}"
        mend = "update the list, if they are AI agents"
        yield Problem("agents-unknown", message, mend, line=min(names.values()), severity="note")


def _fetchers(
    known: Iterable[tuple[Agent, list[Group]]],
    by_name: Mapping[str, Sequence[Group]],
    agents: AgentList,
    robots: Robots,
) -> Iterator[Problem]:
    """Yield operators who may not train, and of whose fetchers for answers nothing is said.

    A group for the fetcher, whatever it says, shows that it was thought of.
    """

    def closed(groups: Sequence[Group]) -> int | None:
        line = robots.deciding(groups, "/")
        return line.number if line is not None and line.key == "disallow" else None

    refused: dict[str, tuple[str, int]] = {}
    for agent, groups in known:
        line = closed(groups)
        if agent.acts & TRAINING and agent.operator and line is not None:
            refused.setdefault(agent.operator, (agent.name, line))
    if closed(by_name.get("*", ())) is not None:
        return
    for agent in agents.agents:
        if agent.kind == "fetcher" and agent.operator in refused and agent.key not in by_name:
            other, line = refused[agent.operator]
            message = f"{other} is refused, and of {agent.name}, which fetches into answers, nothing is said"
            mend = f"add `User-agent: {agent.name}` with `Disallow: /`, or with `Allow: /` if that is meant"
            yield Problem("agents-fetchers-open", message, mend, line=line, severity="note")


_SUBJECT = re.compile(
    r"\b(ai|artificial intelligence|machine learning|llms?|language models?|data mining|tdm|scrap\w+"
    r"|train\w*)\b",
    re.IGNORECASE,
)
_BAN = re.compile(
    r"\b(not|no|never|prohibit\w*|forbid\w*|without|reserv\w+|opt\w*[ -]out|disallow\w*|refus\w+)\b",
    re.IGNORECASE,
)


def _prose(text: str, robots: Robots) -> Iterator[Problem]:
    """Yield a ban that only people can read, beside an empty `Disallow:`, which lets every machine in."""
    lines = [line for group in robots.groups for line in group.lines]
    if not any(line.key == "disallow" and not line.value for line in lines):
        return
    if any(line.key in ELSEWHERE for line in [*lines, *robots.outside]):
        return
    for number, block in _comments(text):
        if _SUBJECT.search(block) and _BAN.search(block):
            message = "machines read no comments, and the empty `Disallow:` lets them in"
            mend = "name the agents, or say it with Content-Usage"
            yield Problem("agents-prose-ban", message, mend, line=number, severity="warning")
            return


def _comments(text: str) -> Iterator[tuple[int, str]]:
    """Yield (first line, text) of each run of lines with comments."""
    block: list[str] = []
    number = 0
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text[:MOST_BYTES]), 1):
        _, mark, comment = line.partition("#")
        if mark:
            block.append(comment.strip("# \t"))
        elif block:
            yield number - len(block), " ".join(block)
            block = []
    if block:
        yield number + 1 - len(block), " ".join(block)
