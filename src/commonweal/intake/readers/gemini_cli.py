"""Sessions of Gemini CLI, as it keeps them in `~/.gemini/tmp/<project>/chats`.

A document for each session until 2026; since then a log: a first line that names the session, a line for
each message, written again when it grows, `$set` for what is said of the session, `$rewindTo` where messages
are taken back. Structure as others found it in real files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from commonweal.intake.reader import Claim, Context, Item, Reader, decode_json
from commonweal.intake.readers._gemini_cli import Log, node_of
from commonweal.intake.readers._sessions import decode_lines, sessions
from commonweal.intake.records import Lost, Node, Record, Role, Thread, as_text, rest
from commonweal.intake.source import Member, Tree
from commonweal.intake.times import time


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
            nodes = [node_of(m) for m in messages] if held else []
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


def _replayed(lines: list[Any]) -> Thread:
    """Return the session that a log tells."""
    log = Log()
    for line in lines:
        log.line(line)
    nodes = [node_of(message) for message in log.last.values()]
    for node, (name, parent) in zip(nodes, log.parents.items(), strict=True):
        node.key, node.parent = name, parent
    thread = _thread(log.head, nodes, len(nodes), {"lines": log.kept})
    thread.current = log.path[-1] if log.path else None
    thread.chain = False
    return thread


READER = GeminiCLI()
