"""Writing RSL 1.0: for each path and each kind of asker the strictest that is said, then read back.

RSL tells askers apart by class and place alone. For each class and place that the terms name it is worked out
what holds for one who is in that class only; who is in several must heed the licences of all. What then still
reads as more than the terms grant, because of an exception for instance, is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import combinations
from typing import Any

from commonweal.rules.decision import Decision
from commonweal.rules.dialects._rsl_read import read_document
from commonweal.rules.dialects._rsl_words import (
    AI_ALL,
    ALL,
    FILE,
    LONGEST_AGE,
    NARROW,
    SEARCH,
    TOKENS,
    USERS,
    hashed,
)
from commonweal.rules.dialects._rsl_xml import DENIED, Cell, Said, Statement, document, exact
from commonweal.rules.dialects.base import (
    Artefact,
    Kind,
    Loss,
    Site,
    Strict,
    Token,
    patterns_of,
    say,
    where_longest,
)
from commonweal.rules.patterns import Relation, relation, specificity
from commonweal.rules.policy import Policy
from commonweal.rules.request import Request
from commonweal.rules.terms import Terms
from commonweal.rules.vocabulary import Act, Consent, Effect, Party

ACTS = tuple(sorted(ALL.acts | ALL.touches))


def write_document(terms: Terms, site: Site) -> tuple[str, tuple[Loss, ...]]:
    """Return `rsl.xml` ("" where nothing is said), and what the standard leaves in doubt."""
    patterns, losses = patterns_of(terms, site)
    age, moments = _age(terms, site.at)
    link = hashed(url, terms.sha256) if (url := site.terms_url or terms.url) else ""
    places: dict[str, _Place] = {}
    for pattern in patterns:
        place = _Place(terms, pattern, site, moments, link)
        wider = [p for p in places if specificity(p) < specificity(pattern)]
        beside = [places[p] for p in wider if relation(p, pattern) is not Relation.NO]
        places[pattern] = place.closed({t for p in beside for t in p.permitted})
    said = {pattern: place.cells for pattern, place in places.items() if place.cells}
    if said and len(said) == len(places) and all(cells == said["/"] for cells in said.values()):
        said = {"/": said["/"]}
    for pattern, cells in said.items():
        if any(s.prohibits and not s.permits and ALL not in s.prohibits for s in cells.values()):
            why = "it is left open, and some readers of RSL take what is not prohibited for free"
            losses.append(Loss(f"what is neither granted nor refused on {pattern}", why))
    return (document(said, terms, age, link) if said else ""), tuple(losses)


def _age(terms: Terms, at: datetime) -> tuple[int, list[datetime]]:
    """Return for how many days the file may be kept, and all moments until then at which terms change."""
    lives = (rule.life for rule in terms.rules)
    later = sorted(m for life in lives for m in (life.effective, life.expiry) if m is not None and m > at)
    days = min(LONGEST_AGE, (later[0] - at).days) if later else LONGEST_AGE
    days = max(days, 1)
    return days, [at, *(m for m in later if m < at + timedelta(days=days))]


@dataclass(frozen=True)
class _Place:
    """What is written for one path."""

    terms: Terms
    pattern: str
    site: Site
    moments: Sequence[datetime]
    link: str
    also: frozenset[Token] = frozenset()

    def closed(self, permitted: set[Token]) -> _Place:
        """Return it with what wider places permit prohibited, if it grants nothing itself: the wider place
        would speak here too."""
        if not permitted or any(s.permits for s in self.cells.values()):
            return self
        names = {n for t in permitted for n in ((AI_ALL, SEARCH) if t is ALL else (t,))}
        return replace(self, also=frozenset(names))

    @property
    def permitted(self) -> set[Token]:
        return {token for statement in self.cells.values() for token in statement.permitted}

    @cached_property
    def cells(self) -> dict[Cell, Statement]:
        """Return what is said to whom, such that nothing reads as more than the terms grant."""
        table = {cell: {act: self._said(act, cell) for act in ACTS} for cell in self._kinds()}
        while True:
            stated = _spread(table, self._stated)
            if self.also and ("", "") in stated:
                first = stated["", ""]
                stated["", ""] = replace(first, prohibits=_joined(first.prohibits, self.also))
            elif self.also:
                stated["", ""] = Statement((), _joined((), self.also))
            too_much = self._too_much(stated)
            if not too_much:
                return stated
            for cell, act in _new(too_much, table):
                table[cell][act] = DENIED

    # What the terms say -----------------------------------------------------------------------------------

    @cached_property
    def _stricts(self) -> list[Strict]:
        narrowed = where_longest(self.terms, self.pattern, self.site)
        return [Strict.of(narrowed, replace(self.site, at=moment)) for moment in self.moments]

    @cached_property
    def _named(self) -> tuple[list[Party], list[str]]:
        whos = [w for rule in self.terms.rules for w in (rule.who, rule.unless) if w is not None]
        return sorted({p for w in whos for p in w.parties}), sorted({g for w in whos for g in w.geo})

    @property
    def _elsewhere(self) -> str:
        return next(code for code in ("ZZ", "XX", "QZ") if code not in self._named[1][:2])

    def _kinds(self) -> list[Cell]:
        parties, geo = self._named
        classes = [str(p) for p in parties if str(p) in USERS]
        return [(c, g) for g in ("", *geo) for c in ("", *classes)]

    def _said(self, act: Act, cell: Cell) -> Said:
        """Return what is said to one who is in that class alone, and to a researcher in it."""
        parties = frozenset({Party(cell[0])}) if cell[0] else frozenset()
        geo = cell[1] or self._elsewhere
        found = self._source(act, parties, geo)
        if Party.RESEARCH in self._named[0]:
            found = found.meet(self._source(act, parties | {Party.RESEARCH}, geo))
        return found if self._carried(found) else DENIED

    def _source(self, act: Act, parties: frozenset[Party] | None, geo: str | None) -> Said:
        out: Said | None = None
        for strict in self._stricts:
            asked = Request(act, parties=parties, geo=geo, at=strict.site.at)
            found = Said(strict.effect(act, self.pattern, asked))
            if found.effect is Effect.CONDITIONAL:
                decision = strict.policy.over(act, self.pattern, request=asked)
                found = _of(decision)
            out = found if out is None else out.meet(found)
        assert out is not None
        return out

    def _carried(self, said: Said) -> bool:
        return said.effect is not Effect.CONDITIONAL or bool(self.link) or exact(said)

    # What is written --------------------------------------------------------------------------------------

    def _stated(self, table: Mapping[Act, Said]) -> Statement:
        effects = {act: said.effect for act, said in table.items()}
        permits: dict[Said, list[Token]] = {}
        covered: set[Act] = set()
        for token in TOKENS:
            joined = _joint([table[a] for a in token.acts])
            # A wide word is for what is owed alike in all of it.
            fits = token in NARROW or _alike(token, table)
            if _grantable(token, effects) and fits and not token.acts <= covered and self._carried(joined):
                permits.setdefault(joined, []).append(token)
                covered |= token.acts
        refused = [t for t in NARROW if not t.acts & covered and _refusable(t, effects)]
        return Statement(
            tuple((said, tuple(tokens)) for said, tokens in permits.items()), _widened(refused, effects)
        )

    # Reading back -----------------------------------------------------------------------------------------

    def _too_much(self, stated: Mapping[Cell, Statement]) -> set[tuple[Cell, Act]]:
        """Return what reads as more than the terms grant, for whoever may ask."""
        text = document({"/": stated}, Terms(), LONGEST_AGE, self.link) if stated else ""
        found = read_document(text, Artefact(Kind.FILE, text, FILE), "file") if text else None
        read = Policy.of(found.signals if found else ())
        parties, geo = self._named
        known = [self._elsewhere, *geo, *(["EU"] if geo else [])]
        exact = [(asked, place) for asked in _subsets(parties) for place in known]
        unsaid = [(asked, place) for asked in (None, *_subsets(parties)) for place in (None, *known)]
        for kinds in (exact, unsaid):  # those who say who they are first: they are what exceptions name
            wrong = {
                (cell, act)
                for asked, place in kinds
                for act in ACTS
                if self._exceeds(read, act, asked, place)
                for cell in self._answering(asked, place)
            }
            if wrong:
                return wrong
        return set()

    def _exceeds(self, read: Policy, act: Act, parties: frozenset[Party] | None, geo: str | None) -> bool:
        seen = _of(read.over(act, "/", request=Request(act, parties=parties, geo=geo)))
        return bool(seen.effect.grant) and not _within(seen, self._source(act, parties, geo))

    def _answering(self, parties: frozenset[Party] | None, geo: str | None) -> Iterator[Cell]:
        mine = {str(p) for p in parties or ()} & USERS.keys()
        for user, place in self._kinds():
            asks = parties is None or user in mine or (not user and not mine)
            there = geo in (None, "EU") or place in (geo, "EU") or (not place and geo == self._elsewhere)
            if asks and there:
                yield user, place


def _new(
    wrong: Iterable[tuple[Cell, Act]], table: Mapping[Cell, Mapping[Act, Said]]
) -> set[tuple[Cell, Act]]:
    """Return what has to be refused; where it is already, no word says so, and who else is granted it by the
    same word can't have it either."""
    new = {(cell, act) for cell, act in wrong if table[cell][act] != DENIED}
    acts = {act for _, act in wrong}
    return new or {(cell, act) for cell in table for act in acts if table[cell][act] != DENIED}


