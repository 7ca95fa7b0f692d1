"""Squared Euclidean distances in blocks: one matrix product a block, duplicates exactly tied.

The product gives |x|² + |t|² − 2 x·t. Two things keep that honest:

- *Centring.* Cancellation grows with the distance of the data from the origin, so the means of a sample are
  taken off, rounded to a power of two near the column's spread: whole numbers stay whole, and their
  distances exact.
- *Duplicates.* A matrix product may round equal columns differently at the edge of its tiles. Equal rows are
  found beforehand and take over the distance of the first of them, so they tie exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commonweal.errors import InputError

Matrix = NDArray[np.floating[Any]]
Ints = NDArray[np.int64]

MEMORY = 2**28  # bytes that the working arrays of a block may take
MAX_ROWS = 64  # more rows make the product little faster, and fall out of the cache
_TURNED = 256  # rows made columns at a time: they stay in the cache
_SAMPLE = 4096  # rows that tell where the data lie, and rows hashed at a time


@dataclass(frozen=True)
class Points:
    """Centred points whose neighbours are looked for.

    Attributes
    ----------
    columns : float[d, n]
        Centred points, a column each, C order, float32 or float64: products go a fifth faster than with rows.
    norms : float[n]
        |x|² of each.
    copies, firsts : int64[c]
        Rows that repeat an earlier row, and that row.
    centre : float[d]
        What was taken off.
    """

    columns: Matrix
    norms: Matrix
    copies: Ints
    firsts: Ints
    centre: Matrix

    @classmethod
    def of(cls, X: Matrix) -> Points:
        """Centre the rows of `X`, float[n, d], and find the duplicates."""
        _check_range(X)
        centre = _round_centre(X)
        columns, norms = np.empty(X.shape[::-1], X.dtype), np.empty(len(X), X.dtype)
        for start in range(0, len(X), _TURNED):
            part = slice(start, start + _TURNED)
            moved = X[part] - centre
            moved += 0  # turns -0.0 into 0.0
            columns[:, part], norms[part] = moved.T, _norms(moved)
        return cls(columns, norms, *duplicates(columns, norms), centre)

    def __len__(self) -> int:
        return len(self.norms)


def products(points: Points, T: Matrix, span: slice, *, rows: int) -> Iterator[tuple[slice, Matrix, Matrix]]:
    """Yield (which rows of `T`, their products with every point, their |t|²); the array is reused."""
    _check_range(T[span])
    moved = np.ascontiguousarray(T[span] - points.centre)
    norms = _norms(moved)
    buffer = np.empty((min(rows, len(moved)), len(points)), dtype=points.norms.dtype)
    for start in range(0, len(moved), rows):
        part = slice(start, min(start + rows, len(moved)))
        out = buffer[: part.stop - part.start]
        np.matmul(moved[part], points.columns, out=out)
        yield slice(span.start + part.start, span.start + part.stop), out, norms[part]


def squared(product: Matrix, points: Points, norms: Matrix) -> Matrix:
    """Turn products x·t, float[b, n], into squared distances, in place: at least 0, duplicates equal."""
    product *= -2
    product += points.norms
    product += norms[:, None]
    np.maximum(product, 0, out=product)
    product[:, points.copies] = product[:, points.firsts]
    return product


def block_rows(size: int, memory: int) -> int:
    """Return how many test points, of `size` bytes each, fit in a block of `memory` bytes."""
    return int(np.clip(memory // max(1, size), 1, MAX_ROWS))


def duplicates(columns: Matrix, norms: Matrix) -> tuple[Ints, Ints]:
    """Return (points that repeat an earlier point, the first such point of each)."""
    ordered = np.sort(norms)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    alike = np.flatnonzero(np.isin(norms, twice))  # equal points have equal norms
    if len(alike) == 0:
        return alike, alike
    X = np.ascontiguousarray(columns[:, alike].T)
    _, first, inverse = np.unique(_hashes(X), return_index=True, return_inverse=True)
    firsts = first[inverse]
    if not (X[firsts] == X).all():  # a hash collided: the slow way
        _, first, inverse = np.unique(X, axis=0, return_index=True, return_inverse=True)
        firsts = first[inverse.ravel()]
    copies = np.flatnonzero(firsts != np.arange(len(alike)))
    return alike[copies], alike[firsts[copies]]


def _hashes(X: Matrix) -> NDArray[np.uint64]:
    """Return a hash of the bits of each row."""
    odd = np.random.default_rng(0).integers(0, 2**63, X.shape[1], dtype=np.uint64) * np.uint64(2) + np.uint64(
        1
    )
    hashes = np.empty(len(X), dtype=np.uint64)
    for start in range(0, len(X), _SAMPLE):
        words: Any = X[start : start + _SAMPLE].view(np.uint32 if X.dtype == np.float32 else np.uint64)
        words = words ^ words >> 29  # round numbers have nothing but zeros in their low bits
        hashes[start : start + _SAMPLE] = (words * odd).sum(axis=1, dtype=np.uint64)
    return hashes


def _norms(X: Matrix) -> Matrix:
    return np.asarray(np.einsum("ij,ij->i", X, X))


def _check_range(X: Matrix) -> None:
    if max(X.max(), -X.min()) > np.sqrt(float(np.finfo(X.dtype).max) / (64 * X.shape[1])):
        raise InputError(
            f"features are too large for their squares to fit {X.dtype}",
            mend="rescale the columns, or give float64",
        )


def _round_centre(X: Matrix) -> Matrix:
    sample = X[:: -(-len(X) // _SAMPLE)].astype(np.float64)
    spread = sample.std(axis=0)
    step = np.exp2(np.floor(np.log2(np.where(spread > 0, spread, 1.0))))
    return np.asarray(np.round(sample.mean(axis=0) / step) * step, dtype=X.dtype)
