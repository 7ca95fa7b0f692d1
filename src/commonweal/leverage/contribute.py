"""Conscious data contribution: what giving the works to a rival does, alone and with a strike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa

from commonweal.counts import counted
from commonweal.errors import MissingCapabilityError
from commonweal.leverage.draws import first, permutations, sizes_of
from commonweal.leverage.effects import ALL, Effects, Panel, measure
from commonweal.leverage.error import band, stretch
from commonweal.leverage.results import Contribution
from commonweal.parallel import Workers
from commonweal.progress import Progress, silent
from commonweal.utility.base import Floats, capability, facts_of


def contribute(
    utility: Any,
    *,
    rival_base: Any | None = None,
    participation: Sequence[float] = (0.01, 0.05, 0.1, 0.2, 0.3, 0.5),
    draws: int = 100,
    seed: int = 0,
    confidence: float = 0.95,
    workers: Workers | None = None,
    progress: Progress = silent,
) -> Contribution:
    """Return how far a rival gets with the works of a share of the owners, who may also withhold them.

    With S(f) the rival's score on the share f and L(1 - f) the builder's without it, both on the same
    owners in each draw (Vincent & Hecht, CSCW 2021): contribution (S(f) - worst)/(best - worst), both
    (S(f) - worst)/(L(1 - f) - worst) for f up to a half, strike 1 - (L(1 - f) - worst)/(best - worst).
    `worst` is the rival's base alone, `best` the builder with the whole pool. Nothing is clamped.

    Parameters
    ----------
    utility : Utility
        The builder's. Where it has `for_visitors()`, the rival is asked as that returns: its users may query
        it whether or not they contributed.
    rival_base : Pool, optional
        What the rival has already, through the capability `with_base`; without it the rival has the
        builder's base.
    participation : sequence of float
        Shares of owners that contribute.

    Raises
    ------
    MissingCapabilityError
        When a rival's base is given and the utility has no `with_base`.
    """
    workers = workers or Workers()
    m = len(utility.owners)
    sizes, warnings = sizes_of(participation, m)
    rival = _rival(utility, rival_base, warnings)
    builder_panel = Panel.of(utility, seed=seed)
    rival_panel = Panel.of(rival, seed=seed)
    _check_pairing(builder_panel, rival_panel, warnings)
    orders = permutations(m, draws, seed)
    ends = np.array([np.zeros(m, bool), np.ones(m, bool)])
    worst = measure(rival_panel, ends[:1], workers=workers).after[:, ALL]
    full = measure(builder_panel, ends, workers=workers)
    best, clusters = full.after[1:, ALL], full.clusters[1:, ALL]
    gap = band(best - worst, clusters, confidence)
    zero = _said_of_gap(gap, warnings)
    rows, evaluated = [], 3
    for share, size in zip(participation, sizes, strict=True):
        given = first(orders, size)
        what = f"contributions of {counted(size, 'owner')}"
        to_rival = measure(rival_panel, given, workers=workers, progress=progress, what=what)
        struck = measure(builder_panel, ~given, workers=workers, progress=progress, what=what)
        evaluated += to_rival.evaluated + struck.evaluated
        rows.append(
            _row(float(share), size, to_rival, struck, worst, None if zero else best, confidence, warnings)
        )
    facts = {
        "metric": asdict(utility.metric),
        "best": float(best[0, 0]),
        "worst": float(worst[0, 0]),
        "empty": float(full.after[0, ALL, 0]),
        "full": float(best[0, 0]),
        "gap": dict(zip(("value", "low", "high"), gap, strict=True)),
        "gap_zero": zero,
        "rival_base": "as given" if rival_base is not None else "the builder's base",
        "draws": draws,
        "seed": seed,
        "confidence": confidence,
        "evaluations": evaluated,
        "resampled": builder_panel.clusters,
        "resamples": builder_panel.resamples,
        "warnings": list(dict.fromkeys(warnings)),
        "utility": dict(facts_of(utility)),
        "rival": dict(facts_of(rival)),
    }
    kinds = {"owners": pa.int64(), "draws": pa.int64()}
    schema = pa.schema([(name, kinds.get(name, pa.float64())) for name in Contribution.columns])
    return Contribution(table=pa.Table.from_pylist(rows, schema=schema), facts=facts)


def _rival(utility: Any, rival_base: Any | None, warnings: list[str]) -> Any:
    rival = utility
    if rival_base is None:
        warnings.append(
            "The rival starts from the same base as the builder, since no base of its own was given."
        )
    else:
        rebase = capability(utility, "with_base")
        if rebase is None:
            raise MissingCapabilityError(utility, "with_base", "contribute with a rival's base")
        rival = rebase(rival_base)
    opened = capability(rival, "for_visitors")
    return rival if opened is None else opened()


def _check_pairing(builder: Panel, rival: Panel, warnings: list[str]) -> None:
    if builder.gather is None:
        warnings.append(
            f"{type(builder.utility).__name__} has no `unit_scores`: intervals hold the draws alone, "
            "without the error "
            "of a finite test set."
        )
    elif not rival.same_test(builder):
        warnings.append(
            "Builder and rival are tested on different units: their errors are taken as independent, and "
            "intervals "
            "are wider than they need be."
        )


def _said_of_gap(gap: tuple[float, float, float], warnings: list[str]) -> bool:
    """Tell whether best - worst may be zero, and say so."""
    value, low, _ = gap
    if not value > 0:
        warnings.append(
            "The builder with the whole pool is no better than the rival with nothing: the measures are "
            "undefined."
        )
        return True
    if low <= 0:
        warnings.append(
            "The interval of what the whole pool adds over the rival's base reaches zero: the measures "
            "would mean "
            "nothing and are left out."
        )
        return True
    return False


def _row(
    share: float,
    size: int,
    to_rival: Effects,
    struck: Effects,
    worst: Floats,
    best: Floats | None,
    confidence: float,
    warnings: list[str],
) -> dict[str, Any]:
    rival, builder, clusters = to_rival.after[:, ALL], struck.after[:, ALL], struck.clusters[:, ALL]
    row: dict[str, Any] = {"participation": share, "owners": size, "draws": len(rival)}
    row |= _triple("rival", band(rival, to_rival.clusters[:, ALL], confidence), "rival_score")
    row |= _triple("builder", band(builder, clusters, confidence), "builder_score")
    nothing = (np.nan,) * 3
    if best is None:
        return (
            row
            | _triple("dlp_contribution", nothing)
            | _triple("dlp_both", nothing)
            | _triple("dlp_strike", nothing)
        )
    row |= _triple("dlp_contribution", band((rival - worst) / (best - worst), clusters, confidence))
    row |= _triple("dlp_strike", band(-struck.change(ALL) / (best - worst), clusters, confidence))
    left = builder - worst
    if share > 0.5 or _reaches_zero(left, clusters, confidence):
        if share <= 0.5:
            warnings.append(
                f"When {share:.3g} of the owners strike, the builder may be no better than the rival with "
                "nothing: "
                "contribution and strike together are undefined there."
            )
        return row | _triple("dlp_both", nothing)
    return row | _triple("dlp_both", band((rival - worst) / left, clusters, confidence))


def _reaches_zero(left: Floats, clusters: Floats, confidence: float) -> bool:
    """Tell whether a denominator may be zero or less: by its interval, or in any draw."""
    value, low, _ = band(left, clusters, confidence)
    if left.shape[1] > 1 and not np.isnan(low):
        low = min(low, float(np.quantile(stretch(left, clusters, confidence), (1 - confidence) / 2)))
    return not value > 0 or bool(low <= 0) or bool((left[:, 0] <= 0).any())


def _triple(stem: str, values: tuple[float, ...], name: str | None = None) -> dict[str, float | None]:
    ends = (name or stem, f"{stem}_low", f"{stem}_high")
    return {k: None if np.isnan(v) else float(v) for k, v in zip(ends, values, strict=True)}
