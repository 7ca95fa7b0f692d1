"""From n-grams to arrays that score a batch of coalitions.

With p_n(w|h) = (c(hw) + μ_n p_{n-1}(w|h')) / (c(h) + μ_n), the log of each probability is
log2(c(hw) + μ_n p_{n-1}) - log2(c(h) + μ_n): a term of the n-gram and a term of its context. Terms of one
context are gathered. Where neither pool nor base holds hw its count is 0 in every coalition, so its
term is log2 μ_n + log2 p_{n-1}: a constant and a term of the shorter n-gram; the n-gram itself goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array, csr_array

from commonweal.utility.base import Bools, Floats, Ints
from commonweal.utility.ngram.index import Index, levels

MOST = 127  # of a count in one entry; a segment's counts then sum to 2 · 127 at most
SOME = 1_000_000  # entries laid out at a time
SMALLEST = 1e-36  # of a term that is multiplied with others: eight of them stay within float64


class Uses(NamedTuple):
    """In which works rows are used: row j in work[start[j] : start[j + 1]], as often as it is predicted."""

    start: Ints
    work: NDArray[np.uint32]


@dataclass(frozen=True)
class Plan:
    """Arrays over the n kept n-grams, shorter ones first; row 0 is the empty n-gram.

    The longest come in the order of their suffixes, so that a kernel reads those one after the other.

    Attributes
    ----------
    rows, segment, block, count : int64[n + 1], int64[s + 1], uint32[e], uint8[e]
        Which blocks hold an n-gram how often: row j has the segments rows[j] to rows[j + 1], a segment its
        entries. A segment's counts sum to 254 at most: a larger count is split over several entries.
    base : float64[n]
        Weighted counts of the base.
    prefix, suffix : uint32[n]
        Row of the context, and of the n-gram without its first word; 0 for row 0.
    start : int64[order + 2]
        First row of each level.
    mu, mu_next : float64[n]
        Smoothing of the level of a row, and of the level above, for which it is a context.
    in_words, in_context : Uses
        In which works each log2(c + μ p_suffix) is a term, and each log2(c + μ_next) is taken off.
    constant : float64[works]
        What else belongs to the log probability of each work.
    group : int
        How many terms may be multiplied before a logarithm is taken, without leaving float64.
    n_blocks : int
        Number of blocks.
    inverse_v : float
        Probability of a word under the uniform model.
    """

    rows: Ints
    segment: Ints
    block: NDArray[np.uint32]
    count: NDArray[np.uint8]
    base: Floats
    prefix: NDArray[np.uint32]
    suffix: NDArray[np.uint32]
    start: Ints
    mu: Floats
    mu_next: Floats
    in_words: Uses
    in_context: Uses
    constant: Floats
    group: int
    n_blocks: int
    inverse_v: float

    @property
    def bytes(self) -> int:
        """Memory held by the arrays."""
        uses = (self.in_words.start, self.in_words.work, self.in_context.start, self.in_context.work)
        arrays = (v for v in vars(self).values() if isinstance(v, np.ndarray))
        return sum(a.nbytes for a in (*arrays, *uses))


def make(index: Index, by_work: csr_array, pool: csc_array, base: Floats, mu: Floats, v: int) -> Plan:
    """Return the plan for the log probabilities of works, `by_work @ log2 p`, over the given counts.

    Parameters
    ----------
    index : Index
        The n-grams.
    by_work : csr_array[works, nodes]
        How often each n-gram is predicted in each work.
    pool : csc_array[n_blocks, nodes]
        Counts by block.
    base : float64[nodes]
        Weighted counts of the base.
    mu : float64[order]
        Smoothing, words first.
    v : int
        Size of the vocabulary.
    """
    seen = (np.diff(pool.indptr) > 0) | (base > 0)
    level = np.repeat(np.arange(index.order + 1), np.diff(index.start))
    smooth, smooth_next = np.array([0.0, *mu])[level], np.array([*mu, 0.0])[level]
    words, context, constant = _fold(index, by_work, seen, smooth, smooth_next, v)
    rows = _order(index, _needed(index, words, context))
    new = np.zeros(index.nodes, np.uint32)
    new[rows] = np.arange(len(rows))
    of_row, segment, block, count = _segments(pool[:, rows])
    low = least(index, base + pool.sum(axis=0), mu, v)
    safe = (smooth[1:] * low[index.suffix[1:]]).min() > SMALLEST
    return Plan(
        rows=of_row,
        segment=segment,
        block=block,
        count=count,
        base=base[rows],
        prefix=new[index.prefix[rows]],  # that of row 0 is never read
        suffix=new[index.suffix[rows]],
        start=np.searchsorted(level[rows], np.arange(index.order + 2)),
        mu=smooth[rows],
        mu_next=smooth_next[rows],
        in_words=_uses(words[:, rows]),
        in_context=_uses(context[:, rows]),
        constant=constant,
        group=8 if safe else 1,
        n_blocks=pool.shape[0],
        inverse_v=1 / v,
    )


def probabilities(index: Index, counts: Floats, mu: Floats, v: int) -> Floats:
    """Return p of every n-gram's last word after its first words, for one model: float64[nodes]."""
    p = np.empty(index.nodes)
    p[0] = 1 / v
    for n, a, b in levels(index):
        context, shorter = counts[index.prefix[a:b]], p[index.suffix[a:b]]
        p[a:b] = (counts[a:b] + mu[n - 1] * shorter) / (context + mu[n - 1])
    return p


