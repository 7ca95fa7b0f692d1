"""Rules compiled to sets: which speak of an act, of an asker, of a work, at a time.

Every axis of a rule answers yes, no or perhaps for a request (what the request leaves open is *perhaps*).
Sets are the bits of Python integers: one intersection handles all rules at once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from commonweal.rules.decision import Reason
from commonweal.rules.patterns import Pattern, Relation, parse, relation
from commonweal.rules.request import Request
from commonweal.rules.signals import Binding, Signal
from commonweal.rules.terms import Rule
from commonweal.rules.vocabulary import EU, Act, Duty, Effect, Flow, Life, Scope, Who
from commonweal.rules.words import in_words

Masks = tuple[int, int]  # rules that surely fit, rules that may fit


@dataclass(frozen=True)
class _Axis:
    """One axis of `who` or `unless`: rules that name nothing on it, and rules by what they name."""

    always: int
    named: Mapping[str, int]
    within: Mapping[str, int]  # what may fit though another name was asked: EU asked, DE named

    def fit(self, asked: Iterable[str] | None, every: int) -> Masks:
        """Return the rules that fit any of what is asked; None is unknown."""
        if asked is None:
            return self.always, every
        yes, may = self.always, 0
        for value in asked:
            yes |= self.named.get(value, 0)
            may |= self.within.get(value, 0)
        return yes, yes | may


@dataclass(frozen=True)
class _People:
    """The four axes of `who` (or of `unless`, for the rules that have one)."""

    parties: _Axis
    geo: _Axis
    purposes: _Axis
    names: _Axis
    every: int

    @classmethod
    def of(cls, who: Mapping[int, Who]) -> _People:
        every = _mask(who)

        def axis(pick: Callable[[Who], frozenset[str]]) -> _Axis:
            named: dict[str, int] = {}
            always = 0
            for i, w in who.items():
                always |= 0 if pick(w) else 1 << i
                for value in pick(w):
                    named[str(value)] = named.get(str(value), 0) | 1 << i
            return _Axis(always, named, {})

        geo = _with_union(axis(lambda w: w.geo))
        return cls(axis(lambda w: w.parties), geo, axis(lambda w: w.purposes), axis(lambda w: w.names), every)

    def fit(self, request: Request) -> Masks:
        """Return the rules whose people the asker is, surely and perhaps."""
        yes = may = every = self.every
        if self.parties.named:
            yes, may = self.parties.fit(request.parties, every)
        if self.geo.named:
            a, b = self.geo.fit(None if request.geo is None else (request.geo,), every)
            yes, may = yes & a, may & b
        if self.purposes.named:
            a, b = self.purposes.fit(None if request.purpose is None else (request.purpose,), every)
            yes, may = yes & a, may & b
        if self.names.named:
            name = None if request.name is None else (request.name.casefold().strip(),)
            a, b = self.names.fit(name, every)
            yes, may = yes & a, may & b
        return yes, may


def _with_union(geo: _Axis) -> _Axis:
    """Let member states stand in the Union, and the Union perhaps in a member state."""
    if not geo.named:
        return geo
    members = {code: geo.named.get(code, 0) for code in EU}
    union, inside = geo.named.get("EU", 0), 0
    for mask in members.values():
        inside |= mask
    return _Axis(geo.always, {**geo.named, **{c: m | union for c, m in members.items()}}, {"EU": inside})


@dataclass(frozen=True)
class _Urls:
    """Patterns with the rules that name them, found by what they start with."""

    heads: Mapping[str, tuple[int, Sequence[tuple[Pattern, int]]]]  # rules of prefixes; other patterns
    lengths: Sequence[int]
    texts: Mapping[str, int]

    @classmethod
    def of(cls, patterns: Mapping[str, int]) -> _Urls:
        heads: dict[str, tuple[int, list[tuple[Pattern, int]]]] = {}
        for text, mask in patterns.items():
            pattern = parse(text)
            prefixes, others = heads.get(pattern.pieces[0], (0, []))
            if pattern.plain and not pattern.origin:
                prefixes |= mask
            else:
                others = [*others, (pattern, mask)]
            heads[pattern.pieces[0]] = prefixes, others
        return cls(heads, sorted({len(head) for head in heads}), patterns)

    def of_url(self, origin: str, path: str) -> Masks:
        """Return the rules with a pattern that matches; perhaps, where the origin is not known."""
        yes, may, size, heads = 0, 0, len(path), self.heads
        for length in self.lengths:
            if length > size:
                break
            found = heads.get(path[:length])
            if found is None:
                continue
            yes |= found[0]
            for pattern, mask in found[1]:
                if pattern.matches(origin, path):
                    yes |= mask
                elif not origin and pattern.origin and pattern.matches(pattern.origin, path):
                    may |= mask
        return yes, yes | may

    def of_pattern(self, of: str) -> Masks:
        """Return the rules with a pattern that covers another, and those with one that may touch it."""
        yes = may = 0
        for text, mask in self.texts.items():
            found = relation(text, of)
            yes |= mask if found is Relation.YES else 0
            may |= mask if found is not Relation.NO else 0
        return yes, may

    @property
    def every(self) -> int:
        """The rules that name any."""
        out = 0
        for mask in self.texts.values():
            out |= mask
        return out


@dataclass(frozen=True)
class _Scopes:
    """Which rules speak of which works."""

    whole: int  # nothing named but what is left out
    urls: _Urls
    but: _Urls
    ids: Mapping[str, int]
    datasets: Mapping[str, int]
    every: int

    @classmethod
    def of(cls, scopes: Mapping[int, Scope]) -> _Scopes:
        def by(pick: Callable[[Scope], frozenset[str]]) -> dict[str, int]:
            out: dict[str, int] = {}
            for i, s in scopes.items():
                for value in pick(s):
                    out[value] = out.get(value, 0) | 1 << i
            return out

        whole = _mask(i for i, s in scopes.items() if not (s.urls or s.ids or s.datasets))
        urls, but = _Urls.of(by(lambda s: s.urls)), _Urls.of(by(lambda s: s.but))
        return cls(whole, urls, but, by(lambda s: s.ids), by(lambda s: s.datasets), _mask(scopes))

    def of_request(self, request: Request, url: tuple[str, str] | None) -> Masks:
        """Return the rules that speak of what is asked about, by every name that is given for it."""
        if url is None and request.id is None and request.dataset is None:
            return self.whole & ~self.but.every, self.every  # surely all, only where nothing is left out
        yes, may = self.whole, self.whole
        if url is not None:
            in_yes, in_may = self.urls.of_url(*url)
            yes, may = yes | in_yes, may | in_may
        found = self.ids.get(request.id or "", 0) | self.datasets.get(request.dataset or "", 0)
        yes, may = yes | found, may | found
        out_yes, out_may = (0, self.but.every) if url is None else self.but.of_url(*url)
        return yes & ~out_may, may & ~out_yes

    def of_pattern(self, pattern: str | None) -> Masks:
        """Return the rules that speak of all that a pattern matches, and of some of it."""
        if pattern is None:
            return self.whole & ~self.but.every, self.every
        yes, may = self.urls.of_pattern(pattern)
        out_yes, out_may = self.but.of_pattern(pattern)
        return (self.whole | yes) & ~out_may, (self.whole | may) & ~out_yes


@dataclass(frozen=True)
class Compiled:
    """All rules of all signals, numbered; each field is a set of numbers as bits of an integer."""

    rules: Sequence[tuple[Signal, int, Rule]]
    acts: Mapping[Act, int]
    deny: int
    conditional: int
    allow: int
    agreements: int
    may_grant: int
    who: _People
    unless: _People
    scopes: _Scopes
    boundaries: Sequence[datetime]
    standing: Sequence[int]
    by_party: Mapping[str, int]
    ranked: Sequence[Sequence[int]]  # for each standard with ranks: its rules by rank, highest first
    snapshots: Sequence[tuple[Sequence[datetime], Sequence[int], int]]
    told: list[Reason | None]
    alone: bool  # one signal: nobody can disagree

    @classmethod
    def of(cls, signals: Sequence[Signal]) -> Compiled:
        """Number the rules of all signals and gather them by axis."""
        rules = [(s, n, rule) for s in signals for n, rule in enumerate(s.terms.rules)]
        acts = dict.fromkeys(Act, 0)
        effects = dict.fromkeys(Effect, 0)
        by_party: dict[str, int] = {}
        agreements = may_grant = 0
        for i, (signal, _, rule) in enumerate(rules):
            if signal.binding is Binding.AGREEMENT and not signal.verified:
                continue  # anybody can write that they agreed
            bit = 1 << i
            effects[rule.effect] |= bit
            for act in rule.acts:
                # A mark on a unit governs its use, wherever it was fetched from.
                if not (act is Act.CRAWL and signal.binding is Binding.UNIT):
                    acts[act] |= bit
            if signal.binding is Binding.AGREEMENT:
                agreements |= bit
                name = signal.party.casefold().strip()
                by_party[name] = by_party.get(name, 0) | bit
            may_grant |= bit if signal.verified else 0
        boundaries, standing = _standing([rule.life for _, _, rule in rules])
        return cls(
            rules=rules, acts=acts, deny=effects[Effect.DENY], conditional=effects[Effect.CONDITIONAL],
            allow=effects[Effect.ALLOW], agreements=agreements, may_grant=may_grant,
            who=_People.of({i: r.who for i, (_, _, r) in enumerate(rules)}),
            unless=_People.of({i: r.unless for i, (_, _, r) in enumerate(rules) if r.unless is not None}),
            scopes=_Scopes.of({i: r.scope for i, (_, _, r) in enumerate(rules)}),
            boundaries=boundaries, standing=standing, by_party=by_party,
            ranked=_ranked(rules), snapshots=_snapshots(rules), told=[None] * len(rules),
            alone=len(signals) < 2,
        )  # fmt: skip

    def in_force(self, at: datetime) -> int:
        """Return the rules whose life holds at a time."""
        return self.standing[bisect_right(self.boundaries, at)]

    def current(self, at: datetime) -> int:
        """Of signals fetched several times, the newest not later than `at`."""
        out = -1
        for times, masks, every in self.snapshots:
            n = bisect_right(times, at)
            out &= ~every | (masks[n - 1] if n else 0)
        return out

    def parties(self, request: Request) -> int:
        """Return the rules of agreements with whoever asks."""
        return self.by_party.get((request.name or "").casefold().strip(), 0) if request.name else 0

    def override(self, possible: int, sure: int) -> Masks:
        """Let the highest rank that speaks stand for its standard."""
        for ranks in self.ranked:
            for n, rank in enumerate(ranks):
                if possible & rank:
                    for lower in ranks[n + 1 :]:
                        possible &= ~lower
                        sure &= ~lower
                    break
        return possible, sure

    def owed(self, which: int) -> tuple[frozenset[Duty], Flow, tuple[Life, ...]]:
        """Return the duties of rules together, the limits of all, and their lives."""
        duties: frozenset[Duty] = frozenset()
        flow = Flow()
        for i in _bits(which):
            rule = self.rules[i][2]
            duties |= rule.duties
            flow = flow.meet(rule.flow)
        return duties, flow, self.lives(which)

    def lives(self, which: int) -> tuple[Life, ...]:
        """Return what rules say of notice, cure and end."""
        none = Life()
        return tuple(life for i in _bits(which) if (life := self.rules[i][2].life) != none)

    def reasons(self, which: int) -> tuple[Reason, ...]:
        """Return the rules as reasons."""
        return tuple(self.told[i] or self._tell(i) for i in _bits(which))

    def others(self, which: int, winners: int) -> tuple[Reason, ...]:
        """Return reasons of other sources than the winners'."""
        if not which or self.alone:
            return ()
        sources = {id(self.rules[i][0]) for i in _bits(winners)}
        return tuple(
            self.told[i] or self._tell(i) for i in _bits(which) if id(self.rules[i][0]) not in sources
        )

    def _tell(self, i: int) -> Reason:
        signal, number, rule = self.rules[i]
        source = f"{signal.where} ({signal.standard})" if signal.where else signal.standard
        self.told[i] = reason = Reason(in_words(rule), source, signal.line(number), rule.effect)
        return reason


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _mask(numbers: Iterable[int]) -> int:
    out = 0
    for i in numbers:
        out |= 1 << i
    return out


