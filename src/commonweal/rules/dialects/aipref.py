"""AIPREF: `Content-Usage` in robots.txt and in HTTP headers (IETF Internet-Drafts, no consensus yet).

An RFC 9651 Dictionary of labels with `y` or `n`. In robots.txt a path may stand before it; the longest match
speaks alone, so every line says all that holds there. Vocabulary of draft-ietf-aipref-vocab-08: flat, three
labels; `search=y` also lets a search application train the models it ranks with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import http_sf

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
    say,
    where_longest,
)
from commonweal.rules.patterns import specificity
from commonweal.rules.robots_txt import Line, parse_robots, told_apart
from commonweal.rules.terms import Rule, Terms
from commonweal.rules.vocabulary import Act, Effect, Scope, Who

KEY = "content-usage"
MOST_LINES = 500
"""Lines that are read: each must be compared with all longer ones."""
TOKENS = (
    Token("train-ai", frozenset({Act.TRAIN_GEN})),
    Token("ai-use", frozenset({Act.GROUND})),
    Token("search", frozenset({Act.SEARCH})),
)
RETIRED = {"bots": "search", "train-genai": "train-ai", "ai-output": "ai-use", "all": "train-ai, ai-use"}
ELSEWHERE = {
    "ai-train": "train-ai", "ai-input": "ai-use", "inference": "ai-use", "ai-inference": "ai-use",
    "train": "train-ai", "noai": "train-ai",
}  # fmt: skip
ANYONE = Who()
WORD = {Effect.ALLOW: "y", Effect.DENY: "n"}
SAYS = {"y": Effect.ALLOW, "n": Effect.DENY}

ABOUT = About(
    name="aipref",
    title="AIPREF Content-Usage",
    version="draft-ietf-aipref-vocab-08",
    url="https://datatracker.ietf.org/doc/draft-ietf-aipref-vocab/",
    checked="2026-11",
    status="IETF Internet-Drafts, no consensus",
    tokens=TOKENS,
    silence="no preference: unknown",
    conditions="can't be said: a use that owes something is refused",
    cannot=(
        "who asks, where and what for",
        "any duty, limit of flow, time limit or notice",
        "training of models that generate nothing, mining, evaluation, synthetic data, redistribution",
    ),
)


class Aipref:
    """The dialect."""

    about = ABOUT

    def write(self, terms: Terms, site: Site) -> Written:
        """Return a line of robots.txt and a header for each path on which preferences differ."""
        patterns, losses = patterns_of(terms, site)
        values = {}
        for pattern in patterns:
            effects = Strict.of(where_longest(terms, pattern, site), site).effects(pattern)
            values[pattern] = _value(effects)
            if effects[Act.SEARCH] is Effect.ALLOW and "search=y" not in values[pattern]:
                why = "search=y would also let the search application train the models it ranks with"
                losses.append(Loss(f"search on {pattern}", why))
        return Written(published(values), tuple(losses))

    def reads(self, artefact: Artefact) -> bool:
        """Is it a robots.txt or a header of that name?"""
        return artefact.kind is Kind.ROBOTS or (artefact.kind is Kind.HEADER and artefact.name.lower() == KEY)

    def read(self, artefact: Artefact) -> Reading:
        """Return the preferences in a robots.txt or in a header."""
        if artefact.kind is Kind.HEADER:
            said, problems = _parse(artefact.text, artefact.where, artefact.line)
            rules = _rules(said, Scope() if artefact.path == "/" else Scope(urls=frozenset({artefact.path})))
            return _reading([(rule, artefact.line) for rule in rules], artefact, "header", problems)
        return _from_robots(artefact)


DIALECT = Aipref()


def published(values: Mapping[str, str]) -> tuple[Artefact, ...]:
    """Return lines of robots.txt and headers for dictionaries by path; one for all where none differs."""
    if len(set(values.values())) == 1:
        values = {"/": values["/"]} if values["/"] else {}
    return tuple(
        artefact
        for path, value in values.items()
        for artefact in (
            Artefact(Kind.ROBOTS, f"Content-Usage: {path} {value}".rstrip(), name="group"),
            Artefact(Kind.HEADER, value, path=path, name="Content-Usage"),
        )
    )


def _value(effects: dict[Act, Effect]) -> str:
    return ", ".join(f"{name}={word}" for name, word in words(effects).items())


def words(effects: dict[Act, Effect]) -> dict[str, str]:
    """Return y or n for each label that is to be said."""
    said = {}
    for token in TOKENS:
        effect = say(token, effects, conditions=False)
        # search=y trains rankers: it is said only where that is not refused.
        if token.name == "search" and effect is Effect.ALLOW:
            ranking = effects[Act.TRAIN_DISC]
            effect = Effect.UNKNOWN if ranking in (Effect.DENY, Effect.CONDITIONAL) else effect
        if effect in WORD:
            said[token.name] = WORD[effect]
    return said


def _from_robots(artefact: Artefact) -> Reading:
    robots = parse_robots(artefact.text)
    groups = robots.applying("*")
    lines = [line for group in groups for line in group.lines if line.key == KEY]
    if len(lines) > MOST_LINES:
        message = f"{len(lines):,} preferences are more than are read: none of them is"
        mend = f"say them in at most {MOST_LINES} lines"
        problem = Problem("aipref-too-many", message, mend, artefact.where, lines[MOST_LINES].number)
        return Reading(problems=(problem,))
    stray = [line for line in robots.outside if line.key == KEY]
    problems = [
        Problem(
            "aipref-outside-group", "Content-Usage stands before any User-agent line and belongs to no group",
            "move it below `User-agent: *`", artefact.where, line.number,
        )
        for line in stray
    ]  # fmt: skip
    rules: list[tuple[Rule, int | None]] = []
    for scope, value, number in scoped(lines):
        said, wrong = _parse(value, artefact.where, number)
        problems += wrong
        rules += [(rule, number) for rule in _rules(said, scope)]
    for agents, own in told_apart(robots, KEY):
        # What one agent is told restricts it, and lifts nothing that everybody is told.
        for scope, value, number in scoped(own[:MOST_LINES]):
            said, wrong = _parse(value, artefact.where, number)
            problems += wrong
            refused = {label: Effect.DENY for label, effect in said.items() if effect is Effect.DENY}
            rules += [(rule, number) for rule in _rules(refused, scope, Who(names=agents))]
    return _reading(rules, artefact, "robots.txt", problems)


def scoped(lines: Sequence[Line]) -> list[tuple[Scope, str, int]]:
    """Return (where it speaks, dictionary, line number) of each: the longest match speaks alone, so a line
    leaves out what a longer path speaks of."""
    found = [(*_path(line.value), line.number) for line in lines]
    out = []
    for path, value, number in found:
        longer = frozenset(p for p, _, _ in found if specificity(p) > specificity(path))
        scope = Scope(but=longer) if path == "/" else Scope(urls=frozenset({path}), but=longer)
        out.append((scope, value, number))
    return out


def _path(value: str) -> tuple[str, str]:
    """Return (path, dictionary); no path means the whole site."""
    first, _, rest = value.partition(" ")
    return (first, rest.strip()) if first.startswith(("/", "*")) else ("/", value)


def _parse(text: str, where: str, line: int | None) -> tuple[dict[str, Effect], list[Problem]]:
    """Return what each label says, and what is malformed."""
    if not text.strip():
        return {}, []
    try:
        parsed: dict[str, Any] = http_sf.parse(text.encode("utf-8", "replace"), tltype="dictionary")
    except (http_sf.StructuredFieldError, ValueError):
        mend = 'write for example "train-ai=n, search=y"'
        return {}, [
            Problem("aipref-syntax", "no Dictionary of RFC 9651: all of it is ignored", mend, where, line)
        ]
    said: dict[str, Effect] = {}
    problems = []
    for label, (value, _) in parsed.items():
        if label in RETIRED or label in ELSEWHERE:
            instead = RETIRED.get(label) or ELSEWHERE[label]
            kind = "was retired" if label in RETIRED else "is a word of another standard"
            code = "aipref-retired-label" if label in RETIRED else "aipref-foreign-label"
            problems.append(
                Problem(code, f"`{label}` {kind} and is ignored", f"write `{instead}`", where, line)
            )
        elif label not in {t.name for t in TOKENS}:
            problems.append(
                Problem("aipref-unknown-label", f"`{label}` is no label and is ignored",
                        "use train-ai, ai-use, search", where, line, "warning")
            )  # fmt: skip
        elif str(value) not in SAYS or isinstance(value, bool):
            problems.append(
                Problem("aipref-value", f"`{label}` is neither y nor n and says nothing",
                        f"write {label}=y or {label}=n", where, line)
            )  # fmt: skip
        else:
            said[label] = SAYS[str(value)]
    return said, problems


def _rules(said: Mapping[str, Effect], scope: Scope, who: Who = ANYONE) -> list[Rule]:
    acts = {token.name: token.acts for token in TOKENS}
    return [Rule(acts[label], effect, who, scope=scope) for label, effect in said.items()]


def _reading(
    rules: list[tuple[Rule, int | None]], artefact: Artefact, channel: str, problems: list[Problem]
) -> Reading:
    signals = located(rules, ABOUT.name, artefact, channel)
    return Reading(signals, tuple(problems))
