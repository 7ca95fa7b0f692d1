"""Signals that say different things of the same act."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import combinations

from commonweal.rules.check.effective import Effective, Group, Voice
from commonweal.rules.check.evidence import Evidence
from commonweal.rules.check.lints.base import Hit, lint
from commonweal.rules.dialects import every
from commonweal.rules.dialects.base import Site
from commonweal.rules.export import write
from commonweal.rules.terms import Rule, Terms
from commonweal.rules.vocabulary import Act, Attribute, Effect


@lint(
    "standards-contradict", "error", "one standard allows what another refuses",
    why="a crawler that reads one of them alone does what the other forbids; one that reads both must refuse",
    mend="say the same in both: write them from one source of terms",
)  # fmt: skip
def contradict(evidence: Evidence, effective: Effective) -> Iterator[Hit]:
    """Find acts that one standard allows and another, which could tell it apart, refuses."""
    for group in effective.groups:
        pairs = [
            (act, a, b) for act, a, b in _pairs(group.voices)
            if _clash(group, act, a, b)
        ]  # fmt: skip
        yield from _hits(pairs, group, evidence)


@lint(
    "standards-differ", "note", "standards say different things of one act",
    why="the stricter counts: one of them has conditions where the other has none, or has one word for "
    "several acts",
    mend="see that the stricter one is meant",
)  # fmt: skip
def differ(evidence: Evidence, effective: Effective) -> Iterator[Hit]:
    """Find acts on which standards differ in conditions, or since one has one word for several acts."""
    for group in effective.groups:
        pairs = []
        for act, a, b in _pairs(group.voices):
            both = {a.effect, b.effect}
            if _clash(group, act, a, b):
                continue
            refusing = next((v for v in (a, b) if v.effect is Effect.DENY), None)
            if Effect.CONDITIONAL in both and refusing and not _says_conditions(refusing.standard):
                continue  # it has no word for conditions: refusing is how it says them
            pairs.append((act, a, b))
        yield from _hits(pairs, group, evidence)


@lint(
    "header-differs-from-file", "warning", "a standard says one thing here and another there",
    why="who reads only the file, or only the page, takes the other for what is meant",
    mend="say the same in the header, the file and the page, unless the exception is meant",
)  # fmt: skip
def channels(evidence: Evidence, effective: Effective) -> Iterator[Hit]:
    """Find acts of which a header, a file, robots.txt or a page say different things in one standard."""
    for group in effective.groups:
        pairs = [(act, a, b) for act, a, b in _pairs(group.channels) if a.standard == b.standard]
        yield from _hits(pairs, group, evidence)


def _pairs(voices: Mapping[Act, tuple[Voice, ...]]) -> Iterator[tuple[Act, Voice, Voice]]:
    """Yield pairs of voices that say different things of an act."""
    for act in Act:
        for a, b in combinations(voices.get(act, ()), 2):
            if a.effect is not b.effect:
                yield act, a, b


def _hits(pairs: Iterable[tuple[Act, Voice, Voice]], group: Group, evidence: Evidence) -> Iterator[Hit]:
    """Yield a hit for each set of voices that disagree, with all the acts on which they do."""
    by_act: dict[Act, list[Voice]] = {}
    for act, a, b in pairs:
        by_act.setdefault(act, []).extend((a, b))
    found: dict[str, tuple[list[Act], Voice]] = {}
    for act, voices in by_act.items():
        ordered = sorted(dict.fromkeys(voices), key=lambda v: (v.effect.grant, v.standard, v.channel))
        found.setdefault("; ".join(v.told for v in ordered), ([], ordered[0]))[0].append(act)
    for told, (acts, strict) in found.items():
        where, line = evidence.absolute(group.paths[0]), None
        if strict.reasons:
            where, line = strict.reasons[0].source.rsplit(" (", 1)[0], strict.reasons[0].line
        yield Hit(f"{', '.join(acts)}: {told}", where, line, max(1, group.pages))


def _clash(group: Group, act: Act, a: Voice, b: Voice) -> bool:
    """Does one allow what the other refuses, though it could have told the act apart, and both are bound to
    the place? A mark inside a work speaks of the work, wherever it is: it may well be stricter."""
    opposed = {a.effect, b.effect} == {Effect.ALLOW, Effect.DENY}
    return opposed and not (a.unit or b.unit) and not _lumped(group, act, a, b)


def _lumped(group: Group, act: Act, a: Voice, b: Voice) -> bool:
    """Must the refusing standard refuse this act, since it has one word for it and for an act that another
    standard refuses or makes conditional?"""
    refusing = a if a.effect is Effect.DENY else b
    known = every().get(refusing.standard)
    words = [t.acts for t in known.about.tokens if act in t.acts] if known else []
    strict = {
        other for other in Act for voice in group.voices.get(other, ())
        if voice.standard != refusing.standard and voice.effect is not Effect.ALLOW
    }  # fmt: skip
    return bool(words) and all(acts & strict for acts in words)


@cache
def _says_conditions(standard: str) -> bool:
    """Can a standard say that something is allowed on conditions? Found by writing and reading back."""
    known = every().get(standard)
    if known is None:
        return True
    probe = Terms((Rule(frozenset(Act), Effect.CONDITIONAL, duties=frozenset({Attribute()})),))
    site = Site("https://example.org", "https://example.org/terms.json")
    signals = write(known, probe, site).signals
    return any(rule.effect is Effect.CONDITIONAL for s in signals for rule in s.terms.rules)
