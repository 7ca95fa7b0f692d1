"""Sessions of Codex CLI, as it keeps them in `~/.codex/sessions`: JSON Lines, an event each.

Since autumn 2025 each line has a `type` and a `payload`; before, lines were flat, and the first named the
session; before that, a session was one document. Structure as others found it in real files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from commonweal.intake.reader import Claim, Context, Item, Reader, decode_json
from commonweal.intake.readers._codex import Event, event_of, node_of
from commonweal.intake.readers._sessions import decode_lines, sessions
from commonweal.intake.records import Lost, Memory, Node, Record, Role, Thread, as_text, rest
from commonweal.intake.source import Member, Tree
from commonweal.intake.times import time


class Codex(Reader):
    """Codex CLI sessions."""

    NAME = "codex"
    TITLE = "Codex CLI (OpenAI), sessions kept on your disk"
    TRIED = ""
    NOTES = (
        "Give it the folder `.codex/sessions`, or single files of it. Each session is a thread, each line a "
        "message of it; lines that repeat what another says (events beside messages) and settings are kept, "
        "hidden. What the tool put before your words (environment, AGENTS.md, permissions) is not counted as "
        "yours; AGENTS.md and your instructions become memories. Reasoning is in the files in summary, and "
        "encrypted. Turns that were rolled back are kept beside the path that is shown. `auth.json` is a "
        "log-in, refused unless asked for."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim files of events with a session's name, and the log-in and the list of prompts beside them."""
        claim = Claim(read=[m.path for m in tree if _session(m)])
        for member in tree if claim else ():
            shape = member.shape
            if shape.has("tokens.access_token") or shape.has("OPENAI_API_KEY"):
                if "logins" in include:
                    claim.assets.append(member.path)
                else:
                    claim.refused[member.path] = ("logins", "keys to an account")
            elif shape.has("[].session_id", "[].ts", "[].text"):
                claim.assets.append(member.path)
        return claim

    def items(self, member: Member) -> Iterator[Item | Lost]:
        """Yield sessions: a file's, or each of a file that joins several."""
        if member.shape.has("session.id", "items"):
            yield Item(member.path, member.read())
        else:
            yield from sessions(member, _keys)

    def decode(self, data: Any) -> Any:
        """Return a session's lines; of the oldest form, the session and its items."""
        try:
            whole = decode_json(data)
        except msgspec.DecodeError:
            return decode_lines(data)
        if isinstance(whole, dict) and isinstance(whole.get("items"), list) and "session" in whole:
            return [{**(rest(whole, "session", "items") or {}), **_dict(whole["session"])}, *whole["items"]]
        return [whole]

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield a session, and the instructions that it was given."""
        events = [event_of(line) for line in raw]
        meta = next((e.payload for e in events if e.kind == "session_meta"), {})
        nodes = list(_nodes(events, meta))
        yield Thread(
            key=as_text(meta.get("id")) or "",
            kind="session",
            nodes=nodes,
            seen=len(raw),
            created=time(meta.get("timestamp")),
            chain=not _path(nodes, events),
            json=rest(meta, "id", "timestamp", "instructions", "base_instructions"),
        )
        yield from _memories(events, meta)


class _Head(msgspec.Struct):
    """What tells a session's first line."""

    type: Any = None
    id: Any = None
    payload: Any = None
    record_type: Any = None
    timestamp: Any = None


_HEAD = msgspec.json.Decoder(_Head)


def _session(member: Member) -> bool:
    if member.kind not in ("json", "jsonl"):
        return False
    shape = member.shape
    if shape.has("session.id", "items.[].type") and not shape.has("messages"):
        return True
    start = "[]." if member.kind == "jsonl" else ""
    if shape.has(start + "payload.type", start + "type", start + "timestamp") or shape.has(
        start + "payload.id", start + "type"
    ):
        return any(mark in member.head[:65_536] for mark in (b'"session_meta"', b'"response_item"'))
    flat = shape.has("[].id", "[].timestamp", "[].instructions", "[].type")
    return flat and (shape.has("[].record_type") or shape.has("[].role", "[].content"))


def _keys(texts: Iterable[bytes]) -> Iterator[str]:
    """Yield the session of each line; it begins with a line that names it, and not one it was forked from."""
    session, known = "", {""}
    for text in texts:
        name, ancestors = _named(text)
        if name and name not in known:
            session, known = name, {name}
        known.update(ancestors)
        yield session


def _named(text: bytes) -> tuple[str, list[str]]:
    """Return the session that a line begins, and those that it says it comes from."""
    try:
        head = _HEAD.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return "", []
    payload = _dict(head.payload)
    if head.type == "session_meta":
        source = _dict(_dict(_dict(payload.get("source")).get("subagent")).get("thread_spawn"))
        from_ = (payload.get("forked_from_id"), source.get("parent_thread_id"))
        return as_text(payload.get("id")) or "", [a for a in from_ if isinstance(a, str)]
    flat = head.type is None and head.record_type is None and head.payload is None
    return (as_text(head.id) or "" if flat and head.timestamp is not None else ""), []


def _nodes(events: list[Event], meta: dict[str, Any]) -> Iterator[Node]:
    """Yield a node for each event; the model is the one that the last turn's settings named."""
    said = {text for e in events if e.kind == "response_item" for text in e.texts}
    delegated = isinstance(meta.get("source"), dict) and "subagent" in meta["source"]
    model = as_text(meta.get("model"))
    for event in events:
        if event.kind == "turn_context":
            model = as_text(event.payload.get("model")) or model
        yield node_of(event, said, model, delegated)


def _path(nodes: list[Node], events: list[Event]) -> bool:
    """Link nodes where turns were taken back, each to the last that was not; return whether there are any.

    A node without a name gets the number of its line then, for links need one.
    """
    if not any(event.rolled_back for event in events):
        return False
    turns: list[str | None] = []  # what stood before each turn
    before: str | None = None
    for number, (node, event) in enumerate(zip(nodes, events, strict=True)):
        node.key = node.key or f"line {number + 1}"
        if node.role is Role.USER:
            turns.append(before)
        if back := min(event.rolled_back, len(turns)):
            before = turns[-back]
            del turns[-back:]
        node.parent, before = before, node.key
    return True


def _memories(events: list[Event], meta: dict[str, Any]) -> Iterator[Memory]:
    """Yield the person's standing instructions, each once."""
    scope = as_text(meta.get("cwd")) or "account"
    holders = [(meta, "instructions")]
    holders += [(e.payload, "user_instructions") for e in events if e.kind == "turn_context"]
    texts = [as_text(holder.get(name)) for holder, name in holders]
    for text in dict.fromkeys(t for t in texts if t):
        yield Memory(scope, "instruction", text)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


READER = Codex()
