"""`commonweal archive` as people and programs call it: what it prints, writes, and exits with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile

import pyarrow.parquet as pq
import pytest


def export():
    """A small export in the shape of ChatGPT's, with an address in it."""
    said = [
        ("user", "Write to anna@example.org about the kernel panic."),
        ("assistant", "Done, kernel and all."),
    ]
    nodes = {
        f"n{i}": {
            "id": f"n{i}",
            "parent": f"n{i - 1}" if i else None,
            "children": [],
            "message": {"author": {"role": role}, "content": {"content_type": "text", "parts": [text]}},
        }
        for i, (role, text) in enumerate(said)
    }
    return [{"id": "c", "title": "A panic", "create_time": 1_700_000_000, "mapping": nodes}]


@pytest.fixture
def run(tmp_path):
    """Run a command in a folder with `export.zip`; returns (exit status, output, errors)."""
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr("conversations.json", json.dumps(export()))

    def call(*arguments: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-m", "commonweal", "archive", *arguments], cwd=tmp_path,
            capture_output=True, text=True, env={**os.environ, "COLUMNS": "200"},
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    return call


def test_an_export_is_imported_and_its_ledger_printed_for_programs(run):
    status, printed, _ = run("import", "export.zip", "--as", "me", "--out", "a", "--json")
    ledger = json.loads(printed)
    assert status == 0
    counts = {"threads": 1, "nodes": 2, "parts": 2, "works": 0, "assets": 0}
    expected = {"source": "export.zip", "reader": "chatgpt", "losses": [], **counts}
    assert {key: ledger[key] for key in expected} == expected


def test_people_are_told_what_was_found_and_that_nothing_was_lost(run):
    status, printed, _ = run("import", "export.zip", "--as", "me", "--out", "a")
    assert status == 0
    assert "1 conversation, 2 messages, 2 parts" in printed
    assert "Nothing was lost." in printed
    assert "nothing was changed" in run("import", "export.zip", "--as", "me", "--out", "a")[1]


def test_an_archive_is_shown_counted_and_searched(run):
    run("import", "export.zip", "--as", "me", "--out", "a")
    assert "A panic" in run("show", "a")[1]
    assert json.loads(run("stats", "a", "--json")[1])["nodes"] == {"user": 1, "assistant": 1}
    status, printed, _ = run("search", "a", "KERNEL PANIC", "--json")
    hit = json.loads(printed)
    assert (status, hit["found"], hit["title"]) == (0, "kernel panic", "A panic")
    assert "Write to anna" in run("show", "a", "--thread", hit["thread_id"][:8])[1]


def test_words_that_are_nowhere_exit_1(run):
    run("import", "export.zip", "--as", "me", "--out", "a")
    assert run("search", "a", "zebra")[0] == 1


def test_works_go_to_a_table_and_the_next_command_is_named(run, tmp_path):
    run("import", "export.zip", "--as", "me", "--out", "a")
    status, printed, _ = run("pool", "a", "--out", "works.parquet")
    assert status == 0
    assert "Not redacted" in printed
    assert "commonweal appraise works.parquet --owner owner --text text" in printed
    assert pq.read_table(tmp_path / "works.parquet")["owner"].to_pylist() == ["me"]


def test_a_redacted_pool_without_a_redacted_copy_is_refused(run):
    run("import", "export.zip", "--as", "me", "--out", "a")
    status, _, told = run("pool", "a", "--out", "works.parquet", "--redacted")
    assert status == 2
    assert "no redacted copy" in told


def test_what_no_reader_knows_exits_2_with_a_fingerprint_that_holds_nothing_personal(run, tmp_path):
    (tmp_path / "odd.json").write_text(json.dumps({"anna": {"secret": "hush"}, "items": [{"id": "x-17"}]}))
    status, _, told = run("import", "odd.json", "--as", "me", "--out", "a")
    assert status == 2
    assert "no reader knows this" in told
    assert "items array" in told
    assert not any(word in told for word in ("anna", "secret", "hush", "x-17"))


def test_a_folder_that_is_no_archive_exits_2(run):
    assert run("show", ".")[0] == 2


def test_the_formats_are_listed(run):
    status, printed, _ = run("import", "--list-formats")
    assert status == 0
    assert "chatgpt" in printed


def review(tmp_path, decision="accept"):
    """The decisions as the page saves them."""
    from commonweal.intake.redaction import Finder
    from commonweal.intake.redaction.archive import review
    from commonweal.intake.redaction.review import save

    save(review(tmp_path / "a", Finder()).decisions(decision), tmp_path / "review.json")


def test_from_an_export_to_redacted_works_in_three_commands_and_a_look(run, tmp_path):
    run("import", "export.zip", "--as", "me", "--out", "a")
    status, printed, _ = run("redact", "a", "--review", "review.html")
    assert status == 0
    assert "1 find" in printed
    assert (tmp_path / "review.html").stat().st_mode & 0o077 == 0, "for its owner's eyes only"
    review(tmp_path)
    told = json.loads(run("redact", "a", "--apply", "review.json", "--json")[1])
    assert told == {"path": "a/redacted", "replaced": 1, "left_out": []}
    status, printed, _ = run("pool", "a", "--redacted", "--out", "works.parquet")
    assert status == 0
    assert "Not redacted" not in printed
    rows = pq.read_table(tmp_path / "works.parquet").to_pylist()
    assert [r["owner"] for r in rows] == ["me"], "a redacted work keeps its owner"
    assert "anna@example.org" not in rows[0]["text"]
    assert "[email " in rows[0]["text"]


def test_finds_are_printed_for_programs_without_their_values(run, tmp_path):
    (tmp_path / "note.txt").write_text("Mail anna@example.org.")
    status, printed, _ = run("redact", "note.txt", "--json")
    find = json.loads(printed)
    assert status == 0
    assert {k: find[k] for k in ("where", "start", "end", "kind")} == {
        "where": "note.txt", "start": 5, "end": 21, "kind": "email",
    }  # fmt: skip
    assert "anna" not in printed


def test_names_are_found_when_they_are_given(run, tmp_path):
    (tmp_path / "note.txt").write_text("Anna Muster was here.")
    assert json.loads(run("redact", "note.txt", "--name", "Anna Muster", "--json")[1])["kind"] == "person"
    assert run("redact", "note.txt", "--json")[1] == ""


def test_a_text_file_is_redacted_in_one_go_and_never_overwritten(run, tmp_path):
    (tmp_path / "note.txt").write_text("Mail anna@example.org.")
    status, printed, _ = run("redact", "note.txt", "--out", "clean.txt")
    assert status == 0
    assert "nobody has looked through it" in printed
    assert "anna" not in (tmp_path / "clean.txt").read_text()
    assert run("redact", "note.txt", "--out", "clean.txt")[0] == 2


def test_an_archive_is_written_for_another_tool_and_the_friction_told(run, tmp_path):
    run("import", "export.zip", "--as", "me", "--out", "a")
    status, printed, _ = run("switch", "a", "--to", "markdown", "--out", "moved", "--json")
    told = json.loads(printed)
    assert status == 0
    assert (told["target"], told["friction"]) == ("markdown", 0)
    assert list((tmp_path / "moved" / "conversations").glob("*A panic*.md"))
    assert "Friction" in run("switch", "a", "--to", "open-webui", "--out", "moved-2")[1]
    assert run("switch", "a", "--to", "nowhere", "--out", "moved-3")[0] == 2


def test_every_find_is_replaced_at_once_when_nobody_cares_to_look(run, tmp_path):
    run("import", "export.zip", "--as", "me", "--out", "a")
    status, printed, _ = run("redact", "a", "--all")
    assert status == 0
    assert "1 find replaced" in printed
    assert "Nobody has looked through it" in printed
    run("pool", "a", "--redacted", "--out", "works.parquet")
    assert "anna" not in pq.read_table(tmp_path / "works.parquet")["text"].to_pylist()[0]
