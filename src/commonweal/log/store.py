"""A log on disk: entries are added, never changed; what it holds is what its signed checkpoint says.

| in the folder | holds |
|---|---|
| `log.json` | format, version, the log's origin and its public key |
| `key.pem` | the private key, for its owner alone; may be kept elsewhere |
| `salts.sqlite` | what ties commitments to works (see `commitment`), for its owner alone |
| `public/` | everything that others need, to be served as it stands (see `tiles`) |

An append writes its tiles and bundles first and its checkpoint last. What a crash leaves behind lies beyond
the checkpoint, where nobody reads, and is written over by the next append. One process writes at a time; any
number read.
"""

from __future__ import annotations

import fcntl
import json
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from commonweal.errors import InputError
from commonweal.log import files, merkle
from commonweal.log.checkpoint import Checkpoint
from commonweal.log.note import ED25519, Note, Signature, Verifier, check_name, sign
from commonweal.log.public import Public
from commonweal.log.tiles import MOST_BYTES, RESTORE, WIDTH, Edge, Tiles, name, pack
from commonweal.sealed import PrivateKey

FORMAT = {"format": "commonweal-log", "version": 1}


@dataclass(frozen=True)
class Receipt:
    """What an append returns.

    Attributes
    ----------
    first, count : int
        Where its entries begin, and how many there are.
    note : Note
        The checkpoint that holds them, signed.
    """

    first: int
    count: int
    note: Note

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint in the note."""
        return Checkpoint.of(self.note)


class Log(Public):
    """A log.

    Parameters
    ----------
    path : path
        Folder; made by `Log.create`.
    key : PrivateKey, optional
        By default the one in `key.pem`; reading and proving need none.

    Raises
    ------
    InputError
        If there is no log, or it is of another version.
    """

    def __init__(self, path: str | Path, *, key: PrivateKey | None = None) -> None:
        super().__init__(Path(path) / "public")
        self.path, self._key = Path(path), key
        about = _about(self.path)
        self.verifier = Verifier.parse(str(about["key"]))
        self.origin, self.actor = self.verifier.name, str(about["actor"])
        if key is not None and key.public != self.verifier.key:
            raise InputError("not the key that the log was made with", mend="give its own", where=str(path))

    @classmethod
    def create(cls, path: str | Path, origin: str, *, key: PrivateKey | None = None) -> Log:
        """Make a log without entries in a new or empty folder.

        Parameters
        ----------
        path : path
        origin : str
            Its name, for good: an address without scheme, such as `example.org/log`. It need not be
            reachable.
        key : PrivateKey, optional
            A key that is kept elsewhere; by default one is made, in `key.pem`.

        Raises
        ------
        InputError
            If the folder holds something, or the origin is no name for a key.
        """
        check_name(origin)
        folder = Path(path)
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError("neither new nor empty", mend="name another folder", where=str(path))
        (folder / "public").mkdir(parents=True, exist_ok=True)
        signer = key or PrivateKey.generate()
        if key is None:
            signer.save(folder / "key.pem")
        empty = Checkpoint(origin, 0, merkle.EMPTY).text
        files.replace(folder / "public" / "checkpoint", bytes(Note(empty, (sign(empty, origin, signer),))))
        verifier = Verifier(origin, ED25519, signer.public)
        about = FORMAT | {"actor": secrets.token_hex(16), "key": str(verifier)}
        files.replace(folder / "log.json", json.dumps(about, indent=2).encode() + b"\n")
        return cls(folder, key=key)

    def append(self, entries: Iterable[bytes]) -> Receipt:
        """Add entries, all or none; when this returns they are on disk and in the signed checkpoint.

        Parameters
        ----------
        entries : iterable of bytes
            Taken as they come, 65,535 bytes each at most; memory is bounded whatever their number.

        Raises
        ------
        InputError
            If an entry is too long, another process writes, or there is no key to sign with.
        """
        with self.writing() as writer:
            return writer.append(entries)

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Hold the log for writing; yields what appends to it.

        Raises
        ------
        InputError
            If another process is writing, or there is no key to sign with.
        """
        with self._alone():
            yield Writer(self, self._signer())

    def add(self, signature: Signature, verifier: Verifier) -> Note:
        """Put a witness's signature under the present checkpoint; return the note with it.

        Raises
        ------
        InputError
            If it is not that key's signature over the present checkpoint.
        """
        with self._alone():
            note = self.note().and_signed(signature)
            _, wrong = note.verify([verifier])
            if wrong or (signature.name, signature.id) != (verifier.name, verifier.id):
                raise InputError(
                    "a signature that is not over the present checkpoint", mend="ask the witness again"
                )
            files.replace(self.folder / "checkpoint", bytes(note))
            return note

    def check(self) -> list[str]:
        """Return what is wrong with the log, its own signature included; nothing if all is right."""
        note = self.note()
        _, wrong = note.verify([self.verifier])
        if Checkpoint.of(note).origin != self.origin:
            wrong.append("the checkpoint is of another log")
        return wrong + self.audit()

    def _signer(self) -> PrivateKey:
        if self._key is None:
            path = self.path / "key.pem"
            if not path.exists():
                raise InputError(
                    "its key is kept elsewhere", mend="give it: --key FILE", where=str(self.path)
                )
            key = PrivateKey.load(path)
            if key.public != self.verifier.key:
                raise InputError("not the key that the log was made with", mend=RESTORE, where=str(path))
            self._key = key
        return self._key

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self.path / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise InputError(
                    "another process is writing to it",
                    mend="wait for it, and try again",
                    where=str(self.path),
                ) from None
            yield


