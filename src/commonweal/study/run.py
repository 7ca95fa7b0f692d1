"""One Plan asked whole: read, build the utility, ask each question of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa

from commonweal.leverage import Strike, choices, contribute, critical_mass, scaling, strike
from commonweal.parallel import Workers
from commonweal.progress import Progress, silent
from commonweal.results import Result
from commonweal.study.alternatives import alternatives
from commonweal.study.inputs import Inputs, read, utility_of
from commonweal.study.plan import Plan
from commonweal.study.told import told
from commonweal.utility.base import Floats, Utility
from commonweal.valuation import Appraisal, appraise

FEWER_DRAWS = 60
"""Draws for questions that ask at many sizes."""
VALUED = 200
"""Owners above which "had we chosen otherwise" leaves their values out: each setting costs an appraisal."""
UNITS = {"text": "words", "table": "rows", "ratings": "ratings"}


@dataclass(frozen=True)
class Study:
    """A plan, what it read, the utility it asked, and the answers by question."""

    plan: Plan
    inputs: Inputs
    utility: Utility
    results: Mapping[str, Result] = field(default_factory=dict)


@dataclass(frozen=True)
class Desk:
    """What every question needs at hand."""

    plan: Plan
    inputs: Inputs
    utility: Utility
    workers: Workers
    progress: Progress


def run(
    plan: Plan,
    *,
    inputs: Inputs | None = None,
    workers: Workers | None = None,
    progress: Progress = silent,
) -> Study:
    """Answer every question of a plan.

    Parameters
    ----------
    plan : Plan
        What to ask.
    inputs : Inputs, optional
        The pools, where they have been read already.
    workers, progress
        Where heavy loops run, and who is told how far they are.

    Raises
    ------
    InputError
        Before any work starts, for what can't be used.
    """
    workers = workers or Workers()
    inputs = inputs or read(plan)
    utility = utility_of(plan, inputs, workers=workers, progress=progress)
    desk = Desk(plan, inputs, utility, workers, progress)
    return Study(plan, inputs, utility, {question: _ANSWERS[question](desk) for question in plan.questions})


def _appraise(desk: Desk) -> Appraisal:
    return told(_valued(desk), desk.inputs, desk.utility)


def _valued(desk: Desk) -> Appraisal:
    plan = desk.plan
    return appraise(
        desk.utility,
        rtol=plan.rtol,
        budget=plan.budget,
        confidence=plan.confidence,
        seed=plan.seed,
        progress=desk.progress,
    )


def _common(desk: Desk, most_draws: int | None = None) -> dict[str, Any]:
    plan = desk.plan
    return {
        "draws": min(plan.draws, most_draws or plan.draws),
        "seed": plan.seed,
        "confidence": plan.confidence,
        "progress": desk.progress,
    }


def _strike(desk: Desk) -> Result:
    """Random strikes and the worst found, then the groups of each column, in one table."""
    whole = strike(
        desk.utility, participation=desk.plan.participation, worst=desk.plan.worst, **_common(desk)
    )
    named = [
        strike(
            desk.utility,
            participation=(),
            by=desk.inputs.pool.groups(column),
            by_name=column,
            worst=0,
            **_common(desk),
        )
        for column in desk.plan.by
    ]
    asked = sum(int(result.facts["evaluations"]) for result in (whole, *named))
    warnings = [w for result in (whole, *named) for w in result.facts.get("warnings", ())]
    return Strike(
        table=pa.concat_tables([result.table for result in (whole, *named)]),
        facts={**whole.facts, "evaluations": asked, "warnings": list(dict.fromkeys(warnings))},
    )


def _contribution(desk: Desk) -> Result:
    return contribute(
        desk.utility,
        rival_base=desk.inputs.rival_base,
        participation=desk.plan.participation,
        **_common(desk),
    )


def _critical_mass(desk: Desk) -> Result:
    return critical_mass(desk.utility, shares=(0.5, 0.8), **_common(desk, FEWER_DRAWS))


def _scaling(desk: Desk) -> Result:
    return scaling(desk.utility, unit=UNITS[desk.inputs.pool.kind], **_common(desk, FEWER_DRAWS))


def _choices(desk: Desk) -> Result:
    def value(utility: Utility) -> Floats:
        table = _valued(replace(desk, utility=utility, progress=silent)).table
        by_name = dict(zip(table["owner"].to_pylist(), table["value"].to_pylist(), strict=True))
        return np.array([by_name[name] for name in utility.owners])

    settings = alternatives(desk.plan, desk.inputs, desk.utility, workers=desk.workers)
    few = len(desk.utility.owners) <= VALUED
    return choices(settings, value=value if few else None, **_common(desk, FEWER_DRAWS))


_ANSWERS: Mapping[str, Callable[[Desk], Result]] = {
    "appraisal": _appraise,
    "strike": _strike,
    "contribution": _contribution,
    "critical_mass": _critical_mass,
    "scaling": _scaling,
    "choices": _choices,
}
