"""The one type of each column, learned over all files before the rows are checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from commonweal.counts import agree, counted
from commonweal.errors import InputError
from commonweal.pool import columns as col
from commonweal.pool.owners import owner_column
from commonweal.pool.readers import File
from commonweal.pool.roles import Roles

MOSTLY = 0.9  # a column with this share of numbers is one of numbers, and the rest are mistakes


@dataclass(frozen=True)
class Shape:
    """How raw columns become those of the pool.

    Parameters
    ----------
    roles : Roles
        Which column plays which part.
    separator : str, optional
        Splits an owner column of strings.
    free : mapping
        Types of the target, date and kept columns.
    """

    roles: Roles
    separator: str | None = None
    free: Mapping[str, pa.DataType] = field(default_factory=dict)

    def cast(
        self, table: pa.Table, where: str, *, written: bool, only: Sequence[str] | None = None
    ) -> pa.Table:
        """Return the columns of `only` (default all) in their types; InputError for a type of no use."""
        names = self.roles.columns if only is None else only
        return pa.table({name: self._column(table, name, where, written) for name in names})

    def _column(self, table: pa.Table, name: str, where: str, written: bool) -> Any:
        column = table.column(name)
        try:
            if name == self.roles.owner:
                return owner_column(column, self.separator)
            return self._part(name, col.plain(column), written)
        except col.WrongTypeError as error:
            raise InputError(
                f"column {name!r} holds {error.found}, not {error.wanted}",
                where=where,
                mend="name another column, or convert this one",
            ) from None

    def _part(self, name: str, column: Any, written: bool) -> Any:
        roles = self.roles
        if name == roles.text:
            return col.text_column(column)
        if name == roles.item:
            return col.name_column(column)
        if name == roles.rating or name in roles.features:
            return col.number_column(column, written=written)
        kind = self.free.get(name, column.type)
        if name == roles.date:
            as_count = written and pa.types.is_integer(kind)
            return col.date_column(col.number_column(column, written=True) if as_count else column)
        if written and col.is_number(kind):
            numbers = col.number_column(column, written=True)
            return numbers if name == roles.target else col.as_type(numbers, kind)
        return col.as_type(column, kind)


def learn_shape(files: Iterable[File], roles: Roles, separator: str | None) -> Shape:
    """Return the shape of the columns of these files, reading only what has no fixed type.

    Raises
    ------
    InputError
        Where a target's type differs between files or rows.
    """
    learned = {name: _Learned(name, roles) for name in roles.free}
    for file in files if learned else ():
        reader = file.reader()
        for chunk in reader.chunks(roles.free):
            for name, one in learned.items():
                one.add(chunk.table.column(name), file.path, chunk.row, reader.written)
            if file.format == "parquet":
                break  # one schema per file
    return Shape(roles, separator, {name: one.type() for name, one in learned.items()})


def shape_of(table: pa.Table, roles: Roles, separator: str | None) -> Shape:
    """Return the shape of a frame's columns."""
    learned = {name: _Learned(name, roles) for name in roles.free}
    for name, one in learned.items():
        one.add(table.column(name), "the frame", 0, False)
    return Shape(roles, separator, {name: one.type() for name, one in learned.items()})


class _Learned:
    """The type of one free column, from what was seen of it."""

    def __init__(self, name: str, roles: Roles) -> None:
        self._name = name
        self._part = "target" if name == roles.target else "date" if name == roles.date else "keep"
        self._kind: pa.DataType = pa.null()
        self._whole = self._numbers = self._others = 0
        self._first: list[str] = []
        self._written = False

    def add(self, column: Any, path: str, row: int, written: bool) -> None:
        column = col.plain(column)
        self._written = written
        if not written:
            self._join(column.type, path)
            return
        whole, numbers, others = col.written_numbers(column)
        self._whole, self._numbers, self._others = (
            self._whole + whole, self._numbers + numbers, self._others + len(others),
        )  # fmt: skip
        self._first += [f"{path} row {row + r + 1}" for r in others[: 5 - len(self._first)].tolist()]

    def type(self) -> pa.DataType:
        if self._written:
            return self._written_type()
        return col.WHEN if self._part == "date" and pa.types.is_null(self._kind) else self._kind

    def _written_type(self) -> pa.DataType:
        if (
            self._others
            and self._part == "target"
            and self._numbers >= MOSTLY * (self._numbers + self._others)
        ):
            raise InputError(
                f"{counted(self._others, 'value')} of target {self._name!r} "
                f"{agree(self._others, 'is no number', 'are no numbers')}: {', '.join(self._first)}",
                mend="mend them, or write every label as text that is no number",
            )
        if self._others or not self._numbers:
            return col.WHEN if self._part == "date" else col.NAME
        return pa.int64() if self._whole == self._numbers else col.NUMBER

    def _join(self, kind: pa.DataType, path: str) -> None:
        before = self._kind
        if pa.types.is_null(kind) or kind.equals(before):
            return
        if pa.types.is_null(before):
            self._kind = self._simple(kind)
        elif col.is_number(kind) and col.is_number(before):
            same = pa.types.is_integer(kind) and pa.types.is_integer(before)
            self._kind = pa.int64() if same or self._part == "date" else col.NUMBER
        elif not self._simple(kind).equals(before):
            if self._part != "keep" or col.is_list(kind) or col.is_list(before):
                raise InputError(
                    f"column {self._name!r} holds {kind} where it held {before} before",
                    where=path,
                    mend="give the column one type in every row and shard",
                )
            self._kind = col.NAME

    def _simple(self, kind: pa.DataType) -> pa.DataType:
        if self._part == "date":
            return pa.int64() if col.is_number(kind) else col.WHEN
        if col.is_text(kind):
            return col.NAME
        if pa.types.is_integer(kind):
            return pa.int64()
        if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            return col.NUMBER
        if self._part == "target" and not (pa.types.is_boolean(kind) or pa.types.is_null(kind)):
            raise InputError(
                f"the target {self._name!r} holds {kind}",
                mend="name a column of numbers, labels, or true and false",
            )
        return kind
