"""Git: commits with what they added, compared with git's own counts; repositories that would run programs."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from commonweal.intake import Archive, import_export
from commonweal.intake.readers._commits import MOST_TEXT, commits
from commonweal.intake.readers.git import spdx
from exports import brought

HERE = Path(__file__).parents[3]
PEOPLE = {"me": "me@example.org", "Ada Lo": "ada@example.org"}


def run(place: Path, *arguments: str, author: str = "me") -> str:
    who = {"NAME": author, "EMAIL": PEOPLE[author], "DATE": "2024-05-06T07:08:09+02:00"}
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()},
    }
    done = subprocess.run(
        ["git", "-C", str(place), *arguments], env=environment, capture_output=True, check=True
    )
    return done.stdout.decode()


def repository(place: Path) -> Path:
    place.mkdir()
    run(place, "init", "-q", "-b", "main")
    return place


def commit(place: Path, files: dict[str, str | bytes | None], message: str, author: str = "me") -> None:
    for name, content in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
    run(place, "add", "-A")
    run(place, "commit", "-q", "--allow-empty", "--allow-empty-message", "-m", message, author=author)


def works(source: Path, place: Path) -> list[dict[str, Any]]:
    return brought(source, place).rows("work")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return repository(tmp_path / "repo")


def test_a_commit_is_its_message_and_the_lines_that_it_added(repo: Path, tmp_path: Path) -> None:
    commit(repo, {"a.txt": "one\ntwo\n"}, "First\n\nWith a reason.")
    commit(repo, {"a.txt": "one\nTWO\n", "b/c d.txt": "new\n"}, "Second", author="Ada Lo")
    one, two = works(repo, tmp_path / "archive")
    assert (one["title"], one["text"]) == ("First", "First\n\nWith a reason.\n\na.txt\none\ntwo")
    assert two["text"] == "Second\n\na.txt\nTWO\n\nb/c d.txt\nnew"
    assert (one["mine"], two["mine"], two["author"], one["kind"]) == (True, False, "Ada Lo", "commit")
    assert (one["created_us"], one["time_quality"]) == (1714972089_000_000, "exact")
    kept = json.loads(two["json"])
    assert kept["author"]["email"] == "ada@example.org" and kept["parents"] == [one["native_id"]]
    assert kept["files"] == [
        {"path": "a.txt", "added": 1, "removed": 1},
        {"path": "b/c d.txt", "added": 1, "removed": 0},
    ]


def test_a_co_author_has_written_it_too(repo: Path, tmp_path: Path) -> None:
    commit(repo, {"a": "x\n"}, "Both\n\nCo-authored-by: me <other@example.org>\n", author="Ada Lo")
    (row,) = works(repo, tmp_path / "archive")
    assert row["mine"] and json.loads(row["json"])["co_authors"] == [
        {"name": "me", "email": "other@example.org"}
    ]


@pytest.mark.parametrize(
    "content",
    [
        "--- a/x\n+++ b/y\n@@ -1,9 +1,9 @@\ndiff --git a/x b/x\n",
        "no end of line",
        "\n\n\n",
        "a\r\nb\r\n",
        "\\ No newline at end of file\n",
        "+plus\n-minus\n space\n",
    ],
)
def test_content_that_looks_like_a_patch_is_content(repo: Path, tmp_path: Path, content: str) -> None:
    commit(repo, {"a.txt": content, "z.txt": "after\n"}, "x")
    commit(repo, {"a.txt": "changed\n"}, "y")
    commit(repo, {"a.txt": content}, "z")
    first, _, third = works(repo, tmp_path / "archive")
    lines = content.removesuffix("\n")
    assert first["text"] == f"x\n\na.txt\n{lines}\n\nz.txt\nafter"
    assert third["text"] == f"z\n\na.txt\n{lines}"


@pytest.mark.parametrize(
    "name", ["ä ö.txt", 'qu"ote.txt', "tab\tname.txt", "new\nline.txt", "back\\slash", " a b "]
)
def test_names_of_files_come_back_as_they_are(repo: Path, name: str) -> None:
    commit(repo, {name: "x\n"}, "x")
    (found,) = commits(str(repo))
    assert found["files"] == [{"path": name, "added": 1, "removed": 0, "text": "x\n"}]


def test_binary_files_are_listed_and_other_letters_read(repo: Path, tmp_path: Path) -> None:
    commit(repo, {"p.png": b"\x89PNG\x00\x01", "l.txt": b"caf\xe9\n"}, "Pictures")
    (row,) = works(repo, tmp_path / "archive")
    assert row["text"] == "Pictures\n\nl.txt\ncafé"
    assert {"path": "p.png", "added": None, "removed": None} in json.loads(row["json"])["files"]


def test_merges_moves_empty_commits_and_branches(repo: Path, tmp_path: Path) -> None:
    commit(repo, {"a": "1\n2\n3\n"}, "base")
    run(repo, "checkout", "-q", "-b", "side")
    commit(repo, {"b": "side\n"}, "side")
    run(repo, "checkout", "-q", "main")
    commit(repo, {"a": None, "moved": "1\n2\n3\n"}, "moved")
    commit(repo, {}, "empty")
    commit(repo, {}, "")
    run(repo, "merge", "-q", "--no-ff", "-m", "merged", "side")
    run(repo, "branch", "-D", "side")
    run(repo, "checkout", "-q", "-b", "ahead")
    commit(repo, {"c": "ahead\n"}, "ahead")
    run(repo, "checkout", "-q", "main")
    rows = {row["title"]: row for row in works(repo, tmp_path / "archive")}
    assert set(rows) == {"base", "side", "moved", "empty", None, "merged", "ahead"}
    assert rows["moved"]["text"] == "moved\n\nmoved\n1\n2\n3" and rows["merged"]["text"] == "merged"
    assert len(json.loads(rows["merged"]["json"])["parents"]) == 2


def test_no_program_that_a_repository_names_is_run(repo: Path, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    program = tmp_path / "program.sh"
    program.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    program.chmod(0o755)
    commit(repo, {".gitattributes": "* diff=evil filter=evil\n", "a.txt": "words\n"}, "x")
    settings = (
        "core.fsmonitor", "core.pager", "core.sshCommand", "core.askPass", "core.editor", "pager.log",
        "core.alternateRefsCommand", "diff.external", "diff.evil.textconv", "diff.evil.command",
        "gpg.program", "filter.evil.smudge", "filter.evil.clean", "filter.evil.process",
        "credential.helper", "uploadpack.packObjectsHook",
    )  # fmt: skip
    for name in settings:
        run(repo, "config", name, str(program))
    others = {
        "log.showSignature": "true", "core.hooksPath": str(tmp_path), "color.ui": "always",
        "diff.noprefix": "true", "diff.context": "9", "log.diffMerges": "on", "diff.renames": "copies",
        "format.pretty": "oneline", "log.decorate": "full", "i18n.logOutputEncoding": "utf-16",
    }  # fmt: skip
    for name, value in others.items():
        run(repo, "config", name, value)
    rows = works(repo, tmp_path / "archive")
    assert rows[0]["text"] == "x\n\n.gitattributes\n* diff=evil filter=evil\n\na.txt\nwords"
    assert not mark.exists()


def test_a_commit_of_more_than_is_kept_says_so(repo: Path, tmp_path: Path) -> None:
    line = "x" * 1_000_000 + "\n"
    commit(repo, {"big.txt": line * 12, "z.txt": "after\n"}, "big")
    (row,) = brought(repo, tmp_path / "archive").rows("work")
    assert len(row["text"]) <= MOST_TEXT + 100
    ledger = import_export(repo, tmp_path / "again", owner="me")
    assert any("beyond" in reason and n > 3_000_000 for (_, reason), n in ledger.losses.items())


def test_an_empty_repository_is_said_to_be_one(repo: Path, tmp_path: Path) -> None:
    ledger = import_export(repo, tmp_path / "archive", owner="me")
    assert any("git can't read it" in reason for _, reason in ledger.losses)


def test_repositories_below_a_folder_are_found_each(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / "all").mkdir(exist_ok=True)
        commit(repository(tmp_path / "all" / name), {"a": f"{name}\n"}, name)
    assert [r["title"] for r in works(tmp_path / "all", tmp_path / "archive")] == ["one", "two"]


def test_a_newer_state_of_a_repository_adds_its_commits_alone(repo: Path, tmp_path: Path) -> None:
    commit(repo, {"a": "1\n"}, "one")
    import_export(repo, tmp_path / "archive", owner="me")
    commit(repo, {"a": "2\n"}, "two")
    ledger = import_export(repo, tmp_path / "archive", owner="me")
    assert ledger.added["work"] == 1 and ledger.changed["work"] == 0 and not ledger.unchanged


def test_the_licence_is_what_a_plain_file_says(repo: Path, tmp_path: Path) -> None:
    commit(repo, {"LICENSE": (HERE / "LICENSE").read_text()}, "x")
    assert works(repo, tmp_path / "archive")[0]["license"] == "Apache-2.0"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("SPDX-License-Identifier: GPL-3.0-or-later\n", "GPL-3.0-or-later"),
        ("GNU GENERAL PUBLIC LICENSE Version 3, 29 June 2007", None),
        ("All rights reserved.", None),
        ("", None),
    ],
)
def test_a_licence_that_is_not_plain_is_none(text: str, name: str | None) -> None:
    assert spdx(text) == name


@pytest.mark.skipif(not (HERE / ".git").exists(), reason="not in its repository")
def test_this_projects_own_commits_add_up_as_git_counts_them(tmp_path: Path) -> None:
    place = str(HERE)
    found = {c["hash"]: c for c in commits(place)}
    counted = subprocess.run(
        ["git", "-C", place, "log", "--no-renames", "--numstat", "--format=%H", *list(found)[-1:], "--"],
        capture_output=True, text=True, check=True,
    ).stdout.split("\n")  # fmt: skip
    hash_, sums = "", {}
    for line in counted:
        if len(line) == 40 and "\t" not in line:
            hash_ = line
            sums[hash_] = (0, 0)
        elif line and not line.startswith("-"):
            added, removed, _ = line.split("\t", 2)
            sums[hash_] = (sums[hash_][0] + int(added), sums[hash_][1] + int(removed))
    assert sums
    for key, (added, removed) in sums.items():
        files = found[key]["files"]
        assert sum(f["added"] or 0 for f in files) == added, key
        assert sum(f["removed"] or 0 for f in files) == removed, key
        lines = sum(f.get("text", "").count("\n") + (f.get("text", "\n")[-1:] != "\n") for f in files)
        assert lines == added or "\ufffd" in str(files), key


def test_an_archive_tells_whose_commits_they_are(repo: Path, tmp_path: Path) -> None:
    commit(repo, {"a": "1\n"}, "one")
    commit(repo, {"a": "2\n"}, "two", author="Ada Lo")
    import_export(repo, tmp_path / "archive", owner="Ada Lo, ada@example.org")
    rows = Archive(tmp_path / "archive").table("work").to_pylist()
    assert {r["title"]: r["mine"] for r in rows} == {"one": False, "two": True}
