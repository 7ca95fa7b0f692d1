"""Sentences computed from the results: what the brief says, and what it may not say.

Each function is pure: a case goes in, plain text comes out. The guards of docs/how-it-works/brief.md live here.
"""

from __future__ import annotations

from dataclasses import dataclass

from commonweal.brief.case import Case
from commonweal.brief.figures import (
    Digits,
    Figure,
    effect_of,
    enough,
    figures,
    gap_zero,
    reference_row,
    share_text,
)
from commonweal.charts.dots import group_name, group_pairs, shares_allowed
from commonweal.charts.units import Scale, absent, interval, number, ordered, percent

PARTS = {0.5: "half", 0.8: "four fifths", 0.9: "nine tenths"}


@dataclass(frozen=True)
class Headline:
    """One of the three numbers: the number in large type, a sentence, and smaller type on how sure it is."""

    title: str
    body: str
    small: str = ""


def headlines(case: Case) -> list[Headline]:
    """Return the three numbers: worth, everyone else when 30% strike, how many suffice."""
    return [worth(case), strike(case), suffice(case)]


def by_id(case: Case) -> dict[str, Figure]:
    """Return the figures of a case by their names."""
    return {f.id: f for f in figures(case)}


def worth(case: Case) -> Headline:
    """Say what the pool adds, or that it can't be told from nothing."""
    scale, found, total = Scale.of(case.appraisal.facts), by_id(case), case.appraisal.total
    figure = found["worth"]
    covers = _covers(figure)
    if absent(figure.value):
        return Headline("Worth not told", "The worth could not be computed from these data.")
    between = _between(found, scale)
    if not shares_allowed(case.appraisal.facts):
        if figure.value < 0 and _all_below(total):  # type: ignore[operator]
            return Headline(
                "Worth below zero",
                f"On this test the pool makes the model worse: {between}",
                f"{figure.text}{covers}.",
            )
        title, why = (
            "Not told from zero",
            "The interval of the worth reaches zero, so no share of it is printed in percent.",
        )
        return Headline(title, f"{between} {why}", f"{figure.text}{covers}.")
    if case.worth_unstable:
        why = "With other reasonable settings the worth changes its sign, so it is no headline: see “Had we chosen otherwise”."
        return Headline("Depends on the settings", f"{between} {why}", f"{figure.text}{covers}.")
    if scale.exponential:
        return Headline(
            _fewer(found["worth_times"]), between, f"{found['worth_times'].text}; {figure.text}{covers}."
        )
    return Headline(
        f"{'−' if scale.better_when_lower else '+'}{_bare(figure)}", between, f"{figure.text}{covers}."
    )


def _all_below(total: object) -> bool:
    highs = [total.get(k) for k in ("high", "test_high", "owner_high")]  # type: ignore[attr-defined]
    return all(absent(h) or h < 0 for h in highs)


def _bare(figure: Figure) -> str:
    return figure.text.split(" (")[0]


def _covers(figure: Figure) -> str:
    return f"; the interval covers {figure.covers} alone" if figure.covers and figure.low is not None else ""


def _fewer(figure: Figure) -> str:
    return f"{_bare(figure).replace(' times fewer', '×')} fewer choices"


def _between(found: dict[str, Figure], scale: Scale) -> str:
    full, empty = (_bare(found[k]).removesuffix(f" {scale.level_name}") for k in ("full", "empty"))
    if scale.exponential:
        thing = scale.level_name.split(" per ")[-1]
        return f"With the pool, the model hesitates between {full} equally likely next {thing}s; without it, between {empty}."
    unit = f" {scale.unit}" if scale.unit else ""
    return f"With the pool, {scale.name} is {full}{unit}; without it, {empty}{unit}."


def strike(case: Case) -> Headline:
    """Say what the strike nearest to 30% does to everyone else, others before strikers."""
    row = reference_row(case)
    if row is None or case.strike is None:
        return Headline("Strike not computed", "What a strike costs was not asked in this run.")
    scale, found, about = Scale.of(case.strike.facts), by_id(case), case.about
    others, strikers = found["strike_others"], found["strike_strikers"]
    who = f"{about.count(row['owners'])} of {number(case.owners)} ({percent(row['participation'])}), drawn at random, strike"
    if others.value is None:
        return Headline(
            "Others not told apart", f"When {who}, the effect on everyone else can't be told from this test."
        )
    if case.strike_unstable:
        why = "Whether the others lose changes with the settings of the model, so it is no headline: see “Had we chosen otherwise”."
        return Headline("Depends on the settings", why, f"Here, when {who}: {others.text}.")
    body = f"When {who}, everyone else’s {about.works} become {_words(others, scale)}."
    if not scale.exponential:
        body = f"When {who}, {scale.name} for everyone else changes by {_bare(others)}{_unit(scale)}."
    if strikers.value is not None:
        body += f" For the strikers’ own: {_bare(strikers)}{_unit(scale)}."
    if straddles(others):
        body += " The interval holds zero: whether others lose at all can’t be told from these data."
    small = f"{interval_of(others)}: {others.covers}. {shrunk(case)}"
    return Headline(_strike_title(others, scale), body, small.strip())


