"""Events of Codex CLI's sessions, and the nodes that they become."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from commonweal.intake.records import Node, Part, PartKind, Role, as_text, rest
from commonweal.intake.times import time

ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT, "system": Role.SYSTEM, "developer": Role.SYSTEM}
OUTER = ("session_meta", "response_item", "event_msg", "turn_context", "compacted")
INJECTED = (
    "<environment_context>", "<user_instructions>", "# AGENTS.md instructions", "<INSTRUCTIONS>", "<skill>",
    "<turn_aborted>", "<subagent_notification>", "<permissions instructions>", "<collaboration_mode>",
)  # fmt: skip
"""How texts begin that the tool writes in the person's name."""

REPEATED = {
    "user_message": (Role.USER, "message", PartKind.TEXT),
    "agent_message": (Role.ASSISTANT, "message", PartKind.TEXT),
    "agent_reasoning": (Role.ASSISTANT, "text", PartKind.THINKING),
    "agent_reasoning_raw_content": (Role.ASSISTANT, "text", PartKind.THINKING),
}
"""Events that say again what a message says; in some files they alone say it."""


@dataclass
class Event:
    """A line.

    Attributes
    ----------
    kind : str
        "session_meta", "response_item", "event_msg", "turn_context", "compacted"; "" for others.
    payload : dict
    line : object
        As it is.
    """

    kind: str
    payload: dict[str, Any]
    line: Any

    @property
    def texts(self) -> list[str]:
        """What it says, without space around."""
        payload, of = self.payload, self.payload.get("type")
        pieces = _pieces(payload.get("content")) if of in ("message", "reasoning") else []
        if of == "reasoning":
            pieces += _pieces(payload.get("summary"))
        return [p["text"].strip() for p in pieces if isinstance(p.get("text"), str)]

    @property
    def rolled_back(self) -> int:
        """How many turns it takes back."""
        turns = self.payload.get("num_turns") if self.payload.get("type") == "thread_rolled_back" else 0
        return turns if isinstance(turns, int) and not isinstance(turns, bool) and turns > 0 else 0


def event_of(line: Any) -> Event:
    """Return a line as an event, whichever form it has."""
    if not isinstance(line, dict):
        return Event("", {}, line)
    payload, kind = line.get("payload"), line.get("type")
    if isinstance(payload, dict):
        return Event(kind if isinstance(kind, str) and kind in OUTER else "", payload, line)
    if isinstance(kind, str):
        return Event("response_item", line, line)
    named = isinstance(line.get("id"), str) and "record_type" not in line
    return Event("session_meta" if named else "", line, line)


def node_of(event: Event, said: set[str], model: str | None, delegated: bool) -> Node:
    """Return an event's node.

    Parameters
    ----------
    event : Event
    said : set of str
        What the session's messages say, to tell events that repeat them.
    model : str or None
    delegated : bool
        Whether the session is a sub-agent's: another agent speaks as its user.
    """
    role, parts, taken = _mapped(event, said)
    if delegated and role is Role.USER:
        role = Role.SYSTEM
    line, payload = event.line, event.payload
    name = as_text(payload.get("id")) if event.kind == "response_item" else None
    taken = (*taken, "id") if name else taken
    if line is payload:
        kept: Any = rest(payload, *taken, *_timed(payload))
    elif isinstance(line, dict):
        kept = {**(rest(line, "payload", *_timed(line)) or {}), "payload": rest(payload, *taken)}
    else:
        kept = {"line": line}
    when = line.get("timestamp") if isinstance(line, dict) else None
    return Node(
        key=name or "",
        role=role,
        parts=parts,
        channel=as_text(payload.get("phase")),
        created=time(when) or time(payload.get("timestamp")),
        model=model if role is Role.ASSISTANT else None,
        hidden=role in (Role.NONE, Role.SYSTEM),
        json=kept,
    )


def _timed(line: dict[str, Any]) -> tuple[str, ...]:
    return ("timestamp",) if time(line.get("timestamp")) else ()


Mapped = tuple[Role, list[Part], tuple[str, ...]]


