"""The figures of a case, each written once: terminal, JSON and HTML all print `Figure.text`.

How many decimals a figure has is settled here too (`Digits`), so that the same figure in a table and in a
sentence agrees to the digit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commonweal.briefing.case import Case
from commonweal.charts.curves import effect_places, effect_text
from commonweal.charts.dots import shares_allowed
from commonweal.charts.units import (
    Scale,
    absent,
    bracketed,
    decimals,
    interval,
    number,
    ordered,
    percent,
    power,
    signed,
)
from commonweal.leverage.floor import BASE_ALONE

REFERENCE = 0.3
"""The participation that the headline is about, or the nearest that was computed."""

BY_SIZE = ("size curve", "class means")
"""Methods whose owner values follow size by construction: that large owners count more is no finding then."""

DRAWS = "who takes part (draws) and the finite test set, together"
TEST = "the finite test set"


@dataclass(frozen=True)
class Figure:
    """One figure: how it is written, and the numbers behind it in full.

    Attributes
    ----------
    id, label : str
        Stable name; what it is.
    text : str
        As printed, with its interval.
    value, low, high : float or None
        In `unit`; None where it can't be told.
    unit : str
        Unit of the three.
    covers : str
        Which errors the interval covers; empty where there is none.
    """

    id: str
    label: str
    text: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    covers: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the figure as JSON-ready values."""
        return asdict(self)


@dataclass(frozen=True)
class Digits:
    """Decimals of each kind of figure, one count for each kind throughout a case."""

    worth: int
    share: int
    effect: int

    @classmethod
    def of(cls, case: Case) -> Digits:
        """Settle the decimals from the sizes of the figures themselves."""
        scale = Scale.of(case.appraisal.facts)
        total = case.appraisal.total.get("value")
        values = case.appraisal.table["value"].to_numpy(zero_copy_only=False).astype(float)
        unit = share_unit(case)
        largest = float(np.nanmax(np.abs(values), initial=0.0)) * unit
        strikes = case.strike.table.to_pylist() if case.strike else []
        return cls(
            worth=decimals([times(total, scale.factor)], 2),
            share=decimals([largest], 1 if shares_allowed(case.appraisal.facts) else 2),
            effect=effect_places(strikes, scale),
        )


def times(x: float | None, factor: float) -> float | None:
    """Return x times a factor, None where x is absent."""
    return None if absent(x) else x * factor  # type: ignore[operator]


def share_unit(case: Case) -> float:
    """Return the factor from values to what is printed: percent of the total, or units of the figure."""
    if shares_allowed(case.appraisal.facts):
        return 100 / float(case.appraisal.total["value"])
    return Scale.of(case.appraisal.facts).factor


