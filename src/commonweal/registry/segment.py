"""A segment: the digests of some works on disk, sorted for looking up, memory-mapped, never changed.

Layout (version 1, little-endian), one folder:

| file | type | holds |
|---|---|---|
| `segment.json` | | version, number of works, bytes and SHA-256 of each file |
| `ids` | 16 bytes each | random ids of the works: all that a segment knows of whose they are |
| `marks`, `mark_bounds` | uint32, int64 | shingles of each work, in its order |
| `different` | uint32 | different shingles of each |
| `starts`, `lengths`, `word_bounds` | uint32, uint16, int64 | places of words, in characters, masked |
| `band_hash`, `band_row` | uint64, uint32 | bands by hash, with their works |
| `band_first` | int64 | where each leading pattern of their bits begins |
| `print_hash`, `print_row`, `print_place` | uint64, uint32, uint32 | fingerprints by hash: works, words |
| `print_first` | int64 | where each leading pattern of their bits begins |

Places of words are masked under the key: see `kernels.conceal`. A segment is written beside its place,
synchronised, and renamed: it is whole or absent.
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
from commonweal.registry.texts import Digested, Key

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
    """Entries by hash: uint64, the row each belongs to, and where each leading pattern of bits begins."""

    hashes: Any
    rows: Any
    firsts: Any

    @property
    def shift(self) -> np.uint64:
        """By how many bits a hash is shifted to its leading pattern."""
        return np.uint64(64 - (len(self.firsts) - 2).bit_length())


def leading_bits(entries: int) -> int:
    """Return how many leading bits tell entries apart, at `PER_HEAD` to a pattern; 1 at least."""
    return max((entries // PER_HEAD).bit_length(), 1)


def firsts(hashes: Any) -> Any:
    """Return where each leading pattern of bits begins in sorted hashes: int64[2^b + 1]."""
    bits = leading_bits(len(hashes))
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
    named = np.frombuffer(b"".join(ids), dtype="V16")
    starts, lengths = digested.starts.copy(), digested.lengths.copy()
    conceal(starts, lengths, np.zeros(count, np.int64), np.diff(digested.word_bounds), named, digested.key)
    return {
        "ids": named,
        "marks": digested.marks,
        "mark_bounds": digested.mark_bounds,
        "different": digested.different.astype(np.uint32),
        "starts": starts,
        "lengths": lengths,
        "word_bounds": digested.word_bounds,
        "band_hash": hashes,
        "band_row": rows[order],
        "band_first": firsts(hashes),
        "print_hash": prints,
        "print_row": digested.print_text[chosen],
        "print_place": digested.print_place[chosen],
        "print_first": firsts(prints),
    }


def conceal(starts: Any, lengths: Any, firsts: Any, counts: Any, ids: Any, key: Key) -> None:
    """Mask places and lengths of words in place, or unmask them: see `kernels.conceal`; `ids` V16[works]."""
    from commonweal.registry import kernels

    names = np.frombuffer(ids.tobytes(), dtype="<u8").reshape(-1, 2).copy()
    kernels.conceal(starts, lengths, np.asarray(firsts), np.asarray(counts), names, key.mask)


def write(folder: Path, name: str, files: dict[str, Any]) -> None:
    """Write a segment whole: beside its place, synchronised, renamed."""
    with Draft(folder, name) as draft:
        for file, data in files.items():
            draft.append(file, data)
        draft.finish()


class Draft:
    """A segment that is being written, file by file or piece by piece; nobody sees it before `finish`.

    Parameters
    ----------
    folder : Path
    name : str
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.path = folder / f".{name}.tmp"
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.mkdir(parents=True)
        self.files = {file: (self.path / file).open("wb") for file in TYPES}
        self.sums = {file: hashlib.sha256() for file in TYPES}

    def __enter__(self) -> Draft:
        return self

    def __exit__(self, *_: object) -> None:
        for out in self.files.values():
            out.close()

    def append(self, file: str, data: Any) -> None:
        """Write on at the end of a file."""
        packed: Any = np.ascontiguousarray(data, dtype=TYPES[file]).view(np.uint8)  # no copy
        self.files[file].write(packed)
        self.sums[file].update(packed)

    def so_far(self, file: str) -> Any:
        """Return what was written to a file, memory-mapped."""
        self.files[file].flush()
        return _mapped(self.path / file, TYPES[file])

    def finish(self) -> None:
        """Make it a segment: synchronised, described, renamed."""
        sizes = {}
        for file, out in self.files.items():
            sizes[file] = out.tell()
            out.flush()
            os.fsync(out.fileno())
        about = {
            "version": VERSION,
            "works": sizes["ids"] // 16,
            "bytes": sizes,
            "sha256": {file: total.hexdigest() for file, total in self.sums.items()},
        }
        with (self.path / "segment.json").open("w") as description:
            description.write(json.dumps(about) + "\n")
            description.flush()
            os.fsync(description.fileno())
        _sync(self.path)
        self.path.rename(self.folder / self.name)
        _sync(self.folder)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _mapped(path: Path, kind: str) -> Any:
    """Return a file as a read-only array."""
    if path.stat().st_size:
        return np.asarray(np.memmap(path, dtype=kind, mode="r"))
    empty = np.empty(0, dtype=kind)
    empty.setflags(write=False)
    return empty


