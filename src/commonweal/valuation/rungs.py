"""The rungs of the ladder: each takes the question and returns findings, with what is proven and what
measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from commonweal.utility.base import capability
from commonweal.valuation import enumeration, figures, intervals, large
from commonweal.valuation.figures import Findings
from commonweal.valuation.ladder import Rung
from commonweal.valuation.oracle import Oracle
from commonweal.valuation.sampling import BANZHAF_NOISE, Ends, Estimate, Sampler

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PILOT = 10
"""Coalitions per owner that the plan of a sampling run rests on."""
GROWTH = 2
UNIT_VALUES = 50_000_000
"""Most values by owner and test unit that a closed form is asked for (400 MB)."""


@dataclass(frozen=True)
class Question:
    """What `appraise` was asked, ready to be worked on."""

    oracle: Oracle
    m: int
    shares: Floats | None
    rtol: float
    budget: int | None
    most: int
    confidence: float
    seed: int
    sure: str
    leave_out: bool
    groups: tuple[list[str], Ints] | None

    def rng(self, stream: int) -> np.random.Generator:
        """Return the generator of one purpose."""
        return np.random.default_rng([self.seed, stream])


@dataclass(frozen=True)
class Answer:
    """Findings with both ends of the total (float64[outputs] each) and the facts of the method."""

    findings: Findings
    empty: Floats
    full: Floats
    method: dict[str, Any]
    less: Floats | None = None  # scores of N∖i
    warnings: list[str] = field(default_factory=list)
    group_table: pa.Table | None = None


def closed_form(utility: Any) -> Floats | None:
    """Return the utility's own exact Shapley values, or None."""
    exact = capability(utility, "exact_shapley")
    found = exact() if exact is not None else None
    return None if found is None else np.asarray(found, dtype=np.float64).reshape(len(utility.owners))


def climb(rung: Rung, asked: Question, known: Floats | None) -> Answer:
    """Carry out a rung."""
    if rung.name == "closed form":
        assert known is not None
        return _closed(rung, asked, known)
    if rung.name == "enumeration":
        return _enumerated(rung, asked)
    if rung.name == "class means":
        return _class_means(rung, asked)
    return _size_curve(rung, asked) if rung.name == "size curve" else _sampled(rung, asked)


def _closed(rung: Rung, asked: Question, known: Floats) -> Answer:
    ends = _two_ends(asked)
    less = asked.oracle.ask(~np.eye(asked.m, dtype=bool))[:, 0] if asked.leave_out else None
    value = _with_clusters(asked, known)
    found = Findings(
        value=value,
        exact=True,
        factor_all=0.0,
        leave_out=None if less is None else ends[1][0] - less,
        factor=0.0,
    )
    method = _method(rung, "none needed for sampling: exact", "exact to rounding", "")
    short = value.shape[1] == 1 and asked.oracle.clusters is not None
    warning = "The test-set error of single owners is not known from this closed form; the total's is."
    return Answer(found, *ends, method, less, [warning] if short else [])


def _with_clusters(asked: Question, known: Floats) -> Floats:
    """Append each test cluster's influence on the closed form's values, where it knows them by test unit.

    `exact_unit_shapley()` gives float64[M, u] whose mean over the units is the value.
    """
    clusters, by_unit = asked.oracle.clusters, capability(asked.oracle.utility, "exact_unit_shapley")
    if clusters is None or by_unit is None or asked.m * clusters.units > UNIT_VALUES:
        return known[:, None]
    found = by_unit()
    if found is None:
        return known[:, None]
    return np.column_stack([known, clusters.influence(found, np.ones_like(found), known)])


def _enumerated(rung: Rung, asked: Question) -> Answer:
    m = asked.m
    done = enumeration.enumerate_all(asked.oracle, m)
    last = 2**m - 1
    less = done.scores[last ^ (1 << np.arange(m))]
    half = intervals.jackknife(enumeration.without_each(done.scores, m), asked.confidence) if m >= 3 else None
    found = Findings(
        value=done.shapley,
        exact=True,
        factor=0.0,
        factor_all=0.0,
        owner_half=half,
        leave_out=done.scores[-1] - less,
        banzhaf=done.banzhaf,
    )
    asked_ends = asked.oracle.asked
    empty, full = _two_ends(asked)
    asked.oracle.asked = asked_ends  # the same two coalitions again, for their clusters
    method = _method(
        rung,
        "sampling: none needed. Test set: Student's t over clusters. Owners: jackknife, exact games "
        "without each owner",
        "values are exact to rounding",
        "test-set and owner intervals are asymptotic",
    )
    return Answer(found, empty, full, method, less)


