"""Formats as common as a README give way to exports; many small files share a batch."""

from __future__ import annotations

from pathlib import Path

from commonweal.intake.reader import Claim, _outside
from exports import bring


def test_what_lies_in_the_folder_of_another_export_or_below_is_left_to_it() -> None:
    notes = Claim(
        read=["a/README.md", "a/b/c.md", "notes/one.md", "ab.md"], assets=["a/x.png", "notes/y.png"]
    )
    kept = _outside(notes, [Claim(read=["a/one.json", "a/b/two.json"])])
    assert (kept.read, kept.assets) == (["notes/one.md", "ab.md"], ["notes/y.png"])


def test_an_export_at_the_root_surrounds_everything() -> None:
    assert not _outside(Claim(read=["x/y.md"]), [Claim(read=["one.json", "deep/two.json"])])


def test_without_another_export_nothing_gives_way() -> None:
    assert _outside(Claim(read=["x/y.md"]), []).read == ["x/y.md"]


def test_many_small_files_become_few_files_of_the_archive(tmp_path: Path) -> None:
    message = {"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["Hello."]}}
    files = {
        f"conversations-{i:03d}.json": [
            {"conversation_id": f"c{i}", "mapping": {"a": {"id": "a", "message": message, "parent": None}}}
        ]
        for i in range(50)
    }
    found = bring(tmp_path, files)
    assert [t["native_id"] for t in found.rows("thread")] == [f"c{i}" for i in range(50)]
    assert len(found.archive.files("thread")) == 1
