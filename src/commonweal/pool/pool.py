"""The Pool: works, who owns them, and how to read through them once more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from commonweal.counts import counted
from commonweal.errors import InputError
from commonweal.pool import accounts, choices, names, splits
from commonweal.pool.batch import Batch, Source, join
from commonweal.pool.checks import check_columns
from commonweal.pool.frames import FRAME, to_arrow
from commonweal.pool.origins import Held, Origin, count_blocks
from commonweal.pool.readers import find_files
from commonweal.pool.roles import Consent, Kind, Roles, check_consent, roles_of
from commonweal.pool.shape import Shape
from commonweal.pool.steps import Moved
from commonweal.pool.survey import Surveyed, check_policy, survey_files, survey_frame

OnBad = Literal["raise", "leave_out"]
BATCH = 65_536


@dataclass(frozen=True, eq=False, repr=False)
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
    splits : tuple of mapping
        How this pool was split off, one entry per split: by, size, seed, half, and the cut where by date.
    """

    roles: Roles
    owners: tuple[str, ...]
    blocks: tuple[tuple[int, ...], ...]
    works: NDArray[np.int64]
    consent: Consent = "all"
    left_out: Mapping[str, int] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    splits: tuple[Mapping[str, Any], ...] = ()
    _origin: Origin | None = None

    def __repr__(self) -> str:
        works, owners = counted(self.n_works, "work"), counted(len(self.owners), "owner")
        blocks = counted(len(self.blocks), "block")
        where = "in memory" if self.held else "in files"
        return f"<Pool ({self.kind}): {works} of {owners} in {blocks}, {where}>"

    @classmethod
    def read(
        cls,
        path: Any,
        *,
        consent: Consent = "all",
        owner_sep: str | None = None,
        on_bad: OnBad = "raise",
        hold: bool | None = None,
        **roles: Any,
    ) -> Pool:
        """Pool the works of a file, of a list of files, or of a folder of shards, after checking every row.

        Parameters
        ----------
        path : path or list of paths
            Parquet, CSV (also with semicolons, tabs or bars) or JSON Lines, each also `.gz`; a folder's
            shards are read in the order of their names. Columns that are not asked for are not read.
        consent : {"all", "any"}
            Whether a co-owned work needs all its owners, or any.
        owner_sep : str, optional
            Splits the owner column where it holds strings, as "A; B".
        on_bad : {"raise", "leave_out"}
            Refuse works that can't be used, or leave them out and count them in `left_out`.
        hold : bool, optional
            Whether the works stay in memory. None: while they are no more than 256 MiB; above that the files
            are read again on each pass, and memory does not grow with them.
        **roles
            `owner` (or `user`), `text`, `features`, `target`, `item`, `rating`, `date`, `keep`: see `Roles`.

        Raises
        ------
        InputError
            For anything that can't be used; it names the file, the row or column, and the mend.
        """
        check_consent(consent)
        check_policy(on_bad)
        shape = Shape(roles_of(**roles), owner_sep)
        return cls._of(survey_files(find_files(path), shape, on_bad=on_bad, hold=hold), consent)

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        consent: Consent = "all",
        owner_sep: str | None = None,
        on_bad: OnBad = "raise",
        **roles: Any,
    ) -> Pool:
        """Pool the rows of a pandas, polars or Arrow frame, a dict of columns, or record batches.

        Parameters and errors are those of `read`; the works stay in memory.
        """
        check_consent(consent)
        check_policy(on_bad)
        named = roles_of(**roles)
        table = to_arrow(frame, named.columns, lambda there: check_columns(named.columns, there, FRAME))
        return cls._of(survey_frame(table, Shape(named, owner_sep), on_bad=on_bad), consent)

    @classmethod
    def _of(cls, found: Surveyed, consent: Consent) -> Pool:
        return cls(
            found.shape.roles,
            found.owners,
            found.blocks,
            found.works,
            consent,
            dict(found.left_out),
            found.sources,
            _origin=found.origin,
        )

    @property
    def kind(self) -> Kind:
        """Text, table or ratings."""
        return self.roles.kind

    @property
    def n_works(self) -> int:
        """How many works."""
        return int(self.works.sum())

    @property
    def held(self) -> bool:
        """Whether the works are in memory; otherwise each pass reads the files."""
        return isinstance(self._origin, Held)

    @property
    def facts(self) -> dict[str, Any]:
        """What a receipt must name: counts, consent, files by hash, splits, what was left out."""
        return {
            "kind": self.kind,
            "owners": len(self.owners),
            "works": self.n_works,
            "blocks": len(self.blocks),
            "consent": self.consent,
            "left_out": dict(self.left_out),
            "sources": [{"path": s.path, "sha256": s.sha256, "bytes": s.bytes} for s in self.sources],
            "splits": [dict(split) for split in self.splits],
        }

    def batches(self, size: int = BATCH, *, columns: Sequence[str] | None = None) -> Iterator[Batch]:
        """Yield the works in reading order, at most `size` at a time; a folder of shards is never held whole.

        `columns` limits what is read and carried; without it a batch has every column with a role.
        """
        return self._works().batches(size, columns)

    def load(self) -> Batch:
        """Return all works at once (for tests and small pools)."""
        origin = self._works()
        if isinstance(origin, Held):
            return origin.batch
        batches = list(origin.batches(BATCH))
        return join(batches) if batches else _none(self.roles)

    def shards(self, pieces: int) -> Sequence[Pool]:
        """Return about `pieces` pools that together hold these works, same owners and blocks; picklable.

        Statistics that sum are mapped over shards and added up in this order. A pool over files is cut at row
        groups (Parquet), at pieces of some megabytes (CSV, JSON Lines) or at files (`.gz`); its shards carry
        paths, not works.
        """
        shards = self._works().shards(pieces, len(self.blocks))
        return [replace(self, works=works, _origin=origin) for origin, works in shards]

    def split(self, size: float = 0.2, *, by: str = "within", seed: int = 0) -> tuple[Pool, Pool]:
        """Return (train, test): whole works within blocks ("within"), "random", or the latest by "date".

        Parameters
        ----------
        size : float
            Share of the works held out, 0 to 1; by date the share nearest to it that ties allow.
        by : {"within", "random", "date"}
            "within" holds out one work in every 1/size of each block, never the only one and never all.
        seed : int
            Which works; by date it has no effect.

        Raises
        ------
        InputError
            For a size or rule that can't be, or when either half would be empty.
        """
        splits.check_split(size, by, self.roles.date)
        rule, facts = choices.rule_for(self, size, by, seed)
        train, test = self._works().halves(rule, len(self.blocks))
        works = count_blocks(train.batches(BATCH, ()), len(self.blocks))
        return (
            self._half(train, works, {**facts, "half": "train"}),
            self._half(test, self.works - works, {**facts, "half": "test"}),
        )

    def blocks_of(self, coalitions: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which blocks each coalition may use: bool[k, m] → bool[k, len(blocks)]."""
        if all(len(b) == 1 for b in self.blocks):
            return coalitions[:, [b[0] for b in self.blocks]]
        out = np.empty((len(coalitions), len(self.blocks)), bool)
        for j, members in enumerate(self.blocks):
            inside = coalitions[:, list(members)]
            out[:, j] = inside.all(1) if self.consent == "all" else inside.any(1)
        return out

    def with_consent(self, consent: Consent) -> Pool:
        """Return this pool under another rule for co-owned works."""
        check_consent(consent)
        return replace(self, consent=consent)

    def only(self, owners: Iterable[str]) -> Pool:
        """Return the pool of these owners alone.

        Where consent is "all", a work stays if all its owners do; where "any", if one does, and it is theirs.
        What goes is counted in `left_out`.

        Raises
        ------
        InputError
            For a name that owns nothing here.
        """
        chosen = set(owners)
        missing = sorted(chosen - set(self.owners))
        if missing:
            check_columns(missing, self.owners, "the pool", "owner")
        return self._move(
            choices.restrict(self.owners, self.blocks, chosen, self.consent), "owner not chosen"
        )

    def exclude(self, owners: Iterable[str]) -> Pool:
        """Return the pool without these owners; see `only`."""
        gone = set(owners)
        missing = sorted(gone - set(self.owners))
        if missing:
            check_columns(missing, self.owners, "the pool", "owner")
        return self.only(set(self.owners) - gone)

    def sample_owners(self, n: int, *, seed: int = 0) -> Pool:
        """Return the pool of `n` owners drawn at random."""
        if not 0 < n <= len(self.owners):
            raise InputError(
                f"{n} of {counted(len(self.owners), 'owner')} can't be drawn",
                mend="choose a number in between",
            )
        return self.only(np.random.default_rng(seed).choice(self.owners, n, replace=False).tolist())

    def rename(self, new_names: Mapping[str, str]) -> Pool:
        """Return the pool with owners renamed: two names given one new name become one owner.

        It mends what `name_warnings` finds split. Names that are not mentioned stay.

        Raises
        ------
        InputError
            For a name that owns nothing here.
        """
        missing = sorted(set(new_names) - set(self.owners))
        if missing:
            check_columns(missing, self.owners, "the pool", "owner")
        return self._move(choices.rename(self.owners, self.blocks, new_names), "owner not chosen")

    def groups(self, column: str, *, how: str = "any") -> dict[str, NDArray[np.bool_]]:
        """Return which owners have works with each value of a column: value → bool[m].

        Parameters
        ----------
        column : str
            A column with a role, mostly one of `keep`. A list counts as each of its items; nulls and blanks
            as no value.
        how : {"any", "most", "all"}
            An owner belongs to each value some work of theirs has; to the one most of them have (more than
            half of those with a value); or to one that all of them have.
        """
        check_columns([column], self.roles.columns, "the pool")
        return accounts.groups(self, column, how)

    def owner_table(self) -> pa.Table:
        """Return one row per owner: owner, works, size, co_owned, and where there are dates first and last.

        `size` counts words (split at white space) of a text pool, rows of a table, ratings. A co-owned work
        counts in full for each of its owners.
        """
        return accounts.owner_table(self)

    def name_warnings(self) -> list[names.NameWarning]:
        """Return likely splits (several names, one person) and likely merges (one name, several people)."""
        return names.name_warnings(self.owners, accounts.active_years(self) if self.roles.date else None)

    def _works(self) -> Origin:
        assert self._origin is not None
        return self._origin

    def _half(self, origin: Origin, works: NDArray[np.int64], facts: Mapping[str, Any]) -> Pool:
        if not works.any():
            several = int((self.works > 1).sum())
            raise InputError(
                f"the {facts['half']} would be empty: {counted(self.n_works, 'work')} in "
                f"{counted(len(self.blocks), 'block')}, {several:,} of them with more than one",
                mend='choose another size or seed, split by="random" or by="date", or pool more works',
            )
        return replace(self, works=works, splits=(*self.splits, facts), _origin=origin)

    def _move(self, move: choices.Move, reason: str) -> Pool:
        to = move.to
        works = np.bincount(to[to >= 0], self.works[to >= 0], minlength=len(move.blocks)).astype(np.int64)
        gone = int(self.works[to < 0].sum())
        left_out = {**self.left_out, **({reason: self.left_out.get(reason, 0) + gone} if gone else {})}
        origin = self._works().then(Moved(to), len(self.blocks))
        return replace(
            self, owners=move.owners, blocks=move.blocks, works=works, left_out=left_out, _origin=origin
        )


def _none(roles: Roles) -> Batch:
    nothing = np.zeros(0, np.int64)
    return Batch(nothing, nothing, pa.table({name: pa.nulls(0) for name in roles.columns}), roles)
