"""Works for a pool: the person's own by default, models' marked, everything left out counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import commonweal as cw
from commonweal.errors import InputError
from commonweal.intake import Archive
from commonweal.intake.pooling import pool
from exports import bring


def talk(key: str, *said: tuple[str, str], **more: Any) -> dict[str, Any]:
    """A conversation in the shape of ChatGPT's export."""
    nodes = {}
    for i, (role, text) in enumerate(said):
        message = {"author": {"role": role}, "content": {"content_type": "text", "parts": [text]}}
        nodes[f"n{i}"] = {
            "id": f"n{i}",
            "parent": f"n{i - 1}" if i else None,
            "children": [],
            "message": message,
        }
    return {"id": key, "title": f"Title {key}", "create_time": 1_700_000_000, "mapping": nodes, **more}


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    first = talk(
        "a", ("user", "Why is the sky blue?"), ("assistant", "Scattering."), ("user", "And red at dusk?")
    )
    second = talk("b", ("user", "Hello."), ("assistant", "Hello to you."))
    return bring(tmp_path, {"conversations.json": [first, second]}).archive


def rows(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return found


def test_by_default_a_work_is_what_the_person_said_in_a_conversation(
    archive: Archive, tmp_path: Path
) -> None:
    done = pool(archive, tmp_path / "w.parquet")
    assert {r["text"] for r in rows(done.path)} == {"Why is the sky blue?\n\nAnd red at dusk?", "Hello."}
    assert {(r["owner"], r["made_by"], r["source"]) for r in rows(done.path)} == {("me", "person", "chatgpt")}
    assert done.left_out["messages of role assistant"] == 2


def test_what_a_model_wrote_comes_only_when_asked_for_and_marked(archive: Archive, tmp_path: Path) -> None:
    done = pool(archive, tmp_path / "w.parquet", roles=("user", "assistant"))
    marked = {r["text"]: r["made_by"] for r in rows(done.path)}
    assert marked["Scattering."] == "model"
    assert marked["Hello."] == "person"
    assert done.by_maker == {"person": 2, "model": 2}


def test_each_message_can_be_a_work(archive: Archive, tmp_path: Path) -> None:
    done = pool(
        archive, tmp_path / "w.parquet", per="message", language="en", license="CC-BY-4.0", terms="t" * 64
    )
    assert [r["text"] for r in rows(done.path)] == ["Why is the sky blue?", "And red at dusk?", "Hello."]
    assert {(r["language"], r["license"], r["terms"]) for r in rows(done.path)} == {
        ("en", "CC-BY-4.0", "t" * 64)
    }


def test_short_works_stay_out_and_are_counted(archive: Archive, tmp_path: Path) -> None:
    done = pool(archive, tmp_path / "w.parquet", shortest=10)
    assert done.works == 1
    assert done.left_out["shorter than 10 characters"] == 1


def test_nothing_left_is_an_error_that_says_why_and_writes_nothing(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no work is left to pool"):
        pool(archive, tmp_path / "w.parquet", roles=("tool",))
    assert not list(tmp_path.glob("w.*"))


def test_an_unknown_role_is_refused(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no role robot"):
        pool(archive, tmp_path / "w.parquet", roles=("robot",))


def test_the_table_is_read_by_pool_as_it_is(archive: Archive, tmp_path: Path) -> None:
    pool(archive, tmp_path / "w.parquet")
    read = cw.Pool.read(str(tmp_path / "w.parquet"), owner="owner", text="text", date="date")
    assert read.owners == ("me",)
    assert read.n_works == 2
