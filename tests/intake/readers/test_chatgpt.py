"""ChatGPT: shards, branches, content types, instructions, and the traps of its exports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from exports import bring, same_from_folder, survives_anything


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


def test_any_spoilt_key_is_survived_with_every_value_accounted_for(tmp_path: Path) -> None:
    survives_anything(tmp_path, [conversation(), conversation(id="c2", conversation_id="c2")], "c.json")
