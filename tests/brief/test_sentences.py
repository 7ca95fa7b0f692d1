"""What the brief may say and what it may not: the guards, at the edges and over many made-up results."""

from __future__ import annotations

import re
from dataclasses import replace

import brief_cases
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.briefing import About, Case, brief
from commonweal.briefing.figures import figures, gap_zero, overlapping_pairs
from commonweal.briefing.headlines import headlines, strike, suffice, worth
from commonweal.briefing.page import method_lines
from commonweal.briefing.sections import sections
from commonweal.briefing.sentences import (
    beyond_notes,
    group_notes,
    not_said,
    other_sentence,
    rival_heading,
    worst_note,
)
from commonweal.briefing.sure import verdicts
from commonweal.errors import InputError

FINITE = {"allow_nan": False, "allow_infinity": False}


def words(case: Case) -> str:
    """Return everything that the brief says of a case, tables too."""
    found = [f"{h.title} {h.body} {h.small}" for h in headlines(case)]
    found += [v.text for v in verdicts(case)]
    for s in sections(case):
        found += [
            s.heading,
            s.missing,
            *s.sentences,
            *(c for t in s.tables for row in t.rows for c in (*row, *t.columns)),
        ]
        found += [c.caption + c.spec["description"] for c in s.charts]
    return "\n".join(found)


def owner_cells(case: Case) -> str:
    table = sections(case)[0].tables[0]
    return " ".join(c for row in table.rows for c in row) + " ".join(table.columns)


@pytest.mark.parametrize("make", [brief_cases.zero_gap, brief_cases.negative])
def test_no_percentages_where_the_total_reaches_zero(make: object) -> None:
    case = make()  # type: ignore[operator]
    assert gap_zero(case)
    assert "%" not in owner_cells(case) and "share of the pool’s worth" not in words(case)
    assert not any(f.unit == "share" and f.id != "overlap" for f in figures(case))
    assert "shares in percent mean nothing" in words(case)


def test_a_worth_at_zero_is_not_told_and_one_below_zero_is_said_to_be() -> None:
    assert worth(brief_cases.zero_gap()).title == "Not told from zero"
    below = worth(brief_cases.negative())
    assert below.title == "Worth below zero" and "makes the model worse" in below.body


def test_no_headline_on_a_sign_that_varies_over_the_settings() -> None:
    case = brief_cases.language()
    assert strike(case).title == "+7.8% harder"
    varies = replace(case, choices=brief_cases.choices(43, brief_cases.BITS, ["strike_others", "total"]))
    assert strike(varies).title == worth(varies).title == "Depends on the settings"
    assert any(v.verdict == "Not firm" and "strike" in v.text for v in verdicts(varies))


def test_a_group_whose_sign_varies_is_named_as_nothing_to_build_on() -> None:
    case = brief_cases.language()
    assert any("before 1900" in n and "nobody should build on it" in n for n in group_notes(case))
    steady = replace(case, choices=brief_cases.choices(43, brief_cases.BITS))
    assert any("before 1900" in n and "lose nothing here" in n for n in group_notes(steady))


def test_every_named_group_stands_beside_a_random_group_of_equal_size() -> None:
    table = sections(brief_cases.language())[1].tables[1]
    assert table.columns[2] == "a random group of equal size"
    assert [row[0] for row in table.rows][:3] == [
        "Democrats (15)",
        "Whigs & <Know-Nothings> (4)",
        "before 1900 (22)",
    ]
    assert all(row[2] != "–" for row in table.rows[:3])


def test_owners_are_never_said_to_be_any() -> None:
    said = words(brief_cases.language())
    assert "Almost any 15 writers (95 of 100 draws)" in said
    assert not re.search(r"(?<![Aa]lmost )\b[Aa]ny \d", said)


def test_shares_beyond_zero_and_one_are_printed_with_a_note() -> None:
    case = brief_cases.language()
    said, notes = words(case), " ".join(beyond_notes(case))
    assert "−8%" in said and "106%" in said and "102%" in said
    assert "Below 0%" in notes and "Above 100%" in notes
    lost = all_lost(case, "worth_lost")
    assert "120%" in words(lost) and any("more than 100% of the worth" in n for n in beyond_notes(lost))


