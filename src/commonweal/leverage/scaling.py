"""The learning curve of the pool, what a doubling adds, and what would replace the pool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from commonweal.counts import counted
from commonweal.leverage.draws import first, ladder, permutations
from commonweal.leverage.effects import ALL, Panel, measure
from commonweal.leverage.error import band, mean_band, mean_paths
from commonweal.leverage.forms import Fit, backtest, fit, forms, window
from commonweal.leverage.replace import UNTOLD, OtherCurve, other_text, point
from commonweal.leverage.results import Scaling, in_words
from commonweal.parallel import Workers
from commonweal.progress import Progress, silent
from commonweal.utility.base import Floats, capability, facts_of

FARTHEST = 2.0
GOOD = 0.25  # a backtest passes when its error is at most this part of the rise it had to predict


@dataclass(frozen=True)
class Curve:
    """Scores of random owners at growing sizes."""

    owners: list[int]
    size: Floats
    scores: list[Floats]  # of each size float64[d, B + 1]
    clusters: list[Floats]
    evaluated: int

    def means(self, confidence: float, seed: int) -> Floats:
        """Return float64[s, R + 1]: means over draws, then with draws and test set resampled."""
        pairs = zip(self.scores, self.clusters, strict=True)
        return np.stack([mean_paths(v, c, confidence, seed) for v, c in pairs])


@dataclass(frozen=True)
class Outlook:
    """What the forms say of twice the pool, or why they can't."""

    chosen: Fit | None
    accepted: tuple[Fit, ...]
    errors: dict[str, float | None]
    why_not: str | None


def scaling(
    utility: Any,
    *,
    other: OtherCurve | None = None,
    draws: int = 60,
    seed: int = 0,
    confidence: float = 0.95,
    extrapolate: float = FARTHEST,
    unit: str | None = None,
    workers: Workers | None = None,
    progress: Progress = silent,
) -> Scaling:
    """Return the learning curve over random owners, at most twice the pool ahead, and other text beside it.

    Several forms are fitted to the smaller sizes and judged on the larger ones (up to a quarter predicts the
    half, up to the half predicts the pool); the form of least error is chosen. Nothing is extrapolated
    where no form passes, where those that pass disagree, or where the last doubling can't be told from zero.

    Parameters
    ----------
    other : callable, optional
        (fractions, seed) → (sizes, scores) of a model of other text alone; by default the utility's
        `base_curve`.
    extrapolate : float
        How far ahead, in pools; above 2 it is 2.
    unit : str, optional
        The unit of the utility's `sizes`: "words", "rows", "ratings".
    """
    m = len(utility.owners)
    panel = Panel.of(utility, seed=seed)
    warnings = []
    if panel.resamples == 0:
        warnings.append(
            "Without `unit_scores` intervals hold the draws alone, without the error of a finite test set."
        )
    curve = _curve(utility, panel, permutations(m, draws, seed), workers or Workers(), progress)
    ends = measure(panel, np.array([np.zeros(m, bool), np.ones(m, bool)]))
    empty, full = float(ends.after[0, ALL, 0]), float(ends.after[1, ALL, 0])
    doubling = _doubling(curve, confidence, seed)
    ahead = min(extrapolate, FARTHEST)
    outlook = _outlook(utility, curve, doubling, ahead, confidence, seed)
    twice, further = _ahead(curve, outlook, ahead, confidence, seed)
    rows = _pool_rows(curve, confidence) + further
    metric = utility.metric
    found = other_text(utility, other, seed, full - empty, empty, metric, warnings)
    facts = {
        "metric": asdict(metric),
        "empty": empty,
        "full": full,
        "unit": unit or _unit(utility),
        "form": outlook.chosen.text() if outlook.chosen else None,
        "backtest": outlook.errors,
        "accepted": [f.form.name for f in outlook.accepted],
        "doubling": dict(zip(("value", "low", "high"), doubling, strict=True)),
        "twice": dict(zip(("value", "low", "high"), twice, strict=True)) if twice else None,
        "statement": _statement(metric, doubling, outlook, twice, ahead),
        "other": found.facts,
        "replacement": found.statement,
        "draws": draws,
        "seed": seed,
        "confidence": confidence,
        "evaluations": curve.evaluated + 2,
        "resampled": panel.clusters,
        "warnings": list(dict.fromkeys(warnings)),
        "utility": dict(facts_of(utility)),
    }
    kinds = {"kind": pa.string(), "owners": pa.int64(), "draws": pa.int64()}
    schema = pa.schema([(name, kinds.get(name, pa.float64())) for name in Scaling.columns])
    return Scaling(table=pa.Table.from_pylist(rows + found.rows, schema=schema), facts=facts)


