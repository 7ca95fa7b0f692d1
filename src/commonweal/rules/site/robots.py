"""Two robots.txt files made one: an application's own, and the one that carries the rules."""

from __future__ import annotations

import re

from commonweal.rules.site.published import File

MOST_BYTES = 512_000
"""Of an application's own file, as much as crawlers must read (RFC 9309 section 2.5: 500 KiB)."""

_FIRST_GROUP = re.compile(r"^[ \t]*user-agent[ \t]*:", re.IGNORECASE | re.MULTILINE)


def combined(status: int, own: bytes, ours: File) -> File | None:
    """Return what to serve where the application answered its own robots.txt with a status and a body.

    None where the application's answer should stand: while it fails, a crawler fetches nothing (RFC 9309
    section 2.3.1.4), and a file of ours in its place would invite it in.
    """
    if status == 200:
        return merged(own, ours)
    return None if status >= 500 or status == 429 else ours


def merged(own: bytes, ours: File) -> File:
    """Return a robots.txt that says what both say.

    Groups for the same agent combine for a reader of RFC 9309 (section 2.2.1). What stands before the first
    group speaks for the whole file, so it stays before the first group of both: the head of the
    application's file, then ours, then the application's groups.
    """
    text = own.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").replace("\r\n", "\n")
    first = _FIRST_GROUP.search(text)
    at = first.start() if first else len(text)
    parts = (p.strip("\n") for p in (text[:at], ours.content.decode("utf-8", "replace"), text[at:]))
    return File(ours.media_type, ("\n\n".join(p for p in parts if p) + "\n").encode())
