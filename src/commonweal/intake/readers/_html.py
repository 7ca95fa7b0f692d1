"""The plain text of HTML, as a person would read it; shared by the readers whose formats hold markup."""

from __future__ import annotations

import re
from typing import Any

PARAGRAPHS = frozenset({
    "address", "article", "aside", "blockquote", "body", "dl", "fieldset", "figure", "footer", "form", "h1",
    "h2", "h3", "h4", "h5", "h6", "header", "hr", "main", "nav", "ol", "p", "pre", "section", "table", "ul",
})  # fmt: skip
"""Elements with an empty line around them."""
LINES = frozenset({
    "caption", "dd", "details", "div", "dt", "figcaption", "legend", "li", "option", "summary", "tr",
})  # fmt: skip
"""Elements that begin a new line, and end theirs."""
SILENT = frozenset({
    "audio", "canvas", "embed", "head", "iframe", "math", "noembed", "noframes", "noscript", "object",
    "script", "style", "svg", "template", "video",
})  # fmt: skip
"""Elements whose content nobody reads as text."""
LONGEST_TAG = 20_000
"""Characters of one tag; libxml2 takes quadratic time over the number of its attributes."""

_TAG = re.compile(r"""<([A-Za-z][\w:-]*+)(?:[^>=]++|=\s*+"[^"]*+"|=\s*+'[^']*+'|=)*+""")
_ANY_TAG = re.compile(r"<[/!?A-Za-z][^<>]*+>")
_SPACE = re.compile(r"[ \t\n\r\f]+")


def html_text(markup: str) -> str:
    """Return what a page or a piece of one says: block elements on lines of their own, links by their text.

    Parameters
    ----------
    markup : str
        HTML of any kind, whole or broken. It is never fetched from, nor run.

    Returns
    -------
    str
        Without markup; paragraphs have an empty line between them, cells of a table a tabulator. Scripts,
        styles and embedded media leave nothing. Of markup nested deeper than libxml2 reads (256), the text
        between the tags.

    Examples
    --------
    >>> html_text('<p>See <a href="https://example.org">this</a>.</p><ul><li>one<li>two</ul>')
    'See this.\\n\\none\\ntwo'
    """
    if "<" not in markup and "&" not in markup:
        return _SPACE.sub(" ", markup).strip(" ")
    root, whole = _tree(_TAG.sub(_short, markup))
    if not whole:
        return _between(markup)
    return "" if root is None else _read(root)


def html_root(markup: str) -> Any:
    """Return the root element of a page, parsed within bounds; None where it has none, or goes beyond."""
    root, whole = _tree(_TAG.sub(_short, markup))
    return root if whole else None


def _short(tag: re.Match[str]) -> str:
    return tag.group() if len(tag.group()) <= LONGEST_TAG else f"<{tag[1]}"


def _tree(markup: str) -> tuple[Any, bool]:
    """Return the tree, and whether it holds all of the markup."""
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(markup.replace("\0", "").encode("utf-8", errors="replace"), parser)
    except (etree.XMLSyntaxError, ValueError, AssertionError):
        root = None
    # Beyond its bounds of depth and length the parser stops, which its log alone tells.
    stopped = any("Excessive depth" in e.message or "limit exceeded" in e.message for e in parser.error_log)
    return root, not stopped


def _between(markup: str) -> str:
    """Return the text between tags, a line for each stretch: for what no parser should try."""
    from html import unescape

    stretches = (_SPACE.sub(" ", unescape(s)).strip(" ") for s in _ANY_TAG.split(markup))
    return "\n".join(s for s in stretches if s)


def _read(root: Any) -> str:
    from lxml import etree

    page = _Page()
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, node in walk:
        name = node.tag if isinstance(node.tag, str) else ""
        start = event == "start"
        if start and name == "br":
            page.line_break()
        elif name in PARAGRAPHS:
            page.gap(2)
        elif name in LINES:
            page.gap(1)
        elif name in ("td", "th") and not start:
            page.cell()
        page.pre += (1 if start else -1) if name in ("pre", "textarea") else 0
        if start and name in SILENT:
            walk.skip_subtree()
        elif start:
            page.say(node.text)
        if not start:
            page.say(node.tail)
    return "".join(page.said).strip()


class _Page:
    """Text as it is read: spaces run together, and line breaks wait until something follows."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.breaks, self.space, self.pre = 0, "", 0

    def gap(self, lines: int) -> None:
        self.breaks, self.space = max(self.breaks, lines), ""

    def line_break(self) -> None:
        self.breaks, self.space = min(self.breaks + 1, 2), ""

    def cell(self) -> None:
        self.space = "" if self.breaks else "\t"

    def say(self, text: str | None) -> None:
        if not text:
            return
        if self.pre:
            self._add(text)
            return
        plain = _SPACE.sub(" ", text)
        if plain != " ":
            if plain[0] == " " and not self.space:
                self.space = " "
            self._add(plain.strip(" "))
            self.space = ""
        if plain[-1] == " " and not self.space:
            self.space = " "

    def _add(self, text: str) -> None:
        if self.said:
            self.said.append("\n" * self.breaks or self.space)
        self.breaks, self.space = 0, ""
        self.said.append(text)
