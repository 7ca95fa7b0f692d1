"""`cw.appraise`: one line for most, on a pool or on a utility of one's own."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from commonweal import valuation
from commonweal.parallel import Workers
from commonweal.pool import Pool
from commonweal.progress import Progress, silent
from commonweal.study.models import averaged, build
from commonweal.study.told import told
from commonweal.utility.base import Utility
from commonweal.valuation import Appraisal

VALUATION = ("method", "rtol", "budget", "confidence", "sure", "groups")
"""Options that go to the valuation; all others are the model's."""


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
    if not isinstance(what, Pool):
        return valuation.appraise(what, workers=workers, **asked, **options)
    make = partial(build, base=base, model=model, options=options)
    if test is not None:
        utility = make(what, test, workers=workers, progress=shown)
    else:
        utility = averaged(what, make, splits, size=test_size, seed=seed, workers=workers, progress=shown)
    result = told(valuation.appraise(utility, **asked), what, utility)
    named = {"pool": what, "test": test, "base": base}
    inputs = [
        {"part": part, "path": s.path, "sha256": s.sha256, "bytes": s.bytes}
        for part, pool in named.items()
        for s in (pool.sources if pool else ())
    ]
    return replace(result, facts={**result.facts, "inputs": inputs})
