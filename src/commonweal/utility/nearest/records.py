"""Shapley values of single records under nearest neighbours, in O(n log n) a test point."""

from __future__ import annotations

import numpy as np

from commonweal.utility.nearest.distances import Matrix
from commonweal.utility.nearest.order import Floats, Ints, Search, Small


def label_values(search: Search, label: Small, test_label: Small, k: int) -> tuple[Floats, Floats]:
    """Return (float64[n], each record's value summed over test points; float64[u], hits among all points'
    nearest k).

    Utility of one test point: (nearest k of S with its label) / k, 0 for none (Jia et al. 2019, theorem 1).
    With ranks counting from 1 and m = min(k, r): φ_r = φ_{r+1} + (hit_r − hit_{r+1}) m / (k r).
    """
    n = len(label)
    step = np.minimum(k, np.arange(n + 1)) / np.maximum(1, np.arange(n + 1)) / k
    sums, near = np.zeros((search.lanes, n)), np.zeros(len(search.T))

    def compiled(lane: int, part: slice, product: Matrix, norms: Matrix) -> None:
        from commonweal.utility.nearest import kernels

        kernels.label_records(
            *search.kernel_arguments(product, norms), label, test_label[part], step, k, sums[lane], near[part]
        )

    def plain(lane: int, part: slice, product: Matrix, norms: Matrix) -> None:
        for t, order in enumerate(search.ranked(product, norms), start=part.start):
            hit = (label[order] == test_label[t]).astype(np.float64)
            near[t] = hit[:k].sum()
            change = hit - np.append(hit[1:], 0.0)
            sums[lane, order] += np.cumsum((change * step[1:])[::-1])[::-1]

    search.each_block(compiled if search.engine == "numba" else plain)
    return np.asarray(sums.sum(axis=0)), near


def number_values(search: Search, target: Floats, test_target: Floats, k: int) -> tuple[Floats, Floats]:
    """Return (float64[n], each record's value summed over test points; float64[u], Σ of all points' nearest
    k).

    Utility of one test point: −(Σ of the nearest min(k, |S|) targets / k − t)², so −t² for none (Jia et al.
    2019, theorem 6). Neighbouring ranks differ only where fewer than k of S rank before them; under a size
    drawn evenly, a point before rank i is in with at most k − 2 others with chance m(m+1) / (2 i (i−1)), m =
    min(k−1, i−1), and a point of rank l > i + 1 is in with at most k − 2 before it with m(m+1) / (2
    (l−2)(l−1)), m = min(k−1, l−2).
    """
    sums, near = np.zeros((search.lanes, len(target))), np.zeros(len(search.T))

    def compiled(lane: int, part: slice, product: Matrix, norms: Matrix) -> None:
        from commonweal.utility.nearest import kernels

        kernels.number_records(
            *search.kernel_arguments(product, norms), target, test_target[part], k, sums[lane], near[part]
        )

    def plain(lane: int, part: slice, product: Matrix, norms: Matrix) -> None:
        for t, order in enumerate(search.ranked(product, norms), start=part.start):
            near[t] = target[order[:k]].sum()
            sums[lane, order] += _ranked_numbers(target[order], float(test_target[t]), k)

    search.each_block(compiled if search.engine == "numba" else plain)
    return np.asarray(sums.sum(axis=0)), near


def _ranked_numbers(y: Floats, wanted: float, k: int) -> Floats:
    """Values by rank of targets y, nearest first."""
    n = len(y)
    rank = np.arange(1, n + 1)
    before = np.concatenate([[0.0], np.cumsum(y)[:-1]]) * _pairs(k, rank)
    ahead = y[2:] * _pairs(k, rank[2:] - 1)
    after = np.concatenate([np.cumsum(ahead[::-1])[::-1], np.zeros(min(n, 2))])[:n]
    inside = np.minimum(k, rank) / rank
    following = y[1:]
    steps = (following - y[:-1]) / k
    steps *= ((y[:-1] + following) / k - 2 * wanted) * inside[:-1] + 2 * (before + after)[:-1] / k
    last = -(y[-1] / k) * ((y[-1] / k - 2 * wanted) * inside[-1] + 2 * before[-1] / k)
    return np.asarray(np.cumsum(np.append(steps, last)[::-1])[::-1])


def _pairs(k: int, rank: Ints) -> Floats:
    """Chance that one named point before `rank` is in and at most k − 2 others are, sizes drawn evenly."""
    m = np.minimum(k - 1, rank - 1)
    return np.asarray(m * (m + 1.0) / (2.0 * rank * np.maximum(rank - 1, 1)))
