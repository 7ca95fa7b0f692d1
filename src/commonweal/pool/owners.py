"""From an owner column to sets of owners: the column in one form, and one key per distinct set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from commonweal.pool.columns import WrongTypeError, is_list, is_text

Key = tuple[str, ...]
NOBODY = "(no owner)"


def owner_column(column: pa.ChunkedArray, separator: str | None = None) -> pa.Array:
    """Return owners as string or list<string>; numbers become their digits, NaN becomes null.

    With a `separator`, strings are split at it, each part stripped, empty parts dropped.

    Raises
    ------
    WrongTypeError
        Where the column holds neither names nor numbers, nor lists of them.
    """
    array = _one(column)
    if is_list(array.type):
        flat = array.flatten()
        lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
        offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), _names(flat))
    names = _names(array)
    if separator is None:
        return names
    return pa.array([_parts(name, separator) for name in names.to_pylist()], pa.list_(pa.string()))


def owner_codes(table: pa.Table, owner: str) -> tuple[list[Key], NDArray[np.int64]]:
    """Return `key_codes` of a table's owner column, or one owner for all where there is no such column."""
    if not owner:
        return [(NOBODY,)], np.zeros(table.num_rows, np.int64)
    return key_codes(_one(table.column(owner)))


def key_codes(owners: pa.Array) -> tuple[list[Key], NDArray[np.int64]]:
    """Return the distinct owner sets of a column in this one form, and each row's index into them.

    The index is -1 where a row has no owner, a blank one, or a list with a blank one in it.
    """
    if is_list(owners.type):
        return _list_codes(owners)
    encoded = owners.dictionary_encode()
    names = encoded.dictionary.to_pylist()
    codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    good = np.array([bool(name.strip()) for name in names] + [False])
    codes[~good[codes]] = -1
    return [(name,) for name in names], codes


def _list_codes(owners: pa.ListArray) -> tuple[list[Key], NDArray[np.int64]]:
    encoded = owners.flatten().dictionary_encode()
    names: list[str] = encoded.dictionary.to_pylist()
    good = np.array([bool(name.strip()) for name in names] + [False])
    parts = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    lengths = pc.list_value_length(owners).to_numpy(zero_copy_only=False)
    starts = np.concatenate(([0], np.cumsum(lengths)))[:-1]
    codes = np.full(len(owners), -1, np.int64)
    alone = np.flatnonzero(lengths == 1)
    codes[alone] = np.where(good[parts[starts[alone]]], parts[starts[alone]], -1)
    keys: list[Key] = [(name,) for name in names]
    at = {key: code for code, key in enumerate(keys)}
    for row in np.flatnonzero(lengths > 1).tolist():
        inside = parts[starts[row] : starts[row] + lengths[row]]
        if good[inside].all():
            key = tuple(sorted({names[i] for i in inside.tolist()}))
            code = at.setdefault(key, len(keys))
            if code == len(keys):
                keys.append(key)
            codes[row] = code
    return keys, codes


def block_table(
    keys: Sequence[Key],
) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...], NDArray[np.int64]]:
    """Return (owners, blocks, place): sorted names, sorted blocks of indices, and each key's block."""
    owners = tuple(sorted({name for key in keys for name in key}))
    index = {name: i for i, name in enumerate(owners)}
    members = [tuple(index[name] for name in key) for key in keys]  # sorted, as key and owners are
    blocks = tuple(sorted(set(members)))
    at = {block: b for b, block in enumerate(blocks)}
    return owners, blocks, np.array([at[block] for block in members], dtype=np.int64)


def _one(column: Any) -> pa.Array:
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
        if isinstance(column, pa.ChunkedArray):
            column = pa.concat_arrays(column.chunks)
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _names(array: pa.Array) -> pa.Array:
    kind = array.type
    if pa.types.is_dictionary(kind):
        return _names(array.dictionary_decode())
    if is_text(kind) or pa.types.is_null(kind):
        return array.cast(pa.string())
    if pa.types.is_floating(kind):
        array = pc.if_else(pc.is_nan(array), None, array)
        whole = pc.all(pc.fill_null(pc.equal(pc.floor(array), array), True)).as_py()
        return (array.cast(pa.int64(), safe=False) if whole else array).cast(pa.string())
    if pa.types.is_integer(kind):
        return array.cast(pa.string())
    raise WrongTypeError(str(kind), "names or numbers, one or a list in each row")


def _parts(name: str | None, separator: str) -> list[str] | None:
    return None if name is None else [part.strip() for part in name.split(separator) if part.strip()]
