"""The numba kernel: LANES coalitions side by side, one n-gram after the other (extra `fast`).

Inner loops run over lanes alone, so that the compiler can use vector instructions.
"""
# mypy: disable-error-code="no-untyped-def,untyped-decorator"

from __future__ import annotations

import numpy as np
from numba import njit

LANES = 32
"""Coalitions at a time: wide enough for vector instructions, small enough for the nearest caches."""

# numpy's division (no test for zero) and fused multiply-add: what vector instructions need.
_OPTIONS = {"error_model": "numpy", "fastmath": {"contract"}}


@njit(inline="always", **_OPTIONS)
def _log2(x):
    """Return log2 of a positive, normal float64, right to about two units in the last place.

    x = 2^e m with √½ ≤ m < √2, and ln m = 2 (s + s³/3 + s⁵/5 + …) with s = (m - 1) / (m + 1), |s| < .172;
    what is left out after eleven terms is below 1e-17. No branch, no call, so that lanes go abreast.
    """
    bits = np.float64(x).view(np.int64)
    e = (bits - 0x3FE6A09E667F3BCD) >> 52
    m = np.int64(bits - (e << 52)).view(np.float64)
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    series = 1.0 / 21.0
    series = series * z + 1.0 / 19.0
    series = series * z + 1.0 / 17.0
    series = series * z + 1.0 / 15.0
    series = series * z + 1.0 / 13.0
    series = series * z + 1.0 / 11.0
    series = series * z + 1.0 / 9.0
    series = series * z + 1.0 / 7.0
    series = series * z + 1.0 / 5.0
    series = series * z + 1.0 / 3.0
    series = series * z + 1.0
    return e + 2.8853900817779268 * s * series


@njit(inline="always", **_OPTIONS)
def _count(entry, end, block, count, member, total):
    """Write the counts over the blocks that are in; exact, since every sum is a whole number."""
    for lane in range(LANES):
        total[lane] = 0
    while entry + 4 <= end:
        b0, b1, b2, b3 = block[entry], block[entry + 1], block[entry + 2], block[entry + 3]
        c0, c1, c2, c3 = count[entry], count[entry + 1], count[entry + 2], count[entry + 3]
        for lane in range(LANES):
            first = c0 * member[b0, lane] + c1 * member[b1, lane]
            total[lane] += first + (c2 * member[b2, lane] + c3 * member[b3, lane])
        entry += 4
    while entry < end:
        b0, c0 = block[entry], count[entry]
        for lane in range(LANES):
            total[lane] += c0 * member[b0, lane]
        entry += 1


@njit(nogil=True, cache=True, **_OPTIONS)
def score_lanes(arrays, member, c, p, terms, score):
    """Add the weighted log terms of all rows to `score`, float64[LANES].

    Parameters
    ----------
    arrays : tuple
        indptr, block, count, base, prefix, suffix, start, mu, mu_next, words_total, context_total and
        inverse_v of a `Plan`.
    member : float[n_blocks, LANES]
        Which blocks are in.
    c, p : float64[contexts, LANES]
        Room for counts and probabilities of all n-grams shorter than the longest.
    terms : float64[2, n, LANES]
        Where it has rows: room for c + μ p_suffix, and for c + μ_next of contexts.
    """
    indptr, block, count, base, prefix, suffix, start, mu, mu_next, of_words, of_context, inverse_v = arrays
    contexts = start[-2]
    total = np.empty(LANES, count.dtype)
    keep = terms.shape[1] > 0
    for row in range(len(base)):
        _count(indptr[row], indptr[row + 1], block, count, member, total)
        own, smooth, shorter, weight = base[row], mu[row], suffix[row], of_words[row]
        if keep and row > 0:
            for lane in range(LANES):
                terms[0, row, lane] = (total[lane] + own) + smooth * p[shorter, lane]
        if row >= contexts:
            for lane in range(LANES):
                score[lane] += weight * _log2((total[lane] + own) + smooth * p[shorter, lane])
            continue
        context, smooth_next, weight_next = prefix[row], mu_next[row], of_context[row]
        for lane in range(LANES):
            c[row, lane] = total[lane] + own
        if row == 0:
            for lane in range(LANES):
                p[row, lane] = inverse_v
        else:
            for lane in range(LANES):
                upper = (total[lane] + own) + smooth * p[shorter, lane]
                p[row, lane] = upper / (c[context, lane] + smooth)
                if weight != 0:
                    score[lane] += weight * _log2(upper)
        if weight_next != 0:
            for lane in range(LANES):
                score[lane] -= weight_next * _log2((total[lane] + own) + smooth_next)
        if keep:
            for lane in range(LANES):
                terms[1, row, lane] = (total[lane] + own) + smooth_next


@njit(nogil=True, cache=True, **_OPTIONS)
def score_rows(arrays, blocks, terms, out):
    """Write the weighted sum of log terms for each row of blocks bool[k, n_blocks] to `out`, float64[k]."""
    contexts = arrays[6][-2]
    c, p = np.empty((contexts, LANES)), np.empty((contexts, LANES))
    member = np.zeros((blocks.shape[1], LANES), arrays[2].dtype)
    score = np.empty(LANES)
    for first in range(0, len(blocks), LANES):
        rows = min(LANES, len(blocks) - first)
        for b in range(blocks.shape[1]):
            for lane in range(LANES):
                member[b, lane] = blocks[first + lane, b] if lane < rows else False
        score[:] = 0
        score_lanes(arrays, member, c, p, terms, score)
        out[first : first + rows] = score[:rows]
