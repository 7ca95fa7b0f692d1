"""Which works are held out for the test, decided work by work from keyed hashes.

Within blocks: stratified sampling. The works of a block, in reading order, are cut into cells of
c = floor(1 / size), and from each one is drawn by a uniform keyed by (seed, block, cell); where c * size < 1
some give none, spread evenly from a keyed start. Each work is held out with probability `size`, and the
number held out is within two of size times the block's works. Above a half the rule chooses who stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from commonweal.errors import InputError
from commonweal.pool.batch import Batch
from commonweal.pool.columns import WHEN
from commonweal.pool.steps import Bools, Ints

KINDS = ("within", "random", "date")
BINS = 65_536


def uniforms(seed: int, *keys: Any) -> NDArray[np.float64]:
    """Return a uniform in [0, 1) for each row of the keys (integers): splitmix64, folded key by key.

    Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
    """
    state = _mix(np.asarray(seed & (2**64 - 1), np.uint64))
    for key in keys:
        state = _mix(state ^ _mix(np.asarray(key).astype(np.uint64)))
    return np.asarray((state >> np.uint64(11)).astype(np.float64) * 2.0**-53)


def _mix(state: Any) -> Any:
    with np.errstate(over="ignore"):
        z = state + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


@dataclass(frozen=True)
class Within:
    """Hold out works within each block; never the only one, never all.

    Parameters
    ----------
    size : float
        Share held out.
    seed : int
        Another seed holds out other works.
    works : int64[blocks]
        Works in each block.
    spared : int64[blocks]
        Rank that is never held out, -1 where the rule leaves others anyway.
    """

    size: float
    seed: int
    works: Ints
    spared: Ints
    column: str | None = None

    def __call__(self, batch: Batch, rank: Ints, /) -> Bools:
        """Return which works are held out."""
        chosen = _stratified(self.size, self.seed, batch.block, rank)
        several = self.works[batch.block] > 1
        held_out: Bools = chosen & several & (rank != self.spared[batch.block])
        return held_out


@dataclass(frozen=True)
class AtRandom:
    """Hold out each work by itself, by a hash of its number."""

    size: float
    seed: int
    column: str | None = None

    def __call__(self, batch: Batch, rank: Ints, /) -> Bools:
        """Return which works are held out."""
        return uniforms(self.seed, batch.number) < self.size


@dataclass(frozen=True)
class Latest:
    """Hold out the works dated `cut` or later."""

    column: str
    cut: int

    def __call__(self, batch: Batch, rank: Ints, /) -> Bools:
        """Return which works are held out."""
        return np.asarray(moments(batch.column(self.column)) >= self.cut)


def within(size: float, seed: int, works: Ints) -> Within:
    """Return the rule that holds out works within blocks of these numbers of works."""
    return Within(size, seed, works, _spared(size, seed, works))


def latest(size: float, column: str, dates: Callable[[], Iterator[Ints]]) -> Latest:
    """Return the rule that holds out the latest works: the share nearest to `size` that ties allow.

    Parameters
    ----------
    dates : callable
        Starts a new pass over the dates (int64, as `moments` gives them).

    Raises
    ------
    InputError
        When all works have one date.
    """
    low, high, total = _range(dates())
    rank = min(total - 1, max(0, round((1 - size) * total)))
    at, before, here = _quantile(dates, low, high, rank)
    cuts = [(abs((total - held) / total - size), cut) for cut, held in ((at, before), (at + 1, before + here))
            if 0 < held < total]  # fmt: skip
    if not cuts:
        raise InputError("all works have the same date", mend='split by "within" or "random"')
    return Latest(column, min(cuts)[1])


def moments(column: Any) -> Ints:
    """Return dates as int64: microseconds since 1970 for timestamps, the numbers themselves otherwise."""
    return np.asarray(column.cast(pa.int64()).to_numpy(), dtype=np.int64)


def as_date(moment: int, kind: pa.DataType) -> str:
    """Return a moment as people write it."""
    if not pa.types.is_timestamp(kind):
        return str(moment)
    text: str = pa.scalar(moment, WHEN).as_py().isoformat()
    return text.removesuffix("T00:00:00")


def years(column: Any) -> Ints:
    """Return the year of each date; -9999 where whole numbers are no years."""
    if pa.types.is_timestamp(column.type):
        return np.asarray(pc.year(column).to_numpy(), dtype=np.int64)
    numbers = moments(column)
    return np.where(np.abs(numbers) < 3000, numbers, -9999)


def check_split(size: float, by: str, date: str | None) -> None:
    """Raise InputError for a split that can't be made."""
    if by not in KINDS:
        raise InputError(f"no split by {by!r}", mend=f"choose one of {', '.join(KINDS)}")
    if not 0 < size < 1:
        raise InputError(f"a test of size {size}", mend="choose a share between 0 and 1, as .2")
    if by == "date" and date is None:
        raise InputError(
            "a split by date needs a date column", mend="name it with date= when the pool is read"
        )


