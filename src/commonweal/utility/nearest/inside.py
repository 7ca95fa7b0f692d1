"""What the nearest points inside a coalition say, for many coalitions at once, from the shortlists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commonweal.utility.nearest.order import Floats, Ints, Name, Shortlists, Small

_CELLS = 1 << 20  # coalitions × test points at a time


@dataclass(frozen=True)
class Inside:
    """Shortlists with what each entry says.

    Attributes
    ----------
    offsets : int64[u + 1]
        Where each test point's list starts.
    block : int32[L]
        Block of each entry, BASE for the base: always in.
    says : float64[L] or int32[L]
        What each entry adds: a hit (1 or 0), a target; or its label, for votes.
    k : int
        Neighbours that count.
    engine : {"numba", "numpy"}
    """

    offsets: Ints
    block: Small
    says: NDArray[Any]
    k: int
    engine: Name

    @classmethod
    def of(cls, lists: Shortlists, block: Small, says: NDArray[Any], k: int, engine: Name) -> Inside:
        """Gather from blocks of points, int32[n], and what each entry of `lists` says."""
        return cls(lists.offsets, block[lists.index], says, k, engine)

    def sums(self, inside: NDArray[np.bool_]) -> Iterator[tuple[slice, Floats, Floats]]:
        """Yield (which test points, Σ of what the nearest min(k, |S|) say, how many they are).

        Both float64[c, b].
        """
        for part in self._parts(len(inside)):
            total, count = self._tables(part, len(inside))
            if self.engine == "numba":
                from commonweal.utility.nearest import kernels

                kernels.sum_inside(
                    self.offsets, self.block, self.says, inside, self.k, part.start, total, count
                )
            else:
                for row, (taken, says) in enumerate(self._taken(part, inside)):
                    total[row], count[row] = np.where(taken, says, 0.0).sum(axis=1), taken.sum(axis=1)
            yield part, np.ascontiguousarray(total.T), np.ascontiguousarray(count.T)

    def votes(
        self, inside: NDArray[np.bool_], wanted: Small, classes: int
    ) -> Iterator[tuple[slice, Floats, Floats]]:
        """Yield (which test points, 1.0 where most of the nearest say the wanted label, how many they are).

        Even votes go to the smaller label, as in scikit-learn.
        """
        for part in self._parts(len(inside)):
            right, count = self._tables(part, len(inside))
            if self.engine == "numba":
                from commonweal.utility.nearest import kernels

                kernels.vote_inside(
                    self.offsets,
                    self.block,
                    self.says,
                    inside,
                    self.k,
                    part.start,
                    wanted,
                    classes,
                    right,
                    count,
                )
            else:
                for row, (taken, says) in enumerate(self._taken(part, inside)):
                    tally = taken.astype(np.float64) @ (says[:, None] == np.arange(classes))
                    count[row] = taken.sum(axis=1)
                    right[row] = (tally.argmax(axis=1) == wanted[part.start + row]) & (count[row] > 0)
            yield part, np.ascontiguousarray(right.T), np.ascontiguousarray(count.T)

    def _parts(self, coalitions: int) -> Iterator[slice]:
        units = len(self.offsets) - 1
        step = max(1, _CELLS // max(1, coalitions))
        yield from (slice(a, min(a + step, units)) for a in range(0, units, step))

    def _tables(self, part: slice, coalitions: int) -> tuple[Floats, Floats]:
        shape = (part.stop - part.start, coalitions)
        return np.zeros(shape), np.zeros(shape)

    def _taken(
        self, part: slice, inside: NDArray[np.bool_]
    ) -> Iterator[tuple[NDArray[np.bool_], NDArray[Any]]]:
        always = np.ones((len(inside), 1), dtype=bool)
        members = np.concatenate([inside, always], axis=1)  # block -1, the base, reads the last column
        for u in range(part.start, part.stop):
            entries = slice(self.offsets[u], self.offsets[u + 1])
            present = members[:, self.block[entries]]
            yield present & (present.cumsum(axis=1) <= self.k), self.says[entries]
