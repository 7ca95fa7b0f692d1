"""What the overlap of two random coalitions is on average: tables behind the surrogate's closed forms.

For coalitions S and T of sizes s and t the correlation of their memberships is
ρ = (c - st/M) / √(s(M-s)t(M-t)/M²) with c = |S ∩ T|, hypergeometric when S is drawn at random.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

DEGREES = 3
LARGEST = 300
"""Most owners for which degrees two and three are tabled: that takes O(M³) time. Beyond it degree one
alone."""


def correlation(rows: Bools, others: Bools) -> Floats:
    """Return ρ for each pair of coalitions (sizes 1 … M-1): bool[k, M], bool[l, M] → float64[k, l]."""
    return np.asarray(_centred(rows) @ _centred(others).T)


def _centred(rows: Bools) -> Floats:
    m = rows.shape[1]
    s = rows.sum(axis=1)
    return np.asarray((rows - (s / m)[:, None]) / np.sqrt(s * (m - s) / m)[:, None])


@lru_cache(maxsize=8)
def moments(m: int) -> tuple[Floats, Floats]:
    """Return E[ρ^d] and E[ρ^d c] for d = 1 … 3 by sizes s and t, float64[3, M + 1, M + 1] each."""
    if m > LARGEST:
        return _first_moments(m)
    plain, joint = np.zeros((2, DEGREES, m + 1, m + 1))
    for t in range(1, m):
        plain[:, :, t], joint[:, :, t] = _moments(m, t, m, t)
    return plain, joint


@lru_cache(maxsize=8)
def moments_without(m: int) -> tuple[Floats, Floats]:
    """Return the same where S is drawn from N without j: float64[2 (j ∈ T), 3, M, M + 1] each, by s and t."""
    plain, joint = np.zeros((2, 2, DEGREES, m, m + 1))
    for inside in (0, 1):
        for t in range(1, m):
            plain[inside, :, :, t], joint[inside, :, :, t] = _moments(m - 1, t - inside, m, t)
    return plain, joint


def _first_moments(m: int) -> tuple[Floats, Floats]:
    s = np.arange(m + 1.0)
    spread = np.sqrt(s * (m - s))
    joint = np.zeros((1, m + 1, m + 1))
    joint[0] = np.outer(spread, spread) / (m * (m - 1))  # E[ρc] = var(c) / scale
    return np.zeros_like(joint), joint


def _moments(population: int, marked: int, m: int, t: int) -> tuple[Floats, Floats]:
    """Return moments for S of sizes 0 … population, `marked` of whose owners are in T: float64[3,
    population + 1]."""
    s = np.arange(population + 1)[:, None]
    c = np.arange(marked + 1)[None, :]
    mass = np.exp(_choose(marked, c) + _choose(population - marked, s - c) - _choose(population, s))
    scale = np.sqrt(np.maximum(s * (m - s), 1) * t * (m - t)) / m
    rho = (c - s * t / m) / scale
    powers = rho[None] ** np.arange(1, DEGREES + 1)[:, None, None]
    return (powers * mass).sum(-1), (powers * mass * c).sum(-1)


def _choose(n: int, k: NDArray[np.int64]) -> Floats:
    inside = (k >= 0) & (k <= n)
    k = np.where(inside, k, 0)
    return np.where(inside, gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1), -np.inf)