class Segment:
    """A segment, memory-mapped: once open, it stays readable though its files be taken away.

    Parameters
    ----------
    path : Path
    key : Key, optional
        For the places of words.

    Raises
    ------
    InputError
        If it is of another version, or a file of it is missing or not as long as it was.
    """

    def __init__(self, path: Path, key: Key | None = None) -> None:
        self.path, self.name, self.key = path, path.name, key
        about = _description(path)
        self.works: int = about["works"]
        self.sums: dict[str, str] = about["sha256"]
        self._arrays: dict[str, Any] = {}
        self._asked: tuple[set[bytes], Any] = set(), np.zeros(self.works, dtype=bool)
        for file, kind in TYPES.items():
            try:
                if (path / file).stat().st_size != about["bytes"][file]:
                    raise ValueError
                self._arrays[file] = _mapped(path / file, kind)
            except (OSError, ValueError):
                raise InputError(
                    "missing, or not as long as it was written", where=str(path / file), mend=RESTORE
                ) from None

    def array(self, file: str) -> Any:
        """Return one of the files as a read-only array."""
        return self._arrays[file]

    @cached_property
    def bands(self) -> Ordered:
        """Bands by hash."""
        return Ordered(self.array("band_hash"), self.array("band_row"), self.array("band_first"))

    @cached_property
    def prints(self) -> Ordered:
        """Fingerprints by hash."""
        return Ordered(self.array("print_hash"), self.array("print_row"), self.array("print_first"))

    @property
    def print_place(self) -> Any:
        """Place of each fingerprint in its work."""
        return self.array("print_place")

    @property
    def marks(self) -> Any:
        """Shingles of all works."""
        return self.array("marks")

    @property
    def mark_bounds(self) -> Any:
        """Where each work's shingles begin and end."""
        return self.array("mark_bounds")

    @property
    def different(self) -> Any:
        """Different shingles of each work."""
        return self.array("different")

    @property
    def ids(self) -> Any:
        """Ids of the works: V16."""
        return self.array("ids")

    def id(self, row: int) -> bytes:
        """Return a work's id: 16 bytes."""
        return bytes(self.ids[row].tobytes())

    def rows_of(self, works: set[bytes]) -> Any:
        """Return which rows are these works: bool[works]."""
        if works != self._asked[0]:
            found = np.isin(self.ids.view("S16"), np.array(sorted(works), dtype="S16"))
            self._asked = set(works), found
        return self._asked[1]

    def words(self, rows: Any, numbers: Any) -> tuple[Any, Any]:
        """Return where words begin and end, in characters: int64[n] each.

        Parameters
        ----------
        rows, numbers : int64[n]
            Works, and the words' numbers in them.
        """
        if self.key is None:
            raise InputError("places are masked under a key", where=str(self.path), mend="give the key")
        at = self.array("word_bounds")[rows] + numbers
        starts, lengths = self.array("starts")[at], self.array("lengths")[at]
        conceal(starts, lengths, numbers, np.ones(len(at), np.int64), self.ids[rows], self.key)
        begin = starts.astype(np.int64)
        return begin, begin + lengths

    def span(self, row: int, first: int, last: int) -> tuple[int, int]:
        """Return (start, end) in characters of a work's words from `first` to `last`, both included."""
        begin, end = self.words(np.array([row, row]), np.array([first, last]))
        return int(begin[0]), int(end[1])

    def check(self) -> list[str]:
        """Return the files whose content is not what was written."""
        wrong = []
        for file, wanted in self.sums.items():
            with (self.path / file).open("rb") as stream:
                if hashlib.file_digest(stream, "sha256").hexdigest() != wanted:
                    wrong.append(file)
        return wrong


def _description(path: Path) -> dict[str, Any]:
    try:
        about = json.loads((path / "segment.json").read_text())
        version = about["version"]
        if version == VERSION:
            return {
                "works": int(about["works"]),
                "bytes": dict(about["bytes"]),
                "sha256": dict(about["sha256"]),
            }
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError("a segment without its description", where=str(path), mend=RESTORE) from None
    raise InputError(
        f"written in version {version} of the index; this release reads version {VERSION}",
        where=str(path),
        mend="build the index again with this release, or use the release that wrote it",
    )


RESTORE = "restore the index from a copy, or build it again"
