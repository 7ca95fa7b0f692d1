"""What a log publishes, read and checked by anybody: its checkpoint, its tree, its entries."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from commonweal.errors import InputError
from commonweal.log import merkle
from commonweal.log.checkpoint import Checkpoint
from commonweal.log.note import Note
from commonweal.log.proof import Consistency, Inclusion
from commonweal.log.tiles import RESTORE, WIDTH, Edge, Tiles, name

SHOWN = 20
"""Problems that an audit lists before it stops."""


class Public:
    """A log's public folder, or a copy of it.

    Parameters
    ----------
    folder : Path
        Where `checkpoint` and `tile/` are.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def note(self) -> Note:
        """Return the signed checkpoint as it is now.

        Raises
        ------
        InputError
            If it is missing or malformed.
        """
        path = self.folder / "checkpoint"
        try:
            return Note.parse(path.read_bytes(), str(path))
        except OSError as error:
            raise InputError(f"can't be read: {error.strerror}", mend=RESTORE, where=str(path)) from None

    def checkpoint(self) -> Checkpoint:
        """Return the checkpoint as it is now."""
        return Checkpoint.of(self.note(), str(self.folder / "checkpoint"))

    def tiles(self) -> Tiles:
        """Return the tree and the entries as they are now."""
        return Tiles(self.folder, self.checkpoint().size)

    def __len__(self) -> int:
        return self.checkpoint().size

    def entries(self, first: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yield entries from a place to another, by default all."""
        return self.tiles().entries(first, end)

    def inclusion(self, index: int) -> Inclusion:
        """Return an entry with the proof that it is in the log as it is now.

        Raises
        ------
        InputError
            If there is no such entry, or files are missing.
        """
        note = self.note()
        tiles = Tiles(self.folder, Checkpoint.of(note).size)
        path = merkle.inclusion(index, tiles.size, tiles.node)
        return Inclusion(index, tuple(path), note, next(tiles.entries(index, index + 1)))

    def consistency(self, old: int) -> Consistency:
        """Return the proof that the log as it is now continues itself as it was at `old` entries.

        Raises
        ------
        InputError
            If it was never so large, or files are missing.
        """
        note = self.note()
        tiles = Tiles(self.folder, Checkpoint.of(note).size)
        return Consistency(old, tuple(merkle.consistency(old, tiles.size, tiles.node)), note)

    def audit(self) -> list[str]:
        """Return where the tree does not fit the entries, or the checkpoint; nothing if all is right.

        Every file is read, one after another; the first problems are listed. Signatures are not looked at.
        """
        checkpoint = self.checkpoint()
        tiles, edge = Tiles(self.folder, checkpoint.size), Edge()
        wrong = list(islice(_differences(tiles, edge), SHOWN))
        if edge.size == checkpoint.size and edge.root() != checkpoint.root:
            wrong.append("the entries do not make the root that was signed")
        return wrong


def _differences(tiles: Tiles, edge: Edge) -> Iterator[str]:
    """Build the tree from its entries, in `edge`, and yield where the tiles say otherwise."""
    for number in range(-(-tiles.size // WIDTH)):
        try:
            bundle = tiles.bundle(number)
        except InputError as error:
            yield str(error)
            return
        for level, index, hashes in edge.grow([merkle.leaf_hash(entry) for entry in bundle]):
            yield from _difference(tiles, level, index, hashes)
    for level, index, hashes in edge.rest():
        yield from _difference(tiles, level, index, hashes)


def _difference(tiles: Tiles, level: int, index: int, hashes: list[bytes]) -> Iterator[str]:
    try:
        if tiles.hashes(level, index) != hashes:
            yield f"{name(level, index, len(hashes))} does not fit the entries"
    except InputError as error:
        yield str(error)
