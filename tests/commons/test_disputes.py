"""Disputes: what is doubted is undecided until that is decided; lines are only added."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from commonweal.commons.disputes import by_item, decide, open_, read, settle
from commonweal.commons.judge import Judgement
from commonweal.commons.rules import Verdict
from commonweal.errors import InputError

DAY, LATER = date(2026, 11, 1), date(2026, 11, 9)
SAID = Judgement(Verdict.COMMONS, ("open",), "Open.")


def doubt(path: Path, item: str = "a", **given: str) -> None:
    open_(path, **{"item": item, "by": "m-17", "why": "Not theirs to give."} | given, on=DAY)


def test_lines_are_only_added(tmp_path: Path) -> None:
    path = tmp_path / "disputes.jsonl"
    doubt(path)
    before = path.read_bytes()
    decide(path, 1, outcome="not", how="2026-03", on=LATER)
    assert path.read_bytes().startswith(before)
    (one,) = read(path)
    assert (one.n, one.item, one.by, one.on) == (1, "a", "m-17", DAY)
    assert one.decided
    assert (one.decided.outcome, one.decided.on) == ("not", LATER)


@pytest.mark.parametrize(
    ("outcomes", "verdict", "cited"),
    [
        ([None], "undecided", "open"),
        (["stands"], "commons", "open"),
        (["withdrawn"], "commons", "open"),
        (["not"], "not", "dispute-1"),
        (["not", None], "undecided", "open"),
        (["not", "commons"], "commons", "dispute-2"),
        (["not", "stands"], "not", "dispute-1"),
    ],
)
def test_an_item_is_undecided_while_any_dispute_on_it_is(
    tmp_path: Path, outcomes: list[str | None], verdict: str, cited: str
) -> None:
    path = tmp_path / "disputes.jsonl"
    for n, outcome in enumerate(outcomes, 1):
        doubt(path)
        if outcome:
            decide(path, n, outcome=outcome, how="assembly", on=LATER)  # type: ignore[arg-type]
    doubt(path, "b")
    found = settle(SAID, by_item(read(path))["a"])
    assert (str(found.verdict), found.rules) == (verdict, (cited,))


@pytest.mark.parametrize("by", ["Ada Example", "ada@example.org", "", "a/b"])
def test_who_opens_one_stays_opaque(tmp_path: Path, by: str) -> None:
    with pytest.raises(InputError, match="opaque"):
        doubt(tmp_path / "disputes.jsonl", by=by)
    assert not (tmp_path / "disputes.jsonl").exists()


def test_what_can_not_be_decided_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "disputes.jsonl"
    doubt(path)
    with pytest.raises(InputError, match="no dispute 2"):
        decide(path, 2, outcome="not", how="x", on=LATER)
    with pytest.raises(InputError, match="opened later"):
        decide(path, 1, outcome="not", how="x", on=date(2026, 10, 1))
    decide(path, 1, outcome="not", how="x", on=LATER)
    with pytest.raises(InputError, match="dispute 1 was decided"):
        decide(path, 1, outcome="commons", how="x", on=LATER)


@pytest.mark.parametrize(
    "line", ["[]", "{", '{"line":"opened"}', '{"line":"decided","n":1,"outcome":"gone"}']
)
def test_a_line_that_can_not_be_read_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "disputes.jsonl"
    doubt(path)
    path.write_text(path.read_text() + line)
    with pytest.raises(InputError, match="line 2"):
        read(path)
