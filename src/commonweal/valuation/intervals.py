"""Intervals for owner values: fixed budget, looked at all along, all owners at once; and over owners.

What is proven and what only measured stands in docs/how-it-works/valuation.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]

DRAWS = 4_000


def student(confidence: float, n: int) -> float:
    """Return the two-sided quantile of Student's t with n - 1 degrees of freedom."""
    return float(stats.t.ppf((1 + confidence) / 2, max(n - 1, 1)))


def sequence(confidence: float, n: int, aimed: int) -> float:
    """Return the factor on the standard error of an asymptotic confidence sequence at n of `aimed` draws.

    Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2103.06476), equation 2 with ρ tuned for `aimed`: the
    intervals of all looks hold at once, asymptotically.
    """
    alpha = 1 - confidence
    rho2 = (-2 * np.log(alpha) + np.log(-2 * np.log(alpha)) + 1) / max(aimed, 1)
    grown = n * rho2 + 1
    return float(np.sqrt(2 * grown / (n * rho2) * np.log(np.sqrt(grown) / alpha)))


def max_t(covariance: Floats, confidence: float, n: int, rng: np.random.Generator) -> float:
    """Return the quantile of the largest |t| over owners, by drawing from a multivariate t with `covariance`.

    Owners without variance take no part. Never below Student's own quantile.
    """
    spread = np.sqrt(np.diag(covariance))
    alive = spread > 1e-12 * max(spread.max(initial=0.0), 1e-300)
    if not alive.any():
        return student(confidence, n)
    scaled = covariance[np.ix_(alive, alive)] / np.outer(spread[alive], spread[alive])
    values, vectors = np.linalg.eigh(scaled)
    root = vectors * np.sqrt(np.maximum(values, 0))
    largest = np.abs(rng.standard_normal((DRAWS, len(root))) @ root.T).max(axis=1)
    chi = np.sqrt(rng.chisquare(max(n - 1, 1), DRAWS) / max(n - 1, 1))
    return max(float(np.quantile(largest / chi, confidence)), student(confidence, n))


def bonferroni(confidence: float, owners: int) -> float:
    """Return the confidence each of `owners` intervals needs for all to hold at once."""
    return 1 - (1 - confidence) / max(owners, 1)


def jackknife(without: Floats, confidence: float) -> Floats:
    """Return the half-width from deleting one owner at a time: float64[M (j), M (i)] → float64[M].

    The value of i in the game without j, over all j ≠ i: se² = (K-1)/K Σ_j (φ_i^(j) - mean)², K = M - 1.
    """
    m = len(without)
    off = ~np.eye(m, dtype=bool)
    rest = without.T[off].reshape(m, m - 1)
    k = m - 1
    se = np.sqrt((k - 1) / k * ((rest - rest.mean(axis=1, keepdims=True)) ** 2).sum(axis=1))
    return np.asarray(stats.t.ppf((1 + confidence) / 2, k - 1) * se) if k > 1 else np.full(m, np.nan)


def jackknife_total(less: Floats, confidence: float) -> float:
    """Return the half-width of the total from the worths without each owner in turn, float64[M]."""
    m = len(less)
    if m < 3:
        return float("nan")
    se = np.sqrt((m - 1) / m * ((less - less.mean()) ** 2).sum())
    return float(stats.t.ppf((1 + confidence) / 2, m - 1) * se)
