"""From an answer of a site to artefacts that dialects read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urljoin

from commonweal.rules.check import markup
from commonweal.rules.check.collect import Response
from commonweal.rules.dialects.base import Artefact, Kind
from commonweal.rules.patterns import split

HTML = frozenset({"text/html", "application/xhtml+xml"})
SPEAKING = frozenset({200, 203, 206, 401, 402, 403, 451})
"""Statuses whose headers speak of the resource; a price stands beside 402."""
ROBOTS = "/robots.txt"
MOST_TEXT = 4_000_000
MOST_PACKETS = 4
MOST_PREFERENCES = 500
SOME_ANNOUNCED = 200
LONGEST_LINK = 4_000
LONGEST_TAG = 2_000

_TEXT = re.compile(r"(text/(?!html|css|javascript)|application/(.*\+)?(json|xml|toml|yaml))")
_XMP = ((b"<x:xmpmeta", b"</x:xmpmeta>"), (b"<rdf:RDF", b"</rdf:RDF>"))
_LINK = re.compile(r"<([^>]*)>((?:\s*;\s*[\w*-]+\s*(?:=\s*(?:\"[^\"]*\"|[^\s;,\"]+))?)*)")
_PREFERENCE = re.compile(r"^[ \t]*content-(?:usage|signal)[ \t]*:[^\r\n]*", re.IGNORECASE | re.MULTILINE)
_HREF = re.compile(r"\bhref\s*=\s*[\"']([^\"']+)[\"']")


@dataclass(frozen=True)
class Piece:
    """An artefact, and whether it speaks only of the URL it came with.

    Attributes
    ----------
    artefact : Artefact
        One that speaks of its own URL alone has the path "/": what holds is asked for each URL apart.
    own : bool
    lines : tuple of int
        For an artefact made of several elements, one on each line: their lines in the page.
    """

    artefact: Artefact
    own: bool
    lines: tuple[int, ...] = ()

    def line(self, number: int | None) -> int | None:
        """Return the line in the page of a line in the artefact."""
        if number is None or not self.lines:
            return number
        return self.lines[min(max(number, 1), len(self.lines)) - 1]


@dataclass(frozen=True)
class Announced:
    """RSL that something announces: its absolute URL, and who says so."""

    url: str
    where: str
    line: int | None
    how: str


@dataclass(frozen=True)
class Found:
    """What was found in one answer."""

    pieces: tuple[Piece, ...]
    announced: tuple[Announced, ...] = ()
    cut: bool = False


def path_of(url: str) -> str:
    """Return the path of a URL with its query, percent-encoding made uniform."""
    return split(url)[1]


def in_response(response: Response) -> Found:
    """Return what an answer of a site holds; never fails, whatever the bytes."""
    if response.status not in SPEAKING:
        return Found(())
    pieces = list(_headers(response))
    announced = list(_in_link_headers(response))
    media_type, path, cut = response.media_type, path_of(response.url), False
    good = response.status in (200, 203, 206)
    if path == ROBOTS:
        if good and media_type not in HTML:
            robots = _file(response, path, Kind.ROBOTS)
            text, cut = _few_preferences(robots.text)
            pieces.append(Piece(replace(robots, text=text), own=False))
            announced += _in_robots(response)
    elif good and (media_type in HTML or (not media_type and b"<html" in response.body[:1000].lower())):
        page = markup.parse(response.body, charset(response))
        pieces += _tags(response.url, page)
        cut = page.cut
        announced += [
            Announced(_absolute(response.url, href), response.url, line, "link element")
            for href, line in page.announced
        ]
    elif good and _TEXT.match(media_type) and not path.endswith((".css", ".js")):
        pieces.append(Piece(_file(response, path, Kind.FILE), own=False))
        announced += _in_feed(response)
    elif good and media_type.startswith(("image/", "application/pdf", "video/", "audio/")):
        pieces += _packets(response, path)
    return Found(tuple(pieces), tuple(a for a in announced[:SOME_ANNOUNCED] if a.url), cut)


def charset(response: Response) -> str:
    """Return the character set that the header names, or ""."""
    found = re.search(r"charset\s*=\s*\"?([\w.:-]+)", response.header("content-type"), re.IGNORECASE)
    return found[1] if found else ""


def text_of(body: bytes) -> str:
    """Return a body as text; what is no UTF-8 becomes U+FFFD."""
    return body[:MOST_TEXT].removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")


def _headers(response: Response) -> Iterator[Piece]:
    for name, value in response.headers:
        yield Piece(Artefact(Kind.HEADER, value[:MOST_TEXT], "/", name, where=response.url), own=True)


def _file(response: Response, path: str, kind: Kind) -> Artefact:
    name = "group" if kind is Kind.ROBOTS else ""
    return Artefact(
        kind, text_of(response.body), path.split("?")[0].lstrip("/"), name, response.media_type, response.url
    )


def _few_preferences(text: str) -> tuple[str, bool]:
    """Return robots.txt without its preferences where there are too many: each is compared with every other.

    None is then read, for some alone could grant what the rest takes back.
    """
    found = _PREFERENCE.findall(text)
    return (_PREFERENCE.sub("", text), True) if len(found) > MOST_PREFERENCES else (text, False)


def _tags(url: str, page: markup.Markup) -> Iterator[Piece]:
    """Yield the small elements together, for a reservation and its policy belong together; scripts apart."""
    small = [e for e in page.elements if not e.text.startswith("<script")]
    if small:
        text = "\n".join(re.sub(r"\s+", " ", e.text) for e in small)
        yield Piece(Artefact(Kind.TAG, text, "/", where=url), own=True, lines=tuple(e.line for e in small))
    for element in page.elements:
        if element.text.startswith("<script"):
            yield Piece(Artefact(Kind.TAG, element.text, "/", where=url, line=element.line), own=True)


def _packets(response: Response, path: str) -> Iterator[Piece]:
    """Yield the XMP packets that stand uncompressed in an image or a PDF."""
    body, at = response.body, 0
    start, end = _XMP[0] if _XMP[0][0] in body else _XMP[1]
    for _ in range(MOST_PACKETS):
        first = body.find(start, at)
        last = body.find(end, first) if first >= 0 else -1
        if last < 0:
            return
        at = last + len(end)
        text = body[first:at].decode("utf-8", "replace")
        yield Piece(
            Artefact(Kind.FILE, text, path.lstrip("/"), "", "application/rdf+xml", response.url), own=True
        )


def _in_robots(response: Response) -> Iterator[Announced]:
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text_of(response.body[: 500 * 1024])), 1):
        key, colon, value = line.split("#", 1)[0].partition(":")
        if colon and key.strip().lower() == "license" and value.strip():
            yield Announced(_absolute(response.url, value.strip()), response.url, number, "robots.txt")


def _in_link_headers(response: Response) -> Iterator[Announced]:
    for name, value in response.headers:
        if name == "link":
            for url, parameters in _LINK.findall(value[:LONGEST_LINK]):
                if markup.RSL in parameters.lower():
                    yield Announced(_absolute(response.url, url.strip()), response.url, None, "Link header")


def _in_feed(response: Response) -> Iterator[Announced]:
    head = response.body[:2000]
    if not (b"<rss" in head or b"<feed" in head or b"<rdf:RDF" in head):
        return
    text, at = text_of(response.body), 0
    for _ in range(SOME_ANNOUNCED):
        at = text.find(markup.RSL, at + 1)
        if at < 0:
            return
        first = text.rfind("<", max(0, at - LONGEST_TAG), at)
        last = text.find(">", at, at + LONGEST_TAG)
        href = _HREF.search(text, first, last) if 0 <= first < last else None
        if href:
            line = text.count("\n", 0, first) + 1
            yield Announced(_absolute(response.url, href[1]), response.url, line, "feed")


def _absolute(base: str, href: str) -> str:
    """Return a URL without its fragment, or "" for what is none."""
    try:
        found = urljoin(base, href).split("#")[0]
    except ValueError:
        return ""
    return found if found.startswith(("http://", "https://", "/")) else ""
