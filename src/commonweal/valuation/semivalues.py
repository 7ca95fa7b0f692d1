"""Semivalues as expectations over coalition sizes, and those of a logarithm in closed form."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Weights:
    """A semivalue as Σ_s E[v(S) (a_s 1(i ∈ S) + b_s) | |S| = s].

    `a` and `b` are float64[M + 1], by size. The same semivalue is the mean of marginal contributions
    where the
    others join with a probability p that has the distribution (`p`, `mass`).
    """

    a: Floats
    b: Floats
    p: Floats
    mass: Floats

    def of(self, rows: Bools, sizes: Ints) -> Floats:
        """Return the weight of each coalition for each owner, float64[k, M]."""
        return rows * self.a[sizes][:, None] + self.b[sizes][:, None]


def shapley_weights(m: int) -> Weights:
    """Return 1/s for members and -1/(M-s) for others; sizes M and 0 carry v(N)/M and -v(∅)/M."""
    s = np.arange(1, m)
    a, b = np.zeros(m + 1), np.zeros(m + 1)
    a[1:m], b[1:m] = 1 / s + 1 / (m - s), -1 / (m - s)
    a[m], b[0] = 1 / m, -1 / m
    nodes, mass = np.polynomial.legendre.leggauss(96)
    return Weights(a, b, (nodes + 1) / 2, mass / 2)


def banzhaf_weights(m: int) -> Weights:
    """Return ±2 C(M, s)/2^M: the Banzhaf value is the mean over all coalitions of ±2 v(S)."""
    s = np.arange(m + 1)
    mass = np.exp(gammaln(m + 1) - gammaln(s + 1) - gammaln(m - s + 1) - m * np.log(2.0))
    return Weights(4 * mass, -2 * mass, np.array([0.5]), np.array([1.0]))


def log_expected(shares: Floats, offset: float, weights: Weights, drawn: Ints) -> Floats:
    """Return Σ_s E[ln(x_S + q) (a_s 1(i ∈ S) + b_s)] over the drawn sizes, float64[M].

    With ln(x + q) = ∫ (e^{-t} - e^{-t(x + q)})/t dt the marginal contribution of i to others who join with
    probability p is ∫ e^{-qt}(1 - e^{-t x_i}) ∏_{j≠i}(1 - p + p e^{-t x_j}) dt/t: quadrature, no
    coalition drawn.
    Sizes that were not drawn (0, 1, M-1, M) are then taken off one by one.
    """
    m = len(shares)
    full = np.zeros(m)
    for t, step in zip(*_log_nodes(), strict=True):
        y = np.exp(-t * shares)
        joined = 1 - weights.p[:, None] * -np.expm1(-t * shares)  # [p, M]
        others = np.exp(np.log(joined).sum(axis=1))[:, None] / joined
        full += step / t * np.exp(-offset * t) * (1 - y) * (weights.mass @ others)
    for size in sorted({0, 1, m - 1, m} - set(drawn.tolist())):
        full -= _log_at(shares, offset, weights, size)
    return full


def _log_at(shares: Floats, offset: float, weights: Weights, size: int) -> Floats:
    m, total = len(shares), shares.sum()
    a, b = weights.a[size], weights.b[size]
    if size in (0, m):
        return np.full(m, (a * (size > 0) + b) * np.log(total * (size > 0) + offset))
    value = np.log((shares if size == 1 else total - shares) + offset)
    with_i = value / m if size == 1 else (value.sum() - value) / m
    return np.asarray(a * with_i + b * value.mean())


@lru_cache(maxsize=1)
def _log_nodes() -> tuple[Floats, Floats]:
    u = np.linspace(-24.0, 9.5, 330)  # t = e^u, where trapezoids converge fast
    t = np.exp(u)
    return t, t * (u[1] - u[0])
