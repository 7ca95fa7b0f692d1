"""Rules: read from TOML, versions by content, errors that name the place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from commonweal.commons.rules import Verdict, from_toml, read
from commonweal.commons.words import conditions
from commonweal.errors import InputError

OPEN = """
[[rule]]
id = "open"
verdict = "commons"
reason = "Open."
source = "https://opendefinition.org/"
when = { licence = ["cc-by", "CC0-1.0"] }
"""
OLD = """
[[rule]]
id = "old"
verdict = "commons"
reason = "Old."
source = "law"
[rule.when]
jurisdiction = ["us"]
published_before = 1931-01-01
[rule.unless]
decision = ["2026-02"]
"""


def test_order_title_and_publisher_are_no_part_of_the_version() -> None:
    one = from_toml(OPEN + OLD)
    other = from_toml(f'title = "Other"\n[publisher]\nname = "G"\n{OLD}{OPEN}')
    assert one.sha256 == other.sha256
    assert one.rules == other.rules


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Open.", "Other."),
        ('"cc-by", ', ""),
        ("1931", "1930"),
        ("2026-02", "2026-03"),
        ('"commons"', '"not"'),
    ],
)
def test_any_change_of_a_rule_is_another_version(old: str, new: str) -> None:
    assert from_toml(OPEN + OLD).sha256 != from_toml((OPEN + OLD).replace(old, new, 1)).sha256


def test_a_rule_is_read_as_it_is_written() -> None:
    old, new = from_toml(OPEN + OLD).rules
    assert (old.id, old.verdict, old.when.published_before) == ("old", Verdict.COMMONS, date(1931, 1, 1))
    assert old.when.jurisdiction == ("US",)
    assert old.decisions == {"2026-02"}
    assert conditions(old) == (
        "published before 1931-01-01 and judged by the law of US, unless decided by 2026-02"
    )
    assert conditions(new) == "licence is CC0-1.0 or cc-by"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (OPEN + OLD.replace('["us"]', "7"), ["commons.toml, rule 2 (old), line 9, when.jurisdiction"]),
        (OPEN.replace("cc-by", "cc-bye"), ["rule 1 (open), line 2", "'cc-bye' is neither a family"]),
        (OPEN.replace("licence", "license"), ["rule 1 (open), line 2", "license"]),
        (OPEN.replace('"commons"', '"free"'), ["rule 1 (open), line 2, verdict", "free"]),
        (OPEN.replace('{ licence = ["cc-by", "CC0-1.0"] }', "{}"), ["no condition is given"]),
        (OPEN.replace("Open.", " "), ["the reason is empty"]),
        (OPEN.replace("https://opendefinition.org/", ""), ["the source is empty"]),
        (OPEN.replace('"open"', '"Open!"'), ["small letters"]),
        (OPEN + OPEN, ["two rules are called 'open'"]),
        ('title = "x"', ["rules"]),
        ("rule = []", ["there is no rule"]),
        ("[[rule]\n", ["no TOML", "line 1"]),
        ('[publisher]\nlicence = "mine"\n' + OPEN, ["publisher", "no SPDX identifier"]),
    ],
)
def test_what_is_wrong_is_said_with_file_line_and_rule(text: str, words: list[str], tmp_path: Path) -> None:
    path = tmp_path / "commons.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError) as caught:
        read(path)
    assert [word for word in ["commons.toml", *words] if word not in str(caught.value)] == []
