"""The elements of an array in an object, `{"conversations": […], …}`, as bytes, one at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from commonweal.errors import InputError
from commonweal.intake.reader import Item
from commonweal.intake.records import Lost
from commonweal.intake.source.member import Member
from commonweal.intake.source.split import WINDOW, _Cutter


def nested(member: Member, key: str) -> Iterator[Item | Lost]:
    """Yield the elements of the array at a key of a file's object, and last what else the object holds.

    The beginning of the array is looked for in the first MiB; where it isn't, the file is one item. Memory is
    bounded by the longest element, and by the other keys.
    """
    start = _start(member.head, key)
    if start is None:
        yield Item(member.path, member.read())
        return
    before = member.head[: start[0]]
    cutter = _Cutter(member.limits.item_bytes)
    with member.open() as stream:
        skip = start[1] + (3 if stream.peek(3)[:3] == b"\xef\xbb\xbf" else 0)  # type: ignore[attr-defined]
        stream.read(skip)
        number = 0
        try:
            while not cutter.done and (text := stream.read(WINDOW)):
                for data in cutter.feed(text):
                    where = f"{member.path}: {key}[{number}]"
                    number += 1
                    yield (Item(where, data) if data is not None else Lost(where, "too long to be read"))
        except InputError as error:
            yield Lost(member.path, error.problem)
            return
        if not cutter.done:
            yield Lost(member.path, "cut off before its end")
            return
        after = cutter.after + stream.read(member.limits.item_bytes)
    rest = before + b'"":null' + after
    if not _nothing(rest):
        yield Item(f"{member.path}: beside {key}", rest)


def _start(head: bytes, key: str) -> tuple[int, int] | None:
    """Return where a key of the outermost object stands, and where its array's elements begin."""
    for found in re.finditer(rb'"%s"\s*:\s*\[' % key.encode(), head):
        if _object(head[: found.start()] + b'"":null}') is not None:
            return found.start(), found.end()
    return None


def _nothing(rest: bytes) -> bool:
    value = _object(rest)
    return value is not None and set(value) <= {""}


def _object(data: bytes) -> dict[str, object] | None:
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
