"""Texts as the registry sees them: words with their places, shingles, bands and fingerprints under a key."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from commonweal.errors import InputError, MissingExtraError
from commonweal.registry.letters import codes, tables

KEY_BYTES = 32
ALIKE = ("marks", "different", "band", "prints", "print_place", "starts", "lengths")
"""What parts of a digest hold that is the same in the whole."""
PART_CHARACTERS = 1 << 20
"""Characters digested at a time: what is kept is a third of the room they need."""


@dataclass(frozen=True)
class Key:
    """The secret under which words are hashed: without it nobody can ask an index for words of their choice.

    Parameters
    ----------
    data : bytes
        32 of them.
    """

    data: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.data) != KEY_BYTES:
            raise InputError(f"a key of {len(self.data)} bytes", mend=f"{KEY_BYTES} are needed")

    @classmethod
    def new(cls) -> Key:
        """Return a random key."""
        return cls(secrets.token_bytes(KEY_BYTES))

    @classmethod
    def read(cls, path: str | Path) -> Key:
        """Return the key in a file.

        Raises
        ------
        InputError
            If it can't be read, holds no key, or others than its owner may read it.
        """
        try:
            with Path(path).open("rb") as file:
                others = os.fstat(file.fileno()).st_mode & 0o077
                data = file.read(KEY_BYTES + 1)
        except OSError as error:
            raise InputError(
                f"no key can be read: {error.strerror}", where=str(path), mend="name the key's file"
            ) from None
        if others:
            raise InputError("a key that others may read", where=str(path), mend=f"chmod 600 {path}")
        return cls(data)

    def write(self, path: str | Path) -> None:
        """Write the key to a new file that only its owner can read.

        Raises
        ------
        InputError
            If there is a file already, or none can be made.
        """
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise InputError(
                f"no key can be written: {error.strerror}", where=str(path), mend="name a new file"
            ) from None
        with os.fdopen(handle, "wb") as out:
            out.write(self.data)
            out.flush()
            os.fsync(out.fileno())

    @property
    def words(self) -> Any:
        """The key as uint64[4]."""
        return np.frombuffer(self.data, dtype="<u8").copy()

    @property
    def mask(self) -> Any:
        """The key under which places of words are masked, derived from it: uint64[2]."""
        derived = hashlib.blake2b(self.data, digest_size=16, person=b"cw-index-places").digest()
        return np.frombuffer(derived, dtype="<u8").copy()

    @property
    def name(self) -> str:
        """What tells keys apart without telling the key: 16 hexadecimal digits."""
        return hashlib.blake2b(self.data, digest_size=8, person=b"cw-index-key").hexdigest()


@dataclass(frozen=True)
class Digested:
    """Many texts, digested.

    Attributes
    ----------
    key : Key
        The one they were digested under.
    marks : uint32[s]
        Shingles of all texts, one after another: the low half of each, so that two differ but agree by chance
        once in four billion.
    mark_bounds : int64[texts + 1]
        Where each text's begin and end.
    different : int64[texts]
        Different shingles of each.
    band : uint64[texts, BANDS]
    prints : uint64[f]
        Fingerprints, with `print_text` and `print_place` uint32[f]: text and word.
    starts, lengths : uint32[w], uint16[w]
        Place and length of each word, in characters of the text as given.
    word_bounds : int64[texts + 1]
    """

    key: Key
    marks: Any
    mark_bounds: Any
    different: Any
    band: Any
    prints: Any
    print_text: Any
    print_place: Any
    starts: Any
    lengths: Any
    word_bounds: Any

    def __len__(self) -> int:
        return len(self.different)

    @property
    def print_bounds(self) -> Any:
        """Where each text's fingerprints begin and end: int64[texts + 1]."""
        return np.searchsorted(self.print_text, np.arange(len(self) + 1))


def digest(texts: Sequence[str], key: Key) -> Digested:
    """Return the words, shingles, bands and fingerprints of texts.

    Parameters
    ----------
    texts : sequence of str
    key : Key
    """
    return _joined([_digest(part, key) for part in _parts(texts)])


def _parts(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    first, size = 0, 0
    for i, text in enumerate(texts):
        size += len(text)
        if size >= PART_CHARACTERS:
            yield texts[first : i + 1]
            first, size = i + 1, 0
    if first < len(texts) or not texts:
        yield texts[first:]


def _digest(texts: Sequence[str], key: Key) -> Digested:
    try:
        from commonweal.registry import kernels
    except ImportError:
        raise MissingExtraError("numba", "registry", "the registry") from None
    read = [codes(text) for text in texts]
    bounds = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum([len(points) for points, _ in read], out=bounds[1:])
    points = np.concatenate([p for p, _ in read]) if read else np.empty(0, np.uint32)
    room, count = len(points) + 1, len(texts)
    marks, prints = np.empty(room, np.uint32), np.empty(room, np.uint64)
    print_text, print_place = np.empty(room, np.uint32), np.empty(room, np.uint32)
    starts, lengths = np.empty(room, np.uint32), np.empty(room, np.uint16)
    mark_bounds, word_bounds = np.empty(count + 1, np.int64), np.empty(count + 1, np.int64)
    different, band = np.empty(count, np.int64), np.empty((count, kernels.BANDS), np.uint64)
    kinds, folded = tables()
    found = kernels.digest(
        points, bounds, kinds, folded, key.words, marks, mark_bounds, different, band, prints, print_text,
        print_place, starts, lengths, word_bounds,
    )  # fmt: skip
    words = word_bounds[-1]
    for d, (_, origin) in enumerate(read):
        if origin is not None:
            here = slice(word_bounds[d], word_bounds[d + 1])
            _place(origin, starts[here], lengths[here])
    return Digested(
        key, marks[: mark_bounds[-1]].copy(), mark_bounds, different, band, prints[:found].copy(),
        print_text[:found].copy(), print_place[:found].copy(), starts[:words].copy(), lengths[:words].copy(),
        word_bounds,
    )  # fmt: skip


def _joined(parts: Sequence[Digested]) -> Digested:
    """Return the digests of texts that were digested in parts."""
    if len(parts) == 1:
        return parts[0]
    before = np.cumsum([0, *map(len, parts)]).astype(np.uint32)
    return Digested(
        key=parts[0].key,
        print_text=np.concatenate([p.print_text + n for p, n in zip(parts, before, strict=False)]),
        **{file: np.concatenate([getattr(p, file) for p in parts]) for file in ALIKE},
        **{
            file: np.concatenate([[0], *(np.diff(getattr(p, file)) for p in parts)]).cumsum()
            for file in ("mark_bounds", "word_bounds")
        },
    )


def _place(origin: Any, starts: Any, lengths: Any) -> None:
    """Turn places in NFKC into places in the text as given."""
    begin = origin[starts, 0]
    end = origin[starts + lengths - 1, 1]
    starts[:], lengths[:] = begin, np.minimum(end - begin, 0xFFFF)
