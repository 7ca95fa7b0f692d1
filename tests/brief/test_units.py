"""Numbers are written one way: minus signs, thousands, decimals that keep two digits."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.charts.units import (
    Scale,
    decimals,
    interval,
    number,
    ordered,
    percent,
    quantity,
    signed,
)

BITS = Scale.of({"metric": {"name": "bits per word", "unit": "bits", "sign": -1, "exponential": True}})
HITS = Scale.of({"metric": {"name": "surfaced hits per hundred", "unit": "points"}})
ANY = st.floats(-1e9, 1e9, allow_nan=False)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (number(-0.04, 1), "0.0"),
        (number(-1234.5, 0), "−1,234"),
        (signed(0.0004, 1), "0.0"),
        (signed(7.84, 1), "+7.8"),
        (signed(-7.84, 1), "−7.8"),
        (number(None), "–"),
        (number(math.nan), "–"),
        (percent(1.064), "106%"),
        (interval(-0.74, 0.14, 2, sign=True), "−0.74 to +0.14"),
        (interval(None, 1.0), ""),
        (BITS.write(1872.4), "1,872"),
        (BITS.write(8.4), "8.40"),
        (HITS.write(42.1), "42.10"),
        (quantity(2_030_000), "2.03 million"),
        (quantity(137_018), "137,018"),
    ],
)
def test_numbers_are_written_for_people(written: str, text: str) -> None:
    assert written == text


@given(st.lists(ANY, max_size=8), st.integers(0, 3))
def test_a_column_keeps_two_digits_of_its_largest(values: list[float], base: int) -> None:
    places = decimals(values, base)
    largest = max((abs(v) for v in values), default=0.0)
    assert 0 <= places <= 12
    if 1e-9 < largest < 1000:
        assert places >= base
        assert abs(round(largest, places) - largest) <= 0.051 * largest


@given(ANY, ANY)
def test_an_interval_is_in_order(a: float, b: float) -> None:
    low, high = ordered(a, b)
    assert low is not None and high is not None and low <= high


@given(st.floats(-5, 5))
def test_bits_become_choices_and_percent(change: float) -> None:
    before, after = BITS.level(-8.0), BITS.level(-8.0 + change)
    assert before == 256
    assert BITS.effect(change) == pytest.approx(100 * (after / before - 1), abs=1e-9)


def test_scores_between_zero_and_one_are_read_in_points() -> None:
    scale = Scale.of({"metric": {"name": "accuracy"}})
    assert scale.figure(0.42) == 42 and scale.effect(-0.01) == -1 and scale.unit_name == "points"
    assert HITS.figure(42.0) == 42
