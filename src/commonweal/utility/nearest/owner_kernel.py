"""The walk along a shortlist that gives each owner's value, compiled by numba; the mathematics is in
`owners.py`."""

from __future__ import annotations

import numpy as np
from numba import prange

from commonweal.utility.nearest.kernels import Array, parallel, serial


@serial
def _count_ways(n: Array, budget: int, scale: float, ways: Array) -> None:
    """ways[r, s]: ways of choosing r active owners whose counts add up to s ≤ budget, times scale**r.

    `n[c]` owners have a running count of c. All terms are positive: nothing cancels.
    """
    for r in range(budget + 1):
        for s in range(budget + 1):
            ways[r, s] = 0.0
    ways[0, 0] = 1.0
    for c in range(1, budget + 1):
        if n[c] == 0:
            continue
        for s in range(budget, c - 1, -1):
            for r in range(s, 0, -1):
                choose = 1.0
                total = ways[r, s]
                for j in range(1, min(n[c], s // c, r) + 1):
                    choose *= (n[c] - j + 1) * scale / j
                    total += choose * ways[r - j, s - j * c]
                ways[r, s] = total


@serial
def _loss(
    n: Array, c: int, budget: int, active: int, k: int, scale: float, odds: Array, ways: Array, room: Array
) -> float:
    """Chance, by size, that an owner with running count `c` pushes the point out of the nearest k."""
    loss = 0.0
    if c > budget:  # alone enough, and nowhere among the ways
        for s in range(budget + 1):
            for r in range(min(s, active - 1) + 1):
                loss += ways[r, s] * odds[r]
    elif active >= 3 * k:  # divide the owner's factor out; stable, since few of many are chosen
        sign, j = 1.0, 0
        for s in range(budget, -1, -1):
            if budget - s == (j + 1) * c:
                sign, j = -sign * scale, j + 1
            for r in range(s + 1):
                loss += ways[r, s] * sign * odds[r + j]
    else:  # count again without the owner
        n[c] -= 1
        _count_ways(n, budget, scale, room)
        n[c] += 1
        for s in range(budget - c + 1, budget + 1):
            for r in range(min(s, active - 1) + 1):
                loss += room[r, s] * odds[r]
    return loss


@serial
def _own(budget: int, active: int, scale: float, ways: Array) -> float:
    """Chance, by size, that at most `budget` points of the other `active` owners rank before."""
    total = 0.0
    weight = 1.0 / (active + 1.0)
    for r in range(min(budget, active) + 1):
        for s in range(r, budget + 1):
            total += ways[r, s] * weight
        weight *= (r + 1.0) / ((active - r) * scale) if r < active else 0.0
    return total


@serial
def _odds(active: int, extra: int, k: int, scale: float, odds: Array) -> None:
    """odds[r] = ∫ p^(r+extra) (1−p)^(active−1−r) dp / scale**r for r < active, else 0."""
    odds[:] = 0.0
    if active == 0:
        return
    odds[0] = 1.0 / active if extra == 0 else 1.0 / (active * (active + 1.0))
    for r in range(1, min(len(odds), active)):
        odds[r] = odds[r - 1] * (r + extra) / ((active - r) * scale)


@parallel
def owner_walk(
    offsets: Array,
    index: Array,
    owner: Array,
    match: Array,
    k: int,
    m: int,
    lanes: int,
    sums: Array,
    per_unit: bool,
) -> None:
    """Add each test point's owner values to sums[lane], or write them to sums[u]; see `owners.py`.

    `match` is bool per entry of `index`.
    """
    units = len(offsets) - 1
    for lane in prange(lanes):
        value, entry = np.empty(m), np.empty(m)
        seen = np.empty(m, np.int64)
        for u in range(lane, units, lanes):
            _owner_row(index, owner, match, offsets[u], offsets[u + 1], k, value, entry, seen)
            if per_unit:
                sums[u] = value
            else:
                sums[lane] += value


@serial
def _owner_row(
    index: Array,
    owner: Array,
    match: Array,
    start: int,
    stop: int,
    k: int,
    value: Array,
    entry: Array,
    seen: Array,
) -> None:
    value[:] = 0.0
    entry[:] = 0.0
    seen[:] = 0
    n = np.zeros(k + 1, np.int64)
    gain = np.zeros(k + 1)  # what an owner of running count c has collected from others' points so far
    odds = np.empty(2 * k)
    ways, room = np.empty((k, k)), np.empty((k, k))
    active, base = 0, 0
    for at in range(start, stop):
        o = owner[index[at]]
        c = 0 if o < 0 else seen[o]
        budget = k - 1 - base - c
        if o >= 0:
            if c >= k:
                continue
            value[o] += gain[c] - entry[o]
            if c > 0:
                n[c] -= 1
                active -= 1
        if match[at] and budget >= 0:
            scale = 2.0 ** -np.ceil(np.log2(active + 1.0))
            _count_ways(n, budget, scale, ways)
            _odds(active, 1 if o >= 0 else 0, k, scale, odds)
            if o >= 0:
                value[o] += _own(budget, active, scale, ways)
            for other in range(1, k + 1):
                if n[other] > 0:
                    gain[other] -= _loss(n, other, budget, active, k, scale, odds, ways, room)
        if o < 0:
            base += 1
            if base == k:
                break
        else:
            seen[o] = c + 1
            n[c + 1] += 1
            active += 1
            entry[o] = gain[c + 1]
    for j in range(len(value)):
        value[j] += gain[seen[j]] - entry[j]
