"""How much of each work is in the commons, with other members, or neither: weighed by how many works hold it.

A run that k of N other works hold weighs 1 - log k / log N, and 1 where none or one does: the inverse
document frequency (Spärck Jones 1972) over its largest value. What nearly all works hold weighs nearly
nothing, neither as overlap nor as new.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from commonweal.commons.novelty_runs import Runs, Shelf, chosen, frequencies, runs_of, shelves, sought
from commonweal.registry.index import Index
from commonweal.registry.reading import owners_of

FEWEST = 100
"""Works below which frequencies are weighed as if there were so many: among few works, many is one or two."""
REFERENCES = 200
REFERENCE_WORDS = 2_000
"""Works of the commons that are looked up in the rest of it, and words of each."""
AT_ONCE = 4_096
SHORTEST = 30
"""Runs below which a work is too short to be a reference."""


def weights(holders: Any, works: Any) -> Any:
    """Return the weight of runs: float64[n], from the other works that hold each and that there are."""
    rarity = np.log(np.maximum(holders, 1)) / np.log(np.maximum(works, FEWEST))
    return np.maximum(1 - rarity, 0.0)


@dataclass(frozen=True)
class Masses:
    """Weights of each owner's works, of runs in the commons, with others, and of all.

    Attributes
    ----------
    owners : list of str
        Sorted.
    owner, work : int64[entries]
        A work stands once with each of its owners.
    part : float64[entries]
        One over the number of its owners.
    mass : float64[entries, 3]
        All runs; those in the commons; those in no commons that a work of somebody else holds.
    references : float64[r]
        Share of works of the commons that the rest of it holds.
    """

    owners: list[str]
    owner: Any
    work: Any
    part: Any
    mass: Any
    references: Any


@dataclass(frozen=True)
class Others:
    """What an index of members' works holds of a pool's runs, told apart by owner.

    Attributes
    ----------
    counts : int64[runs] or None
        Works that hold each run; None without such an index.
    own, times : int64[k]
        Owner's place among the pool's times the number of runs, plus the run, sorted: what works of an owner
        of the pool hold there, and how many do.
    works : int
    works_of : int64[owners] or None
    references : float64[r]
        Share of works of that index that the rest of it holds.
    """

    counts: Any = None
    own: Any = None
    times: Any = None
    works: int = 0
    works_of: Any = None
    references: Any = field(default_factory=lambda: np.empty(0))

    def beside(self, owner: Any, run: Any) -> Any:
        """Return the works of others there that hold each (owner, run): int64[n]."""
        at, there = sought(self.own, owner * len(self.counts) + run)
        mine = np.zeros(len(run), np.int64)
        mine[there] = self.times[at[there]]
        return self.counts[run] - mine


def others_of(pool: Runs, members: Index, seed: int) -> Others:
    """Return what an index of members, under the last of the pool's keys, holds of its runs."""
    places = shelves(members)
    total = sum(place.works for place in places)
    samples = _samples(places, pool.halvings, seed)
    asked = np.unique(np.concatenate([pool.names[-1], *samples]))
    held = frequencies(asked, places)
    order = np.argsort(pool.names[-1])
    ordered = pool.names[-1][order]
    counts = held[np.searchsorted(asked, pool.names[-1])]
    names = names_of(pool.owners)
    place_of = {name: i for i, name in enumerate(names)}
    works_of, keys = np.zeros(len(names), np.int64), [np.empty(0, np.int64)]
    for place, row, owner in _rows(places, members):
        for name in owners_of(owner):
            if name in place_of:
                at, there = sought(ordered, np.unique(runs_of(place.marks(row))))
                keys.append(place_of[name] * len(counts) + order[at[there]])
                works_of[place_of[name]] += 1
    own, times = np.unique(np.concatenate(keys), return_counts=True)
    references = [
        _held(sample, held[np.searchsorted(asked, sample)] - 1, total - 1)
        for sample in samples
        if len(sample) >= SHORTEST
    ]
    return Others(counts, own, times, total, works_of, np.array(references, dtype=np.float64))


def _rows(places: Sequence[Shelf], members: Index) -> Iterator[tuple[Shelf, int, str]]:
    """Yield the works in force of an index with their owners."""
    for place in places:
        rows = np.flatnonzero(place.stays)
        for first in range(0, len(rows), AT_ONCE):
            ids = {place.segment.id(int(row)): int(row) for row in rows[first : first + AT_ONCE]}
            for work, entry in members.catalog.get(ids).items():
                yield place, ids[work], entry.owner


