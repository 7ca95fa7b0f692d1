"""X-Robots-Tag and `<meta name="robots">`: directives for search engines, and `noai` (no standard).

Search engines document the directives, DeviantArt proposed `noai` and `noimageai` in 2022. They only refuse:
`all` and `index` state the default, and a default is no permission, so they are read as saying nothing.

- `noindex`, `none`: not in search results. `unavailable_after`: not from then on.
- `nosnippet`, `max-snippet:0`: Google uses none of it as input for AI Overviews and AI Mode. It also takes
  the snippet from search results, so it is not written where search, which shows one, is allowed.
- `noarchive`: Microsoft neither answers from it nor trains on it (unless `nocache` stands beside it), Amazon
  doesn't train on it. Of others it only refuses a copy to look at.
- `noai`, `noimageai`: no training of any kind.

All directives that reach a page add up, in headers and in the page, for all robots or (`googlebot: noindex`)
for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import escape

import msgspec

from commonweal.rules import agent_list
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
    where_longest,
)
from commonweal.rules.patterns import Relation, relation
from commonweal.rules.terms import Rule, Terms
from commonweal.rules.vocabulary import TRAINING, Act, Effect, Life, Scope, Who
from commonweal.rules.xml import html_elements

KEY = "x-robots-tag"
REFUSED = (Effect.DENY, Effect.CONDITIONAL)
REFUSES = {
    "noai": TRAINING,
    "noimageai": TRAINING,
    "noindex": frozenset({Act.SEARCH}),
    "nosnippet": frozenset({Act.GROUND}),
}
"""What a directive refuses to every robot."""
NOARCHIVE = {
    frozenset({"microsoft", "microsoft.com", "bingbot"}): frozenset({Act.GROUND, Act.TRAIN_GEN}),
    frozenset({"amazon", "amazon.com", "amazonbot"}): frozenset({Act.TRAIN_GEN}),
}
"""What `noarchive` refuses, by the operators who say that it does (Bing 2023, Amazon 2026)."""
SILENT = frozenset(
    ("all", "index", "follow", "nofollow", "archive", "snippet", "nocache", "cache", "noimageindex",
     "notranslate", "noodp", "noydir", "indexifembedded", "nositelinkssearchbox", "nopagereadaloud")
)  # fmt: skip
"""Directives that say nothing of the acts that are told apart here."""
LONGEST = 10_000
"""Characters of one value that are read; servers send no longer headers."""
VALUED = ("max-snippet", "max-image-preview", "max-video-preview", "unavailable_after")
TOKENS = (
    *(Token(name, acts, grants=False) for name, acts in REFUSES.items()),
    Token("noarchive", frozenset({Act.GROUND, Act.TRAIN_GEN}), grants=False),
)

ABOUT = About(
    name="x-robots",
    title="X-Robots-Tag and meta robots",
    version="as documented by Google, Bing, Amazon and DeviantArt",
    url="https://developers.google.com/search/docs/crawling-indexing/robots-meta-tag",
    checked="2026-11",
    status="conventions of search engines; noai and noimageai are nobody's standard",
    tokens=TOKENS,
    silence="may be shown in search; of use: unknown",
    conditions="can't be said: a use that owes something is refused",
    cannot=(
        "permission",
        "who asks, beyond one robot by name; where and what for",
        "any duty, limit of flow or notice",
        "that answers are refused where search results with snippets are allowed",
        "an exception: what is said of a path adds to what is said of a shorter one",
        "fetching, mining, evaluation, synthetic data, redistribution",
    ),
)


class XRobots:
    """The dialect."""

    about = ABOUT

    def write(self, terms: Terms, site: Site) -> Written:
        """Return a header, and an element for pages, for each path on which something is refused."""
        patterns, losses = patterns_of(terms, site)
        said: dict[str, list[str]] = {}
        for pattern in patterns:
            there = where_longest(terms, pattern, site)
            effects = Strict.of(there, site).effects(pattern)
            if effects[Act.GROUND] in REFUSED and effects[Act.SEARCH] is Effect.ALLOW:
                why = "nosnippet would take the snippet from search results, which are allowed"
                losses.append(Loss(f"ground on {pattern}", why))
            words = _words(effects, _end(there, pattern, site))
            # What a shorter path says holds here too.
            known = {w for p, ws in said.items() if relation(p, pattern) is Relation.YES for w in ws}
            said[pattern] = [word for word in words if word not in known]
        artefacts = []
        for pattern, words in said.items():
            if words:
                text = ", ".join(words)
                tag = f'<meta name="robots" content="{escape(text)}">'
                artefacts.append(Artefact(Kind.HEADER, text, path=pattern, name="X-Robots-Tag"))
                artefacts.append(Artefact(Kind.TAG, tag, path=pattern))
        return Written(tuple(artefacts), tuple(losses))

    def reads(self, artefact: Artefact) -> bool:
        """Is it a header of that name, or an element for the head of a page?"""
        if artefact.kind is Kind.HEADER:
            return artefact.name.lower() == KEY
        return artefact.kind is Kind.TAG and "<meta" in artefact.text.lower()

    def read(self, artefact: Artefact) -> Reading:
        """Return what a header, or the elements of a page, refuse."""
        if artefact.kind is Kind.HEADER:
            values = [("", artefact.text, artefact.line)]
        else:
            values = list(_metas(artefact))
        rules: list[tuple[Rule, int | None]] = []
        problems: list[Problem] = []
        scope = Scope() if artefact.path == "/" else Scope(urls=frozenset({artefact.path}))
        for robot, text, line in values:
            if robot == "robot":
                message = '`<meta name="robot">` is ignored'
                problems.append(
                    Problem("x-robots-name", message, 'write name="robots"', artefact.where, line)
                )
                continue
            found, wrong = _read(text, robot)
            rules += [(msgspec.structs.replace(rule, scope=scope), line) for rule in found]
            problems += [
                Problem(code, message, mend, artefact.where, line, severity)
                for code, message, mend, severity in wrong
            ]
        channel = "header" if artefact.kind is Kind.HEADER else "html"
        return Reading(located(rules, ABOUT.name, artefact, channel), tuple(problems))


DIALECT = XRobots()


# Writing ----------------------------------------------------------------------------------------------------


def _words(effects: Mapping[Act, Effect], end: datetime | None) -> list[str]:
    """Return the directives that refuse what is refused or owes something."""
    refused = {act for act, effect in effects.items() if effect in REFUSED}
    words = ["noai", "noimageai"] if refused & TRAINING else []
    if Act.SEARCH in refused:
        words.append("noindex")
    elif end is not None:
        words.append(f"unavailable_after: {end:%Y-%m-%dT%H:%M:%SZ}")
    if Act.GROUND in refused and effects[Act.SEARCH] is not Effect.ALLOW:
        words.append("nosnippet")
    if refused >= {Act.GROUND, Act.TRAIN_GEN}:
        words.append("noarchive")
    return words


def _end(terms: Terms, pattern: str, site: Site) -> datetime | None:
    """Return from when on search is refused, or is no longer granted; None where that is not in sight."""

    def search(at: datetime) -> Effect:
        return Strict.of(terms, Site(site.origin, site.terms_url, at)).effect(Act.SEARCH, pattern)

    now = search(site.at)
    moments = {m for rule in terms.rules for m in (rule.life.effective, rule.life.expiry) if m is not None}
    for moment in sorted(m for m in moments if m > site.at):
        then = search(moment)
        if then in REFUSED or then.grant < now.grant:
            return moment.astimezone(UTC)
    return None


# Reading ----------------------------------------------------------------------------------------------------

_Wrong = tuple[str, str, str, str]


@dataclass(frozen=True)
class _Directive:
    """One directive: for a robot ("" for all), in lower case, with its value."""

    robot: str
    name: str
    value: str


def _metas(artefact: Artefact) -> Iterator[tuple[str, str, int]]:
    """Yield (robot or "", content, line) of the elements for robots."""
    agents = agent_list.load()
    for element in html_elements(artefact.text, "meta"):
        name = element.attributes.get("name", "").strip().lower()
        if name == "robots" or re.search(r"bot(?:-|$)", name) or agents.named(name):
            robot = "" if name == "robots" else name
            yield robot, element.attributes.get("content", ""), artefact.line + element.line - 1


def _directives(text: str, robot: str) -> Iterator[_Directive]:
    """Yield the directives of a value; `name:` before one addresses it and what follows to that robot."""
    day = r"(unavailable_after\s*:\s*)(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,"
    for part in re.sub(day, r"\1", text[:LONGEST], flags=re.IGNORECASE).lower().split(","):
        word = part.strip()
        name, colon, value = (s.strip() for s in word.partition(":"))
        if colon and name not in VALUED and re.fullmatch(r"[a-z0-9_-]+", name):
            robot, word = name, value
            name, colon, value = (s.strip() for s in word.partition(":"))
        if colon and name in VALUED:
            yield _Directive(robot, name, value)
        elif word:
            yield _Directive(robot, word, "")


def _read(text: str, robot: str) -> tuple[list[Rule], list[_Wrong]]:
    """Return what a value refuses, and what is wrong with it."""
    rules: list[Rule] = []
    wrong: list[_Wrong] = []
    found: list[_Directive] = []
    for directive in _directives(text, robot):
        words = directive.name.split()
        if len(words) > 1 and all(_known(word) for word in words):
            message = f"no commas between `{' '.join(words[:4])}`"
            wrong.append(("x-robots-separator", message, f"write {', '.join(words)}", "error"))
            found += [_Directive(directive.robot, word, "") for word in words]
        else:
            found.append(directive)
    uncached = {directive.robot for directive in found if directive.name == "nocache"}
    for directive in dict.fromkeys(found):
        who = _who(directive.robot)
        name, value = directive.name, directive.value
        if name == "none":
            name = "noindex"
        if name == "max-snippet":
            if not re.fullmatch(r"-1|\d{1,9}", value):
                mend = "write max-snippet:0, or another number"
                wrong.append(("x-robots-value", "max-snippet without a number is ignored", mend, "error"))
            elif int(value) == 0:
                rules.append(Rule(REFUSES["nosnippet"], Effect.DENY, who=who))
        elif name == "unavailable_after":
            life = _from(value)
            if life is None:
                mend = "write unavailable_after: 2027-01-01T00:00:00Z"
                wrong.append(("x-robots-date", f"`{value[:60]}` is no date: it is ignored", mend, "error"))
            else:
                rules.append(Rule(REFUSES["noindex"], Effect.DENY, who=who, life=life))
        elif name in REFUSES:
            rules.append(Rule(REFUSES[name], Effect.DENY, who=who))
        elif name == "noarchive":
            rules += _noarchive(who, directive.robot in uncached)
        elif not _known(name):
            wrong.append(_unknown(name))
    return rules, wrong


def _known(name: str) -> bool:
    return name in REFUSES or name in SILENT or name in VALUED or name in ("none", "noarchive")


def _unknown(name: str) -> _Wrong:
    meant = re.sub(r"[-_ ]", "", name)
    if _known(meant):
        return "x-robots-spelling", f"`{name[:60]}` is ignored", f"write `{meant}`", "error"
    return "x-robots-unknown", f"`{name[:60]}` is no directive", f"use {', '.join(REFUSES)}", "note"


def _who(robot: str) -> Who:
    if not robot:
        return Who()
    agent = agent_list.load().named(robot)
    return Who(names=agent.party if agent else frozenset({robot}))


def _noarchive(who: Who, uncached: bool) -> Iterator[Rule]:
    """Yield what those who say that they heed `noarchive` are refused by it."""
    for names, acts in NOARCHIVE.items():
        if "bingbot" in names and uncached:  # Bing reads the two together as nocache
            continue
        if who.anyone or who.names & names:
            yield Rule(acts, Effect.DENY, who=Who(names=names))


def _from(value: str) -> Life | None:
    """Return the time from a date on, in ISO 8601, RFC 822 or RFC 850; UTC where no zone is given."""
    try:
        try:
            moment = datetime.fromisoformat(value.upper())
        except ValueError:
            moment = parsedate_to_datetime(value)
        return Life(effective=moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
