"""Sessions of Claude Code, as it keeps them in `~/.claude/projects`: JSON Lines, an event each.

Lines name their session and the line that they follow. Structure as others found it in real files of 2025 and
2026; Anthropic documents none of it, and it changes often.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from commonweal.intake.reader import Claim, Context, Item, Reader
from commonweal.intake.readers._claude_code import node_of, put_in_line
from commonweal.intake.readers._sessions import decode_lines, sessions
from commonweal.intake.records import Lost, Node, Record, Role, Thread, as_text
from commonweal.intake.source import Member, Tree


class ClaudeCode(Reader):
    """Claude Code sessions."""

    NAME = "claude-code"
    TITLE = "Claude Code (Anthropic), sessions kept on your disk"
    TRIED = ""
    NOTES = (
        "Give it the folder `.claude/projects`, or single files of it. Each session is a thread, and so is "
        "each sub-agent that writes a file; each line is a message of it. Progress, snapshots and settings "
        "are kept, hidden. Commands' output, reminders, summaries and what a sub-agent was told are not "
        "counted as your words. Results of tools called at the same time are put in line, so that the path "
        "that is shown has all of them. Pictures stay in the JSON of their messages. The list of prompts "
        "(`history.jsonl`) and the outputs and sub-agents' names beside a session are kept as files; log-ins "
        "are refused unless asked for."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim files of events with a session's name, what lies in the folder of a session, and log-ins."""
        claim = Claim(read=[m.path for m in tree if _session(m)])
        folders = tuple(path.removesuffix(".jsonl") + "/" for path in claim.read)
        for member in tree if claim else ():
            shape, path = member.shape, member.path
            if path in claim.read:
                continue
            if shape.has("claudeAiOauth") or shape.has("oauthAccount"):
                if "logins" in include:
                    claim.assets.append(path)
                else:
                    claim.refused[path] = ("logins", "keys to an account")
            elif path.startswith(folders) or shape.has("[].display", "[].project", "[].timestamp"):
                claim.assets.append(path)
        claim.context = _twins([tree.members[path] for path in sorted(claim.read, key=_of_agent)])
        return claim

    def items(self, member: Member) -> Iterator[Item | Lost]:
        """Yield sessions: a file's, or each of a file that joins several."""
        yield from sessions(member, _keys)

    def decode(self, data: Any) -> Any:
        """Return a session's lines."""
        return decode_lines(data)

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield a session."""
        lines = [line for line in raw if isinstance(line, dict)]
        known = {line["uuid"] for line in lines if isinstance(line.get("uuid"), str)}
        nodes = [node_of(line, known) for line in raw]
        put_in_line(nodes, raw)
        agent = _first(lines, "agentId")
        key = "/".join(filter(None, (_first(lines, "sessionId"), agent)))
        times = [node.created for node in nodes if node.created is not None]
        yield Thread(
            key=(context.claimed or {}).get(context.path, {}).get(key, key),
            kind="session",
            title=_title(lines, known),
            nodes=nodes,
            seen=len(raw),
            created=times[0] if times else None,
            updated=times[-1] if times else None,
            current=_current(nodes),
            json={"session": _first(lines, "sessionId"), "agent": agent} if agent else None,
        )


class _Head(msgspec.Struct, rename="camel"):
    """What tells a line's session."""

    session_id: Any = None
    agent_id: Any = None
    uuid: Any = None


_HEAD = msgspec.json.Decoder(_Head)


def _session(member: Member) -> bool:
    if member.kind not in ("json", "jsonl"):
        return False
    shape, start = member.shape, "[]." if member.kind == "jsonl" else ""
    if shape.has(start + "projectHash"):  # Gemini CLI
        return False
    named = shape.has(start + "sessionId", start + "type")
    marks = ("uuid", "messageId", "operation", "leafUuid", "message.role")
    if named:
        return any(shape.has(start + mark) for mark in marks)
    return shape.has(start + "type", start + "summary", start + "leafUuid")


def _keys(texts: Iterable[bytes]) -> Iterator[str]:
    """Yield the session of each line, and its sub-agent; a line without goes with the next that has one."""
    waiting, session = 0, ""
    for text in texts:
        waiting += 1
        if key := _key(_head(text)):
            session = key
            yield from [session] * waiting
            waiting = 0
    yield from [session] * waiting


def _head(text: bytes) -> _Head:
    try:
        return _HEAD.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return _Head()


def _of_agent(path: str) -> bool:
    return path.rpartition("/")[2].startswith("agent-")


def _key(head: _Head) -> str:
    """Return the name of a line's session, with its sub-agent's."""
    session, agent = as_text(head.session_id), as_text(head.agent_id)
    return f"{session}/{agent}" if session and agent else session or ""


def _twins(members: list[Member]) -> dict[str, dict[str, str]]:
    """Return, by file, other names for sessions that it shares with a file that begins with another line.

    Copies of one session begin alike, and become one thread; what the tool wrote beside a session under its
    name does not.
    """
    began: dict[str, str] = {}
    found: dict[str, dict[str, str]] = {}
    for member in members:
        here: dict[str, str] = {}
        for head in map(_head, member.head.split(b"\n")):
            if key := _key(head) if isinstance(head.uuid, str) else "":
                here.setdefault(key, head.uuid)
        for key, first in here.items():
            if began.setdefault(key, first) != first:
                name = member.name.removesuffix(".jsonl")
                found.setdefault(member.path, {})[key] = f"{key}/{name}"
    return found


def _first(lines: list[dict[str, Any]], key: str) -> str | None:
    return next((line[key] for line in lines if isinstance(line.get(key), str)), None)


def _title(lines: list[dict[str, Any]], known: set[str]) -> str | None:
    """Return the title that the person or the tool gave last, or else a summary of the session's lines."""
    for key in ("customTitle", "aiTitle"):
        if given := [line[key] for line in lines if isinstance(line.get(key), str)]:
            return as_text(given[-1])
    own = [line for line in lines if line.get("leafUuid") in known and line.get("type") == "summary"]
    return as_text(own[-1].get("summary")) if own else None


def _current(nodes: list[Node]) -> str | None:
    """Return the last line that the person sees, of the main path."""
    seen = [n for n in nodes if n.key and n.role is not Role.NONE]
    main = [n for n in seen if n.channel is None] or seen
    return main[-1].key if main else None


READER = ClaudeCode()
