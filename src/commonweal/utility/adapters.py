"""Utilities made elsewhere: a function of a coalition, or a pyDVL utility, asked in batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from commonweal.counts import counted
from commonweal.errors import InputError
from commonweal.parallel import Workers
from commonweal.utility.base import Bools, Floats, Ints, Metric, as_coalitions
from commonweal.utility.units import HERE

SCORE = Metric("score", plain="the score that the given function returns")


class FromFunction:
    """A utility around a function of one coalition.

    Parameters
    ----------
    owners : sequence of str
        The m players.
    function : callable
        From a bool[m] (who is in) to a score, higher better; the same coalition must give the same score.
    batch : bool
        True if the function takes bool[k, m] and returns k scores.
    metric : Metric, optional
        What a score means.
    bounds : (float, float), optional
        Its least and greatest value.
    workers : Workers
        Where single calls run; the function must pickle to leave this process.

    Notes
    -----
    Scores are kept: a coalition is asked for once. Nothing is said about the empty coalition but what the
    function returns for it.

    Raises
    ------
    InputError
        If a score is not a finite number, or not one per coalition.
    """

    def __init__(
        self,
        owners: Sequence[str],
        function: Callable[[Any], Any],
        *,
        batch: bool = False,
        metric: Metric = SCORE,
        bounds: tuple[float, float] | None = None,
        workers: Workers = HERE,
    ) -> None:
        self.owners = tuple(str(name) for name in owners)
        self.metric, self.bounds = metric, bounds
        self._function, self._batch, self._workers = function, batch, workers
        self._known: dict[bytes, float] = {}

    @property
    def facts(self) -> Mapping[str, Any]:
        """The name of the function and how many coalitions it was asked for."""
        name = getattr(self._function, "__name__", type(self._function).__name__)
        return {"model": f"function {name}", "asked": len(self._known)}

    def evaluate(self, coalitions: Bools) -> Floats:
        """Return the score of each coalition, bool[k, m] → float64[k]."""
        rows = as_coalitions(coalitions, len(self.owners))
        keys = [np.packbits(row).tobytes() for row in rows]
        new = {key: row for key, row in zip(keys, rows, strict=True) if key not in self._known}
        if new:
            self._known.update(zip(new, self._ask(np.array(list(new.values()))), strict=True))
        return np.array([self._known[key] for key in keys], dtype=np.float64)

    def _ask(self, rows: Bools) -> list[float]:
        given = self._function(rows) if self._batch else list(self._workers.map(self._function, list(rows)))
        scores = np.asarray(given, dtype=np.float64)
        if scores.shape != (len(rows),) or not np.isfinite(scores).all():
            raise InputError(
                f"scores of shape {scores.shape} for {counted(len(rows), 'coalition')}, "
                "or one that is not finite",
                mend="return one finite number per coalition",
            )
        return [float(score) for score in scores]


def from_pydvl(
    utility: Any,
    *,
    owners: Sequence[str] | None = None,
    metric: Metric = SCORE,
    bounds: tuple[float, float] | None = None,
    workers: Workers = HERE,
) -> FromFunction:
    """Return a utility around one of pyDVL's (0.10), whose dataset is set.

    Parameters
    ----------
    utility : pydvl.valuation.utility.base.UtilityBase
        For example ``ModelUtility(model, scorer).with_dataset(grouped)``. With a `GroupedDataset` the groups
        are the owners; with a plain `Dataset` each data point is one.
    owners : sequence of str, optional
        Names of the players in the order of the dataset's indices; its own names by default.
    metric, bounds, workers
        As of `FromFunction`.

    Notes
    -----
    pyDVL 0.10 asks for numpy < 2 and this package for numpy ≥ 2: docs/examples/from-pydvl.md shows how to
    hold both, and how to carry recorded scores over. Nothing of pyDVL is imported.

    Raises
    ------
    InputError
        If the utility has no dataset, or `owners` has another length.
    """
    data = getattr(utility, "training_data", None)
    if data is None:
        raise InputError("the pyDVL utility has no dataset", mend="pass utility.with_dataset(dataset)")
    indices = np.asarray(data.indices)
    names = [str(name) for name in (data.names if owners is None else owners)]
    if len(names) != len(indices):
        raise InputError(
            f"{counted(len(names), 'name')} for {counted(len(indices), 'player')}",
            mend="give one name per index",
        )
    ask = partial(_ask_pydvl, utility=utility, indices=indices)
    return FromFunction(names, ask, metric=metric, bounds=bounds, workers=workers)


@dataclass(frozen=True)
class _Sample:
    """What pyDVL's utilities are called with: the index under study (none) and the subset to train on."""

    idx: None
    subset: Ints

    def __hash__(self) -> int:
        return hash(self.subset.tobytes())


def _ask_pydvl(coalition: Bools, *, utility: Any, indices: Ints) -> float:
    return float(utility(_Sample(None, indices[coalition])))
