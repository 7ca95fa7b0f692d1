"""The protocol of a utility: what a model builder gains from a coalition of owners.

Anybody's own game works without inheriting anything: `owners`, `metric` and `evaluate` are enough.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from commonweal.parallel import Workers

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Metric:
    """What the score of a utility means; a higher score is always better for the builder.

    Parameters
    ----------
    name : str
        As printed, for example "accuracy" or "bits per word".
    unit : str
        Unit of the printed figure, for example "points" or "bits".
    sign : {1, -1}
        The printed figure is `sign * score`: bits per word are better when lower, so their score is
        minus bits and `sign` is -1.
    exponential : bool
        True where 2**figure is what a person understands (bits per word → choices per word).
    plain : str
        One sentence that explains the figure to a newcomer.
    """

    name: str
    unit: str = ""
    sign: int = 1
    exponential: bool = False
    plain: str = ""

    def figure(self, score: float) -> float:
        """Return the printed figure of a score."""
        return self.sign * score


@dataclass(frozen=True)
class Floor:
    """What a model is held against that learns nothing from whose works are whose, on each test unit.

    Parameters
    ----------
    name : str
        In words, for example "the most rated titles for everyone".
    numerator, denominator : float64[u]
        As a row of `unit_scores`; the denominator is the same.
    """

    name: str
    numerator: Floats
    denominator: Floats


@runtime_checkable
class Utility(Protocol):
    """The needed part of the protocol.

    Attributes
    ----------
    owners : sequence of str
        The m players, in the order of the coalitions' columns.
    metric : Metric
        What the score means.
    """

    @property
    def owners(self) -> Sequence[str]:
        """The m players, in the order of the coalitions' columns."""

    @property
    def metric(self) -> Metric:
        """What the score means."""

    def evaluate(self, coalitions: Bools, /) -> Floats:
        """Return U(base ∪ S) for each row S of `coalitions`, bool[k, m], as float64[k].

        Deterministic: the same row gives the same score, whatever the other rows of the batch.
        """


# Optional capabilities, found by name; a function that needs one raises MissingCapabilityError.
#
# bounds : tuple[float, float]
#     Least and greatest possible score, where the model has them (accuracy: 0 and 1).
# unit_scores(coalitions: bool[k, m]) -> (numerator float64[k, u], denominator float64[k, u])
#     Scores per test unit (a test point, a test work, a user); for each row
#     evaluate = numerator.sum(1) / denominator.sum(1). The denominator is the same in every row
#     unless the utility says otherwise.
# unit_owner : int64[u]
#     Index into `owners` of the owner of each test unit, -1 where the owner is no player. Used to resample
#     whole owners and to tell effects on those inside and outside a coalition apart.
# unit_work : int64[u]
#     Which test work a unit belongs to (units of one work are resampled together).
# unit_slice : Sequence[str] (length u)
#     The test slice of each unit (`--slice topic`).
# floor() -> Floor
#     What the model is held against where the empty model says little: shares of a gap count from it.
# with_base(pool: Pool | None) -> Utility
#     The same utility (test, vocabulary, weights) for a builder who has another base.
# for_visitors() -> Utility
#     The same utility where those outside the coalition may use the model too, as a rival's users may.
# base_curve(fractions: Sequence[float], seed: int) -> (sizes float64[f], scores float64[f])
#     Scores of models of random fractions of the base alone; the last fraction, 1, is the empty coalition.
# facts : Mapping[str, Any]
#     What a receipt must name: model options, tuned weights, vocabulary size, memory kept, what was left out.
# sizes : float64[m]
#     Size of each owner's share of the pool in the model's own unit (words, rows, ratings); the
#     sampler's size-curve surrogate uses it.
# recorded() -> (coalitions bool[r, m], score float64[r], seed int64[r])
#     For utilities that can't evaluate at will (`Runs`): all that was run. `evaluate` then raises
#     InputError for a coalition that was not run.


def as_coalitions(coalitions: ArrayLike, m: int) -> Bools:
    """Return `coalitions` as a C-ordered bool[k, m]; a single row becomes k = 1.

    Raises
    ------
    ValueError
        If the number of columns is not m or the values are not boolean.
    """
    rows = np.atleast_2d(np.asarray(coalitions))
    if rows.dtype != np.bool_:
        if not np.isin(rows, (0, 1)).all():
            raise ValueError("coalitions must be boolean: True where the owner is in")
        rows = rows.astype(np.bool_)
    if rows.ndim != 2 or rows.shape[1] != m:
        raise ValueError(f"coalitions must have one column per owner ({m}), not shape {rows.shape}")
    return np.ascontiguousarray(rows)


def mean_score(numerator: Floats, denominator: Floats) -> Floats:
    """Return the score of each row of unit scores: the ratio of the sums, 0 where nothing is counted."""
    total = denominator.sum(axis=1)
    score: Floats = np.divide(numerator.sum(axis=1), total, out=np.zeros(len(total)), where=total != 0)
    return score


def capability(utility: object, name: str) -> Any | None:
    """Return an optional capability of a utility, or None."""
    return getattr(utility, name, None)


def outer_workers(utility: object, workers: Workers | None) -> Workers:
    """Return where batches for a utility may be shared out.

    The package's utilities share a batch out among their own workers, and are slow to send to other
    processes: batches for them stay in this one.
    """
    return Workers() if workers is None or capability(utility, "_workers") is not None else workers


def facts_of(utility: object) -> Mapping[str, Any]:
    """Return the facts a utility tells of itself, empty where it tells none."""
    return getattr(utility, "facts", None) or {}
