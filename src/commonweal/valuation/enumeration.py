"""Exact values by asking about every coalition, in bit order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonweal.valuation.oracle import Oracle
from commonweal.valuation.semivalues import Weights, banzhaf_weights, shapley_weights

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

_ROWS = 1 << 14


@dataclass(frozen=True)
class Enumerated:
    """Exact Shapley values (float64[M, outputs]), Banzhaf values and the score of every coalition in bit
    order."""

    shapley: Floats
    banzhaf: Floats
    scores: Floats


def enumerate_all(oracle: Oracle, m: int) -> Enumerated:
    """Evaluate all 2^m coalitions; coefficients are streamed, only the scores themselves are kept."""
    step = min(oracle.chunk_rows(), _ROWS)
    oracle.expected = 2**m
    scores, shapley, banzhaf = [], np.zeros((m, oracle.outputs)), np.zeros(m)
    weights, even = _correct(shapley_weights(m), banzhaf_weights(m), m)
    for rows, answer in zip(_rows(m, step), oracle.stream(_rows(m, step)), strict=True):
        sizes = rows.sum(axis=1)
        shapley += weights.of(rows, sizes).T @ answer
        banzhaf += even.of(rows, sizes).T @ answer[:, 0]
        scores.append(answer[:, 0])
    return Enumerated(shapley, banzhaf, np.concatenate(scores))


def shapley_of(scores: Floats, m: int) -> Floats:
    """Return the Shapley values of a game given in full, float64[2^m] in bit order → float64[m]."""
    weights, _ = _correct(shapley_weights(m), banzhaf_weights(m), m)
    out, start = np.zeros(m), 0
    for rows in _rows(m, _ROWS):
        out += weights.of(rows, rows.sum(axis=1)).T @ scores[start : start + len(rows)]
        start += len(rows)
    return out


def without_each(scores: Floats, m: int) -> Floats:
    """Return the Shapley values of the game without j, exactly: float64[m (j), m (i)], 0 on the diagonal."""
    out = np.zeros((m, m))
    bits = np.arange(len(scores))
    for j in range(m):
        kept = scores[(bits >> j) & 1 == 0]
        out[j, np.delete(np.arange(m), j)] = shapley_of(kept, m - 1)
    return out


def _correct(shapley: Weights, banzhaf: Weights, m: int) -> tuple[Weights, Weights]:
    """Turn means over coalitions of a size into sums over coalitions."""
    count = np.array([1.0])
    for s in range(1, m + 1):
        count = np.append(count, count[-1] * (m - s + 1) / s)
    return tuple(Weights(w.a / count, w.b / count, w.p, w.mass) for w in (shapley, banzhaf))  # type: ignore[return-value]


def _rows(m: int, step: int) -> Iterator[Bools]:
    owners = np.arange(m)
    for start in range(0, 2**m, step):
        bits = np.arange(start, min(start + step, 2**m))
        yield (bits[:, None] >> owners) & 1 == 1
