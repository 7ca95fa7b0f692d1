"""What readers hand over: threads of nodes made of parts, works, memories, and what was lost.

A reader maps what has a place and leaves the rest of each object in `json`: what is no column is kept there.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from commonweal.intake.times import Time


class Role(StrEnum):
    """Who speaks."""

    USER = "user"
    """The person whose export this is."""
    ASSISTANT = "assistant"
    SYSTEM = "system"
    TOOL = "tool"
    OTHER = "other"
    """Another person: in channels, mails and groups."""
    NONE = "none"
    """Nobody: a node that only holds the tree together."""


class PartKind(StrEnum):
    """What a piece of a message is."""

    TEXT = "text"
    THINKING = "thinking"
    CODE = "code"
    TOOL_CALL = "tool_call"
    TOOL_RESULT = "tool_result"
    IMAGE = "image"
    AUDIO = "audio"
    FILE = "file"
    ARTIFACT = "artifact"
    CITATION = "citation"
    OTHER = "other"
    """Of a type that this version does not know: kept as JSON, and listed."""


class WorkKind(StrEnum):
    """What a work is."""

    POST = "post"
    COMMENT = "comment"
    EDIT = "edit"
    COMMIT = "commit"
    MAIL = "mail"
    FEED_ITEM = "feed_item"
    NOTE = "note"


class Part(msgspec.Struct):
    """A piece of a message.

    Attributes
    ----------
    kind : PartKind
    text : str or None
    mime : str or None
        Media type.
    asset : str or None
        What the export calls the file: its path in the export or a pointer that `Context.asset` finds.
    call_id : str or None
        That joins a tool's call and its result.
    json : object
        Everything of the piece that is not above.
    """

    kind: PartKind
    text: str | None = None
    mime: str | None = None
    asset: str | None = None
    call_id: str | None = None
    json: Any = None


class Node(msgspec.Struct):
    """A message, or a node that only holds the tree together.

    Attributes
    ----------
    key : str
        What the export calls it; "" if it has no name.
    role : Role
    parts : list of Part
    parent : str or None
        Key of the node that it answers. In a thread that is a `chain` it is left out.
    author : str or None
        Name, as the export gives it.
    channel : str or None
        The model's channel (analysis, final), or where it was said.
    created : Time or None
    model : str or None
    hidden : bool
        Not shown to the person by the service.
    json : object
        Everything of the message that is not above.
    """

    key: str
    role: Role
    parts: list[Part]
    parent: str | None = None
    author: str | None = None
    channel: str | None = None
    created: Time | None = None
    model: str | None = None
    hidden: bool = False
    json: Any = None


class Thread(msgspec.Struct):
    """A conversation, a session, a channel.

    Attributes
    ----------
    key : str
        What the export calls it; "" gives it a name from its content.
    nodes : list of Node
        In the order of the export, each parent anywhere.
    seen : int
        Messages that the export holds for this thread, counted by the reader before it maps them: imported
        and lost nodes must add up to it.
    kind : str
        "chat", "session", "channel".
    title, model : str or None
    created, updated : Time or None
    current : str or None
        Key of the last node of the path that the person sees; without it, the last in the export's order.
    chain : bool
        Each node answers the one before it: for formats without links.
    json : object
        Everything of the conversation that is not above.
    """

    key: str
    nodes: list[Node]
    seen: int
    kind: str = "chat"
    title: str | None = None
    model: str | None = None
    created: Time | None = None
    updated: Time | None = None
    current: str | None = None
    chain: bool = False
    json: Any = None


class Work(msgspec.Struct):
    """Something published or written that stands by itself.

    Attributes
    ----------
    key : str
        What the export calls it: id or address; "" gives it a name from its content.
    kind : WorkKind
    text : str
        Plain text; markup it had stays in `json`.
    mine : bool
        Whether the person whose export this is wrote it.
    title, url, author, license, visibility, in_reply_to, language : str or None
        `visibility`: "public", "unlisted", "private", "draft", as far as the export tells. `license`: an SPDX
        id or an address, if the export says one. `language`: BCP 47.
    created : Time or None
    json : object
        Everything of the work that is not above.
    """

    key: str
    kind: WorkKind
    text: str
    mine: bool = True
    title: str | None = None
    url: str | None = None
    author: str | None = None
    license: str | None = None
    visibility: str | None = None
    in_reply_to: str | None = None
    language: str | None = None
    created: Time | None = None
    json: Any = None


class Memory(msgspec.Struct):
    """What a service keeps in mind about a person, or was told to.

    Attributes
    ----------
    scope : str
        "account", or the name of the project or thread that it is for.
    kind : {"instruction", "fact", "project_doc"}
    text : str
    created : Time or None
    json : object
    """

    scope: str
    kind: str
    text: str
    created: Time | None = None
    json: Any = None


class Lost(msgspec.Struct):
    """What could not be kept, or was not understood.

    Attributes
    ----------
    path : str
        Where in the export: keys and "[]", never a value; "" for the whole item.
    reason : str
    n : int
    nodes : int
        How many messages of the thread it belongs to are lost with it.
    """

    path: str
    reason: str
    n: int = 1
    nodes: int = 0


Record = Thread | Work | Memory | Lost


def rest(raw: dict[str, Any], *taken: str) -> dict[str, Any] | None:
    """Return what of an object has not been taken, to be kept as JSON; None if that is nothing."""
    left = {key: value for key, value in raw.items() if key not in taken}
    return left or None


def as_text(value: Any) -> str | None:
    """Return a string as it is, None for anything else: exports put null or objects where text was."""
    return value if isinstance(value, str) else None
