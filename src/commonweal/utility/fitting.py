"""One refit: what a worker needs to fit a model on base ∪ coalition and score it. Everything here pickles."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np
import pyarrow as pa

from commonweal.counts import counted
from commonweal.errors import InputError
from commonweal.pool.batch import Batch
from commonweal.utility.base import Bools, Floats, Ints

BASE = -1  # block of works that are always in


@dataclass(frozen=True)
class Job:
    """A model and the works it is fitted on and tested on.

    Parameters
    ----------
    estimator : object or callable
        A scikit-learn estimator, or a function (train, test, seed) → score or scores per test work.
    scoring : callable or None
        A scikit-learn scorer (estimator, x, y) → score; None scores predictions work by work.
    seeds : tuple of int
        The same for all coalitions, so that two coalitions differ in their works alone.
    empty : float or None
        Score of the model that saw nothing; None takes the uniform guess, or R² 0.
    train, test : Batch
        All works that may be fitted on (`block` is `BASE` for the base), and those that are held out.
    x, y, test_x, test_y : arrays or lists
        Inputs and targets of the same works for an estimator; unused by a function.
    classes : tuple
        All labels known; empty in regression.
    """

    estimator: Any
    scoring: Callable[[Any, Any, Any], float] | None
    seeds: tuple[int, ...]
    empty: float | None
    train: Batch
    test: Batch
    x: Any
    y: Any
    test_x: Any
    test_y: Any
    classes: tuple[Any, ...]


def score(blocks: Bools, *, job: Job) -> Floats:
    """Return the mean over the seeds of the score, float64[1], or of the unit numerators, float64[u].

    Parameters
    ----------
    blocks : bool[n_blocks]
        Which blocks of the training pool are in.
    job : Job
        The rest.
    """
    inside = np.append(blocks, True)[job.train.block]  # BASE = -1 is the last entry
    if callable(job.estimator) and not hasattr(job.estimator, "fit"):
        return np.asarray(np.mean([_called(job, inside, seed) for seed in job.seeds], axis=0))
    if not inside.any():
        return _nothing(job)
    rows = np.flatnonzero(inside)
    return np.asarray(np.mean([_fitted(job, rows, seed) for seed in job.seeds], axis=0))


def unit_weights(job: Job) -> Floats:
    """Return the denominators of the unit scores: 1 per test work, or (y − ȳ)² in regression."""
    if job.classes or job.test_y is None:
        return np.ones(len(job.test))
    return np.asarray((job.test_y - job.test_y.mean()) ** 2, dtype=np.float64)


def fingerprint(job: Job) -> str:
    """Return a hash of all that decides a score, but for the code of functions."""
    digest = hashlib.sha256()
    for works in (job.train, job.test):
        table = works.columns.replace_schema_metadata(None).combine_chunks()
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        digest.update(sink.getvalue())
        digest.update(works.block.tobytes())
    options = (job.estimator, job.scoring, job.seeds, job.empty, job.classes)
    digest.update(str(joblib.hash(options)).encode())
    return digest.hexdigest()


def joined(train: Batch, base: Batch | None) -> Batch:
    """Return the works of both, the base's first, with block `BASE`; columns the base lacks are null there.

    Raises
    ------
    InputError
        If the base lacks a column that a model reads, or holds another kind of value in one.
    """
    if base is None:
        return train
    roles, there = train.roles, base.columns.column_names
    read = [*roles.features, roles.text, roles.target, roles.item, roles.rating]
    absent = [name for name in read if name is not None and name not in there]
    if absent:
        raise InputError(f"the base lacks the columns {absent}", mend="give all pools the same columns")
    shared = base.columns.select([name for name in train.columns.column_names if name in there])
    try:
        columns = pa.concat_tables([shared, train.columns], promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        mend = "give all pools the same kinds of values"
        raise InputError(f"the base does not go with the pool ({error})", mend=mend) from None
    block = np.concatenate([np.full(len(base), BASE, dtype=np.int64), train.block])
    return Batch(
        np.concatenate([base.number, train.number]), block, columns.select(train.columns.column_names), roles
    )


def _called(job: Job, inside: Bools, seed: int) -> Floats:
    if job.empty is not None and not inside.any():
        return np.array([job.empty])
    given = np.asarray(job.estimator(job.train.where(inside), job.test, seed), dtype=np.float64).ravel()
    if len(given) not in (1, len(job.test)) or not np.isfinite(given).all():
        raise InputError(
            f"the function returned {counted(len(given), 'score')}, or one that is not finite",
            mend=f"return one number, or one per test work ({len(job.test)})",
        )
    return given


def _nothing(job: Job) -> Floats:
    """Return what a model that saw nothing scores."""
    guess = 1 / len(job.classes) if job.classes else 0.0
    value = guess if job.empty is None else job.empty
    return np.array([value]) if job.scoring else value * unit_weights(job)


def _fitted(job: Job, rows: Ints, seed: int) -> Floats:
    y = job.y[rows]
    x = [job.x[i] for i in rows] if isinstance(job.x, list) else job.x[rows]
    model = _model(job, y, seed).fit(x, y)
    if job.scoring:
        return np.array([float(job.scoring(model, job.test_x, job.test_y))])
    guess = np.asarray(model.predict(job.test_x))
    if job.classes:
        return np.asarray(guess == job.test_y, dtype=np.float64)
    return np.asarray((job.test_y - job.test_y.mean()) ** 2 - (job.test_y - guess) ** 2, dtype=np.float64)


def _model(job: Job, y: Any, seed: int) -> Any:
    """Return a fresh model with its seed set; of a single label, one that always says it."""
    if job.classes and len(set(y.tolist())) == 1:
        from sklearn.dummy import DummyClassifier

        return DummyClassifier(strategy="most_frequent")
    from sklearn.base import clone

    model = clone(job.estimator)
    names = [k for k in model.get_params() if k == "random_state" or k.endswith("__random_state")]
    return model.set_params(**dict.fromkeys(names, seed)) if names else model
