"""CAR files a block at a time, and DAG-CBOR as JSON.

Source: ipld.io/specs/transport/car/carv1; atproto.com/specs/data-model (`$link`, `$bytes`).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any, BinaryIO

from commonweal.errors import InputError

LINK = b"\x01\x71\x12\x20"  # CIDv1 of DAG-CBOR by SHA-256; \x55 in place of \x71 for files
FILE = b"\x01\x55\x12\x20"
BLOCK = 16 << 20


def blocks(stream: BinaryIO, path: str, roots: list[bytes] | None = None) -> Iterator[tuple[bytes, bytes]]:
    """Yield a CAR's blocks, each with its content id; put the header's roots into a list.

    Raises
    ------
    InputError
        If it is cut off, or no CAR of version 1.
    """
    from libipld import decode_dag_cbor

    first = True
    while (length := _varint(stream, path)) is not None:
        data = stream.read(length) if length <= BLOCK else b""
        if len(data) < length or length < 36 - 20 * first:
            raise InputError("cut off, or no CAR file", where=path, mend="export it again")
        if first:
            if roots is not None:
                roots += decode_dag_cbor(data)["roots"]
            first = False
        else:
            yield data[:36], data[36:]


def _varint(stream: BinaryIO, path: str) -> int | None:
    """Return an unsigned LEB128 number; None at the end of the file."""
    number, shift = 0, 0
    while byte := stream.read(1):
        number |= (byte[0] & 127) << shift
        shift += 7
        if byte[0] < 128:
            return number
        if shift > 35:
            break
    if shift:
        raise InputError("cut off, or no CAR file", where=path, mend="export it again")
    return None


def plain(value: Any) -> Any:
    """Return DAG-CBOR as JSON has it; bytes that look like a content id are a link."""
    from libipld import encode_cid

    if isinstance(value, dict):
        return {key: plain(child) for key, child in value.items()}
    if isinstance(value, list):
        return [plain(child) for child in value]
    if isinstance(value, bytes):
        if len(value) == 36 and value[:4] in (LINK, FILE):
            return {"$link": encode_cid(value)}
        return {"$bytes": base64.b64encode(value).decode().rstrip("=")}
    return value
