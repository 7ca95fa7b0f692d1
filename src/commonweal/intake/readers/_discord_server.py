"""A channel of a Discord server, as DiscordChatExporter writes it.

Source: JsonMessageWriter of Tyrrrz/DiscordChatExporter.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from commonweal.intake.reader import Context
from commonweal.intake.readers._person import is_person
from commonweal.intake.readers._shapes import array, name, stray, table
from commonweal.intake.records import Node, Part, PartKind, Role, Thread, as_text, rest
from commonweal.intake.times import time

SAID = frozenset(
    {"Default", "Reply", "ChatInputCommand", "ContextMenuCommand", "ThreadStarterMessage", "InlineReply"}
)
"""Types of messages that somebody wrote; the others say who joined, what was pinned or renamed."""
PICTURE = re.compile(r"\.(png|jpe?g|gif|webp)$", re.IGNORECASE)


def server(raw: dict[str, Any], context: Context) -> Thread:
    """Map a file; a channel may come in several, each from another message on."""
    channel, guild = table(raw.get("channel")), table(raw.get("guild"))
    said = raw["messages"]
    keys = {key for m in said if (key := name(table(m).get("id")))}
    nodes = [_message(m, keys, context) if isinstance(m, dict) else stray(m) for m in said]
    titles = [t for t in (as_text(guild.get("name")), as_text(channel.get("name"))) if t]
    return Thread(
        key=f"{name(channel.get('id')) or ''}/{next((n.key for n in nodes), '')}",
        nodes=nodes,
        seen=len(said),
        kind="channel",
        title=" #".join(titles) or None,
        created=next((n.created for n in nodes if n.created), None),
        json=rest(raw, "messages"),
    )


def _message(raw: dict[str, Any], keys: set[str], context: Context) -> Node:
    author = table(raw.get("author"))
    names = [as_text(author.get(k)) for k in ("nickname", "name", "id")]
    above = name(table(raw.get("reference")).get("messageId"))
    key, said = name(raw.get("id")), as_text(raw.get("content"))
    created = time(raw.get("timestamp"))
    shown = next((n for n in names if n), None)
    taken = ["id"] if isinstance(raw.get("id"), str) else []
    taken += ["content"] if said is not None else []
    taken += ["timestamp"] if created is not None else []
    taken += [k for k in ("attachments", "embeds") if isinstance(raw.get(k), list)]
    mine = is_person(context.owner, *names, f"{author.get('name')}#{author.get('discriminator')}")
    if raw.get("type", "Default") not in SAID:
        role = Role.SYSTEM
    else:
        role = Role.USER if mine else Role.TOOL if author.get("isBot") is True else Role.OTHER
    parts = [Part(PartKind.TEXT, said)] if said else []
    parts += [_attached(a) for a in array(raw.get("attachments"))]
    parts += [
        Part(PartKind.CITATION, as_text(table(e).get("description")), json=e)
        for e in array(raw.get("embeds"))
    ]
    return Node(
        key=key or "",
        role=role,
        parts=parts,
        parent=above if above in keys else None,
        author=shown,
        created=created,
        json=rest(raw, *taken),
    )


def _attached(raw: Any) -> Part:
    """Map an attachment: a file beside the export where media were fetched, else an address."""
    url = as_text(table(raw).get("url")) or ""
    kind = PartKind.IMAGE if PICTURE.search(as_text(table(raw).get("fileName")) or "") else PartKind.FILE
    return Part(kind, asset=unquote(url) if url and "://" not in url else None, json=raw)
