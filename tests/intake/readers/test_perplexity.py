"""Perplexity: entries, turns, and three kinds of Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from exports import bring, same_from_folder, survives_anything


def entries() -> dict[str, Any]:
    sources = {"rows": [{"web_result": {"name": "Gears", "url": "https://example.org"}, "citation": 1}]}
    entry = {
        "uuid": "e1",
        "context_uuid": "t1",
        "thread_title": "A question",
        "query_str": "How?",
        "display_model": "the-model",
        "entry_created_datetime": "2026-03-01T09:00:00.5",
        "blocks": [
            {"intended_usage": "plan", "plan_block": {"goals": [{"id": "0", "description": "Look."}]}},
            {
                "intended_usage": "ask_text",
                "markdown_block": {"answer": "So it is.", "chunks": ["So ", "it is."]},
            },
            {"intended_usage": "sources_answer_mode", "sources_mode_block": sources},
            {"intended_usage": "of_tomorrow", "x": 7},
        ],
        "related_queries": ["Why?"],
    }
    return {"status": "success", "entries": [entry, {**entry, "uuid": "e2", "query_str": "Why?"}]}


def turns() -> dict[str, Any]:
    turn = {
        "uuid": "e1",
        "query": "How?",
        "answer": "So.",
        "model": "the-model",
        "timestamp": "2026-03-01T09:00:00Z",
        "sources": [{"title": "Gears", "url": "https://example.org"}],
    }
    about = {"thread_id": "t1", "thread_title": "A question", "exported_at": "2026-03-02"}
    return {"metadata": about, "conversations": [turn]}


SERVICE = """<img src="https://r2cdn.perplexity.ai/pplx-full-logo-primary-dark%402x.png" style="height:64px"/>

# How?

So it is.[^1_1]

```
---

# a comment, no question
```

<div align="center">⁂</div>

[^1_1]: https://example.org/a

---

# Why?
with a second line

Thus.
"""
SAVED = """# A question, and more

Source: [Perplexity](https://www.perplexity.ai/search/t1)
Extracted: 2026-03-01T09:00:00.000Z
Exported with [Save my Chatbot](https://save.example.org)!

---

## Message

How?

## Answer

So it is.

## Sources

- [Gears](https://example.org)

## Message

Why?

## Answer

Thus.
"""
PERPLEXPORT = """---
URL: https://www.perplexity.ai/search/t1
Last updated: 2026-03-01T09:00:00
---

# Me

How?

---

# Perplexity

So it is.

---

# Me

Why?

---

# Perplexity

Thus.
"""


def test_entries_are_questions_and_answers_with_their_sources(tmp_path: Path) -> None:
    found = bring(tmp_path, {"json/a.json": entries()})
    assert found.said("user") == ["How?", "Why?"]
    assert [n["role"] for n in found.rows("node")] == ["user", "assistant"] * 2
    assert found.active()[:4] == ["How?", "Look.", "So it is.", "Gears"]
    assert found.rows("node")[1]["model"] == "the-model"
    assert found.rows("thread")[0]["title"] == "A question"
    assert {p["kind"] for p in found.rows("part")} == {"text", "thinking", "citation", "tool_result", "other"}
    assert found.ledger.losses == {}


def test_turns_with_metadata_are_read(tmp_path: Path) -> None:
    found = bring(tmp_path, {"a.json": turns()})
    assert found.said() == ["How?", "So.", "Gears"]
    assert found.rows("node")[0]["created_us"] == 1_772_355_600_000_000


def test_the_services_own_markdown_is_parted_at_its_headings_and_not_in_code(tmp_path: Path) -> None:
    found = bring(tmp_path, {"thread.md": SERVICE})
    assert found.said("user") == ["How?", "Why?"]
    answers = found.said("assistant")
    assert "# a comment, no question" in answers[0]
    assert answers[1] == "https://example.org/a"
    assert answers[2] == "with a second line\n\nThus."
    assert found.ledger.losses == {}


@pytest.mark.parametrize("text", [SAVED, PERPLEXPORT], ids=["saved", "perplexport"])
def test_the_markdown_of_tools_is_parted_by_who_speaks(tmp_path: Path, text: str) -> None:
    found = bring(tmp_path, {"thread.md": text})
    assert found.said("user") == ["How?", "Why?"]
    answers = [a for a in found.said("assistant") if "Gears" not in a]
    assert answers == ["So it is.", "Thus."]
    assert found.rows("thread")[0]["native_id"] == "https://www.perplexity.ai/search/t1"
    assert found.ledger.losses == {}


def test_every_line_of_markdown_is_kept(tmp_path: Path) -> None:
    for number, text in enumerate((SERVICE, SAVED, PERPLEXPORT)):
        place = tmp_path / str(number)
        place.mkdir()
        found = bring(place, {"thread.md": text})
        kept = "\n".join([*(t or "" for t in found.said()), str(found.rows("thread")[0]["json"])])
        marks = ("#", "---", "[^")
        for line in filter(None, map(str.strip, text.split("\n"))):
            assert line.startswith(marks) or line.replace('"', '\\"') in kept or line in kept, line


def test_files_of_other_services_are_not_taken(tmp_path: Path) -> None:
    files = {
        "thread.md": SERVICE,
        "other.md": SAVED.replace("Perplexity", "Claude"),
        "notes.md": "# Me\n\nHello.\n",
    }
    found = bring(tmp_path, files)
    assert len(found.rows("thread")) == 1
    assert found.ledger.counts["files_lost"] == 2
    place = tmp_path / "folder"
    place.mkdir()
    same_from_folder(place, files)


@pytest.mark.parametrize("form", ["entries", "turns"])
def test_any_spoilt_key_is_survived_with_every_value_accounted_for(tmp_path: Path, form: str) -> None:
    survives_anything(tmp_path, {"entries": entries(), "turns": turns()}[form], "a.json")
