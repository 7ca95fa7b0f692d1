"""Claude's export: `conversations.json` and its neighbours until 2026, a manifest and several ZIPs since.

Structure as found in exports from 2024 to 2026; Anthropic documents none of it. What extensions save from the
browser has the same form, and more keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from commonweal.intake.reader import Claim, Context, Item, Reader
from commonweal.intake.readers._claude import ROLES, pieces
from commonweal.intake.readers._claude_design import design
from commonweal.intake.readers._claude_memory import memories, project
from commonweal.intake.readers._nested import nested
from commonweal.intake.readers._shapes import array, left, stray, table
from commonweal.intake.records import Lost, Node, Record, Role, Thread, as_text
from commonweal.intake.source import Member, Shape, Tree
from commonweal.intake.times import time

ROOT = "00000000-0000-4000-8000-000000000000"
"""What the first message of a conversation answers."""


class Claude(Reader):
    """Claude conversations, projects, memories and design chats."""

    NAME = "claude"
    TITLE = "Claude (Anthropic)"
    TRIED = ""
    NOTES = (
        "Conversations with every branch, artifacts, thinking, tools; projects' documents and instructions; "
        "memories; design chats; published artifacts with their files. Of uploaded files the export holds "
        "the names and, of some, the text; it does not name the model. `users.json` and the history of "
        "log-ins are refused unless asked for, as are comments of others on artifacts. Since 2026 the export "
        "comes as several ZIPs: put them and the manifest into one folder and import that; a ZIP that the "
        "manifest lists and the folder lacks is named."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim what has `chat_messages`, and the files of memories, projects and design chats."""
        told = {member.path: _told(member.shape) for member in tree}
        claim = Claim(read=[path for path, kind in told.items() if kind in READ])
        if not claim:
            return claim
        works = {_folder(path) for path, kind in told.items() if kind == "artifact"}
        accounts = {_folder(path) for path, kind in told.items() if kind == "account"}
        for member in tree:
            path, kind = member.path, told[member.path]
            if kind == "account" or ("login" in member.name and _folder(path) in accounts):
                _sensitive(claim, path, "logins", "account, e-mail address and log-ins", include)
            elif kind == "manifest":
                claim.left[path] = _missing(member, tree)
            elif path not in claim.read and any(path.startswith(folder + "/") for folder in works):
                if kind == "comments":
                    _sensitive(claim, path, "messages", "comments on artifacts", include)
                else:
                    claim.assets.append(path)
        claim.context = _names(tree, [path for path, kind in told.items() if kind == "project"])
        return claim

    def items(self, member: Member) -> Iterator[Item | Lost]:
        """Yield conversations also where an object holds their array."""
        if member.shape.has("conversations.[].chat_messages"):
            yield from nested(member, "conversations")
        else:
            yield from super().items(member)

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield a conversation, a design chat, a project's or an account's memories."""
        if "chat_messages" in raw:
            yield from _conversation(raw)
        elif raw.keys() & {"conversations_memory", "project_memories", "memory_files"}:
            yield from memories(raw, context.claimed or {})
        elif "messages" in raw:
            yield design(raw)
        elif raw.keys() & {"prompt_template", "docs"}:
            yield from project(raw)
        else:
            yield from _conversation(raw)


READ = ("conversation", "memory", "project", "design")


def _told(shape: Shape) -> str | None:
    """Return what a file of the export is, by the keys of its object or of its array's objects."""
    if shape.has("data_files.[].category") or shape.has("data_files.[].export_url"):
        return "manifest"
    if shape.has("conversations.[].chat_messages.[].sender"):
        return "conversation"
    for kind, keys in MARKS:
        for at in ("", "[]."):
            if shape.has(*(at + key for key in keys)):
                return kind
    return None


MARKS = (
    ("conversation", ("uuid", "chat_messages")),
    ("conversation", ("name", "chat_messages")),
    ("memory", ("conversations_memory",)),
    ("memory", ("memory_files", "account_uuid")),
    ("design", ("uuid", "messages.[].content.content")),
    ("design", ("uuid", "messages.[].content.contentBlocks")),
    ("project", ("uuid", "prompt_template")),
    ("project", ("uuid", "docs", "creator")),
    ("account", ("uuid", "email_address")),
    ("artifact", ("versions", "owner_account")),
    ("artifact", ("versions", "active_version")),
    ("comments", ("comments",)),
    ("comments", ("threads",)),
)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _sensitive(claim: Claim, path: str, kind: str, what: str, include: frozenset[str]) -> None:
    if kind in include:
        claim.assets.append(path)
    else:
        claim.refused[path] = (kind, what)


def _missing(manifest: Member, tree: Tree) -> str:
    """Return why the manifest is left out, with the ZIPs that it lists and that aren't here."""
    here = {piece.removesuffix(".zip") for path in tree.members for piece in path.split("/")}
    here.add(tree.source.name.removesuffix(".zip"))
    listed = [as_text(table(f).get("filename")) for f in array(table(_decoded(manifest)).get("data_files"))]
    absent = [f for f in listed if f and f.removesuffix(".zip") not in here]
    links = "links for one download, which are used up"
    return links + (
        f"; of the files that it lists, these are not here: {', '.join(absent)}" if absent else ""
    )


def _decoded(member: Member) -> Any:
    try:
        return msgspec.json.decode(member.read().removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


class _Named(msgspec.Struct):
    uuid: str = ""
    name: str = ""


def _names(tree: Tree, paths: list[str]) -> dict[str, str]:
    """Return the names of projects by id, for memories that give the id alone."""
    found = {}
    for path in paths:
        for item in Reader.items(READER, tree.members[path]):
            try:
                one = msgspec.json.decode(item.data, type=_Named) if isinstance(item, Item) else _Named()
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
            if one.name:
                found[one.uuid] = one.name
    return found


def _conversation(raw: dict[str, Any]) -> Iterator[Record]:
    messages = raw.get("chat_messages")
    if not isinstance(messages, list):
        yield Lost("chat_messages", "a conversation without messages: its other keys are kept")
    nodes = []
    for message in array(messages):
        if message is None:
            yield Lost("chat_messages[]", "null in place of a message", nodes=1)
        else:
            nodes.append(_message(message) if isinstance(message, dict) else stray(message))
    yield Thread(
        key=as_text(raw.get("uuid")) or "",
        title=as_text(raw.get("name")) or as_text(raw.get("title")),
        nodes=nodes,
        seen=len(array(messages)),
        model=as_text(raw.get("model")),
        created=time(raw.get("created_at")),
        updated=time(raw.get("updated_at")),
        current=as_text(raw.get("current_leaf_message_uuid")),
        chain=not any(node.parent for node in nodes),
        json=left(
            raw,
            f"uuid model {'name' if raw.get('name') else 'title'}",
            "created_at updated_at",
            "chat_messages",
        ),
    )


def _message(raw: dict[str, Any]) -> Node:
    parts, repeats = pieces(raw)
    parent = as_text(raw.get("parent_message_uuid"))
    known = None if parent == ROOT else parent
    texts = f"uuid {'text' if repeats else ''} {'parent_message_uuid' if known else ''}"
    return Node(
        key=as_text(raw.get("uuid")) or "",
        role=ROLES.get(as_text(raw.get("sender")) or "", Role.OTHER),
        parts=parts,
        parent=known,
        created=time(raw.get("created_at")),
        json=left(raw, texts, "created_at", "content attachments files"),
    )


READER = Claude()
