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
from commonweal.utility.ngram.plan import Plan, Uses

try:
    from commonweal.utility.ngram.lanes import LANES, score_rows
except ImportError:  # no numba
    LANES, score_rows = 64, None

fast: bool = score_rows is not None
"""Whether numba is used."""


PART_BYTES = 64 << 20  # of log probabilities held at a time by each thread


def totals(plan: Plan, blocks: Bools, weight: Floats, threads: int = 1) -> Floats:
    """Return the weighted sum of the works' log2 probabilities for each row of blocks bool[k, n_blocks].

    Parameters
    ----------
    plan : Plan
        The n-grams and their counts.
    blocks : bool[k, n_blocks]
        Which blocks are in.
    weight : float64[works]
        What each work weighs.
    threads : int
        Threads to share the rows.
    """
    return _concatenate(lambda part: (_logs(plan, part) * weight).sum(axis=1), plan, blocks, threads)


def by_work(plan: Plan, blocks: Bools, threads: int = 1) -> Floats:
    """Return the log2 probability of each work for each row of blocks: float64[k, works]."""
    return _concatenate(lambda part: _logs(plan, part), plan, blocks, threads)


def name() -> str:
    """Return which kernel is in use, for receipts."""
    return "numba" if fast else "numpy"


def _concatenate(one: Callable[[Bools], Floats], plan: Plan, blocks: Bools, threads: int) -> Floats:
    most = PART_BYTES // (8 * len(plan.constant) * LANES)
    size = LANES * max(1, min(most, 16, -(-len(blocks) // (threads * LANES))))
    parts = [blocks[i : i + size] for i in range(0, max(len(blocks), 1), size)]
    if threads == 1 or len(parts) == 1:
        return np.concatenate([one(part) for part in parts])
    with ThreadPoolExecutor(threads) as pool:
        return np.concatenate(list(pool.map(one, parts)))


def _logs(plan: Plan, blocks: Bools) -> Floats:
    out = np.empty((len(blocks), len(plan.constant)))
    if fast:
        score_rows(_arrays(plan), np.ascontiguousarray(blocks), out)
    else:
        for first in range(0, len(blocks), LANES):
            part = blocks[first : first + LANES]
            out[first : first + LANES] = _plain_logs(plan, part).T[: len(part)]
    return out + plan.constant


def _arrays(plan: Plan) -> tuple[Any, ...]:
    return (
        *(plan.rows, plan.segment, plan.block, plan.count, plan.base, plan.prefix, plan.suffix, plan.start),
        *(plan.mu, plan.mu_next, *plan.in_words, *plan.in_context, plan.group, plan.inverse_v),
    )


def _plain_logs(plan: Plan, blocks: Bools) -> Floats:
    """Return float64[works, LANES]."""
    upper, context = _plain_terms(plan, blocks)
    logs = _matrix(plan, plan.in_words) @ np.log2(upper) - _matrix(plan, plan.in_context) @ np.log2(context)
    return np.asarray(logs)


def _matrix(plan: Plan, uses: Uses) -> csc_array:
    """Return how often each work uses each row, float64[works, n]."""
    entries = (np.ones(len(uses.work)), uses.work.view(np.int32), uses.start)
    return csc_array(entries, shape=(len(plan.constant), len(plan.base)))


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
