"""Le Chat: a conversation a file, chunks, canvases, files of one name in two conversations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from exports import bring, same_from_folder, survives_anything


def message(key: str, role: str, text: str, *chunks: Any, chat: str = "c1", **more: Any) -> dict[str, Any]:
    return {
        "id": key,
        "version": 0,
        "chatId": chat,
        "role": role,
        "content": text,
        "contentChunks": list(chunks) or None,
        "createdAt": "2026-03-01T09:00:00.123Z",
        "reaction": "neutral",
        "canvas": [],
        "quotes": [],
        "files": [],
        **more,
    }


def chat(key: str = "c1", **more: Any) -> list[dict[str, Any]]:
    return [
        message("q", "user", "How?", chat=key, **more),
        message("a", "assistant", "So.", {"type": "text", "text": "So."}, chat=key),
    ]


def test_a_file_is_a_conversation_in_the_order_of_the_export(tmp_path: Path) -> None:
    files = {"chat-c1.json": chat("c1"), "chat-c2.json": chat("c2")}
    found = bring(tmp_path, files)
    assert [t["native_id"] for t in found.rows("thread")] == ["c1", "c2"]
    assert found.said() == ["How?", "So."] * 2
    assert found.active() == sorted(["How?"] * 2) + ["So."] * 2
    assert found.ledger.losses == {}
    same_from_folder(tmp_path, files)


def test_chunks_and_canvases_become_parts(tmp_path: Path) -> None:
    answer = message(
        "a",
        "assistant",
        "See the clock.",
        {"type": "text", "text": "See "},
        {
            "type": "tool_call",
            "id": "k",
            "name": "web",
            "publicArguments": '{"q": 1}',
            "publicResult": "found",
        },
        {"type": "reference", "referenceIds": [3]},
        {"type": "text", "text": "the clock."},
        {"type": "custom_element", "element": {"plot": [1, 2]}},
        canvas=[{"title": "Clock", "type": "code", "content": "tick()"}],
    )
    found = bring(tmp_path, {"chat-c1.json": [answer]})
    parts = sorted(found.rows("part"), key=lambda p: p["ix"])
    assert [p["kind"] for p in parts] == [
        "text", "tool_call", "tool_result", "citation", "text", "other", "artifact",
    ]  # fmt: skip
    assert [p["text"] for p in parts[1:3]] == ['{"q": 1}', "found"]
    assert parts[6]["text"] == "tick()"


def test_files_of_one_name_belong_each_to_its_conversation(tmp_path: Path) -> None:
    files = {
        "chat-c1.json": chat("c1", files=[{"type": "image", "name": "p.png"}]),
        "chat-c1-files/p.png": b"\x89PNG\x0d\x0a1",
        "chat-c2.json": chat("c2", files=[{"type": "image", "name": "p.png"}]),
        "chat-c2-files/p.png": b"\x89PNG\x0d\x0a2",
        "chat-c3.json": chat("c3", files=[{"type": "text", "name": "gone.txt"}]),
    }
    found = bring(tmp_path, files)
    pictures = [p["asset_id"] for p in found.rows("part") if p["kind"] == "image"]
    assert len(set(pictures)) == 2
    assert None not in pictures
    assert [reason for _, reason in found.ledger.losses] == [
        "a file that a message names is not in the export"
    ]


def test_any_spoilt_key_is_survived_with_every_value_accounted_for(tmp_path: Path) -> None:
    survives_anything(tmp_path, chat(files=[{"type": "text", "name": "n.txt"}]), "chat-c1.json")
