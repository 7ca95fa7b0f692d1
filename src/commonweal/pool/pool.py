"""The Pool: works, who owns them, and how to read through them once more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Consent = Literal["all", "any"]
Kind = Literal["text", "table", "ratings"]


@dataclass(frozen=True)
class Roles:
    """Which column plays which part.

    Parameters
    ----------
    owner : str
        One owner, or a list of owners, per work. In a ratings pool the user.
    text, features, target, item, rating, date : str or sequence of str, optional
        Columns of a text pool (`text`, and `target` for a text classifier), of a table (`features`,
        `target`), of ratings (`item`, `rating`).
    keep : sequence of str
        Other columns to carry along: test slices, groups for strikes.
    """

    owner: str
    text: str | None = None
    features: tuple[str, ...] = ()
    target: str | None = None
    item: str | None = None
    rating: str | None = None
    date: str | None = None
    keep: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind:
        """Text, table or ratings."""
        return "ratings" if self.item else "text" if self.text else "table"


@dataclass(frozen=True)
class Source:
    """A file that was read: its path as given, its SHA-256 in hex, its size in bytes."""

    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Batch:
    """Some works in reading order.

    Attributes
    ----------
    number : int64[n]
        Number of each work in the pool as it was read, before any split (a work's identity).
    block : int64[n]
        Index into `pool.blocks` of each work.
    columns : pyarrow.Table
        The columns that have a role, under their own names.
    roles : Roles
        Which is which.
    """

    number: NDArray[np.int64]
    block: NDArray[np.int64]
    columns: pa.Table
    roles: Roles

    def __len__(self) -> int:
        return len(self.number)

    @property
    def text(self) -> list[str]:
        """Texts of the works."""
        return self.column(self.roles.text).to_pylist()

    @property
    def features(self) -> NDArray[np.float64]:
        """float64[n, d], C order."""
        names = self.roles.features
        out = np.empty((len(self), len(names)))
        for j, name in enumerate(names):
            out[:, j] = self.column(name).to_numpy()
        return out

    @property
    def target(self) -> NDArray[Any]:
        """float64[n] for numbers, object[n] of str for labels."""
        column = self.column(self.roles.target)
        if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
            return np.asarray(column.to_numpy(), dtype=np.float64)
        return np.asarray(column.cast(pa.string()).to_pylist(), dtype=object)

    @property
    def item(self) -> NDArray[Any]:
        """object[n] of str."""
        return np.asarray(self.column(self.roles.item).cast(pa.string()).to_pylist(), dtype=object)

    @property
    def rating(self) -> NDArray[np.float64]:
        """float64[n]."""
        return np.asarray(self.column(self.roles.rating).to_numpy(), dtype=np.float64)

    def column(self, name: str | None) -> pa.ChunkedArray:
        """Return a carried column by name."""
        if name is None:
            raise ValueError(f"a {self.roles.kind} pool has no such role")
        return self.columns.column(name)


@dataclass(frozen=True)
class Pool:
    """Works and their owners.

    Attributes
    ----------
    owners : tuple of str
        Names of the m owners, sorted. Both halves of a split keep all of them, so that coalitions
        mean the same on both.
    blocks : tuple of tuple of int
        Owner indices of each block: a block gathers the works with the same set of owners.
    works : int64[len(blocks)]
        Number of works in each block.
    consent : {"all", "any"}
        Whether a co-owned work needs all its owners in the coalition, or any.
    left_out : mapping
        Reason → number of works that were read and not kept.
    sources : tuple of Source
        Files the works came from; empty for frames.
    """

    roles: Roles
    owners: tuple[str, ...]
    blocks: tuple[tuple[int, ...], ...]
    works: NDArray[np.int64]
    consent: Consent = "all"
    left_out: Mapping[str, int] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    _held: Batch | None = None

    @classmethod
    def from_frame(cls, frame: Any, *, owner: str, consent: Consent = "all", **roles: Any) -> Pool:
        """Pool the rows of a pandas, polars or Arrow frame, or of a dict of columns."""
        table = frame if isinstance(frame, pa.Table) else pa.table(frame)
        named = Roles(owner=owner, **{k: tuple(v) if isinstance(v, list) else v for k, v in roles.items()})
        raw = table.column(owner).to_pylist()
        sets = [tuple(sorted({str(x) for x in v})) if isinstance(v, list) else (str(v),) for v in raw]
        owners = tuple(sorted({name for s in sets for name in s}))
        index = {name: i for i, name in enumerate(owners)}
        keys = sorted({tuple(index[n] for n in s) for s in sets})
        at = {key: b for b, key in enumerate(keys)}
        block = np.array([at[tuple(index[n] for n in s)] for s in sets], dtype=np.int64)
        batch = Batch(np.arange(table.num_rows), block, table, named)
        return cls(named, owners, tuple(keys), np.bincount(block, minlength=len(keys)), consent, _held=batch)

    @property
    def kind(self) -> Kind:
        """Text, table or ratings."""
        return self.roles.kind

    @property
    def n_works(self) -> int:
        """How many works."""
        return int(self.works.sum())

    def batches(self, size: int = 65_536) -> Iterator[Batch]:
        """Yield the works in reading order, at most `size` at a time; a folder of shards is never held whole."""
        held = self._held
        assert held is not None
        for start in range(0, len(held), size):
            rows = slice(start, start + size)
            yield Batch(held.number[rows], held.block[rows], held.columns.slice(start, size), held.roles)

    def load(self) -> Batch:
        """Return all works at once (for tests and small pools)."""
        assert self._held is not None
        return self._held

    def shards(self, pieces: int) -> Sequence[Pool]:
        """Return about `pieces` pools that together hold these works, same owners and blocks; picklable.

        Statistics that sum are mapped over shards and added up in this order.
        """
        held = self.load()
        cuts = np.linspace(0, len(held), max(1, pieces) + 1).astype(int)
        return [self._take(np.arange(a, b)) for a, b in zip(cuts[:-1], cuts[1:], strict=True) if b > a]

    def split(
        self, size: float = 0.2, *, by: str = "within", seed: int = 0
    ) -> tuple[Pool, Pool]:
        """Return (train, test): whole works within owners ("within"), "random", or the latest by "date"."""
        held = self.load()
        rng = np.random.default_rng(seed)
        test = np.zeros(len(held), bool)
        for b in range(len(self.blocks)):
            rows = np.flatnonzero(held.block == b)
            take = min(int(size * len(rows) + rng.random()), len(rows) - 1)
            test[rng.permutation(rows)[:take]] = True
        return self._take(np.flatnonzero(~test)), self._take(np.flatnonzero(test))

    def blocks_of(self, coalitions: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which blocks each coalition may use: bool[k, m] → bool[k, len(blocks)]."""
        if all(len(b) == 1 for b in self.blocks):
            return coalitions[:, [b[0] for b in self.blocks]]
        out = np.empty((len(coalitions), len(self.blocks)), bool)
        for j, members in enumerate(self.blocks):
            inside = coalitions[:, list(members)]
            out[:, j] = inside.all(1) if self.consent == "all" else inside.any(1)
        return out

    def _take(self, rows: NDArray[np.int64]) -> Pool:
        held = self.load()
        batch = Batch(held.number[rows], held.block[rows], held.columns.take(rows), held.roles)
        works = np.bincount(batch.block, minlength=len(self.blocks))
        return replace(self, works=works, _held=batch)
