"""The numba kernel: LANES coalitions side by side, one n-gram after the other (extra `fast`).

Inner loops run over lanes alone, so that the compiler can use vector instructions.
"""
# mypy: disable-error-code="no-untyped-def,untyped-decorator"

from __future__ import annotations

import numpy as np
from numba import njit

LANES = 64
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
def _count(first, last, segment, block, count, member, small, total):
    """Write the counts over the blocks that are in, float64[LANES].

    Small whole numbers are added as bytes, many lanes to an instruction; a segment's counts sum to 254 at
    most. `member` is 255 for a block that is in, 0 for one that is out, so that `and` picks.
    """
    for lane in range(LANES):
        total[lane] = 0.0
    for s in range(first, last):
        for lane in range(LANES):
            small[lane] = 0
        entry, end = segment[s], segment[s + 1]
        while entry + 4 <= end:
            b0, b1, b2, b3 = block[entry], block[entry + 1], block[entry + 2], block[entry + 3]
            c0, c1, c2, c3 = count[entry], count[entry + 1], count[entry + 2], count[entry + 3]
            for lane in range(LANES):
                pair = (c0 & member[b0, lane]) + (c1 & member[b1, lane])
                small[lane] += np.uint8(pair + (c2 & member[b2, lane]) + (c3 & member[b3, lane]))
            entry += 4
        while entry < end:
            b0, c0 = block[entry], count[entry]
            for lane in range(LANES):
                small[lane] += np.uint8(c0 & member[b0, lane])
            entry += 1
        for lane in range(LANES):
            total[lane] += small[lane]


@njit(inline="always", **_OPTIONS)
def _multiply(x, first, last, work, group, products, held, logs):
    """Multiply x, float64[LANES], into the products of the works that use it; log those that are full."""
    for use in range(first, last):
        w = work[use]
        if held[w] == group:
            for lane in range(LANES):
                logs[w, lane] += _log2(products[w, lane])
                products[w, lane] = x[lane]
            held[w] = 1
        else:
            for lane in range(LANES):
                products[w, lane] *= x[lane]
            held[w] += 1


@njit(nogil=True, cache=True, **_OPTIONS)
def score_lanes(arrays, member, c, p, products, held, logs):
    """Add the log2 probability of each work to `logs`, float64[works, LANES].

    The log of a product of a few terms stands for as many logs: most of the time goes into those.

    Parameters
    ----------
    arrays : tuple
        What `kernel` passes on of a `Plan`, in the order they are unpacked here.
    member : uint8[n_blocks, LANES]
        255 where the block is in, else 0.
    c, p : float64[·, LANES]
        Room for the counts of all n-grams that are contexts of p's, and for the probabilities of all
        n-grams but the longest.
    products, held : float64[works, LANES], int64[works]
        Ones and zeros: products of terms, and how many they hold.
    """
    (rows, segment, block, count, base, prefix, suffix, start, mu, mu_next) = arrays[:10]
    (word_start, word_work, context_start, context_work, group, inverse_v) = arrays[10:]
    shorter, total, small, x = start[-2], np.empty(LANES), np.empty(LANES, np.uint8), np.empty(LANES)
    for row in range(len(base)):
        _count(rows[row], rows[row + 1], segment, block, count, member, small, total)
        own, smooth, below = base[row], mu[row], suffix[row]
        if row == 0:
            for lane in range(LANES):
                p[row, lane] = inverse_v
        else:
            for lane in range(LANES):
                x[lane] = (total[lane] + own) + smooth * p[below, lane]
            if row < shorter:
                context = prefix[row]
                for lane in range(LANES):
                    p[row, lane] = x[lane] / (c[context, lane] + smooth)
            _multiply(x, word_start[row], word_start[row + 1], word_work, group, products, held, logs)
        if row >= shorter:
            continue
        if row < len(c):
            for lane in range(LANES):
                c[row, lane] = total[lane] + own
        if context_start[row] < context_start[row + 1]:
            for lane in range(LANES):
                x[lane] = 1.0 / ((total[lane] + own) + mu_next[row])
            _multiply(
                x, context_start[row], context_start[row + 1], context_work, group, products, held, logs
            )
    for w in range(len(held)):
        for lane in range(LANES):
            logs[w, lane] += _log2(products[w, lane])


@njit(nogil=True, cache=True, **_OPTIONS)
def score_rows(arrays, blocks, out):
    """Write the log2 probability of each work for each row of blocks bool[k, n_blocks]: float64[k, works]."""
    start, works = arrays[7], out.shape[1]
    c, p = np.empty((start[len(start) - 3], LANES)), np.empty((start[-2], LANES))
    products, held, logs = np.empty((works, LANES)), np.empty(works, np.int64), np.empty((works, LANES))
    member = np.zeros((blocks.shape[1], LANES), np.uint8)
    for first in range(0, len(blocks), LANES):
        some = min(LANES, len(blocks) - first)
        for b in range(blocks.shape[1]):
            for lane in range(LANES):
                member[b, lane] = 255 if lane < some and blocks[first + lane, b] else 0
        products[:], held[:], logs[:] = 1, 0, 0
        score_lanes(arrays, member, c, p, products, held, logs)
        for lane in range(some):
            for w in range(works):
                out[first + lane, w] = logs[w, lane]