def _sampled(rung: Rung, asked: Question) -> Answer:
    ends = _ends(asked)
    sampler = Sampler(asked.oracle, ends, asked.shares, asked.rng(1))
    look = _live if asked.sure == "live" else _fixed
    estimate, factor, factor_all, stopped = look(sampler, asked)
    without = estimate.fitted.without((ends.singles - ends.empty)[:, 0], (ends.less - ends.empty)[:, 0])
    warnings = (
        [] if without is not None else ["The error from the choice of owners is known for the total only."]
    )
    noisy = estimate.banzhaf_se.mean() > BANZHAF_NOISE * np.abs(estimate.banzhaf).mean()
    found = Findings(
        value=estimate.value,
        covariance=estimate.covariance,
        factor=factor,
        factor_all=factor_all,
        owner_half=None if without is None else intervals.jackknife(without, asked.confidence),
        leave_out=(ends.full - ends.less)[:, 0],
        banzhaf=None if noisy else estimate.banzhaf,
    )
    kernel = estimate.fitted.kernel
    method = _method(rung, _INTERVALS[asked.sure], _PROVEN, _MEASURED) | {
        "stopped": stopped,
        "draws": estimate.draws,
        "inflation": estimate.inflation,
        "banzhaf_standard_error": None if noisy else float(estimate.banzhaf_se.mean()),
        "surrogate": {
            "degrees": list(kernel.degrees),
            "power": kernel.power,
            "bend": kernel.bend,
            "noise": kernel.noise,
            "offset": kernel.offset,
        },
        "owner_error": "model-based: the surrogate without each owner in turn; the total's is exact",
    }
    return Answer(found, ends.empty, ends.full, method, ends.less[:, 0], warnings)


def _fixed(sampler: Sampler, asked: Question) -> tuple[Estimate, float, float, str]:
    """Spend the budget and look once; without a budget plan it from a pilot, then look once."""
    spare = asked.most - asked.oracle.asked
    if asked.budget is not None:
        sampler.draw(spare)
        stopped = "the budget was spent"
    else:
        pilot = min(PILOT * asked.m, spare)
        sampler.draw(pilot)
        found = sampler.estimate()
        half = intervals.student(asked.confidence, pilot) * found.se.max()
        goal, stopped = _goal(found, asked)
        wanted = int(np.ceil(pilot * (half / goal) ** 2)) if goal > 0 else pilot
        if wanted > spare:
            stopped = f"the most evaluations by default ({asked.most:,}) were spent before rtol was reached"
        more = min(wanted, spare) - pilot
        if more <= 0:
            return found, *_factors(found, asked), stopped
        sampler.draw(more)
    found = sampler.estimate()
    return found, *_factors(found, asked), stopped


def _live(sampler: Sampler, asked: Question) -> tuple[Estimate, float, float, str]:
    """Look, and draw as many again, until precise enough; intervals hold at every look."""
    spare = asked.most - asked.oracle.asked
    n = min(max(4 * asked.m, 60), spare)
    sampler.draw(n)
    at_once = intervals.bonferroni(asked.confidence, asked.m)
    while True:
        found = sampler.estimate()
        n = found.draws
        factor = intervals.sequence(asked.confidence, n, spare)
        factor_all = intervals.sequence(at_once, n, spare)
        goal, reason = _goal(found, asked)
        if factor * found.se.max() <= goal:
            return found, factor, factor_all, reason
        if n >= spare:
            return found, factor, factor_all, "the budget was spent before rtol was reached"
        sampler.draw(min(GROWTH * n, spare) - n)


def _goal(found: Estimate, asked: Question) -> tuple[float, str]:
    """Return the half-width to reach and the reason to stop there."""
    wanted = asked.rtol * float(np.abs(found.value[:, 0]).mean())
    test = figures.test_half(found.value, asked.confidence)
    floor = float(np.nanmedian(test)) if np.isfinite(test).any() else 0.0
    if floor > wanted:
        return floor, "the test-set error exceeds the sampling error: more evaluations buy nothing"
    return wanted, f"the widest half-width reached {100 * asked.rtol:g}% of the mean absolute value"


