"""Choices among the owners and works of a pool, as plain data: new blocks, and the rule of a split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from commonweal.errors import InputError
from commonweal.pool import splits
from commonweal.pool.owners import Key, block_table
from commonweal.pool.roles import Consent
from commonweal.pool.steps import Rule

if TYPE_CHECKING:
    from commonweal.pool.pool import Pool

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Move:
    """New owners and blocks, and where each block goes: int64[blocks before], -1 out."""

    owners: tuple[str, ...]
    blocks: tuple[tuple[int, ...], ...]
    to: Ints


def restrict(
    owners: Sequence[str], blocks: Sequence[Sequence[int]], chosen: set[str], consent: Consent
) -> Move:
    """Return the blocks of the chosen owners: whole ones where consent is "all", their part where "any"."""
    keys: list[Key | None] = []
    for block in blocks:
        key = tuple(owners[i] for i in block if owners[i] in chosen)
        keys.append(key if key and (consent == "any" or len(key) == len(block)) else None)
    return _move(keys)


def rename(owners: Sequence[str], blocks: Sequence[Sequence[int]], names: Mapping[str, str]) -> Move:
    """Return the blocks of owners under new names; names that become one are one owner."""
    return _move([tuple(sorted({names.get(owners[i], owners[i]) for i in block})) for block in blocks])


def rule_for(pool: Pool, size: float, by: str, seed: int) -> tuple[Rule, dict[str, Any]]:
    """Return the rule of a split, and what a receipt says of it."""
    facts: dict[str, Any] = {"by": by, "size": size, "seed": seed}
    if by == "within":
        return splits.within(size, seed, pool.works), facts
    if by == "random":
        return splits.AtRandom(size, seed), facts
    column = pool.roles.date
    assert column is not None  # check_split saw to it

    def dates() -> Iterator[Ints]:
        return (splits.moments(batch.column(column)) for batch in pool.batches(columns=(column,)))

    rule = splits.latest(size, column, dates)
    kind = next(pool.batches(1, columns=(column,))).column(column).type
    first = min(int(part[part >= rule.cut].min()) for part in dates() if (part >= rule.cut).any())
    return rule, {"by": by, "size": size, "cut": splits.as_date(first, kind)}


def _move(keys: Sequence[Key | None]) -> Move:
    stay = [key for key in keys if key is not None]
    if not stay:
        raise InputError(
            "no work is left", mend='choose owners who own works by themselves, or consent="any"'
        )
    owners, blocks, place = block_table(stay)
    to = np.full(len(keys), -1, np.int64)
    to[[key is not None for key in keys]] = place
    return Move(owners, blocks, to)