def _of(decision: Decision) -> Said:
    return Said(decision.effect, decision.duties, decision.flow)


def _within(seen: Said, source: Said) -> bool:
    """Is no more granted than the source grants?"""
    if seen.effect.grant != source.effect.grant:
        return seen.effect.grant < source.effect.grant
    if seen.effect is Effect.ALLOW or any(isinstance(duty, Consent) for duty in seen.duties):
        return True
    return seen.duties >= source.duties and seen.flow.meet(source.flow) == seen.flow


def _subsets(parties: Sequence[Party]) -> Iterator[frozenset[Party]]:
    for size in range(len(parties) + 1):
        yield from map(frozenset, combinations(parties, size))


def _joint(leaves: Iterable[Said]) -> Said:
    first, *rest = leaves
    for said in rest:
        first = first.meet(said)
    return first


def _grantable(token: Token, effects: Mapping[Act, Effect]) -> bool:
    return all(effects[a].grant for a in token.acts | token.touches)


def _refusable(token: Token, effects: Mapping[Act, Effect]) -> bool:
    """Is it refused, or granted on terms that can't be said?"""
    return say(token, effects, conditions=True) is Effect.DENY or _grantable(token, effects)


def _alike(token: Token, table: Mapping[Act, Said]) -> bool:
    said = {table[a] for a in token.acts}
    return len(said) == 1 and {table[a] for a in token.touches} <= said | {Said(Effect.ALLOW)}


