"""LibreChat: a file for each conversation; recursive, or flat where that would be deep."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from commonweal.intake.archive import Archive
from commonweal.intake.readers.librechat import ROOT
from commonweal.intake.records import Memory, Part, PartKind, Role, Thread
from commonweal.intake.writers import _memories
from commonweal.intake.writers._chat import LIMIT, Placed, dashed, iso, markdown, placed, tool_of
from commonweal.intake.writers._names import Names
from commonweal.intake.writers._scratch import read_with
from commonweal.intake.writers._source import Source
from commonweal.intake.writers._writer import Writer, copy_files

CONVERSATIONS = "conversations"
DEEPEST = 100
"""Messages that are nested in one another: the importer calls itself for each; it takes a flat list too."""


class LibreChat(Writer):
    """Conversations with every branch; files beside them."""

    NAME = "librechat"
    TITLE = "LibreChat"
    NEXT = (
        "In LibreChat: Settings, Data Controls, Import conversations, each file in conversations/: one at a "
        "time."
    )
    TAKES = frozenset({"thread", "memory", "asset"})
    BY_HAND: ClassVar[Mapping[str, str]] = {
        "memory": "add it in the side panel, Memories: it is in memory.txt or instructions.txt",
        "asset": "attach it to its conversation: it is in files/",
    }

    def write(self, source: Source, out: Path) -> None:
        """Write conversations, files and memories."""
        files = copy_files(source, out)
        names = Names(out / CONVERSATIONS)
        for thread in source.threads():
            if nodes := placed(thread):
                names.folder.mkdir(exist_ok=True)
                data = msgspec.json.encode(_conversation(thread, nodes, files))
                names.path(thread.title or "", thread.key, ".json").write_bytes(data)
        _memories.write(source.memories(), out)

    def read_back(self, out: Path, scratch: Path) -> Archive | None:
        """Read the conversations with the reader of LibreChat's exports."""
        folder = out / CONVERSATIONS
        return read_with("librechat", folder, scratch) if folder.exists() else None

    def memories(self, out: Path) -> list[Memory]:
        """Return what the text files hold."""
        return _memories.read(out)

    def notes(self, out: Path) -> list[str]:
        """Return how many files are larger than servers commonly take."""
        large = [f for f in (out / CONVERSATIONS).glob("*.json") if f.stat().st_size > LIMIT]
        how = "set CONVERSATION_IMPORT_MAX_FILE_SIZE_BYTES on the server, or cut them"
        return [f"{len(large)} conversations are over {LIMIT >> 20} MiB: {how}"] if large else []


def _conversation(thread: Thread, nodes: list[Placed], files: dict[str, str]) -> dict[str, Any]:
    depth: dict[str | None, int] = {None: 0}
    messages: dict[str, dict[str, Any]] = {}
    for one in nodes:
        depth[one.node.key] = depth[one.parent] + 1
        messages[one.node.key] = _message(thread, one, files)
    nested = max(depth.values()) <= DEEPEST
    if nested:
        for message in messages.values():
            message["children"] = []
        for one in nodes:
            if one.parent is not None:
                messages[one.parent]["children"].append(messages[one.node.key])
    tops = [messages[one.node.key] for one in nodes if one.parent is None or not nested]
    return {
        "conversationId": dashed(thread.key),
        **({} if thread.title is None else {"title": thread.title}),
        "options": {"model": thread.model} if thread.model else {},
        "branches": True,
        "recursive": nested,
        "messagesTree" if nested else "messages": tops,
    }


def _message(thread: Thread, one: Placed, files: dict[str, str]) -> dict[str, Any]:
    node, parts = one.node, one.parts
    mine = node.role is Role.USER
    message: dict[str, Any] = {
        "messageId": dashed(node.key),
        "parentMessageId": dashed(one.parent) if one.parent else ROOT,
        "conversationId": dashed(thread.key),
        "isCreatedByUser": mine,
        "sender": node.author or ("User" if mine else node.model or "Assistant"),
        "text": "\n\n".join(p.text or "" for p in parts if p.kind is PartKind.TEXT),
    }
    if len(parts) > 1 or parts[0].kind is not PartKind.TEXT:
        message["content"] = _content(parts, files)
    if (when := iso(node.created)) is not None:
        message["createdAt"] = when
    if node.model:
        message["model"] = node.model
    return message


def _content(parts: list[Part], files: dict[str, str]) -> list[dict[str, Any]]:
    """Return parts as pieces of content; a result that follows its call is written with it."""
    pieces: list[dict[str, Any]] = []
    for before, part in zip([None, *parts], parts, strict=False):
        if part.asset is not None or part.kind not in (
            PartKind.THINKING,
            PartKind.TOOL_CALL,
            PartKind.TOOL_RESULT,
        ):
            pieces.append({"type": "text", "text": markdown(part, files)})
        elif part.kind is PartKind.THINKING:
            pieces.append({"type": "think", "think": part.text})
        elif part.kind is PartKind.TOOL_RESULT and before is not None and _answers(part, before):
            pieces[-1]["tool_call"]["output"] = part.text
        else:
            is_call = part.kind is PartKind.TOOL_CALL
            told = {"args": part.text} if is_call else {"args": "", "output": part.text}
            named = {"name": tool_of(part) if is_call else "", "type": "tool_call", "progress": 1}
            known = {} if part.call_id is None else {"id": part.call_id}
            pieces.append({"type": "tool_call", "tool_call": {**known, **named, **told}})
    return pieces


def _answers(result: Part, call: Part) -> bool:
    return (
        call.kind is PartKind.TOOL_CALL and call.asset is None and result.call_id == call.call_id is not None
    )


WRITER = LibreChat()
