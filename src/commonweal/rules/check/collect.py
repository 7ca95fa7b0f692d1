"""What a site answered, whatever it was read from: a folder, saved responses, or the site itself.

Every source gives the same thing, an iterator of responses, one at a time, with bounded bodies; what it
leaves out it counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from commonweal.errors import InputError

AGENT = "commonweal-check"
"""Product token under which robots.txt may speak to the checker."""


@dataclass(frozen=True)
class Limits:
    """Bounds of one check. What lies beyond them is counted and reported, never dropped in silence.

    Parameters
    ----------
    pages : int
        Responses that are read from a folder or from saved responses.
    body_bytes : int
        Of one body; the rest is not read.
    source_bytes : int
        Of all bodies together, decompressed.
    live_pages : int
        Requests to a live site, robots.txt and well-known files included.
    delay : float
        Seconds between requests to a live site; a longer Crawl-delay in its robots.txt stands before it.
    timeout : float
        Seconds for one request, from connecting to its last byte.
    seconds : float
        For all requests to a live site together.
    redirects : int
        That are followed for one request, inside the site alone.
    agent : str
        How the checker names itself; the product token at its start is what robots.txt is asked for.
    """

    pages: int = 100_000
    body_bytes: int = 4_000_000
    source_bytes: int = 20_000_000_000
    live_pages: int = 100
    delay: float = 1.0
    timeout: float = 20.0
    seconds: float = 1_800.0
    redirects: int = 5
    agent: str = f"{AGENT}/0.1 (checks machine-readable rules)"


@dataclass(frozen=True)
class Response:
    """One answer of a site.

    Attributes
    ----------
    url : str
        As it was asked; a path alone where the origin is not known.
    status : int
    headers : tuple of (name, value)
        In their order; names in lower case.
    body : bytes
        Decompressed, and cut at the limit.
    seen : datetime, optional
        When it was fetched.
    cut : bool
        Were there more bytes?
    """

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    seen: datetime | None = None
    cut: bool = False

    def header(self, name: str) -> str:
        """Return the first value of a header, or ""."""
        return next((value for key, value in self.headers if key == name), "")

    @cached_property
    def media_type(self) -> str:
        """The media type without parameters, in lower case; "" where none was sent."""
        return self.header("content-type").split(";")[0].strip().lower()


@dataclass
class Collection:
    """What a source has said of itself while it was read.

    Attributes
    ----------
    origin : str
        "https://example.org", or "" where it is not known.
    whole : bool
        Is what was not met surely not there?
    skipped : Counter of str
        Why something was left out, and how often.
    """

    origin: str = ""
    whole: bool = False
    skipped: Counter[str] = field(default_factory=Counter)


class Source(Protocol):
    """Where responses come from."""

    collection: Collection

    def __iter__(self) -> Iterator[Response]:
        """Yield the responses, one at a time."""
        ...


def collect(source: str, limits: Limits, origin: str = "") -> Source:
    """Return the responses of a site.

    Parameters
    ----------
    source : str
        A folder, a WARC (`.warc`, `.warc.gz`) or HAR (`.har`) file, or an http(s) URL.
    limits : Limits
    origin : str
        Of a folder, where its site is published: "https://example.org". Of saved responses, which site is
        meant; absent, that of the first.

    Raises
    ------
    InputError
        If it is none of these, or can't be read.
    """
    from commonweal.rules.check.sources import folder, har, live, warc

    if source.startswith(("http://", "https://")):
        return live.Live(source, limits)
    path = Path(source)
    name = path.name.lower()
    if path.is_dir():
        return folder.Folder(path, limits, origin)
    if not path.is_file():
        raise InputError("neither a file nor a folder", mend="give a folder, a file or a URL", where=source)
    if name.endswith((".warc", ".warc.gz")):
        return warc.Warc(path, limits, origin)
    if name.endswith(".har"):
        return har.Har(path, limits, origin)
    raise InputError(
        "a kind of file that is not read", mend="give a folder, .warc, .warc.gz, .har or a URL", where=source
    )


def bounded(responses: Iterator[Response], limits: Limits, skipped: Counter[str]) -> Iterator[Response]:
    """Yield responses up to the limits of number and bytes; count what is cut, and say where it stops."""
    total = 0
    for number, response in enumerate(responses):
        total += len(response.body)
        if number >= limits.pages or total > limits.source_bytes:
            skipped["everything after the limit of pages or bytes"] += 1
            return
        if response.cut:
            skipped[f"bytes of a body beyond {limits.body_bytes:,}"] += 1
        yield response


def moment(text: str) -> datetime | None:
    """Return the time that an ISO 8601 text says, if it has a time zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def same_site(a: str, b: str) -> bool:
    """Are two origins one site: the same host and port, but for `www.` and http beside https?"""
    return _bare(a) == _bare(b)


def _bare(origin: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(origin)
        return (parts.hostname or "").removeprefix("www."), parts.port
    except ValueError:
        return origin, None
