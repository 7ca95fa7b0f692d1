"""Many owners, few evaluations: values of classes of owners, and a size curve for single ones.

The total of a class G of owners is Σ_{i∈G} φ_i: the same sum as for one owner with W_G = Σ_{i∈G} w_i,
which needs
only how many of the class are in the coalition. Owners are never merged into one player.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonweal.valuation import design
from commonweal.valuation.oracle import Oracle
from commonweal.valuation.sampling import Ends
from commonweal.valuation.semivalues import log_expected, shapley_weights
from commonweal.valuation.surrogates import FOLDS, size_terms

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CLASSES = 10
OFFSETS = (0.003, 0.03, 0.3)
_RIDGE = 1e-6


@dataclass(frozen=True)
class Classes:
    """Sums of owner values by class: `value` float64[G, outputs], `covariance` float64[G, G], from
    `draws`."""

    value: Floats
    covariance: Floats
    draws: int


def size_classes(sizes: Floats | None, m: int) -> Ints:
    """Return the class of each owner by quantiles of size, int64[M]; one class where sizes are unknown."""
    if sizes is None or np.ptp(sizes) == 0:
        return np.zeros(m, dtype=np.int64)
    cuts = np.quantile(sizes, np.arange(1, CLASSES) / CLASSES)
    return np.unique(np.searchsorted(cuts, sizes, side="right"), return_inverse=True)[1].astype(np.int64)


def class_values(
    oracle: Oracle, empty: Floats, full: Floats, of: Ints, budget: int, rng: np.random.Generator
) -> Classes:
    """Return the sums of owner values by class from `budget` coalitions; memory holds one chunk of them."""
    m, groups = len(of), int(of.max()) + 1
    count = np.bincount(of, minlength=groups).astype(np.float64)
    drawn = np.arange(1, m)
    sizes = design.draw_sizes(budget, m, drawn, rng)
    inside, scores = [], []
    member = np.eye(groups)[of] if m * groups <= 20_000_000 else None
    step = oracle.chunk_rows()
    for start in range(0, budget, step):
        rows = design.draw_rows(sizes[start : start + step], m, rng)
        scores.append(oracle.ask(rows))
        inside.append(_counts(rows, of, groups, member))
    return _estimate(np.concatenate(inside), np.concatenate(scores), sizes, count, empty, full, drawn, rng)


def _counts(rows: Bools, of: Ints, groups: int, member: Floats | None) -> Floats:
    if member is not None:
        return np.asarray(rows.astype(np.float64) @ member)
    return np.stack([np.bincount(of[row], minlength=groups) for row in rows]).astype(np.float64)


def _estimate(
    inside: Floats,
    scores: Floats,
    sizes: Ints,
    count: Floats,
    empty: Floats,
    full: Floats,
    drawn: Ints,
    rng: np.random.Generator,
) -> Classes:
    m, n = int(count.sum()), len(sizes)
    weights, p = shapley_weights(m), design.law(m, drawn)[sizes][:, None]
    weight = (inside * weights.a[sizes][:, None] + count * weights.b[sizes][:, None]) / p
    terms = _terms(inside, sizes, count, m, slopes=n >= 6 * len(count))
    missed = np.empty_like(scores)
    mean_beta = np.zeros((terms.shape[1], scores.shape[1]))
    scale = np.sqrt((weight**2).sum(axis=1))[:, None] + 1e-12 * np.abs(weight).max(initial=1.0)
    for fold in np.array_split(rng.permutation(n), FOLDS):
        kept = np.setdiff1d(np.arange(n), fold)
        beta = _ridge(terms[kept] * scale[kept], scores[kept] * scale[kept])
        missed[fold] = scores[fold] - terms[fold] @ beta
        mean_beta += len(fold) / n * beta
    value = (full - empty) * (count / m)[:, None] + weight.T @ missed / n
    value += _slopes_expected(mean_beta, count, m, drawn)
    influence = missed[:, :1] * weight
    return Classes(value, np.atleast_2d(np.cov(influence, rowvar=False)) / n, n)


def _terms(inside: Floats, sizes: Ints, count: Floats, m: int, slopes: bool) -> Floats:
    """Return size terms, then (c_G/|G| - s/M)·{1, √(M/s), M/s} for each class."""
    curve = size_terms(sizes, m)
    if not slopes:
        return curve
    part = sizes[:, None] / m
    lean = inside / count - part
    return np.column_stack([curve, lean, lean / np.sqrt(part), lean / part])


def _slopes_expected(beta: Floats, count: Floats, m: int, drawn: Ints) -> Floats:
    """Return Σ_s E[f W_G]: only slopes take part, by the covariance of counts in a simple random sample."""
    groups = len(count)
    if len(beta) == 5:
        return np.zeros((groups, beta.shape[1]))
    # cov(c_G/|G|, c_H) = s(M-s)/(M(M-1)) (1(G=H) - |H|/M), and W_H = M/(s(M-s)) (c_H - |H| s/M)
    lean = np.eye(groups) - count[None, :] / m
    part = drawn / m
    modulations = (np.ones_like(part), 1 / np.sqrt(part), 1 / part)
    out = np.zeros((groups, beta.shape[1]))
    for k, h in enumerate(modulations):
        out += h.sum() / (m - 1) * (lean.T @ beta[5 + k * groups : 5 + (k + 1) * groups])
    return out


def _ridge(x: Floats, y: Floats) -> Floats:
    scale = np.sqrt((x**2).mean(axis=0)) + 1e-300
    x = x / scale
    gram = x.T @ x + _RIDGE * len(x) * np.eye(x.shape[1])
    return np.asarray(np.linalg.solve(gram, x.T @ y) / scale[:, None])


def size_curve(ends: Ends, rows: Bools, scores: Floats, shares: Floats, drawn: Ints) -> tuple[Floats, float]:
    """Return model-based values float64[M, q] and the chosen q: the score as ln(x_S + q) and terms of size.

    Owners alone and all but one owner count as evaluated; between, the fitted curve is taken at its word.
    """
    m, sizes = ends.m, rows.sum(axis=1)
    weights = shapley_weights(m)
    best: tuple[float, float, Floats] | None = None
    cost = np.sqrt(1 / sizes + 1 / (m - sizes))[:, None]
    for offset in OFFSETS:
        terms = np.column_stack([size_terms(sizes, m), np.log(rows @ shares + offset)])
        beta = _ridge(terms * cost, scores * cost)
        miss = float((((scores - terms @ beta)[:, 0] * cost[:, 0]) ** 2).sum())
        if best is None or miss < best[0]:
            best = miss, offset, beta[-1]
    assert best is not None
    curve = log_expected(shares, best[1], weights, drawn)
    return ends.part(weights) + curve[:, None] * best[2], best[1]
