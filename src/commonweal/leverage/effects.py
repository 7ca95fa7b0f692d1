"""Scores of many coalitions on parts of the test set, on the test set as it is and on resampled ones.

Unit scores (k coalitions × u units) are gathered into clusters chunk by chunk and forgotten: what stays is
a few numbers a coalition, so memory does not grow with the number of test units times coalitions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from commonweal.counts import counted
from commonweal.leverage.error import cluster_weights
from commonweal.parallel import Workers
from commonweal.progress import Progress, silent
from commonweal.utility.base import Bools, Floats, capability, outer_workers

ALL, OTHERS, STRIKERS, SIMILAR = range(4)
"""Parts of the test set: everyone; owners inside and outsiders; owners outside; watched owners inside."""

CHUNK = 4_000_000  # numbers in one matrix of unit scores (32 MB)
MEMO = 25_000_000  # numbers kept of coalitions asked ahead (200 MB)
RESAMPLES = 1_000
WEIGHTS = 20_000_000  # numbers in the resampling weights (160 MB); many clusters get fewer resamples


Known = dict[bytes, tuple[Floats, ...]]


@dataclass(frozen=True)
class Panel:
    """The test set of a utility, gathered into clusters that are resampled together.

    Attributes
    ----------
    gather : sparse[u, C] or None
        Which cluster each unit is in; None for a utility without unit scores (one cluster, no resamples).
    owner : int64[C]
        Owner of each cluster, -1 where it is no player's.
    weights : float64[B + 1, C]
        Ones, then resampling weights.
    tells_apart : bool
        Whether strikers and others can be told apart.
    clusters : str
        What is resampled, in words.
    known : dict
        Coalitions asked ahead, for several questions at once: a utility answers a large batch for little
        more than a small one. Not sent to other processes.
    """

    utility: Any
    gather: Any
    owner: NDArray[np.int64]
    weights: Floats
    tells_apart: bool
    clusters: str
    known: Known = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, utility: Any, *, seed: int = 0, resamples: int = RESAMPLES) -> Panel:
        """Gather the test units of `utility`: by owner; by work where a unit has no owner."""
        if capability(utility, "unit_scores") is None:
            alone = np.array([-1], dtype=np.int64)
            return cls(
                utility, None, alone, np.ones((1, 1)), False, "nothing: the utility has no unit_scores"
            )
        units = _unit_count(utility)
        owners = capability(utility, "unit_owner")
        works = capability(utility, "unit_work")
        owner = np.full(units, -1) if owners is None else np.asarray(owners, dtype=np.int64)
        work = np.arange(units) if works is None else np.asarray(works, dtype=np.int64)
        label = np.stack([owner, np.where(owner >= 0, -1, work)])
        found, of_unit = np.unique(label, axis=1, return_inverse=True)
        count = found.shape[1]
        ones = np.ones(units)
        gather = sparse.csr_array((ones, (np.arange(units), of_unit.reshape(-1))), shape=(units, count))
        people = int((found[0] >= 0).sum())
        said = [counted(people, "test owner")] * (people > 0) + [counted(count - people, "test work")] * (
            people < count
        )
        draws = max(200, min(resamples, WEIGHTS // count))
        weights = cluster_weights(count, draws, seed)
        return cls(utility, gather, found[0], weights, owners is not None, " and ".join(said))

    @property
    def resamples(self) -> int:
        """How many resampled test sets."""
        return len(self.weights) - 1

    def same_test(self, other: Panel) -> bool:
        """Tell whether both panels gather the same units into the same clusters."""
        return (
            self.gather is not None
            and other.gather is not None
            and self.gather.shape == other.gather.shape
            and np.array_equal(self.owner, other.owner)
            and (self.gather != other.gather).nnz == 0
        )

    def halves(self, seed: int) -> tuple[Panel, Panel]:
        """Return two panels, each counting a random half of the clusters."""
        side = np.random.default_rng([seed, 3]).permutation(len(self.owner)) % 2 == 0
        return replace(self, weights=self.weights * side), replace(self, weights=self.weights * ~side)

    def ask_ahead(self, coalitions: Bools, progress: Progress = silent) -> None:
        """Evaluate coalitions that later calls will ask for in smaller batches, as far as memory allows."""
        rows, _ = unique_rows(coalitions)
        rows = rows[: MEMO // (2 * len(self.owner))]
        chunk = self.chunk
        for start in range(0, len(rows), chunk):
            part = rows[start : start + chunk]
            for row, *answer in zip(part, *self._gathered(part), strict=True):
                self.known[row.tobytes()] = tuple(answer)
            progress(start + len(part), len(rows), "strikes")

    @property
    def chunk(self) -> int:
        """How many coalitions' unit scores are held at a time."""
        units = 1 if self.gather is None else self.gather.shape[0]
        return int(np.clip(CHUNK // max(units, 1), 1, 256))

    def clusters_of(self, coalitions: Bools) -> tuple[Floats, Floats]:
        """Return numerators and denominators gathered into clusters, each float64[k, C]."""
        found = [self.known.get(row.tobytes()) for row in coalitions]
        answers = [answer for answer in found if answer is not None]
        if not answers or len(answers) < len(found):
            return self._gathered(coalitions)
        numerator, denominator = (np.stack(column) for column in zip(*answers, strict=True))
        return numerator, denominator

    def everyone(self, m: int) -> tuple[Floats, Floats]:
        """Return the clusters of all m owners together, asked once."""
        row = np.ones((1, m), bool)
        if row.tobytes() not in self.known:
            self.ask_ahead(row)
        return self.clusters_of(row)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "known": {}}

    def _gathered(self, coalitions: Bools) -> tuple[Floats, Floats]:
        if self.gather is None:
            scores = np.asarray(self.utility.evaluate(coalitions), dtype=np.float64)
            return scores[:, None], np.ones((len(scores), 1))
        numerator, denominator = self.utility.unit_scores(coalitions)
        return numerator @ self.gather, np.asarray(denominator, dtype=np.float64) @ self.gather


@dataclass(frozen=True)
class Effects:
    """Scores of d coalitions: `after` with the coalition, `before` with everyone, on the same test units.

    Attributes
    ----------
    after, before : float64[d, parts, B + 1]
        NaN where the part has no test units.
    clusters : float64[d, parts]
        How many clusters count in each part (Kish: the square of the sum of sizes by the sum of squares).
    evaluated : int
        How many different coalitions were evaluated.
    """

    after: Floats
    before: Floats
    clusters: Floats
    evaluated: int

    def change(self, part: int) -> Floats:
        """Return float64[d, B + 1]: after - before."""
        return np.asarray(self.after[:, part] - self.before[:, part])


def measure(
    panel: Panel,
    coalitions: Bools,
    *,
    watched: Bools | None = None,
    workers: Workers | None = None,
    progress: Progress = silent,
    what: str = "coalitions",
) -> Effects:
    """Return what `coalitions` (bool[k, m]: who stays) score beside everyone, for each part of the test set.

    Equal coalitions are evaluated once. `watched` (bool[m]) marks the owners whose non-strikers are a part.
    """
    rows, back = unique_rows(coalitions)
    reference = panel.everyone(rows.shape[1])
    chunk = panel.chunk
    job: Callable[[Bools], tuple[Floats, Floats, Floats]] = partial(_measure, panel, reference, watched)
    pieces = []
    starts = range(0, len(rows), chunk)
    for piece in outer_workers(panel.utility, workers).map(job, (rows[a : a + chunk] for a in starts)):
        pieces.append(piece)
        progress(min(len(pieces) * chunk, len(rows)), len(rows), what)
    after, before, clusters = (np.concatenate(part)[back] for part in zip(*pieces, strict=True))
    return Effects(after, before, clusters, len(rows))


def unique_rows(rows: Bools) -> tuple[Bools, NDArray[np.intp]]:
    """Return the different rows in order of appearance, and where each row is among them."""
    packed = np.ascontiguousarray(np.packbits(rows, axis=1))
    if packed.shape[1] == 0:
        return rows[:1], np.zeros(len(rows), dtype=np.intp)
    keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, at, back = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(at)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rows[at[order]], rank[back.reshape(-1)]


def _measure(
    panel: Panel, reference: tuple[Floats, Floats], watched: Bools | None, rows: Bools
) -> tuple[Floats, Floats, Floats]:
    numerator, denominator = panel.clusters_of(rows)
    inside = np.concatenate([rows, np.zeros((len(rows), 1), bool)], axis=1)[:, panel.owner]
    outsider = panel.owner < 0
    similar = np.zeros_like(inside)
    if watched is not None:
        similar = inside & np.append(watched, False)[panel.owner]
    masks = (np.ones_like(inside), inside | outsider, ~inside & ~outsider, similar)
    everyone = rows.all(axis=1)  # exactly the reference, whatever the rounding of a larger batch
    counted = panel.weights[0] > 0
    after = np.stack([_scores(panel, numerator * k, denominator * k) for k in masks], axis=1)
    before = np.stack([_scores(panel, reference[0] * k, reference[1] * k) for k in masks], axis=1)
    after[everyone] = before[everyone]
    clusters = np.stack([_kish(reference[1] * (k & counted)) for k in masks], axis=1)
    return after, before, clusters


def _scores(panel: Panel, numerator: Floats, denominator: Floats) -> Floats:
    above, below = numerator @ panel.weights.T, denominator @ panel.weights.T
    return np.asarray(np.divide(above, below, out=np.full(below.shape, np.nan), where=below > 0))


def _kish(sizes: Floats) -> Floats:
    squares = (sizes**2).sum(axis=1)
    total = sizes.sum(axis=1) ** 2
    return np.asarray(np.divide(total, squares, out=np.zeros(len(sizes)), where=squares > 0))


def _unit_count(utility: Any) -> int:
    owners = capability(utility, "unit_owner")
    if owners is not None:
        return len(owners)
    none = np.zeros((1, len(utility.owners)), bool)
    return int(np.asarray(utility.unit_scores(none)[0]).shape[1])
