"""That works are gone: from every file, with every fingerprint that no other work holds.

What the index's files hold is gone through after a compaction and compared with a trace of the works taken
before it. Copies elsewhere (backups, snapshots of the disk, blocks that a disk keeps after a file is deleted)
are beyond it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from commonweal.registry.catalog import SQLiteCatalog
from commonweal.registry.find import find
from commonweal.registry.index import Index
from commonweal.registry.segment import TYPES

CHUNK = 1 << 24
NUMBERS = set(TYPES) - {"ids"}
"""Files of numbers, which have no room for ids; what they say of works is counted instead."""


@dataclass(frozen=True)
class Trace:
    """What an index holds of works, taken before they go.

    Attributes
    ----------
    works : frozenset of bytes
        Their ids.
    entries : dict
        By "band" and "print": their different hashes, uint64[n] in order, and how often works that stay hold
        each, int64[n].
    """

    works: frozenset[bytes]
    entries: dict[str, tuple[Any, Any]]


@dataclass(frozen=True)
class Proof:
    """What was found of works after they went.

    Attributes
    ----------
    works : int
        How many went.
    hashes : int
        Different bands and fingerprints that they had.
    shared : int
        Of these, such as works that stay hold too: still there, as theirs.
    left : int
        Entries under these hashes beyond those of works that stay: 0 if the works are gone.
    files : tuple of str
        Files in which an id of theirs still stands.
    known : int
        Ids that the catalog still knows.
    texts, found : int
        Texts that were asked for, and such as were found as one of these works.
    """

    works: int
    hashes: int
    shared: int
    left: int
    files: tuple[str, ...]
    known: int
    texts: int
    found: int

    @property
    def holds(self) -> bool:
        """Whether nothing of the works is left."""
        return not (self.left or self.files or self.known or self.found)


def erase(
    index: Index, *, owner: str | None = None, works: Iterable[bytes] = (), texts: Sequence[str] = ()
) -> Proof:
    """Withdraw an owner's works, or these; take them out of the files; return the proof.

    Works that were withdrawn before go with them. Whoever reads the index meanwhile may keep the catalog's
    journal from being cut: then `files` names it, and `prove` is asked again later.

    Parameters
    ----------
    index : Index
    owner : str, optional
    works : iterable of bytes
    texts : sequence of str
        Their texts, to be looked up afterwards.

    Raises
    ------
    InputError
        If another process is writing.
    """
    with index.writing():
        index.withdraw(owner=owner, works=works)
        gone = trace(index, (entry.work for entry in index.catalog.works() if entry.withdrawn))
        index.compact_now()
        return prove(index, gone, texts)


def trace(index: Index, works: Iterable[bytes]) -> Trace:
    """Return what an index holds of works that are to go, or were withdrawn but not yet compacted away."""
    ids = frozenset(works)
    entries = {}
    for name in ("band", "print"):
        theirs: list[Any] = [np.empty(0, np.uint64)]
        for segment in index.segments():
            away = segment.rows_of(set(ids))
            theirs.append(np.unique(segment.array(f"{name}_hash")[away[segment.array(f"{name}_row")]]))
        hashes = np.unique(np.concatenate(theirs))
        entries[name] = hashes, _holders(index, name, hashes, ids)
    return Trace(ids, entries)


def prove(index: Index, gone: Trace, texts: Sequence[str] = ()) -> Proof:
    """Return what an index still holds of works that went.

    Parameters
    ----------
    index : Index
    gone : Trace
        Taken before they went; with no works added since, `left` is exact.
    texts : sequence of str
        Their texts, to be looked up.
    """
    if isinstance(index.catalog, SQLiteCatalog):
        index.catalog.settle()
    left = shared = total = 0
    for name, (hashes, stayed) in gone.entries.items():
        now = _holders(index, name, hashes, frozenset())
        left += int(np.maximum(now - stayed, 0).sum())
        shared += int((now > 0).sum())
        total += len(hashes)
    names = {work.hex() for work in gone.works}
    found = {hit.query for hit in find(index, texts, threshold=0.5) if hit.work in names}
    return Proof(
        works=len(gone.works),
        hashes=total,
        shared=shared,
        left=left,
        files=tuple(_files_with(index.path, gone.works)),
        known=len(index.catalog.get(gone.works)),
        texts=len(texts),
        found=len(found),
    )


def _holders(index: Index, name: str, hashes: Any, without: frozenset[bytes]) -> Any:
    """Return how many entries there are under each hash, but for some works': int64[n]."""
    count = np.zeros(len(hashes), np.int64)
    for segment in index.segments():
        away = segment.rows_of(set(without))
        ordered, rows = segment.array(f"{name}_hash"), segment.array(f"{name}_row")
        first = np.searchsorted(ordered, hashes, side="left")
        end = np.searchsorted(ordered, hashes, side="right")
        for i in np.flatnonzero(end > first):
            count[i] += int((~away[rows[first[i] : end[i]]]).sum())
    return count


def _files_with(folder: Path, works: frozenset[bytes]) -> Iterator[str]:
    """Yield the files of an index in which an id stands, at any place."""
    heads = np.sort(np.frombuffer(b"".join(work[:8] for work in works), dtype="<u8"))
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name not in NUMBERS):
        if _holds(path, works, heads):
            yield str(path.relative_to(folder))


def _holds(path: Path, works: frozenset[bytes], heads: Any) -> bool:
    rest = b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            data = rest + chunk
            for shift in range(8):
                there = np.frombuffer(data, dtype="<u8", offset=shift, count=(len(data) - shift) // 8)
                for at in np.flatnonzero(np.isin(there, heads)) * 8 + shift:
                    if data[at : at + 16] in works:
                        return True
            rest = data[-15:]
    return False
