"""Items from files: the same verdicts from every format, all of them counted, in bounded memory."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

from commonweal.commons.classify import Classification, count, write
from commonweal.commons.columns import SNAPSHOT, VERDICTS
from commonweal.commons.disputes import open_, read
from commonweal.commons.rules import from_toml
from commonweal.errors import InputError

DATA = Path(__file__).parents[3] / "shared" / "data"
RULES = from_toml("""
[[rule]]
id = "open"
verdict = "commons"
reason = "Open."
source = "s"
when = { licence = ["cc-by", "dedication"] }
[[rule]]
id = "old"
verdict = "commons"
reason = "Old."
source = "s"
when = { published_before = 1931-01-01 }
[[rule]]
id = "closed"
verdict = "not"
reason = "Closed."
source = "s"
when = { licence = ["cc-by-nc"] }
""")
ROWS = [
    {"id": "a", "licence": "CC BY 4.0", "published": "2001", "title": "A", "url": "https://example.org/a"},
    {
        "id": "b",
        "licence": "https://creativecommons.org/licenses/by-nc/4.0/",
        "published": "2001",
        "title": "B",
    },
    {"id": "c", "licence": "house rules", "published": "2001", "title": "C"},
    {"id": "d", "licence": None, "published": "1930-12-31", "title": "D"},
    {"id": "e", "licence": None, "published": None, "title": "E"},
    {"id": "f", "licence": "CC BY-NC 4.0", "published": "1900", "title": "F"},
]
EXPECTED = {"a": "commons", "b": "not", "c": "undecided", "d": "commons", "e": "undecided", "f": "undecided"}


def put(path: Path, rows: list[dict[str, Any]] = ROWS) -> Path:
    table = pa.Table.from_pylist(rows)
    if path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=2)
    elif path.suffix == ".csv":
        pacsv.write_csv(table, path)
    elif path.suffix == ".gz":
        path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize("name", ["i.parquet", "i.csv", "i.jsonl", "i.jsonl.gz"])
@pytest.mark.parametrize("out", ["v.parquet", "v.csv", "v.jsonl"])
def test_every_format_gives_the_same_verdicts(tmp_path: Path, name: str, out: str) -> None:
    counts = write(Classification(put(tmp_path / name), RULES), tmp_path / out)
    path = tmp_path / out
    if out.endswith(".parquet"):
        rows = pq.read_table(path).to_pylist()
    elif out.endswith(".csv"):
        rows = pacsv.read_csv(path).to_pylist()
    else:
        rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert {row["item"]: row["verdict"] for row in rows} == EXPECTED
    assert list(rows[0]) == VERDICTS.names
    assert {row["rules"] for row in rows} == {RULES.sha256}
    assert rows[0]["rule"] == "open"
    assert rows[5]["rule"] == "closed;old"
    assert counts.verdicts == Counter(EXPECTED.values())
    assert sum(counts.rules.values()) == counts.items == len(ROWS)
    assert counts.unread == {"licence": 1}


def test_of_what_is_not_commons_nothing_but_the_verdict_is_shown(tmp_path: Path) -> None:
    made = Classification(put(tmp_path / "i.jsonl"), RULES)
    rows = {row["item"]: row for table in made.tables(SNAPSHOT) for row in table.to_pylist()}
    assert [rows["a"][name] for name in ("licence", "published", "title", "url")] == [
        "CC-BY-4.0", "2001", "A", "https://example.org/a",
    ]  # fmt: skip
    for item in "bcef":
        assert [rows[item][name] for name in ("licence", "published", "title", "url")] == ["", "", "", ""]


def test_columns_have_other_names_where_that_is_said(tmp_path: Path) -> None:
    rows = [{"n": 7, "rights": "CC0", "day": date(1999, 1, 1)}]
    path = put(tmp_path / "i.parquet", [dict(row) for row in rows])
    made = Classification(path, RULES, columns={"item": "n", "licence": "rights", "published": "day"})
    (row,) = [row for table in made.tables(SNAPSHOT) for row in table.to_pylist()]
    assert (row["item"], row["verdict"], row["published"]) == ("7", "commons", "1999-01-01")
    assert Classification(path, RULES, columns={"item": "n"}).counts.items == 0
    assert count(Classification(path, RULES, columns={"item": "n"})).absent == ("licence", "published")


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"licence": "rights"}, "no column 'rights'"),
        ({"price": "title"}, "'price' is no field"),
    ],
)
def test_a_column_that_is_not_there_is_named(tmp_path: Path, columns: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Classification(put(tmp_path / "i.csv"), RULES, columns=columns)


def test_items_without_a_name_are_refused_with_their_place(tmp_path: Path) -> None:
    rows = [*ROWS, {"id": None, "licence": "CC0"}]
    out = tmp_path / "v.csv"
    out.write_text("before")
    with pytest.raises(InputError, match=r"i\.jsonl row 7 \(line 7\): an item has no identifier"):
        write(Classification(put(tmp_path / "i.jsonl", rows), RULES), out)
    assert out.read_text() == "before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["i.jsonl", "v.csv"]
    with pytest.raises(InputError, match="no column identifies"):
        Classification(put(tmp_path / "j.jsonl", [{"x": 1}]), RULES)


def test_a_disputed_item_is_undecided_and_shown_so(tmp_path: Path) -> None:
    disputes = tmp_path / "disputes.jsonl"
    for item in ("a", "elsewhere"):
        open_(disputes, item=item, by="m-1", why="w", on=date(2026, 1, 1))
    made = Classification(put(tmp_path / "i.jsonl"), RULES, disputes=read(disputes))
    rows = {row["item"]: row for table in made.tables() for row in table.to_pylist()}
    assert (rows["a"]["verdict"], rows["a"]["disputed"], rows["a"]["rule"]) == ("undecided", True, "open")
    assert [item for item, row in rows.items() if row["disputed"]] == ["a"]
    assert (made.counts.disputed, made.counts.elsewhere) == (1, 1)


@pytest.mark.parametrize("name", ["i.csv", "i.parquet"])
def test_rows_are_held_a_few_thousand_at_a_time(tmp_path: Path, name: str) -> None:
    table = pa.table({"id": [f"i{n}" for n in range(40_000)], "licence": ["CC0"] * 40_000})
    pq.write_table(table, tmp_path / name) if name == "i.parquet" else pacsv.write_csv(table, tmp_path / name)
    tables = list(Classification(tmp_path / name, RULES).tables())
    assert pa.concat_tables(tables)["item"].to_pylist() == table["id"].to_pylist()
    assert max(t.num_rows for t in tables) <= 8192


def test_a_nameless_item_far_down_is_named_by_its_row(tmp_path: Path) -> None:
    rows = [{"id": f"i{n}"} for n in range(20_000)] + [{"id": None}]
    with pytest.raises(InputError, match="row 20001"):
        count(Classification(put(tmp_path / "i.parquet", rows), RULES))


@pytest.mark.parametrize(("name", "verdict"), [("eips", "commons"), ("peps", "undecided")])
def test_proposals_are_commons_where_they_say_a_licence_and_undecided_where_they_say_two(
    tmp_path: Path, name: str, verdict: str
) -> None:
    source = DATA / f"{name}.jsonl.gz"
    if not source.exists():
        pytest.skip("no such data here")
    made = Classification(source, RULES)
    assert count(made).verdicts == {verdict: made.counts.items}
    assert made.counts.items > 700