def _mapped(event: Event, said: set[str]) -> Mapped:
    """Return who speaks, what is said, and the keys of the payload that this holds in full."""
    payload = event.payload
    of = payload.get("type")
    of = of if isinstance(of, str) else ""
    if event.kind == "event_msg" and of in REPEATED:
        role, key, kind = REPEATED[of]
        text = as_text(payload.get(key))
        if text and text.strip() not in said:
            return role, [Part(kind, text)], (key,)
        return Role.NONE, [], ()
    if event.kind == "compacted":
        text = as_text(payload.get("message"))
        return Role.SYSTEM, [Part(PartKind.TEXT, text)] if text else [], ("message",) if text else ()
    if event.kind != "response_item":
        return Role.NONE, [], ()
    if of == "message":
        return _message(payload)
    if of == "reasoning":
        return Role.ASSISTANT, _reasoning(payload), ("summary", "content")
    if of.endswith("_output"):
        return Role.TOOL, _output(payload), ("output", "call_id")
    if of.endswith("_call"):
        return _call(payload)
    if of in ("ghost_snapshot", "compaction", ""):
        return Role.NONE, [], ()
    return Role.NONE, [Part(PartKind.OTHER, json=payload)], tuple(payload)


def _message(payload: dict[str, Any]) -> Mapped:
    raw = payload.get("role")
    role = ROLES.get(raw if isinstance(raw, str) else "", Role.OTHER)
    parts = [_part(p, PartKind.TEXT) for p in _pieces(payload.get("content"))]
    first = next((p.text for p in parts if p.text), None) or ""
    if role is Role.USER and first.lstrip().startswith(INJECTED):
        role = Role.SYSTEM
    return role, parts, ("content",)


def _reasoning(payload: dict[str, Any]) -> list[Part]:
    pieces = [*_pieces(payload.get("summary")), *_pieces(payload.get("content"))]
    return [_part(p, PartKind.THINKING) for p in pieces]


def _call(payload: dict[str, Any]) -> Mapped:
    """Map a call: its arguments as text where they are text; what else it says with it."""
    key = next((k for k in ("arguments", "input") if isinstance(payload.get(k), str)), "")
    action = payload.get("action")
    text = as_text(payload.get(key)) if key else _asked(action if isinstance(action, dict) else {})
    taken = tuple(k for k in ("name", "action", "arguments", "input") if k in payload)
    left = {k: payload[k] for k in taken if k != key}
    call = as_text(payload.get("call_id"))
    named = ("call_id",) if call is not None else ()
    return Role.ASSISTANT, [Part(PartKind.TOOL_CALL, text, call_id=call, json=left or None)], (*taken, *named)


def _asked(action: dict[str, Any]) -> str | None:
    """Return what a shell or a search was asked."""
    command = action.get("command")
    if isinstance(command, list):
        return " ".join(str(word) for word in command)
    return as_text(command) or as_text(action.get("query")) or as_text(action.get("url"))


def _output(payload: dict[str, Any]) -> list[Part]:
    call, output = payload.get("call_id"), payload.get("output")
    if isinstance(output, dict) and isinstance(output.get("content"), str | list):
        parts = [_part(p, PartKind.TOOL_RESULT) for p in _pieces(output["content"])]
        parts[:1] = parts[:1] or [Part(PartKind.TOOL_RESULT)]
        parts[0].json = {"output": rest(output, "content"), "part": parts[0].json}
    else:
        parts = [_part(p, PartKind.TOOL_RESULT) for p in _pieces(output)]
    parts = parts or [Part(PartKind.TOOL_RESULT)]
    for part in parts:
        part.call_id = as_text(call)
    if call is not None and not isinstance(call, str):
        parts[0].json = {"call_id": call, "part": parts[0].json}
    return parts


def _pieces(value: Any) -> list[dict[str, Any]]:
    """Return content as a list of pieces: exports write a string, an object or a list of either."""
    if value is None or value in ("", []):
        return []
    values = value if isinstance(value, list) else [value]
    return [v if isinstance(v, dict) else {"text": v} for v in values]


def _part(piece: dict[str, Any], kind: PartKind) -> Part:
    if isinstance(piece.get("image_url"), str):
        return Part(PartKind.IMAGE, json=piece)
    if isinstance(piece.get("text"), str):
        return Part(kind, piece["text"], json=rest(piece, "text"))
    return Part(PartKind.OTHER, json=piece)
