"""Values from runs that were made elsewhere: nothing is evaluated, what was not run is not invented.

The scores are fitted by ridge regression on a curve of the coalition's size and one slope per owner, its
penalty chosen by leaving whole coalitions out. Shapley values of that model are closed forms. They are
model-based, and their intervals come from resampling coalitions, and the seeds within each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BOOTSTRAP = 400
PENALTIES = 10.0 ** np.arange(-6, 3)


@dataclass(frozen=True)
class FromRuns:
    """What the runs tell.

    Attributes
    ----------
    value : float64[M] or None
        Model-based Shapley values; None where the runs cannot tell (fewer distinct coalitions than
        owners + 4).
    draws : float64[B, M]
        The same from resampled runs.
    empty, full : float or None
        Mean scores of ∅ and N where they were run.
    total_draws : float64[B]
        v(N) - v(∅) from resampled seeds; NaN where either was not run.
    leave_out : float64[M]
        v(N) - v(N∖i) where both were run, else NaN.
    coalitions, runs : int
        Distinct coalitions, and runs.
    """

    value: Floats | None
    draws: Floats
    empty: float | None
    full: float | None
    total_draws: Floats
    leave_out: Floats
    coalitions: int
    runs: int


def from_runs(rows: Bools, scores: Floats, rng: np.random.Generator) -> FromRuns:
    """Return what recorded runs tell: coalitions bool[r, M] with their scores float64[r]."""
    m = rows.shape[1]
    distinct, at = np.unique(rows, axis=0, return_inverse=True)
    at = at.reshape(-1)
    mean = np.bincount(at, scores) / np.bincount(at)
    sizes = distinct.sum(axis=1)
    known = {tuple(row): k for k, row in enumerate(distinct.tolist())}
    empty, full = known.get((False,) * m), known.get((True,) * m)
    leave = np.full(m, np.nan)
    for i in range(m):
        less = known.get(tuple(j != i for j in range(m)))
        if full is not None and less is not None:
            leave[i] = mean[full] - mean[less]
    enough = len(distinct) >= m + 4
    penalty = _penalty(distinct, mean) if enough else 0.0
    draws, totals = [], []
    members = [np.flatnonzero(at == k) for k in range(len(distinct))]
    for _ in range(BOOTSTRAP):
        again = np.array([scores[rng.choice(own, len(own))].mean() for own in members])
        totals.append(again[full] - again[empty] if full is not None and empty is not None else np.nan)
        if enough:
            free = [k for k in range(len(distinct)) if k not in (empty, full)]
            weight = np.bincount(rng.choice(free, len(free)), minlength=len(distinct)).astype(np.float64)
            weight[[k for k in (empty, full) if k is not None]] = 1.0
            draws.append(_values(distinct, again, weight, penalty, empty, full))
    return FromRuns(
        value=_values(distinct, mean, np.ones(len(distinct)), penalty, empty, full) if enough else None,
        draws=np.array(draws).reshape(-1, m),
        empty=None if empty is None else float(mean[empty]),
        full=None if full is None else float(mean[full]),
        total_draws=np.array(totals),
        leave_out=leave,
        coalitions=len(sizes),
        runs=len(rows),
    )


def _terms(rows: Bools) -> tuple[Floats, Floats]:
    """Return the curve's terms 1, s/M, ln(1 + s), and the slopes' z_i - s/M over √s for members."""
    m, s = rows.shape[1], rows.sum(axis=1).astype(np.float64)
    curve = np.column_stack([np.ones_like(s), s / m, np.log1p(s)])
    lean = (rows - (s / m)[:, None]) / np.sqrt(np.maximum(s, 1))[:, None]
    return curve, lean


def _fit(rows: Bools, y: Floats, weight: Floats, penalty: float) -> Floats:
    curve, lean = _terms(rows)
    x = np.column_stack([curve, lean])
    ridge = np.r_[np.full(3, 1e-9), np.full(lean.shape[1], penalty)] * weight.sum()
    return np.asarray(np.linalg.solve((x.T * weight) @ x + np.diag(ridge), x.T @ (weight * y)))


def _values(
    rows: Bools, y: Floats, weight: Floats, penalty: float, empty: int | None, full: int | None
) -> Floats:
    m = rows.shape[1]
    beta = _fit(rows, y, weight, penalty)
    ends, _ = _terms(np.array([[False] * m, [True] * m]))
    low, high = ends @ beta[:3]
    total = (high if full is None else y[full]) - (low if empty is None else y[empty])
    slope = beta[3:]
    s = np.arange(1, m)
    spread = (1 / np.sqrt(s)).sum() / max(m - 1, 1)
    return np.asarray(total / m + (slope - slope.mean()) * spread)


def _penalty(rows: Bools, y: Floats) -> float:
    curve, lean = _terms(rows)
    x = np.column_stack([curve, lean])
    misses = []
    for penalty in PENALTIES:
        ridge = np.r_[np.full(3, 1e-9), np.full(lean.shape[1], penalty)] * len(y)
        hat = x @ np.linalg.solve(x.T @ x + np.diag(ridge), x.T)
        misses.append(float((((y - hat @ y) / np.maximum(1 - np.diag(hat), 1e-6)) ** 2).mean()))
    return float(PENALTIES[int(np.argmin(misses))])
