"""CSV of any length, a row at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import msgspec

from commonweal.intake.reader import Item
from commonweal.intake.records import Lost
from commonweal.intake.source import Member
from commonweal.intake.source.shape import header_of

LINE = 1 << 20
BEYOND = "beyond the header"
"""Where a row has more fields than the header has names, the key of those."""


def header(member: Member) -> frozenset[str]:
    """Return the names in the first line of a file; a single word counts as one."""
    if member.kind not in ("csv", "text"):
        return frozenset()
    return frozenset(header_of(member.head[:4_096].decode("utf-8", errors="replace")))


def rows(member: Member) -> Iterator[Item | Lost]:
    """Yield a file's rows as JSON objects by the names of its first line; empty fields are left out.

    A field longer than the `csv` module's bound (131,072 characters, as where a quote is never closed) is
    listed, and reading goes on after it.
    """
    number = 0
    with member.open() as stream, io.TextIOWrapper(stream, "utf-8-sig", errors="replace", newline="") as text:
        reader = csv.reader(iter(lambda: text.readline(LINE), ""))
        names: list[str] | None = None
        while True:
            where = f"{member.path}[{number}]"
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield Lost(where, "no CSV: a quote that is not closed, perhaps")
                continue
            if names is None:
                names = [name.strip() for name in fields]
            elif any(fields):
                number += 1
                row: dict[str, object] = {n: f for n, f in zip(names, fields, strict=False) if f}
                if any(fields[len(names) :]):
                    row[BEYOND] = fields[len(names) :]
                yield Item(where, msgspec.json.encode(row))
