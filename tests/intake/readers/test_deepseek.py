"""DeepSeek: the export, the form of its site, the tree of an extension."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from exports import NOT_KEPT, bring, brought, survives_anything

EXAMPLES = Path(__file__).resolve().parents[3].parent / "shared" / "fixtures"


def node(key: str, parent: str | None, *fragments: Any, **more: Any) -> dict[str, Any]:
    message = {"model": "the-model", "inserted_at": "2026-03-01T17:00:00.25+08:00", "files": [], **more}
    if fragments:
        message["fragments"] = list(fragments)
    return {"id": key, "parent": parent, "children": [], "message": message}


def said(kind: str, text: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "content": text, **more}


def conversation(*nodes: dict[str, Any], **more: Any) -> dict[str, Any]:
    tree = nodes or (
        node("1", "root", said("REQUEST", "How?")),
        node("2", "1", said("THINK", "Hm.", elapsed_secs=1.5), said("RESPONSE", "First.")),
        node("3", "1", said("RESPONSE", "Second.")),
    )
    root = {"id": "root", "parent": None, "children": ["1"], "message": None}
    times = {"inserted_at": "2026-03-01T17:00:00+08:00", "updated_at": "2026-03-01T18:00:00+08:00"}
    mapping = {n["id"]: n for n in (root, *tree)}
    return {"id": "c1", "title": "A question", **times, "mapping": mapping, **more}


def site(**session: Any) -> dict[str, Any]:
    def message(key: int, parent: int | None, role: str, *fragments: Any) -> dict[str, Any]:
        about = {"message_id": key, "parent_id": parent, "role": role, "model": "", "files": []}
        return {**about, "inserted_at": 1772355600.25, "fragments": list(fragments)}

    messages = [
        message(1, None, "USER", said("REQUEST", "How?", id=1)),
        message(2, 1, "ASSISTANT", said("RESPONSE", "First.", id=1)),
        message(3, 1, "ASSISTANT", said("THINK", "Hm.", id=1), said("RESPONSE", "Second.", id=2)),
    ]
    about = {"id": "c1", "title": "A question", "current_message_id": 2, "inserted_at": 1772355600, **session}
    return {
        "code": 0,
        "data": {"biz_code": 0, "biz_data": {"chat_session": about, "chat_messages": messages}},
    }


def tree(turns: int) -> list[dict[str, Any]]:
    node: dict[str, Any] = {
        "id": turns,
        "type": "assistant",
        "content": "End.",
        "thought": "Hm.",
        "children": [],
    }
    for key in range(turns - 1, 0, -1):
        kind = "user" if key % 2 else "assistant"
        node = {"id": key, "type": kind, "content": f"{key}.", "thought": None, "children": [node]}
    return [node]


def test_who_speaks_is_told_by_the_kinds_of_fragments(tmp_path: Path) -> None:
    found = bring(tmp_path, {"conversations.json": [conversation()]})
    assert found.ledger.reader == "deepseek"
    assert found.said("user") == ["How?"]
    assert found.said("assistant") == ["Hm.", "First.", "Second."]
    assert found.active() == ["How?", "Second."]
    assert [n["model"] for n in found.rows("node")] == [None, None, "the-model", "the-model"]
    assert found.rows("node")[1]["created_us"] == 1_772_355_600_250_000
    assert found.ledger.losses == {}


def test_search_results_become_citations_and_what_is_new_is_kept(tmp_path: Path) -> None:
    answer = node(
        "2",
        "1",
        {"type": "SEARCH", "results": [{"title": "Gears", "url": "https://example.org"}]},
        {"type": "OF_TOMORROW", "x": 7},
        said("RESPONSE", "So [citation:1]."),
    )
    raw = conversation(node("1", "root", said("REQUEST", "How?")), answer)
    found = bring(tmp_path, {"conversations.json": [raw]})
    nodes = {n["id"]: n["seq"] for n in found.rows("node")}
    parts = sorted(found.rows("part"), key=lambda p: (nodes[p["node_id"]], p["ix"]))
    assert [p["kind"] for p in parts] == ["text", "tool_result", "citation", "other", "text"]
    assert parts[2]["text"] == "Gears"


def test_before_fragments_persons_and_models_take_turns(tmp_path: Path) -> None:
    raw = conversation(
        node("1", "root", content="How?", reasoning_content=None, search_results=None),
        node("2", "1", content="So.", reasoning_content="Hm.", search_results=[{"title": "G", "url": "u"}]),
        node("3", "2", content="Why?"),
        node("4", "3", content="Thus."),
    )
    found = bring(tmp_path, {"conversations.json": [raw]})
    assert [n["role"] for n in found.rows("node")] == ["none", "user", "assistant", "user", "assistant"]
    assert found.said("assistant") == ["Hm.", "So.", "G", "Thus."]


def test_the_form_of_the_site_names_the_message_that_is_shown(tmp_path: Path) -> None:
    found = bring(tmp_path, {"raw.json": site()})
    assert found.said() == ["How?", "First.", "Hm.", "Second."]
    assert found.active() == ["How?", "First."]


def test_a_tree_is_read_however_long_the_conversation(tmp_path: Path) -> None:
    found = bring(tmp_path, {"tree.json": tree(400)})
    assert len(found.rows("node")) == 400
    assert found.active() == [f"{n}." for n in range(1, 400)] + ["Hm.", "End."]
    assert found.ledger.to_json()["unread"] == 0


def test_account_data_is_refused_unless_asked_for(tmp_path: Path) -> None:
    user = {"user_id": "u", "email": "a@example.org", "mobile": None}
    files = {"conversations.json": [conversation()], "user.json": user}
    found = bring(tmp_path, files)
    assert any("--include logins" in reason for _, reason in found.ledger.losses)
    assert found.rows("asset") == []
    place = tmp_path / "asked"
    place.mkdir()
    assert len(bring(place, files, include=["logins"]).rows("asset")) == 1


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the examples are not here")
def test_the_examples_of_others_are_read_with_nothing_unaccounted_for(tmp_path: Path) -> None:
    examples = sorted((EXAMPLES / "deepseek").rglob("*.json"))
    assert len(examples) == 2
    said = []
    for number, example in enumerate(examples):
        found = brought(example, tmp_path / str(number))
        assert found.ledger.reader == "deepseek"
        assert len(found.rows("node")) == 11
        assert not any(reason == NOT_KEPT for _, reason in found.ledger.losses)
        said.append(sorted(found.said()))
    assert said[0] == said[1], "both forms say the same"


@pytest.mark.parametrize("form", ["export", "site", "tree"])
def test_any_spoilt_key_is_survived_with_every_value_accounted_for(tmp_path: Path, form: str) -> None:
    value = {"export": [conversation(), conversation(id="c2")], "site": site(), "tree": tree(4)}[form]
    survives_anything(tmp_path, value, "c.json")
