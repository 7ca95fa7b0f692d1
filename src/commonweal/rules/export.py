"""Writing terms in a dialect, with every loss: what was written is read back and compared with the source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import msgspec

from commonweal.rules.decision import Decision
from commonweal.rules.dialects.base import (
    Artefact,
    Dialect,
    Kind,
    Loss,
    Site,
    Written,
    patterns_of,
    where_longest,
)
from commonweal.rules.policy import Policy
from commonweal.rules.request import Request
from commonweal.rules.signals import Signal
from commonweal.rules.terms import Rule, Terms
from commonweal.rules.vocabulary import Act, Party

LIFE = ("effective", "expiry", "notice_days", "cure_days", "after")


@dataclass(frozen=True)
class Export:
    """What was written, what it says when it is read, and what was lost."""

    written: Written
    signals: tuple[Signal, ...]
    losses: tuple[Loss, ...]


def write(dialect: Dialect, terms: Terms, site: Site | None = None) -> Export:
    """Return a dialect's artefacts with all losses.

    Parameters
    ----------
    dialect : Dialect
    terms : Terms
    site : Site, optional
        Where it is to be published.
    """
    site = site or Site()
    written = dialect.write(terms, site)
    signals = read_back(dialect, written)
    losses = {*written.losses, *_fields(dialect, terms, signals), *_acts(terms, signals, site)}
    return Export(written, signals, tuple(sorted(losses)))


def read_back(dialect: Dialect, written: Written) -> tuple[Signal, ...]:
    """Return what a dialect reads in what it wrote."""
    found = [as_published(artefact) for artefact in written.artefacts]
    readings = [dialect.read(artefact) for artefact in found if dialect.reads(artefact)]
    return tuple(signal for reading in readings for signal in reading.signals)


def as_published(artefact: Artefact) -> Artefact:
    """Return an artefact as it is met: a line for all agents stands in their group of robots.txt."""
    if artefact.kind is Kind.ROBOTS and artefact.name == "group":
        return replace(artefact, text=f"User-agent: *\n{artefact.text}\nAllow: /\n")
    return artefact


def _acts(terms: Terms, signals: tuple[Signal, ...], site: Site) -> Iterator[Loss]:
    """Yield acts that read otherwise than the source says, for anyone and for each class of actors.

    Said once where it holds for the whole site, and once where it holds for every class.
    """
    patterns = patterns_of(terms, site)[0]
    # What a longer path says must not hide what holds beside it.
    pairs = {
        pattern: (
            Policy.of(where_longest(terms, pattern, site)),
            Policy.of(replace(s, terms=where_longest(s.terms, pattern, site)) for s in signals),
        )
        for pattern in patterns
    }
    for act in Act:
        told: set[tuple[Party | None, str]] = set()
        for pattern in patterns:
            place = "" if pattern == "/" else f" on {pattern}"
            for party in (None, *Party):
                parties = None if party is None else frozenset({party})
                asked = Request(act, parties=parties, at=site.at)
                said, read = (p.over(act, pattern, request=asked) for p in pairs[pattern])
                why = _difference(said, read)
                if why and not {(None, why), (party, why)} & told:
                    told.add((party, why))
                    who = "" if party is None else f" by {party}"
                    yield Loss(f"{act}{who}{place}", why)


def _difference(said: Decision, read: Decision) -> str:
    if said.effect is not read.effect:
        return f"{said.effect} reads as {read.effect}"
    if (said.duties, said.flow) != (read.duties, read.flow):
        return "its duties or limits read otherwise"
    return ""


def _fields(dialect: Dialect, terms: Terms, signals: tuple[Signal, ...]) -> Iterator[Loss]:
    """Yield fields of the source that nothing which was read back carries."""
    if dialect.about.whole:
        return
    kept = {name for signal in signals for rule in signal.terms.rules for name in fields(rule)}
    for rule in terms.rules:
        for name in sorted(fields(rule) - kept):
            yield Loss(name, "not carried: read the full terms")
    for name in ("title", "contract"):
        value = getattr(terms, name)
        if value and not any(getattr(s.terms, name) == value for s in signals):
            yield Loss(name, "not carried: read the full terms")
    if terms.declarer != type(terms.declarer)() and not any(
        s.terms.declarer == terms.declarer for s in signals
    ):
        yield Loss("declarer", "not carried in full: read the full terms")


def fields(rule: Rule) -> set[str]:
    """Return the names of what a rule says beyond acts and effect, with values where they matter."""
    out = set()
    for name, who in (("who", rule.who), ("unless", rule.unless)):
        if who is not None:
            out |= {f"{name}.{axis} {v}" for axis in who.__struct_fields__ for v in getattr(who, axis)}
    out |= {f"scope.ids {v}" for v in rule.scope.ids} | {f"scope.datasets {v}" for v in rule.scope.datasets}
    for duty in rule.duties:
        tag = duty.__struct_config__.tag
        said = [f for f in duty.__struct_fields__ if getattr(duty, f) != _default(duty, f)]
        out |= {f"duties.{tag}"} | {f"duties.{tag}.{f} {getattr(duty, f)}" for f in said}
    for name in rule.flow.__struct_fields__:
        if getattr(rule.flow, name) != _default(rule.flow, name):
            out.add(f"flow.{name} {getattr(rule.flow, name)}")
    out |= {f"life.{n} {getattr(rule.life, n)}" for n in LIFE if getattr(rule.life, n) not in (None, "")}
    return out


def _default(value: msgspec.Struct, name: str) -> object:
    found = next(f for f in msgspec.structs.fields(value) if f.name == name)
    return found.default
