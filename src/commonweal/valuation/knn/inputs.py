"""Checks of what `knn_shapley` is given, and its plain form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from commonweal.errors import InputError
from commonweal.utility.nearest.distances import Matrix

Task = Literal["auto", "classification", "regression"]
Floats = NDArray[np.float64]
Small = NDArray[np.int32]


@dataclass(frozen=True)
class Inputs:
    """Checked input.

    Attributes
    ----------
    X, T : float[n, d], float[u, d]
        Points and test points, both float32 or both float64.
    regression : bool
    y, t : int32 codes (equal where the labels are; -1 for a label that no point has) or float64 targets
    """

    X: Matrix
    T: Matrix
    regression: bool
    y: NDArray[Any]
    t: NDArray[Any]


def check(X: ArrayLike, y: ArrayLike, X_test: ArrayLike, y_test: ArrayLike, task: Task) -> Inputs:
    """Return the input in its plain form, or raise InputError."""
    points, tests = _matrix(X, "X"), _matrix(X_test, "X_test")
    if points.shape[1] != tests.shape[1]:
        raise InputError(
            f"X has {points.shape[1]} columns and X_test {tests.shape[1]}", mend="give both the same features"
        )
    dtype = np.result_type(points, tests)
    labels, test_labels = _column(y, len(points), "y"), _column(y_test, len(tests), "y_test")
    regression = _is_regression(labels, test_labels, task)
    code = _targets if regression else _codes
    return Inputs(
        points.astype(dtype, copy=False),
        tests.astype(dtype, copy=False),
        regression,
        *code(labels, test_labels),
    )


def whole(value: Any, name: str) -> int:
    """Return `value` as a whole number of at least 1, or raise InputError."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)) or value < 1:
        raise InputError(f"{name} is {value!r}", mend="give a whole number of at least 1")
    return int(value)


def owner_codes(owners: ArrayLike, n: int) -> tuple[Small, int]:
    """Return (int32[n] positions in np.unique(owners), how many there are)."""
    names = _column(owners, n, "owners")
    try:
        unique, codes = np.unique(names, return_inverse=True)
    except TypeError:
        raise InputError(
            "owners mix kinds that have no common order", mend="give all names as text"
        ) from None
    return codes.astype(np.int32), len(unique)


def _matrix(values: ArrayLike, name: str) -> Matrix:
    matrix = np.asarray(values)
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise InputError(
            f"{name} has shape {matrix.shape}", mend="give a table with at least one row and one column"
        )
    if matrix.dtype.kind not in "biuf":
        raise InputError(f"{name} holds {matrix.dtype}, not numbers", mend="turn every feature into a number")
    if matrix.dtype not in (np.float32, np.float64):
        matrix = matrix.astype(np.float32 if matrix.dtype == np.float16 else np.float64)
    if not (np.isfinite(matrix.max()) and np.isfinite(matrix.min())):  # quicker than looking at each
        row = int((~np.isfinite(matrix).all(axis=1)).argmax())
        raise InputError("a feature is no finite number", where=f"{name}, row {row}", mend="fill or drop it")
    return matrix


def _column(values: ArrayLike, n: int, name: str) -> NDArray[Any]:
    column = np.asarray(values)
    if column.shape != (n,):
        raise InputError(f"{name} has shape {column.shape}", mend=f"give one value per row, shape ({n},)")
    if column.dtype.kind == "f" and not np.isfinite(column).all():
        row = int((~np.isfinite(column)).argmax())
        raise InputError("a value is no finite number", where=f"{name}, row {row}", mend="fill or drop it")
    if column.dtype.kind == "O" and any(v is None or v != v for v in column):
        row = next(i for i, v in enumerate(column) if v is None or v != v)
        raise InputError("a value is missing", where=f"{name}, row {row}", mend="fill or drop it")
    return column


def _is_regression(y: NDArray[Any], t: NDArray[Any], task: Task) -> bool:
    if task not in ("auto", "classification", "regression"):
        raise InputError(f"unknown task {task!r}", mend="choose 'auto', 'classification' or 'regression'")
    if task != "auto":
        return task == "regression"
    return any(v.dtype.kind == "f" and bool((v != np.round(v)).any()) for v in (y, t))


def _codes(y: NDArray[Any], t: NDArray[Any]) -> tuple[Small, Small]:
    number, test_number = (v.dtype.kind in "biuf" for v in (y, t))
    if number != test_number:
        raise InputError(
            f"y holds {y.dtype} and y_test {t.dtype}", mend="give labels of the same kind in both"
        )
    try:
        known, codes = np.unique(y, return_inverse=True)
        at = np.clip(np.searchsorted(known, t), 0, len(known) - 1)
    except TypeError:
        raise InputError(
            "labels mix kinds that have no common order", mend="give all labels as text"
        ) from None
    return codes.astype(np.int32), np.where(known[at] == t, at, -1).astype(np.int32)


def _targets(y: NDArray[Any], t: NDArray[Any]) -> tuple[Floats, Floats]:
    if not all(v.dtype.kind in "biuf" for v in (y, t)):
        raise InputError(
            "targets of a regression must be numbers", mend="give numbers, or task='classification'"
        )
    return y.astype(np.float64), t.astype(np.float64)
