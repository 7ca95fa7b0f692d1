"""Chats of Claude's design canvas: messages whose blocks have a form of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from commonweal.intake.readers._claude import ROLES, attachment, call
from commonweal.intake.readers._shapes import array, left, other, stray, table
from commonweal.intake.records import Node, Part, PartKind, Role, Thread, as_text
from commonweal.intake.times import time


def design(raw: dict[str, Any]) -> Thread:
    """Return a chat of the design canvas, whose messages have a form of their own."""
    messages = array(raw.get("messages"))
    return Thread(
        key=as_text(raw.get("uuid")) or "",
        title=as_text(raw.get("title")) or as_text(table(raw.get("project")).get("name")),
        nodes=[_message(m) if isinstance(m, dict) else stray(m) for m in messages],
        seen=len(messages),
        created=time(raw.get("created_at")),
        updated=time(raw.get("updated_at")),
        chain=True,
        json=left(raw, "uuid title", "created_at updated_at", "messages"),
    )


def _message(raw: dict[str, Any]) -> Node:
    content = table(raw.get("content"))
    parts = [part for block in array(content.get("contentBlocks")) for part in _block(block)]
    text, said = as_text(content.get("content")), any(p.kind is PartKind.TEXT for p in parts)
    if text and not said:
        parts.insert(0, Part(PartKind.TEXT, text))
    parts += [attachment(a) for a in array(content.get("attachments"))]
    kept = left(raw, "uuid", "created_at")
    if isinstance(raw.get("content"), dict):
        taken = f"authorName {'' if said else 'content'}"
        kept = {**(kept or {}), "content": left(content, taken, parts="contentBlocks attachments")}
    return Node(
        key=as_text(raw.get("uuid")) or as_text(content.get("id")) or "",
        role=ROLES.get(as_text(raw.get("role")) or "", Role.OTHER),
        parts=parts,
        author=as_text(content.get("authorName")),
        created=time(raw.get("created_at")) or time(content.get("timestamp")),
        json=kept,
    )


def _block(raw: Any) -> Iterator[Part]:
    kind = table(raw).get("type")
    asked = table(raw).get("toolCall")
    if kind in ("text", "thinking"):
        as_kind = PartKind.TEXT if kind == "text" else PartKind.THINKING
        yield Part(as_kind, as_text(raw.get("text")), json=left(raw, "type text"))
    elif kind == "tool_call" and isinstance(asked, dict):
        outside = {key: value for key, value in raw.items() if key != "toolCall"}
        kept = left(asked, "id output")
        yield call(asked, asked.get("input"), {**outside, **(kept or {})})
        if isinstance(asked.get("output"), str):
            yield Part(PartKind.TOOL_RESULT, asked["output"], call_id=as_text(asked.get("id")))
    else:
        yield other(raw)
