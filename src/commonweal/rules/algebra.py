"""Which terms are more permissive: compared request by request over all that either tells apart.

Terms only ever test membership: of classes, places, purposes, names, works, time. So a finite number of
requests stands for all: every subset of the classes that are named, each named place, purpose, name and path,
one that nobody names, and the moments at which a rule comes or goes. (A path with `*` is represented by one
URL.)

Requests are ordered by what is granted: deny < unknown < conditional < allow; between two conditional answers
the one that owes less is more permissive, and where each owes what the other doesn't they can't be compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import combinations, product

import msgspec

from commonweal.errors import InputError
from commonweal.rules.decision import Decision
from commonweal.rules.policy import Policy
from commonweal.rules.request import Request
from commonweal.rules.terms import Terms
from commonweal.rules.vocabulary import EU, Act, Consent, Effect, Party, Who

MOST_REQUESTS = 2_000_000
ORDER = {Effect.DENY: 0, Effect.UNKNOWN: 1, Effect.CONDITIONAL: 2, Effect.ALLOW: 3}
NOWHERE, NOBODY = "ZZ", "\x00nobody"  # "ZZ" is user-assigned in ISO 3166-1: no country


class Direction(StrEnum):
    """How an answer changed."""

    MORE = "more permissive"
    LESS = "less permissive"
    SAME = "same"
    OTHER = "different"


def direction(before: Decision, after: Decision) -> Direction:
    """Return how an answer changed from one decision to another."""
    if before.effect is not after.effect:
        return Direction.MORE if ORDER[after.effect] > ORDER[before.effect] else Direction.LESS
    if (before.duties, before.flow) == (after.duties, after.flow):
        return Direction.SAME
    looser, stricter = _owes_at_most(after, before), _owes_at_most(before, after)
    return Direction.MORE if looser else Direction.LESS if stricter else Direction.OTHER


def _owes_at_most(one: Decision, other: Decision) -> bool:
    """Does `one` owe nothing that `other` does not owe? Consent on terms stands for any duty."""
    asks_first = any(isinstance(duty, Consent) for duty in other.duties)
    return asks_first or (one.duties <= other.duties and other.flow.meet(one.flow) == other.flow)


def at_least_as_permissive(one: Terms, other: Terms) -> bool:
    """Does `one` grant, for every request, at least what `other` grants?

    Raises
    ------
    InputError
        If the two tell too many requests apart to compare them all.
    """
    a, b = Policy.of(one), Policy.of(other)
    for request in requests(one, other, moments=None):
        if direction(b.decide(request), a.decide(request)) not in (Direction.MORE, Direction.SAME):
            return False
    return True


@dataclass(frozen=True)
class Change:
    """One difference between two terms.

    Attributes
    ----------
    axis : str
        "act", "duties", "flow" where answers differ; "life", "declarer", "title" … for what is said beside.
    what : str
        The act, or the field.
    before, after : str
        In words.
    direction : Direction
    who, works : sequence of str
        For whom and on what it holds, in words; empty for everybody and everything.
    """

    axis: str
    what: str
    before: str
    after: str
    direction: Direction
    who: Sequence[str] = ()
    works: Sequence[str] = ()


def diff(old: Terms, new: Terms, at: datetime | None = None) -> list[Change]:
    """Return what changed from one version to another, axis by axis, at a time (now).

    Raises
    ------
    InputError
        If the two tell too many requests apart to compare them all.
    """
    before, after = Policy.of(old), Policy.of(new)
    moment = at or datetime.now(UTC)
    groups: dict[tuple[str, str, str, str, Direction], list[Request]] = {}
    asked: dict[Act, int] = dict.fromkeys(Act, 0)
    for request in requests(old, new, moments=[moment]):
        asked[request.act] += 1
        one, two = before.decide(request), after.decide(request)
        for axis, was, now, way in _changes(one, two):
            groups.setdefault((axis, str(request.act), was, now, way), []).append(request)
    changes = [Change(*key, *_holds_for(found, asked[Act(key[1])])) for key, found in groups.items()]
    return sorted([*changes, *_beside(old, new)], key=lambda c: (c.axis, c.what, c.before, c.after))


def _changes(one: Decision, two: Decision) -> Iterator[tuple[str, str, str, Direction]]:
    way = direction(one, two)
    if one.effect is not two.effect:
        yield "act", str(one.effect), str(two.effect), way
    elif one.effect is Effect.CONDITIONAL and way is not Direction.SAME:
        if one.duties != two.duties:
            yield "duties", _duties(one), _duties(two), way
        if one.flow != two.flow:
            yield "flow", _flow(one), _flow(two), way


def _duties(decision: Decision) -> str:
    return "; ".join(sorted(duty_words(d) for d in decision.duties)) or "none"


def duty_words(duty: msgspec.Struct) -> str:
    """Return a duty in a few words."""
    tag = str(duty.__struct_config__.tag)
    given = {f.name: getattr(duty, f.name) for f in msgspec.structs.fields(duty)}
    said = [f"{name} {value}" for name, value in given.items() if value not in (None, "", 0)]
    return tag + (f" ({', '.join(said)})" if said else "")


def _flow(decision: Decision) -> str:
    flow = decision.flow
    parts = [
        f"{name} {getattr(flow, name)}" for name in ("depth", "synthetic") if getattr(flow, name) is not None
    ]
    parts += [] if flow.weights else ["no release of weights"]
    parts += ["share alike"] if flow.share_alike else []
    return ", ".join(parts) or "no limit"


def _holds_for(found: Sequence[Request], of: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if len(found) == of:
        return (), ()
    who = {_asker(r) for r in found}
    works = {r.url or r.id or r.dataset or "" for r in found}
    return tuple(sorted(who)), tuple(sorted(works - {""}))


def _asker(request: Request) -> str:
    parts = [" and ".join(sorted(map(str, request.parties or ()))) or "no class that is named"]
    parts += [f"in {request.geo}"] if request.geo not in (None, NOWHERE) else []
    parts += [f"for {request.purpose}"] if request.purpose not in (None, NOBODY) else []
    parts += [request.name] if request.name not in (None, NOBODY) and request.name else []
    return ", ".join(parts)


def _beside(old: Terms, new: Terms) -> Iterator[Change]:
    for name in ("title", "declarer", "url", "contract"):
        was, now = getattr(old, name), getattr(new, name)
        if was != now:
            yield Change(name, name, _plain(was), _plain(now), Direction.OTHER)
    lives = [sorted({_life(rule.life) for rule in terms.rules}) for terms in (old, new)]
    if lives[0] != lives[1]:
        yield Change("life", "life", "; ".join(lives[0]), "; ".join(lives[1]), Direction.OTHER)


def _plain(value: object) -> str:
    if isinstance(value, msgspec.Struct):
        return ", ".join(str(v) for v in msgspec.structs.astuple(value) if v)
    return str(value)


def _life(life: msgspec.Struct) -> str:
    said = [(f.name, getattr(life, f.name)) for f in msgspec.structs.fields(life)]
    return ", ".join(f"{n.replace('_', ' ')} {v}" for n, v in said if v not in (None, "")) or "always"


# The requests that stand for all ----------------------------------------------------------------------------


def requests(*several: Terms, moments: Sequence[datetime] | None) -> Iterator[Request]:
    """Yield one request for every kind that the terms tell apart.

    Parameters
    ----------
    moments : sequence of datetime or None
        None for every moment at which a rule of any of them comes or goes, and one before all.
    """
    rules = [rule for terms in several for rule in terms.rules]
    people = [who for rule in rules for who in (rule.who, rule.unless) if who is not None]
    parties = _parties(people)
    places = _named(people, "geo", NOWHERE)
    purposes, names = _named(people, "purposes", NOBODY), _named(people, "names", NOBODY)
    works = _works(rules)
    times = _times(rules) if moments is None else list(moments)
    count = len(Act) * len(parties) * len(places) * len(purposes) * len(names) * len(works) * len(times)
    if count > MOST_REQUESTS:
        raise InputError(
            f"the terms tell {count:,} kinds of requests apart, more than the {MOST_REQUESTS:,} compared",
            mend="compare them site by site, or party by party",
        )
    for act, asker, place, purpose, name, work, at in product(
        Act, parties, places, purposes, names, works, times
    ):
        yield Request(act, asker, place, purpose, name, *work, at)


def _parties(people: Sequence[Who]) -> list[frozenset[Party]]:
    named = sorted({party for who in people for party in who.parties})
    return [frozenset(some) for n in range(len(named) + 1) for some in combinations(named, n)]


def _named(people: Sequence[Who], axis: str, other: str) -> list[str]:
    found = {value for who in people for value in getattr(who, axis)}
    if axis == "geo" and "EU" in found:
        spare = sorted(EU - found)
        found |= set(spare[:1])  # a member state that is not named by itself
    return [*sorted(found), other]


def _works(rules: Iterable[object]) -> list[tuple[str | None, str | None, str | None]]:
    urls, ids, sets = set(), set(), set()
    for rule in rules:
        scope = rule.scope  # type: ignore[attr-defined]
        for pattern in scope.urls | scope.but:
            path = pattern.removesuffix("$").replace("*", "x")
            path = path if path.startswith(("/", "http")) else "/" + path
            urls |= {path} if pattern.endswith("$") else {path, path + "~"}
        ids |= scope.ids
        sets |= scope.datasets
    found: list[tuple[str | None, str | None, str | None]] = [("/~", None, None)]
    found += [(u, None, None) for u in sorted(urls)]
    found += [(None, i, None) for i in sorted(ids)] + [(None, None, s) for s in sorted(sets)]
    return found


def _times(rules: Iterable[object]) -> list[datetime]:
    lives = [rule.life for rule in rules]  # type: ignore[attr-defined]
    moments = {m for life in lives for m in (life.effective, life.expiry) if m is not None}
    return [datetime(1, 1, 2, tzinfo=UTC), *sorted(moments)]
