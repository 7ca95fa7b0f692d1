"""The numba kernel: LANES coalitions side by side, one n-gram after the other (extra `fast`)."""

from __future__ import annotations

import numpy as np
from numba import njit

LANES = 32
"""Coalitions at a time: wide enough for vector instructions, small enough for the nearest cache."""

TERMS = 11  # of the series for the logarithm: the rest is below 1e-17


@njit(inline="always", error_model="numpy")
def _log2(x, x_bits, out, exponent):  # type: ignore[no-untyped-def]
    """Write log2 of LANES positive numbers; `x_bits` is the same memory as whole numbers, spoilt here.

    x = 2^e m with √½ ≤ m < √2; ln m = 2 (s + s³/3 + s⁵/5 + …), s = (m - 1) / (m + 1): right to two units in
    the last place, without a branch, so that the compiler can use vector instructions.
    """
    for lane in range(LANES):
        e = (x_bits[lane] - 0x3FE6A09E667F3BCD) >> 52
        x_bits[lane] -= e << 52
        exponent[lane] = e
    for lane in range(LANES):
        s = (x[lane] - 1.0) / (x[lane] + 1.0)
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
        out[lane] = exponent[lane] + 2.8853900817779268 * s * series


@njit(inline="always", error_model="numpy")
def _count(begin, end, block, count, member, total):  # type: ignore[no-untyped-def]
    """Add up the counts of the blocks that are in; exact, since every sum is a whole number."""
    for lane in range(LANES):
        total[lane] = 0
    entry = begin
    while entry + 4 <= end:
        b0, b1, b2, b3 = block[entry], block[entry + 1], block[entry + 2], block[entry + 3]
        c0, c1, c2, c3 = count[entry], count[entry + 1], count[entry + 2], count[entry + 3]
        for lane in range(LANES):
            total[lane] += (c0 * member[b0, lane] + c1 * member[b1, lane]) + (
                c2 * member[b2, lane] + c3 * member[b3, lane]
            )
        entry += 4
    while entry < end:
        b0, c0 = block[entry], count[entry]
        for lane in range(LANES):
            total[lane] += c0 * member[b0, lane]
        entry += 1


@njit(nogil=True, cache=True, error_model="numpy")
def score_lanes(  # type: ignore[no-untyped-def]
    indptr,
    block,
    count,
    base,
    prefix,
    suffix,
    start,
    mu,
    mu_next,
    words_total,
    context_total,
    inverse_v,
    member,
    logs,
    score,
):
    """Add the weighted log terms of all rows to `score` float64[LANES]; arrays as in `Plan`.

    Where `logs` has rows, the log terms are written to it as well: float64[2, n, LANES].
    """
    contexts = start[-2]  # rows below the top level
    c = np.empty((contexts, LANES))
    p = np.empty((contexts, LANES))
    total = np.empty(LANES, count.dtype)
    x, log, exponent = np.empty(LANES), np.empty(LANES), np.empty(LANES)
    x_bits = x.view(np.int64)
    keep_logs = logs.shape[1] > 0
    for row in range(len(base)):
        _count(indptr[row], indptr[row + 1], block, count, member, total)
        if row < contexts:
            for lane in range(LANES):
                c[row, lane] = total[lane] + base[row]
        if row == 0:
            for lane in range(LANES):
                p[0, lane] = inverse_v
        else:
            for lane in range(LANES):
                x[lane] = (total[lane] + base[row]) + mu[row] * p[suffix[row], lane]
            if row < contexts:
                for lane in range(LANES):
                    p[row, lane] = x[lane] / (c[prefix[row], lane] + mu[row])
            if words_total[row] != 0 or keep_logs:
                _log2(x, x_bits, log, exponent)
                for lane in range(LANES):
                    score[lane] += words_total[row] * log[lane]
                if keep_logs:
                    logs[0, row] = log
        if row < contexts and (context_total[row] != 0 or keep_logs):
            for lane in range(LANES):
                x[lane] = c[row, lane] + mu_next[row]
            _log2(x, x_bits, log, exponent)
            for lane in range(LANES):
                score[lane] -= context_total[row] * log[lane]
            if keep_logs:
                logs[1, row] = log
