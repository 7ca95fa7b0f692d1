"""The one door to a utility: coalitions in chunks, scores checked, test clusters carried along."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commonweal.counts import counted
from commonweal.errors import InputError
from commonweal.parallel import Workers
from commonweal.progress import Progress, silent
from commonweal.utility.base import mean_score, outer_workers
from commonweal.valuation.test_error import Clusters

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

_CHUNK_BYTES = 64_000_000
_CHUNK_ROWS = 4_096


@dataclass
class Oracle:
    """Ask a utility about coalitions.

    Parameters
    ----------
    utility : Utility
        Who answers.
    clusters : Clusters or None
        How test units are grouped; None where the utility has no `unit_scores`.
    workers, progress
        Where chunks are evaluated, and who hears how far it is.
    """

    utility: Any
    clusters: Clusters | None = None
    workers: Workers = field(default_factory=Workers)
    progress: Progress = silent
    asked: int = 0
    expected: int = 0

    @property
    def outputs(self) -> int:
        """The score, and one column per cluster."""
        return 1 + (self.clusters.count if self.clusters else 0)

    def ask(self, rows: Bools) -> Floats:
        """Return the score of each coalition and the influence of each test cluster on it, float64[k,
        outputs]."""
        if not len(rows):
            return np.zeros((0, self.outputs))
        return np.concatenate(list(self.stream(self._chunks(rows))))

    def stream(self, chunks: Iterable[Bools]) -> Iterator[Floats]:
        """Yield the answers chunk by chunk, in order; few are in memory at a time."""
        function = partial(_answer, self.utility, self.clusters)
        for answer in outer_workers(self.utility, self.workers).map(function, chunks):
            self.asked += len(answer)
            self.progress(self.asked, max(self.expected, self.asked), "coalitions evaluated")
            yield answer

    def chunk_rows(self) -> int:
        """How many coalitions go into one chunk."""
        units = self.clusters.units if self.clusters else 0
        per_row = len(self.utility.owners) + 32 * units + 8 * self.outputs
        return int(np.clip(_CHUNK_BYTES // max(per_row, 1), 1, _CHUNK_ROWS))

    def _chunks(self, rows: Bools) -> Iterator[Bools]:
        step = self.chunk_rows()
        for start in range(0, len(rows), step):
            yield rows[start : start + step]


def _answer(utility: Any, clusters: Clusters | None, rows: Bools) -> Floats:
    if clusters is None:
        score = np.asarray(utility.evaluate(rows), dtype=np.float64)
        out = score[:, None] if score.shape == (len(rows),) else score
    else:
        numerator, denominator = utility.unit_scores(rows)
        score = mean_score(numerator, denominator)
        out = np.column_stack([score, clusters.influence(numerator, denominator, score)])
    _check(rows, out)
    return out


def _check(rows: Bools, out: Floats) -> None:
    if out.ndim != 2 or len(out) != len(rows):
        raise InputError(
            f"the utility answered {out.shape} scores for {counted(len(rows), 'coalition')}",
            mend="let evaluate return one number per row",
        )
    wrong = ~np.isfinite(out).all(axis=1)
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise InputError(
            f"the utility's score of a coalition of {counted(int(rows[first].sum()), 'owner')} is "
            "not a finite number",
            mend="let evaluate return a finite score for every coalition, the empty one included",
        )
