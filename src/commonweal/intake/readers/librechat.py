"""LibreChat: a conversation a file, its messages nested in what they answer, or a list with the id of that.

Structure as its exporter writes it and its importer takes it (`api/server/utils/import/importers.js`):
recursive under `messages` or `messagesTree`, where the nesting says what answers what, or flat with
`parentMessageId`.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from commonweal.intake.reader import Claim, Context, Reader, decode_json
from commonweal.intake.readers._shapes import array, left, other, table
from commonweal.intake.records import Lost, Node, Part, PartKind, Record, Role, Thread, as_text
from commonweal.intake.source import Member, Tree
from commonweal.intake.times import Time, time

ROOT = "00000000-0000-0000-0000-000000000000"
"""What a first message answers, as LibreChat writes it."""

LISTS = ("messagesTree", "messages")
TEXTS = {"text": PartKind.TEXT, "think": PartKind.THINKING}
NOBODY = {"user", "assistant"}
"""Senders that name no one."""


class LibreChat(Reader):
    """LibreChat conversations, with every branch."""

    NAME = "librechat"
    TITLE = "LibreChat"
    TRIED = ""
    NOTES = (
        "A JSON file for each conversation, recursive or flat. It does not tell which branch was on screen: "
        "the newest is taken, as LibreChat shows it. Files stay on the server and are not in the export."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim conversations with a `conversationId` and messages that each have a `messageId`."""
        return Claim(read=[m.path for m in tree if _conversation(m)])

    def decode(self, data: Any) -> Any:
        """Return the conversation with its tree laid out: nesting as deep as a conversation is long."""
        return _flat(_value(data)) if isinstance(data, bytes) else data

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield a conversation."""
        nodes = [_node(m["parent"], m["message"]) for m in raw["laid out"]]
        outer = raw["conversation"]
        options = outer.get("options")
        model = options.get("model") if isinstance(options, dict) else None
        if not nodes:
            yield Lost("messages", "a conversation without messages: its other keys are kept")
        yield Thread(
            key=as_text(outer.get("conversationId")) or "",
            title=as_text(outer.get("title")),
            nodes=nodes,
            seen=len(raw["laid out"]),
            model=as_text(model) or as_text(outer.get("model")),
            created=time(outer.get("createdAt")),
            updated=time(outer.get("updatedAt")),
            current=_shown(nodes),
            json=left(outer, "conversationId title", "createdAt updatedAt"),
        )


def _conversation(member: Member) -> bool:
    shape = member.shape
    return any(
        shape.has(f"{place}conversationId", f"{place}{name}.[].messageId")
        for place in ("", "[].")
        for name in LISTS
    )


def _value(data: bytes) -> Any:
    """Return JSON of any depth."""
    try:
        return decode_json(data)
    except RecursionError:
        return _deep(data)


def _deep(data: bytes) -> Any:
    """Build the value from its events: a parser that calls itself gives up at a thousand levels."""
    import ijson

    root: list[Any] = []
    stack: list[tuple[Any, str]] = [(root, "")]
    for event, value in ijson.basic_parse(io.BytesIO(data), use_float=True):
        inside, key = stack[-1]
        if event == "map_key":
            stack[-1] = (inside, value)
            continue
        if event in ("end_map", "end_array"):
            stack.pop()
            continue
        new: Any = {} if event == "start_map" else [] if event == "start_array" else value
        if isinstance(inside, list):
            inside.append(new)
        else:
            inside[key] = new
        if event in ("start_map", "start_array"):
            stack.append((new, ""))
    return root[0]


def _flat(raw: Any) -> dict[str, Any]:
    """Return a conversation without its messages, and these in their order with what each answers.

    In the recursive form that is the message around it, as the importer has it; it may differ from what
    the message says itself.
    """
    assert isinstance(raw, dict)
    name = next((n for n in LISTS if isinstance(raw.get(n), list)), None)
    laid_out: list[dict[str, Any]] = []
    stack: list[tuple[Any, str | None]] = [(m, None) for m in reversed(raw[name])] if name else []
    while stack:
        message, parent = stack.pop()
        own = message if isinstance(message, dict) else {}
        children = own.get("children")
        if isinstance(children, list):
            message = {key: value for key, value in own.items() if key != "children"}
            stack += [(child, as_text(own.get("messageId"))) for child in reversed(children)]
        laid_out.append({"parent": parent if parent is not None else _answers(own), "message": message})
    return {"conversation": {k: v for k, v in raw.items() if k != name}, "laid out": laid_out}


def _answers(message: dict[str, Any]) -> str | None:
    parent = as_text(message.get("parentMessageId"))
    return None if parent == ROOT else parent


def _node(parent: str | None, raw: Any) -> Node:
    if not isinstance(raw, dict):
        return Node("", Role.NONE, [other(raw)], parent=parent, hidden=True)
    sender, model, text = as_text(raw.get("sender")), as_text(raw.get("model")), as_text(raw.get("text"))
    parts = [part for piece in array(raw.get("content")) for part in _piece(piece)]
    parts = parts or ([Part(PartKind.TEXT, text)] if text else [])
    named = sender is not None and sender.lower() not in NOBODY and sender != model
    told = ["messageId", "model"]
    told += ["sender"] if named else []
    told += ["text"] if any(part.text == text for part in parts) else []
    told += ["parentMessageId"] if parent == raw.get("parentMessageId") else []
    parts += [_file(f) for f in array(raw.get("files"))]
    return Node(
        key=as_text(raw.get("messageId")) or "",
        role=Role.USER if raw.get("isCreatedByUser") is True else Role.ASSISTANT,
        parts=parts,
        parent=parent,
        author=sender if named else None,
        created=time(raw.get("createdAt")),
        model=model,
        json=left(raw, " ".join(told), "createdAt", "content files"),
    )


def _piece(raw: Any) -> Iterator[Part]:
    """Yield the parts of a piece of content; a tool's call holds its result."""
    piece = table(raw)
    kind = piece.get("type")
    if kind in TEXTS:
        value = piece.get(kind if kind == "text" else "think")
        text = as_text(table(value).get("value")) or as_text(value)
        yield Part(TEXTS[kind], text, json=left(piece, "type text think"))
    elif kind == "tool_call":
        yield from _call(
            table(piece.get("tool_call")), left({k: v for k, v in piece.items() if k != "tool_call"})
        )
    elif kind == "image_file":
        image = table(piece.get("image_file"))
        yield Part(
            PartKind.IMAGE, asset=as_text(image.get("filename")) or as_text(image.get("file_id")), json=raw
        )
    else:
        yield other(raw)


