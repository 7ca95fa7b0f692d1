"""From n-grams to arrays that score a batch of coalitions.

With p_n(w|h) = (c(hw) + μ_n p_{n-1}(w|h')) / (c(h) + μ_n), the log of each probability is
log2(c(hw) + μ_n p_{n-1}) - log2(c(h) + μ_n): a term of the n-gram and a term of its context. Terms of one
context are gathered. Where neither pool nor base holds hw its count is 0 in every coalition, so its
term is log2 μ_n + log2 p_{n-1}: a constant and a term of the shorter n-gram; the n-gram itself goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array, csr_array

from commonweal.utility.base import Bools, Floats, Ints
from commonweal.utility.ngram.counting import Counts
from commonweal.utility.ngram.index import Index, levels


@dataclass(frozen=True)
class Plan:
    """Arrays over the n kept n-grams, shorter ones first; row 0 is the empty n-gram.

    The longest come in the order of their suffixes, so that a kernel reads those one after the other.

    Attributes
    ----------
    indptr, block, count : int64[n + 1], uint32[e], float[e]
        Which blocks hold an n-gram how often (row j: entries indptr[j] to indptr[j + 1]). float32 where
        every sum is a whole number below 2^24, and so exact; else float64.
    base : float64[n]
        Weighted counts of the base.
    prefix, suffix : uint32[n]
        Row of the context, and of the n-gram without its first word; 0 for row 0.
    start : int64[order + 2]
        First row of each level.
    mu, mu_next : float64[n]
        Smoothing of the level of a row, and of the level above, for which it is a context.
    in_words, in_context : csr_array[u, n]
        A unit's numerator = in_words @ log2(c + μ p_suffix) - in_context @ log2(c + μ_next) + constant.
    words_total, context_total : float64[n]
        Their sums over units; `constant_total` likewise.
    n_blocks : int
        Number of blocks.
    inverse_v : float
        Probability of a word under the uniform model.
    """

    indptr: Ints
    block: NDArray[np.uint32]
    count: NDArray[np.floating[Any]]
    base: Floats
    prefix: NDArray[np.uint32]
    suffix: NDArray[np.uint32]
    start: Ints
    mu: Floats
    mu_next: Floats
    in_words: csr_array
    in_context: csr_array
    constant: Floats
    words_total: Floats
    context_total: Floats
    constant_total: float
    n_blocks: int
    inverse_v: float

    @property
    def bytes(self) -> int:
        """Memory held by the arrays."""
        matrices = (a for m in (self.in_words, self.in_context) for a in (m.data, m.indices, m.indptr))
        arrays = (v for v in vars(self).values() if isinstance(v, np.ndarray))
        return sum(a.nbytes for a in (*arrays, *matrices))


def make(
    index: Index, matrix: csr_array, pool: Counts, base: Floats, mu: Floats, v: int, n_blocks: int
) -> Plan:
    """Return the plan for scores `matrix @ log2 p` (float64[u, nodes]) over the given counts.

    Parameters
    ----------
    index : Index
        The n-grams.
    matrix : csr_array[u, nodes]
        How units are made up of n-grams.
    pool : Counts
        Counts by block.
    base : float64[nodes]
        Weighted counts of the base.
    mu : float64[order]
        Smoothing, words first.
    v : int
        Size of the vocabulary.
    n_blocks : int
        Number of blocks.
    """
    held = np.bincount(pool.node, minlength=index.nodes)
    seen = (held > 0) | (base > 0)
    level = np.repeat(np.arange(index.order + 1), np.diff(index.start))
    smooth, smooth_next = np.array([0.0, *mu])[level], np.array([*mu, 0.0])[level]
    words, context, constant = _fold(index, matrix, seen, smooth, smooth_next, v)
    rows = _order(index, _needed(index, words, context))
    new = np.zeros(index.nodes, np.uint32)
    new[rows] = np.arange(len(rows))
    table = csc_array((pool.count, pool.group, np.concatenate([[0], np.cumsum(held)])))[:, rows]
    total = np.bincount(pool.node, pool.count, index.nodes)
    exact = np.float32 if total.max(initial=0) < 2**24 else np.float64
    in_words, in_context = csr_array(words[:, rows]), csr_array(context[:, rows])
    return Plan(
        indptr=table.indptr.astype(np.int64),
        block=table.indices.astype(np.uint32),
        count=table.data.astype(exact),
        base=base[rows],
        prefix=new[index.prefix[rows]],  # that of row 0 is never read
        suffix=new[index.suffix[rows]],
        start=np.searchsorted(level[rows], np.arange(index.order + 2)),
        mu=smooth[rows],
        mu_next=smooth_next[rows],
        in_words=in_words,
        in_context=in_context,
        constant=constant,
        words_total=in_words.sum(axis=0),
        context_total=in_context.sum(axis=0),
        constant_total=float(constant.sum()),
        n_blocks=n_blocks,
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


def _fold(
    index: Index, matrix: csr_array, seen: Bools, mu: Floats, mu_next: Floats, v: int
) -> tuple[csr_array, csr_array, Floats]:
    """Return (in_words, in_context, constant) with n-grams that were never seen folded away."""
    triples = coo_array(matrix)
    unit, node, weight = triples.coords[0], triples.coords[1].astype(np.int64), triples.data
    constant = np.zeros(matrix.shape[0])
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
    shape = matrix.shape
    in_context = csr_array((w[known], (u[known], j[known])), shape=shape)
    u, j, w = (np.concatenate(parts) for parts in zip(*words, strict=True))
    return csr_array((w, (u, j)), shape=shape), in_context, constant


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
