"""Feeds: RSS, Atom and JSON Feed, an entry at a time."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from commonweal.errors import MissingExtraError
from commonweal.intake.reader import Claim, Context, Item, Reader
from commonweal.intake.readers._html import html_text
from commonweal.intake.readers._licence import licence
from commonweal.intake.readers._nested import nested
from commonweal.intake.readers._person import is_person, written
from commonweal.intake.readers._xml import elements
from commonweal.intake.readers.wordpress import ROOT as WXR
from commonweal.intake.records import Lost, Record, Work, WorkKind, as_text, rest
from commonweal.intake.source import Member, Tree
from commonweal.intake.times import Quality, Time

PROLOG = re.compile(rb"(?>\s+|<\?(?s:.*?)\?>|<!--(?s:.*?)-->|<!DOCTYPE[^>\[]*>)*+")
ROOTS = {
    b"rss": re.compile(rb"<rss[\s>]"),
    b"atom": re.compile(rb"<(?:\w+:)?feed\b[^>]*(?:www\.w3\.org/2005/Atom|purl\.org/atom)"),
    b"rdf": re.compile(rb"<(?:\w+:)?RDF\b[^>]*(?:purl\.org/rss/|my\.netscape\.com/rdf)"),
}
AROUND = {
    "channel": ('<rss version="2.0"><channel>', "</channel></rss>"),
    "RDF": ('<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">', "</r:RDF>"),
    "feed": ('<feed xmlns="http://www.w3.org/2005/Atom">', "</feed>"),
}


class Feeds(Reader):
    """What a blog, a podcast or a channel has published."""

    NAME = "feeds"
    TITLE = "Feeds (RSS, Atom, JSON Feed)"
    TRIED = ""
    NOTES = (
        "A feed mostly holds the latest entries alone, at times only beginnings. Where those of its first "
        "MiB have one author or none, all are yours; else those whose author --as names. Licences are read "
        "from cc:license, link rel=license and rights; one of the feed holds for its entries."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim XML with the root of a feed, and JSON that names the version of JSON Feed."""
        claim = Claim(read=[m.path for m in tree if _is_xml_feed(m) or _is_json_feed(m)])
        claim.context = {path: _about(tree.members[path]) for path in claim.read}
        return claim

    def items(self, member: Member) -> Iterator[Item | Lost]:
        """Yield entries, each as the XML or JSON that it is."""
        if member.kind == "json":
            yield from nested(member, "items")
            return
        from lxml import etree

        for parent in [p for p in AROUND if _local_in(p, member.head)]:
            for node in elements(member, parent, "item", "entry"):
                if isinstance(node, Lost):
                    yield node
                else:
                    xml = etree.tostring(node, encoding="unicode", with_tail=False)
                    yield Item(member.path, msgspec.json.encode({"xml": xml, "in": parent}))
        yield Lost(f"{member.path}: about", "the feed's title, address and licence are with its entries")

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield an entry."""
        about = context.claimed.get(context.path, {})
        if "xml" in raw:
            yield _xml_entry(raw, about, context.owner)
        elif "" in raw or "jsonfeed.org" in str(raw.get("version")):
            entries = raw.get("items")
            yield from (_json_entry(e, about, context.owner) for e in entries or [] if isinstance(e, dict))
            for key in set(raw) - {"items"}:
                yield Lost(key, "the feed's title, address and licence are with its entries")
        else:
            yield _json_entry(raw, about, context.owner)


def _is_xml_feed(member: Member) -> bool:
    if member.kind != "xml":
        return False
    head = member.head[:65_536]
    prolog = PROLOG.match(head)
    start = prolog.end() if prolog else 0
    return any(root.match(head, start) for root in ROOTS.values()) and not WXR.search(head)


def _is_json_feed(member: Member) -> bool:
    return member.kind == "json" and member.shape.has("version", "items") and b"jsonfeed.org" in member.head


def _local_in(name: str, head: bytes) -> bool:
    return re.search(rb"<(?:\w+:)?%s[\s>]" % name.encode(), head) is not None


def _about(member: Member) -> dict[str, Any]:
    """Return what a feed says of all its entries: title, licence and so on; and if one person wrote it."""
    if member.kind == "json":
        return _about_json(member.head)
    found = _parse(member.head)
    feed = found.feed
    authors = {_author(e)[0] for e in found.entries} - {None}
    return {
        "title": feed.get("title"),
        "url": feed.get("link"),
        "language": feed.get("language"),
        "rights": feed.get("rights"),
        "license": _licence(feed),
        "author": _author(feed)[0],
        "single": len(authors) <= 1,
    }


def _about_json(head: bytes) -> dict[str, Any]:
    import ijson

    found: dict[str, Any] = {}
    authors: set[str] = set()
    try:
        for path, event, value in ijson.parse(io.BytesIO(head)):
            if event == "string" and path in ("title", "home_page_url", "language", "authors.item.name"):
                found[path] = value
            elif event == "string" and path in ("items.item.authors.item.name", "items.item.author.name"):
                authors.add(value)
    except (ijson.JSONError, ValueError):
        pass  # the head ends where it ends
    return {
        "title": found.get("title"),
        "url": found.get("home_page_url"),
        "language": found.get("language"),
        "author": found.get("authors.item.name"),
        "single": len(authors) <= 1,
    }


def _parse(data: bytes) -> Any:
    try:
        import feedparser
    except ModuleNotFoundError:
        raise MissingExtraError("feedparser", "intake", "reading feeds") from None
    return feedparser.parse(io.BytesIO(data), sanitize_html=False, resolve_relative_uris=False)


def _xml_entry(raw: dict[str, Any], about: dict[str, Any], owner: str) -> Work:
    before, after = AROUND[raw["in"]]
    entries = _parse(f"{before}{raw['xml']}{after}".encode()).entries
    if not entries:
        raise ValueError("an entry that can't be parsed")
    entry = entries[0]
    name, mail = _author(entry)
    bodies = [b.get("value") or "" for b in entry.get("content", [])]
    answers = entry.get("thr_in-reply-to")
    return Work(
        key=entry.get("id") or entry.get("link") or "",
        kind=WorkKind.FEED_ITEM,
        text=html_text(bodies[0] if bodies else entry.get("summary") or ""),
        mine=bool(about.get("single")) or is_person(owner, name, mail),
        title=html_text(entry.get("title") or "") or None,
        url=_address(entry.get("link")),
        author=name or about.get("author"),
        license=_licence(entry) or about.get("license"),
        visibility="public",
        in_reply_to=(answers.get("ref") or answers.get("href")) if isinstance(answers, dict) else None,
        language=_language(entry) or about.get("language"),
        created=_moment(entry),
        json={**raw, "feed": _kept(about)},
    )


def _json_entry(raw: dict[str, Any], about: dict[str, Any], owner: str) -> Work:
    authors = raw.get("authors") or [raw.get("author")]
    names = [n for a in authors if isinstance(a, dict) and (n := as_text(a.get("name")))]
    text = as_text(raw.get("content_text")) or html_text(as_text(raw.get("content_html")) or "")
    key = raw.get("id")
    return Work(
        key=str(key) if isinstance(key, str | int) else "",
        kind=WorkKind.FEED_ITEM,
        text=text or as_text(raw.get("summary")) or "",
        mine=bool(about.get("single")) or is_person(owner, *names),
        title=as_text(raw.get("title")),
        url=_address(raw.get("url")),
        author=", ".join(names) or about.get("author"),
        visibility="public",
        language=as_text(raw.get("language")) or about.get("language"),
        created=written(as_text(raw.get("date_published")) or as_text(raw.get("date_modified"))),
        json={**(rest(raw) or {}), "feed": _kept(about)},
    )


def _language(entry: Any) -> str | None:
    """Return the language of an entry's text or title, as feedparser passes it down."""
    details = [*entry.get("content", []), entry.get("summary_detail"), entry.get("title_detail")]
    return next((d["language"] for d in details if d and d.get("language")), None)


def _kept(about: dict[str, Any]) -> dict[str, Any]:
    return {k: about[k] for k in ("title", "url", "rights") if about.get(k)}


def _author(found: Any) -> tuple[str | None, str | None]:
    detail = found.get("author_detail") or {}
    return detail.get("name") or found.get("author") or None, detail.get("email")


def _address(value: Any) -> str | None:
    return value if isinstance(value, str) and value.startswith(("https://", "http://")) else None


def _licence(found: Any) -> str | None:
    """Return a feed's or an entry's licence: what is linked as such, or rights that name one."""
    for link in found.get("links", []):
        if link.get("rel") == "license" and link.get("href"):
            return licence(link["href"]) or str(link["href"])
    return licence(found.get("rights"))


def _moment(entry: Any) -> Time | None:
    """Return when an entry was published; of unusual dates, feedparser's reading as a local time."""
    import calendar

    for name in ("published", "updated"):
        text, parsed = (
            dict.get(entry, name),
            dict.get(entry, f"{name}_parsed"),
        )  # as they are: none for another
        if text and (found := written(text)):
            return found
        if parsed:
            return Time(calendar.timegm(parsed) * 1_000_000, Quality.LOCAL)
    return None


READER = Feeds()
