"""The index: works registered by keyed hashes alone, found again in other texts, withdrawn for good.

A batch is committed when its segment is on disk and the catalog's transaction is; a crash before that leaves
files that nobody reads and the next writer clears away. One process writes at a time; any number read.
"""

from __future__ import annotations

import fcntl
import json
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from commonweal.errors import InputError
from commonweal.registry.catalog import Catalog, Entry, SQLiteCatalog
from commonweal.registry.join import join
from commonweal.registry.segment import Draft, Segment, arrays, write
from commonweal.registry.texts import Key, digest

FORMAT = {"format": "commonweal-index", "version": 1}
CATALOG = "catalog.sqlite"
BATCH_WORKS = 20_000
BATCH_CHARACTERS = 32 << 20


@dataclass(frozen=True)
class Work:
    """A work to register.

    Attributes
    ----------
    text, owner : str
    key : str
        What its owner calls it.
    consent : str
        Version of the consent it is registered under.
    """

    text: str
    owner: str
    key: str = ""
    consent: str = ""


class Index:
    """An index on disk.

    Parameters
    ----------
    path : path
        Folder; made by `Index.create`.
    key : Key, optional
        By default the one in `key` in the folder, which only its owner can read.
    catalog : Catalog, optional
        By default `catalog.sqlite` in the folder.

    Raises
    ------
    InputError
        If there is no index, it is of another version, its catalog is gone, or the key is not its own.
    """

    def __init__(self, path: str | Path, *, key: Key | None = None, catalog: Catalog | None = None) -> None:
        self.path = Path(path)
        about = _about(self.path)
        self.key = key or _key(self.path)
        if about["key"] != self.key.name:
            raise InputError("not the key that it was made with", where=str(path), mend="give its own key")
        if catalog is None and not (self.path / CATALOG).exists():
            raise InputError("its catalog is gone", where=str(path), mend="restore the index from a copy")
        self.catalog = catalog or SQLiteCatalog(self.path / CATALOG)
        self._segments: dict[str, Segment] = {}

    @classmethod
    def create(cls, path: str | Path, *, key: Key | None = None, catalog: Catalog | None = None) -> Index:
        """Make an index in a new or empty folder.

        Parameters
        ----------
        path : path
        key : Key, optional
            Agreed with others, or kept elsewhere: it is not written to the folder. By default a new one is,
            that only the folder's owner can read.
        catalog : Catalog, optional

        Raises
        ------
        InputError
            If the folder holds something.
        """
        folder = Path(path)
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError("neither new nor empty", where=str(path), mend="name another folder")
        (folder / "segments").mkdir(parents=True)
        if key is None:
            key = Key.new()
            key.write(folder / "key")
        if catalog is None:
            catalog = SQLiteCatalog(folder / CATALOG)
        draft = folder / ".index.json"
        draft.write_text(json.dumps(FORMAT | {"key": key.name}) + "\n")
        draft.rename(folder / "index.json")
        return cls(folder, key=key, catalog=catalog)

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the catalog and the segments."""
        self._segments.clear()
        self.catalog.close()

    def segments(self) -> list[Segment]:
        """Return the segments in force now.

        Raises
        ------
        InputError
            If one can't be read.
        """
        names = self.catalog.segments()
        while True:
            try:
                self._segments = {name: self._segment(name) for name in names}
                return list(self._segments.values())
            except InputError:
                before, names = names, self.catalog.segments()
                if names == before:
                    raise
                # a writer put others in their place meanwhile

    def _segment(self, name: str) -> Segment:
        return self._segments.get(name) or Segment(self.path / "segments" / name, self.key)

    def __len__(self) -> int:
        return sum(self.catalog.owners().values())

    def add(self, works: Iterable[Work]) -> int:
        """Register works, in committed batches; return how many.

        Parameters
        ----------
        works : iterable of Work
            Taken as they come; memory is bounded by a batch.

        Raises
        ------
        InputError
            If another process is writing.
        """
        count = 0
        with self.writing():
            for batch in batches(works):
                self._commit(batch)
                count += len(batch)
        return count

    def _commit(self, batch: Sequence[Work]) -> None:
        for work in batch:
            _check(work)
        ids = [secrets.token_bytes(16) for _ in batch]
        name = secrets.token_hex(8)
        write(self.path / "segments", name, arrays(digest([w.text for w in batch], self.key), ids))
        self.catalog.commit(
            name, [Entry(i, w.owner, w.key, w.consent) for i, w in zip(ids, batch, strict=True)]
        )

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the index for writing; clear away what a crash left."""
        with (self.path / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise InputError(
                    "another process is writing to it",
                    where=str(self.path),
                    mend="wait for it, and try again",
                ) from None
            self._clear()
            yield

    def _clear(self) -> None:
        known = set(self.catalog.segments())
        for path in (self.path / "segments").iterdir():
            if path.name not in known:
                shutil.rmtree(path)

    def withdraw(self, *, owner: str | None = None, works: Iterable[bytes] = ()) -> int:
        """Withdraw an owner's works, or these; they are found no more from the next query on.

        `compact` then takes them out of the files as well.

        Returns
        -------
        int
            How many there were.
        """
        return self.catalog.withdraw(owner=owner, works=works)

    def compact(self) -> int:
        """Write the segments as one, without what was withdrawn; return how many works went for good.

        Memory holds a part of them at a time: see `join`.

        Raises
        ------
        InputError
            If another process is writing.
        """
        with self.writing():
            return self.compact_now()

    def compact_now(self) -> int:
        """Compact while the index is held for writing."""
        old = self.segments()
        kept = [self._staying(segment) for segment in old]
        gone = sum(int((~stays).sum()) for stays in kept)
        if len(old) <= 1 and not gone:
            return 0
        name, ids = self._join(old, kept)
        self.catalog.replace([segment.name for segment in old], name, ids)
        self._segments.clear()
        self._clear()
        return gone

    def take(self, other: Index) -> int:
        """Add the works in force of another index under the same key; return how many: `federation.merge`."""
        segments = other.segments()
        kept = [other._staying(segment) for segment in segments]
        with self.writing():
            name, ids = self._join(segments, kept)
            if name is None:
                return 0
            known = other.catalog.get(ids)
            if len(known) < len(ids) or any(entry.withdrawn for entry in known.values()):
                raise InputError(
                    "works were withdrawn from it meanwhile", where=str(other.path), mend="merge it again"
                )
            if self.catalog.get(ids):
                raise InputError("its works are there already", where=str(other.path), mend="merge it once")
            self.catalog.commit(name, [known[work] for work in ids])
        return len(ids)

    def _staying(self, segment: Segment) -> Any:
        """Return which works of a segment are in force: bool[works]."""
        return ~segment.rows_of(self.catalog.withdrawn(segment.name))

    def _join(self, segments: Sequence[Segment], kept: Sequence[Any]) -> tuple[str | None, list[bytes]]:
        """Write what stays of segments as one; return its name (None if nothing stays) and the works' ids."""
        ids = [bytes(i.tobytes()) for s, stays in zip(segments, kept, strict=True) for i in s.ids[stays]]
        if not ids:
            return None, []
        name = secrets.token_hex(8)
        with Draft(self.path / "segments", name) as draft:
            join(draft, segments, kept)
            draft.finish()
        return name, ids


class HasText(Protocol):
    """Anything with a text."""

    @property
    def text(self) -> str:
        """Return it."""


T = TypeVar("T", bound=HasText)


def batches(works: Iterable[T]) -> Iterator[list[T]]:
    """Yield what goes into a segment each."""
    batch: list[T] = []
    size = 0
    for work in works:
        batch.append(work)
        size += len(work.text)
        if len(batch) >= BATCH_WORKS or size >= BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _check(work: Work) -> None:
    try:
        f"{work.owner}{work.key}{work.consent}".encode()
    except UnicodeEncodeError:
        raise InputError(
            "an owner, key or consent with half a surrogate pair in it", mend="write it in whole letters"
        ) from None


def _about(path: Path) -> dict[str, Any]:
    try:
        about: dict[str, Any] = json.loads((path / "index.json").read_text())
    except (OSError, ValueError):
        raise InputError(
            "no index", where=str(path), mend="make one: commonweal registry add WORKS --index FOLDER"
        ) from None
    if about.get("version") != FORMAT["version"]:
        raise InputError(
            f"an index of version {about.get('version')!r}; this release reads version {FORMAT['version']}",
            where=str(path),
            mend="build it again with this release, or use the release that wrote it",
        )
    return about


def _key(path: Path) -> Key:
    if not (path / "key").exists():
        raise InputError("its key is kept elsewhere", where=str(path), mend="give the key: --key FILE")
    return Key.read(path / "key")
