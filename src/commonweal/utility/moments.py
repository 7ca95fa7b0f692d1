"""Moments of a table by block: what a linear model needs of the works, in one pass that holds few of them.

For each block: n, Σx, Σy, Σxxᵀ and Σxyᵀ, with x shifted by a fixed point near the data so that large means
cost no digits. Labels are coded as one column of zeros and ones each. Moments add up over blocks and shards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from commonweal.errors import InputError
from commonweal.parallel import Workers, one_thread
from commonweal.pool.batch import Batch
from commonweal.pool.pool import Pool
from commonweal.progress import Progress, silent
from commonweal.utility.base import Bools, Floats, Ints

SHARD = 131_072  # rows per task: fixed, so that sums do not depend on the number of workers


@dataclass(frozen=True)
class Shape:
    """How a pass reads a table.

    Parameters
    ----------
    features : tuple of str
        Columns, in the model's order.
    shift : float64[d]
        Subtracted from the features.
    target_shift : float
        Subtracted from a numeric target.
    labels : bool
        True for classification.
    keep : bool[n_blocks]
        Blocks that keep their rows rather than a d × d matrix.
    """

    features: tuple[str, ...]
    shift: Floats
    target_shift: float
    labels: bool
    keep: Bools


@dataclass(frozen=True)
class Moments:
    """Sums over the works of some blocks (`block`, ascending), and the rows of blocks too small to sum.

    `count[b]`, `x[b, d]`, `y[b, c]`, `xx[b, d, d]`, `xy[b, d, c]`; `labels` names the c columns of y in
    classification and is empty in regression (c = 1). `rows_x[r, d]`, `rows_y[r]` (a number, or the index of
    a label) and `rows_block[r]` hold what was kept as rows.
    """

    labels: tuple[Any, ...]
    block: Ints
    count: Floats
    x: Floats
    y: Floats
    xx: Floats
    xy: Floats
    rows_x: Floats
    rows_y: Floats
    rows_block: Ints

    @property
    def bytes(self) -> int:
        """Memory that the moments keep."""
        arrays = (self.x, self.y, self.xx, self.xy, self.rows_x, self.rows_y, self.rows_block)
        return int(sum(a.nbytes for a in arrays))


def table_of(batch: Batch, features: Sequence[str]) -> Floats:
    """Return float64[n, d] of the named columns.

    Raises
    ------
    InputError
        Where a column is absent, holds no numbers, or holds one that is missing or not finite.
    """
    out = np.empty((len(batch), len(features)))
    for j, name in enumerate(features):
        out[:, j] = numbers_of(batch, name)
    return out


def numbers_of(batch: Batch, name: str) -> Floats:
    """Return one column as float64[n], checked."""
    if name not in batch.columns.column_names:
        raise InputError(f"there is no column {name!r}", mend="give training, test and base the same columns")
    column = batch.column(name)
    kind = column.type
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind)):
        raise InputError(
            f"column {name!r} holds {kind}, not numbers",
            mend="code it as numbers, or use NaiveBayes or Ngram for text, or Refit with a pipeline",
        )
    if pa.types.is_boolean(kind):
        column = column.cast(pa.int8())
    values = np.asarray(column.to_numpy(), dtype=np.float64)
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise InputError(
            "a number is missing or not finite",
            where=f"work {batch.number[bad[0]]}, column {name!r}",
            mend="leave the work out or fill the number in",
        )
    return values


def labels_of(batch: Batch) -> Any:
    """Return the labels of a batch: object[n] of str, or float64[n] where the labels are numbers."""
    labels = batch.target
    if labels.dtype == object:
        missing = np.flatnonzero(labels == None)  # noqa: E711  elementwise
        if len(missing):
            raise InputError(
                "a label is missing", where=f"work {batch.number[missing[0]]}", mend="leave the work out"
            )
    elif not np.isfinite(labels).all():
        raise InputError("a label is missing or not finite", mend="leave the work out")
    return labels


def gather(pool: Pool, shape: Shape, workers: Workers, progress: Progress = silent) -> Moments:
    """Return the moments of a pool: shards are mapped over workers and added up in their order."""
    pieces = pool.shards(-(-pool.n_works // SHARD))
    total = empty(len(shape.features), shape.labels)
    with one_thread():
        for done, part in enumerate(workers.map(partial(_of_shard, shape=shape), pieces), 1):
            total = add(total, part)
            progress(done, len(pieces), "reading the works")
    return total


def add(a: Moments, b: Moments) -> Moments:
    """Return the moments of both, over the union of their blocks and labels."""
    labels = tuple(sorted({*a.labels, *b.labels})) if a.labels or b.labels else ()
    block = np.union1d(a.block, b.block)
    c, d = len(labels) or a.y.shape[1], a.x.shape[1]
    out = Moments(
        labels,
        block,
        np.zeros(len(block)),
        np.zeros((len(block), d)),
        np.zeros((len(block), c)),
        np.zeros((len(block), d, d)),
        np.zeros((len(block), d, c)),
        np.concatenate([a.rows_x, b.rows_x]),
        np.concatenate([_relabel(part, labels) for part in (a, b)]),
        np.concatenate([a.rows_block, b.rows_block]),
    )
    for part in (a, b):
        at = np.searchsorted(block, part.block)
        columns = np.array([labels.index(x) for x in part.labels] if labels else range(c), dtype=np.int64)
        out.count[at] += part.count
        out.x[at] += part.x
        out.xx[at] += part.xx
        out.y[np.ix_(at, columns)] += part.y
        out.xy[np.ix_(at, np.arange(d), columns)] += part.xy
    return out


def pooled(moments: Moments) -> Moments:
    """Return the same moments as a single block: what a base needs."""
    one_hot = code(moments.rows_y, len(moments.labels))[:, : moments.y.shape[1]]
    x = moments.rows_x
    return Moments(
        moments.labels,
        np.zeros(1, dtype=np.int64),
        np.array([moments.count.sum() + len(x)]),
        (moments.x.sum(0) + x.sum(0))[None],
        (moments.y.sum(0) + one_hot.sum(0))[None],
        (moments.xx.sum(0) + x.T @ x)[None],
        (moments.xy.sum(0) + x.T @ one_hot)[None],
        x[:0],
        moments.rows_y[:0],
        moments.rows_block[:0],
    )


def code(y: Floats, classes: int) -> Floats:
    """Return y as columns: float64[n, 1] in regression (no classes), zeros and ones per class otherwise."""
    if classes == 0:
        return y[:, None]
    return np.asarray(y[:, None] == np.arange(classes), dtype=np.float64)


def _of_shard(pool: Pool, *, shape: Shape) -> Moments:
    total = empty(len(shape.features), shape.labels)
    for batch in pool.batches():
        total = add(total, _of_batch(batch, shape))
    return total


def _of_batch(batch: Batch, shape: Shape) -> Moments:
    order = np.argsort(batch.block, kind="stable")
    x = (table_of(batch, shape.features) - shape.shift)[order]
    labels, y = _targets(batch, shape)
    y, owner_block = y[order], batch.block[order]
    kept = shape.keep[owner_block]
    block, start = np.unique(owner_block[~kept], return_index=True)
    dense_x, dense_y = x[~kept], code(y[~kept], len(labels))
    d, c = x.shape[1], dense_y.shape[1]
    out = _zeros(labels, block, d, c, x[kept], y[kept], owner_block[kept])
    ends = [*start, len(dense_x)]
    for i, (a, b) in enumerate(pairwise(ends)):
        xb, yb = dense_x[a:b], dense_y[a:b]
        out.count[i], out.x[i], out.y[i] = b - a, xb.sum(0), yb.sum(0)
        np.matmul(xb.T, xb, out=out.xx[i])
        np.matmul(xb.T, yb, out=out.xy[i])
    return out


def _targets(batch: Batch, shape: Shape) -> tuple[tuple[Any, ...], Floats]:
    """Return the labels of a batch and its targets: indices of labels, or shifted numbers."""
    if not shape.labels:
        return (), numbers_of(batch, str(batch.roles.target)) - shape.target_shift
    names, index = np.unique(labels_of(batch), return_inverse=True)
    return tuple(names.tolist()), index.astype(np.float64)


def _zeros(
    labels: tuple[Any, ...], block: Ints, d: int, c: int, rows_x: Floats, rows_y: Floats, rows_block: Ints
) -> Moments:
    b = len(block)
    return Moments(
        labels, block, np.zeros(b), np.zeros((b, d)), np.zeros((b, c)), np.zeros((b, d, d)),
        np.zeros((b, d, c)), rows_x, rows_y, rows_block,
    )  # fmt: skip


def empty(d: int, classify: bool, labels: tuple[Any, ...] = ()) -> Moments:
    """Return the moments of no work at all, with d features and the given labels."""
    none = np.zeros(0, dtype=np.int64)
    return _zeros(labels, none, d, len(labels) if classify else 1, np.zeros((0, d)), np.zeros(0), none)


def _relabel(part: Moments, labels: tuple[Any, ...]) -> Floats:
    if not labels:
        return part.rows_y
    to = np.array([labels.index(x) for x in part.labels], dtype=np.float64)
    return to[part.rows_y.astype(np.int64)] if len(part.rows_y) else part.rows_y
