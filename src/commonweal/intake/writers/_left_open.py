"""What a text leaves open in Markdown, fences and HTML, so that it does not swallow what comes after it."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

FENCE = re.compile(r"^(`{3,}(?=[^`\n]*$)|~{3,})(.*)$", re.MULTILINE)
UNSURE = re.compile(r"^(?: {0,3}<|[ \t>*+\-\d.)]+(?:```|~~~))", re.MULTILINE)
"""HTML, and fences in lists and quotations: where they end only a parser tells."""

ANY_FENCE = re.compile(r"`{3,}|~{3,}")
HTML_ENDS = ("-->", "</pre>", "?>", "]]>", ">")
"""What ends HTML that a blank line does not end (CommonMark 0.31.2, 4.6)."""

AFTER = "\n\n## after\n"


def left_open(text: str) -> str:
    """Return the line that closes what a text leaves open; "" if nothing is open.

    Examples
    --------
    >>> left_open("```py\\n1 + 1")
    '```'
    >>> left_open("```py\\n1 + 1\\n```"), left_open("<!-- so")
    ('', '-->')
    """
    if not UNSURE.search(text):
        return _fence(text)
    if _ends(text):
        return ""
    fences = sorted(set(ANY_FENCE.findall(text)), key=len, reverse=True)
    return next((closer for closer in (*fences, *HTML_ENDS) if _ends(f"{text}\n{closer}")), "")


def _fence(text: str) -> str:
    """Return the fence that is open at the end, of fences that each begin a line."""
    fence = ""
    for mark, rest in FENCE.findall(text):
        if not fence:
            fence = mark
        elif mark.startswith(fence) and not rest.strip():
            fence = ""
    return fence


def _ends(text: str) -> bool:
    """Whether a heading after a text is a heading."""
    tokens = _parser().parse(text + AFTER)
    return len(tokens) > 2 and tokens[-3].type == "heading_open" and tokens[-3].level == 0


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark")
