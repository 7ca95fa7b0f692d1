"""Refit: any model, fitted anew for each coalition, each coalition once."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal, Self

import joblib
import numpy as np

from commonweal.errors import InputError, MissingCapabilityError, MissingExtraError
from commonweal.parallel import Workers
from commonweal.pool.batch import Batch
from commonweal.pool.pool import Pool
from commonweal.progress import Progress, silent
from commonweal.utility.base import Bools, Floats, Metric, as_coalitions
from commonweal.utility.fitting import Job, fingerprint, joined, score, unit_weights
from commonweal.utility.moments import labels_of, numbers_of, table_of
from commonweal.utility.units import HERE, owner_sizes, unit_owners, unit_slices

CACHE_BYTES = 256 << 20
Function = Callable[[Batch, Batch, int], Any]

ACCURACY = Metric("accuracy", plain="share of the test works whose label the model gets right")
R2 = Metric("R²", plain="share of the differences in the outcome that the model foresees; 0 is a constant")


class Refit:
    """What any model gains from a coalition of owners, by fitting it on base ∪ coalition.

    Parameters
    ----------
    train : Pool
        Works of the players: features and target, or text and target; for a function any pool.
    test : Pool
        Held-out works.
    estimator : scikit-learn estimator or callable
        Something with fit and predict (a pipeline for texts: it gets a list of str), cloned for each fit; or
        a function (train: Batch, test: Batch, seed: int) → score, or one score per test work, higher better.
    base : Pool, optional
        What the builder already has, with the same columns.
    scoring : str or callable, optional
        A scikit-learn scorer. Without it: accuracy or R² of the predictions, with scores per test work.
    seeds : int or sequence of int
        How many fits per coalition, or their seeds: the same for all coalitions. Set on every
        `random_state` of the estimator. A score is the mean.
    task : {"auto", "regression", "classification"}
        "auto" classifies where the target is no number.
    empty : float, optional
        Score of the model that saw no work: by default 1 / classes, or R² 0. Needed with `scoring`; a
        function without it is called with an empty batch.
    metric : Metric, optional
        What a score of `scoring` or of a function means.
    bounds : (float, float), optional
        Its least and greatest value.
    slice : str, optional
        Column of the test pool that names each test work's slice.
    cache : path, optional
        Folder in which scores are kept between runs (joblib.Memory). It knows the works, the estimator's
        parameters and the seeds, but not the code of a function: empty it when that changes.
    workers : Workers
        Where fits run: this process, loky's, or a Ray cluster; the scores are the same.
    progress : callable
        Told how many fits are done.

    Notes
    -----
    A coalition with works of one label only gets a model that always says it. Scores are kept by the works
    that a coalition may use, in memory up to 256 MiB.

    Raises
    ------
    InputError
        For pools that the estimator can't be fitted on, or `scoring` without `empty` where it is asked for.
    MissingExtraError
        If scikit-learn is absent and an estimator is given.
    """

    def __init__(
        self,
        train: Pool,
        *,
        test: Pool,
        estimator: Any,
        base: Pool | None = None,
        scoring: str | Callable[[Any, Any, Any], float] | None = None,
        seeds: int | Sequence[int] = 1,
        task: Literal["auto", "regression", "classification"] = "auto",
        empty: float | None = None,
        metric: Metric | None = None,
        bounds: tuple[float, float] | None = None,
        slice: str | None = None,
        cache: str | Path | None = None,
        workers: Workers = HERE,
        progress: Progress = silent,
    ) -> None:
        self.owners = train.owners
        self._function = callable(estimator) and not hasattr(estimator, "fit")
        if scoring is not None and self._function:
            raise InputError("scoring= is for estimators", mend="let the function return its score")
        self._pool, self._train, self._test = train, train.load(), test.load()
        self._options = {
            "estimator": estimator,
            "scoring": None if self._function else _scorer(scoring),
            "seeds": tuple(range(seeds)) if isinstance(seeds, int) else tuple(seeds),
            "empty": empty,
        }
        if not self._options["seeds"]:
            raise InputError("there are no seeds", mend="give seeds=1 or more")
        self._scoring, self._task, self._metric, self._bounds = scoring, task, metric, bounds
        self._folder, self._workers, self._progress = cache, workers, progress
        self.unit_work = self._test.number
        self.unit_owner = unit_owners(test, self.owners, self._test.block)
        self.unit_slice = unit_slices(self._test, slice)
        self._set_base(base)

    # What others ask -----------------------------------------------------------------------------

    @property
    def metric(self) -> Metric:
        """Accuracy, R², or what was said of `scoring` or of the function."""
        if self._metric is not None:
            return self._metric
        if self._function or self._scoring is not None:
            return Metric(self._scoring if isinstance(self._scoring, str) else "score")
        return ACCURACY if self._job.classes else R2

    @property
    def bounds(self) -> tuple[float, float] | None:
        """As given; (0, 1) for accuracy."""
        return (0.0, 1.0) if self._bounds is None and self.metric is ACCURACY else self._bounds

    @property
    def sizes(self) -> Floats:
        """Works per owner; co-owners share a work equally."""
        return owner_sizes(self._pool, self._pool.works.astype(np.float64))

    @property
    def facts(self) -> Mapping[str, Any]:
        """The model, its seeds, how often it was fitted."""
        name = getattr(self._job.estimator, "__name__", None) if self._function else str(self._job.estimator)
        return {
            "model": " ".join(str(name or type(self._job.estimator).__name__).split()),
            "scoring": self._scoring if isinstance(self._scoring, str | None) else "callable",
            "seeds": list(self._job.seeds),
            "fits": self.fits * len(self._job.seeds),
            "classes": [str(c) for c in self._job.classes],
            "test_works": len(self._test),
            "base_works": int((self._job.train.block < 0).sum()),
        }

    def evaluate(self, coalitions: Bools) -> Floats:
        """Return the mean score over the seeds of each coalition, bool[k, m] → float64[k]."""
        rows = self._rows(coalitions)
        weight = unit_weights(self._job).sum()
        return np.array([row[0] if len(row) == 1 else row.sum() / weight for row in rows], dtype=np.float64)

    def unit_scores(self, coalitions: Bools) -> tuple[Floats, Floats]:
        """Return (numerator, denominator) per test work, float64[k, u] each.

        Raises
        ------
        MissingCapabilityError
            With `scoring`, and for a function that returns one score.
        """
        u, rows = len(self._test), self._rows(coalitions)
        if self._job.scoring is not None or (u > 1 and any(len(row) != u for row in rows)):
            raise MissingCapabilityError(self, "unit_scores", "scores per test work")
        numerator = np.array(rows).reshape(len(rows), u)
        return numerator, np.broadcast_to(unit_weights(self._job), numerator.shape)

    def with_base(self, pool: Pool | None) -> Self:
        """Return the same model and seeds for a builder who has another base."""
        other = copy.copy(self)
        other._set_base(pool)
        return other

    # How -----------------------------------------------------------------------------------------

    def _set_base(self, base: Pool | None) -> None:
        works = joined(self._train, None if base is None else base.load())
        options = {**self._options, "train": works, "test": self._test}
        if self._function:
            self._job = Job(**options, x=None, y=None, test_x=None, test_y=None, classes=())
        else:
            classify, test_y = _target(self._test, self._task)
            y = _target(works, self._task)[1]
            classes = tuple(sorted(set(y.tolist()))) if classify else ()
            x, test_x = _inputs(works), _inputs(self._test)
            self._job = Job(**options, x=x, y=y, test_x=test_x, test_y=test_y, classes=classes)
        if not self._function and not self._job.classes and unit_weights(self._job).sum() == 0:
            raise InputError("all test targets are equal, so R² says nothing", mend="hold out more works")
        self._known: OrderedDict[bytes, Floats] = OrderedDict()
        self.fits = 0
        self._fit = self._kept_on_disk() if self._folder else partial(score, job=self._job)

    def _kept_on_disk(self) -> Callable[[Bools], Floats]:
        """Return the scorer with joblib.Memory around it, keyed by all that decides a score."""
        memory = joblib.Memory(self._folder, verbose=0)
        return partial(_remembered, memory=memory, key=fingerprint(self._job), job=self._job)

    def _rows(self, coalitions: Bools) -> list[Floats]:
        """Return a row per coalition, fitting each that is not known, once."""
        blocks = self._pool.blocks_of(as_coalitions(coalitions, len(self.owners)))
        keys = [np.packbits(row).tobytes() for row in blocks]
        wanted = dict(zip(keys, blocks, strict=True))
        found = {key: self._known[key] for key in wanted if key in self._known}
        missing = [key for key in wanted if key not in found]
        if missing and self._job.scoring is not None and self._job.empty is None:
            self._refuse_empty(blocks)
        fitted = self._workers.map(self._fit, [wanted[key] for key in missing])
        for done, (key, row) in enumerate(zip(missing, fitted, strict=True), 1):
            found[key] = self._known[key] = row
            self.fits += 1
            self._progress(done, len(missing), "fitting models")
        most = max(1, CACHE_BYTES // (8 * max((len(r) for r in found.values()), default=1)))
        while len(self._known) > most:
            self._known.popitem(last=False)
        return [found[key] for key in keys]

    def _refuse_empty(self, blocks: Bools) -> None:
        used = np.append(self._pool.works, 0) > 0
        if not (self._job.train.block < 0).any() and not (blocks & used[:-1]).any(axis=1).all():
            raise InputError(
                "a coalition has no works, and scoring= does not say what a model without any scores",
                mend="give empty=, for example the score of a guess",
            )


def _remembered(blocks: Bools, *, memory: joblib.Memory, key: str, job: Job) -> Floats:
    keyed = memory.cache(_keyed, ignore=["blocks", "job"])
    return np.asarray(keyed(key, np.packbits(blocks).tobytes(), blocks, job))


def _keyed(key: str, coalition: bytes, blocks: Bools, job: Job) -> Floats:
    return score(blocks, job=job)


def _scorer(scoring: Any) -> Any:
    try:
        from sklearn.metrics import get_scorer
    except ImportError:
        raise MissingExtraError("scikit-learn", "sklearn", "Refit with an estimator") from None
    return get_scorer(scoring) if isinstance(scoring, str) else scoring


def _target(works: Batch, task: str) -> tuple[bool, Any]:
    if works.roles.target is None:
        raise InputError("an estimator needs a target", mend="name target=, or give a function instead")
    classify = works.target.dtype == object if task == "auto" else task == "classification"
    return classify, labels_of(works) if classify else numbers_of(works, works.roles.target)


def _inputs(works: Batch) -> Any:
    if works.roles.features:
        return table_of(works, works.roles.features)
    if works.roles.text:
        return works.text
    raise InputError(
        f"an estimator can't be fitted on a {works.roles.kind} pool",
        mend="name features= or text= with target=, or give a function (train, test, seed) → score",
    )
