"""Owner values of a nearest-neighbour regression, by going through all coalitions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from commonweal.utility.nearest.inside import Inside

Floats = NDArray[np.float64]

MAX_OWNERS = 20
_BATCH = 4096  # coalitions at a time


def regression_owners(inside: Inside, t: Floats, k: int, m: int) -> Floats:
    """Return float64[m], summed over the test points, of −(Σ of the nearest min(k, |S|) targets / k − t)²."""
    score = np.zeros(2**m)
    for start in range(0, 2**m, _BATCH):
        number = np.arange(start, min(start + _BATCH, 2**m))
        rows = (number[:, None] >> np.arange(m)) & 1 > 0
        for part, total, _ in inside.sums(rows):
            score[number] -= ((total / k - t[part]) ** 2).sum(axis=1)
    return shapley(score, m)


def shapley(score: Floats, m: int) -> Floats:
    """Return float64[m] from the scores of all 2**m coalitions; bit j of the place: owner j is in."""
    size = np.array([0])
    for _ in range(m):
        size = np.concatenate([size, size + 1])
    weight = np.ones(m)  # of a coalition of s others: s! (m − 1 − s)! / m!
    weight[0] = 1 / m
    for s in range(1, m):
        weight[s] = weight[s - 1] * s / (m - s)
    without = np.append(weight, 0.0)[size]
    out = np.empty(m)
    for j in range(m):
        pairs, odds = score.reshape(-1, 2, 2**j), without.reshape(-1, 2, 2**j)
        out[j] = ((pairs[:, 1] - pairs[:, 0]) * odds[:, 0]).sum()
    return out
