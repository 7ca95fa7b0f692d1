"""A segment: the digests of some works on disk, sorted for looking up, memory-mapped, never changed.

Layout (version 1, little-endian), one folder:

| file | type | holds |
|---|---|---|
| `segment.json` | | version, numbers of works, shingles, words and fingerprints, SHA-256 of each file |
| `ids` | 16 bytes each | random ids of the works: all that a segment knows of whose they are |
| `marks`, `mark_bounds` | uint32, int64 | shingles of each work, in its order |
| `different` | uint32 | different shingles of each |
| `starts`, `lengths`, `word_bounds` | uint32, uint16, int64 | places of words, in characters |
| `band_hash`, `band_row`, `band_first` | uint64, uint32, int64 | bands by hash; where each leading pattern begins |
| `print_hash`, `print_row`, `print_place`, `print_first` | uint64, uint32, uint32, int64 | fingerprints by hash |

A segment is written beside its place, synchronised, and renamed: it is whole or absent.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from commonweal.errors import InputError
from commonweal.registry.texts import Digested

VERSION = 1
TYPES = {
    "ids": "V16",
    "marks": "<u4",
    "mark_bounds": "<i8",
    "different": "<u4",
    "starts": "<u4",
    "lengths": "<u2",
    "word_bounds": "<i8",
    "band_hash": "<u8",
    "band_row": "<u4",
    "band_first": "<i8",
    "print_hash": "<u8",
    "print_row": "<u4",
    "print_place": "<u4",
    "print_first": "<i8",
}
PER_HEAD = 4
"""Entries to each leading pattern of bits, on average: what a look-up has to pass over."""


@dataclass(frozen=True)
class Ordered:
    """Entries by hash: hash uint64, the row each belongs to, and where each leading pattern of bits begins."""

    hashes: Any
    rows: Any
    firsts: Any

    @property
    def shift(self) -> np.uint64:
        """By how many bits a hash is shifted to its leading pattern."""
        return np.uint64(64 - (len(self.firsts) - 2).bit_length()) if len(self.firsts) > 2 else np.uint64(63)


def firsts(hashes: Any) -> Any:
    """Return where each leading pattern of bits begins in sorted hashes: int64[2^b + 1]."""
    bits = max((len(hashes) // PER_HEAD).bit_length(), 1)
    heads = np.arange(1, 1 << bits, dtype=np.uint64) << np.uint64(64 - bits)
    return np.concatenate([[0], np.searchsorted(hashes, heads), [len(hashes)]]).astype(np.int64)


def arrays(digested: Digested, ids: Sequence[bytes]) -> dict[str, Any]:
    """Return a segment's files as arrays."""
    count, width = digested.band.shape
    flat = digested.band.ravel()
    told = flat != np.uint64(0xFFFFFFFFFFFFFFFF)  # texts without words have no bands
    rows = np.repeat(np.arange(count, dtype=np.uint32), width)[told]
    flat = flat[told]
    order = np.argsort(flat, kind="stable")
    chosen = np.argsort(digested.prints, kind="stable")
    hashes, prints = flat[order], digested.prints[chosen]
    return {
        "ids": np.frombuffer(b"".join(ids), dtype="V16"),
        "marks": digested.marks,
        "mark_bounds": digested.mark_bounds,
        "different": digested.different.astype(np.uint32),
        "starts": digested.starts,
        "lengths": digested.lengths,
        "word_bounds": digested.word_bounds,
        "band_hash": hashes,
        "band_row": rows[order],
        "band_first": firsts(hashes),
        "print_hash": prints,
        "print_row": digested.print_text[chosen],
        "print_place": digested.print_place[chosen],
        "print_first": firsts(prints),
    }


def write(folder: Path, name: str, files: dict[str, Any]) -> None:
    """Write a segment whole: beside its place, synchronised, renamed."""
    draft, place = folder / f".{name}.tmp", folder / name
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    sums = {}
    for file, data in files.items():
        packed = np.ascontiguousarray(data.astype(TYPES[file], copy=False))
        with (draft / file).open("wb") as out:
            out.write(memoryview(packed).cast("B") if len(packed) else b"")
            out.flush()
            os.fsync(out.fileno())
        sums[file] = hashlib.sha256(
            packed.tobytes() if not len(packed) else memoryview(packed).cast("B")
        ).hexdigest()
    about = {"version": VERSION, "works": len(files["ids"]), "words": len(files["starts"]), "sha256": sums}
    (draft / "segment.json").write_text(json.dumps(about) + "\n")
    _sync(draft)
    draft.rename(place)
    _sync(folder)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Segment:
    """A segment, memory-mapped.

    Parameters
    ----------
    path : Path

    Raises
    ------
    InputError
        If it is of another version, or a file of it is missing or too short.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.name
        try:
            about = json.loads((path / "segment.json").read_text())
        except (OSError, ValueError):
            raise InputError("a segment without its description", where=str(path), mend=RESTORE) from None
        if about["version"] != VERSION:
            raise InputError(
                f"written in version {about['version']} of the index; this release reads version {VERSION}",
                where=str(path),
                mend="build the index again with this release, or use the release that wrote it",
            )
        self.works: int = about["works"]
        self.sums: dict[str, str] = about["sha256"]

    def array(self, file: str) -> Any:
        """Return one of the files, memory-mapped."""
        path = self.path / file
        try:
            if path.stat().st_size == 0:
                return np.empty(0, dtype=TYPES[file])
            return np.memmap(path, dtype=TYPES[file], mode="r")
        except (OSError, ValueError):
            raise InputError("missing or cut off", where=str(path), mend=RESTORE) from None

    @cached_property
    def bands(self) -> Ordered:
        """Bands by hash."""
        return Ordered(self.array("band_hash"), self.array("band_row"), self.array("band_first"))

    @cached_property
    def prints(self) -> Ordered:
        """Fingerprints by hash."""
        return Ordered(self.array("print_hash"), self.array("print_row"), self.array("print_first"))

    @cached_property
    def print_place(self) -> Any:
        """Place of each fingerprint in its work."""
        return self.array("print_place")

    @cached_property
    def marks(self) -> Any:
        """Shingles of all works."""
        return self.array("marks")

    @cached_property
    def mark_bounds(self) -> Any:
        """Where each work's shingles begin and end."""
        return self.array("mark_bounds")

    @cached_property
    def different(self) -> Any:
        """Different shingles of each work."""
        return self.array("different")

    @cached_property
    def ids(self) -> Any:
        """Ids of the works."""
        return self.array("ids")

    def id(self, row: int) -> bytes:
        """Return a work's id: 16 bytes."""
        return bytes(self.ids[row].tobytes())

    @cached_property
    def _words(self) -> tuple[Any, Any, Any]:
        return self.array("starts"), self.array("lengths"), self.array("word_bounds")

    def span(self, row: int, first: int, last: int) -> tuple[int, int]:
        """Return (start, end) in characters of a work's words from `first` to `last`, both included."""
        starts, lengths, bounds = self._words
        base = int(bounds[row])
        return int(starts[base + first]), int(starts[base + last]) + int(lengths[base + last])

    def check(self) -> list[str]:
        """Return the files whose content is not what was written."""
        wrong = []
        for file, wanted in self.sums.items():
            with (self.path / file).open("rb") as stream:
                if hashlib.file_digest(stream, "sha256").hexdigest() != wanted:
                    wrong.append(file)
        return wrong


RESTORE = "restore the index from a copy, or build it again"