def _strike_title(figure: Figure, scale: Scale) -> str:
    if scale.exponential:
        return f"{_bare(figure)} {'easier' if figure.value < 0 else 'harder'}"  # type: ignore[operator]
    return _bare(figure) + _unit(scale)


def _unit(scale: Scale) -> str:
    return "" if scale.exponential or not scale.unit else f" {scale.unit}"


def _words(figure: Figure, scale: Scale) -> str:
    easier = figure.value is not None and figure.value < 0
    return f"{_bare(figure).lstrip('+−')} {'easier' if easier else 'harder'} for the model to predict"


def interval_of(figure: Figure) -> str:
    """Return the interval of a figure as it is printed, without the figure."""
    return figure.text.split(" (")[1].rstrip(")") if " (" in figure.text else "no interval"


def straddles(figure: Figure) -> bool:
    """Tell whether the interval of a figure holds zero."""
    return figure.low is not None and figure.high is not None and figure.low <= 0 <= figure.high


def shrunk(case: Case) -> str:
    """Say "to the others it is as if the pool had shrunk by 21%", where that can be told."""
    figure = by_id(case).get("strike_shrunk")
    return f"To the others it is as if the pool had shrunk by {figure.text}." if figure else ""


def suffice(case: Case) -> Headline:
    """Say how many owners are enough: almost any n, in 95 of 100 draws, never any."""
    if case.critical_mass is None:
        return Headline("Enough: not computed", "How many owners are enough was not asked in this run.")
    if gap_zero(case):
        return Headline(
            "Enough: no answer",
            "The worth is not told from zero, so no number of owners reaches a part of it.",
        )
    rows = [(share, enough(case, share)) for share in (0.8, 0.5)]
    known = [(PARTS[share], row) for share, row in rows if row is not None]
    reached = [(part, row) for part, row in known if not absent(row["owners"])]
    if not known:
        return Headline(
            "Enough: not computed", "Neither half nor four fifths of the worth was asked for in this run."
        )
    if not reached:
        part = known[-1][0]
        return Headline(
            "Nearly all are needed", f"No smaller group reaches {part} of the worth in 95 of 100 draws."
        )
    (part, first), *rest = reached
    body = f"{almost_any(case, first)} can give a rival that starts from the same place {part} of the pool’s worth"
    body += "".join(f"; almost any {number(row['owners'])} give {p}" for p, row in rest) + "."
    ends = [f"{p}: {t}" for p, row in reached if (t := interval(row["low"], row["high"]))]
    small = "True in 95 of 100 random draws." + (
        f" Intervals, draws and test set: {'; '.join(ends)}." if ends else ""
    )
    missing = [p for p, row in known if absent(row["owners"])]
    body += f" {missing[0].capitalize()} of it takes nearly all." if missing else ""
    return Headline(f"{number(first['owners'])} of {number(first['of'])} suffice", body, small)


def almost_any(case: Case, row: dict[str, object]) -> str:
    """Return "Almost any 15 writers (95 of 100 draws)"."""
    return f"Almost any {case.about.count(int(row['owners']))} (95 of 100 draws)"  # type: ignore[call-overload]


def strike_heading(case: Case) -> str:
    """Return the heading of the strikes: who loses more, if that can be told."""
    found = by_id(case)
    others, strikers = found.get("strike_others"), found.get("strike_strikers")
    if others is None or strikers is None or others.value is None:
        return "What a strike costs"
    if case.strike_unstable:
        return "What a strike does to the others depends on the settings"
    if straddles(others):
        return "What a strike costs the others is within the noise"
    scale = Scale.of(case.appraisal.facts)
    worse = 1 if scale.exponential else -scale.sign
    if strikers.value is None or worse * others.value < 0:
        return "What a strike costs"
    return f"A strike costs the others {'less' if worse * others.value < worse * strikers.value else 'more'} than the strikers"


def group_notes(case: Case) -> list[str]:
    """Say which named groups' strikes leave the others no worse, and that nobody should build on it."""
    if case.strike is None:
        return []
    scale, digits, notes = Scale.of(case.strike.facts), Digits.of(case), []
    del digits
    worse = 1 if scale.exponential else -scale.sign
    for row, _ in group_pairs(case.strike.table):
        value, low, high = effect_of(row, "others", scale)
        name = group_name(row)
        if case.unstable(str(row["group"]), f"{row['by']}: {row['group']}", f"{row['by']}={row['group']}"):
            notes.append(
                f"{name}: the sign of the effect changes with the settings, so nobody should build on it."
            )
        elif value is not None and worse * value <= 0:
            notes.append(f"When {name} strike, the others lose nothing here, and may gain.")
        elif low is not None and high is not None and low <= 0 <= high:
            notes.append(f"{name}: the interval holds zero; a loss for the others can’t be told from none.")
    return notes


