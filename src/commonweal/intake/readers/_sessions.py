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
    """Yield a file's sessions, each with its lines joined by line breaks.

    A session longer than an item may be is cut into several items. Memory is bounded by that length and by
    four bytes for each line.

    Parameters
    ----------
    member : Member
    keys : callable
    """
    number: dict[str, int] = {}
    order = array("I", (number.setdefault(key, len(number)) for key in keys(_texts(member))))
    last = dict(zip(order, range(len(order)), strict=True))
    held: dict[int, _Session] = {}
    size, at = 0, 0
    for item in lines(member):
        if isinstance(item, Lost):
            yield item
            continue
        session = order[at]
        held.setdefault(session, _Session(item.where)).add(item.data)
        size += len(item.data)
        if last[session] == at:
            size -= held[session].size
            yield held.pop(session).item()
        while size > member.limits.item_bytes:
            longest = max(held, key=lambda s: held[s].size)
            size -= held[longest].size
            yield held.pop(longest).item()
        at += 1


class _Session:
    def __init__(self, where: str) -> None:
        self.where, self.lines, self.size = where, list[bytes](), 0

    def add(self, line: bytes) -> None:
        self.lines.append(line.rstrip(b"\r\n"))
        self.size += len(line)

    def item(self) -> Item:
        return Item(self.where, b"\n".join(self.lines))


def _texts(member: Member) -> Iterator[bytes]:
    return (item.data for item in lines(member) if isinstance(item, Item))


def decode_lines(data: bytes) -> list[Any]:
    """Return the values of JSON Lines; of a line that is not JSON, as a crash leaves them, its text."""
    return [_value(line) for line in data.split(b"\n") if line.strip()]


def _value(line: bytes) -> Any:
    try:
        return decode_json(line)
    except (ValueError, RecursionError):
        return line.decode("utf-8", errors="replace")