def all_lost(case: Case, column: str) -> Case:
    """Return the case with 120% in a column of every strike."""
    assert case.strike is not None
    table = case.strike.table
    lost = pa.array([1.2] * table.num_rows)
    table = table.set_column(table.column_names.index(column), column, lost)
    return replace(case, strike=replace(case.strike, table=table))


def test_a_gap_with_a_floor_of_its_own_stands_beside_the_worth_and_names_its_floor() -> None:
    """Ratings: shares of the gap over the most rated titles, and of the worth; the floor is named."""
    case, floor = brief_cases.ratings(), "the most rated titles for everyone"
    table = next(t for s in sections(case) for t in s.tables if t.id == "strikes")
    assert table.columns[-2:] == ("worth lost, all", "gap lost, all")
    assert floor in table.more
    assert [row[-2:] for row in table.rows][2] == ("15% (12 to 20)", "27% (22 to 35)")
    ids = {figure.id for figure in figures(case)}
    assert {"strike_worth_lost", "strike_gap_lost"} <= ids
    assert any(label == "Gap lost" and floor in text for label, text in method_lines(case))
    assert any(floor in note for note in beyond_notes(all_lost(case, "gap_lost")))
    alone = brief_cases.language()
    assert "strike_gap_lost" not in {figure.id for figure in figures(alone)}
    assert "gap lost" not in words(alone)


def test_an_interval_that_holds_zero_is_said_to() -> None:
    case = brief_cases.ratings()
    assert "The interval holds zero" in strike(case).body
    assert next(s for s in sections(case) if s.id == "strikes").heading.endswith("within the noise")


def test_points_and_choices_speak_their_own_language() -> None:
    assert "equally likely next words" in worth(brief_cases.language()).body
    assert "harder for the model to predict" in strike(brief_cases.language()).body
    assert strike(brief_cases.language()).small.startswith("Everyone else, +")
    hits = brief_cases.ratings()
    assert worth(hits).body.startswith("With the pool, the model gets ")
    assert "(surfaced hits per hundred)" in strike(hits).body
    assert "judged from 60 draws" in suffice(brief_cases.language()).small
    points = words(brief_cases.ratings())
    assert "harder to predict" not in points and "choices per" not in points
    one = worth(brief_cases.one_owner())
    assert one.title == "+20.00 points" and "accuracy is 60.00 points; without it, 40.00 points" in one.body


def test_what_was_not_computed_is_said() -> None:
    case = brief_cases.one_owner()
    missing = [s for s in sections(case) if s.missing]
    assert [s.id for s in missing] == ["strikes", "rivals", "enough", "scaling", "choices"]
    assert "not computed" in strike(case).title and "not computed" in suffice(case).title


def test_nobody_reaching_a_part_is_said_and_a_null_is_no_number() -> None:
    case = brief_cases.language(critical_mass=brief_cases.critical(43, brief_cases.BITS, reached=False))
    assert suffice(case).title == "Nearly all are needed"
    assert "None" not in words(case) and "nan" not in words(brief_cases.nulls())
    assert "None" not in words(brief_cases.nulls())


def test_each_interval_says_what_it_covers() -> None:
    for case in (brief_cases.language(), brief_cases.ratings()):
        assert all(
            f.covers for f in figures(case) if (f.low is not None and f.unit != "share") or f.id == "worth"
        )
        assert "finite test set" in sections(case)[0].charts[0].caption
        columns = sections(case)[0].tables[0].columns
        assert "interval, test set" in columns and "interval, sampling" in columns


def test_the_brief_says_what_its_numbers_do_not() -> None:
    said = [lead for lead, _ in not_said(brief_cases.language())]
    assert said == ["Not a price.", "Not your builder’s model.", "Not merit.", "Not only what others gain."]


