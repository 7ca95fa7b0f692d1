"""Sessions from files with a line for each event: the lines of one session become one item.

Files of several sessions may be joined, and their lines mixed. A first pass notes which session each line is
of; the second holds the lines of open sessions only, and hands a session out with its last line.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from commonweal.intake.reader import Item, decode_json, lines
from commonweal.intake.records import Lost
from commonweal.intake.source import Member

Keys = Callable[[Iterable[bytes]], Iterator[str]]
"""Returns for each line of a file, in order, the name of its session."""


def sessions(member: Member, keys: Keys) -> Iterator[Item | Lost]:
    """Yield a file's sessions, each with its lines joined by line breaks; see `grouped`."""
    yield from grouped(lambda: lines(member), keys, member.limits.item_bytes)


def grouped(
    pieces: Callable[[], Iterator[Item | Lost]], keys: Keys, longest: int, joint: bytes = b"\n"
) -> Iterator[Item | Lost]:
    """Yield the pieces of a file that belong together, joined.

    What would be longer than an item may be is cut into several items. Memory is bounded by that length and
    by four bytes for each piece.

    Parameters
    ----------
    pieces : callable
        Returns the pieces, each time from the beginning.
    keys : callable
    longest : int
        Bytes of an item.
    joint : bytes
        Between pieces.
    """
    number: dict[str, int] = {}
    texts = (item.data for item in pieces() if isinstance(item, Item))
    order = array("I", (number.setdefault(key, len(number)) for key in keys(texts)))
    last = dict(zip(order, range(len(order)), strict=True))
    held: dict[int, _Session] = {}
    size, at = 0, 0
    for item in pieces():
        if isinstance(item, Lost):
            yield item
            continue
        session = order[at]
        held.setdefault(session, _Session(item.where)).add(item.data)
        size += len(item.data)
        if last[session] == at:
            size -= held[session].size
            yield held.pop(session).item(joint)
        while size > longest:
            most = max(held, key=lambda s: held[s].size)
            size -= held[most].size
            yield held.pop(most).item(joint)
        at += 1


class _Session:
    def __init__(self, where: str) -> None:
        self.where, self.lines, self.size = where, list[bytes](), 0

    def add(self, line: bytes) -> None:
        self.lines.append(line.rstrip(b"\r\n"))
        self.size += len(line)

    def item(self, joint: bytes) -> Item:
        return Item(self.where, joint.join(self.lines))


def decode_lines(data: bytes) -> list[Any]:
    """Return the values of JSON Lines; of a line that is not JSON, as a crash leaves them, its text."""
    return [_value(line) for line in data.split(b"\n") if line.strip()]


def _value(line: bytes) -> Any:
    try:
        return decode_json(line)
    except (ValueError, RecursionError):
        return line.decode("utf-8", errors="replace")
