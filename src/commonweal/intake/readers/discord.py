"""Discord: the package of one's own data, and a server's channels as DiscordChatExporter writes them.

Source: support.discord.com/hc/articles/360004957991 (the package);
discord.com/developers/docs/reference#snowflakes (ids hold the moment at which they were made).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from commonweal.intake.reader import Claim, Context, Item, Reader, decode_json
from commonweal.intake.readers._csv import header, rows
from commonweal.intake.readers._discord_server import server
from commonweal.intake.readers._shapes import name, stray, table
from commonweal.intake.records import Lost, Node, Part, PartKind, Record, Role, Thread, as_text, rest
from commonweal.intake.source import Member, Tree
from commonweal.intake.times import Quality, Time, time

OWN = frozenset({"ID", "Timestamp", "Contents"})
EPOCH_MS = 1_420_070_400_000
DIRECT = re.compile(rb'"type"\s*:\s*"Direct(?:Group)?TextChat"')
PLACES = (
    "account",
    "activities",
    "activity",
    "ads",
    "messages",
    "programs",
    "readme",
    "servers",
    "support_tickets",
)
"""Folders of a package."""


class Discord(Reader):
    """Messages of a Discord account, or of a server's channels."""

    NAME = "discord"
    TITLE = "Discord (your data package, or DiscordChatExporter's JSON)"
    TRIED = ""
    NOTES = (
        "The package holds what you wrote alone, a thread for each channel, oldest first; attachments "
        "are addresses. Account data with payments and log-ins is refused unless asked for; records of "
        "use are listed and not kept. DiscordChatExporter's files hold everyone's messages with the "
        "names of those who wrote them; yours are those of the member whose name, nickname or id --as "
        "gives. Direct conversations out of it are refused unless asked for."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim lists of own messages with the package around them, and channels with everyone's."""
        claim = Claim(context={"channels": {}, "names": {}})
        channels = {_up(m.path) for m in tree if _channel(m)}
        own = {m.path for m in tree if _own(m) or (_empty(m) and _up(m.path) in channels)}
        claim.read += [m.path for m in tree if m.path in own]
        folders = {_up(path) for path in own}
        for root in {_up(_up(folder[:-1])[:-1]) for folder in folders}:
            for member in tree:
                if member.path.startswith(root) and member.path not in own:
                    _package(claim, member, member.path.removeprefix(root), folders, include)
        _servers(claim, [m for m in tree if _exported(m)], tree, include)
        return claim

    def items(self, member: Member) -> Iterator[Item | Lost]:
        """Yield a channel."""
        if member.kind != "csv":
            yield Item(member.path, member.read())
            return
        found: list[bytes] = []
        for row in rows(member):
            if isinstance(row, Lost):
                yield row
            else:
                found.append(row.data)
        yield Item(member.path, b"[" + b",".join(found) + b"]")

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield a channel."""
        yield server(raw, context) if isinstance(raw, dict) else _mine(raw, context)


def _own(member: Member) -> bool:
    return member.shape.has(*(f"[].{key}" for key in OWN)) or header(member) >= OWN


def _empty(member: Member) -> bool:
    return member.kind == "json" and member.head.strip() == b"[]"


def _channel(member: Member) -> bool:
    return (
        member.kind == "json"
        and set(member.shape.keys) >= {"id", "type"}
        and "messages" not in member.shape.keys
    )


def _exported(member: Member) -> bool:
    return member.shape.has("guild.id", "channel.id", "messages.[].author", "messages.[].timestamp")


def _up(path: str) -> str:
    """Return the folder that a file or folder is in, with "/" at its end; "" for the root."""
    folder = path.rpartition("/")[0]
    return f"{folder}/" if folder else ""


def _package(claim: Claim, member: Member, inside: str, folders: set[str], include: frozenset[str]) -> None:
    """Place what lies beside the messages of a package."""
    shape, path = member.shape, member.path
    if shape.has("id", "username", "email"):
        if needed := [kind for kind in ("logins", "payments") if kind not in include]:
            claim.refused[path] = (needed[0], "account, log-ins and payments")
        else:
            claim.assets.append(path)
    elif shape.has("[].event_type"):
        claim.left[path] = "records of use, for statistics and advertising: not kept"
    elif _channel(member) and _up(path) in folders:
        claim.side.append(path)
        claim.context["channels"][_up(path)] = _object(member)
    elif any(path == f"{_up(folder[:-1])}index.json" for folder in folders):
        claim.side.append(path)
        claim.context["names"] |= _object(member)
    elif inside.partition("/")[0].partition(".")[0].lower() in PLACES and member.kind != "empty":
        claim.assets.append(path)


def _servers(claim: Claim, files: list[Member], tree: Tree, include: frozenset[str]) -> None:
    """Claim channels that DiscordChatExporter wrote, and the media that it fetched for them."""
    for file in files:
        if DIRECT.search(file.head[:8_192]) and "messages" not in include:
            claim.refused[file.path] = ("messages", "a direct conversation")
        else:
            claim.read.append(file.path)
    taken = set(claim.read)
    for member in tree:
        file_path, of, _ = member.path.partition("_Files/")
        if of and file_path in taken:
            claim.assets.append(member.path)
            claim.aliases[member.path.removeprefix(_up(file_path))] = member.path


def _object(member: Member) -> dict[str, Any]:
    try:
        return table(decode_json(member.read()))
    except Exception:  # a list of names that can't be read costs names, no messages
        return {}


def _mine(raw: list[Any], context: Context) -> Thread:
    """Map one's own messages of a channel; newer packages have the newest first."""
    folder = _up(context.path)
    about = table(context.claimed["channels"].get(folder))
    nodes = [_said(m) if isinstance(m, dict) else stray(m) for m in raw]
    numbers = [int(n.key) for n in nodes if n.key.isdigit()]
    if len(numbers) > 1 and numbers[0] > numbers[-1]:
        nodes.reverse()
    key = name(about.get("id")) or folder.removesuffix("/").rpartition("/")[2].removeprefix("c")
    title = as_text(context.claimed["names"].get(key)) or as_text(about.get("name"))
    return Thread(
        key=key,
        nodes=nodes,
        seen=len(raw),
        kind="channel",
        title=title,
        created=next((n.created for n in nodes if n.created), None),
        json=rest(about, "id") if title != about.get("name") else rest(about, "id", "name"),
    )


def _said(raw: dict[str, Any]) -> Node:
    key = name(raw.get("ID"))
    said, files = as_text(raw.get("Contents")), as_text(raw.get("Attachments"))
    created = _moment(raw.get("Timestamp"), key)
    parts = [Part(PartKind.TEXT, said)] if said else []
    urls = (files or "").split()
    parts += [Part(PartKind.FILE, json={"url": url}) for url in urls]
    taken = ["ID"] if isinstance(raw.get("ID"), str) else []
    taken += ["Contents"] if said is not None else []
    taken += ["Attachments"] if files is not None and len(urls) < 2 else []
    taken += ["Timestamp"] if created is not None else []
    return Node(key or "", Role.USER, parts, created=created, json=rest(raw, *taken))


def _moment(written: Any, key: str | None) -> Time | None:
    """Return a message's time; without a zone it is exact where its id, counting in UTC, says the same."""
    found = time(written)
    if found is None or found.quality is not Quality.LOCAL or not (key and key.isdigit()):
        return found
    counted = ((int(key) >> 22) + EPOCH_MS) * 1_000
    return Time(found.us, Quality.EXACT) if 0 <= counted - found.us < 1_000_000 else found


READER = Discord()
