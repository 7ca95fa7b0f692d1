"""The rung for runs that were made elsewhere: what they tell, with intervals, and what they cannot tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commonweal.counts import counted
from commonweal.errors import InputError
from commonweal.valuation import ladder
from commonweal.valuation.figures import Findings
from commonweal.valuation.runs import from_runs

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RunsAnswer:
    """What recorded runs tell; NaN or None where they cannot."""

    findings: Findings
    empty: float | None
    full: float | None
    total: dict[str, float | None]
    low: Floats
    high: Floats
    all_low: Floats
    all_high: Floats
    method: dict[str, Any]
    runs: int
    warnings: list[str]


def tell(utility: Any, m: int, confidence: float, seed: int) -> RunsAnswer:
    """Return what the runs of a `Runs` utility tell; nothing is evaluated."""
    rows, scores, _ = utility.recorded()
    scores = np.asarray(scores, dtype=np.float64)
    if not np.isfinite(scores).all():
        first = int(np.flatnonzero(~np.isfinite(scores))[0])
        raise InputError(
            "the score of a run is not a finite number", where=f"run {first}", mend="leave the run out"
        )
    told = from_runs(np.asarray(rows, dtype=bool), scores, np.random.default_rng([seed, 5]))
    tail = (1 - confidence) / 2
    nothing = np.full(m, np.nan)
    low, high, all_low, all_high = nothing, nothing, nothing, nothing
    value = nothing
    if told.value is not None:
        value = told.value
        low, high = np.quantile(told.draws, [tail, 1 - tail], axis=0)
        spread = np.maximum(told.draws.std(axis=0), 1e-300)
        widest = np.quantile((np.abs(told.draws - value) / spread).max(axis=1), confidence)
        all_low, all_high = value - widest * spread, value + widest * spread
    whole = None if told.full is None or told.empty is None else told.full - told.empty
    ends = (None, None) if whole is None else tuple(np.quantile(told.total_draws, [tail, 1 - tail]).tolist())
    total = {"value": whole, "low": ends[0], "high": ends[1]}
    total |= dict.fromkeys(("test_low", "test_high", "owner_low", "owner_high"))
    method = {
        "name": "runs",
        "why": f"{counted(told.runs, 'recorded run')} of {counted(told.coalitions, 'coalition')}; "
        "nothing else may be evaluated",
        "interval": "percentiles of runs resampled by coalition, and by seed within each",
        "proven": "the values add up to the total" if whole is not None else "nothing",
        "measured": "values are model-based: a curve of size and one slope per owner",
    }
    return RunsAnswer(
        Findings(value=value[:, None], leave_out=told.leave_out),
        told.empty,
        told.full,
        total,
        low,
        high,
        all_low,
        all_high,
        method,
        told.runs,
        _runs_warnings(told.value is not None, whole is not None, m),
    )


def _runs_warnings(enough: bool, total: bool, m: int) -> list[str]:
    out = ["Values rest on recorded runs and a model of them; the test-set error is unknown."]
    if not enough:
        out.append(
            f"What single owners are worth cannot be told: fewer than {m + 4} distinct coalitions were run."
        )
    if not total:
        out.append(
            "What the pool is worth cannot be told: the runs lack the empty coalition or the full one. "
            "Where values of "
            "owners are given, the model's curve stands in for the missing end."
        )
    return out


def complete(utility: Any, m: int) -> bool:
    """Tell whether all 2^m coalitions were run, few enough to be enumerated."""
    if m > ladder.MOST_ENUMERATED:
        return False
    coalitions = np.asarray(utility.recorded()[0], dtype=bool)
    return bool(len(np.unique(coalitions, axis=0)) == 2**m)
