"""`commonweal commons novelty`: works, plans and releases, asked as a member would."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from commonweal.cli.main import group
from commonweal.errors import InputError
from commonweal.registry import Index, Work

WORDS = [a + b + c for a in "bdfgklmn" for b in "aeiou" for c in "lmnrst"]


def table(path: Path, **columns: list[Any]) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def written(rng: random.Random, topic: int) -> str:
    """Return a text whose words, and which follow which, are mostly of a topic."""
    mine = WORDS[topic * 40 : topic * 40 + 40]
    return " ".join(rng.choice(mine if rng.random() < 0.8 else WORDS) for _ in range(200))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three owners of ten works each on topics of their own; the commons; a textbook on Ann's topic."""
    path, rng = tmp_path_factory.mktemp("novelty"), random.Random(1)
    owners = ["ann", "ben", "cyd"]
    works = [written(rng, i % 3) for i in range(30)]
    table(path / "works.parquet", author=[owners[i % 3] for i in range(30)], body=works)
    commons = [written(rng, 3) for _ in range(30)]
    table(path / "commons.parquet", title=[f"c{i}" for i in range(34)], text=[*commons, *works[1:12:3]])
    with Index.create(path / "commons.idx") as index:
        index.add(Work(text, "", f"c{i}") for i, text in enumerate([*commons, *works[1:12:3]]))
    table(path / "textbook.parquet", chapter=[written(rng, 0) for _ in range(40)])
    (path / "plan.md").write_text(
        "# Outline\n\n- "
        + " ".join(commons[7].split()[50:53])
        + "\n- heliostats\n- early cabbages under glass\n"
    )
    return path


