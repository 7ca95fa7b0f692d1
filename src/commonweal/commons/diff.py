"""What changed from one snapshot to another: what entered the commons, what left, and by which rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from heapq import merge
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

import msgspec

from commonweal.commons.rules import Verdict
from commonweal.commons.snapshot import open_snapshot, rows

Kind = Literal["entered", "left", "changed", "added", "removed"]
_COLUMNS = ["item", "verdict", "rule", "reason", "disputed"]


class State(msgspec.Struct, frozen=True):
    """What a snapshot says of an item."""

    verdict: str
    rule: str
    reason: str
    disputed: bool


class Change(msgspec.Struct, frozen=True):
    """A difference on one item.

    Parameters
    ----------
    item : str
    kind : str
        entered, left: the commons; changed: verdict, rule or dispute, the commons neither entered nor left;
        added, removed: an item that only one snapshot has, in the commons in neither.
    before, after : State, optional
        None where the snapshot has no such item.
    """

    item: str
    kind: Kind
    before: State | None
    after: State | None


class Diff:
    """Two snapshots, side by side.

    Parameters
    ----------
    old, new : path
        Folders of two snapshots.

    Attributes
    ----------
    before, after : Manifest
    counts : Counter of str
        Changes of each kind; complete once `changes` is exhausted.

    Raises
    ------
    InputError
        If one of them is no snapshot, or was altered.
    """

    def __init__(self, old: str | Path, new: str | Path) -> None:
        self.before, self._old = open_snapshot(old)
        self.after, self._new = open_snapshot(new)
        self.counts: Counter[str] = Counter()

    def changes(self) -> Iterator[Change]:
        """Yield the differences by identifier; both tables are read once, side by side."""
        self.counts.clear()
        for item, before, after in _pairs(rows(self._old, _COLUMNS), rows(self._new, _COLUMNS)):
            kind = _kind(before, after)
            if kind:
                self.counts[kind] += 1
                yield Change(item, kind, before, after)


def _pairs(
    old: Iterator[dict[str, Any]], new: Iterator[dict[str, Any]]
) -> Iterator[tuple[str, State | None, State | None]]:
    """Yield each identifier with what both say of it; both come sorted by it."""
    sides = merge(((row, 0) for row in old), ((row, 1) for row in new), key=lambda one: one[0]["item"])
    for item, same in groupby(sides, key=lambda one: one[0]["item"]):
        states: list[State | None] = [None, None]
        for row, side in same:
            states[side] = _state(row)
        yield item, states[0], states[1]


def _state(row: dict[str, Any]) -> State:
    return State(row["verdict"], row["rule"], row["reason"], row["disputed"])


def _kind(before: State | None, after: State | None) -> Kind | None:
    was = before is not None and before.verdict == Verdict.COMMONS
    now = after is not None and after.verdict == Verdict.COMMONS
    if was != now:
        return "entered" if now else "left"
    if before is None:
        return "added"
    if after is None:
        return "removed"
    same = (before.verdict, before.rule, before.disputed) == (after.verdict, after.rule, after.disputed)
    return None if same else "changed"
