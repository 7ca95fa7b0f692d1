"""The scores of many coalitions: by numba where it is installed, else by numpy; equal to rounding.

Coalitions are taken LANES at a time and side by side: each step over an n-gram does the same for every
lane. A lane never sees another, so a coalition's score is the same bits whatever is asked beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.sparse import csc_array

from commonweal.utility.base import Bools, Floats
from commonweal.utility.ngram.plan import Plan

try:
    from commonweal.utility.ngram.lanes import LANES, score_rows
except ImportError:  # no numba
    LANES, score_rows = 64, None

fast: bool = score_rows is not None
"""Whether numba is used."""


def totals(plan: Plan, blocks: Bools, threads: int = 1) -> Floats:
    """Return the sum of all units' numerators for each row of blocks bool[k, n_blocks]: float64[k]."""
    if fast:
        return _concatenate(
            lambda part: _fast_totals(plan, part), blocks, threads, -(-len(blocks) // threads)
        )
    return _concatenate(lambda part: _plain_totals(plan, part), blocks, threads, LANES)


def by_unit(plan: Plan, blocks: Bools, threads: int = 1) -> Floats:
    """Return each unit's numerator for each row of blocks: float64[k, units]."""

    def one(part: Bools) -> Floats:
        upper, context = _fast_terms(plan, part) if fast else _plain_terms(plan, part)
        by_lane = plan.in_words @ np.log2(upper) - plan.in_context @ np.log2(context)
        return np.asarray((by_lane[:, : len(part)] + plan.constant[:, None]).T, np.float64)

    return _concatenate(one, blocks, threads, LANES)


def name() -> str:
    """Return which kernel is in use, for receipts."""
    return "numba" if fast else "numpy"


def _concatenate(one: Callable[[Bools], Floats], blocks: Bools, threads: int, size: int) -> Floats:
    size = max(LANES, -(-size // LANES) * LANES)
    parts = [blocks[i : i + size] for i in range(0, max(len(blocks), 1), size)]
    if threads == 1 or len(parts) == 1:
        return np.concatenate([one(part) for part in parts])
    with ThreadPoolExecutor(threads) as pool:
        return np.concatenate(list(pool.map(one, parts)))


def _arrays(plan: Plan) -> tuple[Any, ...]:
    return (
        *(plan.rows, plan.segment, plan.block, plan.count, plan.base, plan.prefix, plan.suffix, plan.start),
        *(plan.mu, plan.mu_next, plan.words_total, plan.context_total, plan.words_kind, plan.context_kind),
        *(plan.kind_weight, plan.inverse_v),
    )


def _fast_totals(plan: Plan, blocks: Bools) -> Floats:
    out = np.empty(len(blocks))
    score_rows(_arrays(plan), np.ascontiguousarray(blocks), np.empty((2, 0, LANES)), out)
    return out + plan.constant_total


def _fast_terms(plan: Plan, blocks: Bools) -> tuple[Floats, Floats]:
    terms = np.ones((2, len(plan.base), LANES))
    score_rows(_arrays(plan), np.ascontiguousarray(blocks), terms, np.empty(len(blocks)))
    return terms[0], terms[1]


def _plain_totals(plan: Plan, blocks: Bools) -> Floats:
    upper, context = _plain_terms(plan, blocks)
    sums = plan.words_total @ np.log2(upper) - plan.context_total @ np.log2(context)
    return np.asarray(sums[: len(blocks)] + plan.constant_total)


def _plain_terms(plan: Plan, blocks: Bools) -> tuple[Floats, Floats]:
    """Return c + μ p_suffix of every row, and c + μ_next of contexts (else 1): float64[n, LANES] each."""
    member = np.zeros((plan.n_blocks, LANES))
    member[:, : len(blocks)] = blocks.T
    entries = (plan.count.astype(np.float64), plan.block.view(np.int32), plan.segment[plan.rows])
    counts = csc_array(entries, shape=(plan.n_blocks, len(plan.base))).T
    c = np.asarray(counts @ member) + plan.base[:, None]
    upper, p, context = np.ones_like(c), np.empty_like(c), np.ones_like(c)
    p[0] = plan.inverse_v
    for a, b in pairwise(plan.start[1:].tolist()):
        mu = plan.mu[a:b, None]
        upper[a:b] = c[a:b] + mu * p[plan.suffix[a:b]]
        p[a:b] = upper[a:b] / (c[plan.prefix[a:b]] + mu)
    shorter = slice(0, int(plan.start[-2]))
    context[shorter] = c[shorter] + plan.mu_next[shorter, None]
    return upper, context
