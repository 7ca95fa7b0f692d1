"""The text of a contract as blocks: headings, list items and paragraphs, and nothing else of Markdown.

Whatever is no heading or item is shown as it is written, so that a page never says less than what was signed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["title", "heading", "item", "paragraph"]


@dataclass(frozen=True)
class Block:
    """A piece of text and what it is; lines of a paragraph are kept apart."""

    kind: Kind
    text: str


def blocks(text: str) -> list[Block]:
    """Return the blocks of a text, in order."""
    out: list[Block] = []
    for line in text.split("\n"):
        if not line.strip():
            out.append(Block("paragraph", ""))
        elif heading := re.fullmatch(r"(#{1,6}) +(\S.*)", line):
            out.append(Block("title" if len(heading[1]) == 1 else "heading", heading[2].strip()))
        elif item := re.fullmatch(r"[-*] +(\S.*)", line):
            out.append(Block("item", item[1].strip()))
        elif out and out[-1].kind in ("paragraph", "item") and out[-1].text:
            out[-1] = Block(out[-1].kind, f"{out[-1].text}\n{line.rstrip()}")
        else:
            out.append(Block("paragraph", line.rstrip()))
    return [block for block in out if block.text]


def grouped(text: str) -> list[tuple[Kind, list[str]]]:
    """Return the blocks with neighbouring items of a list together."""
    out: list[tuple[Kind, list[str]]] = []
    for block in blocks(text):
        if out and block.kind == "item" and out[-1][0] == "item":
            out[-1][1].append(block.text)
        else:
            out.append((block.kind, [block.text]))
    return out
