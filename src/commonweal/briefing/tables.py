"""Tables as they are printed: the same cells in the terminal and on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from commonweal.briefing.case import Case
from commonweal.briefing.figures import Digits, effect_of, floor_of, gap_zero, share_text, share_unit, times
from commonweal.charts.curves import effect_text
from commonweal.charts.dots import group_name, group_pairs, shares_allowed
from commonweal.charts.units import (
    NOTHING,
    Scale,
    absent,
    bracketed,
    interval,
    number,
    ordered,
    percent,
    quantity,
    signed,
)

ENDS = ("_low", "_high")


@dataclass(frozen=True)
class Table:
    """A table of texts.

    Attributes
    ----------
    id, caption : str
        Name for links; heading.
    columns : tuple of str
        Heads; the first column names the row.
    rows : list of tuple of str
        Cells as printed.
    words : frozenset of int
        Columns of words rather than numbers (aligned to the left), the first always.
    more : str
        What is not shown, and where it is.
    key : int
        The column that stands beside the row's name where there is no room for columns; -1 for none.
    """

    id: str
    caption: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    words: frozenset[int] = frozenset({0})
    more: str = ""
    key: int = -1


def owners(case: Case, shown: int = 60) -> Table:
    """Return the owners, largest first: works, size, share with one column for each interval."""
    unit, digits, relative = share_unit(case), Digits.of(case), shares_allowed(case.appraisal.facts)
    ranked = case.appraisal.table.sort_by([("value", "descending")])
    rows = ranked.slice(0, shown).to_pylist()
    kinds = [k for k in ("test_", "", "owner_") if _has_interval(case, k)]
    names = {"test_": "test set", "": "sampling", "owner_": "other owners"}
    percent_sign = "%" if relative else ""
    head = ("share" if relative else f"value, {Scale.of(case.appraisal.facts).unit_name}",)
    counted = case.about.works != case.size_name  # a rating is a work and its size
    cells = []
    for r in rows:
        ends = [
            interval(times(r[f"{k}low"], unit), times(r[f"{k}high"], unit), digits.share) or NOTHING
            for k in kinds
        ]
        value = times(r["value"], unit)
        text = number(value, digits.share) + ("" if value is None else percent_sign)
        counts = [number(r["works"])] * counted
        cells.append((str(r["owner"]), *counts, number(r["size"]), text, *ends))
    left = ranked.num_rows - len(rows)
    more = f"and {number(left)} more: all are in tables/*.parquet. " if left else ""
    trained = f"{case.size_name} in training"
    note = f"{trained}: without those held out to test."
    note = f"{case.about.works}: all; {note}" if counted else note
    more += note[0].upper() + note[1:]
    columns = (
        case.about.owner,
        *[case.about.works] * counted,
        trained,
        *head,
        *(f"interval, {names[k]}" for k in kinds),
    )
    return Table(
        "owners",
        f"{case.about.owners.capitalize()} and their shares",
        columns,
        cells,
        more=more,
        key=2 + counted,
    )


def _has_interval(case: Case, kind: str) -> bool:
    """Tell whether any owner has an interval of this kind that is wider than nothing."""
    rows = (
        case.appraisal.table.select(["value", f"{kind}low", f"{kind}high"]).to_pydict()
        if _holds(case, kind)
        else {}
    )
    return (
        any(not absent(a) and not absent(b) and a != b for a, b in zip(*list(rows.values())[1:], strict=True))
        if rows
        else False
    )


def _holds(case: Case, kind: str) -> bool:
    return {f"{kind}low", f"{kind}high"} <= set(case.appraisal.table.column_names)


def _who(r: dict[str, Any]) -> str:
    return f"{percent(r['participation'], 0 if r['participation'] >= 0.01 else 1)} ({number(r['owners'])})"


def strikes(case: Case) -> Table | None:
    """Return the random strikes: others first, then strikers, then the reading as a smaller pool."""
    rows = [r for r in case.strike.table.to_pylist() if r["by"] == "random"] if case.strike else []
    rows = [r for r in rows if r["owners"] != 0]  # nobody on strike is no strike
    if case.strike is None or not rows:
        return None
    scale, places = Scale.of(case.strike.facts), Digits.of(case).effect
    columns = ["on strike", "everyone else", "the strikers", "as if the pool shrank by", "worth lost, all"]
    columns += ["gap lost, all"]
    floor = floor_of(case)
    cells = []
    for r in rows:
        effects = [effect_text(*effect_of(r, who, scale), places, scale) for who in ("others", "strikers")]
        shares = [
            NOTHING if gap_zero(case) else share_text(r[c], r[f"{c}_low"], r[f"{c}_high"])
            for c in ("shrunk", "worth_lost")
        ]
        shares.append(NOTHING if floor is None else share_text(*(r[f"gap_lost{e}"] for e in ("", *ENDS))))
        cells.append((_who(r), *effects, *shares))
    kept = [i for i in range(6) if i < 2 or any(row[i] != NOTHING for row in cells)]
    caption = f"Random strikes: {_effect_caption(scale)}"
    heads, rows_kept = tuple(columns[i] for i in kept), [tuple(row[i] for i in kept) for row in cells]
    return Table("strikes", caption, heads, rows_kept, more=f"Gap: over {floor}." if 5 in kept else "")


def _effect_caption(scale: Scale) -> str:
    return "how much harder works become to predict" if scale.exponential else scale.effect_name


def groups(case: Case) -> Table | None:
    """Return each named group beside a random group of equal size."""
    pairs = group_pairs(case.strike.table) if case.strike else []
    if case.strike is None or not pairs:
        return None
    scale, places = Scale.of(case.strike.facts), Digits.of(case).effect
    cells = []
    for row, beside in pairs:
        alone = NOTHING if beside is None else effect_text(*effect_of(beside, "others", scale), places, scale)
        cells.append((group_name(row), effect_text(*effect_of(row, "others", scale), places, scale), alone))
    caption = f"Strikes by a group, everyone else: {_effect_caption(scale)}"
    more = "Brackets: its strike, the finite test set alone; a random group, who takes part as well."
    heads = ("group (owners)", "its strike", "a random group of equal size")
    return Table("groups", caption, heads, cells, more=more)


def rivals(case: Case) -> Table | None:
    """Return what a rival reaches and what the builder keeps; in scores where shares have no meaning."""
    rows = [r for r in case.contribution.table.to_pylist() if r["owners"] != 0] if case.contribution else []
    if case.contribution is None or not rows:
        return None
    if gap_zero(case):
        scale = Scale.of(case.contribution.facts)
        cells = [(_who(r), *(_leveled(r, who, scale) for who in ("rival", "builder"))) for r in rows]
        return Table(
            "rivals",
            "Moving to a rival",
            ("who moves", f"rival, {scale.level_name}", f"builder, {scale.level_name}"),
            cells,
        )
    cells = []
    for r in rows:
        kept = [
            None if absent(r[c]) else 1 - r[c] for c in ("dlp_strike", "dlp_strike_low", "dlp_strike_high")
        ]
        shares = [share_text(r[c], r[f"{c}_low"], r[f"{c}_high"]) for c in ("dlp_contribution", "dlp_both")]
        cells.append((_who(r), shares[0], share_text(*kept), shares[1]))
    columns = ("who moves", "rival reaches", "builder keeps", "rival against the struck builder")
    return Table("rivals", "Moving to a rival, in shares of the pool’s worth", columns, cells)


def _leveled(r: dict[str, Any], who: str, scale: Scale) -> str:
    low, high = ordered(scale.level(r[f"{who}_low"]), scale.level(r[f"{who}_high"]))
    return bracketed(
        scale.write(scale.level(r[f"{who}_score"])),
        "" if low is None or high is None else f"{scale.write(low)} to {scale.write(high)}",
    )


def critical(case: Case) -> Table | None:
    """Return how many owners are enough for each part of the worth."""
    rows = case.critical_mass.table.to_pylist() if case.critical_mass else []
    if not rows or gap_zero(case):
        return None
    cells = []
    for r in rows:
        what = f"{'reach' if r['question'] == 'reach' else 'lose'} {percent(r['share'])} of the worth"
        enough = NOTHING if absent(r["owners"]) else f"almost any {number(r['owners'])} of {number(r['of'])}"
        cells.append((what, enough, interval(r["low"], r["high"]) or NOTHING))
    note = "A dash: no number below all of them is enough." if any(c[1] == NOTHING for c in cells) else ""
    if any(c[1] != NOTHING and c[2] == NOTHING for c in cells):
        note = f"{note} A dash for the interval alone: it can’t be told.".strip()
    return Table(
        "critical-mass",
        "How many are enough, in 95 of 100 draws",
        ("to", "it takes", "interval"),
        cells,
        more=note,
    )


def scaling(case: Case) -> Table | None:
    """Return what each size of the pool, and of other data, gives."""
    rows = case.scaling.table.to_pylist() if case.scaling else []
    if case.scaling is None or not rows:
        return None
    scale, words = (
        Scale.of(case.scaling.facts),
        {"pool": "this pool", "other": "other data", "extrapolated": "beyond the data"},
    )
    cells = []
    for r in rows:
        who = (
            f", {case.about.count(int(r['owners']))}"
            if not absent(r["owners"]) and r["kind"] == "pool"
            else ""
        )
        low, high = ordered(scale.level(r["low"]), scale.level(r["high"]))
        ends = (
            "" if low is None or high is None or low == high else f"{scale.write(low)} to {scale.write(high)}"
        )
        cells.append(
            (
                f"{words.get(r['kind'], r['kind'])}, {quantity(r['size'])}{who}",
                bracketed(scale.write(scale.level(r["score"])), ends),
            )
        )
    return Table(
        "scaling",
        "What each size gives",
        (f"source and {case.size_name} in training", scale.level_name),
        cells,
    )


def choices(case: Case) -> Table | None:
    """Return the main figures in each setting; no owners by name where the total reaches zero."""
    rows = case.choices.table.to_pylist() if case.choices else []
    if case.choices is None or not rows:
        return None
    scale, digits = Scale.of(case.choices.facts), Digits.of(case)
    cells = [_setting(r, scale, digits) for r in rows]
    columns = (
        "what was changed",
        "the builder has",
        "held out",
        case.about.owners,
        scale.level_name,
        f"worth, {scale.unit_name}",
        "others, 30% strike",
        "enough for half",
        "order agrees",
        "largest",
        "below zero",
    )
    return Table("choices", "The main figures in each setting", columns, cells, words=frozenset({0, 1, 2, 9}))


def _unnamed(r: dict[str, Any]) -> str:
    return "owners not valued" if r["below_zero"] is None else "not named: the worth reaches zero"


def slices(case: Case) -> Table | None:
    """Return the worth on each test slice; None where the test has none."""
    rows = case.appraisal.facts.get("slices") or ()
    if not rows:
        return None
    scale, digits = Scale.of(case.appraisal.facts), Digits.of(case)
    cells = []
    for r in rows:
        value, low, high = (times(r[c], scale.factor) for c in ("value", "low", "high"))
        levels = " → ".join(scale.write(scale.level(r[c])) for c in ("empty", "full"))
        worth = bracketed(signed(value, digits.worth), interval(low, high, digits.worth))
        cells.append((str(r["slice"]), number(r["units"]), levels, worth))
    columns = ("tested on", "test units", scale.level_name, f"worth, {scale.unit_name}")
    return Table("slices", "Worth by test slice (brackets: the finite test set)", columns, cells)


def _setting(r: dict[str, Any], scale: Scale, digits: Digits) -> tuple[str, ...]:
    total, low, high = (times(r[c], scale.factor) for c in ("total", "low", "high"))
    return (
        *(str(r[c] or NOTHING) for c in ("setting", "base", "split")),
        number(r["owners"]),
        " → ".join(scale.write(scale.level(r[c])) for c in ("empty", "full")),
        bracketed(signed(total, digits.worth), interval(low, high, digits.worth)),
        effect_text(scale.effect(r["strike_others"]), None, None, digits.effect, scale),
        number(r["half"]),
        number(r["rank_correlation"], 2),
        r["largest"] or _unnamed(r),
        number(r["below_zero"]),
    )
