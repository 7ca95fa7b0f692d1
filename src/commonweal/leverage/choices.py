"""Had we chosen otherwise: the main figures over a small grid of settings, all under one protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from scipy import stats

from commonweal.errors import InputError
from commonweal.leverage.critical import critical_mass
from commonweal.leverage.draws import first, permutations, sizes_of
from commonweal.leverage.effects import ALL, OTHERS, Panel, measure
from commonweal.leverage.error import band
from commonweal.leverage.results import Choices
from commonweal.parallel import Workers
from commonweal.progress import Progress, silent
from commonweal.utility.base import Floats, Metric, capability

STRIKE = 0.3


@dataclass(frozen=True)
class Setting:
    """One way to choose.

    Parameters
    ----------
    utility : Utility
        The game in this setting; its owners may differ from those of other settings and are matched by name.
    base, split : str
        The builder's base and how works were held out, in words.
    """

    utility: Any
    base: str = ""
    split: str = ""


@dataclass(frozen=True)
class Figures:
    """The main figures of one setting."""

    row: dict[str, Any]
    values: dict[str, float]
    told: bool


def choices(
    settings: Mapping[str, Callable[[], Setting]],
    *,
    value: Callable[[Any], Floats] | None,
    draws: int = 60,
    seed: int = 0,
    confidence: float = 0.95,
    workers: Workers | None = None,
    progress: Progress = silent,
) -> Choices:
    """Return worth, owner values, a strike of 30% and half of the critical mass in each setting.

    Parameters
    ----------
    settings : mapping
        Name → a callable that makes the setting; called one after another, so that one is in memory at a
        time. The first is the one the rest is compared with ("as reported").
    value : callable
        Owner values of a utility, float64[m]; the same method in every setting. None leaves owners out, and
        says so: with many of them their values cost more than all the rest.

    Raises
    ------
    InputError
        Without settings.
    """
    if not settings:
        raise InputError("no settings to compare", mend="give at least the setting as reported")
    workers = workers or Workers()
    found: list[Figures] = []
    metrics: list[Metric] = []
    warnings: list[str] = []
    for done, (name, make) in enumerate(settings.items()):
        progress(done, len(settings), f"had we chosen otherwise: {name}")
        setting = make()
        metrics.append(setting.utility.metric)
        found.append(_figures(name, setting, value, draws, seed, confidence, workers, warnings))
        del setting
    progress(len(settings), len(settings), "had we chosen otherwise")
    few: list[str] = []
    for other in found:
        other.row["rank_correlation"] = _agreement(found[0], other, few)
    if few:
        where = "every setting" if len(few) == len(found) else "; ".join(few)
        warnings.append(f"Fewer than three owners in common, so no rank correlation: {where}.")
    if len({m.name for m in metrics}) > 1:
        warnings.append("The settings do not share one metric: only ranks and signs compare.")
    facts = {
        "metric": asdict(metrics[0]),
        "unstable": _unstable(found),
        "owners_unstable": _owners_unstable(found),
        "strike": STRIKE,
        "in_draws": 0.95,
        "draws": draws,
        "seed": seed,
        "confidence": confidence,
        "warnings": list(dict.fromkeys(warnings)),
    }
    whole = {"owners", "below_zero", "half"}
    kinds = dict.fromkeys(whole, pa.int64()) | dict.fromkeys(
        ("setting", "base", "split", "largest"), pa.string()
    )
    schema = pa.schema([(name, kinds.get(name, pa.float64())) for name in Choices.columns])
    return Choices(table=pa.Table.from_pylist([f.row for f in found], schema=schema), facts=facts)


def _figures(
    name: str,
    setting: Setting,
    value: Callable[[Any], Floats] | None,
    draws: int,
    seed: int,
    confidence: float,
    workers: Workers,
    warnings: list[str],
) -> Figures:
    utility = setting.utility
    owners = list(utility.owners)
    m = len(owners)
    values = None if value is None else np.asarray(value(utility), dtype=np.float64)
    panel = Panel.of(utility, seed=seed)
    ends = measure(panel, np.array([np.zeros(m, bool), np.ones(m, bool)]), workers=workers)
    total, low, high = band(ends.after[1:, ALL] - ends.after[:1, ALL], ends.clusters[1:, ALL], confidence)
    told = total > 0 and not low <= 0
    if not told:
        warnings.append(f"{name}: the interval of the worth reaches zero, so no shares are given.")
    half = critical_mass(
        utility,
        shares=(0.5,),
        questions=("reach",),
        draws=draws,
        seed=seed,
        confidence=confidence,
        workers=workers,
    )
    row: dict[str, Any] = {
        "setting": name,
        "base": setting.base,
        "split": setting.split,
        "owners": _with_works(utility),
        "empty": float(ends.after[0, ALL, 0]),
        "full": float(ends.after[1, ALL, 0]),
        "total": total,
        "low": None if np.isnan(low) else low,
        "high": None if np.isnan(high) else high,
        "largest": None if values is None or not told else _largest(owners, values),
        "below_zero": None if values is None else int((values < 0).sum()),
        "strike_others": _strike_others(panel, m, draws, seed, workers),
        "half": half.table.column("owners")[0].as_py(),
    }
    by_name = {} if values is None else dict(zip(owners, values.tolist(), strict=True))
    return Figures(row, by_name, told)


def _with_works(utility: Any) -> int:
    """Return how many owners have works in training, as far as the utility tells sizes."""
    sizes = capability(utility, "sizes")
    return len(utility.owners) if sizes is None else int((np.asarray(sizes) > 0).sum())


def _largest(owners: list[str], values: Floats) -> str:
    return ", ".join(owners[i] for i in np.argsort(-values, kind="stable")[:3])


def _strike_others(panel: Panel, m: int, draws: int, seed: int, workers: Workers) -> float | None:
    """Return the median change for others (for all, where they can't be told apart: None) when 30% strike."""
    (size,), _ = sizes_of([STRIKE], m)
    if not panel.tells_apart:
        return None
    effects = measure(panel, ~first(permutations(m, draws, seed), size), workers=workers)
    change = effects.change(OTHERS)[:, 0]
    return None if np.isnan(change).all() else float(np.nanmedian(change))


def _agreement(reported: Figures, other: Figures, few: list[str]) -> float | None:
    """Return the rank correlation of owner values; a setting with too few owners is added to `few`."""
    if not (reported.told and other.told and reported.values):
        return None
    both = [n for n in reported.values if n in other.values]
    if len(both) < 3:
        few.append(other.row["setting"])
        return None
    left, right = ([f.values[n] for n in both] for f in (reported, other))
    if np.ptp(left) == 0 or np.ptp(right) == 0:
        return None
    return float(stats.spearmanr(left, right).statistic)


def _unstable(found: list[Figures]) -> list[str]:
    """Return the figures whose sign differs between settings (the worth also where one can't tell it "
    "from zero)."""
    out = []
    if len({f.told for f in found}) > 1:
        out.append("total")
    for name in ("strike_others", "rank_correlation"):
        given = [f.row[name] for f in found if f.row[name] is not None]
        if given and min(given) < 0 < max(given):
            out.append(name)
    if len({f.row["half"] is None for f in found}) > 1:
        out.append("half")
    return out


def _owners_unstable(found: list[Figures]) -> list[str]:
    """Return owners whose value is above zero in one setting and below in another."""
    names = sorted({n for f in found for n in f.values})
    given = {n: [f.values[n] for f in found if n in f.values] for n in names}
    return [n for n, v in given.items() if min(v) < 0 < max(v)]
