"""Claude: old and new bundles, branches, tools, artifacts, memories, projects, design chats."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from exports import NOT_KEPT, Brought, bring, brought, content, laid_out, same_from_folder, survives_anything

EXAMPLES = Path(__file__).resolve().parents[3].parent / "shared" / "fixtures"
ROOT = "00000000-0000-4000-8000-000000000000"


def message(key: str, sender: str, text: str, **more: Any) -> dict[str, Any]:
    return {"uuid": key, "sender": sender, "text": text, "created_at": "2026-03-01T09:00:00.000001Z", **more}


def conversation(*messages: Any, **more: Any) -> dict[str, Any]:
    said = messages or (message("q", "human", "How?"), message("a", "assistant", "So."))
    return {
        "uuid": "c1",
        "name": "A question",
        "summary": "About how.",
        "created_at": "2026-03-01T09:00:00Z",
        "updated_at": "2026-03-01T10:00:00+02:00",
        "account": {"uuid": "person"},
        "chat_messages": list(said),
        **more,
    }


def rich() -> dict[str, Any]:
    blocks = [
        {"type": "thinking", "thinking": "Hm.", "summaries": [{"summary": "s"}], "cut_off": False},
        {"type": "tool_use", "id": "t1", "name": "web_search", "input": {"query": "gears", "n": 3}},
        {
            "type": "tool_result",
            "tool_use_id": "t1",
            "name": "web_search",
            "is_error": False,
            "content": [
                {"type": "knowledge", "title": "Gears", "url": "https://example.org", "text": "Teeth."},
                {"type": "local_resource", "name": "g.png", "file_uuid": "f9", "mime_type": "image/png"},
            ],
        },
        {
            "type": "tool_use",
            "id": None,
            "name": "artifacts",
            "input": {
                "id": "gear",
                "type": "text/markdown",
                "command": "create",
                "content": "# Gear\n",
                "version_uuid": "v1",
            },
        },
        {
            "type": "text",
            "text": "Here it is.",
            "citations": [{"uuid": "z", "start_index": 0, "details": {"url": "https://example.org/a"}}],
            "start_timestamp": "2026-03-01T09:00:01Z",
        },
        {"type": "of_tomorrow", "more": {"x": 1}},
    ]
    files = {
        "attachments": [
            {"file_name": "n.txt", "file_size": 4, "file_type": "txt", "extracted_content": "note"}
        ],
        "files": [{"file_name": "p.jpg", "file_uuid": "f1"}],
    }
    return conversation(
        message("q", "human", "Look.", parent_message_uuid=ROOT, content=[], **files),
        message("a", "assistant", "Here it is.", parent_message_uuid="q", content=blocks),
        uuid="c2",
    )


def kinds(found: Brought) -> list[str]:
    order = {n["id"]: n["seq"] for n in found.rows("node")}
    return [p["kind"] for p in sorted(found.rows("part"), key=lambda p: (order[p["node_id"]], p["ix"]))]


def test_a_conversation_without_links_is_a_chain_and_times_are_in_utc(tmp_path: Path) -> None:
    found = bring(tmp_path, {"conversations.json": [conversation()]})
    assert found.said("user") == ["How?"]
    assert found.active() == ["How?", "So."]
    thread = found.rows("thread")[0]
    assert thread["updated_us"] == 1_772_352_000_000_000
    assert json.loads(thread["json"]) == {"summary": "About how.", "account": {"uuid": "person"}}


def test_branches_are_kept_and_the_last_written_is_shown(tmp_path: Path) -> None:
    raw = conversation(
        message("q", "human", "How?", parent_message_uuid=ROOT),
        message("a1", "assistant", "First.", parent_message_uuid="q"),
        message("a2", "assistant", "Second.", parent_message_uuid="q"),
    )
    found = bring(tmp_path, {"c.json": [raw]})
    assert found.said() == ["How?", "First.", "Second."]
    assert found.active() == ["How?", "Second."]
    assert found.ledger.losses == {}


def test_the_message_that_a_browser_shows_last_ends_the_path(tmp_path: Path) -> None:
    raw = conversation(
        message("q", "human", "How?", parent_message_uuid=ROOT),
        message("a1", "assistant", "First.", parent_message_uuid="q"),
        message("a2", "assistant", "Second.", parent_message_uuid="q"),
        current_leaf_message_uuid="a1",
        model="some-model",
    )
    found = bring(tmp_path, {"chat.json": raw})
    assert found.active() == ["How?", "First."]
    assert found.rows("thread")[0]["model"] == "some-model"


def test_each_block_becomes_a_part_of_its_kind(tmp_path: Path) -> None:
    found = bring(tmp_path, {"c.json": [rich()]})
    assert kinds(found) == [
        "text", "file", "image",
        "thinking", "tool_call", "tool_result", "image", "artifact", "text", "citation", "other",
    ]  # fmt: skip
    parts = {p["kind"]: p for p in found.rows("part")}
    assert parts["tool_call"]["text"] == "gears"
    assert parts["tool_call"]["call_id"] == parts["tool_result"]["call_id"] == "t1"
    assert parts["tool_result"]["text"] == "Teeth."
    assert (parts["artifact"]["text"], parts["artifact"]["mime"]) == ("# Gear\n", "text/markdown")
    assert parts["file"]["text"] == "note"
    assert parts["citation"]["text"] == "https://example.org/a"
    assert any("not in the export" in reason for _, reason in found.ledger.losses)


def test_text_that_its_blocks_repeat_is_kept_once_and_other_text_stays(tmp_path: Path) -> None:
    block = {"type": "text", "text": "So."}
    twice = message("a", "assistant", " So.\n", content=[block])
    differs = message("b", "assistant", "Not so.", content=[block])
    several = message("c", "assistant", "So.\n\nThus.", content=[block, {"type": "text", "text": "Thus."}])
    found = bring(tmp_path, {"c.json": [conversation(twice, differs, several)]})
    assert found.said() == ["So.", "So.", "So.", "Thus."]
    kept = [json.loads(n["json"]) for n in found.rows("node")]
    assert ["text" in k for k in kept] == [False, True, True]


def test_null_messages_are_listed_and_what_is_no_message_is_kept(tmp_path: Path) -> None:
    raw = conversation(None, message("q", "human", "Still here."), "stray")
    found = bring(tmp_path, {"c.json": [raw]})
    assert found.said() == ["Still here.", "stray"]
    assert found.ledger.counts["nodes_lost"] == 1


PROJECT = {
    "uuid": "p1",
    "name": "Clockwork",
    "description": "Of gears.",
    "prompt_template": "Be exact.",
    "creator": {"uuid": "person", "full_name": "A. Smith"},
    "created_at": "2026-01-01T00:00:00Z",
    "docs": [{"uuid": "d1", "filename": "g.md", "content": "Teeth.", "created_at": "2026-01-02T00:00:00Z"}],
}
MEMORIES = {
    "conversations_memory": "Builds clocks.",
    "project_memories": {"p1": "Prefers brass.", "p2": "Unnamed."},
    "account_uuid": "person",
    "memory_files": [{"path": "/work.md", "content": "A smith.", "updated_at": "2026-02-01T00:00:00Z"}],
}


def test_projects_become_instructions_and_documents_and_memories_carry_their_names(tmp_path: Path) -> None:
    for files in (
        {"projects.json": [PROJECT], "memories.json": [MEMORIES]},
        {"projects/p1.json": PROJECT, "memories/person.json": MEMORIES},
    ):
        place = tmp_path / str(len(list(tmp_path.iterdir())))
        place.mkdir()
        found = bring(place, {"conversations.json": [conversation()], **files})
        assert {(m["scope"], m["kind"], m["text"]) for m in found.rows("memory")} == {
            ("Clockwork", "instruction", "Be exact."),
            ("Clockwork", "project_doc", "Teeth."),
            ("account", "fact", "Builds clocks."),
            ("Clockwork", "fact", "Prefers brass."),
            ("p2", "fact", "Unnamed."),
            ("account", "fact", "A smith."),
        }


DESIGN = {
    "uuid": "d1",
    "title": "Face",
    "project": {"uuid": "x", "name": "Clock"},
    "messages": [
        {
            "uuid": "m1",
            "role": "user",
            "content": {"content": "Draw it.", "authorName": "A. Smith", "attachments": []},
            "created_at": "2026-03-01T09:00:00Z",
        },
        {
            "uuid": "m2",
            "role": "assistant",
            "content": {
                "contentBlocks": [
                    {"type": "thinking", "text": "Round."},
                    {
                        "type": "tool_call",
                        "toolCall": {
                            "id": "k",
                            "name": "write_file",
                            "input": {"path": "f.html", "content": "<b>"},
                            "output": "ok",
                        },
                    },
                    {"type": "text", "text": "Drawn."},
                ],
                "timestamp": "2026-03-01T09:00:05Z",
            },
        },
    ],
}


def bundle(folder: Path) -> Path:
    """Write an export of 2026: a manifest, and a ZIP for each kind."""
    folder.mkdir()
    users = [{"uuid": "person", "full_name": "A. Smith", "email_address": "a@example.org"}]
    artifact = {"versions": [{"id": "v1", "title": "Clock"}], "owner_account": "person"}
    zips: dict[str, dict[str, Any]] = {
        "conversations-000.zip": {"conversations.json": [conversation()]},
        "design_chats-000.zip": {"design_chats/d1.json": DESIGN},
        "light_metadata-000.zip": {
            "users.json": users,
            "login_history.json": [{"ip": "192.0.2.1", "at": "2026-03-01"}],
        },
        "frames-000.zip": {
            "artifacts/a1/artifact.json": artifact,
            "artifacts/a1/versions/v1/index.html": "<p>tick</p>",
            "artifacts/a1/comments.json": [{"comments": [{"body": "Nice.", "author": {"uuid": "other"}}]}],
        },
    }
    for name, files in zips.items():
        with zipfile.ZipFile(folder / name, "w") as archive:
            for path, value in files.items():
                archive.writestr(path, content(value))
    listed = [
        {"category": n, "filename": n, "export_url": "https://example.org/"} for n in [*zips, "m-000.zip"]
    ]
    return laid_out({"manifest-1.json": {"created_at": "2026-03-02", "data_files": listed}}, folder)


def test_the_bundle_of_2026_is_one_export_and_what_its_manifest_lists_in_vain_is_told(
    tmp_path: Path,
) -> None:
    found = brought(bundle(tmp_path / "bundle"), tmp_path / "archive")
    assert found.said() == ["How?", "So.", "Draw it.", "Round.", "<b>", "ok", "Drawn."]
    assert [t["title"] for t in found.rows("thread")] == ["A question", "Face"]
    assert len(found.rows("asset")) == 2, "the artifact and its version"
    reasons = dict(found.ledger.losses)
    assert sum("--include logins" in reason for _, reason in reasons) == 2
    assert sum("--include messages" in reason for _, reason in reasons) == 1
    assert [reason for _, reason in reasons if "m-000.zip" in reason] == [
        "links for one download, which are used up; of the files that it lists, these are not here: m-000.zip"
    ]
    asked = brought(tmp_path / "bundle", tmp_path / "asked", include=["logins", "messages"])
    assert len(asked.rows("asset")) == 5


def test_an_object_around_the_conversations_is_read_as_a_stream_with_its_other_keys(tmp_path: Path) -> None:
    files = {"c.json": {"conversations": [conversation(), conversation(uuid="c2")]}}
    same_from_folder(tmp_path, files)
    assert len(bring(tmp_path, files).rows("thread")) == 2


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the examples are not here")
def test_the_examples_of_others_are_read_with_nothing_unaccounted_for(tmp_path: Path) -> None:
    examples = [
        "bot-knows/Snezhana__bot-knows/tests/fixtures/claude_export.json",
        "chatlectify/0x1Adi__chatlectify/tests/fixtures/claude_export.json",
        "gemini/Sinity__polylogue/tests/fixtures/origin-capability/claude-ai-export.json",
        "gemini/Sinity__polylogue/tests/fixtures/origin-capability/claude-design-session.json",
        "claude/Sinity__polylogue/polylogue/schemas/providers/claude-ai/representatives/sample-00.json",
        "claude/Sinity__polylogue/polylogue/schemas/providers/claude-ai/representatives/sample-01.json",
    ]
    for number, example in enumerate(examples):
        found = brought(EXAMPLES / example, tmp_path / str(number))
        assert found.ledger.reader == "claude"
        assert found.rows("node")
        assert found.ledger.to_json()["unread"] == 0
        assert not any(reason == NOT_KEPT for _, reason in found.ledger.losses)


@pytest.mark.parametrize("kind", ["conversations", "design", "projects", "memories"])
def test_any_spoilt_key_is_survived_with_every_value_accounted_for(tmp_path: Path, kind: str) -> None:
    values = {
        "conversations": [rich(), conversation(uuid="c3")],
        "design": DESIGN,
        "projects": [PROJECT, {**PROJECT, "uuid": "p2"}],
        "memories": [MEMORIES],
    }
    survives_anything(tmp_path, values[kind], "c.json")