def _call(raw: dict[str, Any], around: Any) -> Iterator[Part]:
    call, result = as_text(raw.get("args")), as_text(raw.get("output"))
    kept = {"call": left(raw, "id args output"), "around": around}
    if call or raw.get("name") or not result:
        yield Part(PartKind.TOOL_CALL, call, call_id=as_text(raw.get("id")), json=kept)
        kept = {}
    if result:
        yield Part(PartKind.TOOL_RESULT, result, call_id=as_text(raw.get("id")), json=kept or None)


def _file(raw: Any) -> Part:
    file = table(raw)
    mime = as_text(file.get("type"))
    kind = PartKind.IMAGE if mime and mime.startswith("image/") else PartKind.FILE
    asset = as_text(file.get("filename")) or as_text(file.get("file_id"))
    return Part(kind, mime=mime, asset=asset, json=raw) if file else other(raw)


def _shown(nodes: list[Node]) -> str | None:
    """Return the end of the path that LibreChat shows: the newest answer, the last of equals."""
    below: dict[str | None, list[Node]] = {}
    known = {node.key for node in nodes}
    for node in nodes:
        below.setdefault(node.parent if node.parent in known else None, []).append(node)
    here: str | None = None
    seen: set[str | None] = set()
    while here not in seen and (answers := below.get(here)):
        seen.add(here)
        newest = max(enumerate(answers), key=lambda pair: (_moment(pair[1].created), pair[0]))[1]
        here = newest.key
    return here


def _moment(when: Time | None) -> float:
    """Return a time to order by; without one, a message is imported last and so is the newest."""
    return float("inf") if when is None else when.us


READER = LibreChat()
