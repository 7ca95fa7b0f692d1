"""Charts of lines: strikes, contributions and scaling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from commonweal.charts.marks import BLUE, GREY, RUST, Spec, axis, chart, label, line, rule, ticks
from commonweal.charts.units import (
    Scale,
    absent,
    bracketed,
    decimals,
    interval,
    number,
    ordered,
    percent,
    signed,
)

_PERCENT: dict[str, Any] = {"format": ".0%"}
Rows = list[dict[str, Any]]


def strikes(table: pa.Table, facts: Mapping[str, Any]) -> Spec:
    """Return loss for others and for strikers against participation, median line with band."""
    scale = Scale.of(facts)
    random = [r for r in table.to_pylist() if r["by"] == "random"]
    series = {who: _effects(random, who, scale) for who in ("strikers", "others")}
    x, y = _participation("share of owners on strike, drawn at random"), _quantity(_effect_title(scale))
    looks = {"others": ("everyone else", BLUE, ()), "strikers": ("the strikers’ own", RUST, (6, 4))}
    upper = max(series, key=lambda who: _last(series[who]))
    layers = rule("y", 0.0, dash=(), colour=GREY) if any(series.values()) else []
    for who, data in series.items():
        words, colour, dash = looks[who]
        if data:
            at = data[-2] if len(data) > 2 else data[-1]
            layers += line(data, x, y, colour=colour, dash=dash)
            layers += label(at, words, x, y, colour=colour, above=who == upper)
    return chart(layers, title="Strikes", description=_strike_words(series, scale), height=300)


def _participation(title: str) -> Spec:
    return {"field": "participation", "type": "quantitative", "axis": axis(title, **_PERCENT)}


def _quantity(title: str, *, scale: Spec | None = None, **more: Any) -> Spec:
    return {"field": "value", "type": "quantitative", "scale": scale or {}, "axis": axis(title, **more)}


def _effects(rows: Rows, who: str, scale: Scale) -> Rows:
    places = effect_places(rows, scale)
    out = []
    for r in rows:
        value = scale.effect(r[f"{who}_change"])
        if value is None:
            continue
        low, high = ordered(scale.effect(r[f"{who}_low"]), scale.effect(r[f"{who}_high"]))
        text = f"{percent(r['participation'])} on strike: {effect_text(value, low, high, places, scale)}"
        out.append(
            {"participation": r["participation"], "value": value, "low": low, "high": high, "text": text}
        )
    return out


def effect_places(rows: Rows, scale: Scale) -> int:
    """Return the decimals for the effects of a strike table: one count for others and strikers alike."""
    values = [scale.effect(r[f"{who}_change"]) for r in rows for who in ("others", "strikers", "all")]
    return decimals(values, 1 if scale.exponential else 2)


def effect_text(value: float | None, low: float | None, high: float | None, places: int, scale: Scale) -> str:
    """Write an effect with its interval: "+7.8% (+5.2 to +12.1)" or "−0.34 (−0.74 to +0.14)"."""
    if absent(value):
        return number(None)
    sign = "%" if scale.exponential else ""
    return bracketed(signed(value, places) + sign, interval(low, high, places, sign=True))


def _effect_title(scale: Scale) -> str:
    return "harder to predict, percent" if scale.exponential else scale.effect_name


def _last(rows: Sequence[Mapping[str, Any]]) -> float:
    return float(rows[-1]["value"]) if rows else float("-inf")


def _strike_words(series: Mapping[str, Rows], scale: Scale) -> str:
    ends = [f"{who}: {rows[-1]['text']}" for who, rows in series.items() if rows]
    return f"{_effect_title(scale)} against the share of owners on strike. " + "; ".join(ends) + "."


def contributions(table: pa.Table, facts: Mapping[str, Any]) -> Spec:
    """Return rival and builder on one axis against participation.

    In shares of the pool's worth; in scores where the gap is zero or less, for then no share has a meaning.
    """
    rows, scale = table.to_pylist(), Scale.of(facts)
    x, layers = _participation("share of owners who move their works"), []
    if facts.get("gap_zero"):
        y = _quantity(scale.level_name, scale={"zero": False})
        rival, builder = (_levels(rows, who, scale) for who in ("rival", "builder"))
    else:
        y = _quantity("share of the pool’s worth", **_PERCENT)
        rival, builder = _reached(rows), _kept(rows)
        layers = [mark for at in (0.5, 0.8) if rows for mark in rule("y", at, dash=(2, 4), colour=GREY)]
    if builder:
        layers += line(builder, x, y, colour=RUST, dash=(6, 4))
    if rival:
        layers += line(rival, x, y, colour=BLUE)
    low, high = _apart(rival, builder)
    for data, words, colour in ((builder, "the builder, struck", RUST), (rival, "the rival", BLUE)):
        if data:
            at = min(data, key=lambda r: abs(r["participation"] - (low if data is rival else high)))
            layers += label(at, words, x, y, colour=colour, above=data is builder, align="left")
    ends = (f"{who}: {data[-1]['text']}" for who, data in (("rival", rival), ("builder", builder)) if data)
    words = "Rival and builder against the share of owners who move. " + "; ".join(ends) + "."
    return chart(layers, title="Moving to a rival", description=words, height=300)


def _apart(rival: Rows, builder: Rows) -> tuple[float, float]:
    """Return where the labels of rival and builder stand free: below the one, above the other."""
    below = [r["participation"] for r, b in zip(rival, builder, strict=False) if r["value"] < b["value"]]
    return (below[len(below) // 2], below[0]) if below else (0.5, 0.0)


def _reached(rows: Rows) -> Rows:
    return _shares(
        rows,
        lambda r: (r["dlp_contribution"], r["dlp_contribution_low"], r["dlp_contribution_high"]),
        "reaches",
    )


def _kept(rows: Rows) -> Rows:
    return _shares(
        rows,
        lambda r: tuple(
            None if absent(r[c]) else 1 - r[c] for c in ("dlp_strike", "dlp_strike_low", "dlp_strike_high")
        ),
        "keeps",
    )


def _shares(rows: Rows, pick: Any, verb: str) -> Rows:
    out = []
    for r in rows:
        value, a, b = pick(r)
        if absent(value):
            continue
        low, high = ordered(a, b)
        ends = "" if low is None or high is None else interval(100 * low, 100 * high)
        text = f"{percent(r['participation'])} move: {verb} {bracketed(percent(value), ends)}"
        out.append(
            {"participation": r["participation"], "value": value, "low": low, "high": high, "text": text}
        )
    return out


def _levels(rows: Rows, who: str, scale: Scale) -> Rows:
    out = []
    for r in rows:
        value = scale.level(r[f"{who}_score"])
        low, high = ordered(scale.level(r[f"{who}_low"]), scale.level(r[f"{who}_high"]))
        if value is not None:
            text = f"{percent(r['participation'])} move: {scale.write(value)} {scale.level_name}"
            out.append(
                {"participation": r["participation"], "value": value, "low": low, "high": high, "text": text}
            )
    return out


def scaling(table: pa.Table, facts: Mapping[str, Any]) -> Spec:
    """Return the learning curve, log-log, with other text beside it and the extrapolation dotted.

    Where the figure is no power of two its axis is linear: accuracy and hits may be zero or negative.
    """
    scale, unit, rows = Scale.of(facts), str(facts.get("unit", "size")), table.to_pylist()
    kinds = {kind: _points(rows, kind, scale, unit) for kind in ("pool", "other", "extrapolated")}
    pool, other, beyond = kinds.values()
    points = [*pool, *other, *beyond]
    x = _quantity(f"{unit} added, each step a multiple", **_log([p["size"] for p in points], True)) | {
        "field": "size"
    }
    heights = [v for p in points for v in (p["value"], p["low"], p["high"]) if v is not None]
    y = _quantity(scale.level_name, **_log(heights, scale.exponential))
    above = _last(pool) > _last(other)
    layers: list[Spec] = []
    if other:
        layers += line(other, x, y, colour=RUST, dash=(6, 4))
        layers += label(other[len(other) // 2], "other data", x, y, colour=RUST, above=not above)
    if pool:
        layers += line(pool, x, y, colour=BLUE)
        layers += label(pool[len(pool) // 2], "this pool", x, y, colour=BLUE, above=above or not other)
    if beyond:
        layers += line([*pool[-1:], *beyond], x, y, colour=BLUE, dash=(1, 4))[-2:]
    words = f"{scale.level_name} against {unit} added. "
    words += "; ".join(f"{kind}: {found[-1]['text']}" for kind, found in kinds.items() if found) + "."
    return chart(layers, title="Scaling and replacement", description=words, height=320)


def _log(values: Sequence[float], wanted: bool) -> Spec:
    """Return scale and axis: logarithmic over positive values, or linear without a need for zero."""
    if not wanted or not values:
        return {"scale": {"zero": False}}
    domain, at = ticks(values)
    many = max(values) >= 10_000
    return {
        "scale": {"type": "log", "domain": domain, "nice": False},
        "values": at,
        "format": "~s" if many else ",~g",
    }


def _points(rows: Rows, kind: str, scale: Scale, unit: str) -> Rows:
    out = []
    for r in rows:
        value = scale.level(r["score"])
        if r["kind"] != kind or value is None or absent(r["size"]) or r["size"] <= 0:
            continue
        low, high = ordered(scale.level(r["low"]), scale.level(r["high"]))
        text = f"{number(r['size'])} {unit}: {scale.write(value)} {scale.level_name}"
        out.append({"size": r["size"], "value": value, "low": low, "high": high, "text": text})
    return sorted(out, key=lambda r: float(r["size"]))
