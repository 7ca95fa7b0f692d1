"""One byte string for one JSON value (RFC 8785), and the hashes that rest on it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import rfc8785


def canonical_json(value: Any) -> bytes:
    """Return the canonical JSON of a value, UTF-8 (RFC 8785, JSON Canonicalization Scheme).

    Raises
    ------
    ValueError
        For what JSON can't say: NaN, infinities, integers beyond 2^53, keys that are no strings.
    """
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as error:
        raise ValueError(f"not representable as canonical JSON: {error}") from error


def content_hash(value: Any) -> str:
    """Return the SHA-256 of the canonical JSON of a value, 64 hex digits."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def file_hash(path: str | Path) -> str:
    """Return the SHA-256 of a file's bytes, 64 hex digits; reads in pieces."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