def _stratified(size: float, seed: int, block: Ints, rank: Ints) -> Bools:
    """Return which ranks are held out in blocks of any length."""
    if size > 0.5:
        return ~_drawn(1 - size, seed, block, rank)
    return _drawn(size, seed, block, rank)


def _drawn(share: float, seed: int, block: Ints, rank: Ints) -> Bools:
    cell_size = _cell_size(share)
    cell, place = np.divmod(rank, cell_size)
    rate = cell_size * share  # at most one work per cell
    gives = np.ones(len(rank), bool)
    if rate < 1:
        start = uniforms(seed, block, np.full(len(block), -1))
        gives = np.floor((cell + 1) * rate + start) > np.floor(cell * rate + start)
    drawn = np.floor(uniforms(seed, block, cell) * cell_size).astype(np.int64)
    return np.asarray(gives & (place == drawn), dtype=bool)


def _cell_size(share: float) -> int:
    return max(2, int(1 / share + 1e-9))


def _spared(size: float, seed: int, works: Ints) -> Ints:
    """Return the rank to spare in blocks whose works would all be held out (only above a size of a half)."""
    spared = np.full(len(works), -1, np.int64)
    if size <= 0.5:
        return spared  # one of a cell of two or more
    small = np.flatnonzero((works > 1) & (works <= 2 * _cell_size(1 - size)))  # one in two cells stays
    block = np.repeat(small, works[small])
    rank = np.arange(len(block)) - np.repeat(np.cumsum(works[small]) - works[small], works[small])
    kept = np.zeros(len(works), np.int64)
    np.add.at(kept, block, ~_stratified(size, seed, block, rank))
    full = small[kept[small] == 0]
    spared[full] = (uniforms(seed, full, np.full(len(full), -2)) * works[full]).astype(np.int64)
    return spared


def _range(dates: Iterator[Ints]) -> tuple[int, int, int]:
    low, high, total = 2**63 - 1, -(2**63), 0
    for part in dates:
        low, high, total = min(low, int(part.min())), max(high, int(part.max())), total + len(part)
    return low, high, total


def _quantile(dates: Callable[[], Iterator[Ints]], low: int, high: int, rank: int) -> tuple[int, int, int]:
    """Return (the date of this rank, works before it, works on it), by histograms that close in on it."""
    before = 0
    while True:
        width = max(1, -(-(high - low + 1) // BINS))
        counts = np.zeros(BINS, np.int64)
        for part in dates():
            inside = part[(part >= low) & (part <= high)]
            counts += np.bincount((inside - low) // width, minlength=BINS)
        bin_ = int(np.searchsorted(before + np.cumsum(counts), rank, side="right"))
        before += int(counts[:bin_].sum())
        low, high = low + bin_ * width, min(high, low + (bin_ + 1) * width - 1)
        if width == 1:
            return low, before, int(counts[bin_])
