"""ChatGPT's export: one `conversations.json` until 2026, numbered shards since; a tree of messages each.

Structure as found in exports from 2023 to 2026; OpenAI documents none of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from commonweal.intake.reader import Claim, Context, Item, Reader, decode_json
from commonweal.intake.readers._chatgpt import FILE_ID, PROFILE, attach, content_parts
from commonweal.intake.readers._nested import nested
from commonweal.intake.records import Lost, Memory, Node, Record, Role, Thread, as_text, rest
from commonweal.intake.source import Member, Tree
from commonweal.intake.times import time

ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT, "system": Role.SYSTEM, "tool": Role.TOOL}
CONTEXTS = ("user_editable_context", "model_editable_context")
MANIFEST = re.compile(rb'"conversations(-\d+)?\.json"')
SHOWN_AGAIN = (b"jsonData", b"assetsJson")


class ChatGPT(Reader):
    """ChatGPT conversations, with every branch."""

    NAME = "chatgpt"
    TITLE = "ChatGPT (OpenAI)"
    TRIED = ""
    NOTES = (
        "Conversations in one file or in shards, every branch of them; canvas documents are artifacts, as "
        "each call wrote them, and an edit of pieces of one stays a call. Custom instructions and the memory "
        "that the model was given become memories; a project is named by id only: its instructions and files "
        "are not in the export. Spoken conversations hold their transcripts; recordings where the export has "
        "them. Pictures and uploads are joined to their messages by id; feedback, shared links and settings "
        "are kept as files. `chat.html` repeats the conversations and is left out; `user.json` (log-in data) "
        "and group chats (messages of others) are refused unless asked for."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim arrays of conversations with a `mapping` of nodes, and what lies beside them."""
        claim = Claim(read=[m.path for m in tree if _conversations(m)])
        if not claim:
            return claim
        folders = {path.rpartition("/")[0] for path in claim.read}
        for member in tree:
            if member.path not in claim.read and _beside(member.path, folders):
                _claim_beside(claim, member, include)
        return claim

    def items(self, member: Member) -> Iterator[Item | Lost]:
        """Yield conversations, also where they are wrapped as `{"conversations": […]}`."""
        wrapped = member.shape.has("conversations.[].mapping")
        yield from nested(member, "conversations") if wrapped else super().items(member)

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield a conversation, and the instructions and memories that its messages carry."""
        mapping = raw.get("mapping")
        if not isinstance(mapping, dict):
            yield Lost("mapping", "a conversation without messages: its other keys are kept")
            mapping = {}
        nodes = []
        for key, node in mapping.items():
            if not isinstance(node, dict):
                yield Lost("mapping.*", "null in place of a message", nodes=1)
                continue
            nodes.append(_node(key, node))
            yield from _memories(node)
        _link(nodes, mapping)
        yield Thread(
            key=as_text(raw.get("conversation_id")) or as_text(raw.get("id")) or "",
            title=as_text(raw.get("title")),
            nodes=nodes,
            seen=len(mapping),
            model=as_text(raw.get("default_model_slug")),
            created=time(raw.get("create_time")),
            updated=time(raw.get("update_time")),
            current=as_text(raw.get("current_node")),
            chain=all(node.parent is None for node in nodes),
            json=_rest_of_conversation(raw),
        )


def _conversations(member: Member) -> bool:
    shape = member.shape
    if shape.has("[].mapping"):
        return not shape.has("[].inserted_at") and not shape.has("[].mapping.*.message.fragments")
    if shape.has("conversations.[].mapping"):
        return not shape.has("conversations.[].inserted_at")
    return shape.has("mapping.*.message.author") and not shape.has("inserted_at")


def _beside(path: str, folders: set[str]) -> bool:
    return any(not folder or path.startswith(folder + "/") for folder in folders)


def _claim_beside(claim: Claim, member: Member, include: frozenset[str]) -> None:
    """Claim a file that lies beside the conversations, if it is one that the export puts there."""
    shape, path = member.shape, member.path
    if member.kind == "html" and any(mark in member.head for mark in SHOWN_AGAIN):
        claim.left[path] = "shows again what is read from the conversations"
    elif shape.has("email", "id") and shape.keys.keys() & {"chatgpt_plus_user", "phone_number", "birth_year"}:
        _sensitive(claim, path, "logins", "account, e-mail address and telephone number", include)
    elif set(shape.keys) == {"chats"} and shape.has("chats.[]") and (shape.at("chats.[]") or shape).keys:
        _sensitive(claim, path, "messages", "group chats, with what others wrote", include)
    elif _names(member):
        claim.side.append(path)
        for file, name in _read_names(member):
            if pointer := FILE_ID.match(file):
                claim.aliases.setdefault(pointer[0], name)
    elif _extra(member) or member.kind == "binary" or any(map(FILE_ID.match, path.split("/"))):
        claim.assets.append(path)
        if pointer := FILE_ID.match(member.name):
            claim.aliases[pointer[0]] = path


def _sensitive(claim: Claim, path: str, kind: str, what: str, include: frozenset[str]) -> None:
    if kind in include:
        claim.assets.append(path)
    else:
        claim.refused[path] = (kind, what)


def _names(member: Member) -> bool:
    """Whether a file is the list of files' own names, by the names that the export gives them."""
    keys = member.shape.keys
    return bool(keys) and all(FILE_ID.match(k) and v.types <= {"string"} for k, v in keys.items())


