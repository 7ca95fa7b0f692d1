"""What readers of JSON share: values taken for what they should be, and the rest of an object kept."""

from __future__ import annotations

from typing import Any

from commonweal.intake.records import Node, Part, PartKind, Role
from commonweal.intake.times import time


def table(value: Any) -> dict[str, Any]:
    """Return an object as it is, and an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def array(value: Any) -> list[Any]:
    """Return an array as it is, and an empty one for anything else."""
    return value if isinstance(value, list) else []


def name(value: Any) -> str | None:
    """Return an id as text: exports write them as strings and as numbers."""
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def left(raw: dict[str, Any], texts: str = "", times: str = "", parts: str = "") -> dict[str, Any] | None:
    """Return what of an object no column holds; None if that is nothing.

    Parameters
    ----------
    raw : dict
    texts, times : str
        Names of keys, parted by spaces, that went to a column of text or of time. A key whose value is none
        did not fit there, and stays.
    parts : str
        Names of arrays that became parts or nodes, element by element.
    """
    gone = {key for key in texts.split() if raw.get(key) is None or isinstance(raw[key], str)}
    gone |= {key for key in times.split() if raw.get(key) is None or time(raw[key]) is not None}
    gone |= {key for key in parts.split() if raw.get(key) is None or isinstance(raw[key], list)}
    return {key: value for key, value in raw.items() if key not in gone} or None


def stray(value: Any) -> Node:
    """Return the node that keeps what stands in place of a message and is none."""
    return Node("", Role.NONE, [other(value)], hidden=True)


def other(value: Any) -> Part:
    """Return the part that keeps what a reader does not know: text as text, an object as JSON."""
    if isinstance(value, str):
        return Part(PartKind.OTHER, value)
    text = table(value).get("text")
    return Part(PartKind.OTHER, text if isinstance(text, str) else None, json=value)


def repeated(text: Any, parts: list[Part]) -> bool:
    """Whether a part says a text whole; if several say it together, it is kept beside them."""
    return isinstance(text, str) and any(text.strip() in (p.text or "") for p in parts)
