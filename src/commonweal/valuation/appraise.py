"""From a utility to an Appraisal: the ladder climbed, the errors told apart, the facts written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from commonweal.counts import counted
from commonweal.errors import InputError
from commonweal.parallel import Workers, one_thread
from commonweal.progress import Progress, silent
from commonweal.utility.base import Metric, capability, facts_of
from commonweal.valuation import figures, intervals, ladder, recorded, rungs, test_error
from commonweal.valuation.appraisal import Appraisal
from commonweal.valuation.oracle import Oracle

Floats = NDArray[np.float64]


def appraise(
    utility: Any,
    *,
    method: str = "auto",
    rtol: float = 0.05,
    budget: int | None = None,
    confidence: float = 0.95,
    seed: int = 0,
    n_jobs: int | None = None,
    workers: Workers | None = None,
    progress: Progress = silent,
    sure: Literal["fixed", "live"] = "fixed",
    groups: Mapping[str, str] | None = None,
    leave_out: bool | None = None,
) -> Appraisal:
    """Return what each owner of a utility is worth.

    Parameters
    ----------
    utility : Utility
        Any object with `owners`, `metric` and `evaluate`; optional capabilities are used where it has them.
    method : {"auto", "closed form", "enumeration", "sampling"}
        "auto" climbs the ladder: closed form, enumeration up to 65,536 coalitions (or the budget), sampling.
    rtol : float
        Sampling without a budget, or live, stops when the widest half-width is this part of the mean |value|.
    budget : int, optional
        Most evaluations. With sure="fixed" all of them are spent and looked at once.
    confidence : float
        Level of every interval.
    seed : int
        Seed of everything drawn.
    n_jobs, workers
        Where coalitions are evaluated.
    sure : {"fixed", "live"}
        "fixed": one look at the end. "live": looks all along, with intervals that hold at every look.
    groups : mapping, optional
        Owner → group: sums of owner values are added to the facts, also where owners are too many to
        tell apart.
    leave_out : bool, optional
        Whether to evaluate the pool without each owner in turn; by default up to 5,000 owners.

    Raises
    ------
    InputError
        For bad options, no owners, or a score that is not finite.
    """
    _validate(utility, rtol, budget, confidence, sure)
    owners = [str(name) for name in utility.owners]
    workers = workers or Workers(n_jobs)
    if capability(utility, "recorded") is not None and not recorded.complete(utility, len(owners)):
        return _from_runs(utility, owners, confidence, seed)
    m = len(owners)
    most = ladder.most(m, budget)
    clusters = test_error.clusters(
        utility, seed, int(np.clip(25_000_000 // max(most, m), 30, test_error.MOST))
    )
    oracle = Oracle(utility, clusters, workers, progress)
    known = rungs.closed_form(utility)
    rung = ladder.choose(m, method=method, budget=budget, closed_form=known is not None)
    asked = rungs.Question(
        oracle=oracle,
        m=m,
        shares=_shares(utility, m),
        rtol=rtol,
        budget=budget,
        most=most,
        confidence=confidence,
        seed=seed,
        sure=sure,
        leave_out=m <= ladder.MANY if leave_out is None else leave_out,
        groups=_classes(groups, owners),
    )
    with one_thread():
        answer = rungs.climb(rung, asked, known)
    return _appraisal(utility, owners, answer, oracle, confidence, seed, groups)


def _appraisal(
    utility: Any,
    owners: list[str],
    answer: rungs.Answer,
    oracle: Oracle,
    confidence: float,
    seed: int,
    groups: Mapping[str, str] | None,
) -> Appraisal:
    level = max(abs(float(answer.full[0])), abs(float(answer.empty[0])))
    found = replace(answer.findings, record_sum=_record_sums(utility, len(owners)), level=level)
    total = answer.full - answer.empty
    gap = abs(found.value[:, 0].sum() - total[0])
    scale = max(
        abs(float(answer.full[0])), abs(float(answer.empty[0])), np.abs(found.value[:, 0]).sum(), 1e-300
    )
    if gap > 1e-8 * scale:
        raise AssertionError(f"owner values miss the total by {gap:.3g}: this is a fault of Commonweal")
    facts = _facts(utility, confidence, seed) | {
        "empty": float(answer.empty[0]),
        "full": float(answer.full[0]),
        "total": _total(total, answer, confidence),
        "method": answer.method,
        "evaluations": oracle.asked,
    }
    facts["total_zero"] = _reaches_zero(facts["total"])
    facts["resampled"] = oracle.clusters.kind if oracle.clusters else None
    sums = figures.Sums(owners, found, confidence, answer.group_table, dict(groups or {}))
    if groups is not None:
        facts["groups"] = sums.of(groups).to_pylist()
    table = figures.owner_table(
        owners, found, confidence, _sizes(utility, len(owners)), _works(utility), seed
    )
    if capability(utility, "recorded") is not None:
        facts["warnings"].append(
            "Every coalition was run, and the mean over its seeds is taken as its score: no interval covers "
            "the noise of seeds."
        )
    facts["warnings"] = [*facts["warnings"], *answer.warnings, *_warnings(facts, oracle)]
    return Appraisal(table=table, facts=facts, sums=sums)


def _total(total: Floats, answer: rungs.Answer, confidence: float) -> dict[str, float | None]:
    value = float(total[0])
    test = float(figures.test_half(total[None, :], confidence)[0])
    owner = float("nan") if answer.less is None else intervals.jackknife_total(answer.less, confidence)
    ends = {"value": value, "low": value, "high": value}
    ends |= {"test_low": value - test, "test_high": value + test}
    ends |= {"owner_low": value - owner, "owner_high": value + owner}
    return {k: v if np.isfinite(v) else None for k, v in ends.items()}


def _reaches_zero(total: Mapping[str, float | None]) -> bool:
    lows = [total[k] for k in ("value", "low", "test_low", "owner_low")]
    return any(low is not None and low <= 0 for low in lows)


def _facts(utility: Any, confidence: float, seed: int) -> dict[str, Any]:
    own = dict(facts_of(utility))
    metric = utility.metric if isinstance(utility.metric, Metric) else Metric(str(utility.metric))
    warnings = []
    if _no_base(own):
        warnings.append(
            "The builder has nothing of its own here (no base): the worth counts from an empty model, and "
            "shares say little about a builder who has other data. Name a base."
        )
    return {
        "metric": asdict(metric),
        "seed": seed,
        "confidence": confidence,
        "left_out": own.get("left_out", {}),
        "utility": own,
        "warnings": warnings,
    }


def _no_base(own: Mapping[str, Any]) -> bool:
    """Tell whether a utility says that its base is empty, as `base` or as counts of works, words or users."""
    said = [own[k] for k in ("base", "base_works", "base_words", "base_users") if k in own]
    return bool(said) and not any(said)


def _warnings(facts: Mapping[str, Any], oracle: Oracle) -> list[str]:
    out = []
    if oracle.clusters is None:
        out.append(
            "The test-set error is unknown: the utility gives no scores per test unit (`unit_scores`), or "
            "fewer than two."
        )
    if facts["total_zero"]:
        out.append("The total's interval reaches zero: shares in percent would mean nothing.")
    return out


def _from_runs(utility: Any, owners: list[str], confidence: float, seed: int) -> Appraisal:
    answer = recorded.tell(utility, len(owners), confidence, seed)
    found = answer.findings
    facts = _facts(utility, confidence, seed) | {
        "empty": answer.empty,
        "full": answer.full,
        "total": answer.total,
        "total_zero": answer.total["value"] is None or _reaches_zero(answer.total),
        "method": answer.method,
        "evaluations": answer.runs,
        "resampled": None,
    }
    facts["warnings"] = [*facts["warnings"], *answer.warnings]
    table = figures.owner_table(
        owners, found, confidence, _sizes(utility, len(owners)), _works(utility), seed
    )
    ends = {"low": answer.low, "high": answer.high, "all_low": answer.all_low, "all_high": answer.all_high}
    table = _replace(table, owners, ends)
    return Appraisal(table=table, facts=facts, sums=figures.Sums(owners, found, confidence))


def _replace(table: pa.Table, owners: list[str], columns: Mapping[str, Floats]) -> pa.Table:
    at = {name: i for i, name in enumerate(owners)}
    order = [at[name] for name in table["owner"].to_pylist()]
    for name, values in columns.items():
        part = values[order]
        place = table.column_names.index(name)
        table = table.set_column(place, name, pa.array(part, mask=~np.isfinite(part)))
    low, high = (columns[k][order] for k in ("all_low", "all_high"))
    share = (
        np.nanmean(table["value"].to_numpy(zero_copy_only=False).astype(float))
        if np.isfinite(low).any()
        else 0.0
    )
    apart = pa.array((low > share) | (high < share))
    return table.set_column(table.column_names.index("resolved"), "resolved", apart)


def _validate(utility: Any, rtol: float, budget: int | None, confidence: float, sure: str) -> None:
    missing = [name for name in ("owners", "metric", "evaluate") if not hasattr(utility, name)]
    if missing:
        raise InputError(
            f"{type(utility).__name__} has no {', '.join(missing)}",
            mend="a utility needs owners, metric, evaluate",
        )
    if not len(utility.owners):
        raise InputError("there are no owners to appraise", mend="check the owner column")
    if not 0 < confidence < 1:
        raise InputError(f"confidence {confidence} is no probability", mend="use a number such as 0.95")
    if not rtol > 0:
        raise InputError(f"rtol {rtol} is not above zero", mend="use a number such as 0.05")
    if budget is not None and budget < 1:
        raise InputError(f"budget {budget} is not above zero", mend="allow some evaluations, or leave it out")
    if sure not in ("fixed", "live"):
        raise InputError(f"unknown sure={sure!r}", mend="choose 'fixed' or 'live'")


def _sizes(utility: Any, m: int) -> Floats | None:
    sizes = capability(utility, "sizes")
    return None if sizes is None else np.asarray(sizes, dtype=np.float64).reshape(m)


def _shares(utility: Any, m: int) -> Floats | None:
    sizes = _sizes(utility, m)
    usable = sizes is not None and np.isfinite(sizes).all() and (sizes >= 0).all() and sizes.sum() > 0
    return sizes / sizes.sum() if usable and sizes is not None else None


def _works(utility: Any) -> Floats | None:
    works = capability(utility, "works")
    return None if works is None or callable(works) else np.asarray(works)


def _record_sums(utility: Any, m: int) -> Floats | None:
    sums = capability(utility, "record_sums")
    found = sums() if sums is not None else None
    return None if found is None else np.asarray(found, dtype=np.float64).reshape(m)


def _classes(
    groups: Mapping[str, str] | None, owners: list[str]
) -> tuple[list[str], NDArray[np.int64]] | None:
    """Return names of groups and the group of each owner; owners in none share a group of their own."""
    if groups is None:
        return None
    unknown = set(groups) - set(owners)
    if unknown:
        raise InputError(
            counted(len(unknown), "name in the groups is no owner", "names in the groups are no owners"),
            mend="use names of the owner table",
        )
    of = [str(groups.get(name, "in no group")) for name in owners]
    names, index = np.unique(of, return_inverse=True)
    return names.tolist(), index.astype(np.int64)
