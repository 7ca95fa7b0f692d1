"""Worth by test slice, from the same models: scores of a slice are sums over its test units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from commonweal.errors import InputError, MissingCapabilityError
from commonweal.utility.base import Bools, Floats, Floor, Ints, Metric, Utility, mean_score


def slice_scores(utility: Utility, coalitions: Bools) -> dict[str, Floats]:
    """Return the score of each test slice for each coalition, slice → float64[k], from the same models.

    Raises
    ------
    MissingCapabilityError
        If the utility has no `unit_scores` or no `unit_slice`.
    """
    names = np.asarray(_slices(utility))
    numerator, denominator = utility.unit_scores(coalitions)  # type: ignore[attr-defined]
    return {
        str(name): mean_score(numerator[:, names == name], denominator[:, names == name])
        for name in np.unique(names)
    }


class Sliced:
    """A utility seen through one of its test slices.

    Parameters
    ----------
    utility : Utility
        With `unit_scores` and `unit_slice`.
    slice : str
        Name of the slice.

    Notes
    -----
    R² of a slice keeps the mean of the whole test as the constant guess it is measured against.

    Raises
    ------
    InputError
        If the test has no such slice.
    """

    def __init__(self, utility: Any, slice: str) -> None:
        names = _slices(utility)
        self._units = np.flatnonzero(np.asarray(names) == slice)
        if not len(self._units):
            raise InputError(f"the test has no slice {slice!r}", mend=f"choose one of {sorted(set(names))}")
        self._utility, self.slice = utility, slice
        self.unit_owner: Ints = np.asarray(utility.unit_owner)[self._units]
        self.unit_work: Ints = np.asarray(utility.unit_work)[self._units]
        self.unit_slice = [slice] * len(self._units)

    @property
    def owners(self) -> Sequence[str]:
        """The same players."""
        return self._utility.owners  # type: ignore[no-any-return]

    @property
    def metric(self) -> Metric:
        """The same metric."""
        return self._utility.metric  # type: ignore[no-any-return]

    @property
    def facts(self) -> dict[str, Any]:
        """Facts of the whole, and the slice."""
        return {**(getattr(self._utility, "facts", None) or {}), "slice": self.slice}

    def evaluate(self, coalitions: Bools) -> Floats:
        """Return the score on the slice, bool[k, m] → float64[k]."""
        return mean_score(*self.unit_scores(coalitions))

    def unit_scores(self, coalitions: Bools) -> tuple[Floats, Floats]:
        """Return (numerator, denominator) of the slice's units."""
        numerator, denominator = self._utility.unit_scores(coalitions)
        return numerator[:, self._units], denominator[:, self._units]

    def __getattr__(self, name: str) -> Any:
        """Forward `sizes` and `bounds`; a slice of another base is the slice of `with_base`."""
        if name in ("sizes", "bounds") and "_utility" in self.__dict__:
            return getattr(self._utility, name)
        if name == "with_base" and hasattr(self.__dict__.get("_utility"), "with_base"):
            return lambda pool: Sliced(self._utility.with_base(pool), self.slice)
        if name == "floor" and hasattr(self.__dict__.get("_utility"), "floor"):
            return self._floor
        raise AttributeError(name)

    def _floor(self) -> Floor:
        whole = self._utility.floor()
        return Floor(whole.name, whole.numerator[self._units], whole.denominator[self._units])


def _slices(utility: Any) -> Sequence[str]:
    for name in ("unit_scores", "unit_slice"):
        if getattr(utility, name, None) is None:
            raise MissingCapabilityError(utility, name, "scores by slice")
    names: Sequence[str] = utility.unit_slice
    return names
