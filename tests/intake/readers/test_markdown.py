"""Markdown: front matter, titles, drafts, and how notes give way to other exports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.intake.readers._front import split
from exports import Brought, bring, same_from_folder

HUGO = """+++
title = "On bees"
date = 2024-02-03T04:05:06+01:00
draft = true
tags = ["bees", "honey"]
[params]
license = "x"
+++
Text of *the* post.
"""
JEKYLL = """---
layout: post
title: "Of: hives"
date: 2024-05-06 07:08:09 +0200
categories: [one, two]
author: Ada
lang: en-GB
license: CC BY 4.0
---

They hum.
"""


def row(tmp_path: Path, text: str | bytes, name: str = "note.md", **options: Any) -> dict[str, Any]:
    (found,) = bring(tmp_path, {name: text}, **options).rows("work")
    return found


def titles(found: Brought) -> list[str]:
    return [w["title"] for w in found.rows("work")]


def test_front_matter_in_yaml(tmp_path: Path) -> None:
    found = row(tmp_path, JEKYLL, "_posts/2024-05-06-hives.md")
    assert (found["title"], found["text"].strip(), found["kind"]) == ("Of: hives", "They hum.", "post")
    assert (found["created_us"], found["time_quality"]) == (1714972089_000_000, "exact")
    assert (found["author"], found["mine"], found["language"]) == ("Ada", False, "en-GB")
    assert found["license"] == "CC-BY-4.0"
    assert json.loads(found["json"])["front"]["categories"] == ["one", "two"]


def test_front_matter_in_toml(tmp_path: Path) -> None:
    found = row(tmp_path, HUGO)
    assert (found["title"], found["visibility"], found["created_us"]) == (
        "On bees",
        "draft",
        1706929506_000_000,
    )
    assert json.loads(found["json"])["front"]["params"] == {"license": "x"}


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# Of bees #\n\nText", "Of bees"),
        ("Words\n\n# Later", "Later"),
        ("```sh\n# a comment\n```\n", "note"),
        ("Only words", "note"),
        ("", "note"),
        ("---\ntitle: ''\n---\n# Heading", "Heading"),
    ],
)
def test_a_title_is_the_first_heading_or_the_name_of_the_file(tmp_path: Path, text: str, title: str) -> None:
    assert row(tmp_path, text)["title"] == title


@pytest.mark.parametrize(
    ("front", "name", "visibility"),
    [
        ("draft: true", "a.md", "draft"),
        ("draft: false", "_drafts/a.md", None),
        ("published: false", "a.md", "draft"),
        ("publish: no", "a.md", "draft"),
        ("title: x", "_drafts/a.md", "draft"),
        ("published: 2024-01-01", "a.md", None),
    ],
)
def test_drafts_are_told(tmp_path: Path, front: str, name: str, visibility: str | None) -> None:
    assert row(tmp_path, f"---\n{front}\n---\ntext", name)["visibility"] == visibility


def test_yaml_is_not_taken_for_more_than_it_says(tmp_path: Path) -> None:
    found = row(tmp_path, "---\ncountry: no\nversion: 1.10\nmixed: [1, yes]\n---\ntext")
    assert json.loads(found["json"])["front"] == {"country": "no", "version": "1.10", "mixed": ["1", "yes"]}


@pytest.mark.parametrize(
    "front",
    [
        "a: [unclosed",
        "a: &x [1]\nb: [*x, *x]",
        "!!python/object/apply:os.system ['true']",
        "just words",
        "{" * 5_000,
        "? [a, b]\n: c",
    ],
)
def test_front_matter_that_cant_be_read_is_kept_as_written_and_listed(tmp_path: Path, front: str) -> None:
    found = bring(tmp_path, {"a.md": f"---\n{front}\n---\ntext"})
    (work,) = found.rows("work")
    assert work["text"] == "text" and json.loads(work["json"])["unread"] == front + "\n"
    assert any("can't be read" in reason for _, reason in found.ledger.losses)


def test_a_rule_of_dashes_is_no_front_matter(tmp_path: Path) -> None:
    text = "Some words\n---\nmore: words\n---\n"
    assert row(tmp_path, text)["text"] == text


def test_notes_that_look_like_other_things_are_notes(tmp_path: Path) -> None:
    files = {
        "a.md": "[link](x) and\n[y]",
        "b.md": "<b>bold</b>",
        "c.md": "one, two\nthree",
        "d.md": b"caf\xe9",
    }
    found = bring(tmp_path, files)
    assert [w["text"] for w in found.rows("work")] == [*list(files.values())[:3], "caf\ufffd"]


def test_pictures_are_kept_and_the_editors_own_files_are_not(tmp_path: Path) -> None:
    png = b"\x89PNG\r\n\x1a\n\x00"
    found = bring(tmp_path, {"a.md": "![](x.png)", "x.png": png, ".obsidian/icon.png": png + b"2"})
    assert [a["path"] for a in found.rows("asset")] == ["x.png"]


def test_a_readme_in_another_export_is_not_swallowed(tmp_path: Path) -> None:
    message = {"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["Hello."]}}
    chat = [{"conversation_id": "c", "mapping": {"a": {"id": "a", "message": message, "parent": None}}}]
    files = {"export/conversations.json": chat, "export/README.md": "# Yours", "notes/a.md": "# Mine"}
    found = bring(tmp_path, files)
    assert titles(found) == ["Mine"] and len(found.rows("thread")) == 1
    assert any("no reader knows" in reason for _, reason in found.ledger.losses)


def test_of_a_thousand_notes_each_is_a_work_in_order(tmp_path: Path) -> None:
    found = bring(tmp_path, {f"n/{i:04d}.md": f"# Note {i}" for i in range(1_000)})
    assert titles(found) == [f"Note {i}" for i in range(1_000)]


def test_a_folder_is_as_good_as_a_zip(tmp_path: Path) -> None:
    same_from_folder(tmp_path, {"a.md": HUGO, "b/c.md": JEKYLL, "b/d.markdown": "# D"})


@given(st.text())
def test_any_text_is_split_without_losing_a_letter(text: str) -> None:
    front, source, after = split(text)
    assert front is not None or source or after == text
    assert text.endswith(after)


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.from_regex(r"[a-z ]{1,20}", fullmatch=True)
    )
)
def test_front_matter_comes_back_as_it_was(values: dict[str, str]) -> None:
    front = "".join(f"{key}: {json.dumps(value)}\n" for key, value in values.items())
    found, _, after = split(f"---\n{front}---\ntext\n")
    assert (found or {}) == values and after == "text\n"
