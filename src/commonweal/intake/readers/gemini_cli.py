"""Sessions of Gemini CLI, as it keeps them in `~/.gemini/tmp/<project>/chats`.

A document for each session until 2026; since then a log: a first line that names the session, a line for
each message, written again when it grows, `$set` for what is said of the session, `$rewindTo` where messages
are taken back. Structure as others found it in real files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from commonweal.intake.reader import Claim, Context, Item, Reader, decode_json
from commonweal.intake.readers._sessions import decode_lines, sessions
from commonweal.intake.records import Lost, Node, Part, PartKind, Record, Role, Thread, as_text, rest
from commonweal.intake.source import Member, Tree
from commonweal.intake.times import time

ROLES = {"user": Role.USER, "gemini": Role.ASSISTANT, "model": Role.ASSISTANT}
SAYS = (
    "command",
    "prompt",
    "content",
    "new_string",
    "query",
    "pattern",
    "objective",
    "question",
    "file_path",
)
"""Which of a tool's arguments matters most to who reads."""


class GeminiCLI(Reader):
    """Gemini CLI sessions."""

    NAME = "gemini-cli"
    TITLE = "Gemini CLI (Google), sessions kept on your disk"
    TRIED = ""
    NOTES = (
        "Give it the folder `.gemini/tmp`, or single files of `chats` in it. Each session is a thread; a "
        "tool's call and result are parts of the message that called it. In logs of 2026 a message that was "
        "written again counts as its last writing, the earlier ones stay in the JSON of the session; "
        "messages that were taken back are kept beside the path that is shown. The list of prompts "
        "(`logs.json`) is kept as a file; `oauth_creds.json` is a log-in, refused unless asked for."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim sessions, and the list of prompts and the log-in beside them."""
        claim = Claim(read=[m.path for m in tree if _session(m)])
        for member in tree if claim else ():
            shape = member.shape
            if shape.has("access_token", "refresh_token"):
                if "logins" in include:
                    claim.assets.append(member.path)
                else:
                    claim.refused[member.path] = ("logins", "keys to an account")
            elif shape.has("[].sessionId", "[].messageId", "[].message") and not shape.has("[].uuid"):
                claim.assets.append(member.path)
        return claim

    def items(self, member: Member) -> Iterator[Item | Lost]:
        """Yield a file's one session."""
        if member.kind == "jsonl":
            yield from sessions(member, lambda lines: ("" for _ in lines))
        else:
            yield Item(member.path, member.read())

    def decode(self, data: Any) -> Any:
        """Return a session's document, or the lines of its log."""
        try:
            return decode_json(data)
        except msgspec.DecodeError:
            return decode_lines(data)

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield a session."""
        if isinstance(raw, list):
            yield _replayed(raw)
        else:
            messages = raw.get("messages")
            held = isinstance(messages, list)
            nodes = [_node(m) for m in messages] if held else []
            yield _thread(raw, nodes, len(nodes), rest(raw, "messages") if held else raw)


def _session(member: Member) -> bool:
    shape, start = member.shape, "[]." if member.kind == "jsonl" else ""
    return member.kind in ("json", "jsonl") and shape.has(start + "sessionId", start + "projectHash")


def _thread(head: dict[str, Any], nodes: list[Node], seen: int, left: Any) -> Thread:
    delegated = head.get("kind") == "subagent"
    for node in nodes:
        if delegated and node.role is Role.USER:  # the agent that called it speaks, not the person
            node.role, node.hidden = Role.SYSTEM, True
    gone = [k for k in ("sessionId", "summary") if isinstance(head.get(k), str)]
    gone += [k for k in ("startTime", "lastUpdated") if time(head.get(k))]
    return Thread(
        key=as_text(head.get("sessionId")) or "",
        kind="session",
        title=as_text(head.get("summary")),
        nodes=nodes,
        seen=seen,
        created=time(head.get("startTime")),
        updated=time(head.get("lastUpdated")),
        chain=True,
        json=rest(left, *gone) if isinstance(left, dict) else left,
    )


@dataclass
class _Log:
    """A session as its log tells it, line by line.

    Attributes
    ----------
    head : dict
        What is said of the session.
    kept : list
        Lines that are no message, and messages that were written again since.
    last : dict of str to dict
        Messages by name as they were written last, in the order of the first time.
    parents : dict of str to (str or None)
        What each follows.
    path : list of str
        Names of those that were not taken back.
    """

    head: dict[str, Any] = field(default_factory=dict)
    kept: list[Any] = field(default_factory=list)
    last: dict[str, Any] = field(default_factory=dict)
    parents: dict[str, str | None] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)

    def line(self, line: Any) -> None:
        if not isinstance(line, dict):
            self.kept.append(line)
        elif "type" in line and not {"$set", "$rewindTo", "sessionId"} & line.keys():
            self._message(line)
        else:
            said = line.get("$set")
            self._said(line, said if isinstance(said, dict) else line)
            back = line.get("$rewindTo")
            if isinstance(back, str):  # to before the message of this name
                self.path = self.path[: self.path.index(back)] if back in self.path else []

    def _said(self, line: dict[str, Any], said: dict[str, Any]) -> None:
        """Take what is said of the session; messages may come with it, as after a compression."""
        messages = said.get("messages")
        if isinstance(messages, list) and all(isinstance(m, dict) for m in messages):
            for message in messages:
                self._message(message)
            said = rest(said, "messages") or {}
            line = {**line, "$set": said} if "$set" in line else said
        self.head |= {key: value for key, value in said.items() if key != "$rewindTo"}
        self.kept.append(line)

    def _message(self, message: dict[str, Any]) -> None:
        name = message.get("id")
        if not isinstance(name, str):
            name = f"without a name, {len(self.last) + 1}"
        if name not in self.last:
            self.parents[name] = self.path[-1] if self.path else None
            self.path.append(name)
        elif self.last[name] != message:
            self.kept.append(self.last[name])
        self.last[name] = message


def _replayed(lines: list[Any]) -> Thread:
    """Return the session that a log tells."""
    log = _Log()
    for line in lines:
        log.line(line)
    nodes = [_node(message) for message in log.last.values()]
    for node, (name, parent) in zip(nodes, log.parents.items(), strict=True):
        node.key, node.parent = name, parent
    thread = _thread(log.head, nodes, len(nodes), {"lines": log.kept})
    thread.current = log.path[-1] if log.path else None
    thread.chain = False
    return thread


def _node(raw: Any) -> Node:
    if not isinstance(raw, dict):
        return Node("", Role.NONE, [Part(PartKind.OTHER, json=raw)], hidden=True)
    of = raw.get("type")
    role = ROLES.get(of if isinstance(of, str) else "", Role.SYSTEM)
    thoughts, calls = raw.get("thoughts"), raw.get("toolCalls")
    parts = [_thought(t) for t in thoughts] if isinstance(thoughts, list) else []
    parts += [_piece(p) for p in _pieces(raw.get("content"))]
    parts += [p for c in calls for p in _call(c)] if isinstance(calls, list) else []
    gone = [k for k, v in (("thoughts", thoughts), ("toolCalls", calls)) if isinstance(v, list)]
    gone += [k for k in ("id", "model") if isinstance(raw.get(k), str)]
    gone += ["timestamp"] if time(raw.get("timestamp")) else []
    return Node(
        key=as_text(raw.get("id")) or "",
        role=role,
        parts=parts,
        created=time(raw.get("timestamp")),
        model=as_text(raw.get("model")),
        json=rest(raw, "content", *gone),
    )


def _pieces(content: Any) -> list[Any]:
    if content is None or content == "":
        return []
    return content if isinstance(content, list) else [content]


def _piece(raw: Any) -> Part:
    """Return a piece of what was said: text, or a part as the model's interface has them."""
    if isinstance(raw, str):
        return Part(PartKind.TEXT, raw)
    if not isinstance(raw, dict):
        return Part(PartKind.OTHER, json=raw)
    if isinstance(raw.get("text"), str):
        kind = PartKind.THINKING if raw.get("thought") is True else PartKind.TEXT
        return Part(kind, raw["text"], json=rest(raw, "text"))
    data = raw.get("inlineData")
    mime = as_text(data.get("mimeType")) if isinstance(data, dict) else None
    if mime:
        kind = PartKind.IMAGE if mime.startswith("image/") else PartKind.FILE
        return Part(kind, mime=mime, json=raw)
    return Part(PartKind.OTHER, json=raw)


def _thought(raw: Any) -> Part:
    if not isinstance(raw, dict) or not isinstance(raw.get("description"), str):
        return Part(PartKind.THINKING, as_text(raw), json=None if isinstance(raw, str) else raw)
    return Part(PartKind.THINKING, raw["description"], json=rest(raw, "description"))


def _call(raw: Any) -> Iterator[Part]:
    """Yield a tool's call, with what most matters of it as text, and its result."""
    if not isinstance(raw, dict):
        yield Part(PartKind.TOOL_CALL, json=raw)
        return
    name, given = as_text(raw.get("id")), raw.get("args")
    text = None
    kept: dict[str, Any] = rest(raw, "result", "id" if name else "") or {}
    if isinstance(given, dict):
        says = next((k for k in SAYS if isinstance(given.get(k), str) and given[k]), None)
        if says:
            text, kept["args"], kept["text_of"] = given[says], rest(given, says), f"args.{says}"
    yield Part(PartKind.TOOL_CALL, text, call_id=name, json=kept)
    for result in _pieces(raw.get("result")):
        yield _result(result, name)


def _result(raw: Any, name: str | None) -> Part:
    answer = _dict(_dict(raw).get("functionResponse"))
    response = _dict(answer.get("response"))
    key = next((k for k in ("output", "error") if isinstance(response.get(k), str)), None)
    if key is not None:
        left = {**raw, "functionResponse": {**answer, "response": rest(response, key)}, "text_of": key}
        return Part(PartKind.TOOL_RESULT, response[key], call_id=name, json=left)
    return Part(PartKind.TOOL_RESULT, as_text(raw), call_id=name, json=None if isinstance(raw, str) else raw)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


READER = GeminiCLI()