def test_other_text_is_compared_with_itself_not_with_the_pool() -> None:
    assert other_sentence(brief_cases.language()).startswith("16 times as much other data")


def verdict_of(case: Case, words: str) -> str:
    return next(v.verdict for v in verdicts(case) if words in v.text)


def column(result: object, name: str, values: list[object]) -> object:
    """Return a result with one column replaced."""
    table = result.table  # type: ignore[attr-defined]
    at = table.column_names.index(name)
    return replace(result, table=table.set_column(at, name, pa.array(values, table.schema.field(at).type)))  # type: ignore[type-var]


def test_a_model_of_size_is_neither_called_exact_nor_told_apart_by_its_bars() -> None:
    case = brief_cases.language()
    shares = column(case.appraisal, "low", [None] * 43)
    exact = replace(case, appraisal=shares)
    assert "exact for this test" in words(exact) and "treated as equal" in words(exact)
    method = {"name": "size curve"}
    model = replace(case, appraisal=replace(shares, facts={**shares.facts, "method": method}))
    assert not re.search("exact for this test|treated as equal|equal share: it holds", words(model))
    assert "even where their bars don’t overlap" in words(model)


def test_what_owners_are_judged_by_is_named() -> None:
    case = brief_cases.language()
    assert "beyond the sampling error and beyond the test set’s" in words(case)
    bare = replace(case, appraisal=column(case.appraisal, "test_low", [None] * 43))
    assert "judged all at once, sampling error only" in words(bare)


def test_a_direction_that_one_setting_could_not_tell_from_none_is_not_firm() -> None:
    case = brief_cases.language()
    weak = replace(case, choices=column(case.choices, "strike_others", [-0.11, -0.2, -0.01, -0.12]))
    assert verdict_of(weak, "direction of a strike").startswith("Depends")
    assert "+0.7% in one setting" in words(weak)
    strong = replace(case, choices=column(case.choices, "strike_others", [-0.11, -0.2, -0.1, -0.12]))
    assert verdict_of(strong, "direction of a strike") == "Firm"


def test_an_order_of_size_that_one_setting_undoes_is_not_firm() -> None:
    case = brief_cases.language()
    assert verdict_of(case, "large owners count more") == "Firm"
    assert "stays much the same" in words(case)
    other = replace(case, choices=column(case.choices, "rank_correlation", [1.0, 0.97, 0.29, 0.99]))
    assert verdict_of(other, "large owners count more").startswith("Depends")
    assert "does not stay the same" in words(other) and "0.29 at the least" in words(other)


def test_no_gain_is_told_where_the_interval_holds_zero() -> None:
    case = replace(brief_cases.language(), choices=None)
    rows = case.strike.table.to_pylist()
    lows = [-0.1 if r["group"] == "before 1900" else r["others_low"] for r in rows]
    unsure = replace(case, strike=column(case.strike, "others_low", lows))
    assert any("before 1900" in n and "no loss and no gain can be told" in n for n in group_notes(unsure))


def test_the_worst_strikes_found_say_what_they_cost_on_unseen_test_text() -> None:
    case = brief_cases.language()
    assert worst_note(case) == ""
    facts = {**case.strike.facts, "worst": {"unseen": [{"owners": 4, "others_change": -0.1}]}}
    told = replace(case, strike=replace(case.strike, facts=facts))
    assert "they cost on the other: +7.2% (4 writers)" in words(told)


def test_a_median_of_draws_is_said_to_be_typical() -> None:
    assert (
        rival_heading(brief_cases.language())
        == "4 random writers of 43 typically bring a rival 55% of the way"
    )


def test_a_row_of_nobody_is_not_printed() -> None:
    case = brief_cases.language()
    owners = [0, *case.strike.table["owners"].to_pylist()[1:]]
    none = replace(case, strike=column(case.strike, "owners", owners))
    assert "2% (0)" not in words(none) and len(sections(none)[1].tables[0].rows) == 4


