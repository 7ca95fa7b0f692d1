"""Charts of lines: strikes, contributions and scaling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from commonweal.charts.marks import BLUE, GREY, RUST, Spec, axis, chart, label, line, rule
from commonweal.charts.units import (
    Scale,
    absent,
    bracketed,
    decimals,
    interval,
    level,
    number,
    ordered,
    percent,
    signed,
)

_PERCENT = {"format": ".0%"}
Rows = list[dict[str, Any]]


def strikes(table: pa.Table, facts: Mapping[str, Any]) -> Spec:
    """Return loss for others and for strikers against participation, median line with band."""
    scale = Scale.of(facts)
    random = [r for r in table.to_pylist() if r["by"] == "random"]
    series = {who: _effects(random, who, scale) for who in ("others", "strikers")}
    x = {
        "field": "participation",
        "type": "quantitative",
        "axis": axis("share of owners on strike, drawn at random", **_PERCENT),
    }
    y = {"field": "value", "type": "quantitative", "axis": axis(_effect_title(scale))}
    layers = rule("y", 0.0, dash=(), colour=GREY) if random else []
    names = {"others": ("everyone else", BLUE, ()), "strikers": ("the strikers’ own", RUST, (6, 4))}
    upper = max(series, key=lambda who: _last(series[who]))
    for who in ("strikers", "others"):
        words, colour, dash = names[who]
        if series[who]:
            layers += line(series[who], x, y, colour=colour, dash=dash)
            layers += label(series[who][-1], words, x, y, colour=colour, above=who == upper)
    return chart(layers, title="Strikes", description=_strike_words(series, scale), height=300)


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
    x = {
        "field": "participation",
        "type": "quantitative",
        "axis": axis("share of owners who move their works", **_PERCENT),
    }
    if facts.get("gap_zero"):
        y = {
            "field": "value",
            "type": "quantitative",
            "scale": {"zero": False},
            "axis": axis(scale.level_name),
        }
        rival, builder = (_levels(rows, who, scale) for who in ("rival", "builder"))
        layers: list[Spec] = []
    else:
        y = {"field": "value", "type": "quantitative", "axis": axis("share of the pool’s worth", **_PERCENT)}
        rival, builder = _reached(rows), _kept(rows)
        layers = (
            [*rule("y", 0.5, dash=(2, 4), colour=GREY), *rule("y", 0.8, dash=(2, 4), colour=GREY)]
            if rows
            else []
        )
    for data, words, colour, dash, above in (
        (builder, "the builder after the strike", RUST, (6, 4), _last(builder) > _last(rival)),
        (rival, "the rival", BLUE, (), _last(rival) >= _last(builder)),
    ):
        if data:
            layers += line(data, x, y, colour=colour, dash=dash)
            layers += label(data[len(data) // 2], words, x, y, colour=colour, above=above, align="center")
    words = "Rival and builder against the share of owners who move. " + "; ".join(
        f"{who}: {data[-1]['text']}" for who, data in (("rival", rival), ("builder", builder)) if data
    )
    return chart(layers, title="Moving to a rival", description=words + ".", height=300)


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
            text = f"{percent(r['participation'])} move: {level(value)} {scale.level_name}"
            out.append(
                {"participation": r["participation"], "value": value, "low": low, "high": high, "text": text}
            )
    return out


def scaling(table: pa.Table, facts: Mapping[str, Any]) -> Spec:
    """Return the learning curve, log-log, with other text beside it and the extrapolation dotted.

    Where the figure is no power of two its axis is linear: accuracy and hits may be zero or negative.
    """
    scale, unit = Scale.of(facts), str(facts.get("unit", "size"))
    kinds = {
        kind: _points(table.to_pylist(), kind, scale, unit) for kind in ("pool", "other", "extrapolated")
    }
    x = {
        "field": "size",
        "type": "quantitative",
        "scale": {"type": "log"},
        "axis": axis(f"{unit} added (each step multiplies)", format="~s"),
    }
    form = {"type": "log"} if scale.exponential else {"zero": False}
    y = {
        "field": "value",
        "type": "quantitative",
        "scale": form,
        "axis": axis(scale.level_name, format="~s" if scale.exponential else ""),
    }
    if not scale.exponential:
        y["axis"] = axis(scale.level_name)
    layers: list[Spec] = []
    pool, other, beyond = kinds["pool"], kinds["other"], kinds["extrapolated"]
    above = _last(pool) > _last(other)
    if other:
        layers += line(other, x, y, colour=RUST, dash=(6, 4))
        layers += label(
            other[len(other) // 2],
            "other data of the base’s kind",
            x,
            y,
            colour=RUST,
            above=not above,
            align="center",
        )
    if pool:
        layers += line(pool, x, y, colour=BLUE)
        layers += label(
            pool[len(pool) // 2], "this pool", x, y, colour=BLUE, above=above or not other, align="center"
        )
    if beyond:
        layers += line([*pool[-1:], *beyond], x, y, colour=BLUE, dash=(1, 4))[-2:]
    words = f"{scale.level_name} against {unit} added. " + "; ".join(
        f"{k}: {v[-1]['text']}" for k, v in kinds.items() if v
    )
    return chart(layers, title="Scaling and replacement", description=words + ".", height=320)


def _points(rows: Rows, kind: str, scale: Scale, unit: str) -> Rows:
    out = []
    for r in rows:
        value = scale.level(r["score"])
        if r["kind"] != kind or value is None or absent(r["size"]) or r["size"] <= 0:
            continue
        low, high = ordered(scale.level(r["low"]), scale.level(r["high"]))
        text = f"{number(r['size'])} {unit}: {level(value)} {scale.level_name}"
        out.append({"size": r["size"], "value": value, "low": low, "high": high, "text": text})
    return sorted(out, key=lambda r: float(r["size"]))
