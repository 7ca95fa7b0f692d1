"""ChatGPT's export: one `conversations.json` until 2026, numbered shards since; a tree of messages each.

Structure as found in exports from 2023 to 2026; OpenAI documents none of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from commonweal.intake.reader import Claim, Context, Reader
from commonweal.intake.records import Lost, Memory, Node, Part, PartKind, Record, Role, Thread, as_text, rest
from commonweal.intake.source import Member, Tree
from commonweal.intake.times import time

MARKS = re.compile("\ue200[^\ue201]*\ue201|[\ue200-\ue20f]|【[^】]*†[^】]*】")
"""Citations as the service marks them in text: private-use letters, and 【…†…】."""

POINTED = re.compile(r"(file[-_][A-Za-z0-9]+)")
"""A file's name begins with the id by which messages point to it."""

ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT, "system": Role.SYSTEM, "tool": Role.TOOL}
MEDIA = {
    "image_asset_pointer": PartKind.IMAGE,
    "audio_asset_pointer": PartKind.AUDIO,
    "video_container_asset_pointer": PartKind.FILE,
    "real_time_user_audio_video_asset_pointer": PartKind.AUDIO,
}
SPOKEN = "audio_transcription"


class ChatGPT(Reader):
    """ChatGPT conversations, with every branch."""

    NAME = "chatgpt"
    TITLE = "ChatGPT (OpenAI)"
    TRIED = ""
    NOTES = (
        "Conversations in one file or in shards; projects are named by id only. `chat.html` repeats the "
        "conversations and is left out; `user.json` holds log-in data and is refused unless asked for."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim arrays of conversations with a `mapping` of nodes, and what lies beside them."""
        claim = Claim(read=[m.path for m in tree if _conversations(m)])
        if not claim:
            return claim
        folders = {path.rpartition("/")[0] for path in claim.read}
        for member in tree:
            if member.path in claim.read or not _beside(member.path, folders):
                continue
            if member.kind == "html" and b"jsonData" in member.head:
                claim.left[member.path] = "shows again what is read from the conversations"
            elif member.shape.has("email", "id") and "chatgpt_plus_user" in member.shape.keys:
                if "logins" in include:
                    claim.assets.append(member.path)
                else:
                    claim.refused[member.path] = ("logins", "account, e-mail address and telephone number")
            elif _extra(member) or member.kind in ("binary", "text", "csv"):
                claim.assets.append(member.path)
                if pointer := POINTED.match(member.name):
                    claim.aliases[pointer[1]] = member.path
        return claim

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield a conversation, and the custom instructions that its messages carry."""
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
            yield from _instructions(node)
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
            json=_rest_of_conversation(raw),
        )


def _conversations(member: Member) -> bool:
    shape = member.shape
    if shape.has("[].mapping"):
        return not shape.has("[].inserted_at") and not shape.has("[].mapping.*.message.fragments")
    return shape.has("mapping.*.message.author") and not shape.has("inserted_at")


def _extra(member: Member) -> bool:
    """Whether a file is one of those that the export puts beside conversations; each is kept as it is."""
    return (
        member.shape.has("[].conversation_id")
        or "asset_pointer" in str(member.head[:200])
        or bool(
            member.shape.keys
            and set(member.shape.keys) <= {"conversations", "items", "files", "export_files", "version"}
        )
    )


def _beside(path: str, folders: set[str]) -> bool:
    return any(not folder or path.startswith(folder + "/") for folder in folders)


def _rest_of_conversation(raw: dict[str, Any]) -> Any:
    """Return what no column holds. `id` repeats `conversation_id` in most exports; where it doesn't, it stays."""
    taken = ["title", "mapping", "default_model_slug", "conversation_id"]
    if raw.get("conversation_id") in (None, raw.get("id")):
        taken.append("id")
    return rest(raw, *taken)