def test_few_splits_are_said_to_be_few() -> None:
    case = brief_cases.language()
    for splits, few in ((2, True), (10, False)):
        facts = {**case.appraisal.facts, "utility": {"splits": splits}}
        lines = dict(method_lines(replace(case, appraisal=replace(case.appraisal, facts=facts))))
        assert ("Few splits" in lines) == few and f"held out {splits} times" in lines["Run"]


def test_results_beside_a_case_and_two_cases_of_one_title_are_refused() -> None:
    case = brief_cases.one_owner()
    with pytest.raises(InputError, match="beside a Case"):
        brief(case, about=About())
    with pytest.raises(InputError, match="same title"):
        brief(case, case)
    with pytest.raises(InputError, match="at least one"):
        brief(case, owners_shown=0)


@given(st.lists(st.tuples(st.floats(-10, 10), st.floats(0, 5)), min_size=1, max_size=25))
def test_overlapping_pairs_are_those_that_touch(ends: list[tuple[float, float]]) -> None:
    low = np.array([a for a, _ in ends])
    high = low + np.array([w for _, w in ends])
    slow = sum(low[i] <= high[j] and low[j] <= high[i] for i in range(len(low)) for j in range(i))
    assert overlapping_pairs(low, high) == slow


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.floats(-1e3, 1e3, **FINITE), min_size=1, max_size=9),
    half=st.floats(0, 1e3, **FINITE),
    exponential=st.booleans(),
)
def test_any_appraisal_can_be_told(values: list[float], half: float, exponential: bool) -> None:
    total = float(np.sum(values))
    metric = brief_cases.BITS if exponential else brief_cases.HITS
    around = {
        "value": total,
        "low": total,
        "high": total,
        "test_low": total - half,
        "test_high": total + half,
    }
    case = Case(appraisal=brief_cases.appraisal(values, metric, total=around))
    said = words(case)
    assert "nan" not in said.replace("finance", "") and "inf " not in said
    told = total > 0 and total - half > 0
    assert ("share of the pool’s worth" in said) == told
    assert ("%" in owner_cells(case)) == told
    if not told:
        assert worth(case).title in {"Not told from zero", "Worth below zero"}
    assert len(headlines(case)) == 3


@settings(max_examples=40, deadline=None)
@given(
    change=st.floats(-3, 3, **FINITE),
    low=st.floats(0, 2, **FINITE),
    high=st.floats(0, 2, **FINITE),
    points=st.booleans(),
)
def test_a_strike_is_told_in_the_right_direction(
    change: float, low: float, high: float, points: bool
) -> None:
    metric = brief_cases.ACCURACY if points else brief_cases.BITS
    result = brief_cases.strike(10, metric, 0.1, groups=False)
    table = result.table
    for name, value in (
        ("others_change", change),
        ("others_low", change - low),
        ("others_high", change + high),
    ):
        column = pa.array([value] * table.num_rows)
        table = table.set_column(table.column_names.index(name), name, column)
    case = Case(appraisal=brief_cases.appraisal([1.0, 2.0], metric), strike=replace(result, table=table))
    figure = next(f for f in figures(case) if f.id == "strike_others")
    assert figure.low <= figure.value <= figure.high
    worse = figure.value > 0 if not points else figure.value < 0
    assert worse == (change < 0) or figure.value == 0
    said = strike(case)
    assert ("holds zero" in said.body) == (figure.low <= 0 <= figure.high)
    if not points and abs(change) > 0.01:
        assert ("harder" in said.title) == (change < 0)


def test_sizes_are_said_to_be_those_in_training_and_works_to_be_all() -> None:
    """The counts of owners in the table and of the pool above it differ: the table says why."""
    for case, head, note in (
        (
            brief_cases.language(),
            ("addresses", "words in training"),
            "Addresses: all; words in training: without those held out to test.",
        ),
        (
            brief_cases.ratings(),
            ("ratings in training",),
            "Ratings in training: without those held out to test.",
        ),
    ):
        table = next(t for s in sections(case) for t in s.tables if t.id == "owners")
        assert table.columns[1 : 1 + len(head)] == head
        assert note in table.more
