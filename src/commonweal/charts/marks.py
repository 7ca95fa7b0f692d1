"""The look of all charts, and the few marks they are made of.

Two series are told apart by colour, by dash and by a label on the line itself: no legend, and nothing is
lost in black and white. The blue and the rust have a contrast above 5 to 1 on white and differ for every
common colour vision.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

Spec = dict[str, Any]

BLUE, RUST, INK, GREY = "#14496b", "#a8430f", "#1d1b18", "#5b574f"
PALE = {BLUE: "#a9c6d8", RUST: "#ecc4ad"}
PAPER, RULE = "#ffffff", "#dedad1"
FONT = "Seravek, 'Gill Sans Nova', Ubuntu, Calibri, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif"
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"

CONFIG: Spec = {
    "font": FONT,
    "background": None,
    "aria": False,  # the page labels each chart as one picture and puts a table beside it
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK,
        "titleColor": GREY,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 10,
        "grid": True,
        "gridColor": RULE,
        "domain": False,
        "tickColor": RULE,
        "labelPadding": 5,
    },
    "axisX": {"grid": False, "domain": True, "domainColor": GREY, "tickColor": GREY, "labelFlush": False},
    "text": {"fontSize": 12.5, "fontWeight": 600},
}


def chart(layers: Sequence[Spec], *, title: str, description: str, height: int, top: int = 16) -> Spec:
    """Return a layered chart as wide as its container."""
    return {
        "$schema": SCHEMA,
        "description": description,
        "usermeta": {"title": title},
        "width": "container",
        "height": height,
        "padding": {"left": 4, "right": 14, "top": top, "bottom": 4},
        "autosize": {"type": "fit", "contains": "padding"},
        "config": CONFIG,
        "layer": list(layers),
    }


def axis(title: str | None, **more: Any) -> Spec:
    """Return an axis with few ticks."""
    return {"title": title, "tickCount": 6, **more}


def line(
    data: Sequence[Mapping[str, Any]], x: Spec, y: Spec, *, colour: str, dash: Sequence[int] = ()
) -> list[Spec]:
    """Return band, median line and dots for rows with x, value, low, high and text."""
    values = {"values": list(data)}
    band = {"values": [d for d in data if d.get("low") is not None and d.get("high") is not None]}
    tip = {"field": "text", "type": "nominal"}
    layers: list[Spec] = []
    if len(band["values"]) > 1:
        ends = {"y": {**y, "field": "low"}, "y2": {"field": "high"}}
        layers.append(
            {
                "data": band,
                "mark": {"type": "area", "color": PALE[colour], "opacity": 0.55},
                "encoding": {"x": x, **ends},
            }
        )
    stroke = {"type": "line", "color": colour, "strokeWidth": 2.2, "strokeDash": list(dash)}
    dot = {"type": "point", "filled": True, "color": colour, "size": 42, "opacity": 1}
    layers.append({"data": values, "mark": stroke, "encoding": {"x": x, "y": y}})
    layers.append({"data": values, "mark": dot, "encoding": {"x": x, "y": y, "tooltip": tip}})
    return layers


def label(
    at: Mapping[str, Any], words: str, x: Spec, y: Spec, *, colour: str, above: bool, align: str = "center"
) -> list[Spec]:
    """Return words just outside a line's band, with a halo that keeps them legible."""
    edge = at.get("high" if above else "low")
    data = {"values": [{**at, "value": at["value"] if edge is None else edge, "words": words}]}
    place = {"type": "text", "align": align, "dy": -11 if above else 14}
    return _haloed(data, place, {"x": x, "y": y, "text": {"field": "words"}}, colour)


def key(words: str, line: int, *, colour: str) -> Spec:
    """Return words above the plot's left corner, for rows of bars that leave no room beside them."""
    mark = {"type": "text", "align": "left", "color": colour, "x": 0, "y": -8 - 17 * line}
    return {"data": {"values": [{"words": words}]}, "mark": mark, "encoding": {"text": {"field": "words"}}}


def _haloed(data: Spec, place: Spec, encoding: Spec, colour: str) -> list[Spec]:
    halo = {**place, "stroke": PAPER, "strokeWidth": 4, "strokeJoin": "round", "fill": PAPER}
    return [{"data": data, "mark": mark, "encoding": encoding} for mark in (halo, {**place, "color": colour})]


def ticks(values: Sequence[float]) -> tuple[list[float], list[float]]:
    """Return the domain and the ticks of a logarithmic axis: 1, 2, 5, 10, … thinned to eight at most."""
    low, high = min(values) / 1.3, max(values) * 1.3
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1, 2, 5), (1, 3), (1,)):
        at = [
            float(f"{step}e{e}") for e in exponents for step in steps if low <= float(f"{step}e{e}") <= high
        ]
        if len(at) <= 8:
            break
    return [low, high], at


def rule(
    field: str, at: float, words: str | None = None, *, dash: Sequence[int] = (5, 4), colour: str = INK
) -> list[Spec]:
    """Return a dashed line across the chart at a value of x or y, with words at its end."""
    data = {"values": [{field: at, "words": words or ""}]}
    where = {field: {"field": field, "type": "quantitative"}}
    layers: list[Spec] = [
        {
            "data": data,
            "mark": {"type": "rule", "color": colour, "strokeDash": list(dash), "strokeWidth": 1.3},
            "encoding": where,
        }
    ]
    if words:
        text: Spec = {
            "type": "text",
            "color": colour,
            "align": "left",
            "fontWeight": "normal",
            "fontSize": 12,
        }
        text |= (
            {"y": 0, "dx": 6, "dy": -3, "baseline": "bottom"} if field == "x" else {"x": 0, "dx": 4, "dy": -7}
        )
        layers.append({"data": data, "mark": text, "encoding": {**where, "text": {"field": "words"}}})
    return layers


def bars(
    data: Sequence[Mapping[str, Any]], y: Spec, x: Spec, *, low: str, high: str, colour: str, width: float
) -> list[Spec]:
    """Return horizontal bars from `low` to `high` for the rows that have both."""
    rows = [d for d in data if d.get(low) is not None and d.get(high) is not None and d[low] != d[high]]
    if not rows:
        return []
    mark = {"type": "rule", "color": colour, "strokeWidth": width, "strokeCap": "butt", "opacity": 1}
    return [
        {
            "data": {"values": rows},
            "mark": mark,
            "encoding": {"y": y, "x": {**x, "field": low}, "x2": {"field": high}},
        }
    ]


def dots(data: Sequence[Mapping[str, Any]], y: Spec, x: Spec, *, colour: str, hollow: bool = False) -> Spec:
    """Return one dot for each row."""
    mark: Spec = {"type": "point", "filled": True, "color": colour, "size": 48, "opacity": 1}
    if hollow:
        mark = {
            "type": "point",
            "filled": True,
            "fill": PAPER,
            "stroke": colour,
            "strokeWidth": 1.8,
            "size": 44,
            "opacity": 1,
        }
    tip = {"field": "text", "type": "nominal"}
    return {"data": {"values": list(data)}, "mark": mark, "encoding": {"y": y, "x": x, "tooltip": tip}}


def rows_axis(field: str, order: Sequence[str]) -> Spec:
    """Return a y axis of names in the given order."""
    shown = {
        "title": None,
        "labelLimit": 150,
        "ticks": False,
        "grid": False,
        "labelPadding": 8,
        "labelFontSize": 12,
    }
    return {
        "field": field,
        "type": "nominal",
        "sort": list(order),
        "axis": shown,
        "scale": {"paddingOuter": 0.6},
    }
