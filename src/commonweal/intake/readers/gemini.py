"""Gemini Apps in Google Takeout: a log of activities, newest first, as JSON or as HTML.

Each activity is a prompt with its reply. Since 2026 some name their conversation; before, nothing does.
Structure as others found it in real files; Google documents none of it.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote

import msgspec

from commonweal.intake.reader import Claim, Context, Item, Reader, array, decode_json
from commonweal.intake.readers._activity import CARD, cards, read_card, read_date
from commonweal.intake.readers._html import html_text
from commonweal.intake.readers._sessions import grouped
from commonweal.intake.records import Lost, Node, Part, PartKind, Record, Role, Thread, as_text, rest
from commonweal.intake.source import Member, Tree
from commonweal.intake.times import time

PRODUCT = re.compile(r"Gemini|Bard")
HEADERS = re.compile(rb'"header"\s*:\s*"([^"]*)"|mdl-typography--title">([^<]*)<')
CONVERSATION = re.compile(r"gemini\.google\.com/(?:u/\d+/)?app/([\w-]+)")
ASKED = re.compile(r"(?:Prompted|Branched|Answered)(?:[ \xa0]|$)")
"""Verbs before what the person wrote; in other languages the verb stays where it is, for it can't be told."""

DID = ("Created ", "Added ", "Used ", "Gave ", "Selected ")
"""Verbs before what is no prompt: the service's note that something was done."""

OTHERS = "what you did with other Google products: no conversation"