def _factors(found: Estimate, asked: Question) -> tuple[float, float]:
    one = intervals.student(asked.confidence, found.freedom)
    return one, intervals.max_t(found.covariance, asked.confidence, found.freedom, asked.rng(3))


def _size_curve(rung: Rung, asked: Question) -> Answer:
    ends = _ends(asked)
    sampler = Sampler(asked.oracle, ends, asked.shares, asked.rng(1))
    sampler.draw(asked.most - asked.oracle.asked)
    shares = asked.shares if asked.shares is not None else np.full(asked.m, 1 / asked.m)
    value, offset = large.size_curve(ends, sampler.rows, sampler.scores, shares, sampler.drawn)
    found = Findings(value=value, leave_out=(ends.full - ends.less)[:, 0])
    method = _method(rung, "none for sampling: values are model-based", "the values add up to the total", "")
    warning = (
        "Values of single owners are model-based: owners alone, all but one owner, and a curve of size "
        "between. "
        "No interval covers the model's error; allow at least 5 evaluations per owner for one."
    )
    return Answer(found, ends.empty, ends.full, method | {"offset": offset}, ends.less[:, 0], [warning])


def _class_means(rung: Rung, asked: Question) -> Answer:
    empty, full = _two_ends(asked)
    less = asked.oracle.ask(~np.eye(asked.m, dtype=bool))[:, 0] if asked.leave_out else None
    if asked.groups is not None:
        names, of = asked.groups
    else:
        of = large.size_classes(asked.shares, asked.m)
        names = [f"size class {k + 1}" for k in range(int(of.max()) + 1)]
    spare = asked.most - asked.oracle.asked
    if spare < 30:
        spare = 30
    sums = large.class_values(asked.oracle, empty, full, of, spare, asked.rng(1))
    count = np.bincount(of, minlength=len(names)).astype(np.float64)
    half = intervals.student(asked.confidence, sums.draws) * np.sqrt(np.diag(sums.covariance))
    table = figures.group_table(names, count, sums.value, half, asked.confidence)
    leave = None if less is None else full[0] - less
    found = Findings(value=(sums.value / count[:, None])[of], leave_out=leave, per_owner=False)
    method = _method(rung, _CLASSES, _PROVEN, "") | {"classes": table.to_pylist(), "draws": sums.draws}
    warning = (
        f"{asked.m:,} owners are too many to be told apart with {asked.most:,} evaluations: each owner's "
        f"value is the "
        "mean of its class, not an estimate for that owner. Sums over whole classes have intervals "
        "(`method.classes`)."
    )
    return Answer(found, empty, full, method, less, [warning], table)


def _two_ends(asked: Question) -> tuple[Floats, Floats]:
    ends = asked.oracle.ask(np.array([[False] * asked.m, [True] * asked.m]))
    return ends[0], ends[1]


def _ends(asked: Question) -> Ends:
    asked.oracle.expected = asked.most
    empty, full = _two_ends(asked)
    one = np.eye(asked.m, dtype=bool)
    return Ends(empty, full, asked.oracle.ask(one), asked.oracle.ask(~one))


def _method(rung: Rung, interval: str, proven: str, measured: str) -> dict[str, Any]:
    return {"name": rung.name, "why": rung.why, "interval": interval, "proven": proven, "measured": measured}


_INTERVALS = {
    "fixed": "sampling: Student's t at a fixed budget, standard error inflated by √(1 + M/n) or by the "
    "fits' common "
    "error where larger; all owners at once: max-t",
    "live": "sampling: asymptotic confidence sequence, valid at every look; all owners at once: the same, "
    "Bonferroni",
}
_PROVEN = (
    "values add up to the total exactly; the estimate is unbiased up to the choice of the surrogate's kernel"
)
_MEASURED = (
    "coverage of 92-100% per owner (nominal 95%) on exact and long-run games of several kinds; the "
    "inflation is a heuristic"
)
_CLASSES = "sampling: Student's t for sums over classes; no interval for a single owner"