class Writer:
    """Appends to a log that is held for writing; made by `Log.writing`."""

    def __init__(self, log: Log, key: PrivateKey) -> None:
        self.log, self._key = log, key

    def append(self, entries: Iterable[bytes]) -> Receipt:
        """Add entries: see `Log.append`."""
        note = self.log.note()
        tiles = self._present(note)
        edge, written = Edge(tiles), list[Path]()
        bundle = list(tiles.entries(tiles.size - tiles.size % WIDTH))
        rest = iter(entries)
        while some := list(islice(rest, edge.room)):
            _check_lengths(some, edge.size)
            bundle += some
            for level, index, hashes in edge.grow([merkle.leaf_hash(entry) for entry in some]):
                if level == 0:
                    written.append(self._write("entries", index, WIDTH, pack(bundle)))
                    bundle = []
                written.append(self._write(level, index, WIDTH, b"".join(hashes)))
        if edge.size == tiles.size:
            return Receipt(tiles.size, 0, note)
        if bundle:
            written.append(self._write("entries", edge.size // WIDTH, len(bundle), pack(bundle)))
        written += [
            self._write(level, index, len(hashes), b"".join(hashes)) for level, index, hashes in edge.rest()
        ]
        files.settle(written, self.log.folder)
        text = Checkpoint(self.log.origin, edge.size, edge.root()).text
        note = Note(text, (sign(text, self.log.origin, self._key),))
        files.replace(self.log.folder / "checkpoint", bytes(note))
        self._clear(tiles.size, edge.size)
        return Receipt(tiles.size, edge.size - tiles.size, note)

    def _present(self, note: Note) -> Tiles:
        """Return the tree as it stands, after it was found to be the one that was signed."""
        checkpoint = Checkpoint.of(note)
        _, wrong = note.verify([self.log.verifier])
        tiles = Tiles(self.log.folder, checkpoint.size)
        if wrong or checkpoint.origin != self.log.origin or Edge(tiles).root() != checkpoint.root:
            raise InputError("damaged: nothing is added to it", mend=RESTORE, where=str(self.log.path))
        return tiles

    def _write(self, level: int | str, index: int, width: int, content: bytes) -> Path:
        path = self.log.folder / name(level, index, width)
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write(path, content)
        return path

    def _clear(self, old: int, new: int) -> None:
        """Take partial tiles away that have become full."""
        level = 0
        while old >> 8 * level:
            index = (old >> 8 * level) // WIDTH
            if (new >> 8 * level) // WIDTH > index:
                for kind in (level, "entries") if level == 0 else (level,):
                    shutil.rmtree(self.log.folder / f"{name(kind, index)}.p", ignore_errors=True)
            level += 1


def _check_lengths(entries: list[bytes], first: int) -> None:
    for number, entry in enumerate(entries):
        if len(entry) > MOST_BYTES:
            raise InputError(
                f"entry {first + number} has {len(entry):,} bytes",
                mend=f"{MOST_BYTES:,} is the most; log its hash",
            )


def _about(path: Path) -> dict[str, Any]:
    try:
        about: dict[str, Any] = json.loads((path / "log.json").read_bytes())
    except (OSError, ValueError):
        raise InputError(
            "no log", mend="make one: commonweal log new FOLDER --origin NAME", where=str(path)
        ) from None
    if not isinstance(about, dict) or {k: about.get(k) for k in FORMAT} != FORMAT:
        raise InputError(
            f"a log of another version; this release reads version {FORMAT['version']}",
            mend="use the release that wrote it", where=str(path),
        )  # fmt: skip
    return about
