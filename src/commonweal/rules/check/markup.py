"""What stands in a page: elements that may carry rules, with their lines, and where it links to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from lxml import etree

MOST_BYTES = 2_000_000
"""Of a page, as much as is parsed: what speaks to machines stands in its head."""
MOST_ELEMENTS = 500
MOST_LINKS = 2_000
MOST_SCRIPT = 500_000
LONGEST_TAG = 20_000
"""Bytes of one tag outside of its values; libxml2 takes quadratic time over attributes."""

RSL = "application/rsl+xml"
SCRIPTS = frozenset({RSL, "application/ld+json"})
_TAG = re.compile(rb"""<[A-Za-z](?:[^>=]++|=\s*+"[^"]*+"|=\s*+'[^']*+'|=)*+""")
_VALUE = re.compile(rb"""=\s*+(?:"[^"]*+"|'[^']*+')""")
# Elements that no standard of rules uses, and of which every page has its own.
_NO_META = re.compile(
    r"(og|twitter|article|fb|al|msapplication|apple|google-site|citation|theme|viewport|description|title"
    r"|keywords|generator|format-detection|referrer|date|author)\b",
    re.IGNORECASE,
)
_NO_LINK = frozenset({
    "stylesheet", "icon", "canonical", "preload", "prefetch", "preconnect", "dns-prefetch", "modulepreload",
    "next", "prev", "shortcut", "apple-touch-icon", "mask-icon", "manifest", "pingback", "shortlink",
    "search", "amphtml", "author", "hub", "me", "self",
})  # fmt: skip


@dataclass(frozen=True)
class Element:
    """An element that may carry rules.

    Attributes
    ----------
    text : str
        The element as HTML, attributes in lower case and in their order.
    line : int
        In the page, from 1.
    """

    text: str
    line: int


@dataclass(frozen=True)
class Markup:
    """What was found in a page.

    Attributes
    ----------
    elements : tuple of Element
    announced : tuple of (href, line)
        RSL that a `link` announces.
    links : tuple of str
        Where it links to, as written; for a crawl.
    cut : bool
        Is there more than is read?
    """

    elements: tuple[Element, ...] = ()
    announced: tuple[tuple[str, int], ...] = ()
    links: tuple[str, ...] = ()
    cut: bool = False


def parse(body: bytes, charset: str = "", *, links: bool = False) -> Markup:
    """Return what stands in a page; never fails, whatever the bytes.

    Parameters
    ----------
    body : bytes
    charset : str
        From the header; "" where none was sent.
    links : bool
        Are links wanted?
    """
    whole, body = len(body), _sane(body[:MOST_BYTES])
    root = _tree(body, charset)
    if root is None:
        return Markup(cut=len(body) < whole)
    elements: list[Element] = []
    announced: list[tuple[str, int]] = []
    for node in root.iter("meta", "link", "script"):
        if len(elements) == MOST_ELEMENTS:
            break
        attributes = {k.lower(): v for k, v in node.attrib.items()}
        if not _may_speak(node.tag, attributes):
            continue
        line = int(node.sourceline or 1)
        elements.append(Element(_written(node, attributes), line))
        if node.tag == "link" and _type(attributes) == RSL and attributes.get("href"):
            announced.append((attributes["href"].strip(), line))
    more = len(elements) == MOST_ELEMENTS or len(body) < whole
    return Markup(tuple(elements), tuple(announced), tuple(_links(root)) if links else (), more)


def _sane(body: bytes) -> bytes:
    """Return a page up to the first tag with more attributes than any author writes."""
    for tag in _TAG.finditer(body):
        if tag.end() - tag.start() > LONGEST_TAG and len(_VALUE.sub(b"", tag.group())) > LONGEST_TAG:
            return body[: tag.start()]
    return body


def _tree(body: bytes, charset: str) -> Any:
    for encoding in (charset or "utf-8", "iso-8859-1"):
        try:
            # Without huge_tree libxml2 bounds depth and size; what is beyond is left out of the tree.
            parser = etree.HTMLParser(encoding=encoding, remove_comments=True, remove_pis=True)
            return etree.fromstring(body.replace(b"\0", b""), parser)
        except (etree.XMLSyntaxError, LookupError, ValueError, AssertionError):
            continue
    return None


def _may_speak(tag: str, attributes: dict[str, str]) -> bool:
    if tag == "meta":
        name = attributes.get("name") or attributes.get("property") or attributes.get("http-equiv") or ""
        return bool(name) and not _NO_META.match(name)
    if tag == "link":
        rel = set(attributes.get("rel", "").lower().split())
        return bool(rel - _NO_LINK) or _type(attributes) == RSL
    return _type(attributes) in SCRIPTS


def _type(attributes: dict[str, str]) -> str:
    return attributes.get("type", "").split(";")[0].strip().lower()


def _written(node: Any, attributes: dict[str, str]) -> str:
    start = " ".join([node.tag, *(f'{k}="{escape(v)}"' for k, v in attributes.items())])
    return f"<{start}>{(node.text or '')[:MOST_SCRIPT]}</script>" if node.tag == "script" else f"<{start}>"


def _links(root: Any) -> Iterator[str]:
    found = 0
    for node in root.iter("a", "area"):
        href = node.get("href")
        if href and found < MOST_LINKS:
            found += 1
            yield str(href).strip()
