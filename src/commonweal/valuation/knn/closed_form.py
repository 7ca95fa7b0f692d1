"""`knn_shapley`: exact Shapley values of records, or of owners, under nearest neighbours."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from commonweal.errors import InputError
from commonweal.progress import Progress, silent
from commonweal.utility.nearest import choose_engine, owner_values, shortlists, threads
from commonweal.utility.nearest.distances import MEMORY, Points
from commonweal.utility.nearest.engine import Engine
from commonweal.utility.nearest.inside import Inside
from commonweal.utility.nearest.order import Search
from commonweal.utility.nearest.records import label_values, number_values
from commonweal.valuation.knn.enumeration import MAX_OWNERS, regression_owners
from commonweal.valuation.knn.inputs import Inputs, Task, check, owner_codes, whole

Floats = NDArray[np.float64]
Small = NDArray[np.int32]
TOLERANCE = 1e-9  # of the score's scale: how far the values' sum may be from v(N) − v(∅)


def knn_shapley(
    X: ArrayLike,
    y: ArrayLike,
    X_test: ArrayLike,
    y_test: ArrayLike,
    *,
    n_neighbors: int = 5,
    owners: ArrayLike | None = None,
    task: Task = "auto",
    n_jobs: int | None = None,
    memory: int = MEMORY,
    engine: Engine = "auto",
    progress: Progress = silent,
) -> Floats:
    """Return exact Shapley values under k nearest neighbours, in the closed form of Jia et al. 2019.

    With labels, v(S) is the mean over the test points of (the nearest k of S that have the test point's
    label) / k, and v(∅) = 0; fewer than k points are still divided by k. With numbers, v(S) is the mean of
    −(Σ of the nearest min(k, \\|S\\|) targets / k − t)², so v(∅) is the mean of −t². Either way the values
    add up to v(N) − v(∅), which is asserted.

    Neighbours are ordered by squared Euclidean distance as computed in the features' own precision (float32
    stays float32, all else becomes float64), ties by index; equal rows always tie.

    Parameters
    ----------
    X, y : array of shape (n, d), array of shape (n,)
        Training points, and their labels or targets.
    X_test, y_test : array of shape (u, d), array of shape (u,)
        Test points. A label that no training point has is allowed and never matched.
    n_neighbors : int
        k; may exceed n.
    owners : array of shape (n,), optional
        Owner of each training point. The players are then the owners, not the points: all of an owner's
        points come and go together. Exact with labels for any number of owners; with numbers by enumeration
        for at most 20.
    task : {"auto", "classification", "regression"}
        "auto" takes fractional numbers for regression, all else for labels.
    n_jobs : int, optional
        Threads; None or -1 for every core. The result does not depend on it.
    memory : int
        Bytes that blocks of distances may take.
    engine : {"auto", "numba", "numpy"}
        "auto" is numba where it is installed (extra `fast`). Both give the same values to rounding.
    progress : callable
        Told how many test points are done.

    Returns
    -------
    float64[n], or float64 for each of np.unique(owners)

    Raises
    ------
    InputError
        For input of a wrong shape, kind or range; for more than 20 owners in a regression.

    References ---------- Jia et al. 2019, "Efficient task-specific data valuation for nearest neighbor
    algorithms", PVLDB 12(11), theorems 1 and 6. Owners: docs/how-it-works/knn.md.
    """
    given = check(X, y, X_test, y_test, task)
    k = whole(n_neighbors, "n_neighbors")
    codes, m = (None, 0) if owners is None else owner_codes(owners, len(given.X))
    if given.regression and m > MAX_OWNERS:
        raise InputError(
            f"{m} owners in a regression: exact values are found by enumeration, up to {MAX_OWNERS} owners",
            mend="group owners, value records instead, or appraise a KNeighbors utility, which samples",
        )
    with threads(n_jobs):
        search = Search(Points.of(given.X), given.T, choose_engine(engine), whole(memory, "memory"), progress)
        if codes is None:
            formula = number_values if given.regression else label_values
            values, near = formula(search, given.y, given.t, k)
        else:
            values, near = _owners(search, given, codes, m, k)
    return _same_total(values / len(given.T), near / k, given)


def _owners(search: Search, given: Inputs, codes: Small, m: int, k: int) -> tuple[Floats, Floats]:
    """Owner values summed over the test points, and the sum that the nearest k of all points say at each."""
    reach = min(k, len(given.X))
    lists = shortlists(search, codes, m, reach)
    if given.regression:
        says = given.y[lists.index]
        return regression_owners(
            Inside.of(lists, codes, says, reach, search.engine), given.t, k, m
        ), lists.nearest(says, k)
    hit = given.y[lists.index] == np.repeat(given.t, np.diff(lists.offsets))
    values = owner_values(lists, codes, hit, reach, m, divisor=k, engine=search.engine)
    return values, lists.nearest(hit, k)


def _same_total(values: Floats, answer: Floats, given: Inputs) -> Floats:
    """Return `values` after comparing their sum with v(N) − v(∅), taken from the answers of all points."""
    gain = answer * (2 * given.t - answer) if given.regression else answer  # t² − (answer − t)²
    scale = max(1.0, float(np.abs(gain).max())) if given.regression else 1.0
    if not abs(float(values.sum()) - float(gain.mean())) <= TOLERANCE * scale:
        raise ArithmeticError(f"the values add up to {values.sum()!r}, not to v(N) − v(∅) = {gain.mean()!r}")
    return values