def weigh(pool: Runs, commons: Index, places: Sequence[Shelf], others: Others, seed: int) -> Masses:
    """Return the masses of a pool's works against a commons, and among members."""
    samples = _samples(places, pool.halvings, seed)
    asked = np.unique(np.concatenate([pool.names[0], *samples]))
    held = frequencies(asked, places, pool.halvings)
    total = sum(place.works for place in places)
    names, entry_work, entry_owner, part = _entries(pool.owners)
    pairs, entry = _expanded(pool, entry_work)
    in_commons = held[np.searchsorted(asked, pool.names[0])]
    in_pool = np.bincount(pool.run, minlength=len(in_commons))
    works_of = np.bincount(entry_owner, minlength=len(names))
    own = _own(entry_owner[entry], pool.run[pairs], len(in_commons))
    with_others = in_pool[pool.run[pairs]] - own
    count = total + len(pool.owners) - works_of[entry_owner[entry]]
    if others.counts is not None:
        with_others = with_others + others.beside(entry_owner[entry], pool.run[pairs])
        count = count + (others.works - others.works_of)[entry_owner[entry]]
    common = in_commons[pool.run[pairs]]
    weight = weights(common + with_others, count)
    mass = np.stack(
        [
            np.bincount(entry, weight * here, minlength=len(entry_work))
            for here in (np.ones(len(weight)), common > 0, (common == 0) & (with_others > 0))
        ],
        axis=1,
    )
    references = [
        _held(
            sample,
            held[np.searchsorted(asked, sample)] - 1,
            total - 1 + len(pool.owners),
            _counted(pool, in_pool, sample),
        )
        for sample in samples
        if len(sample) >= SHORTEST
    ]
    return Masses(names, entry_owner, entry_work, part, mass, np.array(references, dtype=np.float64))


def names_of(owners: Sequence[tuple[str, ...]]) -> list[str]:
    """Return the names of all owners, sorted."""
    return sorted({name for each in owners for name in each})


def _entries(owners: Sequence[tuple[str, ...]]) -> tuple[list[str], Any, Any, Any]:
    """Return the owners' names, and the work, owner and part of each entry."""
    names = names_of(owners)
    place = {name: i for i, name in enumerate(names)}
    work = np.repeat(np.arange(len(owners)), [len(each) for each in owners])
    owner = np.array([place[name] for each in owners for name in each], dtype=np.int64)
    part = np.array([1 / len(each) for each in owners for _ in each])
    return names, work, owner, part


def _expanded(pool: Runs, entry_work: Any) -> tuple[Any, Any]:
    """Return the pairs of (work, run), each once for each owner of the work, and the entry it belongs to."""
    works = len(pool.owners)
    runs = np.bincount(pool.work, minlength=works)
    first = np.concatenate([[0], np.cumsum(runs)])
    size = runs[entry_work]
    entry = np.repeat(np.arange(len(entry_work)), size)
    begin = np.concatenate([[0], np.cumsum(size)])[:-1]
    pairs = np.arange(len(entry)) - begin[entry] + first[entry_work[entry]]
    return pairs, entry


def _counted(pool: Runs, in_pool: Any, sample: Any) -> Any:
    """Return how many works of the pool hold runs that are not the pool's: int64[n]."""
    at, there = sought(pool.names[0], sample)
    counts = np.zeros(len(sample), np.int64)
    counts[there] = in_pool[at[there]]
    return counts


def _own(owner: Any, run: Any, runs: int) -> Any:
    """Return, for each (owner, run), in how many of the owner's works it stands."""
    key = owner * max(runs, 1) + run
    _, back, times = np.unique(key, return_inverse=True, return_counts=True)
    return times[back]


def _held(sample: Any, holders: Any, works: int, beyond: Any = 0) -> float:
    """Return the share of a work's runs that others of its index hold, and of those `beyond` it."""
    weight = weights(holders + beyond, works)
    total = weight.sum()
    return float(weight[holders > 0].sum() / total) if total > 0 else 0.0


def _samples(places: Sequence[Shelf], halvings: int, seed: int) -> list[Any]:
    """Return the different runs of some works of the commons, drawn by `seed`."""
    edges = np.concatenate([[0], np.cumsum([place.works for place in places])]).astype(np.int64)
    if edges[-1] < 2:
        return []
    rng = np.random.default_rng([seed, 1])
    drawn = np.sort(rng.choice(edges[-1], min(REFERENCES, edges[-1]), replace=False))
    out = []
    for number in drawn.tolist():
        shelf = int(np.searchsorted(edges, number, side="right") - 1)
        row = int(np.flatnonzero(places[shelf].stays)[number - edges[shelf]])
        marks = places[shelf].marks(row)
        begin = int(rng.integers(max(len(marks) - REFERENCE_WORDS, 0) + 1))
        runs = np.unique(runs_of(marks[begin : begin + REFERENCE_WORDS]))
        out.append(runs[chosen(runs, halvings)])
    return out
