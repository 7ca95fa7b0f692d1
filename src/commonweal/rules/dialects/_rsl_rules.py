"""From the licences of RSL documents to rules.

In one place a licence that names users or places speaks for them in place of one that names nobody; where
several apply, all their duties are owed. Of several places the most specific says what is granted; what a
wider one prohibits stays prohibited, unless the more specific one permits it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from commonweal.rules.dialects._rsl_words import ALL, USERS
from commonweal.rules.patterns import Relation, relation, specificity
from commonweal.rules.terms import Rule
from commonweal.rules.vocabulary import Act, Duty, Effect, Scope, Who


@dataclass
class Licence:
    """One `<license>`, understood."""

    line: int
    permits: frozenset[Act] = frozenset()
    prohibits: frozenset[Act] = frozenset()
    users: frozenset[str] = frozenset()
    geo: frozenset[str] = frozenset()
    not_users: frozenset[str] = frozenset()
    not_geo: frozenset[str] = frozenset()
    duties: set[Duty] = field(default_factory=set)
    sound: bool = True  # can it grant?
    lists_usage: bool = False

    @property
    def who(self) -> Who:
        return Who(frozenset(USERS[u] for u in self.users), self.geo)


def rules_of(places: Mapping[str | None, list[Licence]]) -> Iterator[tuple[Rule, int | None]]:
    """Yield the rules of licences by place (None: everywhere), each with its line; a longer path speaks for
    itself where it grants."""
    granted = {
        p: _union(x.permits - x.prohibits for x in found if x.sound and p is not None)
        for p, found in places.items()
    }  # fmt: skip
    for pattern, licences in places.items():
        longer = [] if pattern is None else [q for q in places if q is not None and _narrower(q, pattern)]
        for licence in licences:
            if pattern is not None and licence.sound:
                yield from _grants(pattern, licence, licences, frozenset(longer))
            for acts, who in _refusals(licence):
                for but, some in _by(acts, lambda a: frozenset(q for q in longer if a in granted[q])):  # noqa: B023
                    scope = _scope(pattern, but)
                    yield Rule(some, Effect.DENY, who, scope=scope), licence.line


def _union(sets: Iterable[frozenset[Act]]) -> frozenset[Act]:
    return frozenset().union(*sets)


def _narrower(pattern: str, than: str) -> bool:
    return specificity(pattern) > specificity(than) and relation(pattern, than) is not Relation.NO


def _scope(pattern: str | None, but: frozenset[str]) -> Scope:
    return Scope(but=but) if pattern in (None, "/") else Scope(urls=frozenset({str(pattern)}), but=but)


def _grants(
    pattern: str, licence: Licence, beside: Sequence[Licence], longer: frozenset[str]
) -> Iterator[tuple[Rule, int | None]]:
    effect = Effect.CONDITIONAL if licence.duties else Effect.ALLOW
    acts = licence.permits - licence.prohibits
    for unless, some in _by(acts, lambda act: _spoken_for(licence, act, beside)):
        rule = Rule(
            some, effect, licence.who, unless, _scope(pattern, longer), frozenset(licence.duties)
        )  # fmt: skip
        yield rule, licence.line


def _spoken_for(licence: Licence, act: Act, beside: Sequence[Licence]) -> Who | None:
    """Return for whom a licence that names nobody leaves an act to those that name users, or else places."""
    if not licence.who.anyone:
        return None
    named = [x.who for x in beside if x.sound and act in x.permits and not x.who.anyone]
    users = [w.parties for w in named if w.parties and not w.geo]
    if users:
        return Who(frozenset().union(*users))
    places = [w.geo for w in named if w.geo and not w.parties]
    return Who(geo=frozenset().union(*places)) if places else None


def _refusals(licence: Licence) -> Iterator[tuple[frozenset[Act], Who]]:
    if licence.prohibits:
        yield licence.prohibits, licence.who if licence.sound else Who()
    for who in (Who(frozenset(USERS[u] for u in licence.not_users)), Who(geo=licence.not_geo)):
        if not who.anyone:
            yield licence.permits or ALL.acts, who


def _by(acts: Iterable[Act], key: Callable[[Act], Any]) -> list[tuple[Any, frozenset[Act]]]:
    """Group acts."""
    groups: dict[Any, set[Act]] = {}
    for act in sorted(acts):
        groups.setdefault(key(act), set()).add(act)
    return [(k, frozenset(some)) for k, some in groups.items()]
