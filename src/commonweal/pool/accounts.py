"""What a pool's owners have: works, words, dates, values of a column; counted in one pass, by block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from commonweal.errors import InputError
from commonweal.pool.batch import Batch
from commonweal.pool.columns import is_list
from commonweal.pool.splits import as_date, moments, years

if TYPE_CHECKING:
    from commonweal.pool.pool import Pool

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
HOWS = ("any", "most", "all")


def owner_table(pool: Pool) -> pa.Table:
    """Return works, size, co-owned works and dates of each owner; see `Pool.owner_table`."""
    roles, n = pool.roles, len(pool.blocks)
    size = np.zeros(n, np.int64)
    first = np.full(n, np.iinfo(np.int64).max)
    last = np.full(n, np.iinfo(np.int64).min)
    kind = pa.int64()
    for batch in pool.batches(columns=tuple(c for c in (roles.text, roles.date) if c)):
        np.add.at(size, batch.block, _words(batch.column(roles.text)) if roles.text else 1)
        if roles.date:
            kind = batch.column(roles.date).type
            when = moments(batch.column(roles.date))
            np.minimum.at(first, batch.block, when)
            np.maximum.at(last, batch.block, when)
    place, owner = _members(pool)
    columns: dict[str, Any] = {
        "owner": list(pool.owners),
        "works": _sum(owner, pool.works[place], pool),
        "size": _sum(owner, size[place], pool),
        "co_owned": _sum(owner, np.where(_together(pool)[place], pool.works[place], 0), pool),
    }
    if roles.date:
        ends = [
            np.full(len(pool.owners), first.max() if len(first) else 0),
            np.full(len(pool.owners), last.min()),
        ]
        np.minimum.at(ends[0], owner, first[place])
        np.maximum.at(ends[1], owner, last[place])
        has = columns["works"] > 0
        for name, values in zip(("first", "last"), ends, strict=True):
            columns[name] = [as_date(int(v), kind) if h else None for v, h in zip(values, has, strict=True)]
    return pa.table(columns)


def active_years(pool: Pool) -> dict[str, Ints]:
    """Return the years in which each owner has works, sorted; those without a readable year are absent."""
    column = pool.roles.date
    pairs: set[tuple[int, int]] = set()
    for batch in pool.batches(columns=(str(column),)):
        both = np.stack([batch.block, years(batch.column(column))], axis=1)
        pairs.update(map(tuple, np.unique(both, axis=0).tolist()))
    found: dict[int, set[int]] = {}
    for block, year in pairs:
        for i in pool.blocks[block] if year != -9999 else ():
            found.setdefault(i, set()).add(year)
    return {pool.owners[i]: np.array(sorted(v), np.int64) for i, v in found.items()}


def groups(pool: Pool, column: str, how: str) -> dict[str, Bools]:
    """Return which owners have each value of a column; see `Pool.groups`."""
    if how not in HOWS:
        raise InputError(f"no groups by {how!r}", mend=f"choose one of {', '.join(HOWS)}")
    works: dict[str, dict[int, int]] = {}
    with_value = np.zeros(len(pool.owners), np.int64)
    for batch in pool.batches(columns=(column,)):
        blocks = np.zeros(len(pool.blocks), np.int64)
        for block, value in _values(batch, column, blocks):
            for i in pool.blocks[block]:
                counts = works.setdefault(value, {})
                counts[i] = counts.get(i, 0) + 1
        place, owner = _members(pool)
        with_value += _sum(owner, blocks[place], pool)
    least = {"any": 0 * with_value, "most": with_value / 2, "all": with_value - 1}[how]
    out = {}
    for value in sorted(works):
        count = np.zeros(len(pool.owners), np.int64)
        count[list(works[value])] = list(works[value].values())
        out[value] = count > np.maximum(0, least)
    return out


def _values(batch: Batch, column: str, blocks: Ints) -> Iterator[tuple[int, str]]:
    """Yield (block, value) of each work with a value, and count those works into `blocks`."""
    values = batch.column(column)
    if is_list(values.type):
        for block, items in zip(batch.block.tolist(), values.to_pylist(), strict=True):
            own = {str(item) for item in items or () if item is not None and str(item).strip()}
            blocks[block] += bool(own)
            yield from ((block, value) for value in own)
    else:
        for block, value in zip(batch.block.tolist(), values.cast(pa.string()).to_pylist(), strict=True):
            if value is not None and value.strip():
                blocks[block] += 1
                yield block, value


def _words(column: Any) -> Ints:
    """Return the number of words between white space in each text."""
    counts = pc.list_value_length(pc.utf8_split_whitespace(pc.utf8_trim_whitespace(column)))
    return np.asarray(counts.to_numpy(), dtype=np.int64)


def _members(pool: Pool) -> tuple[Ints, Ints]:
    """Return (block, owner) of each membership."""
    lengths = np.array([len(block) for block in pool.blocks], np.int64)
    owner = np.fromiter((i for block in pool.blocks for i in block), np.int64, int(lengths.sum()))
    return np.repeat(np.arange(len(pool.blocks)), lengths), owner


def _together(pool: Pool) -> Bools:
    return np.array([len(block) > 1 for block in pool.blocks], bool)


def _sum(owner: Ints, values: Ints, pool: Pool) -> Ints:
    return np.bincount(owner, values, minlength=len(pool.owners)).astype(np.int64)
