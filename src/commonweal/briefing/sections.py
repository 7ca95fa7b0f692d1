"""The sections of a case in their order: heading, chart, table, sentences; what can't be told is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from commonweal import charts
from commonweal.briefing import sentences, tables
from commonweal.briefing.case import Case
from commonweal.briefing.figures import gap_zero, modelled_by_size
from commonweal.briefing.tables import Table
from commonweal.charts.dots import shares_allowed
from commonweal.charts.units import Scale
from commonweal.counts import counted

UNSTABLE = {
    "total": "whether the worth can be told from zero",
    "strike_others": "whether a strike costs the others anything",
    "rank_correlation": "the order of the owners",
    "half": "whether fewer than all reach half",
}
"""Figures of `Choices` whose answer may differ between settings, in words."""

NO_PERCENT = (
    "The interval of the worth reaches zero, or the worth is not above it: shares in percent mean nothing, "
    "and none is printed."
)
BAND = (
    "Brackets and bands: the middle {confidence} of draws of who takes part, combined with the "
    "error of the finite test set."
)


@dataclass(frozen=True)
class Chart:
    """A chart and the words under it."""

    spec: dict[str, Any]
    caption: str


@dataclass(frozen=True)
class Section:
    """One section: chart and tables side by side, sentences below.

    Attributes
    ----------
    id, heading : str
        Name for links; heading, computed from the results.
    charts : tuple of Chart
        Drawn from above to below, beside the tables.
    tables : tuple of Table
        As printed.
    sentences : tuple of str
        What follows from the figures, and notes.
    wide : bool
        True where the table takes the whole width.
    missing : str
        Why there is nothing, where nothing was computed or can be told.
    strong : str
        The sentence that must not be overlooked, if there is one.
    """

    id: str
    heading: str
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    sentences: tuple[str, ...] = field(default=())
    wide: bool = False
    missing: str = ""
    strong: str = ""


def sections(case: Case, *, owners_shown: int = 60) -> list[Section]:
    """Return the sections of a case in the order of the brief."""
    return [
        _owners(case, owners_shown),
        *(make(case) for make in (_strikes, _rivals, _enough, _scaling, _choices)),
    ]


def _chart(draw: Callable[..., dict[str, Any]], table: Any, facts: Any, caption: str) -> tuple[Chart, ...]:
    spec = draw(table, facts)
    return (Chart(spec, caption),) if charts.has_marks(spec) else ()


def _kept(*found: Table | None) -> tuple[Table, ...]:
    return tuple(t for t in found if t is not None)


def _confidence(case: Case, name: str = "appraisal") -> str:
    return f"{100 * float(case.results[name].facts.get('confidence', 0.95)):g}%"


def _owners(case: Case, shown: int) -> Section:
    facts = case.appraisal.facts
    relative, about = shares_allowed(facts), case.about
    notes = [] if relative else [NO_PERCENT]
    figure = sentences.by_id(case).get("overlap")
    if modelled_by_size(case):
        notes.append(
            f"These values come from a model of size, and no interval covers its error: whether two "
            f"{about.owners} differ can’t be told, even where their bars don’t overlap."
        )
    elif figure is not None and figure.value:
        notes.append(
            f"{about.owners.capitalize()} whose bars overlap should be treated as equal: "
            f"{figure.text} of all pairs overlap, by the widest of their intervals."
        )
    return Section(
        "owners",
        f"Each {about.owner}’s {'share' if relative else 'value'}",
        _chart(charts.shares, case.appraisal.table, facts, _owners_caption(case)),
        _kept(tables.owners(case, shown), tables.slices(case)),
        (*notes, *_beside(case)),
    )


def _owners_caption(case: Case) -> str:
    table, about = case.appraisal.table, case.about
    ends = zip(table["low"].to_pylist(), table["high"].to_pylist(), strict=True)
    exact = all(low is None or low == high for low, high in ends)
    sampling = "the values themselves are exact for this test" if exact else "dark bar: the sampling error"
    method = "Shapley value"
    if modelled_by_size(case):
        method = "Shapley value, by a model of size"
        sampling = "no bar covers the error of the model of size that the values come from"
    return (
        f"What each {about.owner}’s {about.works} add on average when {about.owners} join in random order "
        f"({method}). Intervals at {_confidence(case)}: pale bar: the finite test set; {sampling}; "
        f"thin line, where drawn: which other {about.owners} happened to be in the pool. They are separate "
        "errors, and none holds the others. Dashed line: equal shares."
    )


def _beside(case: Case) -> list[str]:
    """Name the other values that stand in the files, so that nobody has to take one for another."""
    names = {
        "leave_out": "what the pool loses when an owner alone leaves",
        "banzhaf": "the Banzhaf value",
        "record_sum": "the sum over single records",
    }
    there = [
        words
        for column, words in names.items()
        if column in case.appraisal.table.column_names
        and case.appraisal.table[column].null_count < case.owners
    ]
    return [f"In the files beside it: {'; '.join(there)}."] if there else []


def _strikes(case: Case) -> Section:
    heading = sentences.strike_heading(case)
    if case.strike is None:
        return Section("strikes", "What a strike costs", missing="Strikes were not computed in this run.")
    table, facts = case.strike.table, case.strike.facts
    draws = counted(facts["draws"], "draw") if "draws" in facts else "the draws"
    caption = f"Median over {draws}. " + BAND.format(confidence=_confidence(case, "strike"))
    drawn = _chart(charts.strikes, table, facts, caption)
    drawn += _chart(
        charts.strike_groups,
        table,
        facts,
        (
            "A named group (full dot) beside random groups of equal size (open dot); a named group’s bar "
            "covers the test set alone."
        ),
    )
    notes = [
        sentences.shrunk_note(case),
        *sentences.group_notes(case),
        sentences.worst_note(case),
        *[n for n in sentences.beyond_notes(case) if "lost" in n],
    ]
    if gap_zero(case):
        notes.append("The gap between the pool and the base reaches zero: no share of it is printed.")
    return Section(
        "strikes",
        heading,
        drawn,
        _kept(tables.strikes(case), tables.groups(case)),
        tuple(n for n in notes if n),
    )


def _rivals(case: Case) -> Section:
    if case.contribution is None:
        return Section(
            "rivals",
            "Giving the works to a rival",
            missing="What a rival could do with the works was not computed in this run.",
        )
    facts = {**case.contribution.facts, "gap_zero": gap_zero(case)}
    caption = "0%: the rival’s base alone; 100%: the builder with the whole pool. " + BAND.format(
        confidence=_confidence(case, "contribution")
    )
    if gap_zero(case):
        caption = (
            "Scores, for the gap between the whole pool and the base is not told from zero: "
            "shares of it would mean nothing."
        )
    notes = [sentences.rival_note(case), *[n for n in sentences.beyond_notes(case) if "lost" not in n]]
    drawn = _chart(charts.contributions, case.contribution.table, facts, caption)
    return Section("rivals", sentences.rival_heading(case), drawn,
                   _kept(tables.rivals(case)), tuple(n for n in notes if n))  # fmt: skip


def _enough(case: Case) -> Section:
    heading = "How many are enough"
    if case.critical_mass is None:
        return Section("enough", heading, missing="How many owners are enough was not computed in this run.")
    table = tables.critical(case)
    if table is None:
        return Section(
            "enough",
            heading,
            missing="The worth is not told from zero, so no number of owners reaches a part of it.",
        )
    caption = (
        "Dots: the least number for which almost any group of that size is enough, in 95 of "
        "100 draws. Bars: draws and test set."
    )
    drawn = _chart(charts.critical_mass, case.critical_mass.table, case.critical_mass.facts, caption)
    note = "“Reach”: these owners’ works alone, on the base. “Lose”: everyone’s works but theirs."
    return Section("enough", heading, drawn, (table,), (note,))


def _scaling(case: Case) -> Section:
    heading = "What would replace the pool"
    if case.scaling is None:
        return Section(
            "scaling",
            heading,
            missing="How worth grows with size, and what other data would do, was not computed in this run.",
        )
    better = "Lower is better." if Scale.of(case.scaling.facts).better_when_lower else "Higher is better."
    caption = (
        f"{better} Dots: random {case.about.owners} of the pool on the base. Dotted: beyond the data, "
        "up to twice, no further. "
    ) + BAND.format(confidence=_confidence(case, "scaling"))
    statement = str(case.scaling.facts.get("statement") or "")
    notes = [sentences.doubling_sentence(case), sentences.replacement_sentence(case), statement]
    return Section(
        "scaling",
        heading,
        _chart(charts.scaling, case.scaling.table, {**case.scaling.facts, "unit": case.size_name}, caption),
        _kept(tables.scaling(case)),
        tuple(n for n in notes if n),
        strong=statement,
    )


def _choices(case: Case) -> Section:
    heading = "Had we chosen otherwise"
    if case.choices is None:
        return Section(
            "choices",
            heading,
            missing=(
                "Other bases, weights, splits and smoothings were not computed in this run: the "
                "figures above hold for one setting."
            ),
        )
    notes = [
        (
            "The same protocol in every row. Where the worth’s interval reaches zero, shares mean "
            "nothing, and no owner is named."
        ),
        (
            "Intervals in this table are percentiles over resampled tests, the one at the top a multiple "
            "of the standard error: the ends of one worth may differ a little."
        ),
    ]
    unstable = [UNSTABLE.get(str(u), str(u)) for u in case.choices.facts.get("unstable", ())]
    if unstable:
        notes.append(
            f"Over these settings the answer changes its sign, so it is no headline: {', '.join(unstable)}."
        )
    changing = case.choices.facts.get("owners_unstable", ())
    if changing:
        notes.append(
            f"The value of {case.about.count(len(changing))} is above zero in one setting, below in another."
        )
    caption = "Worth with the test set’s interval. Dashed: as reported in the rest of the brief."
    return Section(
        "choices",
        heading,
        _chart(charts.choices, case.choices.table, case.choices.facts, caption),
        _kept(tables.choices(case)),
        tuple(notes),
        wide=True,
    )