class Gemini(Reader):
    """Gemini Apps activity of Google Takeout."""

    NAME = "gemini"
    TITLE = "Gemini (Google), My Activity in Takeout"
    TRIED = ""
    NOTES = (
        "Of Takeout's My Activity, Gemini Apps alone; searches and visits are left out. Activities that "
        "name their conversation are one thread, the file's order reversed, for it is newest first; all "
        "others, and all in exports before 2026, are a thread each, newest first: the export does not "
        "tell which belong together, and holds no branches. Several replies to a prompt are parts of one. "
        "Choose JSON where Takeout asks: its times are exact. In HTML, dates are read in English, or in "
        "figures of plain order (3.7.2026, 2026/7/3); others stay as text, with no time; a clock whose "
        "zone is not told or not clear is local time. The verb before a prompt is taken off in English "
        "alone."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim activities of Gemini, files in their folders, and other products' activities as left out."""
        kinds = {m.path: _activities(m) for m in tree}
        claim = Claim(read=[path for path, of in kinds.items() if of == "gemini"])
        folders = {path.rpartition("/")[0] for path in claim.read}
        for member in tree if claim else ():
            folder = member.path.rpartition("/")[0]
            if kinds[member.path] == "others":
                claim.left[member.path] = OTHERS
            elif not kinds[member.path] and folder in folders and (folder or member.kind == "binary"):
                claim.assets.append(member.path)
        return claim

    def items(self, member: Member) -> Iterator[Item | Lost]:
        """Yield conversations: activities that name the same one, or one activity."""
        joint = b"\n" if member.kind == "html" else b",\n"
        yield from grouped(lambda: _own(member), _keys, member.limits.item_bytes, joint)

    def decode(self, data: Any) -> Any:
        """Return activities, in the file's order."""
        if data.startswith(CARD):
            return [read_card(CARD + card) for card in data.split(CARD)[1:]]
        return decode_json(b"[" + data + b"]")

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield a thread of prompts and replies."""
        pairs = [list(_nodes(activity)) for activity in raw]
        times = [node.created.us for pair in pairs for node in pair if node.created is not None]
        if len(times) > 1 and times[0] > times[-1]:
            pairs.reverse()
        nodes = [node for pair in pairs for node in pair]
        dated = [node.created for node in nodes if node.created is not None]
        yield Thread(
            key=_conversation(raw[0]) or "",
            nodes=nodes,
            seen=sum(1 + bool(_replies(a)) for a in raw),
            created=dated[0] if dated else None,
            updated=dated[-1] if dated else None,
            chain=True,
        )


def _activities(member: Member) -> str:
    """Return whose activities a file holds: "gemini", "others", or "" if it holds none."""
    if member.kind == "html":
        known = CARD in member.head and b"mdl-typography--title" in member.head
    else:
        known = member.kind == "json" and member.shape.has("[].header", "[].title", "[].time")
    if not known:
        return ""
    headers = (a or b for a, b in HEADERS.findall(member.head))
    return "gemini" if any(PRODUCT.search(h.decode(errors="replace")) for h in headers) else "others"


class _Head(msgspec.Struct, rename="camel"):
    """What tells an activity's product and conversation."""

    header: Any = None
    products: Any = None
    details: Any = None
    title_url: Any = None


_HEAD = msgspec.json.Decoder(_Head)


def _head(text: bytes) -> dict[str, Any]:
    if text.startswith(CARD):
        header = HEADERS.search(text)
        small = text.rpartition(b"mdl-typography--caption")[2] if b"mdl-typography--caption" in text else b""
        product = header[2].decode(errors="replace") if header and header[2] else ""
        return {"header": product, "small": [small.decode(errors="replace")]}
    try:
        head = _HEAD.decode(text)
    except (ValueError, RecursionError):
        return {"header": "Gemini"}  # spoilt, as the reader will say
    return {
        "header": head.header, "products": head.products, "details": head.details, "titleUrl": head.title_url,
    }  # fmt: skip


def _own(member: Member) -> Iterator[Item | Lost]:
    """Yield a file's activities that are Gemini's, and the others as left out."""
    for item in cards(member) if member.kind == "html" else array(member):
        head = _head(item.data) if isinstance(item, Item) else {}
        names = [head.get("header"), *_list(head.get("products"))]
        known = [name for name in names if isinstance(name, str) and name]
        if known and not any(PRODUCT.search(name) for name in known):
            yield Lost(f"{member.path}[]", OTHERS)
        else:
            yield item


def _keys(texts: Iterable[bytes]) -> Iterator[str]:
    for number, text in enumerate(texts):
        yield _conversation(_head(text)) or f"{number}"


def _conversation(raw: Any) -> str | None:
    """Return the conversation that an activity names, if it names one and no more."""
    if not isinstance(raw, dict):
        return None
    details = [d for d in _list(raw.get("details")) if isinstance(d, dict)]
    texts = [raw.get("titleUrl"), *(d.get("url") for d in details), *_list(raw.get("small"))]
    found = {m for text in texts if isinstance(text, str) for m in CONVERSATION.findall(text)}
    return found.pop() if len(found) == 1 else None


def _nodes(raw: Any) -> Iterator[Node]:
    """Yield what the person wrote, and what was replied."""
    if not isinstance(raw, dict):
        yield Node("", Role.NONE, [Part(PartKind.OTHER, json=raw)], hidden=True)
        return
    title, replies = as_text(raw.get("title")) or "", _replies(raw)
    asked = ASKED.match(title)
    text = title[asked.end() :] if asked else title
    noted = not asked and (title.startswith(DID) or not replies)
    when = time(raw.get("time")) or read_date(as_text(raw.get("date")) or "")
    parts = [Part(PartKind.TEXT, text)] if text else []
    kept = rest(raw, "time" if time(raw.get("time")) else "", *(("safeHtmlItem", "html") if replies else ()))
    if kept and text == title:
        kept.pop("title", None)
    yield Node("", Role.SYSTEM if noted else Role.USER, [*parts, *_files(raw)], created=when, json=kept)
    if replies:
        yield Node("", Role.ASSISTANT, [_reply(r) for r in replies], created=when)


def _replies(raw: Any) -> list[Any]:
    """Return what was replied: HTML, or whatever stands in its place."""
    held = [raw.get("safeHtmlItem"), raw.get("html")] if isinstance(raw, dict) else []
    return [piece for h in held if h for piece in (h if isinstance(h, list) else [h]) if piece]


def _reply(raw: Any) -> Part:
    html = raw.get("html") if isinstance(raw, dict) else raw
    if not isinstance(html, str):
        return Part(PartKind.OTHER, json=raw)
    return Part(PartKind.TEXT, html_text(html), json=raw if isinstance(raw, dict) else {"html": raw})


def _files(raw: dict[str, Any]) -> list[Part]:
    """Return the files that were sent along, each once."""
    named = [
        v for key in ("attachedFiles", "imageFile", "audioFile", "audioFiles") for v in _list(raw.get(key))
    ]
    links = [link for html in _list(raw.get("more")) for link in re.findall(r'href="([^"]+)"', str(html))]
    names = [n for n in named if isinstance(n, str)] + [unquote(n) for n in links if "://" not in n]
    return [_file(name) for name in dict.fromkeys(names)]


def _file(name: str) -> Part:
    mime = mimetypes.guess_type(name)[0]
    kinds = {"image": PartKind.IMAGE, "audio": PartKind.AUDIO}
    return Part(kinds.get((mime or "").partition("/")[0], PartKind.FILE), mime=mime, asset=name)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


READER = Gemini()
