"""Charts of dots with bars, one row a name: shares, named groups, critical mass, choices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from commonweal.charts.curves import effect_places, effect_text
from commonweal.charts.marks import (
    BLUE,
    GREY,
    PALE,
    RUST,
    Spec,
    axis,
    bars,
    chart,
    dots,
    key,
    rows_axis,
    rule,
)
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
from commonweal.counts import counted

SHOWN = 60
"""A chart of owners shows this many at most; the table and the files have them all."""


def shares_allowed(facts: Mapping[str, Any]) -> bool:
    """Tell whether shares in percent mean anything: the total and all its intervals lie above zero."""
    total = facts.get("total", {})
    value = total.get("value")
    lows = [total.get(k) for k in ("low", "test_low", "owner_low")]
    return not absent(value) and value > 0 and all(absent(low) or low > 0 for low in lows)


def shares(table: pa.Table, facts: Mapping[str, Any]) -> Spec:
    """Return dots with bars for owner values and a line at the equal share.

    In percent of the total; in units of the score where the total's interval reaches zero. The pale wide
    bar is the test-set error, the dark one the sampling error, the thin grey line the choice of owners.
    """
    scale, relative = Scale.of(facts), shares_allowed(facts)
    total = facts.get("total", {}).get("value") or 0.0
    unit = 100 / total if relative else scale.factor
    kept = table.sort_by([("value", "descending")]).slice(0, SHOWN).to_pylist()
    places = decimals([r["value"] * unit for r in kept if not absent(r["value"])], 1 if relative else 2)
    data = []
    for r in kept:
        if absent(r["value"]):
            continue
        ends = {c: None if absent(r.get(c)) else r[c] * unit for c in _ENDS}
        text = f"{r['owner']}: {number(r['value'] * unit, places)}" + (
            "%" if relative else f" {scale.unit_name}"
        )
        data.append({"owner": r["owner"], "value": r["value"] * unit, **ends, "text": text})
    title = "share of the pool’s worth, percent" if relative else f"value, {scale.unit_name}"
    y = rows_axis("owner", [d["owner"] for d in data])
    x = _values(title)
    equal = total * unit / max(table.num_rows, 1)
    layers = bars(data, y, x, low="owner_low", high="owner_high", colour=GREY, width=1.2)
    layers += bars(data, y, x, low="test_low", high="test_high", colour=PALE[BLUE], width=6)
    layers += bars(data, y, x, low="low", high="high", colour=BLUE, width=2)
    if data:
        layers += [*rule("x", equal, "equal share"), dots(data, y, x, colour=BLUE)]
    words = f"{title} of {len(data)} of {counted(table.num_rows, 'owner')}, largest first. " + "; ".join(
        d["text"] for d in data[:3]
    )
    return chart(layers, title="Shares", description=words + ".", height=92 + 21 * max(len(data), 1))


_ENDS = ("low", "high", "test_low", "test_high", "owner_low", "owner_high")


def group_pairs(table: pa.Table) -> list[tuple[dict[str, Any], dict[str, Any] | None]]:
    """Return each named group beside the random group of equal size, in the table's order."""
    rows = table.to_pylist()
    random = {r["owners"]: r for r in rows if r["by"] == "random"}
    beside = {(r["by"], r["owners"]): r for r in rows if r["group"] == "random owners"}
    named = [r for r in rows if r["by"] != "random" and r["group"] != "random owners"]
    return [(r, beside.get((r["by"], r["owners"]), random.get(r["owners"]))) for r in named]


def group_name(row: Mapping[str, Any]) -> str:
    """Return how a striking group is called: its name and its size."""
    name = "worst found" if row["by"] == "worst found" else str(row["group"] or row["by"])
    return f"{name} ({number(row['owners'])})"


