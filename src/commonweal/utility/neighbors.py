"""Nearest neighbours of any coalition, read off lists of neighbours that are ordered once.

For each test work, only the k nearest works of each block can ever be among a coalition's k nearest, and only
those before the base's k-th. They are kept in order; a coalition's answer is then a walk to its k-th work,
exactly as after a refit. Ties in distance go to the base first, then to the lower work number.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from commonweal.counts import counted
from commonweal.errors import InputError
from commonweal.parallel import Workers
from commonweal.pool.pool import Pool
from commonweal.progress import Progress, silent
from commonweal.utility.base import Bools, Floats, Metric, as_coalitions
from commonweal.utility.moments import labels_of, numbers_of, table_of
from commonweal.utility.nearest import (
    BASE,
    Search,
    Shortlists,
    choose_engine,
    owner_values,
    shortlists,
    threads,
)
from commonweal.utility.nearest.distances import MEMORY, Points
from commonweal.utility.nearest.engine import Engine
from commonweal.utility.nearest.inside import Inside
from commonweal.utility.nearest.order import Small
from commonweal.utility.nearest.owners import MAX_NEIGHBORS
from commonweal.utility.nearest.records import label_values
from commonweal.utility.nearest.rows import Rows, check_kind, fitting_score, is_classification, read_rows
from commonweal.utility.units import owner_sizes, unit_owners, unit_slices

Score = Literal["auto", "share", "accuracy", "r2", "mse"]
HERE = Workers()
METRICS = {
    "share": Metric(
        "share of right neighbours",
        plain="of the works most like a test work, the share that carries its label",
    ),
    "accuracy": Metric("accuracy", plain="share of the test works whose label the neighbours vote for"),
    "r2": Metric(
        "R²", plain="share of the differences in the outcome that the model foresees; 0 is a constant guess"
    ),
    "mse": Metric("mean squared error", sign=-1, plain="mean squared distance between guess and outcome"),
}
_CELLS = 1 << 20  # coalitions × test works at a time
_TASK = 64  # test works per task on a cluster


class KNeighbors:
    """What a builder's k-nearest-neighbour model gains from a coalition of owners.

    Parameters
    ----------
    train : Pool
        Works of the players: `features` and `target`. Features are taken as they are: scale them beforehand.
    test : Pool
        Held-out works; each counts the same.
    base : Pool, optional
        What the builder already has; always in.
    n_neighbors : int
        k.
    score : {"auto", "share", "accuracy", "r2", "mse"}
        Labels: "share", (the nearest k with the test work's label) / k as in Jia et al. 2019, also where
        fewer than k works are in; or "accuracy" of the vote of the nearest min(k, works), even votes to the
        first label in order. Numbers: "r2" or "mse" of the mean of the nearest min(k, works). "auto" is
        "share" or "r2".
    task : {"auto", "regression", "classification"}
        "auto" classifies where the target is no number.
    slice : str, optional
        Column of the test pool that names each test work's slice.
    engine : {"auto", "numba", "numpy"}
        "auto" is numba where it is installed (extra `fast`).
    memory : int
        Bytes that blocks of distances may take while the neighbours are ordered.
    workers : Workers
        `n_jobs` is the number of threads (None: every core); on Ray, test works are shared out.
    progress : callable
        Told how many test works are ordered.

    Notes
    -----
    Empty model (no work at all): share 0, accuracy 1 / classes, R² 0 (a guess of the test mean).

    Raises
    ------
    InputError
        For pools without features and target, features that are no finite numbers, a test label that is in no
        training work, a score that does not fit the task.
    """

    def __init__(
        self,
        train: Pool,
        *,
        test: Pool,
        base: Pool | None = None,
        n_neighbors: int = 5,
        score: Score = "auto",
        task: Literal["auto", "regression", "classification"] = "auto",
        slice: str | None = None,
        engine: Engine = "auto",
        memory: int = MEMORY,
        workers: Workers = HERE,
        progress: Progress = silent,
    ) -> None:
        if n_neighbors < 1:
            raise InputError(f"n_neighbors is {n_neighbors}", mend="give a whole number of at least 1")
        self.owners, self.n_neighbors = train.owners, int(n_neighbors)
        self._pool, self._workers, self._progress = train, workers, progress
        self._engine, self._memory = choose_engine(engine), memory
        for pool in (train, test):
            check_kind(pool)
        held = test.load()
        self._features = tuple(train.roles.features)
        self._rows = read_rows(train, self._features, str(train.roles.target))
        self._test_x = table_of(held, self._features)
        self._classify = is_classification(self._rows.y, task)
        self.score = fitting_score(score, self._classify)
        name = str(test.roles.target)
        self._answer = labels_of(held) if self._classify else numbers_of(held, name)
        self.unit_owner = unit_owners(test, self.owners, held.block)
        self.unit_work, self.unit_slice = held.number, unit_slices(held, slice)
        self._classes: list[Any] = []
        self._set_base(base)

    # What others ask -----------------------------------------------------------------------------

    @property
    def metric(self) -> Metric:
        """What the score means."""
        return METRICS[self.score]

    @property
    def bounds(self) -> tuple[float, float] | None:
        """(0, 1) for labels; None for numbers, whose scores have no least value."""
        return (0.0, 1.0) if self._classify else None

    @property
    def sizes(self) -> Floats:
        """Rows per owner; co-owners share a row equally."""
        return owner_sizes(self._pool, self._pool.works.astype(np.float64))

    @property
    def facts(self) -> Mapping[str, Any]:
        """Options, what was kept, and how the empty model scores."""
        kept = (self._x, self._lists.index, self._inside.block, self._inside.says)
        empty = {"share": "no neighbour is right", "accuracy": "uniform guess over all classes"}
        return {
            "model": "k nearest neighbours",
            "n_neighbors": self.n_neighbors,
            "score": self.score,
            "features": len(self._features),
            "classes": [str(c) for c in self._classes],
            "test_works": len(self._test_x),
            "base_works": int((self._block < 0).sum()),
            "neighbours_kept": len(self._lists.index),
            "kept_bytes": sum(a.nbytes for a in kept),
            "empty_model": empty.get(self.score, "the mean of the test targets"),
        }

    def evaluate(self, coalitions: Bools) -> Floats:
        """Return the score of each coalition, bool[k, m] → float64[k]."""
        total = float(self._weight().sum())
        return np.concatenate(
            [np.zeros(0), *(part.sum(axis=1) / total for part in self._numerators(coalitions))]
        )

    def unit_scores(self, coalitions: Bools) -> tuple[Floats, Floats]:
        """Return (numerator, denominator), float64[k, u] each.

        Labels: the share, or 1 where the vote is right, over 1. R²: ((y − ȳ)² − error²) over (y − ȳ)².
        """
        none = np.zeros((0, len(self._test_x)))
        numerator = np.concatenate([none, *self._numerators(coalitions)])
        return numerator, np.broadcast_to(self._weight(), numerator.shape)

    def with_base(self, pool: Pool | None) -> Self:
        """Return the same utility for a builder who has another base."""
        other = copy.copy(self)
        other._set_base(pool)
        return other

    # Closed forms --------------------------------------------------------------------------------

    def exact_shapley(self) -> Floats | None:
        """Return the owners' exact Shapley values, float64[m], or None where there is no closed form.

        There is one for the share of right neighbours when each work has one owner; see
        docs/how-it-works/knn.md.
        """
        if not self._closed():
            return None
        values = self._owner_values(per_unit=False) / len(self._test_x)
        none, everyone = self.evaluate(np.array([[False], [True]]).repeat(len(self.owners), axis=1))
        if not abs(values.sum() - (everyone - none)) <= 1e-9:
            raise ArithmeticError(f"the values add up to {values.sum()!r}, not to {everyone - none!r}")
        return values

    def exact_unit_shapley(self) -> Floats | None:
        """Return float64[m, u], each owner's exact Shapley value of each test work's score, or None.

        `exact_shapley` is its mean over the test works.
        """
        return self._owner_values(per_unit=True).T if self._closed() else None

    def record_sums(self) -> Floats | None:
        """Return float64[m], the sum of the exact values of each owner's works valued one by one, or None."""
        if not self._closed():
            return None
        with threads(self._workers.n_jobs):
            record = self._record_values() / len(self._test_x)
        owner = self._owner()[self._block >= 0]
        return np.asarray(np.bincount(owner, record, minlength=len(self.owners)), dtype=np.float64)

    def _closed(self) -> bool:
        single = all(len(members) == 1 for members in self._pool.blocks)
        return self.score == "share" and single and self._reach <= MAX_NEIGHBORS

    def _owner(self) -> Small:
        """Owner of each point, BASE for the base; only where each work has one owner."""
        of_block = np.array([*(members[0] for members in self._pool.blocks), BASE], dtype=np.int32)
        return of_block[self._block]

    def _owner_values(self, per_unit: bool) -> Floats:
        hit, m = self._inside.says > 0, len(self.owners)
        with threads(self._workers.n_jobs):
            return owner_values(
                self._lists, self._owner(), hit, self._reach, m,
                divisor=self.n_neighbors, engine=self._engine, per_unit=per_unit,
            )  # fmt: skip

    def _record_values(self) -> Floats:
        """Return each pool record's value, summed over the test works."""
        points, n = Points.of(self._x), int((self._block >= 0).sum())
        if n == len(self._x):
            search = Search(points, self._test_x, self._engine, self._memory)
            return label_values(search, self._y, self._wanted, self.n_neighbors)[0]
        alone = np.where(self._block < 0, BASE, np.cumsum(self._block >= 0) - 1).astype(np.int32)
        total = np.zeros(n)
        for start in range(
            0, len(self._test_x), _TASK
        ):  # the base comes along: each record an owner of its own
            tests = slice(start, start + _TASK)
            lists = shortlists(
                Search(points, self._test_x[tests], self._engine, self._memory), alone, n, self._reach
            )
            hit = self._y[lists.index] == np.repeat(self._wanted[tests], np.diff(lists.offsets))
            total += owner_values(
                lists, alone, hit, self._reach, n, divisor=self.n_neighbors, engine=self._engine
            )
        return total

    # Neighbours ----------------------------------------------------------------------------------

    def _set_base(self, base: Pool | None) -> None:
        """Set the base and order the neighbours of every test work."""
        rows = self._rows
        if base is not None:
            check_kind(base)
            own = read_rows(base, self._features, str(base.roles.target))
            own = own._replace(block=np.full(len(own.block), BASE, dtype=np.int32))
            rows = Rows(*(np.concatenate([a, b]) for a, b in zip(own, rows, strict=True)))
        self._x, self._block = rows.x, rows.block
        self._reach = min(self.n_neighbors, len(rows.x))
        self._code(rows.y)
        self._lists = self._order()
        says = self._y[self._lists.index]
        if self.score == "share":
            says = (says == np.repeat(self._wanted, np.diff(self._lists.offsets))).astype(np.float64)
        self._inside = Inside.of(self._lists, self._block, says, self._reach, self._engine)

    def _code(self, y: NDArray[Any]) -> None:
        """Set what the points say and what the test works want: codes of labels, or numbers."""
        self._y: NDArray[Any] = y
        self._wanted: NDArray[Any] = self._answer
        if not self._classify:
            if self.score == "r2" and not self._weight().sum() > 0:
                raise InputError("all test targets are equal, so R² says nothing", mend="hold out more works")
            return
        self._classes = sorted({*self._classes, *y.tolist()})
        index = {label: code for code, label in enumerate(self._classes)}
        unseen = [label for label in self._answer if label not in index]
        if unseen:
            raise InputError(
                f"{counted(len(unseen), 'test work carries', 'test works carry')} a label that no training "
                "work has",
                mend="leave those test works out, or train on works that carry it",
            )
        self._y = np.array([index[label] for label in y], dtype=np.int32)
        self._wanted = np.array([index[label] for label in self._answer], dtype=np.int32)

    def _order(self) -> Shortlists:
        points, n_blocks, k = Points.of(self._x), len(self._pool.blocks), self._reach
        ask = partial(_lists, points, self._block, n_blocks, k, self._engine, self._memory)
        if self._workers.cluster == "loky":  # threads serve better than processes here: the points are shared
            with threads(self._workers.n_jobs):
                return ask(self._test_x, self._progress)
        tests = [self._test_x[a : a + _TASK] for a in range(0, len(self._test_x), _TASK)]
        parts = []
        for part in self._workers.map(ask, tests):
            parts.append(part)
            self._progress(len(parts), len(tests), "ordering neighbours")
        lengths = np.concatenate([np.diff(part.offsets) for part in parts])
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        return Shortlists(offsets, np.concatenate([part.index for part in parts]))

    def _weight(self) -> Floats:
        """Return the denominator of each test work."""
        return (self._answer - self._answer.mean()) ** 2 if self.score == "r2" else np.ones(len(self._test_x))

    def _numerators(self, coalitions: Bools) -> Iterator[Floats]:
        """Yield the numerators of some coalitions at a time, in their order."""
        blocks = self._pool.blocks_of(as_coalitions(coalitions, len(self.owners)))
        step = max(1, _CELLS // len(self._test_x))
        for start in range(0, len(blocks), step):
            inside = np.ascontiguousarray(blocks[start : start + step])
            out = np.empty((len(inside), len(self._test_x)))
            with threads(self._workers.n_jobs):
                for part, values in self._answers(inside):
                    out[:, part] = values
            yield out

    def _answers(self, inside: Bools) -> Iterator[tuple[slice, Floats]]:
        if self.score == "share":
            for part, hits, _ in self._inside.sums(inside):
                yield part, hits / self.n_neighbors
        elif self.score == "accuracy":
            for part, right, count in self._inside.votes(inside, self._wanted, len(self._classes)):
                yield part, np.where(count > 0, right, 1 / len(self._classes))
        else:
            centre = float(self._answer.mean())
            for part, total, count in self._inside.sums(inside):
                guess = np.divide(total, count, out=np.full_like(total, centre), where=count > 0)
                yield part, self._gain(guess, part, centre)

    def _gain(self, guess: Floats, part: slice, centre: float) -> Floats:
        error = (self._answer[part] - guess) ** 2
        return np.asarray(self._weight()[part] - error if self.score == "r2" else -error)


def _lists(
    points: Points, block: Small, n_blocks: int, k: int, engine: Any, memory: int, tests: Floats,
    progress: Progress = silent,
) -> Shortlists:  # fmt: skip
    return shortlists(Search(points, tests, engine, memory, progress), block, n_blocks, k)
