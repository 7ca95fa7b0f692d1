"""URL patterns of scopes: matched as robots.txt matches paths (RFC 9309, section 2.2.2), in linear time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from urllib.parse import quote, urlsplit

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class Relation(Enum):
    """Whether a statement about one thing speaks of another: surely, not, or perhaps."""

    YES = "yes"
    NO = "no"
    MAYBE = "maybe"


@dataclass(frozen=True)
class Pattern:
    """A parsed pattern.

    Attributes
    ----------
    origin : str
        "https://host" in lower case, or "" for any.
    pieces : tuple of str
        What stands between the stars; the first is a prefix.
    ends : bool
        Does the last piece end the path?
    """

    origin: str
    pieces: tuple[str, ...]
    ends: bool

    @property
    def plain(self) -> bool:
        """Is it a prefix, with neither `*` nor `$`?"""
        return len(self.pieces) == 1 and not self.ends

    def matches(self, origin: str, path: str) -> bool:
        """Does it match a path (with its query) of that origin? An empty origin is an unknown one."""
        if self.origin and self.origin != origin:
            return False
        first, *rest = self.pieces
        if not path.startswith(first):
            return False
        at = len(first)
        if not rest:
            return not self.ends or at == len(path)
        *middle, last = rest
        for piece in middle:
            found = path.find(piece, at)
            if found < 0:
                return False
            at = found + len(piece)
        if self.ends:
            return len(path) - len(last) >= at and path.endswith(last)
        return path.find(last, at) >= 0


@lru_cache(maxsize=4096)
def parse(pattern: str) -> Pattern:
    """Return a parsed pattern; `*` at the start stands for `/*`."""
    return parse_path(*split(pattern))


def parse_path(origin: str, path: str) -> Pattern:
    """Return the pattern of a path that is compared as it stands."""
    if path.startswith("*"):
        path = "/" + path
    ends = path.endswith("$")
    pieces = tuple(path.removesuffix("$").split("*"))
    while len(pieces) > 1 and pieces[-1] == "" and not ends:
        pieces = pieces[:-1]  # a prefix matches all that follows anyway
    if ends and len(pieces) > 1 and pieces[-1] == "":  # `*$` ends anywhere
        pieces, ends = pieces[:-1], False
    return Pattern(origin, pieces, ends)


def split(url: str) -> tuple[str, str]:
    """Return (origin or "", path with query, percent-encoding made uniform)."""
    if not url.startswith(("http://", "https://")):
        return "", uniform(url or "/")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "invalid:", uniform(url)
    if port == {"http": 80, "https": 443}[parts.scheme]:
        port = None
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return f"{parts.scheme}://{host}" + (f":{port}" if port else ""), uniform(path)


def uniform(path: str) -> str:
    """Return a path with percent-encoding as RFC 9309 compares it: unreserved characters bare, others
    encoded in capitals, what is not ASCII as UTF-8."""
    if path.isascii() and "%" not in path:
        return path
    return encoded(re.sub(r"%([0-9A-Fa-f]{2})", _decoded, path))


def encoded(path: str) -> str:
    """Return a path with what is not ASCII percent-encoded as UTF-8."""
    return re.sub(r"[^\x00-\x7f]+", lambda m: quote(m.group(), errors="replace"), path)


def _decoded(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else match[0].upper()


def relation(about: str, of: str) -> Relation:
    """Return whether a statement about the pattern `about` speaks of every URL of the pattern `of`.

    YES where `about` surely matches whatever `of` matches, NO where no URL matches both, else MAYBE.
    """
    a, b = parse(about), parse(of)
    if a.origin and b.origin and a.origin != b.origin:
        return Relation.NO
    head = b.pieces[0]
    if not (head.startswith(a.pieces[0]) or a.pieces[0].startswith(head)):
        return Relation.NO
    if a.origin and not b.origin:
        return Relation.MAYBE
    if b.plain or not b.ends or len(b.pieces) > 1:
        covers = (a.plain and head.startswith(a.pieces[0])) or (a.pieces, a.ends) == (b.pieces, b.ends)
        return Relation.YES if covers else Relation.MAYBE
    return Relation.YES if a.matches(b.origin, head) else Relation.NO  # `of` is one path


def specificity(pattern: str) -> tuple[int, int]:
    """Order patterns by precedence in robots.txt: the longest in octets; ties fall to the absolute one."""
    origin, path = split(pattern)
    return len(path.encode()), int(bool(origin))
