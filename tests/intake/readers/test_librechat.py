"""LibreChat: the recursive form, of any depth, and the flat one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from exports import bring, same_from_folder, survives_anything

ROOT = "00000000-0000-0000-0000-000000000000"


def message(key: str, parent: str, mine: bool, text: str, **more: Any) -> dict[str, Any]:
    base = {"messageId": key, "parentMessageId": parent, "isCreatedByUser": mine, "text": text}
    return {**base, "sender": "User" if mine else "Helper", "createdAt": "2026-08-01T10:00:00.500Z", **more}


def flat(**more: Any) -> dict[str, Any]:
    messages = [
        message("q", ROOT, True, "How?"),
        message("a1", "q", False, "First answer.", model="m-1", createdAt="2026-08-01T10:00:09.000Z"),
        message("a2", "q", False, "Second answer.", model="m-1"),
    ]
    outer = {"conversationId": "c1", "endpoint": "openAI", "title": "A question", "options": {"model": "m-1"}}
    return {**outer, "recursive": False, "branches": True, "messages": messages, **more}


def nested(name: str = "messagesTree") -> dict[str, Any]:
    q, a1, a2 = flat()["messages"]
    q["children"] = [{**a1, "children": []}, {**a2, "children": []}]
    raw = flat(recursive=True)
    del raw["messages"]
    return {**raw, name: [q]}


def test_both_forms_give_the_same_tree(tmp_path: Path) -> None:
    trees = []
    for number, raw in enumerate([flat(), nested(), nested("messages")]):
        place = tmp_path / str(number)
        place.mkdir()
        found = bring(place, {"c.json": raw})
        names = {n["id"]: n["native_id"] for n in found.rows("node")}
        trees.append([(n["native_id"], names.get(n["parent_id"])) for n in found.rows("node")])
        assert found.said() == ["How?", "First answer.", "Second answer."]
    assert trees == [[("q", None), ("a1", "q"), ("a2", "q")]] * 3


def test_the_newest_answer_is_the_one_shown_as_librechat_does(tmp_path: Path) -> None:
    assert bring(tmp_path, {"c.json": flat()}).active() == ["How?", "First answer."]


def test_a_name_that_says_who_speaks_is_kept_and_one_that_says_nothing_is_not(tmp_path: Path) -> None:
    found = bring(tmp_path, {"c.json": flat()})
    assert [n["author"] for n in found.rows("node")] == [None, "Helper", "Helper"]
    assert found.rows("thread")[0]["model"] == "m-1"


def test_a_tree_nested_deeper_than_parsers_go_is_read(tmp_path: Path) -> None:
    depth = 3_000
    opened = "".join(
        f'{{"messageId": "m{i}", "text": "t{i}", "isCreatedByUser": true, "children": [' for i in range(depth)
    )
    data = f'{{"conversationId": "c", "recursive": true, "messagesTree": [{opened}{"]}" * depth}]}}'
    found = bring(tmp_path, {"c.json": data.encode()})
    assert len(found.rows("node")) == depth
    assert found.active() == [f"t{i}" for i in range(depth)]


def test_thinking_and_tools_are_parts(tmp_path: Path) -> None:
    content = [
        {"type": "think", "think": "Hm."},
        {
            "type": "tool_call",
            "tool_call": {"id": "k", "name": "add", "args": '{"a": 1}', "output": "2", "progress": 1},
        },
        {"type": "text", "text": "Two."},
        {"type": "text", "text": {"value": "And so on.", "annotations": []}},
        {"type": "image_file", "image_file": {"file_id": "f", "filename": "a.png"}},
        {"type": "of_tomorrow", "value": 7},
    ]
    raw = flat()
    raw["messages"][1].update(text="", content=content)
    found = bring(tmp_path, {"c.json": raw})
    node = next(n["id"] for n in found.rows("node") if n["native_id"] == "a1")
    assert [(p["kind"], p["text"], p["call_id"]) for p in found.rows("part") if p["node_id"] == node] == [
        ("thinking", "Hm.", None),
        ("tool_call", '{"a": 1}', "k"),
        ("tool_result", "2", "k"),
        ("text", "Two.", None),
        ("text", "And so on.", None),
        ("image", None, None),
        ("other", None, None),
    ]


def test_many_conversations_in_one_array_are_read_and_a_folder_is_as_good_as_a_zip(tmp_path: Path) -> None:
    same_from_folder(tmp_path, {"all.json": [flat(), nested() | {"conversationId": "c2"}]})


def test_any_spoilt_key_is_survived_with_every_value_accounted_for(tmp_path: Path) -> None:
    for name, raw in (("flat", flat()), ("nested", nested())):
        place = tmp_path / name
        place.mkdir()
        survives_anything(place, [raw, {**raw, "conversationId": "c2"}], "c.json")


def test_a_conversation_of_chatgpt_is_not_claimed(tmp_path: Path) -> None:
    raw = {
        "conversation_id": "c",
        "mapping": {"n": {"id": "n", "message": None, "parent": None, "children": []}},
    }
    found = bring(tmp_path, {"c.json": json.dumps([raw])})
    assert found.ledger.reader == "chatgpt"