def _curve(utility: Any, panel: Panel, orders: Any, workers: Workers, progress: Progress) -> Curve:
    m = orders.shape[1]
    sizes = capability(utility, "sizes")
    weight = np.ones(m) if sizes is None else np.asarray(sizes, dtype=np.float64)
    owners = sorted({*ladder(m), max(1, m // 2), max(1, m // 4)})
    measured = []
    for n in owners:
        rows = first(orders, n)
        effects = measure(panel, rows, workers=workers, progress=progress, what=counted(n, "random owner"))
        measured.append((float((rows @ weight).mean()), effects))
    return Curve(
        owners,
        np.array([x for x, _ in measured]),
        [e.after[:, ALL] for _, e in measured],
        [e.clusters[:, ALL] for _, e in measured],
        sum(e.evaluated for _, e in measured),
    )


def _doubling(curve: Curve, confidence: float, seed: int) -> tuple[float, float, float]:
    """Return the mean change of the score per doubling, from half of the owners to all, with interval."""
    m = curve.owners[-1]
    if m < 2:
        return np.nan, np.nan, np.nan
    half = curve.owners.index(max(1, m // 2))
    doublings = np.log2(curve.size[-1] / curve.size[half])
    gain = (curve.scores[-1] - curve.scores[half]) / doublings
    return mean_band(gain, curve.clusters[half], confidence, seed)


def _outlook(
    utility: Any,
    curve: Curve,
    doubling: tuple[float, float, float],
    ahead: float,
    confidence: float,
    seed: int,
) -> Outlook:
    m = curve.owners[-1]
    if m < 8:
        return Outlook(None, (), {}, f"{counted(m, 'owner is', 'owners are')} too few for a learning curve")
    paths = curve.means(confidence, seed)
    mean, weight = paths[:, 0], _weights(curve, paths[:, 0])
    cuts = [curve.owners.index(max(1, m // 4)), curve.owners.index(max(1, m // 2))]
    bound = capability(utility, "bounds")
    tried = [
        (f, *backtest(f, curve.size, mean, weight, cuts)) for f in forms(None if bound is None else bound[1])
    ]
    tried = [t for t in tried if np.isfinite(t[1])]
    errors: dict[str, float | None] = {f.name: e for f, e, _ in tried}
    if not tried:
        return Outlook(None, (), errors, "there are too few sizes to fit and to check")
    least = min(e for _, e, _ in tried)
    rise = max(r for _, _, r in tried)
    if not doubling[0] > 0 or not doubling[1] > 0:
        return Outlook(None, (), errors, "the last doubling of the pool can't be told from zero")
    if least > GOOD * rise:
        return Outlook(
            None, (), errors, f"no form foresaw the larger sizes: the best was off by {least / rise:.0%}"
        )
    good = [f for f, e, _ in tried if e <= GOOD * rise and e <= max(2 * least, 0.1 * rise)]
    seen = window(curve.size, curve.size[-1])
    fits = tuple(fit(f, curve.size[seen], paths[seen], weight[seen]) for f in good)
    chosen = next(f for f, (form, e, _) in _by_error(fits, tried) if e == least)
    gains = [_gain(f, curve.size[-1], ahead) for f in fits]
    points = np.array([g[0] for g in gains])
    if np.ptp(points) > 0.5 * np.median(np.abs(points)):
        return Outlook(
            None, fits, errors, "forms that foresaw the larger sizes alike disagree beyond the pool"
        )
    return Outlook(chosen, fits, errors, None)


def _by_error(fits: Sequence[Fit], tried: Sequence[Any]) -> Any:
    by_name = {t[0].name: t for t in tried}
    return [(f, by_name[f.form.name]) for f in fits]


def _gain(fitted: Fit, size: float, times: float) -> Floats:
    return np.asarray(fitted.at(size * times) - fitted.at(size))


def _weights(curve: Curve, mean: Floats) -> Floats:
    """Return 1/variance of each size's mean over draws; 1% of the rise is the least error of any form."""
    floor = (0.01 * max(float(np.ptp(mean)), 1e-12)) ** 2
    variance = np.array([v[:, 0].var(ddof=1) / len(v) if len(v) > 1 else 0.0 for v in curve.scores])
    return np.asarray(1 / (variance + floor))


def _pool_rows(curve: Curve, confidence: float) -> list[dict[str, Any]]:
    rows = []
    for n, size, scores, clusters in zip(curve.owners, curve.size, curve.scores, curve.clusters, strict=True):
        middle, low, high = band(scores, clusters, confidence)
        rows.append(point("pool", size, n, len(scores), middle, low, high))
    return rows


def _ahead(
    curve: Curve, outlook: Outlook, ahead: float, confidence: float, seed: int
) -> tuple[tuple[float, float, float] | None, list[dict[str, Any]]]:
    """Return the change that the farthest size would bring, with interval, and the rows ahead."""
    if outlook.chosen is None:
        return None, []
    full = curve.means(confidence, seed)[-1]
    rows, change = [], None
    for times in (ahead**0.5, ahead):
        gains = np.stack([_gain(f, curve.size[-1], times) for f in outlook.accepted])
        middle = float(_gain(outlook.chosen, curve.size[-1], times)[0])
        # A form may miss by what it missed in the backtest, one doubling ahead: that is part of the interval.
        missed = np.array([outlook.errors[f.form.name] or 0.0 for f in outlook.accepted]) * np.log2(times)
        noise = np.random.default_rng([seed, 6]).standard_normal(gains[:, 1:].shape)
        reach = gains[:, 1:] + missed[:, None] * noise
        change = (middle, *_widest(reach, middle, confidence))
        ends = _widest(full[1:] + reach, full[0] + middle, confidence)
        owners = round(times * curve.owners[-1])
        size, draws = times * curve.size[-1], len(curve.scores[0])
        rows.append(point("extrapolated", size, owners, draws, full[0] + middle, *ends))
    return change, rows


def _widest(reach: Floats, point: float, confidence: float) -> tuple[float, float]:
    """Return the lowest low and the highest high of several forms, the point between them."""
    low, high = np.quantile(reach, [(1 - confidence) / 2, (1 + confidence) / 2], axis=1)
    return float(min(low.min(), point)), float(max(high.max(), point))


def _statement(
    metric: Any,
    doubling: tuple[float, float, float],
    outlook: Outlook,
    twice: tuple[float, float, float] | None,
    ahead: float,
) -> str:
    said = ""
    if not np.isnan(doubling[0]):
        change = in_words(metric, *doubling)
        said = f"From half of the pool to all of it, a doubling, the test became {change}. "
    if twice is None or outlook.chosen is None:
        return said + f"What more of the same would add {UNTOLD}: {outlook.why_not}."
    return said + (
        f"{ahead:.3g} times the pool would make it {in_words(metric, *twice)}, by the form that foresaw the "
        f"larger sizes best ({outlook.chosen.form.name}); nothing is said of sizes beyond."
    )


def _unit(utility: Any) -> str:
    if capability(utility, "sizes") is None:
        return "owners"
    return str(
        capability(utility, "size_unit") or facts_of(utility).get("size_unit") or "the model's own unit"
    )