def _node(key: str, raw: dict[str, Any]) -> Node:
    message = raw.get("message")
    parent = as_text(raw.get("parent"))
    if not isinstance(message, dict):
        return Node(key, Role.NONE, [], parent=parent, hidden=True, json=_outside(key, raw))
    author = message.get("author") if isinstance(message.get("author"), dict) else {}
    assert isinstance(author, dict)
    content = message.get("content")
    metadata = message.get("metadata") if isinstance(message.get("metadata"), dict) else {}
    assert isinstance(metadata, dict)
    role = ROLES.get(author.get("role", ""), Role.OTHER)
    recipient = as_text(message.get("recipient")) or "all"
    context = isinstance(content, dict) and content.get("content_type") == "user_editable_context"
    parts = _parts(content, role, recipient) if isinstance(content, dict) else []
    parts += [_attachment(a) for a in metadata.get("attachments") or [] if isinstance(a, dict)]
    kept = {
        **(_outside(key, raw) or {}),
        "message": rest(message, "author", "content", "channel"),
        "author": rest(author) if role is Role.OTHER else rest(author, "role"),
    }
    if not isinstance(content, dict) and content is not None:
        kept["content"] = content
    return Node(
        key=key,
        role=Role.SYSTEM if context else role,
        parts=parts,
        parent=parent,
        author=as_text(author.get("name")),
        channel=as_text(message.get("channel")),
        created=time(message.get("create_time")),
        model=as_text(metadata.get("model_slug")),
        hidden=context or bool(metadata.get("is_visually_hidden_from_conversation")),
        json=kept,
    )


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


def _parts(content: dict[str, Any], role: Role, recipient: str) -> list[Part]:
    """Return the pieces of a message by its content type; what is left of it is kept with the first."""
    kind = content.get("content_type")
    make = TYPES.get(kind if isinstance(kind, str) else "", _unknown)
    parts, taken = make(content, role, recipient)
    left = rest(content, *taken)
    if left is not None and left != {"content_type": "text"}:
        if not parts:
            parts = [Part(PartKind.OTHER)]
        first = parts[0]
        first.json = {"content": left} if first.json is None else {"content": left, "part": first.json}
    return parts


Made = tuple[list[Part], tuple[str, ...]]


def _spoken(content: dict[str, Any], role: Role, recipient: str) -> Made:
    """Map text and multimodal text: strings, and pointers to files."""
    kind = PartKind.TOOL_RESULT if role is Role.TOOL else PartKind.TEXT
    if recipient.startswith("canmore."):
        kind = PartKind.ARTIFACT
    elif role is Role.ASSISTANT and recipient != "all":
        kind = PartKind.TOOL_CALL
    raw = content.get("parts")
    found = [_piece(p, kind) for p in raw] if isinstance(raw, list) else []
    text = content.get("text")
    if isinstance(text, str) and text:
        found.append(_text(text, kind))
    return [p for p in found if p is not None], ("parts", "text") if isinstance(text, str) else ("parts",)


def _piece(raw: Any, kind: PartKind) -> Part | None:
    if isinstance(raw, str):
        return _text(raw, kind) if raw else None
    if not isinstance(raw, dict):
        return None if raw is None else Part(PartKind.OTHER, json=raw)
    of = raw.get("content_type")
    if of == SPOKEN:
        return Part(PartKind.TEXT, as_text(raw.get("text")), json=rest(raw, "text"))
    if of == "real_time_user_audio_video_asset_pointer":
        audio = raw.get("audio_asset_pointer")
        pointer = audio.get("asset_pointer") if isinstance(audio, dict) else None
        return Part(PartKind.AUDIO, asset=_name(pointer), json=raw)
    if isinstance(of, str) and of in MEDIA:
        return Part(MEDIA[of], asset=_name(raw.get("asset_pointer")), json=raw)
    return Part(PartKind.OTHER, as_text(raw.get("text")), json=raw)


