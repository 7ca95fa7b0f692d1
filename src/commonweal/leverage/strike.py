"""What a strike costs: the others first, then the strikers, and everyone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa

from commonweal.counts import counted
from commonweal.errors import InputError
from commonweal.leverage.draws import first, permutations, sizes_of
from commonweal.leverage.effects import ALL, OTHERS, SIMILAR, STRIKERS, Effects, Panel, measure
from commonweal.leverage.error import band
from commonweal.leverage.floor import BASE_ALONE, Gap, floor_scores
from commonweal.leverage.plans import RANDOM, Groups, Plan, group_plans, masks
from commonweal.leverage.results import Strike
from commonweal.leverage.shrink import RemovalCurve
from commonweal.leverage.worst import WORST_SAID, worst_found
from commonweal.parallel import Workers
from commonweal.progress import Progress, silent
from commonweal.utility.base import Floats, facts_of, outer_workers


def strike(
    utility: Any,
    *,
    participation: Sequence[float] = (0.01, 0.05, 0.1, 0.3, 0.5),
    by: Groups | None = None,
    by_name: str = "group",
    within: float = 1.0,
    draws: int = 100,
    seed: int = 0,
    confidence: float = 0.95,
    worst: int = 1_000,
    workers: Workers | None = None,
    progress: Progress = silent,
) -> Strike:
    """Return what withholding costs: random strikes, strikes by group, the worst strike found.

    Parameters
    ----------
    utility : Utility
        `unit_scores` and `unit_owner` tell others from strikers and give the test-set error; without them the
        result warns, and has the figures over all test units alone.
    participation : sequence of float
        Shares of owners that strike, in random strikes and in the worst one.
    by : mapping, optional
        Name of a group → bool[m] or names of owners. Each stands beside random groups of equal size.
    by_name : str
        Name of the column that the groups come from.
    within : float
        Share of each group that strikes; below 1 the strikers are drawn anew for each draw.
    draws : int
        Random strikes per row (Vincent, Hecht & Sen 2019 call for 50 or more).
    worst : int
        Greatest number of coalitions for the search of the worst strike; 0 leaves it out.
    workers : Workers, optional
        Where coalitions are evaluated; by default in this process. The utilities of this package share their
        batches out by workers of their own and need none here.

    Returns
    -------
    Strike
        Gap lost is (full - struck)/(full - floor), Vincent, Hecht & Sen (WWW 2019); the floor is the
        utility's own (`floor`: for ratings the most rated titles), else the base alone. Worth lost is
        (full - struck)/(full - empty), with the base alone as empty.

    Raises
    ------
    InputError
        For shares outside 0 to 1, a group with a name that is no owner, or nothing asked.
    """
    workers = workers or Workers()
    names = list(utility.owners)
    m = len(names)
    sizes, warnings = sizes_of(participation, m)
    if not sizes and not by:
        raise InputError("no strike was asked for", mend="give shares such as 0.1 and 0.3, or groups")
    panel = Panel.of(utility, seed=seed)
    orders = permutations(m, draws, seed)
    plans = [
        Plan(RANDOM, None, float(p), first(orders, n)) for p, n in zip(participation, sizes, strict=True)
    ]
    plans += group_plans(masks(by or {}, names, by_name), by_name, within, orders, warnings)
    asked = [~plan.strikers for plan in plans]
    if outer_workers(utility, workers) == Workers():  # else batches are shared out by `measure`
        panel.ask_ahead(np.concatenate([np.zeros((1, m), bool), np.ones((1, m), bool), *asked]), progress)
    measured = [_measure(panel, plan, workers, silent) for plan in plans]
    ends = measure(panel, np.array([np.zeros(m, bool), np.ones(m, bool)]), workers=workers)
    evaluated = ends.evaluated + sum(e.evaluated for e in measured)
    pairs = list(zip(plans, measured, strict=True))
    searched, search = worst_found(panel, pairs, participation, sizes, worst, seed, workers, progress)
    evaluated += search["evaluations"]
    if searched:
        warnings.append(WORST_SAID)
    worth, gap = _gaps(panel, ends, confidence, warnings)
    beyond = _beyond(panel, orders, plans, workers, progress)
    evaluated += sum(e.evaluated for _, e in beyond)
    curve = _curve(pairs + beyond, m, panel, confidence, seed)
    warnings += _panel_warnings(panel)
    lost = {"worth_lost": worth, "gap_lost": gap}
    rows = [_row(p, e, panel, lost, curve, confidence, warnings) for p, e in pairs + searched]
    facts = {
        "metric": asdict(utility.metric),
        "empty": worth.score,
        "full": float(ends.after[1, ALL, 0]),
        "gap": worth.ends,
        "gap_zero": worth.zero,
        "floor": gap.facts,
        "draws": draws,
        "seed": seed,
        "confidence": confidence,
        "evaluations": evaluated,
        "resampled": panel.clusters,
        "resamples": panel.resamples,
        "within": within,
        "worst": {"budget": worst, **search},
        "warnings": list(dict.fromkeys(warnings)),
        "utility": dict(facts_of(utility)),
    }
    return Strike(table=_table(rows), facts=facts)


def _measure(panel: Panel, plan: Plan, workers: Workers, progress: Progress) -> Effects:
    what = f"strikes of {counted(plan.owners, 'owner')}" + (f", {plan.group}" if plan.group else "")
    return measure(panel, ~plan.strikers, watched=plan.watched, workers=workers, progress=progress, what=what)


def _gaps(panel: Panel, ends: Effects, confidence: float, warnings: list[str]) -> tuple[Gap, Gap]:
    """Return what the whole pool adds over the base alone, and over the floor; say where that may be zero."""
    score, clusters = ends.after[:, ALL], ends.clusters[1:, ALL]
    worth = Gap.of(BASE_ALONE, score[1:], score[:1], clusters, confidence)
    if not worth.value > 0:
        warnings.append(
            "The whole pool adds nothing to the base (the gap is zero or less): no share of it is lost."
        )
    elif worth.zero:
        warnings.append(
            "The interval of what the whole pool adds reaches zero: shares of it would mean nothing and "
            "are left out."
        )
    floor = floor_scores(panel)
    if floor is None:
        return worth, worth
    gap = Gap.of(floor[0], score[1:], floor[1], clusters, confidence)
    if gap.zero:
        warnings.append(
            f"The model with everyone is not told from {gap.floor}: there is no gap over it of which a "
            "strike could take a share."
        )
    return worth, gap


def _beyond(
    panel: Panel, orders: Any, plans: Sequence[Plan], workers: Workers, progress: Progress
) -> list[tuple[Plan, Effects]]:
    """Return random strikes halfway between the largest asked for and everyone, so that the curve goes on."""
    m = orders.shape[1]
    size = (max((p.owners for p in plans if p.owners < m), default=0) + m) // 2
    if not panel.tells_apart or size >= m:
        return []
    plan = Plan(RANDOM, None, size / m, first(orders, size))
    return [(plan, _measure(panel, plan, workers, progress))]


def _curve(
    pairs: Sequence[tuple[Plan, Effects]], m: int, panel: Panel, confidence: float, seed: int
) -> RemovalCurve | None:
    if not panel.tells_apart:
        return None
    points = [
        (p.owners / m, e.change(OTHERS), e.clusters[:, OTHERS])
        for p, e in pairs
        if p.random and 0 < p.owners < m
    ]
    return RemovalCurve.of(points, confidence, seed)


def _panel_warnings(panel: Panel) -> list[str]:
    said = []
    if panel.gather is None:
        said.append(
            f"{type(panel.utility).__name__} has no `unit_scores`: intervals hold the draws alone, "
            "without the error "
            "of a finite test set, and shrink to nothing as participation nears everyone."
        )
    if not panel.tells_apart:
        said.append(
            "Without `unit_owner` others and strikers can't be told apart: only the change over all is given."
        )
    return said


def _row(
    plan: Plan,
    effects: Effects,
    panel: Panel,
    lost: Mapping[str, Gap],
    curve: RemovalCurve | None,
    confidence: float,
    warnings: list[str],
) -> dict[str, Any]:
    every = effects.change(ALL)
    row: dict[str, Any] = {
        "by": plan.by,
        "group": plan.group,
        "participation": plan.participation,
        "owners": plan.owners,
        "draws": len(plan.strikers),
        "score": float(np.median(effects.after[:, ALL, 0])),
    }
    for name, part in (("others", OTHERS), ("strikers", STRIKERS), ("similar", SIMILAR), ("all", ALL)):
        shown = part == ALL or panel.tells_apart
        change = effects.change(part) if shown else np.full_like(every, np.nan)
        row |= _triple(f"{name}_change", _band_of(change, effects.clusters[:, [part, ALL]], confidence))
    others = effects.change(OTHERS)
    shrunk = (np.nan,) * 3
    if panel.tells_apart and plan.owners:
        shrunk = _shrunk(plan, others, effects.clusters[:, OTHERS], curve, confidence, warnings)
    row |= _triple("shrunk", shrunk)
    for name, over in lost.items():
        told = (np.nan,) * 3 if over.zero else band(-every / over.gap, effects.clusters[:, ALL], confidence)
        row |= _triple(name, told)
    return row


def _band_of(change: Floats, clusters: Floats, confidence: float) -> tuple[float, float, float]:
    """Return the band over the draws in which the part has test units at all."""
    there = ~np.isnan(change[:, 0])
    if not there.any():
        return np.nan, np.nan, np.nan
    return band(change[there], clusters[there, 0], confidence, clusters[0, 1])


def _shrunk(
    plan: Plan,
    change: Floats,
    clusters: Floats,
    curve: RemovalCurve | None,
    confidence: float,
    warnings: list[str],
) -> tuple[float, float, float]:
    who = counted(plan.owners, "owner") + (f" ({plan.group})" if plan.group else f" ({plan.by})")
    middle = float(np.nanmedian(change[:, 0])) if not np.isnan(change[:, 0]).all() else np.nan
    if middle > 0:
        warnings.append(
            f"A strike by {who}: the others’ median change is no loss, so it reads as no shrunken pool."
        )
    if curve is None or np.isnan(middle):
        return np.nan, np.nan, np.nan
    if not curve.told:
        warnings.append(
            "Removing random owners does not cost the others more than the error of these data: "
            "'as if the pool had shrunk' can't be told."
        )
    elif -middle > curve.loss[-1, 0]:
        warnings.append(
            f"A strike by {who} cost the others more than removing {curve.removed[-1]:.0%} of owners at "
            "random, "
            "the largest share drawn: how much the pool shrank can't be told."
        )
    return curve.read(change, clusters, confidence)


def _triple(name: str, values: tuple[float, ...]) -> dict[str, float | None]:
    stem = name.removesuffix("_change")
    ends = (name, f"{stem}_low", f"{stem}_high")
    return {k: None if np.isnan(v) else float(v) for k, v in zip(ends, values, strict=True)}


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    kinds = {"by": pa.string(), "group": pa.string(), "owners": pa.int64(), "draws": pa.int64()}
    schema = pa.schema([(name, kinds.get(name, pa.float64())) for name in Strike.columns])
    return pa.Table.from_pylist(rows, schema=schema)
