"""Votes: one member, one voice; a record in which nothing can be changed unseen."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.commons.decisions import Vote, adoption, append, check_decided, read
from commonweal.commons.rules import from_toml
from commonweal.errors import InputError

VOTE = {
    "yes": 30,
    "no": 4,
    "abstain": 1,
    "electorate": 60,
    "quorum": 20,
    "method": "hands",
    "record": "minutes",
}
RULES = """
[[rule]]
id = "{id}"
verdict = "commons"
reason = "r"
source = "s"
when = {{ decision = ["2026-01"] }}
"""


def decide(path: Path, name: str = "2026-01", **given: Any) -> Any:
    fields = {"id": name, "on": date(2026, 10, 1), "by": "assembly", "vote": Vote(**VOTE)} | given
    return append(path, **({"about": "works"} if "rules" not in given else {}), **fields)


def test_what_is_recorded_is_read(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    assert read(path) == ()
    made = [decide(path), decide(path, "2026-02", on=date(2026, 10, 2))]
    assert list(read(path)) == made
    assert [d.previous for d in made] == ["", made[0].sha256]


@pytest.mark.parametrize("line", [0, 1, 2])
@pytest.mark.parametrize("how", ["change", "remove", "swap"])
def test_a_record_that_was_altered_before_its_end_is_refused(tmp_path: Path, how: str, line: int) -> None:
    path = tmp_path / "decisions.jsonl"
    for n in range(4):
        decide(path, f"d{n}", vote=Vote(**VOTE | {"yes": 30 + n}))
    lines = path.read_text().splitlines(keepends=True)
    if how == "change":
        lines[line] = lines[line].replace('"no":4', '"no":3')
    elif how == "remove":
        del lines[line]
    else:
        lines[line : line + 2] = lines[line : line + 2][::-1]
    path.write_text("".join(lines))
    with pytest.raises(InputError, match="does not follow the line before it"):
        read(path)
    with pytest.raises(InputError, match="does not follow"):
        decide(path, "later")
    assert path.read_text() == "".join(lines)


@pytest.mark.parametrize(
    "extra",
    [
        {"weight": 2},
        {"shares": {"a": 3}},
        {"weighted_by": "stake"},
        {"votes": [{"member": 1, "tokens": 4}]},
        {"paid_in": 100},
        {"capital": 0},
    ],
)
@pytest.mark.parametrize("place", ["vote", "line"])
def test_a_vote_that_money_weighs_is_refused(tmp_path: Path, extra: dict[str, Any], place: str) -> None:
    path = tmp_path / "decisions.jsonl"
    decide(path)
    line = json.loads(path.read_text())
    (line["vote"] if place == "vote" else line).update(extra)
    path.write_text(json.dumps(line))
    with pytest.raises(InputError, match=r"line 1.*each member has one"):
        read(path)


def test_no_field_of_the_record_itself_sounds_like_money(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    decide(path, rules="0" * 64)
    assert len(read(path)) == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"yes": 58}, "63 voices of 60 members"),
        ({"yes": -1}, "yes is below 0"),
        ({"quorum": 61}, "quorum"),
        ({"method": "consent"}, "consent"),
        ({"record": " "}, "record of the vote"),
    ],
)
def test_counts_that_can_not_be_are_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Vote(**VOTE | given)


@given(yes=st.integers(0, 40), no=st.integers(0, 40), abstain=st.integers(0, 20), quorum=st.integers(0, 100))
def test_majorities_are_counted_in_whole_voices(yes: int, no: int, abstain: int, quorum: int) -> None:
    def carried(majority: str) -> bool:
        counts = {"yes": yes, "no": no, "abstain": abstain, "electorate": 100, "quorum": quorum}
        return Vote(**VOTE | counts | {"majority": majority}).carried

    here = yes + no + abstain >= quorum
    share = yes / (yes + no) if yes + no else 0.0
    assert carried("simple") == (here and share > 0.5)
    assert carried("absolute") == (here and yes > 50)
    assert carried("two-thirds") == (here and share >= 2 / 3 - 1e-12)
    assert carried("three-quarters") == (here and share >= 0.75)
    assert carried("unanimous") == (here and share == 1)


@pytest.mark.parametrize(
    ("majority", "yes", "no", "carried"),
    [
        ("simple", 10, 10, False),
        ("simple", 11, 10, True),
        ("absolute", 30, 0, False),
        ("absolute", 31, 29, True),
        ("two-thirds", 20, 10, True),
        ("two-thirds", 19, 10, False),
        ("three-quarters", 30, 10, True),
        ("three-quarters", 29, 10, False),
        ("unanimous", 20, 0, True),
        ("unanimous", 20, 1, False),
    ],
)
def test_a_majority_begins_at_its_share(majority: str, yes: int, no: int, carried: bool) -> None:
    counts = {"yes": yes, "no": no, "abstain": 0, "majority": majority}
    assert Vote(**VOTE | counts).carried == carried


def test_the_standing_of_rules_follows_the_votes(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    one, two = (from_toml(RULES.format(id=name)) for name in ("one", "two"))
    lost = Vote(**VOTE | {"yes": 3})
    assert adoption(read(path), one) == ("not decided", None)
    first = decide(path, "2026-01", rules=one.sha256)
    assert adoption(read(path), one) == ("in force", first)
    refused = decide(path, "2026-02", rules=two.sha256, vote=lost)
    assert adoption(read(path), one) == ("in force", first)
    assert adoption(read(path), two) == ("rejected", refused)
    second = decide(path, "2026-03", rules=two.sha256)
    assert adoption(read(path), one) == ("replaced", second)
    assert adoption(read(path), two) == ("in force", second)


def test_a_rule_rests_on_no_decision_that_was_not_carried(tmp_path: Path) -> None:
    path, rules = tmp_path / "decisions.jsonl", from_toml(RULES.format(id="one"))
    with pytest.raises(InputError, match=r"rule one: .*'2026-01'.* not in the record"):
        check_decided(rules, read(path))
    decide(path, vote=Vote(**VOTE | {"yes": 3}))
    with pytest.raises(InputError, match="was not carried"):
        check_decided(rules, read(path))
    decide(tmp_path / "other.jsonl")
    check_decided(rules, read(tmp_path / "other.jsonl"))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": "2026-01"}, "two decisions are called"),
        ({"name": "x", "on": date(2026, 9, 30)}, "dated before"),
        ({"name": "a b"}, "letters, digits"),
        ({"name": "x", "by": ""}, "who decided"),
        ({"name": "x", "rules": "abc"}, "no SHA-256"),
        ({"name": "x", "rules": "0" * 64, "about": "both"}, "either on rules"),
    ],
)
def test_a_decision_that_can_not_stand_changes_nothing(
    tmp_path: Path, given: dict[str, Any], words: str
) -> None:
    path = tmp_path / "decisions.jsonl"
    decide(path)
    before = path.read_bytes()
    with pytest.raises(InputError, match=words):
        decide(path, **given)
    assert path.read_bytes() == before


def test_votes_recorded_at_once_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: decide(path, f"d{n}"), range(24)))
    assert {d.id for d in read(path)} == {f"d{n}" for n in range(24)}
