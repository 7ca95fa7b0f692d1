"""From a Plan's paths to pools, and from pools to one utility over all splits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from commonweal.parallel import Workers
from commonweal.pool import Pool, Source, check_labels
from commonweal.progress import Progress, silent
from commonweal.study.models import averaged, build
from commonweal.study.plan import Plan
from commonweal.utility.base import Utility
from commonweal.utility.tokens import Memo

BUILDER_ROLES = ("text", "features", "target", "item", "rating", "on_bad")
"""Roles that a builder's table shares with the pool; whose its works are doesn't matter, but in ratings."""


@dataclass(frozen=True)
class Inputs:
    """The pools that a plan names, and the words of their texts once they have been read."""

    pool: Pool
    base: Pool | None = None
    rival_base: Pool | None = None
    test: Pool | None = None
    memo: Memo = field(default_factory=Memo)

    @property
    def left_out(self) -> dict[str, int]:
        """Reason → works that were read and not kept; those of other parts than the pool name their part."""
        counted = dict(self.pool.left_out)
        for part, pool in (("base", self.base), ("rival's base", self.rival_base), ("test", self.test)):
            counted |= {f"{part}: {reason}": n for reason, n in (pool.left_out if pool else {}).items()}
        return counted

    def sources(self) -> Iterator[tuple[str, Source]]:
        """Yield (part, file) of every file that was read."""
        for part in ("pool", "base", "rival_base", "test"):
            pool = getattr(self, part)
            for source in pool.sources if pool else ():
                yield part, source


def read(plan: Plan) -> Inputs:
    """Read and check every input of a plan, before any work starts.

    Raises
    ------
    InputError
        For whatever can't be used; the message names file, row or column, and the mend.
    """
    keep = tuple(dict.fromkeys(name for name in (*plan.by, plan.slices) if name))
    pool = Pool.read(plan.works, **plan.roles, keep=keep)
    theirs = {k: v for k, v in plan.roles.items() if k in BUILDER_ROLES}
    theirs["user" if pool.kind == "ratings" else "owner"] = plan.roles.get("user")
    base = Pool.read(plan.base, **theirs) if plan.base else None
    rival = Pool.read(plan.rival_base, **theirs) if plan.rival_base else None
    test = (
        Pool.read(plan.test, **plan.roles, keep=(plan.slices,) if plan.slices else ()) if plan.test else None
    )
    if test is not None and pool.roles.target:
        check_labels(pool, test, base)
    return Inputs(pool, base, rival, test)


def utility_of(
    plan: Plan, inputs: Inputs, *, workers: Workers | None = None, progress: Progress = silent
) -> Utility:
    """Return the utility of a plan: the mean over its splits, or the one of a separate test or of dates."""
    workers = workers or Workers()
    memo = inputs.memo if inputs.pool.held else None  # what is larger than memory is not remembered either
    make = partial(build, base=inputs.base, model=plan.model, options=_model_options(plan), memo=memo)
    splits = 1 if plan.split_by == "date" else plan.splits  # the latest works are the latest in every split
    if inputs.test is not None:
        return make(inputs.pool, inputs.test, workers=workers, progress=progress)
    if splits == 1:
        halves = inputs.pool.split(plan.test_size, by=plan.split_by, seed=plan.seed)
        return make(*halves, workers=workers, progress=progress)
    return averaged(
        inputs.pool,
        make,
        splits,
        size=plan.test_size,
        by=plan.split_by,
        seed=plan.seed,
        workers=workers,
        progress=progress,
    )


def _model_options(plan: Plan) -> Mapping[str, Any]:
    return {**plan.options, "slice": plan.slices} if plan.slices else plan.options
