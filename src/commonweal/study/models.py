"""From a pool and the name of a model to the utility that answers for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from inspect import signature
from typing import Any

from commonweal import utility as utilities
from commonweal.errors import InputError
from commonweal.parallel import Workers
from commonweal.pool import Pool
from commonweal.progress import Progress, silent
from commonweal.utility import Splits
from commonweal.utility.base import Utility
from commonweal.utility.tokens import Memo

MODELS = {
    "ngram": "Ngram",
    "naive-bayes": "NaiveBayes",
    "ridge": "Ridge",
    "ease": "EASE",
    "knn": "KNeighbors",
}
"""Name on the command line → class in `commonweal.utility`."""
GIVEN = {"train", "test", "base", "workers", "progress", "memo"}
"""Parameters of models that are no options."""


def choose(pool: Pool) -> str:
    """Return the model that fits a pool: ngram for text, naive-bayes for labelled text, ease or ridge."""
    if pool.kind == "text":
        return "naive-bayes" if pool.roles.target else "ngram"
    return "ease" if pool.kind == "ratings" else "ridge"


def build(
    train: Pool,
    test: Pool,
    *,
    base: Pool | None = None,
    model: str = "auto",
    options: Mapping[str, Any] | None = None,
    memo: Memo | None = None,
    workers: Workers | None = None,
    progress: Progress = silent,
) -> Utility:
    """Return the utility of one train/test split; n-gram models share a memo of the texts' words.

    Raises
    ------
    InputError
        For an unknown model or an option that the model does not have.
    """
    name = choose(train) if model == "auto" else model
    if name not in MODELS:
        raise InputError(
            f"unknown model {name!r}", mend=f"choose one of {', '.join(MODELS)}", where="--model"
        )
    make = getattr(utilities, MODELS[name])
    given = dict(options or {})
    _check_options(name, make, given)
    if name == "ngram":
        given["memo"] = memo
    made: Utility = make(
        train, test=test, base=base, workers=workers or Workers(), progress=progress, **given
    )
    return made


def options_of(model: Callable[..., Utility]) -> dict[str, Any]:
    """Return option → default of a model: its parameters, but for what a plan gives it itself."""
    return {key: p.default for key, p in signature(model).parameters.items() if key not in GIVEN}


def _check_options(name: str, model: Callable[..., Utility], given: Mapping[str, Any]) -> None:
    """Raise InputError for an option that the model does not have, and for words where it wants a number."""
    there = options_of(model)
    for key, value in given.items():
        if key not in there:
            raise InputError(f"{name} has no option {key!r}", mend=f"options there: {', '.join(there)}")
        if isinstance(value, str) and isinstance(there[key], (int, float)):
            raise InputError(
                f"the option {key!r} of {name} is a number, not {value!r}",
                mend=f"its default is {there[key]}",
            )


def averaged(
    pool: Pool,
    make: Callable[..., Utility],
    n: int,
    *,
    size: float,
    seed: int,
    workers: Workers,
    progress: Progress,
    by: str = "within",
) -> Splits:
    """Return the mean of a utility over `n` splits of a pool.

    Parameters
    ----------
    make : callable
        (train, test) → utility; it takes `workers`.
    workers : Workers
        Splits of a pool in memory are made side by side in threads; with a cluster, or where each pass reads
        files again, the splits follow each other and the passes of each go to the workers.
    """
    if workers.cluster != "loky" or not pool.held:
        make, workers = partial(make, workers=workers), Workers()
    return Splits.of(pool, make, n, size=size, by=by, seed=seed, workers=workers, progress=progress)
