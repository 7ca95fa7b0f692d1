"""From points and test points to what follows from the order of the points: record values and shortlists."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event, Lock
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from commonweal.parallel import one_thread
from commonweal.progress import Progress, silent
from commonweal.utility.nearest.distances import (
    MEMORY,
    Matrix,
    Points,
    block_rows,
    products,
    squared,
)
from commonweal.utility.nearest.engine import thread_count

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Small = NDArray[np.int32]
Name = Literal["numba", "numpy"]

BASE = -1  # the block of what the builder has already
LANES = 16  # partial sums; fixed, so that the number of threads does not change a digit


@dataclass(frozen=True)
class Shortlists:
    """For each of u test points, the training points that can ever be among its k nearest, nearest first.

    A point can if fewer than k points of its own block, and of the base, rank before it.

    Attributes
    ----------
    offsets : int64[u + 1]
        Where each test point's list starts in `index`.
    index : int32[L]
        Training points; ties in distance in the order of the index.
    """

    offsets: Ints
    index: Small

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def nearest(self, says: NDArray[Any], k: int) -> Floats:
        """Return float64[u], the sum of what the k nearest of all points say; `says` per entry."""
        sums = np.append(0.0, np.cumsum(says, dtype=np.float64))
        start = self.offsets[:-1]
        return np.asarray(sums[np.minimum(start + k, self.offsets[1:])] - sums[start])

    def padded(self, start: int, stop: int) -> Small:
        """Return the lists of some test points as int32[stop - start, longest], -1 behind the end."""
        lengths = np.diff(self.offsets[start : stop + 1])
        out = np.full((stop - start, int(lengths.max(initial=0))), -1, dtype=np.int32)
        out[np.arange(out.shape[1]) < lengths[:, None]] = self.index[self.offsets[start] : self.offsets[stop]]
        return out


@dataclass(frozen=True)
class Search:
    """How to go through the test points.

    Parameters
    ----------
    points : Points
        Training points.
    T : float[u, d]
        Test points, in the training points' dtype.
    engine : {"numba", "numpy"}
    memory : int
        Bytes for the distances of a block of test points.
    progress : callable
    """

    points: Points
    T: Matrix
    engine: Name
    memory: int = MEMORY
    progress: Progress = silent

    def each_block(self, work: Callable[[int, slice, Matrix, Matrix], None]) -> None:
        """Call `work` with (lane, which test points, products float[b, n], |t|² float[b]).

        Test points are cut into lanes, each of which is gone through in order by one thread, products
        included: a threaded product would leave threads of its own spinning beside ours.
        """
        size = self.points.norms.nbytes
        rows = block_rows(size, self.memory // 4)
        done, lock, stop = 0, Lock(), Event()
        edges = np.linspace(0, len(self.T), self.lanes + 1).astype(int).tolist()

        def one(lane: int) -> None:
            nonlocal done
            span = slice(edges[lane], edges[lane + 1])
            for part, product, norms in products(self.points, self.T, span, rows=rows):
                if stop.is_set():
                    return
                work(lane, part, product, norms)
                with lock:
                    done += part.stop - part.start
                    self.progress(done, len(self.T), "ordering neighbours")

        threads = min(thread_count(self.engine), max(1, self.memory // 2 // max(1, rows * size)))
        with one_thread(), ThreadPoolExecutor(threads) as side_by_side:
            running = [side_by_side.submit(one, lane) for lane in range(self.lanes)]
            try:
                for lane in running:
                    lane.result()
            except BaseException:
                stop.set()
                raise

    def ranked(self, product: Matrix, norms: Matrix) -> Ints:
        """Return int64[b, n], the points of each test point, nearest first (numpy)."""
        return np.argsort(squared(product, self.points, norms), axis=1, kind="stable")

    def kernel_arguments(self, product: Matrix, norms: Matrix) -> tuple[Any, Any, Any, Any, Any, Any]:
        """Return what every compiled kernel starts with."""
        bits = product.view(np.uint32 if product.dtype == np.float32 else np.uint64)
        return product, bits, self.points.norms, norms, self.points.copies, self.points.firsts

    @property
    def lanes(self) -> int:
        """How many partial sums."""
        return min(LANES, len(self.T))


def shortlists(search: Search, block: Small, n_blocks: int, k: int) -> Shortlists:
    """Return the shortlists for blocks of training points, int32[n], BASE for the base."""
    limit = np.minimum(np.bincount(np.where(block < 0, n_blocks, block), minlength=n_blocks + 1), k)
    found: list[list[Small]] = [[] for _ in range(search.lanes)]

    def compiled(lane: int, part: slice, product: Matrix, norms: Matrix) -> None:
        from commonweal.utility.nearest import kernels

        lists = np.empty((len(product), int(limit.sum())), dtype=np.int32)
        size = np.empty(len(product), dtype=np.int64)
        kernels.shortlist(*search.kernel_arguments(product, norms), block, limit, k, lists, size)
        found[lane].extend(row[:length].copy() for row, length in zip(lists, size, strict=True))

    def plain(lane: int, part: slice, product: Matrix, norms: Matrix) -> None:
        ranked = search.ranked(product, norms)
        found[lane].extend(_shortlist(order, block, limit, k) for order in ranked)

    search.each_block(compiled if search.engine == "numba" else plain)
    rows = [row for lane in found for row in lane]
    offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    return Shortlists(offsets, np.concatenate(rows).astype(np.int32, copy=False))


def _shortlist(order: Ints, block: Small, limit: Ints, k: int) -> Small:
    """Keep the first `limit` points of each block, up to the base's k-th."""
    group = np.where(block < 0, len(limit) - 1, block)[order]
    by_group = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[by_group], np.arange(len(limit)))
    rank = np.empty(len(order), dtype=np.int64)
    rank[by_group] = np.arange(len(order)) - starts[group[by_group]]
    keep = rank < limit[group]
    ends = np.flatnonzero((group == len(limit) - 1) & (rank == k - 1))
    if len(ends):
        keep[ends[0] + 1 :] = False
    return order[keep].astype(np.int32)
