"""Content Signals: `Content-Signal: search=yes,ai-train=no,ai-input=no` in robots.txt, or as a header.

A line stands in a group of robots.txt and holds for the whole site: the convention has no paths, so the
strictest that holds anywhere is written. A signal that is left out neither grants nor restricts.
"""

from __future__ import annotations

from collections.abc import Mapping

from commonweal.rules.dialects.base import (
    About,
    Artefact,
    Kind,
    Problem,
    Reading,
    Site,
    Strict,
    Token,
    Written,
    located,
    say,
)
from commonweal.rules.robots_txt import parse_robots, told_apart
from commonweal.rules.terms import Rule, Terms
from commonweal.rules.vocabulary import TRAINING, Act, Effect, Scope, Who

NAME, KEY = "content-signals", "content-signal"
TOKENS = (
    Token("search", frozenset({Act.SEARCH})),
    Token("ai-input", frozenset({Act.GROUND, Act.INDEX})),
    Token("ai-train", TRAINING),
)
WORDS = {Effect.ALLOW: "yes", Effect.DENY: "no"}
SAYS = {word: effect for effect, word in WORDS.items()}
ELSEWHERE = {
    "train-ai": "ai-train", "train-genai": "ai-train", "ai-use": "ai-input", "inference": "ai-input",
    "ai_train": "ai-train", "ai_input": "ai-input",
}  # fmt: skip
LEVELS = {
    "immediate": frozenset[str](),
    "reference": frozenset({"search"}),
    "full": frozenset(token.name for token in TOKENS),
}
"""What `use` leaves of a `yes`: nothing may be kept; an excerpt and a link; everything."""
MOST_LINES = 500

ABOUT = About(
    name=NAME,
    title="Content Signals",
    version="contentsignals.org, as of 2026",
    url="https://contentsignals.org/",
    checked="2026-11",
    status="convention of one company, CC0",
    tokens=TOKENS,
    silence="neither granted nor restricted: unknown",
    conditions="can't be said: a use that owes something is refused",
    cannot=(
        "one path apart from another",
        "who asks, where and what for",
        "any duty, limit of flow, time limit or notice",
        "one kind of training apart from the other, mining, evaluation, synthetic data, redistribution",
        "`use=…` (on trial since 2026): it is read as a ceiling on what is granted, and never written",
    ),
)


class ContentSignals:
    """The dialect."""

    about = ABOUT

    def write(self, terms: Terms, site: Site) -> Written:
        """Return one line for robots.txt, for everything; the same as a header."""
        effects = Strict.of(terms, site).effects(None)
        said = {token.name: WORDS.get(say(token, effects, conditions=False)) for token in TOKENS}
        value = ",".join(f"{name}={word}" for name, word in said.items() if word)
        if not value:
            return Written(())
        line = Artefact(Kind.ROBOTS, f"Content-Signal: {value}", name="group")
        return Written((line, Artefact(Kind.HEADER, value, name="Content-Signal")))

    def reads(self, artefact: Artefact) -> bool:
        """Is it a robots.txt or a header of that name?"""
        return artefact.kind is Kind.ROBOTS or (artefact.kind is Kind.HEADER and artefact.name.lower() == KEY)

    def read(self, artefact: Artefact) -> Reading:
        """Return the signals in a robots.txt or in a header."""
        if artefact.kind is Kind.HEADER:
            lines, scope = [(Who(), artefact.text, artefact.line)], _scope(artefact.path)
            problems: list[Problem] = []
        else:
            robots, scope = parse_robots(artefact.text), Scope()
            mine = [line for group in robots.applying("*") for line in group.lines if line.key == KEY]
            lines = [(Who(), line.value, line.number) for line in mine[:MOST_LINES]]
            # What one agent is told restricts it, and lifts nothing that everybody is told.
            lines += [
                (Who(names=agents), line.value, line.number)
                for agents, own in told_apart(robots, KEY)
                for line in own[:MOST_LINES]
            ]
            problems = [
                _problem("outside-group", "it stands before any User-agent line and belongs to no group",
                         "move it below `User-agent: *`", artefact, line.number)
                for line in robots.outside[:MOST_LINES] if line.key == KEY
            ]  # fmt: skip
            if len(mine) > MOST_LINES:
                number = mine[MOST_LINES].number
                problems.append(
                    _problem("too-many", "more lines than are read", "say it once", artefact, number)
                )
        rules: list[tuple[Rule, int | None]] = []
        for who, value, number in lines:
            said, wrong = _parse(value, artefact, number)
            problems += wrong
            heard = {n: e for n, e in said.items() if who.anyone or e is Effect.DENY}
            rules += [
                (Rule(t.acts, heard[t.name], who, scope=scope), number) for t in TOKENS if t.name in heard
            ]
        channel = "header" if artefact.kind is Kind.HEADER else "robots.txt"
        return Reading(located(rules, NAME, artefact, channel, verified=artefact.verified), tuple(problems))


DIALECT = ContentSignals()


def _scope(path: str) -> Scope:
    return Scope() if path == "/" else Scope(urls=frozenset({path}))


def _parse(text: str, artefact: Artefact, line: int | None) -> tuple[Mapping[str, Effect], list[Problem]]:
    """Return what each signal says, and what is malformed; a signal that is said twice is refused."""
    said: dict[str, Effect] = {}
    problems = []
    ceiling = LEVELS["full"]
    for part in text[:2_000].split(","):
        name, sign, word = (piece.strip() for piece in part.partition("="))
        if name == "use" and sign:
            ceiling = LEVELS.get(word, frozenset())
            if word not in LEVELS:
                mend = "write immediate, reference or full"
                wrong = "`use` is none of its levels: nothing is read as granted"
                problems.append(_problem("value", wrong, mend, artefact, line))
        elif name.lower() in ELSEWHERE:
            problems.append(
                _problem("foreign-signal", f"`{name}` is a word of another standard and is ignored",
                         f"write `{ELSEWHERE[name.lower()]}`", artefact, line)
            )  # fmt: skip
        elif name not in {t.name for t in TOKENS}:
            shown = name[:40] or part.strip()[:40]
            problems.append(
                _problem("unknown-signal", f"`{shown}` is no signal and is ignored",
                         "use search, ai-input, ai-train", artefact, line)
            )  # fmt: skip
        elif word not in SAYS:
            problems.append(
                _problem("value", f"`{name}` is neither yes nor no and says nothing",
                         f"write {name}=yes or {name}=no", artefact, line)
            )  # fmt: skip
        else:
            said[name] = Effect.DENY if Effect.DENY in (said.get(name), SAYS[word]) else SAYS[word]
    return {n: e for n, e in said.items() if e is Effect.DENY or n in ceiling}, problems


def _problem(
    code: str, message: str, mend: str, artefact: Artefact, line: int | None, severity: str = "error"
) -> Problem:
    return Problem(f"content-signals-{code}", message, mend, artefact.where, line, severity)
