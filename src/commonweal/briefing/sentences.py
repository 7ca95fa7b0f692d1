"""Sentences computed from the results: what the brief says, and what it may not say.

Each function is pure: a case goes in, plain text comes out. The guards of docs/how-it-works/brief.md live
here.
"""

from __future__ import annotations

from commonweal.briefing.case import Case
from commonweal.briefing.figures import (
    Digits,
    Figure,
    effect_of,
    figures,
    floor_of,
    gap_zero,
    reference_row,
    share_text,
)
from commonweal.charts.curves import effect_text
from commonweal.charts.dots import group_pairs
from commonweal.charts.units import Scale, absent, number, ordered, percent
from commonweal.counts import agree


def by_id(case: Case) -> dict[str, Figure]:
    """Return the figures of a case by their names."""
    return {f.id: f for f in figures(case)}


def unit_after(scale: Scale) -> str:
    """Return the unit to print after a figure that brings none: " points", or nothing."""
    return "" if scale.exponential or not scale.unit else f" {scale.unit}"


def unit_unless_named(scale: Scale) -> str:
    """Return the same, but nothing where the metric's name says the unit already."""
    return "" if scale.unit in scale.name else unit_after(scale)


def straddles(figure: Figure) -> bool:
    """Tell whether the interval of a figure holds zero."""
    return figure.low is not None and figure.high is not None and figure.low <= 0 <= figure.high


def shrunk(case: Case) -> str:
    """Say "to the others it is as if the pool had shrunk by 21%", where that can be told."""
    figure = by_id(case).get("strike_shrunk")
    return f"To the others it is as if the pool had shrunk by {figure.text}." if figure else ""


def shrunk_note(case: Case) -> str:
    """Say the same with the strike it is about."""
    row, said = reference_row(case), shrunk(case)
    if row is None or not said:
        return ""
    who, strike = case.about.count(row["owners"]), agree(row["owners"], "strikes", "strike")
    return f"When {who}{case.of_all} {strike}: {said[0].lower()}{said[1:]}"


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
    return (
        "A strike costs the others "
        f"{'less' if worse * others.value < worse * strikers.value else 'more'} than the strikers"
    )


def group_notes(case: Case) -> list[str]:
    """Say which named groups' strikes leave the others no worse, and that nobody should build on it."""
    if case.strike is None:
        return []
    scale, notes = Scale.of(case.strike.facts), []
    worse = 1 if scale.exponential else -scale.sign
    for row, _ in group_pairs(case.strike.table):
        value, low, high = effect_of(row, "others", scale)
        name = f"“{row['group'] or row['by']}” ({case.about.count(row['owners'])})"
        if case.unstable(str(row["group"]), f"{row['by']}: {row['group']}", f"{row['by']}={row['group']}"):
            notes.append(f"{name}: its sign changes with the settings; nobody should build on it.")
        elif value is not None and worse * value <= 0:
            held = low is not None and high is not None and low <= 0 <= high
            notes.append(
                f"{name}: the others lose nothing here, but the interval holds zero; no loss and no gain "
                "can be told."
                if held
                else f"When {name} {agree(row['owners'], 'strikes', 'strike')}, the others "
                "lose nothing here, and may gain."
            )
        elif low is not None and high is not None and low <= 0 <= high:
            notes.append(f"{name}: the interval holds zero; a loss for the others can’t be told from none.")
    return notes


def worst_note(case: Case) -> str:
    """Say what the worst strikes found on one half of the test cost on the other half."""
    rows = (case.strike.facts.get("worst") or {}).get("unseen") if case.strike else None
    if case.strike is None or not rows:
        return ""
    scale, places = Scale.of(case.strike.facts), Digits.of(case).effect
    costs = [
        f"{effect_text(effect, None, None, places, scale)} ({case.about.count(int(r['owners']))})"
        for r in rows
        if (effect := scale.effect(r["others_change"])) is not None
    ]
    if not costs:
        return ""
    return (
        "“Worst found”: the most harmful groups of that size that a search found on this very test, so their "
        f"figures are too high. Found on one half of the test, they cost on the other: {', '.join(costs)}."
    )


