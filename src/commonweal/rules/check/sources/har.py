"""Saved responses in a HAR file (HTTP Archive 1.2), as browsers write it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from pathlib import Path

import msgspec

from commonweal.errors import InputError
from commonweal.rules.check.collect import Collection, Limits, Response, bounded, moment, same_site
from commonweal.rules.patterns import split

MOST_BYTES = 500_000_000
"""Largest HAR file that is read; it is one JSON text and is held in memory."""


class _Pair(msgspec.Struct):
    name: str = ""
    value: str = ""


class _Content(msgspec.Struct):
    text: str = ""
    encoding: str | None = ""


class _Request(msgspec.Struct):
    url: str = ""
    method: str = "GET"


class _Response(msgspec.Struct):
    status: int = 0
    headers: list[_Pair] = []
    content: _Content = msgspec.field(default_factory=_Content)


class _Entry(msgspec.Struct):
    request: _Request
    response: _Response
    started: str = msgspec.field(default="", name="startedDateTime")


class _Log(msgspec.Struct):
    entries: list[msgspec.Raw]


class _File(msgspec.Struct):
    log: _Log


class Har:
    """The responses of one site in a HAR file."""

    def __init__(self, path: Path, limits: Limits, origin: str = "") -> None:
        self.path, self.limits = path, limits
        self.collection = Collection(origin.rstrip("/"))

    def __iter__(self) -> Iterator[Response]:
        """Yield the responses of the site.

        Raises
        ------
        InputError
            If it is no HAR, or too large.
        """
        return bounded(self._responses(), self.limits, self.collection.skipped)

    def _responses(self) -> Iterator[Response]:
        for raw in self._entries():
            try:
                entry = msgspec.json.decode(raw, type=_Entry)
            except (msgspec.DecodeError, RecursionError):
                self.collection.skipped["malformed entries"] += 1
                continue
            if (response := self._response(entry)) is not None:
                yield response

    def _entries(self) -> list[msgspec.Raw]:
        where = str(self.path)
        if self.path.stat().st_size > MOST_BYTES:
            raise InputError(
                f"more than {MOST_BYTES:,} bytes", mend="save it as a WARC, or in pieces", where=where
            )
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=_File).log.entries
        except (msgspec.DecodeError, RecursionError) as error:
            raise InputError(f"no HAR: {error}", mend="save it again from the browser", where=where) from None

    def _response(self, entry: _Entry) -> Response | None:
        url, skipped = entry.request.url, self.collection.skipped
        if not url.startswith(("http://", "https://")) or entry.request.method.upper() != "GET":
            skipped["requests other than GET over http"] += 1
            return None
        origin = split(url)[0]
        self.collection.origin = self.collection.origin or origin
        headers = tuple((h.name.lower(), h.value) for h in entry.response.headers)
        rsl = any(k == "content-type" and "rsl+xml" in v for k, v in headers)
        if not same_site(origin, self.collection.origin) and not rsl:
            skipped["responses of other sites"] += 1
            return None
        content, most = entry.response.content, self.limits.body_bytes
        if content.encoding == "base64":
            try:
                body = base64.b64decode(content.text[: (most // 3 + 2) * 4])
            except (binascii.Error, ValueError):
                skipped["bodies that are no base64"] += 1
                body = b""
        else:
            body = content.text[: most + 1].encode("utf-8", "replace")
        return Response(
            url, entry.response.status, headers, body[:most], moment(entry.started), len(body) > most
        )
