"""How sure are we? Firm, not firm, or dependent on an arguable choice: computed from the results."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats

from commonweal.briefing.case import Case
from commonweal.briefing.figures import Digits, times
from commonweal.briefing.sentences import by_id, straddles
from commonweal.charts.curves import effect_text
from commonweal.charts.dots import shares_allowed
from commonweal.charts.units import Scale, absent, number, percent

BY_SIZE = ("size curve", "class means")
"""Methods whose owner values follow size by construction: that large owners count more is no finding then."""
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
        yield Verdict(FIRM, f"the direction of a strike’s effect on the others: {figure.text}.")


def _size(case: Case) -> Iterator[Verdict]:
    table, method = case.appraisal.table, case.appraisal.facts.get("method") or {}
    if case.owners < 8:
        return
    if method.get("name") in BY_SIZE:
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
    yield Verdict(verdict, f"{said} (rank correlation of value with {case.size_name}: {number(rho, 2)}).")


def _resolved(case: Case) -> Iterator[Verdict]:
    resolved = case.appraisal.table["resolved"].to_pylist()
    known = [r for r in resolved if r is not None]
    if len(known) < 2:
        return
    n, m, about = sum(known), len(known), case.about
    verdict = FIRM if 2 * n >= m else NOT_FIRM
    yield Verdict(
        verdict,
        (
            f"that an owner differs from an equal share: it holds for {number(n)} of {about.count(m)}, "
            "judged all at once, sampling error only."
        ),
    )


def _order(case: Case) -> Iterator[Verdict]:
    figure = by_id(case).get("overlap")
    if figure is None or not figure.value:
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
    kept = [r["rank_correlation"] for r in rows if not absent(r["rank_correlation"])]
    if worths:
        text = (
            f"the size of the worth: {number(min(worths), places)} to "
            f"{number(max(worths), places)} {scale.unit_name} over {number(len(worths))} settings."
        )
        if len(kept) > 1:
            text += (
                " The order of the owners agrees with the one reported by a rank correlation of "
                f"{number(min(kept), 2)} or more."
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
