"""How sure are we? Firm, not firm, or dependent on an arguable choice: computed from the results."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats

from commonweal.briefing.case import Case
from commonweal.briefing.figures import Digits, Figure, modelled_by_size, times
from commonweal.briefing.sentences import by_id, straddles
from commonweal.charts.curves import effect_text
from commonweal.charts.dots import shares_allowed
from commonweal.charts.units import Scale, absent, number, percent
from commonweal.counts import counted

SAME_ORDER = 0.8
"""From this rank correlation on, two orders of the owners are said to agree."""
FIRM, NOT_FIRM, DEPENDS = "Firm", "Not firm", "Depends on a choice one can argue about"


@dataclass(frozen=True)
class Verdict:
    """One line of the answer to "How sure are we?"."""

    verdict: str
    text: str


def verdicts(case: Case) -> list[Verdict]:
    """Return what is firm, then what is not, then what depends on a choice."""
    found = [*_worth(case), *_strike(case), *_size(case), *_resolved(case), *_order(case), *_choices(case)]
    order = (FIRM, NOT_FIRM, DEPENDS)
    return sorted(found, key=lambda v: order.index(v.verdict))


def _worth(case: Case) -> Iterator[Verdict]:
    figure = by_id(case)["worth"]
    if not shares_allowed(case.appraisal.facts):
        yield Verdict(NOT_FIRM, f"the worth: {figure.text} is not clearly above zero.")
    elif case.worth_unstable:
        yield Verdict(NOT_FIRM, "the sign of the worth: it changes over the settings below.")
    elif figure.low is None:
        yield Verdict(
            NOT_FIRM, f"the worth, {figure.text}: how it would differ on another test was not computed."
        )
    else:
        yield Verdict(FIRM, f"that there is a worth, for this base and this test: {figure.text}.")


def _strike(case: Case) -> Iterator[Verdict]:
    figure = by_id(case).get("strike_others")
    if figure is None or figure.value is None:
        return
    if case.strike_unstable:
        yield Verdict(NOT_FIRM, "what a strike does to the others: its sign changes with the settings.")
    elif straddles(figure):
        yield Verdict(NOT_FIRM, f"that a strike costs the others anything: {figure.label}, {figure.text}.")
    elif figure.low is not None:
        said = "the direction of a strike’s effect on the others"
        weak = _weakest_strike(case, figure)
        if weak is None:
            yield Verdict(FIRM, f"{said}, for this base and this test: {figure.text}.")
        else:
            yield Verdict(
                DEPENDS, f"{said}: {figure.text}, but {weak} in one setting, within the error here."
            )


def _weakest_strike(case: Case, figure: Figure) -> str | None:
    """Return the weakest effect over the settings, if the figure's own error could hide it."""
    if case.choices is None or case.strike is None or None in (figure.value, figure.low, figure.high):
        return None
    scale = Scale.of(case.strike.facts)
    found = [scale.effect(r["strike_others"]) for r in case.choices.table.to_pylist()]
    known = [e if figure.value > 0 else -e for e in found if e is not None]  # type: ignore[operator]
    error = (figure.high - figure.low) / 2  # type: ignore[operator]
    if not known or min(known) >= error:
        return None
    weakest = min(known) if figure.value > 0 else -min(known)  # type: ignore[operator]
    return effect_text(weakest, None, None, Digits.of(case).effect, scale)


def _size(case: Case) -> Iterator[Verdict]:
    table = case.appraisal.table
    if case.owners < 8:
        return
    if modelled_by_size(case):
        yield Verdict(NOT_FIRM, f"shares of single {case.about.owners}: they come from a model of size.")
        return
    size, value = (table[c].to_numpy(zero_copy_only=False).astype(float) for c in ("size", "value"))
    if np.isnan(size).any() or np.isnan(value).any() or np.ptp(size) == 0 or np.ptp(value) == 0:
        return
    rho = float(stats.spearmanr(size, value).statistic)
    verdict = FIRM if rho >= 0.8 else NOT_FIRM
    said = (
        "large owners count more than small ones"
        if rho >= 0.8
        else "that large owners count more than small ones"
    )
    least = min(_agreements(case), default=1.0)
    but = ""
    if verdict == FIRM and least < SAME_ORDER:
        verdict = DEPENDS
        but = f"; but in one setting the order of the owners is another (rank correlation {number(least, 2)})"
    yield Verdict(
        verdict, f"{said} (rank correlation of value with {case.size_name}: {number(rho, 2)}){but}."
    )


def _agreements(case: Case) -> list[float]:
    rows = case.choices.table.to_pylist() if case.choices else []
    return [r["rank_correlation"] for r in rows if not absent(r["rank_correlation"])]


def _resolved(case: Case) -> Iterator[Verdict]:
    resolved = case.appraisal.table["resolved"].to_pylist()
    known = [r for r in resolved if r is not None]
    if len(known) < 2 or modelled_by_size(case):  # nobody is judged there, so none is found equal
        return
    beyond = (
        "beyond the sampling error and beyond the test set’s"
        if case.appraisal.table["test_low"].null_count < case.owners
        else "sampling error only"
    )
    n, m, about = sum(known), len(known), case.about
    verdict = FIRM if 2 * n >= m else NOT_FIRM
    yield Verdict(
        verdict,
        (
            f"that an owner differs from an equal share: it holds for {number(n)} of {about.count(m)}, "
            f"judged all at once, {beyond}."
        ),
    )


def _order(case: Case) -> Iterator[Verdict]:
    figure = by_id(case).get("overlap")
    if figure is None or not figure.value or modelled_by_size(case):
        return
    yield Verdict(
        NOT_FIRM,
        (
            f"the order of neighbours in the list: the intervals of {figure.text} of all pairs overlap. "
            f"{case.about.owners.capitalize()} whose bars overlap should be treated as equal."
        ),
    )


def _choices(case: Case) -> Iterator[Verdict]:
    scale, places = Scale.of(case.appraisal.facts), Digits.of(case).worth
    if case.choices is None:
        yield Verdict(
            DEPENDS,
            "what the builder has already, and on what it is tested. Other settings were not computed here.",
        )
        return
    rows = case.choices.table.to_pylist()
    worths = [w for r in rows if (w := times(r["total"], scale.factor)) is not None]
    kept = _agreements(case)
    if worths:
        text = (
            f"the size of the worth: {number(min(worths), places)} to "
            f"{number(max(worths), places)} {scale.unit_name} over {counted(len(worths), 'setting')}."
        )
        if len(kept) > 1:
            same = "stays much the same" if min(kept) >= SAME_ORDER else "does not stay the same"
            text += (
                f" The order of the owners {same}: its rank correlation with the one reported is "
                f"{number(min(kept), 2)} at the least."
            )
        yield Verdict(DEPENDS, text)
    if case.strike is not None:
        strikes = [s for r in rows if (s := scale.effect(r["strike_others"])) is not None]
        if strikes:
            low, high = (
                effect_text(f(strikes), None, None, Digits.of(case).effect, scale) for f in (min, max)
            )
            unit = " harder to predict" if scale.exponential else f" {scale.unit_name}"
            yield Verdict(
                DEPENDS, f"what a strike of {percent(0.3)} does to the others: {low} to {high}{unit}."
            )