def hull(case: Case) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the widest ends over the three intervals of each value; the value itself where there is none."""
    table = case.appraisal.table
    value = table["value"].to_numpy(zero_copy_only=False).astype(float)
    low, high = value.copy(), value.copy()
    for kind in ("", "test_", "owner_"):
        for name, ends, pick in ((f"{kind}low", low, np.fmin), (f"{kind}high", high, np.fmax)):
            if name in table.column_names:
                ends[:] = pick(ends, table[name].to_numpy(zero_copy_only=False).astype(float))
    return low, high


def overlapping_pairs(low: NDArray[np.float64], high: NDArray[np.float64]) -> int:
    """Return how many pairs of intervals overlap (touching counts), in O(m log m)."""
    keep = ~(np.isnan(low) | np.isnan(high))
    low, high = np.sort(low[keep]), high[keep]
    m = len(low)
    apart = int((m - np.searchsorted(low, high, side="right")).sum())
    return m * (m - 1) // 2 - apart


def modelled_by_size(case: Case) -> bool:
    """Tell whether owner values come from a model of size: no interval of theirs covers its error."""
    return (case.appraisal.facts.get("method") or {}).get("name") in BY_SIZE


def reference_row(case: Case) -> dict[str, Any] | None:
    """Return the random strike nearest to 30% of the owners."""
    rows = (
        [r for r in case.strike.table.to_pylist() if r["by"] == "random" and r["owners"] > 0]
        if case.strike
        else []
    )
    return min(rows, key=lambda r: abs(r["participation"] - REFERENCE), default=None)


def enough(case: Case, share: float, question: str = "reach") -> dict[str, Any] | None:
    """Return the row of the critical mass for a share of the worth."""
    rows = case.critical_mass.table.to_pylist() if case.critical_mass else []
    return next((r for r in rows if r["question"] == question and abs(r["share"] - share) < 1e-9), None)


def figures(case: Case) -> list[Figure]:
    """Return the figures of a case in the order of the brief; what was not computed is not there."""
    digits = Digits.of(case)
    found = [_worth(case, digits), *_levels(case), *_strike(case, digits), *_enough(case), *_rival(case)]
    return [*found, *_doubling(case), *_overlap(case)]


def _worth(case: Case, digits: Digits) -> Figure:
    scale, total = Scale.of(case.appraisal.facts), case.appraisal.total
    ends = ordered(*(times(total.get(k), scale.factor) for k in ("test_low", "test_high")))
    value = times(total.get("value"), scale.factor)
    text = f"{number(value, digits.worth)} {scale.unit_name}"
    text = bracketed(text, interval(*ends, digits.worth))
    return Figure(
        "worth", "worth of the pool", text, value, *ends, scale.unit_name, TEST if ends[0] is not None else ""
    )


def _levels(case: Case) -> Iterator[Figure]:
    facts, total = case.appraisal.facts, case.appraisal.total
    scale = Scale.of(facts)
    for key, label in (("empty", "the builder without the pool"), ("full", "the builder with the pool")):
        value = scale.level(facts.get(key))
        yield Figure(
            key, label, f"{scale.write(value)} {scale.level_name}", value, None, None, scale.level_name
        )
    if scale.exponential and not absent(total.get("value")):
        value = power(float(total["value"]))
        ends = ordered(
            *(None if absent(total.get(k)) else power(total[k]) for k in ("test_low", "test_high"))
        )
        text = bracketed(
            f"{fold(value)} times fewer", "" if ends[0] is None else f"{fold(ends[0])} to {fold(ends[1])}"
        )
        yield Figure("worth_times", "choices fewer with the pool", text, value, *ends, "times", TEST)


def fold(x: float | None) -> str:
    """Write a factor: 8.9, 1.08, 12."""
    if absent(x):
        return number(x)
    return number(x, 0 if x >= 20 else 1 if x >= 2 else 2)  # type: ignore[operator]


def _strike(case: Case, digits: Digits) -> Iterator[Figure]:
    row = reference_row(case)
    if row is None or case.strike is None:
        return
    scale = Scale.of(case.strike.facts)
    unit = "percent harder to predict" if scale.exponential else scale.unit_name
    for who in ("others", "strikers"):
        value, low, high = effect_of(row, who, scale)
        label = (
            f"{'everyone else' if who == 'others' else 'the strikers’ own'} when "
            f"{percent(row['participation'])} strike"
        )
        text = effect_text(value, low, high, digits.effect, scale)
        yield Figure(f"strike_{who}", label, text, value, low, high, unit, DRAWS)
    for column, label in (
        ("shrunk", "as if the pool had shrunk by"),
        ("worth_lost", "of the worth lost over all tests"),
        ("gap_lost", f"of the gap over {floor_of(case)} lost over all tests"),
    ):
        if column == "gap_lost" and floor_of(case) is None:
            continue
        if not absent(row[column]) and (column == "gap_lost" or not gap_zero(case)):
            ends = row[f"{column}_low"], row[f"{column}_high"]
            yield Figure(
                f"strike_{column}", label, share_text(row[column], *ends), row[column], *ends, "share", DRAWS
            )


def effect_of(
    row: Mapping[str, Any], who: str, scale: Scale
) -> tuple[float | None, float | None, float | None]:
    """Return value, low and high of a strike's effect in the units of the brief."""
    low, high = ordered(scale.effect(row[f"{who}_low"]), scale.effect(row[f"{who}_high"]))
    return scale.effect(row[f"{who}_change"]), low, high


