"""The index: works registered by keyed hashes alone, found again in other texts, withdrawn for good.

A batch is committed when its segment is on disk and the catalog's transaction is; a crash before that leaves files
that nobody reads and the next writer clears away. One process writes at a time; any number read.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from commonweal.errors import InputError
from commonweal.registry.catalog import Catalog, Entry, SQLiteCatalog
from commonweal.registry.segment import Segment, arrays, firsts, write
from commonweal.registry.texts import KEY_BYTES, Key, digest

FORMAT = {"format": "commonweal-index", "version": 1}
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
        If there is no index, it is of another version, or the key is not the one it was made with.
    """

    def __init__(self, path: str | Path, *, key: Key | None = None, catalog: Catalog | None = None) -> None:
        self.path = Path(path)
        about = _about(self.path)
        self.key = key or _key(self.path)
        if about["key"] != _print(self.key):
            raise InputError("not the key that it was made with", where=str(path), mend="give its own key")
        self.catalog = catalog or SQLiteCatalog(self.path / "catalog.sqlite")
        self._segments: dict[str, Segment] = {}

    @classmethod
    def create(cls, path: str | Path, *, key: Key | None = None, catalog: Catalog | None = None) -> Index:
        """Make an index in a new or empty folder; without a key, under one of its own.

        Raises
        ------
        InputError
            If the folder holds something.
        """
        folder = Path(path)
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError("neither new nor empty", where=str(path), mend="name another folder")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "segments").mkdir()
        if key is None:
            key = Key(secrets.token_bytes(KEY_BYTES))
            handle = os.open(folder / "key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as out:
                out.write(key.data)
        draft = folder / ".index.json"
        draft.write_text(json.dumps(FORMAT | {"key": _print(key)}) + "\n")
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
        """Return the segments in force now."""
        names = self.catalog.segments()
        self._segments = {n: self._segments.get(n) or Segment(self.path / "segments" / n) for n in names}
        return list(self._segments.values())

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
            for batch in _batches(works):
                self._commit(batch)
                count += len(batch)
        return count

    def _commit(self, batch: Sequence[Work]) -> None:
        ids = [secrets.token_bytes(16) for _ in batch]
        name = f"{secrets.token_hex(8)}"
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
        """Write the segments as one, without what was withdrawn; return how many works went for good."""
        with self.writing():
            old = self.segments()
            kept, gone = [], 0
            for segment in old:
                away = self.catalog.withdrawn(segment.name)
                stays = np.array([segment.id(row) not in away for row in range(segment.works)], dtype=bool)
                gone += int((~stays).sum())
                kept.append(stays)
            if len(old) <= 1 and not gone:
                return 0
            self._rewrite(old, kept)
            return gone

    def _rewrite(self, old: list[Segment], kept: list[Any]) -> None:
        files = joined(old, kept)
        names = [segment.name for segment in old]
        if len(files["ids"]) == 0:
            self.catalog.replace(names, None, [])
        else:
            name = secrets.token_hex(8)
            write(self.path / "segments", name, files)
            self.catalog.replace(names, name, [i.tobytes() for i in files["ids"]])
        self._segments.clear()
        self._clear()


def joined(old: Sequence[Segment], kept: Sequence[Any]) -> dict[str, Any]:
    """Return the files of one segment made of several, of the rows that are kept."""
    counts = [int(stays.sum()) for stays in kept]
    bases = np.concatenate([[0], np.cumsum(counts)])
    files: dict[str, Any] = {
        "ids": np.concatenate([s.ids[k] for s, k in zip(old, kept, strict=True)]),
        "different": np.concatenate([s.different[k] for s, k in zip(old, kept, strict=True)]),
    }
    for values, bounds in (("marks", "mark_bounds"), ("starts", "word_bounds"), ("lengths", "word_bounds")):
        pieces, sizes = [], []
        for segment, stays in zip(old, kept, strict=True):
            edges = np.asarray(segment.array(bounds))
            length = np.diff(edges)
            pieces.append(segment.array(values)[np.repeat(stays, length)])
            sizes.append(length[stays])
        files[values] = np.concatenate(pieces)
        files[bounds] = np.concatenate([[0], np.cumsum(np.concatenate(sizes))])
    for name, extra in (("band", ()), ("print", ("place",))):
        gathered = []
        for number, (segment, stays) in enumerate(zip(old, kept, strict=True)):
            renumbered = np.cumsum(stays) - 1 + bases[number]
            rows = np.asarray(segment.array(f"{name}_row"))
            here = stays[rows]
            others = [np.asarray(segment.array(f"{name}_{e}"))[here] for e in extra]
            gathered.append(
                [np.asarray(segment.array(f"{name}_hash"))[here], renumbered[rows[here]], *others]
            )
        hashes, rows, *others = (np.concatenate(column) for column in zip(*gathered, strict=True))
        order = np.argsort(hashes, kind="stable")
        files[f"{name}_hash"], files[f"{name}_row"] = hashes[order], rows[order]
        for e, values in zip(extra, others, strict=True):
            files[f"{name}_{e}"] = values[order]
        files[f"{name}_first"] = firsts(files[f"{name}_hash"])
    return files


def _batches(works: Iterable[Work]) -> Iterator[list[Work]]:
    batch: list[Work] = []
    size = 0
    for work in works:
        batch.append(work)
        size += len(work.text)
        if len(batch) >= BATCH_WORKS or size >= BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


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
    try:
        return Key((path / "key").read_bytes())
    except FileNotFoundError:
        raise InputError(
            "its key is kept elsewhere", where=str(path), mend="give the key: --key FILE"
        ) from None


def _print(key: Key) -> str:
    """Return what tells keys apart without telling the key."""
    import hashlib

    return hashlib.blake2b(key.data, digest_size=8, person=b"cw-index-key").hexdigest()
