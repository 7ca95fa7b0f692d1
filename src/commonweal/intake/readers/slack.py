"""Slack's export of a workspace: lists of people and channels, a folder a channel, a file for each day.

Source: slack.com/help/articles/220556107 (how to read Slack data exports).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from commonweal.intake.reader import Claim, Context, Item, Reader, decode_json
from commonweal.intake.readers._person import is_person
from commonweal.intake.readers._shapes import array, stray, table
from commonweal.intake.records import Lost, Node, Part, PartKind, Record, Role, Thread, as_text, rest
from commonweal.intake.source import Member, Tree
from commonweal.intake.times import time

MARK = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
SAID = frozenset({
    "", "bot_message", "file_comment", "file_share", "me_message", "reply_broadcast", "thread_broadcast",
    "huddle_thread", "tombstone",
})  # fmt: skip
"""Subtypes of messages that somebody wrote; the others say who joined, what was renamed."""
KINDS = {"image": PartKind.IMAGE, "audio": PartKind.AUDIO}


class Slack(Reader):
    """Messages of a Slack workspace."""

    NAME = "slack"
    TITLE = "Slack (export of a workspace)"
    TRIED = ""
    NOTES = (
        "A day of a channel is a thread, as in the export; what answers a message of another day has its "
        "`thread_ts` in `json`. Everyone's messages are kept, with the names of those who wrote them; "
        "yours are those of the member whose name, id or e-mail address --as gives. E-mail addresses and "
        "telephone numbers of members are not kept. Direct messages are refused unless asked for. The "
        "export holds no files: their addresses carry a token with which anybody can fetch them until it "
        "is revoked."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim days of messages that lie beside a list of people or channels, and these lists."""
        days: dict[str, list[Member]] = {}
        for member in tree:
            if _day(member):
                root = member.path.rpartition("/")[0].rpartition("/")[0]
                days.setdefault(root, []).append(member)
        claim = Claim(context={"users": {}, "channels": {}})
        for root, members in days.items():
            lists = [m for m in tree if m.path.rpartition("/")[0] == root and _list(m)]
            if lists:
                _workspace(claim, members, lists, include)
        return claim

    def items(self, member: Member) -> Iterator[Item | Lost]:
        """Yield a day."""
        yield Item(member.path, member.read())

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield a day of a channel; an answer to a message of the same day is linked to it."""
        folder, _, day = context.path.rpartition("/")
        channel = folder.rpartition("/")[2]
        about = context.claimed["channels"].get(folder, {})
        keys = {ts for m in raw if (ts := as_text(table(m).get("ts")))}
        nodes = [_message(m, channel, keys, context) if isinstance(m, dict) else stray(m) for m in raw]
        yield Thread(
            key=f"{as_text(about.get('id')) or folder}/{day.removesuffix('.json')}",
            nodes=nodes,
            seen=len(raw),
            kind="channel",
            title=f"#{channel}, {day.removesuffix('.json')}",
            created=next((n.created for n in nodes if n.created), None),
            json=rest(about, "members"),
        )


def _day(member: Member) -> bool:
    shape = member.shape
    return member.kind == "json" and "/" in member.path and shape.has("[].ts", "[].type", "[].text")


def _list(member: Member) -> bool:
    """Whether a file lists people (`profile`), channels and direct messages (`members`), or integrations."""
    shape = member.shape
    return member.kind == "json" and (
        shape.has("[].id", "[].profile", "[].name")
        or shape.has("[].id", "[].members", "[].created")
        or shape.has("[].service_id", "[].change_type")
    )


def _workspace(claim: Claim, days: list[Member], lists: list[Member], include: frozenset[str]) -> None:
    """Claim one workspace's files; folders of direct messages only if asked for."""
    direct: set[str] = set()
    for member in lists:
        (claim.assets if member.shape.has("[].service_id") else claim.side).append(member.path)
        for entry in _entries(member):
            if "profile" in entry:
                claim.context["users"][str(entry.get("id"))] = _names(entry)
            elif "members" in entry:
                own = as_text(entry.get("name")) or str(entry.get("id"))
                root = member.path.rpartition("/")[0]
                folder = f"{root}/{own}" if root else own
                claim.context["channels"][folder] = entry
                if "name" not in entry or own.startswith("mpdm-") or entry.get("is_mpim"):
                    direct.add(folder)
    for member in days:
        if member.path.rpartition("/")[0] in direct and "messages" not in include:
            claim.refused[member.path] = ("messages", "direct messages")
        else:
            claim.read.append(member.path)