def _widened(refused: Sequence[Token], effects: Mapping[Act, Effect]) -> tuple[Token, ...]:
    """Return the smallest words that cover what is refused; a wide one where all in it is refused."""
    for wide in (ALL, AI_ALL):
        if all(effects[a] is Effect.DENY for a in wide.acts):
            return _joined([t for t in refused if not t.acts <= wide.acts], [wide])
    return _joined(refused, ())


def _joined(some: Iterable[Token], others: Iterable[Token]) -> tuple[Token, ...]:
    both = {*some, *others}
    wide = [t for t in both if not any(t.acts < other.acts for other in both)]
    return tuple(t for t in TOKENS if t in wide)


def _spread(table: Mapping[Cell, Mapping[Act, Said]], stated: Any) -> dict[Cell, Statement]:
    """Return the statement for each kind of asker: one for all where it is the same.

    Prohibits beat permits, so what is refused in general but granted to some is prohibited by class instead.
    """
    out: dict[Cell, Statement] = {cell: stated(said) for cell, said in table.items()}
    if len(set(out.values())) == 1:
        first = out["", ""]
        return {("", ""): first} if first != Statement() else {}
    places = {g for _, g in out}
    if any(set(out["", g].prohibits) and _granted_within(out, ("", g), c) for g in places for c, _ in out):
        for user in USERS:
            for g in places:
                out.setdefault((user, g), out["", g])
    kept = {}
    for cell, statement in out.items():
        inside = {t for c, s in out.items() if c != cell and _inside(c, cell) for t in s.permitted}
        prohibits = statement.prohibits
        if any(t.acts & p.acts for t in inside for p in prohibits):
            narrow = [n for p in prohibits for n in NARROW if n.acts <= p.acts]
            prohibits = _joined([n for n in narrow if not any(n.acts & t.acts for t in inside)], ())
        kept[cell] = replace(statement, prohibits=prohibits)
    return {cell: kept[cell] for cell in sorted(kept) if kept[cell] != Statement()}


def _inside(cell: Cell, wider: Cell) -> bool:
    return all(mine == other or not other for mine, other in zip(cell, wider, strict=True))


def _granted_within(out: Mapping[Cell, Statement], cell: Cell, user: str) -> bool:
    found = out.get((user, cell[1]))
    refused = out[cell].prohibits
    return found is not None and any(t.acts & p.acts for t in found.permitted for p in refused)