def _standing(lives: Sequence[Life]) -> tuple[list[datetime], list[int]]:
    """Return the moments at which rules come or go, and the rules in force before, between and after."""
    moments = sorted({m for life in lives for m in (life.effective, life.expiry) if m is not None})
    if not moments:
        return [], [_mask(range(len(lives)))]
    before = _mask(i for i, life in enumerate(lives) if life.effective is None)
    return moments, [before, *(_mask(i for i, life in enumerate(lives) if life.holds(m)) for m in moments)]


def _ranked(rules: Sequence[tuple[Signal, int, Rule]]) -> list[list[int]]:
    found: dict[str, dict[int, int]] = {}
    for i, (signal, _, _) in enumerate(rules):
        ranks = found.setdefault(signal.standard, {})
        ranks[signal.rank] = ranks.get(signal.rank, 0) | 1 << i
    return [[ranks[r] for r in sorted(ranks, reverse=True)] for ranks in found.values() if len(ranks) > 1]


def _snapshots(
    rules: Sequence[tuple[Signal, int, Rule]],
) -> list[tuple[list[datetime], list[int], int]]:
    """Group signals of one place and channel that were fetched at different times."""
    found: dict[tuple[str, str, str], dict[datetime, int]] = {}
    for i, (signal, _, _) in enumerate(rules):
        if signal.seen is not None:
            times = found.setdefault((signal.standard, signal.where, signal.channel), {})
            times[signal.seen] = times.get(signal.seen, 0) | 1 << i
    out = []
    for times in found.values():
        ordered = sorted(times)
        every = 0
        for mask in times.values():
            every |= mask
        out.append((ordered, [times[t] for t in ordered], every))
    return out
