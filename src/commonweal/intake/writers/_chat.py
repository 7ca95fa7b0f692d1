"""What targets of conversations share: which messages go, what they answer, and parts as Markdown."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from commonweal.intake.records import Node, Part, PartKind, Thread
from commonweal.intake.times import EPOCH, Time
from commonweal.intake.writers._source import object_of
from commonweal.intake.writers._writer import carried

LIMIT = 20 << 20
"""Bytes of a file: servers and proxies before them commonly refuse larger uploads."""

PROSE = (PartKind.TEXT, PartKind.CITATION)


class Placed(NamedTuple):
    """A message that goes, what it answers among those that go, and what of it goes."""

    node: Node
    parent: str | None
    parts: list[Part]


def placed(thread: Thread, hidden: bool = False) -> list[Placed]:
    """Return the messages that carry something, each after what it answers.

    A message that carries nothing is passed over: what answered it answers what it answered.

    Parameters
    ----------
    thread : Thread
    hidden : bool
        Whether messages go that the service did not show.
    """
    nodes = {node.key: node for node in thread.nodes}
    parts = {key: carried(node, hidden) for key, node in nodes.items()}
    done: dict[str, Placed] = {}
    for key in nodes:
        chain: list[str] = []
        here: str | None = key
        while here is not None and here in nodes and here not in done:
            chain.append(here)
            here = nodes[here].parent
        parent = here
        for one in reversed(chain):
            answers = _above(parent, done)
            done[one] = Placed(nodes[one], answers, parts[one])
            parent = one
    return [one for one in done.values() if one.parts]


def _above(parent: str | None, done: Mapping[str, Placed]) -> str | None:
    """Return the nearest message above that carries something; each passed over knows its own."""
    if parent is None or parent not in done:
        return None
    return parent if done[parent].parts else done[parent].parent


def dashed(key: str) -> str:
    """Return an id of the archive as a UUID, as targets have them."""
    return str(uuid.UUID(hex=key))


def seconds(when: Time | None) -> int | None:
    """Return whole seconds since 1970."""
    return None if when is None else when.us // 1_000_000


def iso(when: Time | None, digits: str = "milliseconds") -> str | None:
    """Return a time as ISO 8601 in UTC; None for one beyond the years that it can write."""
    if when is None:
        return None
    try:
        moment = EPOCH + timedelta(microseconds=when.us)
    except OverflowError:
        return None
    return moment.isoformat(timespec=digits).replace("+00:00", "Z")


def tool_of(part: Part) -> str:
    """Return the name of the tool that a part calls, where the export tells it."""
    kept = object_of(part)
    for place in (kept, *(kept.values() if isinstance(kept, dict) else ())):
        if isinstance(place, dict) and isinstance(place.get("name"), str):
            return str(place["name"])
    return ""


def markdown(part: Part, files: Mapping[str, str]) -> str:
    """Return a part as Markdown for targets whose messages are one text.

    Parameters
    ----------
    part : Part
    files : mapping of str to str
        Names of files by id.
    """
    text = part.text or ""
    if part.asset is not None:
        name = f"[file: {files.get(part.asset, part.asset)}]"
        return f"{name}\n\n{text}" if text else name
    if part.kind is PartKind.THINKING:
        return "\n".join(f"> {line}" for line in text.split("\n"))
    return text if part.kind in PROSE else fenced(text)


def fenced(text: str, language: str = "") -> str:
    """Return text in a fence that nothing in it closes."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
