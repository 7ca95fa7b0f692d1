"""The audit of an item: what is missing is listed once, by whoever lists it."""

from __future__ import annotations

from commonweal.intake.audit import missing
from commonweal.intake.records import Lost, Work, WorkKind

RAW = {"text": "said", "who": [{"ip": "192.0.2.1"}, {"ip": "192.0.2.2"}], "more": "left out"}
WORK = Work("k", WorkKind.POST, "said")


def losses(*records: Work | Lost) -> dict[str, int]:
    return {lost.path: lost.n for lost in missing(RAW, list(records))}


def test_a_value_that_no_record_holds_is_listed_with_its_path() -> None:
    assert losses(WORK) == {"who[].ip": 2, "more": 1}


def test_what_the_reader_listed_itself_is_not_listed_again() -> None:
    assert losses(WORK, Lost("who[].ip", "an address", 2)) == {"more": 1}


def test_what_the_reader_listed_too_rarely_is_listed_for_the_rest() -> None:
    assert losses(WORK, Lost("who[].ip", "an address")) == {"who[].ip": 1, "more": 1}


def test_an_item_listed_as_a_whole_is_not_looked_into() -> None:
    assert losses(Lost("", "not a work")) == {}
