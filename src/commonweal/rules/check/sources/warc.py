"""Saved responses in a WARC file (ISO 28500), compressed or not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from commonweal.errors import InputError, MissingExtraError
from commonweal.rules.check.collect import Collection, Limits, Response, bounded, moment, same_site
from commonweal.rules.patterns import split

MOST_OF_A_RECORD = 1_000_000_000
"""Bytes that one record may decompress to; a larger one ends the reading, for what follows can't be found
without decompressing it."""


class Warc:
    """The responses of one site in a WARC file."""

    def __init__(self, path: Path, limits: Limits, origin: str = "") -> None:
        self.path, self.limits = path, limits
        self.collection = Collection(origin.rstrip("/"))

    def __iter__(self) -> Iterator[Response]:
        """Yield the responses of the site, and licences that stand elsewhere.

        Raises
        ------
        InputError
            If it is no WARC.
        MissingExtraError
            If warcio is absent.
        """
        return bounded(self._responses(), self.limits, self.collection.skipped)

    def _responses(self) -> Iterator[Response]:
        try:
            from warcio.archiveiterator import ArchiveIterator
            from warcio.exceptions import ArchiveLoadFailed
        except ImportError as error:
            raise MissingExtraError("warcio", "rules", "reading a WARC") from error
        skipped = self.collection.skipped
        with self.path.open("rb") as file:
            records = ArchiveIterator(file)
            any_read = False
            try:
                for record in records:
                    any_read = True
                    if record.rec_type != "response" or record.http_headers is None:
                        skipped[f"records of another kind than response: {record.rec_type[:40]}"] += 1
                    elif (response := self._response(record)) is not None:
                        yield response
                    if not _passed(record):
                        skipped["everything after a record of more than a gigabyte"] += 1
                        return
            except (ArchiveLoadFailed, EOFError, OSError, ValueError, TypeError, AttributeError) as error:
                # warcio answers malformed records with any of these.
                if not any_read:
                    raise InputError(
                        "no WARC", mend="give a file of WARC records", where=str(self.path)
                    ) from None
                skipped[f"everything after a malformed record ({type(error).__name__})"] += 1

    def _response(self, record: Any) -> Response | None:
        url = str(record.rec_headers.get_header("WARC-Target-URI") or "").strip("<>")
        headers = tuple((str(k).lower(), str(v)) for k, v in record.http_headers.headers)
        if not url.startswith(("http://", "https://")):
            self.collection.skipped["records of another scheme than http"] += 1
            return None
        origin = split(url)[0]
        self.collection.origin = self.collection.origin or origin
        rsl = any(k == "content-type" and "rsl+xml" in v for k, v in headers)
        if not same_site(origin, self.collection.origin) and not rsl:
            self.collection.skipped["responses of other sites"] += 1
            return None
        status = str(record.http_headers.get_statuscode())
        most = self.limits.body_bytes
        body = record.content_stream().read(most + 1)
        return Response(
            url, int(status) if status.isdigit() else 0, headers, body[:most],
            moment(str(record.rec_headers.get_header("WARC-Date") or "")), len(body) > most,
        )  # fmt: skip


def _passed(record: Any) -> bool:
    """Read past the rest of a record; False if it does not end."""
    left = MOST_OF_A_RECORD
    while left > 0:
        piece = record.raw_stream.read(1 << 16)
        if not piece:
            return True
        left -= len(piece)
    return False
