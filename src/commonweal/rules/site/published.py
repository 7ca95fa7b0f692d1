"""What a site publishes of its rules, as plain data: files at paths, headers by URL pattern.

One description, many servers: the middleware (`asgi`, `wsgi`) and the configuration written for nginx, Caddy
and Apache (`snippets`) all give the headers that `Published.headers_for` says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from commonweal.errors import InputError
from commonweal.rules.patterns import parse, specificity, split, uniform
from commonweal.rules.terms import load_json

HEADERS_FILE = "headers.json"
"""In a folder of published rules, the file that lists headers."""
NOT_SERVED = frozenset({HEADERS_FILE, "losses.json", "head.html"})
"""What an export writes beside the files to serve, for whoever runs the site."""
ROBOTS = "/robots.txt"
SAFE = "/!$&'()*+,;=:@~"
"""What stands in a path as it is (RFC 3986 section 3.3)."""
MOST_BYTES = 16_000_000
"""Largest file that is published; each is held in memory."""

SEVERAL = frozenset({"link", "x-robots-tag"})
"""Headers that may be given more than once: each value counts, and a server adds to what is there. Of any
other header the value of the longest matching pattern stands alone."""

_MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".toml": "application/toml",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".xml": "application/xml",
    ".pdf": "application/pdf",
}
_RSL = ("application/rsl+xml", b"https://rslstandard.org/rsl")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a token, RFC 9110 section 5.6.2
_VALUE = re.compile(r"[!-~](?:[\t -~]*[!-~])?")  # visible ASCII; blanks inside, RFC 9110 section 5.5


@dataclass(frozen=True)
class File:
    """A file as it is served: media type and bytes."""

    media_type: str
    content: bytes


@dataclass(frozen=True)
class Header:
    """A response header on every URL that a pattern matches.

    Parameters
    ----------
    pattern : str
        As in `rules.patterns`: a path prefix, `*` for anything, `$` for the end, perhaps behind
        `https://host`.
    name, value : str
        ASCII, as they go over the wire (RFC 9110 section 5).

    Raises
    ------
    InputError
        If the pattern is neither a path nor a URL, or name or value can't stand in a header.
    """

    pattern: str
    name: str
    value: str

    def __post_init__(self) -> None:
        if not self.pattern.startswith(("/", "*", "http://", "https://")) or re.search(
            r"[\x00-\x20\x7f\"\\]", self.pattern
        ):
            raise InputError(
                f"the URL pattern {self.pattern!r} is neither a path nor a URL",
                mend="start it with / or https://, and percent-encode blanks, quotes and backslashes",
            )
        if not _NAME.fullmatch(self.name):
            raise InputError(f"{self.name!r} is no name of a header", mend="use letters, digits and hyphens")
        if not _VALUE.fullmatch(self.value):
            raise InputError(
                f"the value of {self.name} can't stand in a header",
                mend="use visible ASCII on one line, without blanks at its ends",
            )

    @property
    def several(self) -> bool:
        """May it be given more than once?"""
        return self.name.lower() in SEVERAL


@dataclass(frozen=True)
class Published:
    """What a site publishes of its rules.

    Parameters
    ----------
    files : mapping of str to File
        By path: "/rsl.xml", "/.well-known/tdmrep.json", "/robots.txt".
    headers : iterable of Header
        In any order; kept with the longest pattern first, and of equal ones the first given first.

    Raises
    ------
    InputError
        If a path does not start with `/`, or one pattern gives a header twice that can be given once.
    """

    files: Mapping[str, File]
    headers: tuple[Header, ...] = ()

    def __post_init__(self) -> None:
        for path in self.files:
            if not path.startswith("/") or "?" in path or "\\" in path or not path.isprintable():
                raise InputError(f"{path!r} is no path of a file", mend="start it with /, without a query")
        files = {uniform(quote(path, safe=SAFE + "%")): file for path, file in self.files.items()}
        ordered = sorted(dict.fromkeys(self.headers), key=_longest_first)
        said: dict[tuple[str, str], str] = {}
        for header in ordered:
            if header.several:
                continue
            if said.setdefault((header.pattern, header.name.lower()), header.value) != header.value:
                raise InputError(
                    f"{header.name} has two values on {header.pattern}", mend="keep one: it may be given once"
                )
        object.__setattr__(self, "files", MappingProxyType(files))
        object.__setattr__(self, "headers", tuple(ordered))

    def headers_for(self, url: str) -> list[tuple[str, str]]:
        """Return the headers of a URL or path (with its query), as (name, value).

        Of a header that may be given once, the value of the longest matching pattern; of others (`Link`,
        `X-Robots-Tag`) those of all matching patterns. A pattern with a host is for that host alone: it
        matches no bare path.
        """
        origin, path = split(url)
        found: list[tuple[str, str]] = []
        said: set[str] = set()
        for header in self.headers:
            name = header.name.lower()
            if (name in said and not header.several) or not parse(header.pattern).matches(origin, path):
                continue
            said.add(name)
            if not any((name, header.value) == (n.lower(), v) for n, v in found):
                found.append((header.name, header.value))
        return found

    def at(self, origin: str) -> Published:
        """Return what of it one site serves: patterns of its host become paths, those of others go.

        Parameters
        ----------
        origin : str
            Such as "https://example.org".
        """
        home = split(origin)[0]
        kept: dict[tuple[str, ...], Header] = {}
        for header in self.headers:
            host, path = split(header.pattern)
            if host in ("", home):
                bare = replace(header, pattern=path)
                value = (bare.value,) if bare.several else ()
                # What names the host stands before what is for any host with the same path.
                kept.setdefault((path, bare.name.lower(), *value), bare)
        return Published(self.files, tuple(kept.values()))

    @classmethod
    def load(cls, folder: str | Path) -> Published:
        """Return what a folder holds: every file at its path, and the headers in `headers.json`.

        Names that start with a dot are left out, except `.well-known`, and so are `headers.json`,
        `losses.json` and `head.html`.

        Raises
        ------
        InputError
            If the folder or `headers.json` can't be read or is wrong, or a file is too large.
        """
        root = Path(folder)
        if not root.is_dir():
            raise InputError(
                "no folder", mend="write it with: commonweal rules export --out", where=str(folder)
            )
        files = {}
        for path in sorted(root.rglob("*")):
            parts = path.relative_to(root).parts
            hidden = any(p.startswith(".") and p != ".well-known" for p in parts)
            if hidden or not path.is_file() or (len(parts) == 1 and parts[0] in NOT_SERVED):
                continue
            content = _read(path)
            files["/" + quote("/".join(parts), safe=SAFE)] = File(_media_type(path, content), content)
        listed = root / HEADERS_FILE
        return cls(files, tuple(_headers(listed)) if listed.is_file() else ())


def paths_only(published: Published, needed_by: str) -> None:
    """Raise InputError where a pattern names a host, for those who serve one site."""
    for header in published.headers:
        if split(header.pattern)[0]:
            raise InputError(
                f"{needed_by} serves one site, and the pattern {header.pattern} names its host",
                mend="say which site it is: published.at('https://example.org')",
            )


def _longest_first(header: Header) -> tuple[int, int]:
    length, absolute = specificity(header.pattern)
    return -length, -absolute


def _headers(path: Path) -> Iterable[Header]:
    value: Any = load_json(_read(path), str(path))
    if not isinstance(value, list):
        raise InputError("no list of headers", mend="write a JSON list", where=str(path))
    for number, entry in enumerate(value, 1):
        where = f"{path}, entry {number}"
        strings = isinstance(entry, dict) and all(isinstance(v, str) for v in entry.values())
        if not strings or entry.keys() != {"pattern", "name", "value"}:
            raise InputError(
                "a header has a pattern, a name and a value, all strings",
                mend='write {"pattern": "/", "name": "tdm-reservation", "value": "1"}',
                where=where,
            )
        try:
            yield Header(**entry)
        except InputError as error:
            raise InputError(error.problem, mend=error.mend, where=where) from None


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise InputError(
                f"{size:,} bytes are more than the {MOST_BYTES:,} of a published file",
                mend="publish it another way",
                where=str(path),
            )
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", mend="check the file", where=str(path)) from None


def _media_type(path: Path, content: bytes) -> str:
    if path.suffix == ".xml" and _RSL[1] in content[:4096]:
        return _RSL[0]
    return _MEDIA_TYPES.get(path.suffix.lower(), "application/octet-stream")
