"""Substack's export: `posts.csv` with a row for each post, and the posts' HTML."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from html import unescape
from typing import Any, BinaryIO

import msgspec

from commonweal.intake.reader import Claim, Context, Item, Reader
from commonweal.intake.readers._html import html_text
from commonweal.intake.records import Lost, Record, Work, WorkKind, as_text
from commonweal.intake.source import Member, Tree
from commonweal.intake.source.shape import header_of
from commonweal.intake.times import time

HEADER = {"post_id", "post_date", "is_published", "audience", "title"}
FIELD = 10_000_000


class Substack(Reader):
    """Posts, pages and drafts of a newsletter."""

    NAME = "substack"
    TITLE = "Substack (Settings → Exports)"
    TRIED = ""
    NOTES = (
        "Each row of posts.csv is a post, its text from the HTML file of its id; addresses are not in it. "
        "Lists of subscribers, and of who opened what, hold other people's e-mail addresses: refused unless "
        "asked for with --include messages. Posts for subscribers alone count as private."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim tables of posts, the HTML files that their rows name, and the tables beside them."""
        claim = Claim(read=[m.path for m in tree if _header(m) >= HEADER])
        for table in list(claim.read):
            folder = table.rpartition("/")[0]
            pages = {_page(folder, post) for post in _ids(tree.members[table])}
            for member in tree:
                if member.path.startswith(folder and f"{folder}/") and member.path not in claim.all:
                    _beside(member, folder, pages, claim, include)
        return claim

    def items(self, member: Member) -> Iterator[Item | Lost]:
        """Yield each row with its post's HTML."""
        inside = member.path.rpartition("/")[0]
        if member.kind != "csv":
            yield Item(member.path, msgspec.json.encode({"html": _text(member)}))
            return
        csv.field_size_limit(FIELD)
        with member.open() as stream, _lines(stream) as text:
            rows = csv.reader(text)
            header = next(rows, [])
            try:
                for row in rows:
                    post = {"row": dict(zip(header, row, strict=False))}
                    if len(row) > len(header):
                        post["more"] = row[len(header) :]  # type: ignore[assignment]
                    page = member.beside.get(_page(inside, post["row"].get("post_id", "")))
                    if page is not None:
                        post["html"] = _text(page)  # type: ignore[assignment]
                    if row:
                        yield Item(f"{member.path}:{rows.line_num}", msgspec.json.encode(post))
            except csv.Error:
                yield Lost(member.path, "not a whole table from here on")

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield a post."""
        row = raw.get("row") or {}
        html = raw.get("html")
        published = (as_text(row.get("is_published")) or "").strip().casefold()
        everyone = row.get("audience") in ("everyone", "", None)
        seen = {"false": "draft", "true": "public" if everyone else "private"}.get(published)
        if html is None:
            yield Lost(f"{context.path}: post_id", "a post whose text is not in the export: its row is kept")
        yield Work(
            key=as_text(row.get("post_id")) or context.path.rpartition("/")[2].removesuffix(".html"),
            kind=WorkKind.POST,
            text=html_text(html or ""),
            title=unescape(as_text(row.get("title")) or "") or None,
            visibility=seen,
            created=time(row.get("post_date")),
            json=raw,
        )


def _header(member: Member) -> set[str]:
    return set(header_of(member.head.decode("utf-8", errors="replace"))) if member.kind == "csv" else set()


def _beside(member: Member, folder: str, pages: set[str], claim: Claim, include: frozenset[str]) -> None:
    """Claim a file by what it holds."""
    header = _header(member)
    if any("email" in name for name in header):
        if "messages" in include:
            claim.assets.append(member.path)
        else:
            claim.refused[member.path] = ("messages", "e-mail addresses of subscribers")
    elif "post_id" in header:
        claim.assets.append(member.path)
    elif member.path in pages:
        claim.side.append(member.path)
    elif member.kind == "html" and member.path.startswith(_page(folder, "").removesuffix(".html")):
        claim.read.append(member.path)


def _ids(table: Member) -> set[str]:
    with table.open() as stream, _lines(stream) as text:
        csv.field_size_limit(FIELD)
        rows = csv.DictReader(text)
        try:
            return {row.get("post_id") or "" for row in rows}
        except csv.Error:
            return set()


def _lines(stream: BinaryIO) -> io.TextIOWrapper:
    return io.TextIOWrapper(stream, "utf-8-sig", errors="replace", newline="")


def _page(folder: str, post: str) -> str:
    """Return the path of a post's HTML."""
    return f"{folder}/posts/{post}.html" if folder else f"posts/{post}.html"


def _text(member: Member) -> str:
    return member.read().decode("utf-8", errors="replace")


READER = Substack()
