"""What a pool's owners have: works, words, dates, values of a column; counted in one pass, by block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from commonweal.errors import InputError
from commonweal.pool.columns import blank, is_list
from commonweal.pool.splits import as_date, moments, years

if TYPE_CHECKING:
    from commonweal.pool.pool import Pool

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
HOWS = ("any", "most", "all")
LARGE = 2**20
MOST = 2**31  # bytes of the answer


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
    ids: dict[str, int] = {}
    pairs, counts = (
        np.zeros(0, np.int64),
        np.zeros(0, np.int64),
    )  # block and value in one number; works with them
    valued = np.zeros(len(pool.blocks), np.int64)
    for batch in pool.batches(LARGE, columns=(column,)):
        row, value = _values(batch.column(column), ids)
        valued += np.bincount(batch.block[np.unique(row)], minlength=len(pool.blocks))
        both = np.concatenate([pairs, batch.block[row] << 32 | value])
        weights = np.concatenate([counts, np.ones(len(row), np.int64)])
        pairs, where = np.unique(both, return_inverse=True)
        counts = np.bincount(where, weights, minlength=len(pairs)).astype(np.int64)
    place, owner = _members(pool)
    total = _sum(owner, valued[place], pool)
    least = {"any": 0 * total, "most": total / 2, "all": total - 1}[how]
    if len(ids) * len(pool.owners) > MOST:
        raise InputError(
            f"column {column!r} has {len(ids):,} values: too many to be groups",
            mend="choose a column with fewer values",
        )
    by_value = _by_value(pairs, len(ids))
    out = {}
    for name in sorted(ids):
        works = np.zeros(len(pool.blocks), np.int64)
        mine = by_value[ids[name]]
        works[pairs[mine] >> 32] = counts[mine]
        out[name] = _sum(owner, works[place], pool) > np.maximum(0, least)
    return out


def _values(column: Any, ids: dict[str, int]) -> tuple[Ints, Ints]:
    """Return (row, value) of each value of each row, once; new values get the next number in `ids`."""
    column = column.combine_chunks()
    flat, row = column, np.arange(len(column))
    if is_list(column.type):
        flat, row = column.flatten(), np.asarray(pc.list_parent_indices(column).to_numpy(), dtype=np.int64)
    names = flat.cast(pa.string())
    named = ~blank(names)
    encoded = names.filter(pa.array(named)).dictionary_encode()
    code = np.array([ids.setdefault(name, len(ids)) for name in encoded.dictionary.to_pylist()], np.int64)
    value = code[encoded.indices.to_numpy()] if len(code) else np.zeros(0, np.int64)
    once = np.unique(row[named] << 32 | value)
    return once >> 32, once & (2**32 - 1)


def _by_value(pairs: Ints, n_values: int) -> list[Ints]:
    """Return the places of the pairs of each value."""
    value = pairs & (2**32 - 1)
    order = np.argsort(value, kind="stable")
    return np.split(order, np.cumsum(np.bincount(value, minlength=n_values))[:-1])


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