def run(folder: Path, *arguments: str) -> str:
    done = CliRunner().invoke(group, ["commons", "novelty", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def told(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(folder, *arguments, "--json").splitlines()]


def asked(folder: Path, against: str) -> list[str]:
    return [
        str(folder / "works.parquet"),
        "--owner",
        "author",
        "--text",
        "body",
        "--against",
        str(folder / against),
    ]


def test_a_table_and_an_index_of_the_commons_give_the_same_shares(folder: Path) -> None:
    """Of Ben's ten works the commons holds four."""
    by_table, by_index = (
        told(folder, *asked(folder, name), "--raw") for name in ("commons.parquet", "commons.idx")
    )
    assert [r["kind"] for r in by_table] == ["owner"] * 3 + ["pool"]
    for one, other in zip(by_table[:3], by_index[:3], strict=True):
        assert (one["owner"], one["new"], one["commons"]) == (
            other["owner"], pytest.approx(other["new"]), pytest.approx(other["commons"]),
        )  # fmt: skip
        assert one["new"] + one["shared"] + one["commons"] == pytest.approx(1)
    shares = {r["owner"]: r["commons"] for r in by_table[:3]}
    assert shares["ben"] == pytest.approx(0.4, abs=0.02)
    assert shares["ann"] < 0.01


def test_each_work_has_a_row_and_the_table_is_written(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "each.parquet"
    rows = told(folder, *asked(folder, "commons.idx"), "--each", "--out", str(out))
    assert [r["kind"] for r in rows] == ["work"] * 30 + ["pool"]
    assert sorted(r["work"] for r in rows[:30] if r["commons"] > 0.9) == [
        f"works.parquet:{i}" for i in sorted(("2", "5", "8", "11"))
    ]
    assert pq.read_table(out).num_rows == 30


def test_people_see_owners_intervals_and_what_was_set_aside(folder: Path) -> None:
    shown = run(folder, *asked(folder, "commons.idx"))
    assert "34 works in the commons" in shown
    assert "unrelated works" in shown
    assert all(name in shown for name in ("all owners", "ann", "ben", "cyd"))
    assert "note: " in shown


def test_works_of_registered_members_make_a_work_shared_but_never_with_oneself(
    folder: Path, tmp_path: Path
) -> None:
    works = pq.read_table(folder / "works.parquet").to_pylist()
    with Index.create(tmp_path / "guild.idx") as index:
        index.add(Work(works[i]["body"], owner) for i, owner in ((0, "dan"), (3, "ann"), (2, "cyd")))
    rows = told(folder, *asked(folder, "commons.idx"), "--raw", "--members", str(tmp_path / "guild.idx"))
    shared = {r["owner"]: r["shared"] for r in rows[:3]}
    assert shared["ann"] == pytest.approx(0.1, abs=0.02)
    assert shared["cyd"] < 0.01


def test_a_plan_is_compared_with_texts_and_an_index_says_that_it_cannot_tell(folder: Path) -> None:
    plan = ["--plan", str(folder / "plan.md"), "--against"]
    rows = told(folder, *plan, str(folder / "commons.parquet"), "--against-id", "title")
    nearest = {r["point"]: r["work"] for r in rows if r.get("rank") in (1, None) and r["kind"] == "point"}
    assert [*nearest.values()][1] == "c7"
    assert nearest["heliostats"] is None
    assert {"heliostats", "outline"} <= set(rows[-1]["nowhere"])
    assert "heliostats" in run(folder, *plan, str(folder / "commons.parquet"))
    (row,) = told(folder, *plan, str(folder / "commons.idx"))
    assert row["held"] == 0
    assert "can't be told" in row["cannot_know"]
    assert "too few for a run" in run(folder, "--topic", "trees", "--against", str(folder / "commons.idx"))


def taught(rng: random.Random, topic: int) -> str:
    """Return a text in which seven words of ten are followed by the one that follows in the topic."""
    at, out = 0, []
    for _ in range(200):
        at = (at + 7) % 40 if rng.random() < 0.7 else rng.randrange(40)
        out.append(WORDS[topic * 40 + at])
    return " ".join(out)


def test_a_textbook_that_is_released_lowers_the_worth_of_those_who_wrote_the_like(tmp_path: Path) -> None:
    rng, owners = random.Random(2), ["ann", "ben", "cyd"]
    works = table(
        tmp_path / "works.parquet",
        author=[owners[i % 3] for i in range(150)],
        body=[taught(rng, i % 3) for i in range(150)],
    )
    base = table(tmp_path / "base.parquet", text=[taught(rng, i % 5) for i in range(10)])
    textbook = table(tmp_path / "textbook.parquet", chapter=[taught(rng, 0) for _ in range(40)])
    out = tmp_path / "worth.parquet"
    rows = told(
        tmp_path, str(works), "--owner", "author", "--text", "body", "--release", str(textbook),
        "--base", str(base), "--splits", "3", "--jobs", "1", "--out", str(out),
    )  # fmt: skip
    change = {r["owner"]: r for r in rows if r["kind"] == "owner"}
    assert rows[0]["owner"] == "ann"  # the largest loss comes first
    assert change["ann"]["change_high"] < 0
    assert change["ann"]["change"] < 5 * min(change["ben"]["change"], change["cyd"]["change"], 0)
    for row in change.values():
        assert row["change"] == pytest.approx(row["after"] - row["before"])
        assert row["change_low"] <= row["change"] <= row["change_high"]
    whole = rows[-1]
    assert whole["change"] == pytest.approx(sum(r["change"] for r in change.values()), abs=1e-9)
    assert whole["change_low"] <= whole["change"] <= whole["change_high"]
    assert pq.read_table(out).num_rows == 3


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "no works"),
        (["WORKS", "--against", "INDEX"], "nobody owns"),
        (["WORKS", "--owner", "author", "--text", "body"], "no commons"),
        (["--topic", "trees"], "no commons"),
        (["--topic", "trees", "--plan", "PLAN"], "two questions"),
        (["WORKS", "--topic", "trees", "--against", "INDEX"], "a plan and works"),
        (["--plan", "NOTHING", "--against", "INDEX"], "no text can be read"),
        (
            ["WORKS", "--owner", "author", "--against", "INDEX", "--release", "PLAN"],
            "already is the builder's",
        ),
        (["WORKS", "--owner", "author", "--text", "body", "--against", "NOTHING"], "no such file"),
        (
            ["WORKS", "--owner", "author", "--text", "body", "--against", "INDEX", "--confidence", "2"],
            "confidence",
        ),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_mend(
    folder: Path, arguments: list[str], problem: str
) -> None:
    paths = {
        "WORKS": "works.parquet",
        "INDEX": "commons.idx",
        "PLAN": "plan.md",
        "NOTHING": "nothing.parquet",
    }
    given = [str(folder / paths[a]) if a in paths else a for a in arguments]
    with pytest.raises(InputError, match=problem):
        run(folder, *given)