def _entries(member: Member) -> list[dict[str, Any]]:
    try:
        return [e for e in array(decode_json(member.read())) if isinstance(e, dict)]
    except Exception:  # a list that can't be read costs names, no messages
        return []


def _names(user: dict[str, Any]) -> tuple[str, ...]:
    """Return what --as may call a member, the name that is shown first."""
    profile = table(user.get("profile"))
    found = [profile.get("display_name"), profile.get("real_name"), user.get("real_name"), user.get("name")]
    found += [user.get("id"), profile.get("email")]
    return tuple(n for n in found if isinstance(n, str) and n)


def _message(raw: dict[str, Any], channel: str, keys: set[str], context: Context) -> Node:
    users = context.claimed["users"]
    ts, above = as_text(raw.get("ts")), as_text(raw.get("thread_ts"))
    user = as_text(raw.get("user"))
    names = users.get(user, ())
    bot = as_text(table(raw.get("bot_profile")).get("name"))
    author = names[0] if names else as_text(raw.get("username")) or bot or user
    taken = [k for k, v in (("ts", ts), ("text", as_text(raw.get("text")))) if v is not None]
    taken += ["username"] if author is not None and raw.get("username") == author else []
    taken += [k for k in ("attachments", "files") if isinstance(raw.get(k), list)]
    taken += ["file"] if isinstance(raw.get("file"), dict) else []
    return Node(
        key=ts or "",
        role=_role(raw, is_person(context.owner, user, *names)),
        parts=list(_parts(raw, users)),
        parent=above if above != ts and above in keys else None,
        author=author,
        channel=channel,
        created=time(ts),
        json=rest(raw, *taken),
    )


def _role(raw: dict[str, Any], mine: bool) -> Role:
    if (raw.get("subtype") or "") not in SAID:
        return Role.SYSTEM
    if raw.get("subtype") == "bot_message" or ("bot_id" in raw and not mine):
        return Role.TOOL
    return Role.USER if mine else Role.OTHER


def _parts(raw: dict[str, Any], users: dict[str, tuple[str, ...]]) -> Iterator[Part]:
    """Yield what was said, what links showed or a program wrote, and files."""
    said = as_text(raw.get("text")) or ""
    if said:
        text = plain(said, users)
        yield Part(PartKind.TEXT, text, json=None if text == said else {"text": said})
    for shown in array(raw.get("attachments")):
        text = next((t for k in ("text", "fallback", "title") if (t := as_text(table(shown).get(k)))), "")
        kind = PartKind.CITATION if said else PartKind.TEXT
        yield Part(kind, plain(text, users) or None, json=shown)
    for file in [*array(raw.get("files")), *([raw["file"]] if isinstance(raw.get("file"), dict) else [])]:
        mime = as_text(table(file).get("mimetype"))
        kind = KINDS.get((mime or "").partition("/")[0], PartKind.FILE)
        yield Part(kind, mime=mime, json=file)


def plain(text: str, users: dict[str, tuple[str, ...]]) -> str:
    """Return a message without Slack's marks: people and channels by name, links by their text."""

    def write(mark: re.Match[str]) -> str:
        sign, what, label = mark[1], mark[2], mark[3]
        if sign == "@":
            return "@" + (label or next(iter(users.get(what, ())), what))
        if sign == "!":
            return label or "@" + what.partition("^")[0]
        return ("#" if sign else "") + (label or what)

    return unescape(MARK.sub(write, text))


READER = Slack()
