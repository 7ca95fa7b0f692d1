"""A log's public files (c2sp.org/tlog-tiles): the tree in tiles of 256 hashes, the entries in bundles of 256.

| file | holds |
|---|---|
| `checkpoint` | what the log says it holds, signed |
| `tile/L/N` | 256 hashes of level 8 L of the tree, the N-th run; `tile/L/N.p/W` the first W of the last |
| `tile/entries/N` | 256 entries, each after its length (uint16, big-endian); `tile/entries/N.p/W` likewise |

N is written in threes of digits, `x001/x234/067`. Any proof reads one tile for every eight levels of the
tree, or two.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

from commonweal.errors import InputError
from commonweal.log import merkle

WIDTH, BITS = 256, 8
LENGTH_BYTES = 2
MOST_BYTES = (1 << 8 * LENGTH_BYTES) - 1
"""The largest entry."""
KEPT = 64
RESTORE = "restore the log from a copy"


def name(level: int | str, index: int, width: int = WIDTH) -> str:
    """Return the path of a tile, or of a bundle where the level is `entries`."""
    digits = f"{index:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    threes = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    place = "/".join([f"x{three}" for three in threes[:-1]] + threes[-1:])
    return f"tile/{level}/{place}" + (f".p/{width}" if width < WIDTH else "")


def pack(entries: list[bytes]) -> bytes:
    """Return a bundle of entries, none longer than `MOST_BYTES`."""
    return b"".join([len(entry).to_bytes(LENGTH_BYTES, "big") + entry for entry in entries])


def unpack(raw: bytes) -> list[bytes]:
    """Return the entries in a bundle; the last is shorter than it says where the bundle is cut off."""
    entries, place = [], 0
    while place < len(raw):
        start = place + LENGTH_BYTES
        place = start + int.from_bytes(raw[place:start], "big")
        entries.append(raw[start:place])
    return entries


class Tiles:
    """The tree and the entries in a folder, at a size.

    Parameters
    ----------
    folder : Path
        Where `tile/` is.
    size : int
        Entries by a checkpoint; nothing beyond them is read.
    """

    def __init__(self, folder: Path, size: int) -> None:
        self.folder, self.size = folder, size
        self._kept: OrderedDict[tuple[int, int], list[bytes]] = OrderedDict()

    def _read(self, level: int | str, index: int, width: int) -> bytes:
        """Return a file's bytes: the partial one for this size, or the full one that has taken its place."""
        for wide in sorted({width, WIDTH}):
            try:
                return (self.folder / name(level, index, wide)).read_bytes()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise InputError(f"can't be read: {error.strerror}", mend=RESTORE,
                                 where=str(self.folder / name(level, index, wide))) from None  # fmt: skip
        raise InputError("missing", mend=RESTORE, where=str(self.folder / name(level, index, width)))

    def width(self, level: int, index: int) -> int:
        """Return how many hashes a tile has at this size."""
        return min(WIDTH, (self.size >> BITS * level) - WIDTH * index)

    def hashes(self, level: int, index: int) -> list[bytes]:
        """Return the hashes of a tile.

        Raises
        ------
        InputError
            If its file is missing or cut off.
        """
        if (level, index) in self._kept:
            self._kept.move_to_end((level, index))
            return self._kept[level, index]
        width = self.width(level, index)
        raw = self._read(level, index, width)[: width * merkle.HASH_BYTES]
        if len(raw) < width * merkle.HASH_BYTES:
            raise InputError("cut off", mend=RESTORE, where=str(self.folder / name(level, index, width)))
        found = [raw[i : i + merkle.HASH_BYTES] for i in range(0, len(raw), merkle.HASH_BYTES)]
        self._kept[level, index] = found
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found

    def node(self, level: int, index: int) -> bytes:
        """Return a node of the tree: see `merkle`."""
        tall, low = divmod(level, BITS)
        first = index << low
        tile = self.hashes(tall, first // WIDTH)
        return merkle.fold(tile[first % WIDTH : first % WIDTH + (1 << low)])

    def root(self) -> bytes:
        """Return the root of the tree."""
        return merkle.root(self.size, self.node)

    def bundle(self, index: int) -> list[bytes]:
        """Return up to 256 entries, the `index`-th such run.

        Raises
        ------
        InputError
            If their file is missing or cut off.
        """
        width = self.width(0, index)
        raw = self._read("entries", index, width)
        entries = unpack(raw)
        if len(entries) < width or sum(map(len, entries)) + LENGTH_BYTES * len(entries) != len(raw):
            raise InputError("cut off", mend=RESTORE, where=str(self.folder / name("entries", index, width)))
        return entries[:width]

    def entries(self, first: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yield the entries from a place to another, by default all; one bundle is held at a time."""
        end = self.size if end is None else min(end, self.size)
        for index in range(first // WIDTH, -(-end // WIDTH)):
            base = index * WIDTH
            yield from self.bundle(index)[max(first - base, 0) : end - base]


class Edge:
    """The right edge of a growing tree: the tiles that are not full, one for each level.

    Parameters
    ----------
    tiles : Tiles, optional
        The tree that grows; by default one without leaves.
    """

    def __init__(self, tiles: Tiles | None = None) -> None:
        self.size = tiles.size if tiles else 0
        self.levels: list[list[bytes]] = []
        level = 0
        while tiles and self.size >> BITS * level:
            count = self.size >> BITS * level
            self.levels.append(list(tiles.hashes(level, count // WIDTH)) if count % WIDTH else [])
            level += 1

    @property
    def room(self) -> int:
        """Leaves until the lowest tile is full."""
        return WIDTH - self.size % WIDTH

    def grow(self, leaves: list[bytes]) -> Iterator[tuple[int, int, list[bytes]]]:
        """Take leaf hashes, `room` at most, and yield the tiles that become full: level, index, hashes."""
        self.size += len(leaves)
        row, level = leaves, 0
        while True:
            if level == len(self.levels):
                self.levels.append([])
            here = self.levels[level]
            here += row
            if len(here) < WIDTH:
                return
            yield level, (self.size >> BITS * (level + 1)) - 1, here
            self.levels[level] = []
            row, level = [merkle.fold(here)], level + 1

    def rest(self) -> Iterator[tuple[int, int, list[bytes]]]:
        """Yield the tiles that are not full: level, index, hashes."""
        for level, here in enumerate(self.levels):
            if here:
                yield level, self.size >> BITS * (level + 1), here

    def node(self, level: int, index: int) -> bytes:
        """Return a node of the tree that stands on its edge."""
        tall, low = divmod(level, BITS)
        first = (index << low) % WIDTH
        return merkle.fold(self.levels[tall][first : first + (1 << low)])

    def root(self) -> bytes:
        """Return the root of the tree."""
        return merkle.root(self.size, self.node)
