"""A clean copy of an archive: every text gone over, ids that tell nothing, files left out and named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from commonweal.errors import InputError
from commonweal.intake import Archive
from commonweal.intake.pooling import clean
from commonweal.intake.redaction import Finder, Surrogates
from commonweal.intake.redaction import archive as redaction
from commonweal.intake.redaction.review import save
from exports import bring

SECRET = ("ann@example.org", "86.121.97.248", "Grace Hopper", "1234567")


def export() -> dict[str, Any]:
    def message(role: str, text: Any, **more: Any) -> dict[str, Any]:
        return {"author": {"role": role}, "content": {"content_type": "text", "parts": [text]}, **more}

    nodes = {
        "r": {"id": "r", "parent": None, "children": ["q"], "message": None},
        "q": {
            "id": "q",
            "parent": "r",
            "children": ["a"],
            "message": message("user", "Mail ann@example.org, ünï"),
        },
        "a": {
            "id": "a",
            "parent": "q",
            "children": [],
            "message": message(
                "assistant",
                "Grace Hopper is at 86.121.97.248",
                metadata={"to ann@example.org": ["ANN@example.org", 7]},
            ),
        },
    }
    talk = {
        "id": "c",
        "conversation_id": "c",
        "title": "Call +49 30 1234567",
        "create_time": 1.0,
        "update_time": 2.0,
        "current_node": "a",
        "mapping": nodes,
    }
    return {"conversations.json": [talk]}


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return bring(tmp_path, export()).archive


def finder() -> Finder:
    return Finder(names=["Grace Hopper"])


def decided(archive: Archive, tmp_path: Path, verdict: Any = "open") -> Path:
    path = tmp_path / "review.json"
    save(redaction.review(archive.path, finder()).decisions(verdict), path)
    return path


def everything(archive: Archive) -> str:
    return json.dumps({r: archive.table(r).to_pylist() for r in redaction.KEPT}, ensure_ascii=False)


def test_nothing_that_was_found_is_left_anywhere_and_the_rest_is_as_it_was(
    archive: Archive, tmp_path: Path
) -> None:
    before = {p: p.read_bytes() for p in archive.path.rglob("*") if p.is_file()}
    path = decided(archive, tmp_path)
    done = redaction.apply(archive.path, path, tmp_path / "clean")
    copy = Archive(done.path)
    assert all(word in everything(archive) for word in SECRET)
    assert not any(word.lower() in everything(copy).lower() for word in SECRET)
    assert done.replaced >= 6
    assert {r: archive.count(r) for r in redaction.KEPT} == {r: copy.count(r) for r in redaction.KEPT}
    texts = copy.table("part")["text"].to_pylist()
    assert any(t and t.startswith("Mail [email ") and t.endswith("], ünï") for t in texts)
    assert {p: p.read_bytes() for p in before} == before
    assert not (copy.path / redaction.KEY).exists()


def test_links_hold_and_no_id_is_one_of_the_archive_s(archive: Archive, tmp_path: Path) -> None:
    copy = Archive(redaction.apply(archive.path, decided(archive, tmp_path), tmp_path / "clean").path)
    nodes = copy.table("node").to_pylist()
    ids = {n["id"] for n in nodes}
    assert {n["parent_id"] for n in nodes} <= ids | {None}
    assert {p["node_id"] for p in copy.table("part").to_pylist()} <= ids
    assert {n["thread_id"] for n in nodes} == set(copy.table("thread")["id"].to_pylist())
    assert {n["source_id"] for n in nodes} == set(copy.table("source")["id"].to_pylist())
    old = {value for r in ("source", "thread", "node") for value in archive.table(r)["id"].to_pylist()}
    assert not any(value in everything(copy) for value in old)


def test_the_copy_is_where_pooling_looks_for_it_and_says_what_was_done(
    archive: Archive, tmp_path: Path
) -> None:
    done = redaction.apply(archive.path, decided(archive, tmp_path))
    assert clean(Archive(archive.path)).path == done.path == archive.path / "redacted"
    assert clean(Archive(done.path)).path == done.path
    said = json.loads((done.path / "redaction.json").read_text())
    assert sum(said["replaced"].values()) == done.replaced
    assert said["replaced"]["email"] >= 3
    assert said["files_left_out"] == 0


def test_what_is_rejected_stays(archive: Archive, tmp_path: Path) -> None:
    done = redaction.apply(archive.path, decided(archive, tmp_path, "reject"), tmp_path / "clean")
    assert done.replaced == 0
    texts = [Archive(done.path).table("part")["text"].to_pylist(), archive.table("part")["text"].to_pylist()]
    assert texts[0] == texts[1]


def test_every_find_stands_where_it_says(archive: Archive) -> None:
    texts = dict(redaction.read(archive.path))
    assert len(texts) == len(list(redaction.read(archive.path))), "no two texts stand at one place"
    review = redaction.review(archive.path, finder())
    assert {f.text for f in review.finds} >= {"ann@example.org", "86.121.97.248", "Grace Hopper"}
    assert all(texts[f.where][f.start : f.end] == f.text for f in review.finds)


def test_an_archive_that_changed_since_is_refused_and_nothing_is_left_behind(
    archive: Archive, tmp_path: Path
) -> None:
    path = decided(archive, tmp_path)
    changed = export()
    changed["conversations.json"][0]["title"] = "Another title"
    changed["conversations.json"][0]["update_time"] = 3.0
    (tmp_path / "newer").mkdir()
    other = bring(tmp_path / "newer", changed).archive
    (other.path / redaction.KEY).write_bytes((archive.path / redaction.KEY).read_bytes())
    with pytest.raises(InputError):
        redaction.apply(other.path, path, tmp_path / "clean")
    assert not (tmp_path / "clean").exists()
    assert not list(tmp_path.glob(".redacting-*"))
    (tmp_path / "clean").mkdir()
    with pytest.raises(InputError):
        redaction.apply(archive.path, path, tmp_path / "clean")


def test_finds_in_a_text_file_are_listed_without_their_values(tmp_path: Path) -> None:
    file = tmp_path / "note.txt"
    file.write_text("ünï: ann@example.org", encoding="utf-8")
    surrogates = Surrogates(redaction.key_of(tmp_path))
    listed = list(redaction.listed(redaction.read(file), finder(), surrogates))
    assert [(f["where"], f["start"], f["end"], f["kind"]) for f in listed] == [("note.txt", 5, 20, "email")]
    assert str(listed[0]["surrogate"]).startswith("[email ")
    assert "ann@" not in json.dumps(listed)
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError):
        list(redaction.read(file))


def test_keys_that_become_one_stay_two() -> None:
    value = {"a@b.example": 1, "A@B.example": 2, "plain": "x"}
    assert redaction._inside(value, "w", lambda where, text: "[email]" if "@" in text else text) == {
        "[email]": 1,
        "[email]'": 2,
        "plain": "x",
    }
