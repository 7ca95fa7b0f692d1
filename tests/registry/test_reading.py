"""Works and texts from files: the same rows whatever the format, faults counted with their places."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.pool import textchunks
from commonweal.registry.reading import BATCH, Columns, Row, Texts, batches, owners_of, people

ROWS = st.lists(
    st.fixed_dictionaries({
        "body": st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=30),
        "author": st.sampled_from(["", "ada", "bo", "ada; bo", "Ünal"]),
        "name": st.integers(0, 9).map(lambda n: f"w{n}"),
    }),
    min_size=1,
    max_size=12,
)  # fmt: skip
NAMED = Columns(text="body", owner="author", key="name")


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    if ".parquet" in path.name:
        pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=3)
        return path
    lines = path.with_name("plain")
    with lines.open("w", encoding="utf-8", newline="") as out:
        if ".csv" in path.name:
            writer = csv.DictWriter(out, list(rows[0]), quoting=csv.QUOTE_ALL)
            writer.writeheader()
            writer.writerows(rows)
        else:
            out.writelines(json.dumps(row) + "\n" for row in rows)
    path.write_bytes(gzip.compress(lines.read_bytes()) if path.suffix == ".gz" else lines.read_bytes())
    lines.unlink()
    return path


def wanted(rows: list[dict[str, Any]]) -> tuple[list[Row], dict[str, int]]:
    """Return the rows that are kept and the counts of those that aren't, written down apart."""
    kept, left = [], {}
    for number, row in enumerate(rows):
        if not row["body"].strip():
            left["an empty text"] = left.get("an empty text", 0) + 1
        elif not row["author"]:
            left["no owner"] = left.get("no owner", 0) + 1
        else:
            kept.append(Row(number, row["body"], tuple(sorted(row["author"].split("; "))), row["name"]))
    return kept, left


@pytest.mark.parametrize("name", ["w.parquet", "w.csv", "w.csv.gz", "w.jsonl", "w.jsonl.gz"])
@settings(max_examples=25)
@given(rows=ROWS)
def test_every_format_gives_the_same_rows(tmp_path_factory, name, rows):
    texts = Texts(write(tmp_path_factory.mktemp("in") / name, rows), NAMED)
    assert (list(texts), texts.left_out) == wanted(rows)
    assert list(texts) == wanted(rows)[0]  # a second reading is the same


@settings(max_examples=25)
@given(rows=ROWS, cut=st.integers(1, 11))
def test_shards_of_a_folder_are_one_table(tmp_path_factory, rows, cut):
    folder = tmp_path_factory.mktemp("shards")
    parts = [part for part in (rows[:cut], rows[cut:]) if part]
    for n, part in enumerate(parts):
        write(folder / f"part-{n}.jsonl", part)
    whole = list(Texts(folder, NAMED))
    assert whole == wanted(rows)[0]
    assert list(Texts([folder / f"part-{n}.jsonl" for n in range(len(parts))], NAMED)) == whole


def test_rows_and_places_are_counted_through_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr(textchunks, "CHUNK_BYTES", 200)
    rows = [{"body": "" if n % 7 == 0 else f"text {n}", "author": "ada"} for n in range(300)]
    texts = Texts(write(tmp_path / "w.jsonl", rows), Columns(text="body", owner="author"))
    read = list(texts)
    assert [r.number for r in read] == [n for n in range(300) if n % 7]
    assert read[0].key == "w.jsonl:2"
    assert texts.left_out == {"an empty text": 43}
    assert texts.places["an empty text"][1] == f"{tmp_path}/w.jsonl row 8 (line 8)"


def test_owners_may_stand_in_lists_and_in_one_field(tmp_path):
    rows = [{"t": "x y", "o": ["bo", "ada"]}, {"t": "z", "o": []}, {"t": "z", "o": ["ada", " "]}]
    texts = Texts(write(tmp_path / "w.jsonl", rows), Columns(text="t", owner="o"))
    assert [(r.owners, r.owner) for r in texts] == [(("ada", "bo"), "ada; bo")]
    assert texts.left_out == {"no owner": 2}
    rows = [{"t": "x y", "o": "bo | ada"}]
    texts = Texts(write(tmp_path / "w.csv", rows), Columns(text="t", owner="o", separator="|"))
    assert [owners_of(r.owner) for r in texts] == [("ada", "bo")]


def test_people_count_joint_works_each():
    assert people({"ada": 2, "ada; bo": 3}) == {"ada": 5, "bo": 3}


@pytest.mark.parametrize(
    ("value", "when"),
    [("2020-03-01", "2020-03-01T00:00:00"), ("13-Jun-2000", "2000-06-13T00:00:00"),
     ("2020-03-01T10:00:00+02:00", "2020-03-01T08:00:00"), ("13 June 2000", "2000-06-13T00:00:00")],
)  # fmt: skip
def test_dates_are_read_as_files_write_them(tmp_path, value, when):
    path = write(tmp_path / "w.jsonl", [{"text": "x", "d": value}])
    assert [r.date.isoformat() for r in Texts(path, Columns(date="d"))] == [when]


def test_a_text_file_is_one_text(tmp_path):
    (tmp_path / "mine.txt").write_text("a b\n\nc", encoding="utf-8")
    assert list(Texts(tmp_path / "mine.txt")) == [Row(0, "a b\n\nc", (), "mine.txt")]


@pytest.mark.parametrize(
    ("rows", "column"),
    [([{"id": 1, "Text": "a"}], "Text"), ([{"id": 1, "body": "a", "answer": "b"}], "body"),
     ([{"id": 1, "essay": "a"}], "essay")],
)  # fmt: skip
def test_the_texts_column_is_found_where_it_is_plain(tmp_path, rows, column):
    texts = Texts(write(tmp_path / "w.jsonl", rows))
    assert texts.columns.text == column
    assert [r.text for r in texts] == ["a"]


@pytest.mark.parametrize(
    ("name", "rows", "columns", "said"),
    [
        ("w.jsonl", [{"a": "x", "b": "y"}], Columns(), "which column holds the texts isn't plain"),
        ("w.jsonl", [{"text": "x"}], Columns(text="txt"), "did you mean 'text'"),
        ("w.jsonl", [{"text": "x", "o": {"a": 1}}], Columns(owner="o"), "column 'o'"),
        ("w.parquet", [{"text": 3}], Columns(text="text"), "column 'text' holds int64, not text"),
        ("w.xlsx", [{"text": "x"}], Columns(), "not a format that is read"),
    ],
)
def test_what_cant_be_used_is_told_with_its_mend(tmp_path, name, rows, columns, said):
    with pytest.raises(InputError, match=said) as error:
        list(Texts(write(tmp_path / name, rows), columns))
    assert name in str(error.value)
    assert error.value.mend


def test_a_line_that_is_no_json_is_named(tmp_path):
    (tmp_path / "w.jsonl").write_text('{"text": "secret words"}\n{"text": \n')
    with pytest.raises(InputError, match="line 2") as error:
        list(Texts(tmp_path / "w.jsonl", Columns(text="text")))
    assert "secret" not in str(error.value)


@given(sizes=st.lists(st.integers(1, 40), max_size=60))
def test_batches_hold_all_rows_in_order_and_are_bounded(sizes):
    rows = [Row(n, "x" * size, (), "") for n, size in enumerate(sizes)]
    made = list(batches(iter(rows)))
    assert [r for batch in made for r in batch] == rows
    assert all(0 < len(batch) <= BATCH for batch in made)
