"""`commonweal commons` as people type it: one story from rules to a difference between two snapshots."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from commonweal.cli.commons.decide import MAJORITIES, METHODS
from commonweal.cli.main import group
from commonweal.errors import CommonwealError

TOML = """
[[rule]]
id = "open"
verdict = "commons"
reason = "Open."
source = "s"
when = { licence = ["CC0-1.0"] }
"""
VOTE = ["--by", "assembly", "--on", "2026-10-01", "--against", "1", "--electorate", "9", "--quorum", "3",
        "--method", "hands", "--record", "minutes"]  # fmt: skip


def run(*words: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(group, ["commons", *map(str, words)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "commons.toml").write_text(TOML)
    rows = [{"id": "a", "licence": "CC0"}, {"id": "b", "licence": "CC0"}, {"id": "c", "licence": "?"}]
    (tmp_path / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def test_the_story(here: Path) -> None:
    publish = ["publish", "items.jsonl", "--rules", "commons.toml", "--json", "--date", "2026-11-20", "--out"]
    assert run("decide", "commons.toml", "--id", "1", "--for", "5", *VOTE)[0] == 0
    code, said = run("classify", "items.jsonl", "--rules", "commons.toml", "--out", "v.csv", "--json")
    assert (code, lines(said)[0]["verdicts"]) == (0, {"commons": 2, "not": 0, "undecided": 1})
    assert (here / "v.csv").read_text().count("\n") == 4
    code, said = run(*publish, "v1")
    assert (code, lines(said)[0]["standing"]) == (0, "in force")
    code, said = run("dispute", "open", "a", "--by", "m-1", "--why", "w", "--json")
    assert (code, lines(said)[0]["n"]) == (0, 1)
    assert run(*publish, "v2")[0] == 0
    code, said = run("diff", "v1", "v2", "--json")
    *changes, summary = lines(said)
    assert code == 1
    assert [(c["item"], c["kind"], c["after"]["disputed"]) for c in changes] == [("a", "left", True)]
    assert summary["summary"] == {"entered": 0, "left": 1, "changed": 0, "added": 0, "removed": 0}
    code, said = run("diff", "v1", "v2")
    assert code == 1
    assert "a: commons (open) → undecided (open), disputed" in said
    assert run("dispute", "decide", "1", "--outcome", "commons", "--how", "2")[0] == 0
    assert "a: commons" in run("dispute", "list")[1]
    assert run("dispute", "list", "--open")[1] == "None.\n"
    assert run(*publish, "v3")[0] == 0
    code, said = run("diff", "v2", "v3")
    assert code == 0
    assert "entered the commons" in said
    assert run("diff", "v1", "v1") == (0, "Nothing changed.\n")


def test_a_vote_that_is_lost_is_recorded_and_exits_1(here: Path) -> None:
    code, said = run("decide", "commons.toml", "--id", "1", "--for", "0", *VOTE, "--json")
    assert (code, lines(said)[0]["carried"]) == (1, False)
    code, said = run("publish", "items.jsonl", "--rules", "commons.toml", "--out", "site")
    assert code == 0
    assert "rejected" in said
    assert "<strong>rejected</strong>" in (here / "site" / "index.html").read_text()


def test_rules_that_nobody_voted_on_are_published_as_such(here: Path) -> None:
    assert "not decided" in run("publish", "items.jsonl", "--rules", "commons.toml", "--out", "site")[1]
    assert "no vote on them is recorded" in (here / "site" / "index.html").read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["classify", "items.jsonl", "--rules", "none.toml"], "can't be read"),
        (["classify", "none.csv", "--rules", "commons.toml"], "no such file"),
        (["classify", "items.jsonl", "--rules", "commons.toml", "--column", "licence"], "write FIELD=COLUMN"),
        (["classify", "items.jsonl", "--rules", "commons.toml", "--decisions", "none"], "no such file"),
        (["classify", "items.jsonl", "--rules", "commons.toml", "--out", "v.txt"], "not a format"),
        (["decide", "commons.toml", "--id", "1", "--for", "50", *VOTE], "each member has one voice"),
        (["decide", "--id", "1", "--for", "5", *VOTE, "--about", "works"], "no record is named"),
        (["dispute", "decide", "1", "--outcome", "not", "--how", "x"], "no dispute 1"),
        (["diff", ".", "."], "no snapshot"),
    ],
)
def test_bad_input_says_what_to_do(here: Path, words: list[str], message: str) -> None:
    with pytest.raises(CommonwealError, match=message):
        run(*words)
    assert not list(here.glob("*.jsonl.partial"))


def test_the_choices_on_the_command_line_are_those_of_a_vote() -> None:
    from typing import get_args

    from commonweal.commons.decisions import Majority, Method

    assert (get_args(Method), get_args(Majority)) == (METHODS, MAJORITIES)


def test_no_option_lets_money_weigh_a_vote() -> None:
    from commonweal.cli.commons.decide import command
    from commonweal.commons.decisions import MONEY

    assert [p.name for p in command.params if MONEY.search(p.name or "")] == []
