"""Pieces of DeepSeek's messages, and its forms of one conversation: its site's, and an extension's tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from commonweal.intake.readers._shapes import array, left, name, other, stray, table
from commonweal.intake.records import Node, Part, PartKind, Role, Thread, as_text
from commonweal.intake.times import time

ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT, "system": Role.SYSTEM, "tool": Role.TOOL}
KINDS = {
    "REQUEST": PartKind.TEXT,
    "RESPONSE": PartKind.TEXT,
    "THINK": PartKind.THINKING,
    "THINKING": PartKind.THINKING,
    "SEARCH": PartKind.TOOL_RESULT,
}


def role_of(message: dict[str, Any]) -> Role | None:
    """Return who speaks, by its role or by the kinds of its fragments; None where neither tells."""
    if isinstance(message.get("role"), str):
        return ROLES.get(message["role"].lower(), Role.OTHER)
    kinds = {str(table(f).get("type")).upper() for f in array(message.get("fragments"))}
    if kinds:
        return Role.USER if kinds == {"REQUEST"} else Role.ASSISTANT
    return Role.ASSISTANT if message.get("reasoning_content") else None


def parts_of(message: dict[str, Any]) -> list[Part]:
    parts = [part for fragment in array(message.get("fragments")) for part in _fragment(fragment)]
    for key, kind in (("reasoning_content", PartKind.THINKING), ("content", PartKind.TEXT)):
        if isinstance(message.get(key), str) and message[key]:
            parts.append(Part(kind, message[key]))
    parts += [_found(result) for result in array(message.get("search_results"))]
    return parts + [_file(file) for file in array(message.get("files"))]


def _fragment(raw: Any) -> Iterator[Part]:
    kind = KINDS.get(str(table(raw).get("type")).upper())
    if kind is None:
        yield other(raw)
        return
    yield Part(kind, as_text(raw.get("content")), json=left(raw, "content", parts="results"))
    yield from (_found(result) for result in array(raw.get("results")))


def _found(raw: Any) -> Part:
    """Return a page that a search found."""
    return Part(PartKind.CITATION, as_text(table(raw).get("title")), json=raw)


def _file(raw: Any) -> Part:
    if not isinstance(raw, dict):
        return other(raw)
    return Part(PartKind.FILE, asset=as_text(raw.get("file_name")) or name(raw.get("id")), json=raw)


def kept_of_message(message: dict[str, Any]) -> dict[str, Any] | None:
    model = "" if role_of(message) is Role.USER else "model"
    return left(
        message, f"content reasoning_content {model}", "inserted_at", "fragments search_results files"
    )


def from_site(raw: dict[str, Any]) -> Thread:
    """Return a conversation as the site reads it: an answer of its server, with what is wrapped around."""
    outer = table(raw.get("data")) if "data" in raw else raw
    inner = table(outer.get("biz_data"))
    session, messages = table(inner.get("chat_session")), array(inner.get("chat_messages"))
    kept = {
        "answer": {k: v for k, v in raw.items() if k not in ("data", "biz_data") or not isinstance(v, dict)},
        "data": {k: v for k, v in outer.items() if k != "biz_data" or not isinstance(v, dict)},
        "biz_data": left(inner, parts="chat_messages"),
    }
    if "chat_session" in inner and isinstance(kept["biz_data"], dict) and session:
        kept["biz_data"]["chat_session"] = left(session, "id title", "inserted_at updated_at")
    return Thread(
        key=as_text(session.get("id")) or "",
        title=as_text(session.get("title")),
        nodes=[_of_site(m) if isinstance(m, dict) else stray(m) for m in messages],
        seen=len(messages),
        created=time(session.get("inserted_at")),
        updated=time(session.get("updated_at")),
        current=name(session.get("current_message_id")),
        json=kept,
    )


def _of_site(raw: dict[str, Any]) -> Node:
    role = role_of(raw)
    return Node(
        key=name(raw.get("message_id")) or "",
        role=role or Role.OTHER,
        parts=parts_of(raw),
        parent=name(raw.get("parent_id")),
        created=time(raw.get("inserted_at")),
        model=(as_text(raw.get("model")) or None) if role is Role.ASSISTANT else None,
        json=kept_of_message(raw),
    )


def flat(roots: list[Any]) -> list[Any]:
    """Return the nodes of a tree in reading order, each with its parent's id in place of its children."""
    found: list[Any] = []
    stack = [(node, None) for node in reversed(roots)]
    while stack:
        node, parent = stack.pop()
        if not isinstance(node, dict):
            found.append(node)
            continue
        children = node.get("children")
        inside = isinstance(children, list)
        found.append({**{k: v for k, v in node.items() if k != "children" or not inside}, "parent": parent})
        stack += [(child, node.get("id")) for child in reversed(array(children))]
    return found


def from_tree(messages: list[Any]) -> Thread:
    nodes = []
    for raw in messages:
        if not isinstance(raw, dict):
            nodes.append(stray(raw))
            continue
        said = (("thought", PartKind.THINKING), ("content", PartKind.TEXT))
        parts = [Part(kind, raw[key]) for key, kind in said if isinstance(raw.get(key), str) and raw[key]]
        role = ROLES.get(as_text(raw.get("type")) or "", Role.OTHER)
        key = name(raw.get("id")) or ""
        nodes.append(
            Node(key, role, parts, parent=name(raw.get("parent")), json=left(raw, "thought content"))
        )
    return Thread(key="", nodes=nodes, seen=len(messages))
