"""Le Chat's export: for each conversation a `chat-<id>.json`, an array of messages, and a folder of files.

Structure as found in exports of 2025 and 2026; Mistral documents none of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from commonweal.intake.reader import Claim, Context, Item, Reader
from commonweal.intake.readers._shapes import array, left, other, repeated, stray, table
from commonweal.intake.records import Node, Part, PartKind, Record, Role, Thread, as_text
from commonweal.intake.source import Member, Tree
from commonweal.intake.times import time

ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT, "system": Role.SYSTEM, "tool": Role.TOOL}


class LeChat(Reader):
    """Le Chat conversations, with tools, canvases and files."""

    NAME = "le-chat"
    TITLE = "Le Chat (Mistral)"
    TRIED = ""
    NOTES = (
        "Conversations with tools, references, canvases and files. The export holds no titles, and no links "
        "between messages: an answer that was asked for again stands after the one before it."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim arrays of messages with a `chatId`, and each one's folder of files."""
        claim = Claim(read=[m.path for m in tree if _chat(m)])
        folders = {f"{path.removesuffix('.json')}-files": path for path in claim.read}
        for member in tree:
            folder = member.path.rpartition("/")[0]
            if folder in folders and member.path not in claim.read:
                claim.assets.append(member.path)
        return claim

    def items(self, member: Member) -> Iterator[Item]:
        """Yield the file: it is one conversation."""
        yield Item(member.path, member.read())

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield the conversation."""
        folder = f"{context.path.removesuffix('.json')}-files"
        messages = raw if isinstance(raw, list) else [raw]
        chats = [m["chatId"] for m in messages if isinstance(m, dict) and isinstance(m.get("chatId"), str)]
        chat = chats[0] if chats else ""
        nodes = [_message(m, chat, folder) if isinstance(m, dict) else stray(m) for m in messages]
        yield Thread(key=chat, nodes=nodes, seen=len(messages), chain=True)


def _chat(member: Member) -> bool:
    shape = member.shape
    return shape.has("[].chatId", "[].role") and (shape.has("[].contentChunks") or shape.has("[].createdAt"))


def _message(raw: dict[str, Any], chat: str, folder: str) -> Node:
    parts = [part for chunk in array(raw.get("contentChunks")) for part in _chunk(chunk)]
    text = as_text(raw.get("content"))
    if text and not any(p.kind is PartKind.TEXT and p.text for p in parts):
        parts.append(Part(PartKind.TEXT, text))
    taken = "id content" if repeated(text, parts) else "id"
    parts += [_canvas(c) for c in array(raw.get("canvas"))]
    parts += [_file(f, folder) for f in array(raw.get("files"))]
    if raw.get("chatId") == chat:
        taken += " chatId"
    if as_text(raw.get("role")) in ROLES:
        taken += " role"
    return Node(
        key=as_text(raw.get("id")) or "",
        role=ROLES.get(as_text(raw.get("role")) or "", Role.OTHER),
        parts=parts,
        created=time(raw.get("createdAt")),
        model=as_text(raw.get("model")),
        json=left(raw, f"{taken} model", "createdAt", "contentChunks canvas files"),
    )


def _chunk(raw: Any) -> Iterator[Part]:
    kind = table(raw).get("type")
    if kind == "text":
        yield Part(PartKind.TEXT, as_text(raw.get("text")), json=left(raw, "type text"))
    elif kind == "tool_call":
        call_id, found = as_text(raw.get("id")), raw.get("publicResult")
        kept = left(raw, f"id publicArguments {'publicResult' if isinstance(found, str) else ''}")
        yield Part(PartKind.TOOL_CALL, as_text(raw.get("publicArguments")), call_id=call_id, json=kept)
        if isinstance(found, str) and found:
            yield Part(PartKind.TOOL_RESULT, found, call_id=call_id)
    elif kind == "reference":
        yield Part(PartKind.CITATION, as_text(raw.get("title")), json=raw)
    elif kind == "image_url":
        address = raw.get("imageUrl", raw.get("image_url"))
        address = as_text(table(address).get("url", address))
        yield Part(PartKind.IMAGE, asset=address, json=raw)
    else:
        yield other(raw)


def _canvas(raw: Any) -> Part:
    """Return a canvas: a text or a program that is worked on beside the conversation."""
    if not isinstance(raw, dict):
        return other(raw)
    return Part(PartKind.ARTIFACT, as_text(raw.get("content")), json=left(raw, "content"))


def _file(raw: Any, folder: str) -> Part:
    """Return a file, which lies in the conversation's own folder: names repeat between conversations."""
    if not isinstance(raw, dict) or not isinstance(raw.get("name"), str):
        return other(raw)
    kind = PartKind.IMAGE if raw.get("type") == "image" else PartKind.FILE
    return Part(kind, asset=f"{folder}/{raw['name']}", json=left(raw, "name"))


READER = LeChat()
