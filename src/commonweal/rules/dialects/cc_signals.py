"""CC signals 0.1: `Content-Usage: ai-use=n;exceptions=cc-cr`, a refusal in AIPREF with exceptions.

A plain reader of AIPREF sees the `n`. Exceptions are credit (cr), direct contribution (dc), contribution to
the ecosystem (ec) and openness (op), joined as in `cc-cr-dc`: the four signals that there are ask for credit,
alone or with one of the others. Credit, and credit with a contribution in kind, are written, since our duties
say the same; a contribution is no purchase, so a price never becomes one. A grant with another exception
can't be told in terms and is read as refused.

A line says all that AIPREF would say there. Where both are published for one path, this one stands in the
place of AIPREF's (`publish.merge_robots`): a reader of either sees the same y and n.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import http_sf

from commonweal.rules.dialects.aipref import KEY, MOST_LINES, TOKENS, published, scoped, words
from commonweal.rules.dialects.base import (
    About,
    Artefact,
    Kind,
    Loss,
    Problem,
    Reading,
    Site,
    Strict,
    Written,
    located,
    patterns_of,
    where_longest,
)
from commonweal.rules.request import Request
from commonweal.rules.robots_txt import parse_robots
from commonweal.rules.terms import Rule, Terms
from commonweal.rules.vocabulary import Act, Attribute, Duty, Effect, Pay, Scope

NAME = "cc-signals"
DUTIES: Mapping[str, Duty] = {"cr": Attribute(), "dc": Pay("in-kind")}
OTHERS = frozenset({"ec", "op"})
EXCEPTED = {"train-ai": Act.TRAIN_GEN, "ai-use": Act.GROUND}  # search has no exceptions

ABOUT = About(
    name=NAME,
    title="CC signals",
    version="0.1",
    url="https://github.com/creativecommons/cc-signals",
    checked="2026-11",
    status="draft of Creative Commons, on drafts of the IETF",
    tokens=(),
    silence="no preference: unknown; without a use to be had for credit or contribution nothing is written",
    conditions="`n;exceptions=cc-cr` for credit, `cc-cr-dc` for credit and a contribution in kind",
    cannot=(
        "who asks, where and what for",
        "a price, a form of credit, a report, a limit of flow, a time limit or notice: such a use is refused",
        "training of models that generate nothing, mining, evaluation, synthetic data, redistribution",
    ),
)


class CcSignals:
    """The dialect."""

    about = ABOUT

    def write(self, terms: Terms, site: Site) -> Written:
        """Return lines for robots.txt and headers, where a use is to be had for credit or contribution."""
        patterns, losses = patterns_of(terms, site)
        values = {p: _value(where_longest(terms, p, site), p, site) for p in patterns}
        if not any("exceptions=" in value for value in values.values()):
            return Written((), (*losses, Loss("all", "no use is to be had for credit or contribution alone")))
        return Written(published(values), tuple(losses))

    def reads(self, artefact: Artefact) -> bool:
        """Is it a robots.txt or a header of that name, and are there exceptions in it?"""
        if "exceptions" not in artefact.text:
            return False
        return artefact.kind is Kind.ROBOTS or (artefact.kind is Kind.HEADER and artefact.name.lower() == KEY)

    def read(self, artefact: Artefact) -> Reading:
        """Return what holds for those who take the exceptions; what is malformed AIPREF's reader tells."""
        if artefact.kind is Kind.HEADER:
            scope = Scope() if artefact.path == "/" else Scope(urls=frozenset({artefact.path}))
            lines = [(scope, artefact.text, artefact.line)]
        else:
            groups = parse_robots(artefact.text).applying("*")
            mine = [line for group in groups for line in group.lines if line.key == KEY]
            lines = scoped(mine) if len(mine) <= MOST_LINES else []
        rules: list[tuple[Rule, int | None]] = []
        problems: list[Problem] = []
        for scope, value, number in lines:
            for rule, problem in _parse(value, scope):
                rules += [(rule, number)] if rule is not None else []
                if problem is not None:
                    problems.append(replace(problem, where=artefact.where, line=number))
        channel = "header" if artefact.kind is Kind.HEADER else "robots.txt"
        return Reading(located(rules, NAME, artefact, channel, verified=artefact.verified), tuple(problems))


DIALECT = CcSignals()


def _value(terms: Terms, pattern: str, site: Site) -> str:
    strict = Strict.of(terms, site)
    said = words(strict.effects(pattern))
    parts = []
    for label, word in said.items():
        exceptions = _exceptions(strict, EXCEPTED.get(label), pattern) if word == "n" else ""
        parts.append(f"{label}={word}" + (f";exceptions={exceptions}" if exceptions else ""))
    return ", ".join(parts)


def _exceptions(strict: Strict, act: Act | None, pattern: str) -> str:
    """Return the exceptions that say exactly what an act owes, "" where none does."""
    if act is None or strict.effect(act, pattern) is not Effect.CONDITIONAL:
        return ""
    found = strict.policy.over(act, pattern, request=Request(act, at=strict.site.at))
    owed = [name for name, duty in DUTIES.items() if duty in found.duties]
    exact = "cr" in owed and found.flow.free and {DUTIES[name] for name in owed} == found.duties
    return "cc-" + "-".join(owed) if exact else ""


def _parse(text: str, scope: Scope) -> list[tuple[Rule | None, Problem | None]]:
    """Return a rule for each label that is understood, and a problem for exceptions that are not."""
    try:
        parsed: dict[str, Any] = http_sf.parse(text.encode("utf-8", "replace"), tltype="dictionary")
    except (http_sf.StructuredFieldError, ValueError):
        return []
    acts = {token.name: token.acts for token in TOKENS}
    out: list[tuple[Rule | None, Problem | None]] = []
    for label, (word, parameters) in parsed.items():
        if label not in acts or isinstance(word, bool) or str(word) not in ("y", "n"):
            continue
        refused = Rule(acts[label], Effect.DENY, scope=scope)
        if str(word) == "y":
            out.append((Rule(acts[label], Effect.ALLOW, scope=scope), None))
        elif "exceptions" not in parameters or label not in EXCEPTED:
            out.append((refused, None))
        else:
            duties, problem = _owed(str(parameters["exceptions"]))
            met = Rule(acts[label], Effect.CONDITIONAL, scope=scope, duties=duties) if duties else refused
            out.append((met, problem))
    return out


def _owed(text: str) -> tuple[frozenset[Duty], Problem | None]:
    """Return the duties of exceptions; none where one of them can't be said as a duty."""
    prefix, *names = text.split("-")
    if prefix != "cc" or not names or not set(names) <= DUTIES.keys() | OTHERS:
        message = "the exceptions are not those of CC signals: it is read as refused"
        mend = "write cc-cr, cc-dc, cc-ec, cc-op, or several as in cc-cr-dc"
        return frozenset(), Problem("cc-signals-exception", message, mend)
    if set(names) & OTHERS:
        message = "contribution to the ecosystem and openness can't be told in terms: it is read as refused"
        return frozenset(), Problem("cc-signals-open", message, "ask the declarer", severity="note")
    return frozenset(DUTIES[name] for name in names), None