def _text(text: str, kind: PartKind) -> Part:
    """Return text without the service's marks of citations; as it was, it stays in `json`."""
    plain = MARKS.sub("", text) if not text.isascii() else text
    return Part(kind, plain, json=None if plain == text else {"marked": text})


def _name(pointer: Any) -> str | None:
    """Return what `sediment://file_…` and `file-service://file-…` point to."""
    return pointer.rpartition("//")[2] if isinstance(pointer, str) else None


def _attachment(raw: dict[str, Any]) -> Part:
    return Part(
        PartKind.FILE,
        mime=as_text(raw.get("mime_type")),
        asset=as_text(raw.get("id")),
        json=rest(raw, "id", "mime_type"),
    )


def _code(content: dict[str, Any], role: Role, recipient: str) -> Made:
    kind = PartKind.CODE if recipient == "all" else PartKind.TOOL_CALL
    if recipient.startswith("canmore."):
        kind = PartKind.ARTIFACT
    return [Part(kind, as_text(content.get("text")))], ("text",)


def _result(content: dict[str, Any], role: Role, recipient: str) -> Made:
    taken = "result" if isinstance(content.get("result"), str) else "text"
    return [Part(PartKind.TOOL_RESULT, as_text(content.get(taken)))], (taken,)


def _thoughts(content: dict[str, Any], role: Role, recipient: str) -> Made:
    thoughts = content.get("thoughts")
    parts = [
        Part(PartKind.THINKING, as_text(t.get("content")), json=rest(t, "content"))
        if isinstance(t, dict)
        else Part(PartKind.THINKING, json=t)
        for t in (thoughts if isinstance(thoughts, list) else [])
    ]
    return parts, ("thoughts",)


def _recap(content: dict[str, Any], role: Role, recipient: str) -> Made:
    return [Part(PartKind.THINKING, as_text(content.get("content")))], ("content",)


def _quote(content: dict[str, Any], role: Role, recipient: str) -> Made:
    return [Part(PartKind.CITATION, as_text(content.get("text")))], ("text",)


def _screen(content: dict[str, Any], role: Role, recipient: str) -> Made:
    shot = content.get("screenshot")
    pointer = shot.get("asset_pointer") if isinstance(shot, dict) else None
    return [Part(PartKind.IMAGE, asset=_name(pointer))], ()


def _profile(content: dict[str, Any], role: Role, recipient: str) -> Made:
    return [Part(PartKind.TEXT, text) for name in PROFILE if (text := as_text(content.get(name)))], tuple(
        name for name in PROFILE if isinstance(content.get(name), str)
    )


def _unknown(content: dict[str, Any], role: Role, recipient: str) -> Made:
    """Keep a content type that this version does not know: its text where it has one, and all the rest as JSON."""
    text = as_text(content.get("text"))
    parts = [Part(PartKind.OTHER, text)] if text else []
    more = (
        [_piece(p, PartKind.OTHER) for p in content["parts"]]
        if isinstance(content.get("parts"), list)
        else []
    )
    found = [p for p in [*parts, *more] if p is not None]
    return found, tuple(k for k in ("text", "parts") if (k == "text" and text) or (k == "parts" and more))


PROFILE = ("user_profile", "user_instructions")
TYPES = {
    "text": _spoken,
    "multimodal_text": _spoken,
    "code": _code,
    "execution_output": _result,
    "tether_browsing_display": _result,
    "system_error": _result,
    "thoughts": _thoughts,
    "reasoning_recap": _recap,
    "tether_quote": _quote,
    "sonic_webpage": _quote,
    "computer_output": _screen,
    "user_editable_context": _profile,
}


def _instructions(node: dict[str, Any]) -> Iterator[Memory]:
    """Yield custom instructions; each conversation repeats them."""
    message = node.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, dict) and content.get("content_type") == "user_editable_context":
        for name, kind in (("user_profile", "fact"), ("user_instructions", "instruction")):
            text = as_text(content.get(name))
            if text:
                yield Memory("account", kind, text)


READER = ChatGPT()
