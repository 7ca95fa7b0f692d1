"""The scores of many coalitions: by numba where it is installed, else by numpy; equal to rounding.

Coalitions are taken LANES at a time and side by side: each step over an n-gram does the same for every
lane. A lane never sees another, so a coalition's score is the same bits whatever is asked beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.sparse import csc_array

from commonweal.utility.base import Bools, Floats
from commonweal.utility.ngram.plan import Plan

try:
    from commonweal.utility.ngram.lanes import LANES, score_lanes
except ImportError:  # no numba
    LANES, score_lanes = 32, None  # type: ignore[assignment]

fast: bool = score_lanes is not None
"""Whether numba is used."""


def totals(plan: Plan, blocks: Bools, threads: int = 1) -> Floats:
    """Return the sum of all units' numerators for each row of blocks bool[k, n_blocks]: float64[k]."""

    def one(member: np.ndarray) -> Floats:
        if score_lanes is not None and fast:
            return _run(plan, member, None)
        words, context = _logs(plan, member)
        return plan.words_total @ words - plan.context_total @ context + plan.constant_total

    return _by_lanes(one, plan, blocks, threads)


def by_unit(plan: Plan, blocks: Bools, threads: int = 1) -> Floats:
    """Return each unit's numerator for each row of blocks: float64[k, units]."""

    def one(member: np.ndarray) -> Floats:
        if score_lanes is not None and fast:
            logs = np.zeros((2, len(plan.base), LANES))
            _run(plan, member, logs)
            words, context = logs
        else:
            words, context = _logs(plan, member)
        return plan.in_words @ words - plan.in_context @ context + plan.constant[:, None]

    return np.ascontiguousarray(_by_lanes(one, plan, blocks, threads).T)


def _by_lanes(one: Callable[[np.ndarray], Floats], plan: Plan, blocks: Bools, threads: int) -> Floats:
    pieces = (_members(plan, blocks[i : i + LANES]) for i in range(0, len(blocks), LANES))
    if threads > 1:
        with ThreadPoolExecutor(threads) as pool:
            found = list(pool.map(one, pieces))
    else:
        found = [one(piece) for piece in pieces]
    if not found:
        found = [one(_members(plan, blocks))]
    return np.concatenate(found, axis=-1)[..., : len(blocks)]


def _members(plan: Plan, rows: Bools) -> np.ndarray:
    """Return who is in, one column a lane: float[n_blocks, LANES]; lanes beyond the rows are empty."""
    member = np.zeros((plan.n_blocks, LANES), plan.count.dtype)
    member[:, : len(rows)] = rows.T
    return member


def _run(plan: Plan, member: np.ndarray, logs: Floats | None) -> Floats:
    score = np.zeros(LANES)
    score_lanes(
        *(plan.indptr, plan.block, plan.count, plan.base, plan.prefix, plan.suffix, plan.start),
        *(plan.mu, plan.mu_next, plan.words_total, plan.context_total, plan.inverse_v, member),
        np.empty((2, 0, LANES)) if logs is None else logs,
        score,
    )
    return score + plan.constant_total


def _logs(plan: Plan, member: np.ndarray) -> tuple[Floats, Floats]:
    """Return log2(c + μ p_suffix) and log2(c + μ_next) of every row and lane: float64[n, LANES] each."""
    n = len(plan.base)
    counts = csc_array((plan.count, plan.block, plan.indptr), shape=(plan.n_blocks, n)).T
    c = np.asarray(counts @ member, np.float64) + plan.base[:, None]
    upper, p = np.empty_like(c), np.empty_like(c)
    upper[0], p[0] = 1.0, plan.inverse_v
    for rows in _level_rows(plan):
        mu = plan.mu[rows, None]
        upper[rows] = c[rows] + mu * p[plan.suffix[rows]]
        p[rows] = upper[rows] / (c[plan.prefix[rows]] + mu)
    below = slice(0, plan.start[-2])  # only shorter n-grams are contexts
    context = np.zeros_like(c)
    context[below] = np.log2(c[below] + plan.mu_next[below, None])
    return np.log2(upper), context


def _level_rows(plan: Plan) -> Iterator[slice]:
    yield from (slice(a, b) for a, b in pairwise(plan.start[1:].tolist()))


def describe() -> dict[str, Any]:
    """Return what a receipt should name about the kernel."""
    return {"kernel": "numba" if fast else "numpy"}
