"""Texts as the registry sees them: words with their places, shingles, bands, fingerprints, all under one key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from commonweal.errors import InputError, MissingExtraError
from commonweal.registry.letters import codes, tables

KEY_BYTES = 32


@dataclass(frozen=True)
class Key:
    """The secret under which words are hashed: without it nobody can ask an index for words of their choice.

    Parameters
    ----------
    data : bytes
        32 of them.
    """

    data: bytes

    def __post_init__(self) -> None:
        if len(self.data) != KEY_BYTES:
            raise InputError(f"a key of {len(self.data)} bytes", mend=f"{KEY_BYTES} are needed")

    @property
    def words(self) -> Any:
        """The key as uint64[4]."""
        return np.frombuffer(self.data, dtype="<u8").copy()


@dataclass(frozen=True)
class Digested:
    """Many texts, digested.

    Attributes
    ----------
    marks : uint32[s]
        Shingles of all texts, one after another.
    mark_bounds : int64[texts + 1]
        Where each text's begin and end.
    different : int64[texts]
        Different shingles of each.
    band : uint64[texts, BANDS]
    prints : uint64[f]
        Fingerprints, with `print_text` and `print_place` uint32[f].
    starts, lengths : uint32[w], uint16[w]
        Place and length of each word, in characters of the text as given.
    word_bounds : int64[texts + 1]
    """

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


def digest(texts: Sequence[str], key: Key) -> Digested:
    """Return the words, shingles, bands and fingerprints of texts.

    Parameters
    ----------
    texts : sequence of str
    key : Key
    """
    try:
        from commonweal.registry import kernels
    except ImportError:
        raise MissingExtraError("numba", "registry", "the registry") from None
    read = [codes(text) for text in texts]
    bounds = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum([len(points) for points, _ in read], out=bounds[1:])
    points = np.concatenate([p for p, _ in read]) if read else np.empty(0, np.uint32)
    room, count = len(points) + 1, len(texts)
    marks, prints = np.empty(room, np.uint64), np.empty(room, np.uint64)
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
    _place(read, starts, lengths, word_bounds)
    return Digested(
        marks[: mark_bounds[-1]].astype(np.uint32),  # the low half: two agree by chance once in four billion
        mark_bounds, different, band, prints[:found].copy(), print_text[:found].copy(),
        print_place[:found].copy(), starts[:words].copy(), lengths[:words].copy(), word_bounds,
    )  # fmt: skip


def _place(read: list[tuple[Any, Any | None]], starts: Any, lengths: Any, bounds: Any) -> None:
    """Turn places in NFKC into places in the text as given, where the two differ."""
    for d, (_, origin) in enumerate(read):
        if origin is not None:
            here = slice(bounds[d], bounds[d + 1])
            begin = origin[starts[here]]
            end = origin[starts[here] + lengths[here].astype(np.uint32)]
            starts[here], lengths[here] = begin, np.minimum(end - begin, 0xFFFF)
