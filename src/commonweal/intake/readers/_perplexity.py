"""Perplexity's threads in Markdown, of the service and of two tools, as questions and answers."""

from __future__ import annotations

import re
from typing import Any

LOGO = b'<img src="https://r2cdn.perplexity.ai/'
SAVED = b"Exported with [Save my Chatbot]"
SITE = b"https://www.perplexity.ai/search/"
HERE = re.compile(r"https://www\.perplexity\.ai/search/[^\s)\"]+")
FENCE = re.compile(r"\s{0,3}(```|~~~)")
FOOTNOTE = re.compile(r"\[\^(\w+)\]: (\S.*)")
ASKS = ("# Me", "## Message", "## User")
MARKS = (*ASKS, "# Perplexity", "## Perplexity", "## Answer", "## Sources")


def form_of(head: bytes) -> str | None:
    """Return which Markdown a file is: "service", "saved", "perplexport"; None for another."""
    start = head[:4_096].lstrip()
    if start.startswith(LOGO):
        return "service"
    if SAVED in start and b"Source: [Perplexity" in start:
        return "saved"
    if start.startswith(b"---\nURL: " + SITE) and b"\n# Me\n" in head:
        return "perplexport"
    return None


def taken_apart(text: str, form: str) -> dict[str, Any]:
    """Return a thread's `title`, what stands `before` it, and its `turns`.

    Each turn is an object with what there is of `query`, `answer`, `sources`, `footnotes`. Every line of the
    text is in one of them.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    return _of_service(text) if form == "service" else _of_tools(text)


def _of_service(text: str) -> dict[str, Any]:
    """Take apart what the service writes: a heading that asks, an answer, footnotes, a line.

    Where a question has several lines nothing tells where it ends: its first is taken for it.
    """
    before, _, rest = text.partition("\n")
    turns: list[dict[str, Any]] = []
    for number, block in enumerate(_split(rest)):
        first, _, answer = block.strip().partition("\n")
        query = first.removeprefix("# ") if first.startswith("# ") else ""
        turn = _with_footnotes(answer if query else block)
        turns.append({"query": query, **turn} if query or not number else turn)
    return {"before": before, "turns": turns}


def _split(text: str) -> list[str]:
    """Return the turns: a line before a heading of the first level parts them, outside of code."""
    blocks: list[list[str]] = [[]]
    lines, fenced = text.split("\n"), False
    for number, line in enumerate(lines):
        if FENCE.match(line):
            fenced = not fenced
        following = next((x for x in lines[number + 1 : number + 4] if x.strip()), "")
        if not fenced and line == "---" and following.startswith("# "):
            blocks.append([])
        else:
            blocks[-1].append(line)
    return ["\n".join(block) for block in blocks]


def _with_footnotes(text: str) -> dict[str, Any]:
    answer, notes = [], []
    for line in text.split("\n"):
        found = FOOTNOTE.fullmatch(line)
        if found:
            notes.append({"mark": found[1], "url": found[2]})
        else:
            answer.append(line)
    return {"answer": "\n".join(answer).strip(), **({"footnotes": notes} if notes else {})}


def _of_tools(text: str) -> dict[str, Any]:
    """Take apart what tools write: a heading for who speaks, or for the sources."""
    before: list[str] = []
    turns: list[dict[str, Any]] = []
    here, fenced = before, False
    for line in text.split("\n"):
        if FENCE.match(line):
            fenced = not fenced
        mark = line.strip()
        if fenced or mark not in MARKS:
            here.append(line)
            continue
        key = "query" if mark in ASKS else "sources" if mark == "## Sources" else "answer"
        if not turns or key in turns[-1] or (key == "query" and turns[-1]):
            turns.append({})
        turns[-1][key] = here = []
    said = [{key: _trimmed(lines) for key, lines in turn.items()} for turn in turns]
    title = next((line.removeprefix("# ") for line in before if line.startswith("# ")), None)
    found = HERE.search("\n".join(before))
    return {
        **({"title": title} if title else {}),
        **({"url": found[0]} if found else {}),
        "before": "\n".join(before).strip(),
        "turns": said,
    }


def _trimmed(lines: list[str]) -> str:
    """Return text without the line that parts it from what follows."""
    text = "\n".join(lines).strip()
    return text.removesuffix("\n---").rstrip() if text != "---" else ""