def least(index: Index, counts: Floats, mu: Floats, v: int) -> Floats:
    """Return what no coalition's p falls below: no n-gram counted, all contexts in full; float64[nodes]."""
    p = np.full(index.nodes, 1 / v)
    for n, a, b in levels(index):
        p[a:b] = mu[n - 1] * p[index.suffix[a:b]] / (counts[index.prefix[a:b]] + mu[n - 1])
    return p


def _fold(
    index: Index, by_work: csr_array, seen: Bools, mu: Floats, mu_next: Floats, v: int
) -> tuple[csr_array, csr_array, Floats]:
    """Return (in_words, in_context, constant) with n-grams that were never seen folded away."""
    triples = coo_array(by_work)
    unit, node, weight = triples.coords[0], triples.coords[1].astype(np.int64), triples.data
    constant = np.zeros(by_work.shape[0])
    words: list[tuple[Ints, Ints, Floats]] = []
    contexts: list[tuple[Ints, Ints, Floats]] = []
    for _, a, _ in reversed(levels(index)):
        here = node >= a
        u, j, w = unit[here], node[here], weight[here]
        contexts.append((u, index.prefix[j], w))
        known = seen[j]
        words.append((u[known], j[known], w[known]))
        u, j, w = u[~known], j[~known], w[~known]
        constant += np.bincount(u, w * np.log2(mu[j]), len(constant))
        unit = np.concatenate([unit[~here], u])
        node = np.concatenate([node[~here], index.suffix[j]])
        weight = np.concatenate([weight[~here], w])
    constant += np.bincount(unit, weight * np.log2(1 / v), len(constant))  # words never seen: uniform
    u, j, w = (np.concatenate(parts) for parts in zip(*contexts, strict=True))
    known = seen[j]
    constant -= np.bincount(u[~known], (w * np.log2(mu_next[j]))[~known], len(constant))
    shape = by_work.shape
    in_context = csr_array((w[known], (u[known], j[known])), shape=shape)
    u, j, w = (np.concatenate(parts) for parts in zip(*words, strict=True))
    return csr_array((w, (u, j)), shape=shape), in_context, constant


def _segments(table: csc_array) -> tuple[Ints, Ints, NDArray[np.uint32], NDArray[np.uint8]]:
    """Return (rows, segment, block, count) of `Plan` for counts by block and row, some rows at a time."""
    cuts = np.searchsorted(table.indptr, np.arange(0, table.nnz + SOME, SOME))
    cuts = np.unique(np.concatenate([[0], np.minimum(cuts, table.shape[1]), [table.shape[1]]]))
    parts = [_segments_of(table[:, a:b]) for a, b in pairwise(cuts.tolist())]
    segments = np.cumsum([0, *(len(part[1]) for part in parts)])
    entries = np.cumsum([0, *(len(part[2]) for part in parts)])
    rows = np.concatenate([part[0] + at for part, at in zip(parts, segments, strict=False)])
    segment = np.concatenate([part[1] + at for part, at in zip(parts, entries, strict=False)])
    block, count = (np.concatenate([part[i] for part in parts]) for i in (2, 3))
    return np.append(rows, segments[-1]), np.append(segment, entries[-1]), block, count


def _segments_of(table: csc_array) -> tuple[Ints, Ints, NDArray[np.uint32], NDArray[np.uint8]]:
    """Return the first segment of each row, the first entry of each segment, and the entries."""
    data = table.data.astype(np.int64)
    pieces = -(-data // MOST)  # a count above MOST becomes several entries
    last = np.cumsum(pieces) - 1
    count = np.full(last[-1] + 1 if len(last) else 0, MOST, np.int64)
    count[last] = data - MOST * (pieces - 1)
    indptr = np.concatenate([[0], last + 1])[table.indptr]
    row = np.repeat(np.arange(table.shape[1]), np.diff(indptr))
    before = np.cumsum(count) - count
    within = before - before[np.minimum(indptr[:-1], max(len(count) - 1, 0))][row] if len(count) else before
    part = within // (MOST + 1)
    begins = np.flatnonzero(np.diff(row, prepend=-1) | np.diff(part, prepend=0))
    rows = np.searchsorted(row[begins], np.arange(table.shape[1]))
    block = np.repeat(table.indices.astype(np.uint32), pieces)
    return rows, begins, block, count.astype(np.uint8)


def _uses(often: csr_array) -> Uses:
    """Return the works that use each row, from how often they do: csr_array[works, n]."""
    table = csc_array(often)
    times = table.data.astype(np.int64)
    start = np.concatenate([[0], np.cumsum(times)])[table.indptr]
    return Uses(start, np.repeat(table.indices.astype(np.uint32), times))


def _order(index: Index, needed: Bools) -> Ints:
    """Return the needed nodes, the longest n-grams by suffix."""
    rows = np.flatnonzero(needed)
    top = int(np.searchsorted(rows, index.start[-2]))
    rows[top:] = rows[top:][np.argsort(index.suffix[rows[top:]], kind="stable")]
    return rows


def _needed(index: Index, words: csr_array, context: csr_array) -> Bools:
    """Return which n-grams the scores rest on: those with a term, and all that these are smoothed by."""
    needed = np.zeros(index.nodes, bool)
    needed[0] = True
    needed[words.indices] = True
    needed[context.indices] = True
    for _, a, b in reversed(levels(index)):
        rows = a + np.flatnonzero(needed[a:b])
        needed[index.prefix[rows]] = True
        needed[index.suffix[rows]] = True
    return needed
