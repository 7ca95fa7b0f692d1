"""Choosing works while they stream by: each step sees a batch and says which works stay, and in which block.

A step knows the rank of a work in its block and its number, never the other works, so that it does the same
in memory, over files, in shards and in batches of any size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from commonweal.pool.batch import Batch

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Step(Protocol):
    """A choice among works; picklable."""

    def __call__(self, batch: Batch, rank: Ints, /) -> tuple[Bools, Ints]:
        """Return which works stay, bool[n], and the block of each from here on, int64[n]."""


@dataclass(frozen=True)
class HeldOut:
    """One half of a split.

    Parameters
    ----------
    rule : callable
        From a batch and the ranks in their blocks to which works are held out: bool[n].
    test : bool
        Whether this half is the test.
    """

    rule: Rule
    test: bool

    def __call__(self, batch: Batch, rank: Ints, /) -> tuple[Bools, Ints]:
        """Keep the works of this half."""
        out = self.rule(batch, rank)
        return (out if self.test else ~out), batch.block


class Rule(Protocol):
    """Which works of a batch are held out."""

    def __call__(self, batch: Batch, rank: Ints, /) -> Bools:
        """Return which works are held out."""

    @property
    def column(self) -> str | None:
        """The column it reads, if any."""


@dataclass(frozen=True)
class Moved:
    """Works go to other blocks, or out (block -1): a choice of owners.

    Parameters
    ----------
    to : int64[blocks before]
        New block of each block.
    """

    to: Ints

    def __call__(self, batch: Batch, rank: Ints, /) -> tuple[Bools, Ints]:
        """Keep the works whose block goes on."""
        block = self.to[batch.block]
        return block >= 0, block


@dataclass(frozen=True)
class Chain:
    """Steps in order, with the works of each block that each step has seen before the first batch.

    Parameters
    ----------
    steps : tuple of Step
        Applied in order.
    seen : tuple of int64[blocks]
        For each step, the rank of the next work of each block.
    """

    steps: tuple[Step, ...] = ()
    seen: tuple[Ints, ...] = ()

    def then(self, step: Step, n_blocks: int) -> Chain:
        """Return this chain with one more step, which sees `n_blocks` blocks."""
        return Chain((*self.steps, step), (*self.seen, np.zeros(n_blocks, np.int64)))

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the steps read."""
        rules = (getattr(step, "rule", None) for step in self.steps)
        return tuple(rule.column for rule in rules if rule is not None and rule.column)

    def run(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """Yield what the steps leave of each batch."""
        counts = [seen.copy() for seen in self.seen]
        for batch in batches:
            left = self._apply(batch, counts)
            if len(left):
                yield left

    def starts(self, pieces: Iterable[Iterable[Batch]], n_blocks: int) -> Iterator[tuple[Chain, Ints]]:
        """Yield, for each piece of the works in order, its chain and the works it leaves in each block."""
        counts = [seen.copy() for seen in self.seen]
        for piece in pieces:
            chain = replace(self, seen=tuple(count.copy() for count in counts))
            works = np.zeros(n_blocks, np.int64)
            for batch in piece:
                left = self._apply(batch, counts)
                works += np.bincount(left.block, minlength=n_blocks)
            yield chain, works

    def _apply(self, batch: Batch, counts: Sequence[Ints]) -> Batch:
        for step, count in zip(self.steps, counts, strict=True):
            mask, block = step(batch, ranks(batch.block, count))
            batch = batch.where(mask, block)
        return batch


def ranks(block: Ints, seen: Ints) -> Ints:
    """Return the rank of each work in its block, from 0, and count the works into `seen`."""
    short = block.astype(np.uint16) if len(seen) <= 2**16 else block  # numpy sorts those by radix
    order = np.argsort(short, kind="stable")
    ordered = block[order]
    first = np.flatnonzero(np.diff(ordered, prepend=-1))
    lengths = np.diff(first, append=len(ordered))
    within = np.arange(len(ordered)) - np.repeat(first, lengths)
    rank = np.empty(len(block), np.int64)
    rank[order] = within + seen[ordered]
    seen[ordered[first]] += lengths
    return rank