def share_text(value: float | None, low: float | None, high: float | None) -> str:
    """Write a share of the worth in percent: "82% (78 to 86)"; never clamped."""
    if absent(value):
        return number(None)
    low, high = ordered(low, high)
    return bracketed(percent(value), interval(times(low, 100), times(high, 100)))


def gap_zero(case: Case) -> bool:
    """Tell whether shares of the worth mean nothing: some result found the gap, or its interval, at zero."""
    said = [r.facts.get("gap_zero") or _in(r.facts.get("gap")) for r in (case.strike, case.contribution) if r]
    return not shares_allowed(case.appraisal.facts) or any(said)


def floor_of(case: Case) -> str | None:
    """Return what the gap of a strike counts from, in words; None where that is the base alone."""
    found = (case.strike.facts.get("floor") or {}).get("name") if case.strike else None
    return None if found in (None, BASE_ALONE) else str(found)


def _in(gap: object) -> bool:
    return isinstance(gap, Mapping) and bool(gap.get("gap_zero"))


def _enough(case: Case) -> Iterator[Figure]:
    for share in (0.8, 0.5):
        row = enough(case, share)
        if row is not None and not gap_zero(case):
            text = bracketed(
                f"{number(row['owners'])} of {number(row['of'])}", interval(row["low"], row["high"])
            )
            label = f"{case.about.owners} that reach {percent(share)} of the worth in 95 of 100 draws"
            yield Figure(
                f"enough_{percent(share)[:-1]}",
                label,
                text,
                row["owners"],
                row["low"],
                row["high"],
                case.about.owners,
                DRAWS,
            )


def _rival(case: Case) -> Iterator[Figure]:
    rows = case.contribution.table.to_pylist() if case.contribution else []
    row = min(rows, key=lambda r: abs(r["participation"] - REFERENCE), default=None)
    if row is None or gap_zero(case):
        return
    for column, label in (
        ("dlp_contribution", "of the worth that a rival reaches"),
        ("dlp_strike", "of the worth that the strike alone takes"),
    ):
        value, ends = row[column], (row[f"{column}_low"], row[f"{column}_high"])
        label = f"{label} when {percent(row['participation'])} move"
        yield Figure(column, label, share_text(value, *ends), value, *ends, "share", DRAWS)


def doubling_of(case: Case) -> tuple[float | None, float | None, float | None]:
    """Return the effect of doubling the pool in the units of the brief, with its interval."""
    found = case.scaling.facts.get("doubling") if case.scaling else None
    if isinstance(found, Mapping):
        found = [found.get("value", found.get("change")), found.get("low"), found.get("high")]
    if not found:
        return None, None, None
    scale = Scale.of(case.scaling.facts)  # type: ignore[union-attr]
    value, low, high = (scale.effect(x) for x in [*found, None, None][:3])
    return value, *ordered(low, high)


def _doubling(case: Case) -> Iterator[Figure]:
    value, low, high = doubling_of(case)
    if value is None:
        return
    scale = Scale.of(case.scaling.facts)  # type: ignore[union-attr]
    places = decimals([value], 1)
    name = "choices per " + scale.level_name.split(" per ")[-1] if scale.exponential else scale.unit_name
    text = bracketed(
        signed(value, places) + ("%" if scale.exponential else ""), interval(low, high, places, sign=True)
    )
    yield Figure(
        "doubling",
        f"{name} for each doubling of the pool",
        text,
        value,
        low,
        high,
        "percent" if scale.exponential else scale.unit_name,
        DRAWS,
    )


def _overlap(case: Case) -> Iterator[Figure]:
    m = case.owners
    if m < 2:
        return
    pairs, every = overlapping_pairs(*hull(case)), m * (m - 1) // 2
    text = bracketed(percent(pairs / every), f"{number(pairs)} of {number(every)}")
    yield Figure(
        "overlap",
        f"pairs of {case.about.owners} whose intervals overlap",
        text,
        pairs / every,
        None,
        None,
        "share",
    )
