"""ChatGPT: shards, branches, content types, instructions, and the traps of its exports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from exports import bring, brought, same_from_folder, survives_anything

FIXTURES = Path(__file__).parents[4] / "shared/fixtures"


def message(role: str, *parts: Any, kind: str = "text", **more: Any) -> dict[str, Any]:
    return {"author": {"role": role}, "content": {"content_type": kind, "parts": list(parts)}, **more}


def node(key: str, parent: str | None, value: Any, *children: str) -> dict[str, Any]:
    return {"id": key, "parent": parent, "children": list(children), "message": value}


def conversation(**more: Any) -> dict[str, Any]:
    nodes = [
        node("client-created-root", None, None, "q"),
        node("q", "client-created-root", message("user", "How?", create_time=1756000001.5), "a1", "a2"),
        node("a1", "q", message("assistant", "First answer.", metadata={"model_slug": "m-1"})),
        node("a2", "q", message("assistant", "Second answer.")),
    ]
    return {
        "conversation_id": "c1",
        "id": "c1",
        "title": "A question",
        "create_time": 1756000000.25,
        "update_time": "1756000009",
        "current_node": "a2",
        "mapping": {n["id"]: n for n in nodes},
        **more,
    }


def test_every_branch_is_kept_and_the_one_that_is_shown_is_marked(tmp_path: Path) -> None:
    found = bring(tmp_path, {"conversations.json": [conversation()]})
    assert found.said() == ["How?", "First answer.", "Second answer."]
    assert found.active() == ["How?", "Second answer."]
    assert found.rows("thread")[0]["updated_us"] == 1756000009_000_000
    assert [n["created_us"] for n in found.rows("node")] == [None, 1756000001_500_000, None, None]


def test_shards_are_one_export_and_a_folder_is_as_good_as_a_zip(tmp_path: Path) -> None:
    files = {
        "conversations-000.json": [conversation()],
        "conversations-001.json": [conversation(conversation_id="c2", id="c2", title="Another")],
    }
    same_from_folder(tmp_path, files)
    assert [t["title"] for t in bring(tmp_path, files).rows("thread")] == ["A question", "Another"]


def test_the_path_is_found_upwards_where_child_links_and_the_current_node_are_missing(tmp_path: Path) -> None:
    raw = conversation()
    del raw["current_node"]
    for value in raw["mapping"].values():
        value.pop("children")
    assert bring(tmp_path, {"c.json": [raw]}).active() == ["How?", "Second answer."]


def test_a_missing_parent_is_taken_from_the_node_that_lists_the_child(tmp_path: Path) -> None:
    raw = conversation()
    raw["mapping"]["q"]["children"] = ["a1", "a2"]
    del raw["mapping"]["a2"]["parent"]
    assert bring(tmp_path, {"c.json": [raw]}).active() == ["How?", "Second answer."]


def test_a_circle_of_links_is_cut_and_listed(tmp_path: Path) -> None:
    raw = conversation()
    raw["mapping"]["client-created-root"]["parent"] = "a2"
    found = bring(tmp_path, {"c.json": [raw]})
    assert len(found.rows("node")) == 4
    assert any("circle" in reason for _, reason in found.ledger.losses)


def test_one_bad_conversation_costs_only_itself_and_is_kept_whole(tmp_path: Path) -> None:
    found = bring(
        tmp_path, {"c.json": [conversation(), 17, None, conversation(id="c3", conversation_id="c3")]}
    )
    assert [t["kind"] for t in found.rows("thread")] == ["chat", "unread", "unread", "chat"]
    assert [t["json"] for t in found.rows("thread")][1:3] == ["17", "null"]
    assert found.ledger.to_json()["unread"] == 2


def test_custom_instructions_are_memories_and_not_words_of_the_user(tmp_path: Path) -> None:
    raw = conversation()
    context = {
        "content_type": "user_editable_context",
        "user_profile": "A smith.",
        "user_instructions": "Be brief.",
    }
    raw["mapping"]["q"]["message"] = {"author": {"role": "user"}, "content": context, "metadata": {}}
    found = bring(tmp_path, {"c.json": [raw]})
    assert {(m["kind"], m["text"]) for m in found.rows("memory")} == {
        ("fact", "A smith."),
        ("instruction", "Be brief."),
    }
    assert found.said("user") == []
    assert [n["hidden"] for n in found.rows("node")] == [True, True, False, False]


def test_each_content_type_becomes_parts_of_its_kind(tmp_path: Path) -> None:
    image = {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_1", "width": 8}
    contents: list[tuple[str, dict[str, Any], str]] = [
        ("user", {"content_type": "multimodal_text", "parts": [image, "See this."]}, "all"),
        ("assistant", {"content_type": "code", "language": "python", "text": "1 + 1"}, "python"),
        ("tool", {"content_type": "execution_output", "text": "2"}, "all"),
        ("assistant", {"content_type": "thoughts", "thoughts": [{"summary": "s", "content": "hm"}]}, "all"),
        ("assistant", {"content_type": "reasoning_recap", "content": "Thought for 2 s"}, "all"),
        ("tool", {"content_type": "tether_browsing_display", "result": "found", "summary": "s"}, "all"),
        ("tool", {"content_type": "sonic_webpage", "url": "https://example.org", "text": "page"}, "all"),
        ("tool", {"content_type": "system_error", "name": "E", "text": "failed"}, "all"),
        ("tool", {"content_type": "computer_output", "screenshot": image}, "all"),
        ("assistant", {"content_type": "text", "parts": ['{"name": "doc"}']}, "canmore.create_textdoc"),
        ("assistant", {"content_type": "of_tomorrow", "text": "new", "more": {"x": 1}}, "all"),
    ]
    nodes = {
        f"n{i}": node(
            f"n{i}", f"n{i - 1}" if i else None, {"author": {"role": r}, "content": c, "recipient": to}
        )
        for i, (r, c, to) in enumerate(contents)
    }
    files = {"conversations.json": [{"id": "c", "mapping": nodes}], "file_1-photo.png": b"\x89PNG\x0d\x0a"}
    found = bring(tmp_path, files)
    order = {n["id"]: n["seq"] for n in found.rows("node")}
    kinds = [p["kind"] for p in sorted(found.rows("part"), key=lambda p: (order[p["node_id"]], p["ix"]))]
    assert kinds == [
        "image", "text", "tool_call", "tool_result", "thinking", "thinking", "tool_result", "citation",
        "tool_result", "image", "artifact", "other",
    ]  # fmt: skip
    assert all(p["asset_id"] for p in found.rows("part") if p["kind"] == "image"), (
        "the pointer finds the file"
    )


def test_marks_of_citations_leave_the_text_and_stay_in_json(tmp_path: Path) -> None:
    raw = conversation()
    raw["mapping"]["a2"]["message"]["content"]["parts"] = [
        "It is so \ue200cite\ue202turn0search1\ue201.【4†source】"
    ]
    found = bring(tmp_path, {"c.json": [raw]})
    assert found.active()[-1] == "It is so ."
    assert any("turn0search1" in (p["json"] or "") for p in found.rows("part"))


def test_account_data_is_refused_unless_asked_for(tmp_path: Path) -> None:
    user = {"id": "u", "email": "a@example.org", "chatgpt_plus_user": True}
    files = {"conversations.json": [conversation()], "user.json": user}
    found = bring(tmp_path, files)
    assert found.rows("asset") == []
    assert any("--include logins" in reason for _, reason in found.ledger.losses)
    asked = tmp_path / "asked"
    asked.mkdir()
    assert len(bring(asked, files, include=["logins"]).rows("asset")) == 1


def test_an_export_with_a_byte_order_mark_and_broken_letters_is_read(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbf" + json.dumps([conversation(title="caf?")]).encode().replace(b"caf?", b"caf\xe9")
    assert bring(tmp_path, {"c.json": data}).rows("thread")[0]["title"] == "caf\ufffd"


def test_messages_without_any_links_are_a_chain(tmp_path: Path) -> None:
    raw = conversation()
    raw["mapping"] = {k: {"id": k, "message": v["message"]} for k, v in raw["mapping"].items() if k != "a1"}
    del raw["current_node"]
    assert bring(tmp_path, {"c.json": [raw]}).active() == ["How?", "Second answer."]


def test_conversations_wrapped_in_an_object_are_read_one_by_one(tmp_path: Path) -> None:
    files = {
        "conversations.json": {"conversations": [conversation(), conversation(id="2", conversation_id="2")]}
    }
    assert [t["title"] for t in bring(tmp_path, files).rows("thread")] == ["A question", "A question"]


def test_a_canvas_document_is_an_artifact_with_its_text_and_an_edit_of_pieces_stays_a_call(
    tmp_path: Path,
) -> None:
    create = json.dumps({"name": "plan", "type": "document", "content": "# Plan"})
    whole = json.dumps({"updates": [{"pattern": ".*", "multiple": False, "replacement": "# New plan"}]})
    piece = json.dumps({"updates": [{"pattern": "New", "multiple": False, "replacement": "Old"}]})
    calls = [("create", create, "text"), ("update", whole, "code"), ("update", piece, "code")]
    nodes = {}
    for i, (verb, call, kind) in enumerate(calls):
        content = {"content_type": kind, **({"text": call} if kind == "code" else {"parts": [call]})}
        value = {"author": {"role": "assistant"}, "content": content, "recipient": f"canmore.{verb}_textdoc"}
        nodes[str(i)] = node(str(i), str(i - 1) if i else None, value)
    found = bring(tmp_path, {"c.json": [{"id": "c", "mapping": nodes}]})
    assert found.said() == ["# Plan", "# New plan", piece]
    assert {p["kind"] for p in found.rows("part")} == {"artifact"}
    assert any(p["mime"] == "text/markdown" for p in found.rows("part"))


def test_spoken_messages_hold_their_transcript_and_their_recording(tmp_path: Path) -> None:
    audio = {"content_type": "audio_asset_pointer", "asset_pointer": "sediment://file_0a", "format": "wav"}
    said = [
        {"content_type": "audio_transcription", "text": "Good day.", "direction": "in", "decoding_id": None},
        {"content_type": "real_time_user_audio_video_asset_pointer", "audio_asset_pointer": audio},
    ]
    raw = conversation()
    raw["mapping"]["q"]["message"] = message("user", *said, kind="multimodal_text")
    found = bring(tmp_path, {"c.json": [raw], "c1/audio/file_0a-1234.wav": b"RIFF\0\0\0\0WAVE"})
    kinds = {p["kind"]: p for p in found.rows("part")}
    assert found.said("user") == ["Good day.", None]
    assert kinds["audio"]["asset_id"]


def test_an_uploaded_picture_is_one_part_with_its_media_type_and_a_drawn_one_is_found(tmp_path: Path) -> None:
    image = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-AB", "width": 8}
    upload = {"id": "file-AB", "name": "photo.png", "mime_type": "image/png", "size": 12}
    drawn = {"messages": [{"message_type": "image", "image_url": "file-service://file-CD"}], "code": "plot()"}
    raw = conversation()
    metadata = {"attachments": [upload]}
    raw["mapping"]["q"]["message"] = message("user", image, kind="multimodal_text", metadata=metadata)
    result = {"content_type": "execution_output", "text": "done"}
    raw["mapping"]["a1"]["message"] = {
        "author": {"role": "tool"}, "content": result, "metadata": {"aggregate_result": drawn},
    }  # fmt: skip
    files = {
        "c.json": [raw],
        "file-AB.dat": b"\x89PNG\r\n1",
        "dalle-generations/file-CD-0001.webp": b"RIFF\0\0\0\0WEBP",
        "conversation_asset_file_names.json": {"file-AB.dat": "photo.png"},
    }
    found = bring(tmp_path, files)
    pictures = [p for p in found.rows("part") if p["kind"] == "image"]
    assert len(pictures) == 2 and all(p["asset_id"] for p in pictures)
    assert {p["mime"] for p in pictures} == {"image/png", None}
    assert not [p for p in found.rows("part") if p["kind"] == "file"]
    assert not found.ledger.losses


def test_a_file_kept_under_its_own_name_is_found_by_the_list_of_names(tmp_path: Path) -> None:
    image = {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_7"}
    raw = conversation()
    raw["mapping"]["q"]["message"] = message("user", image, kind="multimodal_text")
    files = {"c.json": [raw], "photo.png": b"\x89PNG\r\n1", "names.json": {"file_7.dat": "photo.png"}}
    image_row = next(p for p in bring(tmp_path, files).rows("part") if p["kind"] == "image")
    assert image_row["asset_id"]


def test_what_lies_beside_the_conversations_is_kept_and_what_is_of_others_refused(tmp_path: Path) -> None:
    files = {
        "conversations-000.json": [conversation()],
        "message_feedback.json": [{"id": "f", "conversation_id": "c1", "rating": "thumbs_up"}],
        "shared_conversations.json": [{"id": "s", "conversation_id": "c1", "title": "A question"}],
        "library_files.json": [{"file_id": "file_1", "library_file_id": "libfile_1"}],
        "user_settings.json": {"user_id": "u", "settings": {"theme": "dark"}},
        "export_manifest.json": {"logical_files": {"conversations.json": ["conversations-000.json"]}},
        "shopping.json": [],
        "sora.json": {},
        "group_chats.json": {"chats": [{"id": "g", "messages": [{"text": "from a friend"}]}]},
        "chat.html": "<html><script>var jsonData = [];</script></html>",
        "file-AB-notes.csv": "a,b\n1,2\n",
        "strange.json": {"what": "is this"},
    }
    found = bring(tmp_path, files)
    assert found.ledger.counts["assets"] == 8
    reasons = dict(found.ledger.losses.keys())
    assert set(reasons) == {"group_chats.json", "chat.html", "strange.json"}
    assert "--include messages" in reasons["group_chats.json"]
    assert "no reader knows" in reasons["strange.json"]


def test_an_older_form_of_custom_instructions_and_the_models_memory_are_memories(tmp_path: Path) -> None:
    raw = conversation()
    told = {"about_user_message": "I am a baker.", "about_model_message": "Be kind."}
    raw["mapping"]["client-created-root"]["message"] = message(
        "system", "", metadata={"is_user_system_message": True, "user_context_message_data": told}
    )
    remembered = {"content_type": "model_editable_context", "model_set_context": "1. Has a cat."}
    raw["mapping"]["a1"]["message"] = {"author": {"role": "assistant"}, "content": remembered}
    found = bring(tmp_path, {"c.json": [raw]})
    assert {(m["kind"], m["text"]) for m in found.rows("memory")} == {
        ("fact", "I am a baker."), ("instruction", "Be kind."), ("fact", "1. Has a cat."),
    }  # fmt: skip
    assert "1. Has a cat." not in found.said("assistant")


def test_the_examples_of_others_are_read_with_nothing_unaccounted_for(tmp_path: Path) -> None:
    paths = [
        *FIXTURES.glob("chatgpt/*/tests/fixtures/chatgpt/native-conversation-*.json"),
        *FIXTURES.glob("chatgpt/*/polylogue/schemas/providers/chatgpt/representatives/sample-*.json"),
        *FIXTURES.glob("*/*/tests/fixtures/chatgpt_export.json"),
        *FIXTURES.glob("gemini/*/tests/fixtures/origin-capability/chatgpt-export.json"),
    ]
    if not paths:
        pytest.skip("the examples are not here")
    for number, path in enumerate(paths):
        found = brought(path, tmp_path / str(number))
        assert found.ledger.reader == "chatgpt", path
        assert found.ledger.counts["nodes"] and found.said("user"), path
        assert {reason for _, reason in found.ledger.losses} <= {
            "a file that a message names is not in the export"
        }, path


def test_an_upload_that_looks_like_another_services_export_stays_an_upload(tmp_path: Path) -> None:
    mail = (
        "From: a@example.org\nTo: b@example.org\nSubject: s\nDate: Mon, 5 Jan 2026 10:00:00 +0000\n\nText\n"
    )
    table = "Conversation,Time,Author,Message\r\nx,2026-01-01T00:00:00,Human,hello\r\n"
    files = {"c.json": [conversation()], "file-AB-letter.eml": mail, "file-CD-chats.csv": table}
    found = bring(tmp_path, files)
    assert found.ledger.reader == "chatgpt" and not found.ledger.losses
    assert len(found.rows("asset")) == 2 and found.rows("work") == []


def test_a_conversation_that_is_in_two_files_or_twice_in_one_is_kept_once_with_its_parts(
    tmp_path: Path,
) -> None:
    found = bring(tmp_path, {"a.json": [conversation(), conversation()], "b.json": [conversation()]})
    assert found.said() == ["How?", "First answer.", "Second answer."]
    assert len(found.rows("thread")) == 1


def test_any_spoilt_key_is_survived_with_every_value_accounted_for(tmp_path: Path) -> None:
    survives_anything(tmp_path, [conversation(), conversation(id="c2", conversation_id="c2")], "c.json")
