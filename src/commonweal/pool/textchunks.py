"""Whole records from a stream of bytes, a few megabytes at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

import numpy as np

from commonweal.pool.readers import CHUNK_BYTES


def record_chunks(
    stream: IO[bytes], length: int = -1, *, quoted: bool = False, size: int = 0
) -> Iterator[bytes]:
    """Yield whole lines of the next `length` bytes (-1: all), about `size` bytes at a time.

    Where `quoted`, a line end inside double quotes does not end a record (RFC 4180): it is one where the
    number of quotes before it is odd. The last piece is what is left, whole or not.
    """
    size = size or CHUNK_BYTES
    rest = b""
    while True:
        block = stream.read(size if length < 0 else min(size, length))
        length -= len(block) if length >= 0 else 0
        data = rest + block
        if not block:
            if data:
                yield data
            return
        cut = _last_end(data, quoted)
        if cut:
            yield data[:cut]
        rest = data[cut:]


def quotes_are_even(data: bytes) -> bool:
    """Tell whether every quoted field in whole records is closed."""
    return data.count(b'"') % 2 == 0


def _last_end(data: bytes, quoted: bool) -> int:
    if not quoted:
        return data.rfind(b"\n") + 1
    letters = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(letters == ord("\n"))
    quotes = np.flatnonzero(letters == ord('"'))
    outside = ends[np.searchsorted(quotes, ends) % 2 == 0]
    return int(outside[-1]) + 1 if len(outside) else 0
