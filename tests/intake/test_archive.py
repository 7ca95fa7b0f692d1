"""Archives are read without this project, and by no other version of it."""

from __future__ import annotations

import importlib.util
import re
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from chats import chat, export
from commonweal.errors import InputError
from commonweal.intake import Archive, import_export
from commonweal.intake.relations import RELATIONS

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of a conversation with a branch and a picture, and of a post, imported twice each."""
    tmp_path = tmp_path_factory.mktemp("made")
    branched = chat("a", "hello", "good day", "how are you")
    other = chat("b", "tides", "the moon")
    branched["mapping"]["a-9"] = {
        **branched["mapping"]["a-1"], "id": "a-9", "parent": "a-0", "children": [],
        "message": {**branched["mapping"]["a-1"]["message"], "id": "a-9",
                    "content": {"content_type": "text", "parts": ["another answer"]}},
    }  # fmt: skip
    (tmp_path / "blog").mkdir()
    (tmp_path / "blog" / "post.md").write_text("# Tides\n\nThe moon.\n")
    for chats in ([branched, other], [branched, chat("c", "new", at=99)]):
        source = export(tmp_path / "export.zip", *chats, **{"file-abc_png": b"\x89PNG", "odd_xyz": b"<x/>"})
        import_export(source, tmp_path / "archive", owner="me")
    import_export(tmp_path / "blog", tmp_path / "archive", owner="me")
    return tmp_path / "archive"


def test_duckdb_joins_messages_to_conversations_as_the_page_says(place: Path) -> None:
    page = (ROOT / "docs" / "reference" / "archive.md").read_text(encoding="utf-8")
    query = re.search(r"```sql\n(.*?)```", page, re.S)
    assert query is not None
    found = duckdb.sql(query[1].replace("archive/", f"{place}/")).fetchall()
    assert [row[3] for row in found if row[0] == "About a"] == ["hello", "good day", "how are you"]
    assert {row[0] for row in found} == {"About a", "About b", "About c"}


def test_every_file_has_the_columns_and_types_that_are_promised(place: Path) -> None:
    types = {"string": "VARCHAR", "int64": "BIGINT", "bool": "BOOLEAN"}
    folders = {p.name for p in place.iterdir() if p.is_dir() and p.name != "assets"}
    assert folders == set(RELATIONS) - {"memory"}
    for name in folders:
        for path in (place / name).iterdir():
            told = duckdb.sql(f"describe select * from '{path}'").fetchall()
            assert [(row[0], row[1]) for row in told] == [
                (column, types[str(what.type)]) for column, what in RELATIONS[name].items()
            ], path


def test_pandas_reads_the_same_rows(place: Path) -> None:
    archive = Archive(place)
    for name in RELATIONS:
        if archive.files(name):
            frame = pd.read_parquet(place / name)
            assert list(frame.columns) == list(RELATIONS[name])
            assert len(frame) == archive.count(name) > 0


def test_files_of_the_export_lie_where_the_rows_say(place: Path) -> None:
    rows = duckdb.sql(f"select id, bytes from '{place}/asset/*.parquet'").fetchall()
    assert rows
    for asset, size in rows:
        assert (place / "assets" / asset[:2] / asset).stat().st_size == size


def test_a_relation_without_rows_is_an_empty_table(place: Path) -> None:
    empty = Archive(place).table("memory")
    assert len(empty) == 0
    assert empty.column_names == list(RELATIONS["memory"])


def test_sources_tell_what_was_found_kept_and_lost(place: Path) -> None:
    sources = Archive(place).sources()
    assert [s["reader"] for s in sources] == ["chatgpt", "chatgpt", "markdown"]
    for source in sources[:2]:
        listed = {(x["path"], x["reason"]): x["n"] for x in source["ledger"]["losses"]}
        assert listed["odd.xyz", "a file that no reader knows (xml)"] == 1


OTHERS = ["", "{", "[]", "{}", '{"format": "commonweal-archive", "version": 2}', "\xff"]


@pytest.mark.parametrize("mark", OTHERS, ids=range(len(OTHERS)))
def test_what_is_no_archive_of_this_version_is_refused(tmp_path: Path, mark: str) -> None:
    (tmp_path / "archive.json").write_bytes(mark.encode("latin-1"))
    with pytest.raises(InputError):
        Archive(tmp_path)
    with pytest.raises(InputError):
        Archive.create(tmp_path)


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    source = export(tmp_path.with_suffix(".zip"), chat("a", "x"))
    for place in (tmp_path, tmp_path / "mine.txt"):
        with pytest.raises(InputError, match="neither empty nor an archive"):
            import_export(source, place, owner="me")
    with pytest.raises(InputError, match="no archive"):
        Archive(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_an_archive_that_was_begun_and_left_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / ".archive.json").write_text('{"form')
    assert Archive.create(tmp_path).count("thread") == 0


def test_an_archive_may_be_moved(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place, tmp_path / "moved")
    one, two = Archive(place), Archive(tmp_path / "moved")
    for name in RELATIONS:
        assert one.table(name).equals(two.table(name))


def _script(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_archives_is_made_from_the_relations() -> None:
    script = _script("archive")
    assert script.PAGE.read_text(encoding="utf-8") == script.page(), "run `make docs`"
