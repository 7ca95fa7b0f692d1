"""Is every value of an item in its records? Checked on every import, by looking at nothing but the two.

A reader may forget a key; this finds it. Values are compared as a set: strings and numbers are looked for
among all strings and numbers of the records, times among their moments. What isn't found is a loss like any
other, named by the path of its keys.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

from commonweal.intake.records import Lost, Node, Part, Record
from commonweal.intake.times import Time, time

SURFACE = 6
"""Levels of records that the quick look goes down: thread, nodes, node, `json`, message, keys."""


def missing(raw: Any, records: list[Record]) -> list[Lost]:
    """Return a loss for each path of an item whose values are nowhere in its records.

    What the reader listed as lost itself, under the same path, is not listed again; "" stands for the whole
    item.

    Parameters
    ----------
    raw : object
        The item, before it was mapped; left as it is.
    records : list of Record
    """
    listed = Counter[str]()
    for record in records:
        if isinstance(record, Lost):
            listed[record.path] += record.n
    if "" in listed or _plainly_whole(raw, records):
        return []
    kept: set[Any] = set()
    texts: list[str] = []
    for record in records:
        _gather(msgspec.structs.asdict(record), kept, texts)
    absent: dict[str, int] = {}
    joined: str | None = None
    for path, value in _leaves(raw, ""):
        if value in kept:
            continue
        moment = time(value)
        if moment is not None and moment.us in kept:
            continue
        if isinstance(value, str):
            if joined is None:
                joined = "\x1f".join(texts)
            if not value.strip() or value in joined or value.strip() in joined:
                continue
        absent[path] = absent.get(path, 0) + 1
    return [
        Lost(path, "a value that the reader did not keep", n - listed[path])
        for path, n in absent.items()
        if n > listed[path]
    ]


def _plainly_whole(raw: Any, records: list[Record]) -> bool:
    """Whether each value is found without looking far, as with almost every item.

    Readers put objects of the item into `json` as they are: one that sits there is kept with all that is in
    it, and needs no look inside. So both walks stay near the surface. A False only says that a closer look
    is needed.
    """
    kept: set[Any] = set()
    whole: set[int] = set()
    level: list[Any] = list(records)
    for _ in range(SURFACE):
        below: list[Any] = []
        for here in level:
            kind = type(here)
            if kind is str or kind is int or kind is float:
                kept.add(here)
            elif kind is dict:
                whole.add(id(here))
                below += here.values()
            elif kind is list or kind is tuple:
                whole.add(id(here))
                below += here
            elif kind is Time:
                kept.add(here.us)
            elif kind is Node:
                below += (here.key, here.role.value, here.parent, here.author, here.channel, here.created)
                below += (here.model, here.json)
                below += here.parts
            elif kind is Part:
                below += (here.kind.value, here.text, here.mime, here.asset, here.call_id, here.json)
            elif isinstance(here, str):  # kinds of works
                kept.add(here)
            elif here is not None and kind is not bool:
                below += [getattr(here, name) for name in getattr(here, "__struct_fields__", ())]
        level = below
    whole.update(id(here) for here in level)
    stack = [raw]
    while stack:
        here = stack.pop()
        kind = type(here)
        if kind is dict:
            if id(here) not in whole:
                stack += here.values()
        elif kind is list or kind is tuple:
            if id(here) not in whole:
                stack += here
        elif here and here not in kept and kind is not bool:
            moment = time(here)
            if moment is None or moment.us not in kept:
                return False
    return True


def _leaves(value: Any, path: str, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield strings and numbers with the paths of their keys; truths and nulls carry no content."""
    if isinstance(value, dict):
        for key, child in value.items():
            name = key if len(value) < 40 and isinstance(key, str) and key.isidentifier() else "*"
            yield from _leaves(child, f"{path}.{name}" if path else name, depth + 1)
    elif isinstance(value, list | tuple):
        for child in value:
            yield from _leaves(child, f"{path}[]", depth + 1)
    elif isinstance(value, str):
        if value:
            yield path, value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value


def _gather(value: Any, kept: set[Any], texts: list[str]) -> None:
    """Collect the strings and numbers of records, keys included."""
    stack = [value]
    while stack:
        here = stack.pop()
        if isinstance(here, str):
            kept.add(here)
            texts.append(here)
        elif isinstance(here, dict):
            stack.extend(here.keys())
            stack.extend(here.values())
        elif isinstance(here, list | tuple):
            stack.extend(here)
        elif isinstance(here, msgspec.Struct):
            stack.extend(getattr(here, name) for name in here.__struct_fields__)
        elif isinstance(here, int | float):
            kept.add(here)
