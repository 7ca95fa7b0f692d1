"""Ridge regression and the ridge classifier of any coalition, from sums that add up over its works.

The solution is that of scikit-learn's `Ridge` and `RidgeClassifier` (Hoerl & Kennard 1970), the intercept
not penalised: with N, s = Σx, G = Σxxᵀ of a coalition, (G − ssᵀ/N + αI) β = Σxy − s Σy/N. One pass leaves
these sums per block; a coalition then costs one d × d solve, whatever the number of works.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from commonweal.counts import counted
from commonweal.errors import InputError
from commonweal.parallel import Workers
from commonweal.pool.batch import Batch
from commonweal.pool.pool import Pool
from commonweal.progress import Progress, silent
from commonweal.utility.base import Bools, Floats, Metric, as_coalitions
from commonweal.utility.moments import (
    Moments,
    Shape,
    add,
    code,
    empty,
    gather,
    labels_of,
    numbers_of,
    pooled,
    table_of,
)
from commonweal.utility.threads import each
from commonweal.utility.units import HERE, owner_sizes, unit_owners, unit_slices

Task = Literal["auto", "regression", "classification"]
GEMM_ROWS = 32  # coalitions are padded to a multiple: BLAS then takes the same path for a row in any batch
CHUNK_BYTES = 8 << 20

R2 = Metric(
    "R²", plain="share of the differences in the outcome that the model foresees; 0 is a constant guess"
)
ACCURACY = Metric("accuracy", plain="share of the test works whose label the model gets right")


class Ridge:
    """What a builder's ridge model gains from a coalition of owners.

    Parameters
    ----------
    train : Pool
        Works of the players: `features` and `target`.
    test : Pool
        Held-out works; each counts the same.
    base : Pool, optional
        What the builder already has.
    alpha : float
        Penalty on the squared coefficients; > 0.
    task : {"auto", "regression", "classification"}
        "auto" classifies where the target is no number.
    slice : str, optional
        Column of the test pool that names each test work's slice.
    memory : int
        Bytes that the statistics may take. When d × d matrices for all blocks would take more than a quarter,
        small blocks keep their rows instead.
    workers : Workers
        Where the pass over the works runs.
    progress : callable
        Told how far the pass is.

    Notes
    -----
    Score: R² with the total sum of squares around the fixed mean of the test targets, or accuracy.
    Empty model (no work at all): R² 0, that is the test mean itself; accuracy 1 / classes. Labels that a
    coalition has never seen are never predicted, as after a refit. See docs/how-it-works/utilities.md.

    Raises
    ------
    InputError
        For features that are no finite numbers, a test label that is in no training work, an alpha that is
        not positive, statistics that do not fit in `memory`.
    """

    def __init__(
        self,
        train: Pool,
        *,
        test: Pool,
        base: Pool | None = None,
        alpha: float = 1.0,
        task: Task = "auto",
        slice: str | None = None,
        memory: int = 2 << 30,
        workers: Workers = HERE,
        progress: Progress = silent,
    ) -> None:
        _check(train, test, base, alpha)
        self.owners = train.owners
        self.alpha = float(alpha)
        self._pool, self._workers, self._progress = train, workers, progress
        self._features = tuple(train.roles.features)
        held = test.load()
        x = table_of(held, self._features)
        self._classify = _is_classification(train, task)
        self._answer = labels_of(held) if self._classify else numbers_of(held, str(test.roles.target))
        self._shift = x.mean(0)
        self._target_shift = 0.0 if self._classify else float(self._answer.mean())
        self._test_x = x - self._shift
        self.unit_owner = unit_owners(test, self.owners, held.block)
        self.unit_work = held.number
        self.unit_slice = unit_slices(held, slice)
        self._train = gather(train, self._shape(self._kept(memory)), workers, progress)
        self._classes: tuple[Any, ...] = ()
        self._set_base(base)
        if self._classify:
            _check_seen(self._answer, self._classes, held)

    # What others ask -----------------------------------------------------------------------------

    @property
    def metric(self) -> Metric:
        """R² or accuracy."""
        return ACCURACY if self._classify else R2

    @property
    def bounds(self) -> tuple[float, float] | None:
        """(0, 1) for accuracy; None for R², which has no least value."""
        return (0.0, 1.0) if self._classify else None

    @property
    def sizes(self) -> Floats:
        """Rows per owner; co-owners share a row equally."""
        return owner_sizes(self._pool, self._pool.works.astype(np.float64))

    @property
    def facts(self) -> Mapping[str, Any]:
        """Options, what was kept, and how the empty model scores."""
        return {
            "model": "ridge classifier" if self._classify else "ridge",
            "alpha": self.alpha,
            "features": len(self._features),
            "classes": [str(c) for c in self._classes],
            "test_works": len(self._test_x),
            "base_works": int(self._base[0]),
            "statistics_bytes": self._train.bytes,
            "blocks_summed": len(self._train.block),
            "rows_kept": len(self._train.rows_x),
            "empty_model": "uniform guess over all classes"
            if self._classify
            else "the mean of the test targets",
        }

    def evaluate(self, coalitions: Bools) -> Floats:
        """Return the score of each coalition, bool[k, m] → float64[k]."""
        score = self._accuracy if self._classify else self._r2
        return np.concatenate([np.zeros(0), *self._map(score, coalitions)])

    def unit_scores(self, coalitions: Bools) -> tuple[Floats, Floats]:
        """Return (numerator, denominator), float64[k, u] each.

        Accuracy: right (1, or 1 / classes of the empty model) over 1. R²: ((y − ȳ)² − error²) over (y − ȳ)².
        """
        score = self._right if self._classify else self._explained
        none = np.zeros((0, len(self._test_x)))
        numerator = np.concatenate([none, *self._map(score, coalitions)])
        weight = np.ones(len(self._test_x)) if self._classify else self._test_y**2
        return numerator, np.broadcast_to(weight, numerator.shape)

    def with_base(self, pool: Pool | None) -> Self:
        """Return the same utility for a builder who has another base; the works are not read again."""
        other = copy.copy(self)
        other._set_base(pool)
        return other

    # Statistics ----------------------------------------------------------------------------------

    def _shape(self, keep: Bools) -> Shape:
        return Shape(self._features, self._shift, self._target_shift, self._classify, keep)

    def _kept(self, memory: int) -> Bools:
        """Return which blocks keep their rows: none, unless matrices for all would take too much."""
        d, works = len(self._features), self._pool.works
        matrix, row = 8 * (d * d + 4 * d + 4), 8 * (d + 2)
        crowded = matrix * len(works) > memory // 4
        keep = (works * row < matrix) & crowded
        need = matrix * int((~keep).sum()) + row * int(works[keep].sum())
        if need > memory // 2:
            raise InputError(
                f"statistics of {counted(len(works), 'block')} with {counted(d, 'feature')} "
                f"take {need / 2**20:,.0f} MiB",
                mend=f"use fewer features, or allow memory={2 * need}",
            )
        return keep

    def _set_base(self, base: Pool | None) -> None:
        """Set the base, and lay all statistics out over one set of classes: a row per block, ready to sum."""
        d = len(self._features)
        own = empty(d, self._classify)
        if base is not None:
            _check(base, base, None, self.alpha)
            own = gather(base, self._shape(np.zeros(len(base.blocks), bool)), self._workers, self._progress)
        own = pooled(own)
        known = {*self._classes, *self._train.labels, *own.labels}
        self._classes = tuple(sorted(known))
        blank = empty(d, self._classify, self._classes)
        self._train = add(self._train, blank)
        self._base = _flat(add(own, blank))[0]
        self._sums = _flat(self._train)
        self._set_test()

    def _set_test(self) -> None:
        """Lay the test out: indices of classes (-1 for one unknown), or shifted targets and their moments."""
        if self._classify:
            index = {label: i for i, label in enumerate(self._classes)}
            self._test_y = np.array([index.get(label, -1) for label in self._answer], dtype=np.float64)
            return
        self._test_y = self._answer - self._target_shift
        x1 = np.column_stack([self._test_x, np.ones(len(self._test_x))])
        self._test_xx, self._test_xy = x1.T @ x1, x1.T @ self._test_y
        self._total = float(self._test_y @ self._test_y)
        if self._total <= 0:
            raise InputError("all test targets are equal, so R² says nothing", mend="hold out more works")

    # Models --------------------------------------------------------------------------------------

    def _map(self, score: Callable[[Model], Floats], coalitions: Bools) -> list[Floats]:
        """Return the score of the models of some coalitions at a time, in their order."""
        d, c, t = len(self._features), len(self._classes) or 1, len(self._test_x)
        blocks = self._pool.blocks_of(as_coalitions(coalitions, len(self.owners)))
        chunk = max(1, CHUNK_BYTES // (8 * max(d * (d + c), t * c // 4)))
        parts = [blocks[start : start + chunk] for start in range(0, len(blocks), chunk)]
        return each(lambda part: score(self._solve(self._sum(part))), parts, self._workers)

    def _sum(self, blocks: Bools) -> Floats:
        """Return the flat statistics of base ∪ coalition, from which blocks it may use."""
        weights = np.zeros((-(-len(blocks) // GEMM_ROWS) * GEMM_ROWS, len(self._train.block)))
        weights[: len(blocks)] = blocks[:, self._train.block]
        total = (weights @ self._sums)[: len(blocks)] + self._base
        if len(self._train.rows_x):
            for row, inside in zip(total, blocks[:, self._train.rows_block], strict=True):
                row += _flat_rows(self._train.rows_x[inside], self._train.rows_y[inside], len(self._classes))
        return np.asarray(total)

    def _solve(self, sums: Floats) -> Model:
        """Return the ridge solutions of flat statistics; of two classes only the second is modelled."""
        d, c = len(self._features), len(self._classes) or 1
        n = np.maximum(sums[:, :1], 1.0)  # nothing at all: all sums are zero, and so is the model
        mean, y, xx, xy = np.split(sums[:, 1:], np.cumsum([d, c, d * d]), axis=1)
        mean = mean / n
        one = slice(1 if len(self._classes) == 2 else 0, None)
        a = xx.reshape(-1, d, d) - (mean * n)[:, :, None] * mean[:, None, :]
        a[:, np.arange(d), np.arange(d)] += self.alpha
        b = xy.reshape(-1, d, c)[:, :, one] - mean[:, :, None] * y[:, None, one]
        slope = np.asarray(np.linalg.solve(a, b), dtype=np.float64)
        intercept: Floats = y[:, one] / n - np.einsum("kd,kdc->kc", mean, slope)
        return Model(sums[:, 0], slope, intercept, y > 0)

    def _predict(self, model: Model) -> Floats:
        """Return float64[t, k, c]."""
        k, d, c = model.slope.shape
        product = self._test_x @ model.slope.transpose(1, 0, 2).reshape(d, k * c)
        product += model.intercept.reshape(k * c)
        return np.asarray(product.reshape(-1, k, c))

    def _right(self, model: Model) -> Floats:
        score = self._predict(model)
        if len(self._classes) == 2:
            guess = (score[:, :, 0] > 0.5).astype(np.int64)
        else:
            score[:, ~model.seen] = -np.inf
            guess = score.argmax(2)
        right = np.ascontiguousarray((guess == self._test_y[:, None]).T, dtype=np.float64)
        right[model.works == 0] = 1 / len(self._classes)
        return right

    def _accuracy(self, model: Model) -> Floats:
        return np.asarray(self._right(model).sum(1) / len(self._test_x))

    def _explained(self, model: Model) -> Floats:
        error = self._test_y - self._predict(model)[:, :, 0].T
        return np.asarray(self._test_y**2 - error**2)

    def _r2(self, model: Model) -> Floats:
        """Return R² by its quadratic form: 2 bᵀXᵀy − bᵀXᵀX b over Σy², the intercept among b."""
        b = np.concatenate([model.slope[:, :, 0], model.intercept], axis=1)
        gain = 2 * b @ self._test_xy - np.einsum("kd,kd->k", b @ self._test_xx, b)
        return np.asarray(gain / self._total)


class Model(NamedTuple):
    """Ridge models of k coalitions: `works[k]`, `slope[k, d, c]`, `intercept[k, c]`, `seen[k, c]` classes."""

    works: Floats
    slope: Floats
    intercept: Floats
    seen: Bools


def _flat(m: Moments) -> Floats:
    """Return a row n, Σx, Σy, Σxxᵀ, Σxyᵀ per block."""
    wide = [a.reshape(len(a), int(np.prod(a.shape[1:]))) for a in (m.count, m.x, m.y, m.xx, m.xy)]
    return np.concatenate(wide, axis=1)


def _flat_rows(x: Floats, y: Floats, classes: int) -> Floats:
    coded = code(y, classes)
    parts = [len(x)], x.sum(0), coded.sum(0), (x.T @ x).ravel(), (x.T @ coded).ravel()
    return np.concatenate(parts)


def _is_classification(train: Pool, task: Task) -> bool:
    if task not in ("auto", "regression", "classification"):
        raise InputError(f"unknown task {task!r}", mend="choose auto, regression or classification")
    if task != "auto":
        return task == "classification"
    first = next(iter(train.batches(1)))
    return bool(first.target.dtype == object)


def _check(train: Pool, test: Pool, base: Pool | None, alpha: float) -> None:
    if not alpha > 0:
        raise InputError(f"alpha is {alpha}", mend="give a penalty above zero; scikit-learn's default is 1.0")
    for name, pool in (("train", train), ("test", test), ("base", base)):
        if pool is None:
            continue
        if not pool.roles.features or not pool.roles.target:
            raise InputError(
                f"Ridge needs number columns and a target, and the {name} pool is one of {pool.kind}",
                mend="name features=[…] and target=…; for texts use NaiveBayes or Ngram, for ratings EASE",
            )
        absent = sorted(set(train.roles.features) - set(pool.roles.features))
        if absent:
            raise InputError(
                f"the {name} pool lacks the features {absent}", mend="give all pools the same ones"
            )
    if train.n_works == 0 or test.n_works == 0:
        raise InputError("there are no works to train or to test on", mend="check the split")


def _check_seen(answers: NDArray[Any], classes: tuple[Any, ...], test: Batch) -> None:
    for i, label in enumerate(answers):
        if label not in classes:
            raise InputError(
                f"the label {label!r} is in no training work",
                where=f"test work {test.number[i]}",
                mend="leave the work out, or split so that each label is trained on",
            )
