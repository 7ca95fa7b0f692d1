"""`cw.appraise`: one line for most, on a pool or on a utility of one's own."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from commonweal import valuation
from commonweal.errors import InputError
from commonweal.parallel import Workers
from commonweal.pool import Pool
from commonweal.progress import Progress, silent
from commonweal.study.inputs import Inputs
from commonweal.study.models import averaged, build
from commonweal.study.told import told
from commonweal.utility.base import Utility
from commonweal.valuation import Appraisal

VALUATION = ("method", "rtol", "budget", "confidence", "sure", "groups")
"""Options that go to the valuation; all others are the model's."""


MAKE_A_POOL = "make a pool with Pool.read(path, owner=…) or Pool.from_frame(frame, owner=…)"


def appraise(
    what: Pool | Utility,
    *,
    test: Pool | None = None,
    base: Pool | None = None,
    model: str = "auto",
    splits: int = 10,
    test_size: float = 0.2,
    seed: int = 0,
    n_jobs: int | None = None,
    cluster: str = "loky",
    progress: Progress | None = None,
    **options: Any,
) -> Appraisal:
    """Return what each owner is worth to a model builder.

    Parameters
    ----------
    what : Pool or Utility
        The works to learn from, or any object of the protocol (see `commonweal.utility.base`).
    test : Pool, optional
        What the builder is tested on. Without it, `test_size` of each owner's works is held out,
        `splits` times.
    base : Pool, optional
        What the builder has already; part of every question.
    model : str
        "ngram", "naive-bayes", "ridge", "ease", "knn", or "auto": by the kind of pool.
    seed : int
        Seed of splits and of sampling.
    n_jobs, cluster
        Where heavy loops run; see `commonweal.parallel.Workers`.
    **options
        `method`, `rtol`, `budget`, `confidence`, `sure`, `groups` go to `commonweal.valuation.appraise`;
        the rest are options of the model.

    Returns
    -------
    Appraisal
        Its `receipt()` names the inputs by SHA-256 where they came from files.

    Raises
    ------
    InputError
        For input that can't be used.
    """
    workers, shown = Workers(n_jobs, cluster), progress or silent
    asked = {name: options.pop(name) for name in VALUATION if name in options}
    asked |= {"seed": seed, "progress": shown}
    _check(what, test=test, base=base)
    if not isinstance(what, Pool):
        return valuation.appraise(what, workers=workers, **asked, **options)
    make = partial(build, base=base, model=model, options=options)
    if test is not None:
        utility = make(what, test, workers=workers, progress=shown)
    else:
        utility = averaged(what, make, splits, size=test_size, seed=seed, workers=workers, progress=shown)
    pools = Inputs(what, base=base, test=test)
    result = told(valuation.appraise(utility, **asked), pools, utility)
    inputs = [
        {"part": part, "path": s.path, "sha256": s.sha256, "bytes": s.bytes} for part, s in pools.sources()
    ]
    return replace(result, facts={**result.facts, "inputs": inputs})


def _check(what: Any, **others: Any) -> None:
    """Raise InputError for a path or frame where a pool belongs."""
    for name, given in others.items():
        if given is not None and not isinstance(given, Pool):
            raise InputError(f"{name} is a {type(given).__name__}, not a pool", mend=MAKE_A_POOL, where=name)
    if not isinstance(what, Pool) and not hasattr(what, "evaluate"):
        raise InputError(f"a {type(what).__name__} is neither a pool nor a utility", mend=MAKE_A_POOL)