def rival_heading(case: Case) -> str:
    """Return the heading of the contribution: how far some owners bring a rival."""
    rows = case.contribution.table.to_pylist() if case.contribution else []
    half = next((r for r in rows if not absent(r["dlp_contribution"]) and r["dlp_contribution"] >= 0.5), None)
    if half is None or gap_zero(case):
        return "Giving the works to a rival"
    who = f"{number(half['owners'])} random {case.about.name(half['owners'])}"
    verb = agree(half["owners"], "brings", "bring")
    return f"{who}{case.of_all} typically {verb} a rival {percent(half['dlp_contribution'])} of the way"


def beyond_notes(case: Case) -> list[str]:
    """Say where shares leave 0 to 100%: they are printed as they are."""
    notes, floor = [], floor_of(case)
    if case.strike and floor and any(_over(r["gap_lost"]) for r in case.strike.table.to_pylist()):
        notes.append(
            f"Where more than 100% of the gap is lost, the struck model is worse than {floor}; it is printed "
            "as it is."
        )
    if gap_zero(case):
        return notes  # no share of the worth is printed, so none needs a note
    if case.strike and any(_over(r["worth_lost"]) for r in case.strike.table.to_pylist()):
        notes.append(
            "Where more than 100% of the worth is lost, the struck model is worse than the base "
            "alone; it is printed as it is."
        )
    rows = case.contribution.table.to_pylist() if case.contribution else []
    if any(not absent(r["dlp_contribution"]) and r["dlp_contribution"] < -0.005 for r in rows):
        notes.append(
            "Below 0% the few works given make the rival worse than its base alone; it is printed as it is."
        )
    if any(_over(r["dlp_contribution"]) or _over(r["dlp_both"]) for r in rows):
        notes.append(
            "Above 100% the rival does better than the one it is measured against; it is printed as it is."
        )
    return notes


def _over(x: float | None) -> bool:
    return not absent(x) and x >= 1.005  # type: ignore[operator]


def rival_note(case: Case) -> str:
    """Say what giving and withholding do together at half of the owners or less."""
    rows = case.contribution.table.to_pylist() if case.contribution else []
    row = min(
        (r for r in rows if r["owners"] and not absent(r["dlp_both"])),  # nobody's gift is no gift
        key=lambda r: abs(r["participation"] - 0.3),
        default=None,
    )
    if row is None or gap_zero(case):
        return ""
    text = share_text(row["dlp_both"], row["dlp_both_low"], row["dlp_both_high"])
    move = agree(row["owners"], "gives to the rival and withholds", "give to the rival and withhold")
    return (
        f"When {case.about.count(row['owners'])} {move} from the builder at once, "
        f"the rival stands at {text} of what the builder has left."
    )


def doubling_sentence(case: Case) -> str:
    """Say what each doubling of the pool does."""
    figure = by_id(case).get("doubling")
    if figure is None or case.scaling is None or "doubling" in str(case.scaling.facts.get("statement")):
        return ""
    scale = Scale.of(case.scaling.facts)
    thing = scale.level_name if scale.exponential else scale.name
    low, high = ordered(figure.low, figure.high)
    if low is not None and high is not None and low <= 0 <= high:
        return (
            f"What a doubling of the pool does to {thing} can’t be told from nothing: "
            f"{figure.text}{unit_after(scale)}."
        )
    return f"Each doubling of the pool changes {thing} by {figure.text}{unit_after(scale)}."


def replacement_sentence(case: Case) -> str:
    """Say what would replace the pool: as the result itself says it, else from its rows of other data."""
    said = case.scaling.facts.get("replacement") if case.scaling else None
    return str(said) if said else other_sentence(case)


def other_sentence(case: Case) -> str:
    """Say what more of the base's kind did instead; that more of the same helps is a tautology."""
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
        did = (
            f"{'took' if effect < 0 else 'added'} {number(abs(effect))}% "
            f"{'off' if effect < 0 else 'to'} the {scale.level_name} in all"
        )
    else:
        did = f"changed {scale.name} by {number(effect, 2)}{unit_after(scale)} in all"
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
        self_text = (
            f"About {percent(own)} of the worth is owners’ {case.about.works} predicting "
            "their own unseen ones."
        )
    else:
        self_text = (
            f"A part of each share is an owner’s {case.about.works} predicting that owner’s "
            "own unseen ones; how large it is was not computed here."
        )
    return [
        ("Not a price.", "They say how much a model of this kind improves, not what that earns."),
        ("Not your builder’s model.", stand_in),
        ("Not merit.", f"An owner with few {case.about.works} has a small share, however good they are."),
        ("Not only what others gain.", self_text),
    ]
