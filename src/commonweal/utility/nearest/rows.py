"""Pools as plain arrays for nearest neighbours, checked."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from commonweal.errors import InputError
from commonweal.pool.pool import Pool
from commonweal.utility.moments import labels_of, table_of
from commonweal.utility.nearest.order import Floats, Ints, Small


class Rows(NamedTuple):
    """Features float64[n, d], targets [n], blocks int32[n]."""

    x: Floats
    y: NDArray[Any]
    block: Small


def read_rows(pool: Pool, features: tuple[str, ...], target: str) -> Rows:
    """Read a pool's rows in the order of their work numbers."""
    parts = [(table_of(b, features), labels_of(b), b.block, b.number) for b in pool.batches()]
    x, y, block, number = (np.concatenate(column) for column in zip(*parts, strict=True))
    order: Ints = np.argsort(number, kind="stable")
    return Rows(x[order], y[order], block[order].astype(np.int32))


def check_kind(pool: Pool) -> None:
    """Refuse a pool without features and target."""
    if not pool.roles.features or not pool.roles.target:
        raise InputError(
            f"KNeighbors compares numbers, and this {pool.kind} pool has no features and target",
            mend="read the pool with features=[…] and target=…, or use Ngram or NaiveBayes for text",
        )


def is_classification(y: NDArray[Any], task: str) -> bool:
    """Return whether the targets are labels."""
    if task not in ("auto", "regression", "classification"):
        raise InputError(f"unknown task {task!r}", mend="choose auto, regression or classification")
    if task == "regression" and y.dtype == object:
        raise InputError("the target holds labels, not numbers", mend="use task='classification'")
    return y.dtype == object if task == "auto" else task == "classification"


def fitting_score(score: str, classify: bool) -> str:
    """Return the score to use, or refuse one that does not fit the target."""
    fitting = ("share", "accuracy") if classify else ("r2", "mse")
    if score == "auto":
        return fitting[0]
    if score not in fitting:
        kind = "labels" if classify else "numbers"
        raise InputError(
            f"score {score!r} does not fit a target of {kind}", mend=f"choose {' or '.join(fitting)}"
        )
    return score
