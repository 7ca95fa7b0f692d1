"""What a work must have to be counted, and how a refusal reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from commonweal.errors import InputError
from commonweal.pool import columns as col
from commonweal.pool.roles import Roles

SHOWN = 5
MENDS = {
    "no owner": "give each work its owner",
    "an empty text": "take the empty works out",
    "no item": "name what was rated",
    "no label": "label the works",
    "no readable date": "write dates as ISO 8601 (2024-05-31) or years",
}
LEAVE_OUT = 'or leave such works out and have them counted with on_bad="leave_out"'


def check_columns(wanted: Sequence[str], there: Sequence[str], where: str, what: str = "column") -> None:
    """Raise InputError for the first wanted column (or owner) that is not there, with the near ones."""
    for name in wanted:
        if name not in there:
            near = get_close_matches(name, there, n=3) or [n for n in there if n.lower() == name.lower()]
            hint = f"did you mean {' or '.join(repr(n) for n in near)}? " if near else ""
            shown = ", ".join(map(str, there[:30])) + (
                f" and {len(there) - 30} more" if len(there) > 30 else ""
            )
            raise InputError(
                f"there is no {what} {name!r}", where=where, mend=f"{hint}{what}s there: {shown}"
            )


def faults(
    table: pa.Table, roles: Roles, codes: NDArray[np.int64]
) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Yield (what is missing, which rows) for a table in its final types; `codes` are -1 without owner."""
    yield "no owner", codes < 0
    if roles.text:
        yield "an empty text", col.blank(table.column(roles.text))
    for name in (*roles.features, *((roles.rating,) if roles.rating else ())):
        yield f"no finite number in column {name!r}", ~_finite(table.column(name))
    if roles.item:
        yield "no item", col.blank(table.column(roles.item))
    if roles.target:
        target = table.column(roles.target)
        if col.is_number(target.type):
            yield f"no finite number in column {roles.target!r}", ~_finite(target)
        else:
            yield "no label", col.absent(target)
    if roles.date:
        yield "no readable date", col.absent(table.column(roles.date))


@dataclass
class Faults:
    """Works that can't be used, by reason: how many, and where the first ones are."""

    counts: dict[str, int] = field(default_factory=dict)
    places: dict[str, list[str]] = field(default_factory=dict)

    def add(self, reason: str, rows: NDArray[np.int64], name: str, first: int, lines: Any) -> None:
        """Count the works at `rows` of a chunk whose first row is row `first` (from 0) of the file `name`."""
        self.counts[reason] = self.counts.get(reason, 0) + len(rows)
        places = self.places.setdefault(reason, [])
        some = rows[: SHOWN - len(places)].tolist()
        at = lines(some) if lines and some else []
        for i, row in enumerate(some):
            line = f" (line {at[i]})" if i < len(at) else ""
            places.append(f"{name} row {first + row + 1}{line}")

    def refuse(self) -> None:
        """Raise InputError when there is any."""
        if not self.counts:
            return
        parts = []
        for reason, count in self.counts.items():
            more = ", …" if count > len(self.places[reason]) else ""
            works = "1 work has" if count == 1 else f"{count:,} works have"
            parts.append(f"{works} {reason}: {', '.join(self.places[reason])}{more}")
        mends = [MENDS.get(reason, "write a number there") for reason in self.counts]
        raise InputError("; ".join(parts), mend="; ".join([*dict.fromkeys(mends), LEAVE_OUT]))


def _finite(column: Any) -> NDArray[np.bool_]:
    return np.isfinite(np.asarray(column.to_numpy(), dtype=np.float64))