def _read_names(member: Member) -> list[tuple[str, str]]:
    found = decode_json(member.read())
    return [(k, v) for k, v in found.items() if isinstance(v, str)] if isinstance(found, dict) else []


def _extra(member: Member) -> bool:
    """Whether a file is one of those that the export puts beside conversations; each is kept as it is."""
    shape = member.shape
    if member.kind == "json" and not shape.keys and not (shape.items and shape.items.types):
        return member.head.strip() in (b"[]", b"{}")  # shopping, Sora: empty for most
    return (
        shape.has("[].conversation_id")
        or shape.has("[].file_id", "[].library_file_id")
        or shape.has("user_id", "settings")
        or set(shape.keys) == {"chats"}
        or (shape.has("textdoc_type", "content") or shape.has("id", "title", "content", "type"))
        or b"asset_pointer" in member.head[:200]
        or (bool(shape.keys) and MANIFEST.search(member.head[:100_000]) is not None)
    )


def _rest_of_conversation(raw: dict[str, Any]) -> Any:
    """Return what no column holds. `id` mostly repeats `conversation_id`; where it doesn't, it stays."""
    taken = ["mapping"] if isinstance(raw.get("mapping"), dict) else []
    taken += [k for k in ("title", "default_model_slug", "conversation_id") if isinstance(raw.get(k), str)]
    if raw.get("conversation_id") in (None, raw.get("id")):
        taken.append("id")
    return rest(raw, *taken)


def _node(key: str, raw: dict[str, Any]) -> Node:
    message = raw.get("message")
    parent = as_text(raw.get("parent"))
    if not isinstance(message, dict):
        return Node(key, Role.NONE, [], parent=parent, hidden=True, json=_outside(key, raw))
    author, content = _dict(message.get("author")), message.get("content")
    metadata = _dict(message.get("metadata"))
    name = author.get("role")
    role = ROLES.get(name if isinstance(name, str) else "", Role.OTHER)
    recipient = as_text(message.get("recipient")) or "all"
    context = isinstance(content, dict) and content.get("content_type") in CONTEXTS
    parts = content_parts(content, role, recipient) if isinstance(content, dict) else []
    kept = _outside(key, raw) or {}
    kept["message"] = rest(message, *_taken(message))
    if left := rest(author) if context or role is Role.OTHER else rest(author, "role"):
        kept["author"] = left
    return Node(
        key=key,
        role=Role.SYSTEM if context else role,
        parts=attach(parts, metadata),
        parent=parent,
        author=as_text(author.get("name")),
        channel=as_text(message.get("channel")),
        created=time(message.get("create_time")),
        model=as_text(metadata.get("model_slug")),
        hidden=context or bool(metadata.get("is_visually_hidden_from_conversation")),
        json=kept,
    )


def _taken(message: dict[str, Any]) -> list[str]:
    """Return the keys of a message that its node and parts hold."""
    objects = [k for k in ("author", "content") if isinstance(message.get(k), dict)]
    return [*objects, *(["channel"] if isinstance(message.get("channel"), str) else [])]


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _outside(key: str, raw: dict[str, Any]) -> dict[str, Any] | None:
    """Return what a node holds beside its message; its id only where it differs from its key."""
    taken = ["parent"] if isinstance(raw.get("parent"), str) else []
    if raw.get("id") == key:
        taken.append("id")
    if isinstance(raw.get("message"), dict):
        taken.append("message")
    return rest(raw, *taken)


def _link(nodes: list[Node], mapping: dict[str, Any]) -> None:
    """Give a node without a parent the one that lists it as a child: exports omit either link."""
    lists: dict[str, str] = {}
    for key, node in mapping.items():
        children = node.get("children") if isinstance(node, dict) else None
        for child in children if isinstance(children, list) else []:
            if isinstance(child, str):
                lists.setdefault(child, key)
    for node in nodes:
        if node.parent is None and lists.get(node.key) not in (None, node.key):
            node.parent = lists[node.key]


def _memories(node: dict[str, Any]) -> Iterator[Memory]:
    """Yield custom instructions, and what the model keeps in mind; each conversation repeats them."""
    message = _dict(node.get("message"))
    content, metadata = _dict(message.get("content")), _dict(message.get("metadata"))
    if content.get("content_type") not in CONTEXTS and "user_context_message_data" not in metadata:
        return
    told = _dict(metadata.get("user_context_message_data"))
    found = (
        (content, PROFILE[0], "fact"),
        (content, PROFILE[1], "instruction"),
        (content, "model_set_context", "fact"),
        (told, "about_user_message", "fact"),
        (told, "about_model_message", "instruction"),
    )
    for holder, name, kind in found:
        of = content.get("content_type")
        if text := as_text(holder.get(name)) if holder is told or of in CONTEXTS else None:
            yield Memory("account", kind, text)


READER = ChatGPT()
