"""Exact Shapley values of owners under nearest neighbours, in time polynomial in everything.

For one test point the score Σ hits / k is a sum over points: point i counts when its owner is in and fewer
than k points of the coalition rank before it. Say that A other owners have points before i, and owner j has
c_j of them. A coalition enters through the *number* r of those owners that are in and the *sum* s of their
counts; with T[r, s] ways to choose r of them with sum s, everything else integrates to a Beta function:

    chance that i counts, its owner in:  Σ_r Σ_{s ≤ B} T[r, s] ∫ p^r (1−p)^(A−r) dp
    what j takes away, pushing i out:    Σ_r Σ_{B − c_j < s ≤ B} T_j[r, s] ∫ p^(r+1) (1−p)^(A−1−r) dp

(B = k − 1 − the count of i's own owner; T_j: without j). Only sums s < k matter, so T is a k × k table built
from the numbers n_c of owners by running count c; owners with the same count share the loss, and an owner's
points behind its k-th never count. A test point thus costs O(m k) points of O(k³) steps, whatever the number
of coalitions. Points of the base are always in: they lower the budget B of all that follow, and lose with p^r
in place of p^(r+1).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from commonweal.errors import InputError
from commonweal.utility.nearest.order import LANES, Floats, Ints, Name, Shortlists, Small

MAX_NEIGHBORS = 128  # beyond, the tables leave the range of float64
_ROWS = 128  # test points at a time without numba


def owner_values(
    lists: Shortlists,
    owner: Small,
    hit: NDArray[np.bool_],
    k: int,
    m: int,
    *,
    divisor: float,
    engine: Name,
    per_unit: bool = False,
) -> Floats:
    """Return each owner's value, summed over the test points: float64[m], or float64[u, m] per test point.

    Parameters
    ----------
    lists : Shortlists
        With the owners as blocks and at least `k` neighbours.
    owner : int32[n]
        Owner of each training point, BASE for the base.
    hit : bool[L]
        Whether each entry of `lists.index` is right for its test point.
    k : int
        Neighbours that count.
    m : int
        Number of owners.
    divisor : float
        What a hit is divided by: the number of neighbours asked for, where fewer points than that exist.
    """
    if k > MAX_NEIGHBORS:
        raise InputError(
            f"exact owner values count at most {MAX_NEIGHBORS} neighbours, not {k}",
            mend=f"lower n_neighbors to {MAX_NEIGHBORS} or less",
        )
    if engine == "numpy":
        return _plain(lists, owner, hit, k, m, per_unit) / divisor
    from commonweal.utility.nearest.owner_kernel import owner_walk

    lanes = min(LANES, len(lists))
    sums = np.zeros((len(lists) if per_unit else lanes, m))
    owner_walk(lists.offsets, lists.index, owner, hit, k, m, lanes, sums, per_unit)
    return (sums if per_unit else sums.sum(axis=0)) / divisor


def _plain(lists: Shortlists, owner: Small, hit: NDArray[np.bool_], k: int, m: int, per_unit: bool) -> Floats:
    rows = []
    for start in range(0, len(lists), _ROWS):
        stop = min(start + _ROWS, len(lists))
        index = lists.padded(start, stop)
        hits = np.zeros(index.shape, dtype=bool)
        hits[index >= 0] = hit[lists.offsets[start] : lists.offsets[stop]]
        values = _Walk(len(index), k, m).run(np.where(index < 0, m, owner[index]), hits)
        rows.append(values if per_unit else values.sum(axis=0, keepdims=True))
    values = np.concatenate(rows)
    return values if per_unit else np.asarray(values.sum(axis=0))


class _Walk:
    """The walk along the shortlists of several test points at once, all sums positive."""

    def __init__(self, rows: int, k: int, m: int) -> None:
        self.k, self.m, self.at = k, m, np.arange(rows)
        self.seen = np.zeros((rows, m), dtype=np.int64)
        self.value, self.entry = np.zeros((rows, m)), np.zeros((rows, m))
        self.n = np.zeros((rows, k + 1), dtype=np.int64)
        self.gain = np.zeros((rows, k + 1))
        self.base = np.zeros(rows, dtype=np.int64)

    def run(self, owner: Ints, hit: NDArray[np.bool_]) -> Floats:
        """Walk columns of `owner`, int[rows, L] (BASE for the base, m behind the end)."""
        for column in range(owner.shape[1]):
            self._step(owner[:, column], hit[:, column])
        last = np.take_along_axis(self.gain, self.seen, axis=1)
        return np.asarray(self.value + last - self.entry)

    def _step(self, owner: Ints, hit: NDArray[np.bool_]) -> None:
        player = self.at[(owner >= 0) & (owner < self.m)]
        o = owner[player]
        c = np.zeros(len(owner), dtype=np.int64)
        c[player] = self.seen[player, o]
        live = self.base < self.k
        self.value[player, o] += self.gain[player, c[player]] - self.entry[player, o]
        self.n[player, c[player]] -= 1  # place 0, those with no point yet, is not looked at
        budget = self.k - 1 - self.base - c
        rows = self.at[hit & live & (budget >= 0) & (owner < self.m)]
        if len(rows):
            self._count(rows, owner[rows], budget[rows])
        self.base[owner < 0] += 1
        self.seen[player, o] += 1
        self.n[player, c[player] + 1] += 1
        self.entry[player, o] = self.gain[player, c[player] + 1]

    def _count(self, rows: Ints, owner: Ints, budget: Ints) -> None:
        """Credit the point's owner and charge all others, in the test points `rows`."""
        n = self.n[rows]
        active = n[:, 1:].sum(axis=1)
        player = owner >= 0
        sizes = np.arange(self.k)
        fits = sizes[None, :] <= budget[:, None]
        ways = _ways(n, self.k)
        own = (ways * fits[:, None, :]).sum(axis=2) * _beta(active, sizes, 0, 0)
        self.value[rows[player], owner[player]] += own.sum(axis=1)[player]
        odds = np.where(player[:, None], _beta(active, sizes, 1, 1), _beta(active, sizes, 0, 1))
        for c in range(1, self.k + 1):
            some = np.flatnonzero(n[:, c] > 0)
            fewer = n[some]
            fewer[:, c] -= 1
            pushed = fits[some] & (sizes[None, :] + c > budget[some, None])
            lost = (_ways(fewer, self.k) * pushed[:, None, :]).sum(axis=2) * odds[some]
            self.gain[rows[some], c] -= lost.sum(axis=1)


def _ways(n: Ints, k: int) -> Floats:
    """float64[rows, r, s]: ways to choose r owners whose running counts add up to s < k."""
    ways = np.zeros((len(n), k, k))
    ways[:, 0, 0] = 1.0
    for c in range(1, k):
        before, choose = ways.copy(), np.ones(len(n))
        for j in range(1, (k - 1) // c + 1):
            choose = choose * np.maximum(n[:, c] - j + 1, 0) / j
            ways[:, j:, j * c :] += choose[:, None, None] * before[:, : k - j, : k - j * c]
    return ways


def _beta(active: Ints, r: Ints, extra: int, fewer: int) -> Floats:
    """float64[rows, r]: ∫ p^(r+extra) (1−p)^(active−fewer−r) dp, 0 where an exponent is negative."""
    free = active - fewer
    top = np.maximum(free, 0).astype(np.float64)
    out = np.zeros((len(active), len(r)))
    out[:, 0] = np.where(free >= 0, 1 / (top + 1) / (top + 2 if extra else 1), 0)
    for j in range(1, len(r)):
        step = np.where(free >= j, (j + extra) / np.maximum(top - j + 1, 1), 0)
        out[:, j] = out[:, j - 1] * step
    return out
