"""The three numbers at the top: worth, everyone else when 30% strike, how many suffice."""

from __future__ import annotations

from dataclasses import dataclass

from commonweal.briefing.case import Case
from commonweal.briefing.figures import Figure, enough, gap_zero, reference_row
from commonweal.briefing.sentences import by_id, shrunk, straddles, unit_after, unit_unless_named
from commonweal.charts.dots import shares_allowed
from commonweal.charts.units import Scale, absent, interval, number, percent
from commonweal.counts import agree, counted

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
        why = (
            "With other reasonable settings the worth changes its sign, so it is no headline: see "
            "“Had we chosen otherwise”."
        )
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
        return (
            f"With the pool, the model hesitates between {full} equally likely next {thing}s; "
            f"without it, between {empty}."
        )
    unit = unit_unless_named(scale)
    if not unit and scale.unit:  # "surfaced hits per hundred" is counted, "accuracy" is something
        return f"With the pool, the model gets {full} {scale.name}; without it, {empty}."
    return f"With the pool, {scale.name} is {full}{unit}; without it, {empty}{unit}."


def strike(case: Case) -> Headline:
    """Say what the strike nearest to 30% does to everyone else, others before strikers."""
    row = reference_row(case)
    if row is None or case.strike is None:
        return Headline("Strike not computed", "What a strike costs was not asked in this run.")
    scale, found, about = Scale.of(case.strike.facts), by_id(case), case.about
    others, strikers = found["strike_others"], found["strike_strikers"]
    who = (
        f"{about.count(row['owners'])}{case.of_all} ({percent(row['participation'])}), "
        f"drawn at random, {agree(row['owners'], 'strikes', 'strike')}"
    )
    if others.value is None:
        return Headline(
            "Others not told apart", f"When {who}, the effect on everyone else can't be told from this test."
        )
    if case.strike_unstable:
        why = (
            "Whether the others lose changes with the settings of the model, so it is no headline: "
            "see “Had we chosen otherwise”."
        )
        return Headline("Depends on the settings", why, f"Here, when {who}: {others.text}.")
    body = f"When {who}, everyone else’s {about.works} become {_words(others, scale)}."
    if not scale.exponential:
        changed = f"{_bare(others)}{unit_unless_named(scale)}"
        body = f"When {who}, the figure for everyone else changes by {changed} ({scale.name})."
    if strikers.value is not None:
        body += f" For the strikers’ own: {_bare(strikers)}{unit_unless_named(scale)}."
    if straddles(others):
        body += " The interval holds zero: whether others lose at all can’t be told from these data."
    told = "no interval" if others.low is None else f"{interval_of(others)}: {others.covers}"
    small = f"Everyone else, {told}. {shrunk(case)}"
    return Headline(_strike_title(others, scale), body, small.strip())


def _strike_title(figure: Figure, scale: Scale) -> str:
    if scale.exponential:
        return f"{_bare(figure)} {'easier' if figure.value < 0 else 'harder'}"  # type: ignore[operator]
    return _bare(figure) + unit_after(scale)


def _words(figure: Figure, scale: Scale) -> str:
    easier = figure.value is not None and figure.value < 0
    return f"{_bare(figure).lstrip('+−')} {'easier' if easier else 'harder'} for the model to predict"


def interval_of(figure: Figure) -> str:
    """Return the interval of a figure as it is printed, without the figure."""
    return figure.text.split(" (")[1].rstrip(")") if " (" in figure.text else "no interval"


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
    body = (
        f"{almost_any(case, first)} can give a rival that starts from the same place {part} of the "
        "pool’s worth"
    )
    give = [f"almost any {counted(row['owners'], 'gives', 'give')} {p}" for p, row in rest]
    body = "; ".join([body, *give]) + "."
    ends = [f"{p}: {t}" for p, row in reached if (t := interval(row["low"], row["high"]))]
    draws = case.critical_mass.facts.get("draws")
    judged = f", judged from {counted(draws, 'draw')}" if draws else ""
    small = f"True in 95 of 100 random draws{judged}." + (
        f" Intervals, draws and test set: {'; '.join(ends)}." if ends else ""
    )
    missing = [p for p, row in known if absent(row["owners"])]
    body += f" {missing[0].capitalize()} of it takes nearly all." if missing else ""
    suffices = agree(int(first["owners"]), "suffices", "suffice")
    return Headline(f"{number(first['owners'])} of {number(first['of'])} {suffices}", body, small)


def almost_any(case: Case, row: dict[str, object]) -> str:
    """Return "Almost any 15 writers (95 of 100 draws)"."""
    return f"Almost any {case.about.count(int(row['owners']))} (95 of 100 draws)"  # type: ignore[call-overload]
