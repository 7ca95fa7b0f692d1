"""Messages of Gemini CLI's sessions, and the log that tells them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from commonweal.intake.records import Node, Part, PartKind, Role, as_text, rest
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


@dataclass
class Log:
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
        """Take the next line."""
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


def node_of(raw: Any) -> Node:
    """Return a message's node; its calls and their results are parts of it."""
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
