"""Grok: the array in an object, branches, two clocks, steps, files, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from commonweal.intake.readers._nested import nested
from commonweal.intake.source import Limits, Member
from exports import NOT_KEPT, bring, brought, same_from_folder, survives_anything

EXAMPLES = Path(__file__).resolve().parents[3].parent / "shared" / "fixtures"
HOME = "ttl/30d/export_data/person"


def response(key: str, sender: str, text: str, parent: str | None = None, **more: Any) -> dict[str, Any]:
    clock = {"$date": {"$numberLong": "1780000000123"}}
    said = {"_id": key, "sender": sender, "message": text, "create_time": clock, "model": "picked", **more}
    return {"response": said | ({"parent_response_id": parent} if parent else {}), "share_link": None}


def conversation(*responses: Any, **more: Any) -> dict[str, Any]:
    said = responses or (
        response("q", "human", "How?", "root"),
        response("a1", "ASSISTANT", "First.", "q"),
        response("a2", "grok-3", "Second.", "q"),
    )
    about = {"id": "c1", "title": "A question", "create_time": "2026-05-01T10:00:00.5Z", "starred": True}
    return {"conversation": {**about, **more}, "responses": list(said)}


def export(*conversations: Any, **more: Any) -> dict[str, Any]:
    beside = {"projects": [], "tasks": [], "media_posts": [], **more}
    return {"conversations": list(conversations or (conversation(),)), **beside}


def test_branches_are_kept_and_the_leaf_that_is_named_ends_the_path(tmp_path: Path) -> None:
    found = bring(tmp_path, {"b.json": export(conversation(leaf_response_id="a1"))})
    assert found.said("assistant") == ["First.", "Second."]
    assert found.active() == ["How?", "First."]
    assert {n["created_us"] for n in found.rows("node")} == {1_780_000_000_123_000}
    assert found.ledger.losses == {}, "the root that no export holds is no loss"


def test_responses_without_links_are_a_chain(tmp_path: Path) -> None:
    raw = conversation(response("q", "human", "How?"), response("a", "assistant", "So."))
    assert bring(tmp_path, {"b.json": export(raw)}).active() == ["How?", "So."]


def test_steps_sources_and_files_become_parts(tmp_path: Path) -> None:
    step = {
        "tagged_text": {"header": "Looking", "tool_usage_card": "<xai/>"},
        "tool_usage_cards": [
            {"tool_usage_card_id": "k", "tool": {"WebSearch": {"args": {"query": "gears"}}}}
        ],
        "tool_usage_results": [{"tool_usage_card_id": "k", "result": {"WebSearchResults": [{"title": "G"}]}}],
    }
    answer = response(
        "a",
        "assistant",
        'So it is.<grok:render card_id="1" type="x"><argument name="n">1</argument></grok:render>',
        "q",
        thinking_trace="Hm.",
        agent_thinking_traces=[{"agent_id": 1, "thinking_trace": "Ha."}],
        steps=[step],
        cited_web_search_results=[{"title": "Gears", "url": "https://example.org", "preview": "Teeth"}],
        generated_image_urls=["users/u/generated/a-2/image.jpg"],
        metadata={"request_metadata": {"resolved_model": "the-model"}},
    )
    raw = conversation(response("q", "human", "Look.", file_attachments=["a-1"]), answer)
    found = bring(
        tmp_path,
        {f"{HOME}/b.json": export(raw), f"{HOME}/prod-mc-asset-server/a-1/content": b"\x89PNG\x0d\x0a1"},
    )
    order = {n["id"]: n["seq"] for n in found.rows("node")}
    parts = sorted(found.rows("part"), key=lambda p: (order[p["node_id"]], p["ix"]))
    assert [p["kind"] for p in parts] == [
        "text", "file",
        "thinking", "thinking", "thinking", "tool_call", "tool_result", "text", "citation", "image",
    ]  # fmt: skip
    assert parts[1]["asset_id"], "the uploaded file is found by its id"
    assert [p["text"] for p in parts[2:6]] == ["Hm.", "Ha.", "Looking", "gears"]
    assert parts[7]["text"] == "So it is."
    assert found.rows("node")[1]["model"] == "the-model"


def test_what_lies_beside_the_conversations_is_kept(tmp_path: Path) -> None:
    raw = export(
        projects=[{"name": "Clock", "custom_personality": "Be exact."}],
        media_posts=[{"id": "m", "original_prompt": "A clock.", "link": "https://example.org/m"}],
        tasks=[{"prompt": "Each morning."}],
        of_tomorrow={"x": 7},
    )
    found = bring(tmp_path, {"b.json": raw})
    assert [(m["scope"], m["text"]) for m in found.rows("memory")] == [("Clock", "Be exact.")]
    assert [w["text"] for w in found.rows("work")] == ["A clock.", "Each morning.", ""]
    assert json.loads(found.rows("work")[2]["json"]) == {"of_tomorrow": {"x": 7}}
    assert not found.rows("work")[2]["mine"]


def test_log_ins_and_billing_are_refused_unless_asked_for(tmp_path: Path) -> None:
    files = {
        f"{HOME}/prod-grok-backend.json": export(),
        f"{HOME}/prod-mc-auth-mgmt-api.json": {
            "user": {"email": "a@example.org"},
            "sessions": [{"ip": "192.0.2.1"}],
        },
        f"{HOME}/prod-mc-billing.json": {"balance": 3},
        f"{HOME}/notes.txt": "of no format",
    }
    found = bring(tmp_path, files)
    ends = sorted(reason.rpartition(" ")[2] for _, reason in found.ledger.losses)
    assert ends == ["(text)", "logins", "payments"], "what lies beside and is not the export's stays out"
    assert found.rows("asset") == []
    place = tmp_path / "asked"
    place.mkdir()
    assert len(bring(place, files, include=["logins", "payments"]).rows("asset")) == 2
    place = tmp_path / "both"
    place.mkdir()
    same_from_folder(place, files)


def test_elements_and_the_rest_come_out_as_they_went_in_wherever_a_window_ends(tmp_path: Path) -> None:
    values = [
        {"t": 'a "conversations": [' + "x" * n, "n": [n, {"d": "]"}]} for n in (5, 400_000, 1_100_000, 3)
    ]
    path = tmp_path / "x.json"
    for bom in (b"", b"\xef\xbb\xbf"):
        whole = (
            bom
            + json.dumps({"first": '"conversations": [', "conversations": values, "last": {"x": 1}}).encode()
        )
        path.write_bytes(whole)
        items = list(nested(Member("x.json", len(whole), lambda: path.open("rb")), "conversations"))
        *elements, rest = [json.loads(item.data) for item in items]  # type: ignore[union-attr]
        assert elements == values
        assert rest == {"first": '"conversations": [', "": None, "last": {"x": 1}}


def test_a_conversation_too_long_and_a_file_cut_off_are_listed_and_the_others_read(tmp_path: Path) -> None:
    long = conversation(response("q", "human", "x" * 3_000_000), id="long")
    limits = Limits(item_bytes=2_000_000)
    found = bring(tmp_path, {"b.json": export(conversation(), long, conversation(id="c3"))}, limits=limits)
    assert len(found.rows("thread")) == 2
    assert any("too long" in reason for _, reason in found.ledger.losses)
    place = tmp_path / "cut"
    place.mkdir()
    cut = bring(place, {"b.json": json.dumps(export(conversation(), conversation(id="c2")))[:-120]})
    assert len(cut.rows("thread")) == 1
    assert any("cut off" in reason for _, reason in cut.ledger.losses)


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the examples are not here")
def test_the_examples_of_others_are_read_with_nothing_unaccounted_for(tmp_path: Path) -> None:
    path = EXAMPLES / "gemini/Sinity__polylogue/tests/fixtures/origin-capability/grok-export.json"
    found = brought(path, tmp_path / "archive")
    assert found.ledger.reader == "grok"
    assert len(found.rows("node")) == 2
    assert not any(reason == NOT_KEPT for _, reason in found.ledger.losses)


def test_any_spoilt_key_is_survived_with_every_value_accounted_for(tmp_path: Path) -> None:
    survives_anything(tmp_path, export(conversation(), conversation(id="c2")), "b.json")
