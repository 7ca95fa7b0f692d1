"""What any server answers for published rules, whatever the protocol between server and application."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from commonweal.rules.patterns import split
from commonweal.rules.site.published import SEVERAL, File, Published

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """A whole response: status, headers, body (empty for HEAD and 304)."""

    status: int
    headers: Pairs
    body: bytes

    @property
    def line(self) -> str:
        """Status with its reason."""
        return {200: "200 OK", 304: "304 Not Modified"}[self.status]


def file_at(published: Published, method: str, url: str) -> File | None:
    """Return the file that a request asks for; None where the application should answer."""
    if method not in ("GET", "HEAD"):
        return None
    return published.files.get(split(url)[1].partition("?")[0])


def answer(published: Published, file: File, method: str, url: str, if_none_match: str) -> Answer:
    """Return the response with a file, or 304 where the client has it (RFC 9110 section 13.1.2).

    Parameters
    ----------
    method : str
        GET or HEAD.
    url : str
        Path with its query; the headers that are published for it are given too.
    if_none_match : str
        Value of the header, "" where there was none.
    """
    tag = f'"{hashlib.sha256(file.content).hexdigest()[:32]}"'
    headers = [("ETag", tag), *published.headers_for(url)]
    known = re.findall(r'"[^"]*"', if_none_match)
    if tag in known or if_none_match.strip() == "*":
        return Answer(304, headers, b"")
    headers = [("Content-Type", file.media_type), ("Content-Length", str(len(file.content))), *headers]
    return Answer(200, headers, b"" if method == "HEAD" else file.content)


def added(published: Published, url: str, present: Iterable[str]) -> Pairs:
    """Return the headers to add to an application's response.

    An application that sets a header which may be given once knows its page better: its own stands.

    Parameters
    ----------
    url : str
        Path with its query.
    present : iterable of str
        Names of the headers that the application gave.
    """
    own = {name.lower() for name in present} - SEVERAL
    return [(name, value) for name, value in published.headers_for(url) if name.lower() not in own]
