"""A folder of a static site: each file at its path, with the headers of its `_headers` or `headers.json`."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from commonweal.errors import InputError
from commonweal.rules.check.collect import Collection, Limits, Response, bounded
from commonweal.rules.patterns import Pattern, parse, specificity, split

SAFE = "/!$&'()*+,;=:@~"
LISTS = frozenset({"_headers", "headers.json", "CNAME"})
"""Files at the root that tell about the site and are not of it."""
BESIDE = frozenset({"losses.json", "head.html"})
"""What an export writes beside its headers.json, for people."""
MOST_BYTES_OF_A_LIST = 1_000_000
SEVERAL = frozenset({"link", "x-robots-tag"})
MEDIA_TYPES = {
    ".html": "text/html", ".htm": "text/html", ".xhtml": "application/xhtml+xml", ".txt": "text/plain",
    ".json": "application/json", ".jsonld": "application/ld+json", ".xml": "application/xml",
    ".rss": "application/rss+xml", ".atom": "application/atom+xml", ".rsl": "application/rsl+xml",
    ".pdf": "application/pdf", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png",
    ".webp": "image/webp", ".gif": "image/gif", ".tif": "image/tiff", ".tiff": "image/tiff",
    ".svg": "image/svg+xml", ".md": "text/markdown", ".css": "text/css", ".js": "text/javascript",
}  # fmt: skip
Rules = list[tuple[Pattern, int, str, str]]


class Folder:
    """A folder as it would be served. Links in it are not followed, wherever they lead."""

    def __init__(self, root: Path, limits: Limits, origin: str = "") -> None:
        self.root, self.limits = root, limits
        self.collection = Collection(whole=True)
        self.collection.origin = origin.rstrip("/") or self._cname()

    def __iter__(self) -> Iterator[Response]:
        """Yield every file as a response, in the order of their paths."""
        return bounded(self._responses(), self.limits, self.collection.skipped)

    def _responses(self) -> Iterator[Response]:
        rules, now = self._rules(), datetime.now(UTC)
        for path in self._files():
            body = self._read(path, self.limits.body_bytes + 1)
            if body is None:
                continue
            url = self.collection.origin + _path(path.relative_to(self.root))
            headers = _headers(rules, url, _media_type(path, body))
            most = self.limits.body_bytes
            yield Response(url, 200, headers, body[:most], now, len(body) > most)

    def _files(self) -> Iterator[Path]:
        lists = LISTS | (BESIDE if (self.root / "headers.json").is_file() else frozenset())
        for where, folders, files in os.walk(self.root, followlinks=False):
            here = Path(where)
            kept = [f for f in sorted(folders) if not f.startswith(".") or f == ".well-known"]
            self._count("folders whose name starts with a dot", len(folders) - len(kept))
            links = [f for f in kept if (here / f).is_symlink()]
            self._count("links to other places, which are not followed", len(links))
            folders[:] = [f for f in kept if f not in links]
            for name in sorted(files):
                if here == self.root and name in lists:
                    continue
                if name.startswith("."):
                    self._count("files whose name starts with a dot")
                else:
                    yield here / name

    def _read(self, path: Path, most: int) -> bytes | None:
        """Return the first bytes of a plain file; a link is not opened, nor anything that could block."""
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        try:
            if path.is_symlink():
                self._count("links to other places, which are not followed")
                return None
            with os.fdopen(os.open(path, flags), "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    self._count("what is no plain file")
                    return None
                return file.read(most)
        except OSError:
            self._count("files that can't be read")
            return None

    def _rules(self) -> Rules:
        rules: Rules = []
        for name, parsed in (("headers.json", _from_json), ("_headers", _from_text)):
            if not (self.root / name).is_file():
                continue
            raw = self._read(self.root / name, MOST_BYTES_OF_A_LIST)
            try:
                rules += parsed((raw or b"").decode("utf-8"))
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
                raise InputError(
                    "headers that can't be read",
                    mend='write [{"pattern": "/", "name": "tdm-reservation", "value": "1"}], or lines of '
                    "_headers: a path, then indented `Name: value`",
                    where=str(self.root / name),
                ) from None
        return rules

    def _cname(self) -> str:
        """Return the origin that a CNAME file gives, as hosts of static sites read it."""
        if not (self.root / "CNAME").is_file():
            return ""
        text = (self._read(self.root / "CNAME", 300) or b"").decode("ascii", "replace").strip()
        return f"https://{text.lower()}" if text and all(c.isalnum() or c in ".-" for c in text) else ""

    def _count(self, why: str, number: int = 1) -> None:
        if number:
            self.collection.skipped[why] += number


def _path(path: Path) -> str:
    """Return the path of a file on the site; an index page stands for its folder."""
    text = "/" + quote(path.as_posix().encode("utf-8", "surrogateescape"), safe=SAFE)
    return text.removesuffix("index.html") if path.name == "index.html" else text


def _media_type(path: Path, body: bytes) -> str:
    if path.suffix.lower() == ".xml" and b"rslstandard.org/rsl" in body[:4096]:
        return "application/rsl+xml"  # a folder can't say what its server will send: the best is assumed
    if path.suffix == "" and body[:200].lstrip().startswith((b"{", b"[")):
        return "application/json"
    return MEDIA_TYPES.get(path.suffix.lower(), "application/octet-stream")


def _headers(rules: Rules, url: str, media_type: str) -> tuple[tuple[str, str], ...]:
    """Return the headers of a URL: of those that may stand once, the value of the longest pattern."""
    origin, path = split(url)
    found: dict[tuple[str, str], tuple[int, str]] = {("content-type", ""): (-1, media_type)}
    for pattern, size, name, value in rules:
        if pattern.matches(origin, path) or (not origin and pattern.matches(pattern.origin, path)):
            key = (name, value if name in SEVERAL else "")
            if key not in found or size > found[key][0]:
                found[key] = (size, value)
    return tuple((name, value) for (name, _), (_, value) in found.items())


def _from_json(text: str) -> Rules:
    return [_rule(str(e["pattern"]), str(e["name"]), str(e["value"])) for e in json.loads(text)]


def _from_text(text: str) -> Rules:
    """Read `_headers`: a path with `*` and `:names`, exact unless a star ends it; below it headers."""
    rules: Rules = []
    pattern = ""
    for line in text.splitlines():
        content = line.strip()
        if not content or content.startswith("#"):
            continue
        if not line[0].isspace():
            segments = content.split("/")
            pattern = "/".join("*" if s.startswith(":") else s for s in segments)
            pattern = content if content.startswith("http") else pattern
            pattern += "" if pattern.endswith("*") else "$"
            continue
        name, colon, value = content.partition(":")
        if not colon or not pattern:
            raise ValueError(content)
        rules.append(_rule(pattern, name, value))
    return rules


def _rule(pattern: str, name: str, value: str) -> tuple[Pattern, int, str, str]:
    return parse(pattern), specificity(pattern)[0], name.strip().lower(), value.strip()
