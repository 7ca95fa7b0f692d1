"""Recall and precision, counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from commonweal.errors import InputError
from commonweal.intake.redaction import Find, Kind
from commonweal.intake.redaction.measure import Labelled, Share, load, score, table, wilson


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_s_interval_is_scipy_s(counts: tuple[int, int]) -> None:
    known = binomtest(*counts).proportion_ci(method="wilson")
    assert wilson(*counts) == pytest.approx((known.low, known.high), abs=1e-9)
    assert wilson(0, 0) == (0.0, 1.0)


def test_a_span_counts_as_found_from_four_fifths_on_and_a_find_as_right_from_half() -> None:
    texts = [Labelled("x" * 30, [("EMAIL_ADDRESS", 0, 10), ("PHONE_NUMBER", 15, 25), ("TITLE", 26, 28)])]

    def found(*spans: tuple[int, int, Kind]) -> list[list[Find]]:
        return [[Find(a, b, kind, "", "") for a, b, kind in spans]]

    scored = score(texts, lambda t: found((2, 10, Kind.EMAIL), (15, 22, Kind.PHONE), (25, 30, Kind.PHONE)))
    assert scored.recall == {"EMAIL_ADDRESS": Share(1, 1), "PHONE_NUMBER": Share(0, 1)}
    assert scored.precision == {Kind.EMAIL: Share(1, 1), Kind.PHONE: Share(1, 2)}
    other = score(texts, lambda t: found((0, 10, Kind.PERSON), (3, 9, Kind.EMAIL)))
    assert other.recall["EMAIL_ADDRESS"] == Share(0, 1)
    assert other.covered["EMAIL_ADDRESS"] == Share(1, 1)
    assert "| EMAIL_ADDRESS | 1 | 0.000 |" in table(other)


def test_labelled_texts_are_read_and_others_refused(tmp_path: Path) -> None:
    path = tmp_path / "labelled.json"
    span = {"entity_type": "PERSON", "entity_value": "Ann", "start_position": 0, "end_position": 3}
    path.write_text(json.dumps([{"full_text": "Ann.", "spans": [span]}]))
    assert load(path) == [Labelled("Ann.", [("PERSON", 0, 3)])]
    for spoilt in ("{}x", '{"a": 1}', '[{"full_text": "x"}]'):
        path.write_text(spoilt)
        with pytest.raises(InputError):
            load(path)
