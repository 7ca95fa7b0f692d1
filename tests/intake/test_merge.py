"""Imports that follow one another, that are cut off, that come at once."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chats import chat, export
from commonweal.errors import InputError
from commonweal.intake import Archive, Ledger, import_export
from commonweal.intake.changes import alone
from commonweal.intake.relations import RELATIONS

A = chat("a", "hello", "good day", "how are you", at=0)
B = chat("b", "tides", "the moon", at=1_000)
C = chat("c", "bread", "flour", at=2_000)


def bring(tmp_path: Path, *chats: Any, owner: str = "me", place: str = "archive", **files: bytes) -> Ledger:
    source = export(tmp_path / "export.zip", *chats, **files)
    return import_export(source, tmp_path / place, owner=owner)


def table(tmp_path: Path, relation: str, place: str = "archive") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = Archive(tmp_path / place).table(relation).to_pylist()
    return rows


def content(
    tmp_path: Path, place: str = "archive", *, but: tuple[str, ...] = ("loss", "source")
) -> dict[str, Any]:
    """All rows, without what tells which import brought them."""
    return {
        name: sorted(
            json.dumps({k: v for k, v in row.items() if k not in ("source_id", "seq")}, sort_keys=True)
            for row in table(tmp_path, name, place)
        )
        for name in RELATIONS
        if name not in but
    }


def held(tmp_path: Path) -> dict[str, bytes]:
    return _files(tmp_path / "archive")


def _files(place: Path) -> dict[str, bytes]:
    return {str(p.relative_to(place)): p.read_bytes() for p in place.rglob("*") if p.is_file()}


def vanished(tmp_path: Path) -> set[str]:
    gone = {row["id"] for row in table(tmp_path, "vanished")}
    return {t["native_id"] for t in table(tmp_path, "thread") if t["id"] in gone}


def test_an_export_imported_again_changes_no_byte_and_leaves_nothing_behind(tmp_path: Path) -> None:
    bring(tmp_path, A, B)
    before = held(tmp_path)
    assert not [name for name in before if name.startswith(".")]
    assert bring(tmp_path, A, B).unchanged
    assert held(tmp_path) == before


def test_a_newer_export_adds_what_is_new(tmp_path: Path) -> None:
    bring(tmp_path, A)
    ledger = bring(tmp_path, A, B)
    assert (ledger.added["thread"], ledger.added["node"], ledger.note) == (1, 2, "")
    assert not ledger.changed.total() + ledger.vanished.total() + ledger.back.total()
    bring(tmp_path, A, B, place="at-once")
    assert content(tmp_path) == content(tmp_path, "at-once")


def test_a_newer_export_replaces_what_changed(tmp_path: Path) -> None:
    bring(tmp_path, A, B)
    longer = chat("a", "hello", "good day", "how are you", "well", at=5_000, title="Renamed")
    for ix in range(3):
        longer["mapping"][f"a-{ix}"]["message"]["create_time"] = A["mapping"][f"a-{ix}"]["message"][
            "create_time"
        ]
    ledger = bring(tmp_path, longer, B)
    assert ledger.added["node"] == 1
    assert ledger.changed["thread"] == 1
    bring(tmp_path, longer, B, place="at-once")
    assert content(tmp_path) == content(tmp_path, "at-once")


def test_a_message_whose_parts_alone_changed_is_replaced_with_them(tmp_path: Path) -> None:
    """Here a picture that the first export named and did not hold."""
    picture = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-abc", "width": 1}
    with_picture = chat("a", "look", "I see")
    with_picture["mapping"]["a-0"]["message"]["content"]["parts"] = ["look", picture]
    with_picture["mapping"]["a-0"]["message"]["content"]["content_type"] = "multimodal_text"
    bring(tmp_path, with_picture)
    assert [p["asset_id"] for p in table(tmp_path, "part")] == [None] * 3
    ledger = bring(tmp_path, with_picture, **{"file-abc_png": b"\x89PNG"})
    assert ledger.changed["node"] == 1
    assert len(table(tmp_path, "part")) == 3
    assert sum(p["asset_id"] is not None for p in table(tmp_path, "part")) == 1


def test_what_a_newer_export_lacks_is_kept_and_marked_and_unmarked_when_it_is_back(tmp_path: Path) -> None:
    bring(tmp_path, A, B)
    ledger = bring(tmp_path, B, C)
    assert ledger.vanished["thread"] == 1
    assert vanished(tmp_path) == {"a"}
    assert {t["native_id"] for t in table(tmp_path, "thread")} == {"a", "b", "c"}
    again = bring(tmp_path, B, C)
    assert again.unchanged
    ledger = bring(tmp_path, A, B, C)
    assert (ledger.back["thread"], ledger.back["node"]) == (1, 3)
    assert vanished(tmp_path) == set()
    assert not ledger.unchanged


def test_an_older_export_only_adds(tmp_path: Path) -> None:
    newer = chat("a", "hello", at=0, title="Renamed")
    bring(tmp_path, newer, B, C)
    before = content(tmp_path)
    older = chat("a", "hello", at=0, title="As it was")
    ledger = bring(tmp_path, older, B)
    assert "older than what the archive holds" in ledger.note
    assert "older" in Archive(tmp_path / "archive").sources()[-1]["ledger"]["note"]
    assert content(tmp_path) == before
    ledger = bring(tmp_path, chat("z", "deleted since", at=10), B)
    assert ledger.added["thread"] == 1
    assert vanished(tmp_path) == set()


def test_an_older_export_does_not_bring_back_what_vanished_since(tmp_path: Path) -> None:
    bring(tmp_path, A, B)
    bring(tmp_path, B, C)
    before = held(tmp_path)
    assert bring(tmp_path, A, B).unchanged
    assert held(tmp_path) == before
    assert vanished(tmp_path) == {"a"}


def test_an_export_that_shares_nothing_is_another_one(tmp_path: Path) -> None:
    bring(tmp_path, A)
    ledger = bring(tmp_path, B)
    assert "shares nothing" in ledger.note
    assert vanished(tmp_path) == set()


def test_other_owners_and_formats_are_left_alone(tmp_path: Path) -> None:
    bring(tmp_path, A, B, **{"file-abc_png": b"\x89PNG"})
    (tmp_path / "blog").mkdir()
    (tmp_path / "blog" / "post.md").write_text("# Tides\n\nThe moon.\n")
    import_export(tmp_path / "blog", tmp_path / "archive", owner="me")
    before = {name: table(tmp_path, name) for name in RELATIONS}
    ledger = bring(tmp_path, B, C, owner="you", **{"file-abd_png": b"\x89PNG"})
    assert ledger.added["thread"] == 2
    assert ledger.note == ""
    for name, rows in before.items():
        after = table(tmp_path, name)
        assert all(row in after for row in rows), name
    assert vanished(tmp_path) == set()


def test_a_conversation_that_an_export_holds_twice_is_kept_once_and_listed(tmp_path: Path) -> None:
    ledger = bring(tmp_path, A, A, chat("b", "tides"), chat("b", "tides", title="Another title"))
    assert [len(table(tmp_path, name)) for name in ("thread", "node", "part")] == [2, 4, 4]
    assert ledger.losses["thread", "the same row twice in one export: kept once"] == 1
    assert ledger.losses["thread", "two contents of one id in an export: the first is kept"] == 1
    assert {t["title"] for t in table(tmp_path, "thread")} == {"About a", "About b"}


chats = st.lists(
    st.tuples(st.sampled_from("abcd"), st.integers(1, 3), st.sampled_from(["t", "u"])),
    max_size=4,
    unique_by=lambda c: c[0],
)


@given(st.lists(chats, min_size=1, max_size=4))
@settings(max_examples=25)
def test_an_archive_holds_all_that_ever_was_and_marks_what_the_last_export_lacks(
    tmp_path_factory: pytest.TempPathFactory, exports: list[list[tuple[str, int, str]]]
) -> None:
    """Against a definition that knows nothing of files: a dictionary of what was seen."""
    tmp_path = tmp_path_factory.mktemp("series")
    ever: dict[str, str] = {}
    gone: set[str] = set()
    imported = False
    for number, chosen in enumerate(exports):
        now = {key: title for key, _, title in chosen} | {"always": str(number)}
        made = [chat(key, *["x"] * n, at=0, title=title) for key, n, title in chosen]
        ledger = bring(tmp_path, *made, chat("always", "x", at=number + 5, title=str(number)))
        assert ledger.note == ""
        assert ledger.added["thread"] == len(set(now) - set(ever))
        assert ledger.back["thread"] == len(set(now) & gone)
        ever |= now
        gone = set(ever) - set(now)
        imported = True
    assert imported
    assert {t["native_id"]: t["title"] for t in table(tmp_path, "thread")} == ever
    assert vanished(tmp_path) == gone
    nodes = {n["id"] for n in table(tmp_path, "node")}
    assert {p["node_id"] for p in table(tmp_path, "part")} == nodes
    assert len(table(tmp_path, "part")) == len(nodes)


@pytest.mark.parametrize("before", [False, True], ids=["first", "next"])
def test_an_import_killed_at_any_step_is_undone_or_finished(tmp_path: Path, before: bool) -> None:
    picture = {"file-abc_png": b"\x89PNG"}
    if before:
        export(tmp_path / "old.zip", A, B, chat("d", "gone"))
    export(tmp_path / "new.zip", chat("a", "hello", "new", at=0, title="Renamed"), B, C, **picture)
    done = subprocess.run(
        [sys.executable, str(Path(__file__).parents[1] / "killed.py"), str(tmp_path)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert sum(ended == 9 for ended, *_ in told) >= 20, "it was killed at many steps"
    assert told[-1][0] == 0, "and at last not"
    for step, (ended, opens, same, left) in enumerate(told):
        assert same, f"killed at step {step}, imported again: other rows than an undisturbed import gives"
        assert opens or not before, f"killed at step {step}: the archive does not open"
        assert left == [], f"killed at step {step}: {left} stays"
        assert ended in (0, 9)


def test_a_second_import_at_the_same_time_is_refused(tmp_path: Path) -> None:
    bring(tmp_path, A)
    before = held(tmp_path)
    with alone(tmp_path / "archive"):
        with pytest.raises(InputError, match="another import into this archive is under way"):
            bring(tmp_path, A, B)
        assert Archive(tmp_path / "archive").count("thread") == 1, "reading goes on"
    assert held(tmp_path) == before
    assert bring(tmp_path, A, B).added["thread"] == 1


def test_a_second_process_is_refused_while_a_first_one_imports(tmp_path: Path) -> None:
    bring(tmp_path, A)
    work = (
        "import sys\nfrom pathlib import Path\nfrom commonweal.intake.changes import alone\n"
        "with alone(Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    place = str(tmp_path / "archive")
    with subprocess.Popen(
        [sys.executable, "-c", work, place], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(InputError, match="under way"):
            bring(tmp_path, A, B)
        other.kill()
        other.wait()
    assert bring(tmp_path, A, B).added["thread"] == 1, "a process that was killed holds nothing"


def test_an_archive_in_the_export_itself_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "conversations.json").write_text(json.dumps([A]))
    for place in (folder, folder / "archive", folder / "in" / "archive"):
        with pytest.raises(InputError, match="would lie in the export"):
            import_export(folder, place, owner="me")
    assert sorted(p.name for p in folder.iterdir()) == ["conversations.json"]


def test_what_no_reader_knows_leaves_no_archive(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (tmp_path / "x.bin").write_bytes(b"\x00\x01")
        with pytest.raises(InputError, match="no reader knows this"):
            import_export(tmp_path / "x.bin", tmp_path / "archive", owner="me")
    assert not (tmp_path / "archive").exists()


@pytest.mark.parametrize("jobs", [1, 2])
def test_rows_and_bytes_do_not_depend_on_the_number_of_jobs(
    tmp_path: Path, jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commonweal.intake.ingest.BATCH_BYTES", 5_000)
    many = [chat(f"k{i}", *[f"text {i} {j}" for j in range(6)], at=i) for i in range(60)]
    source = export(tmp_path / "export.zip", *many, {"mapping": "spoilt"}, None, 7)
    import_export(source, tmp_path / "one", owner="me", jobs=1)
    import_export(source, tmp_path / "two", owner="me", jobs=jobs)
    one, two = (_files(tmp_path / name) for name in ("one", "two"))
    assert len(one) > 20
    for files in (one, two):
        files.pop("source/000000.parquet")  # holds the moment of import
    assert one == two


def test_rows_do_not_depend_on_the_seed_of_hashes(tmp_path: Path) -> None:
    source = export(tmp_path / "export.zip", A, B, A, {"mapping": {"x": None}, "y": {"z": 1}}, None)
    export(tmp_path / "newer.zip", B, C)
    work = (
        "import sys\nfrom commonweal.intake import import_export\n"
        "for source in sys.argv[2:]: import_export(source, sys.argv[1], owner='me')\n"
    )
    found = []
    for seed in ("0", "1", "4242"):
        place = tmp_path / seed
        subprocess.run(
            [sys.executable, "-c", work, str(place), str(source), str(tmp_path / "newer.zip")],
            check=True,
            env={"PYTHONHASHSEED": seed},
        )
        found.append({name: data for name, data in _files(place).items() if name[:6] != "source"})
    assert found[0] == found[1] == found[2]
