"""Open WebUI: an array of chats, each a tree of messages by id; or chats as older versions wrote them, bare.

Structure as its importer and exporter have it (`src/lib/components/chat/Settings/DataControls.svelte`,
`backend/open_webui/models/chats.py`), and as other tools' tests show it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from commonweal.intake.reader import Claim, Context, Reader
from commonweal.intake.readers._shapes import array, left, other, table
from commonweal.intake.records import Lost, Node, Part, PartKind, Record, Role, Thread, as_text, rest
from commonweal.intake.source import Member, Tree
from commonweal.intake.times import time

FORMS = ("[].chat.history", "[].history", "chat.history", "history")
ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT, "system": Role.SYSTEM, "tool": Role.TOOL}
DETAILS = re.compile(r'<details type="(reasoning|tool_calls)"([^>]*)>(.*?)</details>\n?', re.DOTALL)
SUMMARY = re.compile(r"\s*<summary>.*?</summary>\n?", re.DOTALL)
ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
PIECES = {
    "message": (PartKind.TEXT, "content"),
    "reasoning": (PartKind.THINKING, "content"),
    "function_call_output": (PartKind.TOOL_RESULT, "output"),
}
QUOTED = re.compile(r"^> ?", re.MULTILINE)


class OpenWebUI(Reader):
    """Open WebUI chats, with every branch."""

    NAME = "open-webui"
    TITLE = "Open WebUI"
    TRIED = ""
    NOTES = (
        "Chats as Settings, Data Controls, Export Chats writes them. Files that messages name stay on the "
        "server and are not in the export; pictures may stand in it as data addresses, and stay in `json`."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim chats with a `history` of messages by id."""
        return Claim(read=[m.path for m in tree if _chats(m)])

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield a chat."""
        outer = dict(raw)
        chat = outer.pop("chat") if isinstance(raw.get("chat"), dict) else outer
        chat = dict(chat) if chat is not outer else outer
        history = chat.pop("history", None)
        history = dict(history) if isinstance(history, dict) else {"history": history}
        messages = history.pop("messages", None)
        if not isinstance(messages, dict):
            yield Lost("history.messages", "a chat without messages: its other keys are kept")
            history, messages = {**history, "messages": messages}, {}
        models = chat.get("models")
        model = as_text(models[0]) if isinstance(models, list) and len(models) == 1 else None
        title = as_text(raw.get("title"))
        yield Thread(
            key=as_text(raw.get("id")) or "",
            title=as_text(chat.get("title")) if title is None else title,
            nodes=[_node(key, message) for key, message in messages.items()],
            seen=len(messages),
            model=model,
            created=time(raw.get("created_at")),
            updated=time(raw.get("updated_at")),
            current=as_text(history.get("currentId")),
            json={
                "outer": left(outer, "id title", "created_at updated_at"),
                "chat": None if chat is outer else left(chat, parts="models" if model else ""),
                "history": left(history, "currentId"),
            },
        )


def _chats(member: Member) -> bool:
    return any(member.shape.has(f"{form}.messages", f"{form}.currentId") for form in FORMS)


def _node(key: str, raw: Any) -> Node:
    if not isinstance(raw, dict):
        return Node(key, Role.NONE, [other(raw)], hidden=True)
    role = ROLES.get(as_text(raw.get("role")) or "", Role.OTHER)
    content, files = raw.get("content"), raw.get("files")
    parts = _output(raw.get("output"))
    newer = bool(parts)  # the rendering in `content` says it again: kept, for it may have been edited
    parts = parts or _content(content, role)
    told = ["parentId", "model"]
    told += ["id"] if raw.get("id") == key else []
    told += ["role"] if role is not Role.OTHER else []
    told += ["content"] if not newer and [p.text for p in parts] == [content] else []
    parts += [_file(f) for f in array(files)]
    return Node(
        key=key,
        role=role,
        parts=parts,
        parent=as_text(raw.get("parentId")),
        created=time(raw.get("timestamp")),
        model=as_text(raw.get("model")),
        json=left(raw, " ".join(told), "timestamp", "output files" if newer else "files"),
    )


def _output(raw: Any) -> list[Part]:
    """Return the parts of a message of a newer version: items as OpenAI's Responses have them."""
    return [part for item in raw for part in _item(item)] if isinstance(raw, list) else []


def _item(raw: Any) -> Iterator[Part]:
    """Yield the parts of an item; what is left of it goes with the first."""
    item = table(raw)
    kind, call = item.get("type"), as_text(item.get("call_id"))
    if kind == "function_call":
        yield Part(
            PartKind.TOOL_CALL,
            as_text(item.get("arguments")),
            None,
            None,
            call,
            left(item, "arguments call_id"),
        )
    elif kind == "open_webui:code_interpreter":
        yield Part(PartKind.CODE, as_text(item.get("code")), json=left(item, "code"))
    elif kind in PIECES:
        of, where = PIECES[kind]
        kept = left(item, "call_id", parts=where)
        for piece in array(item.get(where)) or [None]:
            own = left(piece, "text") if isinstance(piece, dict) else piece
            yield Part(of, as_text(table(piece).get("text")), call_id=call, json={"piece": own, "item": kept})
            kept = None
    else:
        yield other(raw)


def _content(raw: Any, role: Role) -> list[Part]:
    """Return the parts of a message's text; older versions put thinking and tool calls into it as HTML."""
    if isinstance(raw, str):
        return _told(raw) if role is Role.ASSISTANT and "<details" in raw else _prose(raw)
    if isinstance(raw, list):
        return [Part(PartKind.TEXT, p) if isinstance(p, str) else _piece(p) for p in raw]
    return [] if raw is None else [other(raw)]


def _piece(raw: Any) -> Part:
    """Return a piece of a message that is a list, as models' interfaces take them."""
    if table(raw).get("type") == "text":
        return Part(PartKind.TEXT, as_text(raw.get("text")), json=left(raw, "type text"))
    return other(raw)


def _told(text: str) -> list[Part]:
    parts: list[Part] = []
    at = 0
    for found in DETAILS.finditer(text):
        parts += _prose(text[at : found.start()].strip("\n"))
        at = found.end()
        body = SUMMARY.sub("", found[3], count=1)
        if found[1] == "reasoning":
            parts.append(Part(PartKind.THINKING, QUOTED.sub("", html.unescape(body)).strip("\n")))
        else:
            told = {name: html.unescape(value) for name, value in ATTRIBUTE.findall(found[2])}
            call = told.get("id")
            parts.append(
                Part(
                    PartKind.TOOL_CALL,
                    told.get("arguments"),
                    call_id=call,
                    json=rest(told, "arguments", "id"),
                )
            )
            result = told.get("result") or html.unescape(body).strip()
            parts += [Part(PartKind.TOOL_RESULT, result, call_id=call)] if result else []
    return parts + _prose(text[at:].strip("\n"))


def _prose(text: str) -> list[Part]:
    return [Part(PartKind.TEXT, text)] if text else []


def _file(raw: Any) -> Part:
    """Return a file that goes with a message; a data address is the file itself, and stays in `json`."""
    if not isinstance(raw, dict):
        return other(raw)
    kind = PartKind.IMAGE if raw.get("type") == "image" else PartKind.FILE
    url = as_text(raw.get("url")) or as_text(raw.get("id"))
    if url is None or url.startswith("data:"):
        mime = url[5:].partition(";")[0].partition(",")[0] if url else None
        return Part(kind, mime=mime or None, json=raw)
    return Part(kind, asset=url, json=raw)


READER = OpenWebUI()
