"""Disputes on items: who doubts a verdict, why, and what became of it. JSON Lines; lines are only added.

A disputed item is undecided until each dispute on it is decided. The reason is published with the snapshot.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Literal

import msgspec

from commonweal.commons import lines
from commonweal.commons.judge import Judgement
from commonweal.commons.rules import Verdict
from commonweal.errors import InputError

NAME = "disputes.jsonl"
"""Name of the record where none is given; it stands beside the rules."""

Outcome = Literal["stands", "commons", "not", "withdrawn"]
_RULED = ("commons", "not")
_OPAQUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")


class Opened(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="opened", tag_field="line"):
    """A dispute.

    Parameters
    ----------
    item : str
    by : str
        Who opened it: an opaque mark, such as a member's number; no name and no address.
    why : str
        Published.
    on : date
    """

    item: str
    by: str
    why: str
    on: date

    def __post_init__(self) -> None:
        if not _OPAQUE.fullmatch(self.by):
            raise ValueError("`by` is an opaque mark of letters and digits: no name, no address")
        if not self.item or not self.why.strip():
            raise ValueError("a dispute names the item, and why")


class Decided(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="decided", tag_field="line"):
    """What became of a dispute.

    Parameters
    ----------
    n : int
        Its number, from 1.
    outcome : str
        commons or not; stands (the verdict is as it was before), or withdrawn (by who opened it).
    how : str
        By whom and how: a decision's id, or words.
    on : date
    """

    n: int
    outcome: Outcome
    how: str
    on: date

    def __post_init__(self) -> None:
        if not self.how.strip():
            raise ValueError("how it was decided is not said")


class Dispute(msgspec.Struct, frozen=True):
    """A dispute and how it stands.

    Parameters
    ----------
    n : int
    item, by, why, on
        As in `Opened`.
    decided : Decided, optional
        None while it is open.
    """

    n: int
    item: str
    by: str
    why: str
    on: date
    decided: Decided | None = None


def read(path: str | Path) -> tuple[Dispute, ...]:
    """Return the disputes of a record as they stand; none where there is no file.

    Raises
    ------
    InputError
        If a line can't be read; names it.
    """
    found: list[Dispute] = []
    for where, value in lines.read_lines(path):
        _take(found, lines.convert(value, Opened | Decided, where), where)
    return tuple(found)


def open_(path: str | Path, *, item: str, by: str, why: str, on: date) -> Dispute:
    """Open a dispute on an item and return it; InputError where it can't stand in the record."""
    return _append(path, lambda: Opened(item, by, why, on))


def decide(path: str | Path, n: int, *, outcome: Outcome, how: str, on: date) -> Dispute:
    """Note what became of a dispute and return it; InputError where there is none, or it was decided."""
    return _append(path, lambda: Decided(n, outcome, how, on))


def by_item(disputes: tuple[Dispute, ...]) -> dict[str, tuple[Dispute, ...]]:
    """Return the disputes on each item, in their order."""
    found: dict[str, tuple[Dispute, ...]] = {}
    for dispute in disputes:
        found[dispute.item] = (*found.get(dispute.item, ()), dispute)
    return found


def settle(judgement: Judgement, disputes: tuple[Dispute, ...]) -> Judgement:
    """Return what holds of an item on which there are disputes.

    While one is open the item is undecided; else the last outcome that is a verdict holds, else the rules.
    """
    waiting = [d for d in disputes if d.decided is None]
    if waiting:
        cited = ", ".join(str(d.n) for d in waiting)
        return Judgement(Verdict.UNDECIDED, judgement.rules, f"disputed (dispute {cited})")
    ruled = [(d.decided.on, d.n, d.decided) for d in disputes if d.decided and d.decided.outcome in _RULED]
    if not ruled:
        return judgement
    _, n, last = max(ruled, key=lambda one: one[:2])
    return Judgement(Verdict(last.outcome), (f"dispute-{n}",), f"decided on a dispute: {last.how}")


def _append(path: str | Path, line: Callable[[], Opened | Decided]) -> Dispute:
    def make() -> tuple[Dispute, dict[str, Any]]:
        found = list(read(path))
        try:
            said = line()
        except ValueError as error:
            raise InputError(str(error), mend="see docs/how-it-works/commons.md") from None
        n = _take(found, said, str(path))
        return found[n - 1], msgspec.to_builtins(said)

    return lines.append(path, make)


def _take(found: list[Dispute], said: Opened | Decided, where: str) -> int:
    """Add what a line says, and return the number of the dispute."""
    if isinstance(said, Opened):
        found.append(Dispute(len(found) + 1, said.item, said.by, said.why, said.on))
        return len(found)
    if not 1 <= said.n <= len(found):
        raise InputError(f"there is no dispute {said.n}", mend="`commons dispute list` has them", where=where)
    before = found[said.n - 1]
    if before.decided:
        raise InputError(f"dispute {said.n} was decided", mend="open another on the item", where=where)
    if said.on < before.on:
        raise InputError(f"dispute {said.n} was opened later", mend="check the date", where=where)
    found[said.n - 1] = msgspec.structs.replace(before, decided=said)
    return said.n
