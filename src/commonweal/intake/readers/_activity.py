"""Google's My Activity as HTML: cards cut from the page as it streams, and what each says.

A card is a `div.outer-cell` with a `header-cell` (the product), a `content-cell` with what was done, when,
and what came of it, and a `content-cell` of small print. Verbs, dates and zones are in the language of the
account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from commonweal.intake.reader import Item
from commonweal.intake.readers._html import html_text
from commonweal.intake.records import Lost
from commonweal.intake.source import Member
from commonweal.intake.times import Quality, Time, time

CARD = b'<div class="outer-cell'
WINDOW = 1 << 20
SPACES = str.maketrans("\u202f\u2009\xa0", "   ")
CLOCK = re.compile(r"\d{1,2}[:.]\d\d[:.]\d\d")
YEAR = re.compile(r"\d{4}")
LONGEST_DATE = 60

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
MONTH = {name: i for i, m in enumerate(MONTHS, start=1) for name in (m, m[:3])} | {"sept": 9}
HOUR = r"(?P<H>\d{1,2}):(?P<M>\d\d):(?P<S>\d\d)(?: ?(?P<half>[AP]M))?(?: (?P<zone>\S+))?"
FORMS = (
    re.compile(rf"(?P<m>[A-Za-z]{{3,9}})\.? (?P<d>\d{{1,2}}), (?P<y>\d{{4}}),? {HOUR}"),
    re.compile(rf"(?P<d>\d{{1,2}}) (?P<m>[A-Za-z]{{3,9}})\.? (?P<y>\d{{4}}),? {HOUR}"),
    re.compile(rf"(?P<d>\d{{1,2}})\.(?P<m>\d{{1,2}})\.(?P<y>\d{{4}}),? {HOUR}"),
    re.compile(rf"(?P<y>\d{{4}})[-/](?P<m>\d{{1,2}})[-/](?P<d>\d{{1,2}}),? {HOUR}"),
)
"""English, and figures whose order is plain; a month in other words is not guessed."""

OFFSET = re.compile(r"(?:GMT|UTC)([+-])(\d{1,2})(?::?(\d\d))?")
ZONES = {
    "UTC": 0, "GMT": 0, "Z": 0, "EDT": -4, "CDT": -5, "MDT": -6, "PDT": -7, "WET": 0, "WEST": 1, "CET": 1,
    "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3,
}  # fmt: skip
"""Hours from UTC. What is the name of two zones (IST, BST) is not guessed."""

AMERICAN = {"EST": -5, "CST": -6, "MST": -7, "PST": -8}
"""As RFC 5322 has them; they name zones of Asia and Australia too, so only in dates of the American form."""


def cards(member: Member) -> Iterator[Item | Lost]:
    """Yield the cards of a page, as HTML."""
    limit, number, start = member.limits.item_bytes, 0, 1
    held = bytearray()  # from the beginning of a card
    with member.open() as stream:
        while window := stream.read(WINDOW):
            held += window
            while (end := held.find(CARD, start)) >= 0:
                if held.startswith(CARD):
                    yield _card(member, number, bytes(held[:end]))
                    number += 1
                del held[:end]
                start = 1
            start = max(1, len(held) - len(CARD) + 1)
            if len(held) > limit:
                if held.startswith(CARD):
                    yield _card(member, number, bytes(held))
                    number += 1
                del held[: -len(CARD)]
                start = 0
    if held.startswith(CARD):
        yield _card(member, number, bytes(held))


def _card(member: Member, number: int, text: bytes) -> Item | Lost:
    where, limit = f"{member.path}[{number}]", member.limits.item_bytes
    return Item(where, text) if len(text) <= limit else Lost(where, f"longer than {limit:,} bytes")


def read_card(data: bytes) -> dict[str, Any]:
    """Return what a card says.

    Returns
    -------
    dict
        `header`: the product; `title`: what was done, as text; `more`: HTML between that and the date;
        `date`: as it is written; `html`: what came of it; `small`: HTML of the small print. Without a date
        all is `title`, for what came of it can't be told from what was asked.
    """
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True)
    root = etree.fromstring(data, parser)
    found: dict[str, Any] = {}
    small = []
    for div in root.iter("div"):
        of = div.get("class") or ""
        if of.startswith("header-cell"):
            found["header"] = html_text(_inner(div)).strip()
        elif of.startswith("content-cell") and "caption" not in of and "text-right" not in of:
            found |= _said(_segments(div))
        elif of.startswith("content-cell"):
            small.append(_inner(div).strip())
    if any(small):
        found["small"] = [text for text in small if text]
    return found


def _said(segments: list[str]) -> dict[str, Any]:
    at = _date_at(segments)
    if at is None:
        return {"title": "\n".join(html_text(s) for s in segments).strip()}
    title, *more = segments[:at] or [""]
    files = [i for i, s in enumerate(more) if "<a " in s]
    count = (files[0] - 1 if files[0] else 0) if files else len(more)  # "Attached 1 file." and the links
    lines = [title, *more[:count]]
    said = {
        "title": "\n".join(html_text(s) for s in lines).strip(),
        "more": [*(s for s in lines if "<a " in s), *(s for s in more[count:] if s.strip())],
        "date": html_text(segments[at]).strip(),
        "html": "<br>".join(segments[at + 1 :]).strip(),
    }
    return {key: value for key, value in said.items() if value or key == "title"}


def _date_at(segments: list[str]) -> int | None:
    """Return where the date stands: the last that looks like one before what has markup, the reply."""
    found = None
    for i, segment in enumerate(segments):
        plain = html_text(segment).strip()
        if "<" in segment.replace("<a ", "").replace("</a>", ""):
            break
        if len(plain) <= LONGEST_DATE and CLOCK.search(plain) and YEAR.search(plain):
            found = i
    return found


def _inner(element: Any) -> str:
    return "".join(_segments(element, split=False))


def _segments(element: Any, split: bool = True) -> list[str]:
    """Return the HTML inside of an element, cut at the line breaks right in it."""
    from lxml import etree

    pieces = [_escaped(element.text)]
    for child in element:
        if split and child.tag == "br":
            pieces.append(_escaped(child.tail))
        else:
            pieces[-1] += etree.tostring(child, encoding="unicode", method="html", with_tail=False)
            pieces[-1] += _escaped(child.tail)
    return pieces


def _escaped(text: str | None) -> str:
    return (text or "").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def read_date(text: str) -> Time | None:
    """Return the moment of a date as the page writes it; None for one in words that are not known.

    A clock's time whose zone is not told, or not known, has the quality `LOCAL`.
    """
    text = text.translate(SPACES).strip()
    for form in FORMS:
        if found := form.fullmatch(text):
            return _moment(found)
    return time(text)


def _moment(found: re.Match[str]) -> Time | None:
    name, half, hour = found["m"], found["half"], int(found["H"])
    month = int(name) if name.isdigit() else MONTH.get(name.lower(), 0)
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "PM" else 0)
    try:
        clock = datetime(int(found["y"]), month, int(found["d"]), hour, int(found["M"]), int(found["S"]))
    except ValueError:
        return None
    offset = _offset(found["zone"], american=half is not None and found.re is FORMS[0])
    if offset is None:
        local = time(clock.isoformat())
        return None if local is None else Time(local.us, Quality.LOCAL)
    return time(clock.replace(tzinfo=timezone(offset)).isoformat())


def _offset(zone: str | None, american: bool) -> timedelta | None:
    known = ZONES | (AMERICAN if american else {})
    if zone in known:
        return timedelta(hours=known[zone])
    found = OFFSET.fullmatch((zone or "").replace("\u2212", "-"))
    if not found or int(found[2]) > 14:
        return None
    size = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return -size if found[1] == "-" else size
