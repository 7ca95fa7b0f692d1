"""Open WebUI: branches, bare chats, the parts of newer and older messages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from exports import bring, brought, same_from_folder, survives_anything

SHARED = Path(__file__).parents[4] / "shared" / "fixtures" / "switch-targets" / "librechat-current"


def message(
    key: str, parent: str | None, role: str, content: Any, *children: str, **more: Any
) -> dict[str, Any]:
    base = {"id": key, "parentId": parent, "childrenIds": list(children), "role": role, "content": content}
    return {**base, "timestamp": 1756000001, **more}


def chat(**more: Any) -> dict[str, Any]:
    messages = [
        message("q", None, "user", "How?", "a1", "a2"),
        message("a1", "q", "assistant", "First answer.", model="m-1"),
        message("a2", "q", "assistant", "Second answer.", model="m-2", done=True),
    ]
    inner = {
        "title": "A question",
        "models": ["m-1"],
        "history": {"currentId": "a1", "messages": {m["id"]: m for m in messages}},
        "params": {"temperature": 0.5},
    }
    outer = {"id": "c1", "user_id": "u", "title": "A question", "chat": inner, "meta": {"tags": ["x"]}}
    return {**outer, "created_at": 1756000000, "updated_at": 1756000009, "pinned": False, **more}


def test_every_branch_is_kept_and_the_one_that_is_shown_is_marked(tmp_path: Path) -> None:
    found = bring(tmp_path, {"chat-export.json": [chat()]})
    assert found.said() == ["How?", "First answer.", "Second answer."]
    assert found.active() == ["How?", "First answer."]
    thread = found.rows("thread")[0]
    assert (thread["title"], thread["model"], thread["updated_us"]) == (
        "A question",
        "m-1",
        1756000009_000_000,
    )
    assert [n["model"] for n in found.rows("node")] == [None, "m-1", "m-2"]


@pytest.mark.parametrize("form", ["outer", "bare in a list", "bare"])
def test_a_chat_is_read_in_each_form_that_it_is_exported_in(tmp_path: Path, form: str) -> None:
    files = {"outer": chat(), "bare in a list": [chat()["chat"]], "bare": chat()["chat"]}
    found = bring(tmp_path, {"c.json": files[form]})
    assert found.active() == ["How?", "First answer."]
    assert found.rows("thread")[0]["title"] == "A question"


def test_a_folder_is_as_good_as_a_zip(tmp_path: Path) -> None:
    same_from_folder(tmp_path, {"c.json": [chat(), chat(id="c2")]})


def test_thinking_and_tools_of_newer_messages_are_parts(tmp_path: Path) -> None:
    output = [
        {
            "type": "reasoning",
            "id": "r",
            "content": [{"type": "output_text", "text": "Hm."}],
            "summary": None,
        },
        {"type": "function_call", "id": "f", "call_id": "k", "name": "add", "arguments": '{"a": 1}'},
        {"type": "function_call_output", "call_id": "k", "output": [{"type": "input_text", "text": "2"}]},
        {"type": "open_webui:code_interpreter", "code": "1 + 1", "output": {"result": "2!"}},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Two."}]},
        {"type": "of_tomorrow", "value": 7},
    ]
    raw = chat()
    raw["chat"]["history"]["messages"]["a1"].update(content="<details>…</details>Two.", output=output)
    found = bring(tmp_path, {"c.json": [raw]})
    node = next(n["id"] for n in found.rows("node") if n["native_id"] == "a1")
    parts = [(p["kind"], p["text"], p["call_id"]) for p in found.rows("part") if p["node_id"] == node]
    assert parts == [
        ("thinking", "Hm.", None),
        ("tool_call", '{"a": 1}', "k"),
        ("tool_result", "2", "k"),
        ("code", "1 + 1", None),
        ("text", "Two.", None),
        ("other", None, None),
    ]


def test_thinking_and_tools_that_older_versions_wrote_into_the_text_are_parts(tmp_path: Path) -> None:
    text = (
        '<details type="reasoning" done="true" duration="3">\n<summary>Thought for 3 seconds</summary>\n'
        "&gt; Is it &lt;b&gt;?\n&gt; No.\n</details>\n"
        '<details type="tool_calls" id="k" name="add" arguments="{&quot;a&quot;: 1}" result="2">\n'
        "<summary>Tool Executed</summary>\n</details>\nTwo."
    )
    raw = chat()
    raw["chat"]["history"]["messages"]["a1"]["content"] = text
    found = bring(tmp_path, {"c.json": [raw]})
    assert found.active() == ["How?", "Is it <b>?\nNo.", '{"a": 1}', "2", "Two."]


def test_what_a_person_writes_is_text_whatever_it_looks_like(tmp_path: Path) -> None:
    raw = chat()
    text = '<details type="reasoning"><summary>s</summary>mine</details>'
    raw["chat"]["history"]["messages"]["q"]["content"] = text
    assert bring(tmp_path, {"c.json": [raw]}).said("user") == [text]


def test_pictures_and_files_are_parts(tmp_path: Path) -> None:
    raw = chat()
    files = [
        {"type": "image", "url": "data:image/png;base64,iVBORw0KGgo="},
        {"type": "file", "id": "f1", "name": "a.txt"},
    ]
    raw["chat"]["history"]["messages"]["q"]["files"] = files
    found = bring(tmp_path, {"c.json": [raw]})
    assert [(p["kind"], p["mime"]) for p in found.rows("part")][:3] == [
        ("text", None),
        ("image", "image/png"),
        ("file", None),
    ]


def test_any_spoilt_key_is_survived_with_every_value_accounted_for(tmp_path: Path) -> None:
    survives_anything(tmp_path, [chat(), chat(id="c2")], "c.json")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared examples are not here")
def test_the_examples_of_others_are_read_with_nothing_unaccounted_for(tmp_path: Path) -> None:
    found = brought(SHARED / "openwebui-export.json", tmp_path / "archive")
    assert found.said("user") == ["What's the weather in Paris?", "Hello"]
    assert [p["kind"] for p in found.rows("part")].count("tool_result") == 1