def rival_heading(case: Case) -> str:
    """Return the heading of the contribution: how far some owners bring a rival."""
    rows = case.contribution.table.to_pylist() if case.contribution else []
    half = next((r for r in rows if not absent(r["dlp_contribution"]) and r["dlp_contribution"] >= 0.5), None)
    if half is None or gap_zero(case):
        return "Giving the works to a rival"
    return f"{case.about.count(half['owners'])} of {number(case.owners)} bring a rival {percent(half['dlp_contribution'])} of the way"


def beyond_notes(case: Case) -> list[str]:
    """Say where shares leave 0 to 100%: they are printed as they are."""
    notes = []
    if case.strike and any(_over(r["gap_lost"]) for r in case.strike.table.to_pylist()):
        notes.append(
            "Where more than 100% of the worth is lost, the struck model is worse than the base alone; it is printed as it is."
        )
    rows = case.contribution.table.to_pylist() if case.contribution else []
    if any(not absent(r["dlp_contribution"]) and r["dlp_contribution"] < 0 for r in rows):
        notes.append(
            "Below 0% the few works given make the rival worse than its base alone; it is printed as it is."
        )
    if any(_over(r["dlp_contribution"]) or _over(r["dlp_both"]) for r in rows):
        notes.append(
            "Above 100% the rival does better than the one it is measured against; it is printed as it is."
        )
    return notes


def _over(x: float | None) -> bool:
    return not absent(x) and x > 1  # type: ignore[operator]


def rival_note(case: Case) -> str:
    """Say what giving and withholding do together at half of the owners or less."""
    rows = case.contribution.table.to_pylist() if case.contribution else []
    row = min(
        (r for r in rows if not absent(r["dlp_both"])),
        key=lambda r: abs(r["participation"] - 0.3),
        default=None,
    )
    if row is None or gap_zero(case):
        return ""
    text = share_text(row["dlp_both"], row["dlp_both_low"], row["dlp_both_high"])
    return f"When {case.about.count(row['owners'])} give to the rival and withhold from the builder at once, the rival stands at {text} of what the builder has left."


def doubling_sentence(case: Case) -> str:
    """Say what each doubling of the pool does."""
    figure = by_id(case).get("doubling")
    if figure is None or case.scaling is None:
        return ""
    scale = Scale.of(case.scaling.facts)
    thing = scale.level_name if scale.exponential else scale.name
    low, high = ordered(figure.low, figure.high)
    if low is not None and high is not None and low <= 0 <= high:
        return f"What a doubling of the pool does to {thing} can’t be told from nothing: {figure.text}{_unit(scale)}."
    return f"Each doubling of the pool changes {thing} by {figure.text}{_unit(scale)}."


def other_sentence(case: Case) -> str:
    """Say what more of the base's kind did instead: the informative line, since more of the same is a tautology."""
    rows = [r for r in case.scaling.table.to_pylist() if r["kind"] == "other"] if case.scaling else []
    rows = sorted((r for r in rows if r["size"] and not absent(r["score"])), key=lambda r: float(r["size"]))
    if len(rows) < 2 or case.scaling is None:
        return "What other data would do instead was not computed." if case.scaling else ""
    scale, first, last = Scale.of(case.scaling.facts), rows[0], rows[-1]
    change = last["score"] - first["score"]
    effect = scale.effect(change)
    if effect is None:
        return ""
    times = number(last["size"] / first["size"])
    if scale.exponential:
        did = f"{'took' if effect < 0 else 'added'} {number(abs(effect))}% {'off' if effect < 0 else 'to'} the {scale.level_name} in all"
    else:
        did = f"changed {scale.name} by {number(effect, 2)}{_unit(scale)} in all"
    return f"{times} times as much other data of the base’s kind {did}."


def not_said(case: Case) -> list[tuple[str, str]]:
    """Return what the numbers do not say: a price, the builder's model, merit, self-prediction."""
    scale, own = Scale.of(case.appraisal.facts), case.appraisal.facts.get("own_share")
    stand_in = "A small model stands in for it" + (
        "; large models learn more from other text, so expect a smaller share of worth from the pool."
        if scale.exponential
        else ". Another kind of model may rank owners differently and need more or less of the pool."
    )
    if isinstance(own, (int, float)) and not absent(own) and not gap_zero(case):
        self_text = f"About {percent(own)} of the worth is owners’ {case.about.works} predicting their own unseen ones."
    else:
        self_text = f"A part of each share is an owner’s {case.about.works} predicting that owner’s own unseen ones; how large it is was not computed here."
    return [
        ("Not a price.", "They say how much a model of this kind improves, not what that earns."),
        ("Not your builder’s model.", stand_in),
        ("Not merit.", f"An owner with few {case.about.works} has a small share, however good they are."),
        ("Not only what others gain.", self_text),
    ]
