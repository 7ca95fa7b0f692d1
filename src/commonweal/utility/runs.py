"""Runs: scores of coalitions that somebody trained elsewhere, real language models included.

What was not run is not invented: a coalition without a run is an error that names it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa

from commonweal.counts import agree, counted
from commonweal.errors import InputError
from commonweal.utility.base import Bools, Floats, Ints, Metric, as_coalitions

SCORE = Metric("score", plain="the score that the runs recorded")


class Runs:
    """A game known only where it was played.

    Parameters
    ----------
    table : pandas, polars or Arrow frame, or dict of columns
        One row per run: which owners were in, the score (higher is better), and perhaps the seed.
    owners : sequence of str, optional
        Columns that say for each owner whether they were in (true/false or 1/0). By default all columns
        of truth values; columns of ones and zeros must be named.
    coalition : str, optional
        Instead: a column that lists the owners who were in, as a list or as text with `sep` between. By
        default "coalition", if there is one. `owners` are then the players; by default all that are listed.
    score, seed : str
        Columns of the score and of the seed; a missing seed column is read as zeros.
    metric : Metric, optional
        What the score means.
    bounds : (float, float), optional
        Its least and greatest value.
    sep : str
        Between the owners of a coalition written as text.

    Raises
    ------
    InputError
        For a missing column, an owner that is no player, a score that is not finite.
    """

    def __init__(
        self,
        table: Any,
        *,
        owners: Sequence[str] | None = None,
        coalition: str | None = None,
        score: str = "score",
        seed: str = "seed",
        metric: Metric = SCORE,
        bounds: tuple[float, float] | None = None,
        sep: str = ";",
    ) -> None:
        frame = _arrow(table)
        listed = coalition or ("coalition" if "coalition" in frame.column_names else None)
        if listed is not None:
            self.owners, self._rows = _from_lists(_column(frame, listed), owners, sep)
        else:
            self.owners, self._rows = _from_columns(frame, owners, {score, seed})
        self._score = np.asarray(_column(frame, score).cast(pa.float64()).to_numpy(), dtype=np.float64)
        bad = np.flatnonzero(~np.isfinite(self._score))
        if len(bad):
            raise InputError(
                "a score is missing or not finite", where=f"run {bad[0]}", mend="leave the run out"
            )
        self._seed = np.zeros(len(self._rows), dtype=np.int64)
        if seed in frame.column_names:
            self._seed = np.asarray(frame.column(seed).cast(pa.int64()).to_numpy(), dtype=np.int64)
        self.metric, self.bounds = metric, bounds
        self._at: dict[bytes, list[int]] = {}
        for r, row in enumerate(self._rows):
            self._at.setdefault(_key(row), []).append(r)

    @classmethod
    def read(cls, path: str | Path, **options: Any) -> Self:
        """Read runs from CSV, JSON Lines or Parquet (CSV and JSON Lines also .gz); options as of the class.

        Raises
        ------
        InputError
            If there is no such file, its kind is unknown, or it can't be read.
        """
        return cls(_read(Path(path)), **options)

    @property
    def facts(self) -> Mapping[str, Any]:
        """How many runs, coalitions and seeds, and the noise between seeds."""
        return {
            "model": "recorded runs",
            "runs": len(self._rows),
            "coalitions": len(self._at),
            "seeds": len(set(self._seed.tolist())),
            "noise": self.noise(),
        }

    def evaluate(self, coalitions: Bools) -> Floats:
        """Return the mean score over the runs of each coalition, bool[k, m] → float64[k].

        Raises
        ------
        InputError
            For a coalition that was not run; `recorded()` tells which were.
        """
        rows = as_coalitions(coalitions, len(self.owners))
        missing = [row for row in rows if _key(row) not in self._at]
        if missing:
            first = self._name(missing[0])
            raise InputError(
                f"{len(missing):,} of {counted(len(rows), 'coalition')} {agree(len(missing), 'was', 'were')} "
                f"not run, for example {first}",
                mend="run them, or use a method that takes what is recorded",
            )
        return np.array([self._score[self._at[_key(row)]].mean() for row in rows], dtype=np.float64)

    def recorded(self) -> tuple[Bools, Floats, Ints]:
        """Return all runs: (coalitions bool[r, m], score float64[r], seed int64[r])."""
        return self._rows.copy(), self._score.copy(), self._seed.copy()

    def noise(self) -> float | None:
        """Return the pooled standard deviation between runs of one coalition; None if none was rerun."""
        repeated = [self._score[at] for at in self._at.values() if len(at) > 1]
        if not repeated:
            return None
        squares = sum(float(((s - s.mean()) ** 2).sum()) for s in repeated)
        return float(np.sqrt(squares / sum(len(s) - 1 for s in repeated)))

    def _name(self, row: Bools) -> str:
        names = [self.owners[i] for i in np.flatnonzero(row)]
        shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        return f"{{{shown}}}"


def _key(row: Bools) -> bytes:
    return np.packbits(row).tobytes()


def _arrow(table: Any) -> pa.Table:
    if isinstance(table, pa.Table):
        return table
    if isinstance(table, dict):
        return pa.table(table)
    if hasattr(table, "__arrow_c_stream__"):
        return pa.table(table)
    raise InputError(
        f"runs can't be read from a {type(table).__name__}", mend="give a frame, or use Runs.read"
    )


def _column(frame: pa.Table, name: str) -> pa.ChunkedArray:
    if name not in frame.column_names:
        raise InputError(f"there is no column {name!r}", mend=f"choose among {frame.column_names}")
    return frame.column(name)


def _from_columns(
    frame: pa.Table, owners: Sequence[str] | None, other: set[str]
) -> tuple[tuple[str, ...], Bools]:
    if owners is None:
        owners = [f.name for f in frame.schema if pa.types.is_boolean(f.type) and f.name not in other]
    if not owners:
        raise InputError(
            "no column says who was in", mend="name owners=[…] (true/false or 1/0), or coalition="
        )
    rows = np.zeros((frame.num_rows, len(owners)), bool)
    for j, name in enumerate(owners):
        values = _column(frame, name).to_pylist()
        wrong = next((r for r, v in enumerate(values) if v not in (0, 1)), None)
        if wrong is not None:
            where = f"run {wrong}, column {name!r}"
            raise InputError("not a truth value", where=where, mend="write true or false, 1 or 0")
        rows[:, j] = values
    return tuple(owners), rows


def _from_lists(
    column: pa.ChunkedArray, owners: Sequence[str] | None, sep: str
) -> tuple[tuple[str, ...], Bools]:
    raw = column.to_pylist()
    sets = [[p for p in v.split(sep) if p] if isinstance(v, str) else [str(p) for p in v or ()] for v in raw]
    named = tuple(owners) if owners is not None else tuple(sorted({name for s in sets for name in s}))
    index = {name: i for i, name in enumerate(named)}
    rows = np.zeros((len(sets), len(named)), bool)
    for r, members in enumerate(sets):
        unknown = [name for name in members if name not in index]
        if unknown:
            raise InputError(f"{unknown[0]!r} is no owner", where=f"run {r}", mend="add them to owners=")
        rows[r, [index[name] for name in members]] = True
    return named, rows


def _read(path: Path) -> pa.Table:
    from pyarrow import csv, json, parquet

    if not path.is_file():
        raise InputError("there is no such file", where=str(path), mend="check the path")
    readers = {".csv": csv.read_csv, ".parquet": parquet.read_table, ".jsonl": json.read_json}
    kinds = [s for s in path.suffixes if s != ".gz"]
    reader = readers.get(kinds[-1] if kinds else "")
    if reader is None:
        raise InputError("unknown kind of file", where=str(path), mend="give .csv, .jsonl or .parquet")
    try:
        if path.suffix == ".gz":
            with pa.input_stream(str(path), compression="gzip") as stream:
                return reader(stream)
        return reader(str(path))
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(
            f"the file can't be read ({error})", where=str(path), mend="write it again"
        ) from None