def strike_groups(table: pa.Table, facts: Mapping[str, Any]) -> Spec:
    """Return what each named group's strike does to the others, beside a random group of equal size."""
    scale, pairs = Scale.of(facts), group_pairs(table)
    places = effect_places([r for pair in pairs for r in pair if r], scale)
    named = [d for row, _ in pairs if (d := _group(row, row, scale, places))]
    random = [d for row, other in pairs if other and (d := _group(other, row, scale, places))]
    names = list(dict.fromkeys(d["group"] for d in named))
    y = rows_axis("group", names)
    title = (
        "harder for the others to predict, percent" if scale.exponential else f"others: {scale.effect_name}"
    )
    x = _values(title)
    layers = rule("x", 0.0, dash=(), colour=GREY) if named else []
    looks = ((random, RUST, 7, "○ random group of equal size"), (named, BLUE, -7, "● named group"))
    for at, (data, colour, shift, words) in enumerate(looks):
        if data:
            part = bars(data, y, x, low="low", high="high", colour=PALE[colour], width=5)
            part.append(dots(data, y, x, colour=colour, hollow=colour == RUST))
            layers += [{**layer, "mark": {**layer["mark"], "yOffset": shift}} for layer in part]
            layers += [key(words, at, colour=colour)] if random else []
    words = f"{title}, each named group beside a random group of equal size. "
    words += "; ".join(d["text"] for d in named[:4]) + "."
    return chart(
        layers, title="Strikes by a group", description=words, height=120 + 44 * max(len(names), 1), top=44
    )


def _group(
    row: Mapping[str, Any], named: Mapping[str, Any], scale: Scale, places: int
) -> dict[str, Any] | None:
    value = scale.effect(row["others_change"])
    if value is None:
        return None
    low, high = ordered(scale.effect(row["others_low"]), scale.effect(row["others_high"]))
    who = group_name(row) if row is named else f"random group of {number(row['owners'])}"
    text = f"{who}: {effect_text(value, low, high, places, scale)}"
    return {"group": group_name(named), "value": value, "low": low, "high": high, "text": text}


def _values(title: str, **more: Any) -> Spec:
    shown = axis(title, grid=True, titleAnchor="end", **more)
    return {"field": "value", "type": "quantitative", "axis": shown}


def critical_mass(table: pa.Table, facts: Mapping[str, Any]) -> Spec:
    """Return the number of owners that suffices for each part of the worth, with intervals."""
    data = []
    for r in table.to_pylist():
        verb = "reach" if r["question"] == "reach" else "lose"
        if not absent(r["owners"]):
            text = f"{verb} {percent(r['share'])}: {number(r['owners'])} of {number(r['of'])}"
            data.append(
                {
                    "what": f"{verb} {percent(r['share'])}",
                    "owners": r["owners"],
                    "low": r["low"],
                    "high": r["high"],
                    "text": text,
                }
            )
    most = max((r["of"] for r in table.to_pylist()), default=1)
    y = rows_axis("what", [d["what"] for d in data])
    x = _values("owners, in 95 of 100 draws", tickMinStep=1) | {
        "field": "owners",
        "scale": {"domain": [0, most]},
    }
    layers = bars(data, y, x, low="low", high="high", colour=PALE[BLUE], width=6)
    layers += [dots(data, y, x, colour=BLUE)] if data else []
    words = "Owners that suffice for each part of the worth. " + "; ".join(d["text"] for d in data)
    return chart(
        layers, title="How many are enough", description=words + ".", height=92 + 26 * max(len(data), 1)
    )


def choices(table: pa.Table, facts: Mapping[str, Any]) -> Spec:
    """Return the worth with its interval in each setting."""
    scale, rows = Scale.of(facts), table.to_pylist()
    places = decimals([_times(r["total"], scale) for r in rows], 2)
    data = []
    for r in rows:
        value, low, high = (_times(r[c], scale) for c in ("total", "low", "high"))
        if value is not None:
            worth = bracketed(signed(value, places), interval(low, high, places, sign=True))
            text = f"{r['setting']}: {worth} {scale.unit_name}"
            data.append({"setting": r["setting"], "value": value, "low": low, "high": high, "text": text})
    y = rows_axis("setting", list(dict.fromkeys(d["setting"] for d in data)))
    x = _values(f"worth, {scale.unit_name}")
    layers = rule("x", 0.0, dash=(), colour=GREY) if data else []
    reported = [d["value"] for d in data if d["setting"] == "as reported"]
    layers += rule("x", reported[0], "as reported") if reported else []
    layers += bars(data, y, x, low="low", high="high", colour=PALE[BLUE], width=6)
    layers += [dots(data, y, x, colour=BLUE)] if data else []
    words = "The worth in each setting. " + "; ".join(d["text"] for d in data)
    return chart(
        layers, title="Had we chosen otherwise", description=words + ".", height=92 + 26 * max(len(data), 1)
    )


def _times(x: float | None, scale: Scale) -> float | None:
    return None if absent(x) else x * scale.factor  # type: ignore[operator]
