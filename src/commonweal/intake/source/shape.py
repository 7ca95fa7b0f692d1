"""What a file is, by its first bytes: its kind, and for JSON the structure of its keys.

Formats are told apart by structure, never by name: three services ship a `conversations.json`.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field

YTD = re.compile(rb"\s*window\.(?:YTD\.[\w.]+|__THAR_CONFIG)\s*=\s*")
MAIL = re.compile(rb"(?:From \S.*\n)?(?:[A-Za-z][A-Za-z0-9-]*: .*\n(?:[ \t].*\n)*){2,}")
KEYS = 4_000
DEPTH = 8


@dataclass
class Shape:
    """Structure of JSON: what the keys of objects hold, and what arrays hold, merged over all elements.

    Attributes
    ----------
    types : set of str
        "object", "array", "string", "number", "boolean", "null".
    keys : dict of str to Shape
        Of objects.
    items : Shape or None
        Of arrays.
    seen : dict of str to int
        In how many objects at this place a key was seen.
    count : int
        How many objects were at this place.
    """

    types: set[str] = field(default_factory=set)
    keys: dict[str, Shape] = field(default_factory=dict)
    items: Shape | None = None
    seen: dict[str, int] = field(default_factory=dict)
    count: int = 0

    def at(self, path: str) -> Shape | None:
        """Return the structure at a path of keys joined by dots: "[]" an array's elements, "*" any key.

        `"[].mapping.*.message"` is the message of any node of any conversation of an array.
        """
        here: list[Shape] = [self]
        for step in path.split(".") if path else []:
            if step == "[]":
                here = [s.items for s in here if s.items is not None]
            elif step == "*":
                here = [child for s in here for child in s.keys.values()]
            else:
                here = [s.keys[step] for s in here if step in s.keys]
        return here[0] if here else None

    def has(self, *paths: str) -> bool:
        """Whether all of these paths are there."""
        return all(self.at(path) is not None for path in paths)


def kind_of(head: bytes) -> str:
    """Return what a file is by its head.

    Returns
    -------
    str
        "json", "jsonl", "ytd" (a service's `window.YTD… = [`), "html", "xml", "mail", "csv", "text", or of
        containers and media "zip", "gzip", "tar", "bzip2", "xz", "car", "binary"; "empty".
    """
    if not head.strip():
        return "empty"
    for magic, kind in MAGIC.items():
        if head.startswith(magic):
            return kind
    if head[257:262] == b"ustar":
        return "tar"
    if head[1:16].find(b"eroots") in range(1, 6):  # CARv1: length, then a CBOR map whose first key is `roots`
        return "car"
    if b"\x00" in head[:4_096]:
        return "binary"
    start = head.lstrip()
    if start[:1] in (b"{", b"["):
        return _json_kind(start)
    if YTD.match(start):
        return "ytd"
    if start[:1] == b"<":
        return _markup_kind(start[:2_048].lower())
    if MAIL.match(start):
        return "mail"
    return _text_kind(head)


MAGIC = {
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x89PNG": "binary",
    b"\xff\xd8\xff": "binary",
    b"GIF8": "binary",
    b"RIFF": "binary",
    b"%PDF": "binary",
    b"OggS": "binary",
    b"ID3": "binary",
}


def _json_kind(start: bytes) -> str:
    """Tell JSON from JSON Lines: a line that is a value of its own, and another after it."""
    lines = start.split(b"\n", 2)
    first = lines[0].strip()
    if len(lines) > 1 and lines[1].strip()[:1] == b"{" and first[:1] == b"{" and first[-1:] == b"}":
        return "jsonl"
    return "json"


def _markup_kind(start: bytes) -> str:
    html = (
        b"<!doctype html",
        b"<html",
        b"<div",
        b"<p>",
        b"<h1",
        b"<h2",
        b"<h3",
        b"<article",
        b"<figure",
        b"<blockquote",
    )
    if start.startswith(html):
        return "html"
    return "html" if start.startswith(b"<?xml") and b"<html" in start else "xml"


def _text_kind(head: bytes) -> str:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        # The head may end within a letter; broken letters before that are the reader's to report.
        if error.start < len(head) - 4 and sum(b < 9 or 13 < b < 32 for b in head[:4_096]) > 40:
            return "binary"
        text = head.decode("utf-8", errors="replace")
    return "csv" if len(header_of(text)) > 1 else "text"


def header_of(text: str) -> list[str]:
    """Return the names in the first line of a CSV; one name or none says that it is not one."""
    line = text.lstrip("\ufeff").split("\n", 1)[0].rstrip("\r")
    if len(line) > 4_000:
        return []
    try:
        names = next(csv.reader(io.StringIO(line)), [])
    except csv.Error:
        return []
    bare = [n.strip() for n in names]
    wordlike = all(n and len(n) <= 60 and re.fullmatch(r"[\w .()/#-]+", n) for n in bare)
    return bare if wordlike and len(set(bare)) == len(bare) else []


def shape_of(head: bytes, kind: str) -> Shape:
    """Return the structure of JSON from its beginning; an array of the lines' structures for JSON Lines."""
    if kind not in ("json", "jsonl", "ytd"):
        return Shape()
    head = head.decode("utf-8", errors="replace").encode()  # broken letters are no matter of structure
    if kind == "ytd":
        head = YTD.sub(b"", head, count=1)
    if kind == "jsonl":
        each = Shape()
        for line in head.split(b"\n")[:200]:
            _walk(line, each)
        return Shape(types={"array"}, items=each)
    shape = Shape()
    _walk(head, shape)
    return shape


def _walk(data: bytes, root: Shape) -> None:
    """Merge the structure of one JSON value, possibly cut off, into a shape."""
    import ijson

    stack: list[tuple[Shape | None, bool]] = []  # the containers we are in, and whether each is an array
    key, left = "", KEYS
    try:
        for event, value in ijson.basic_parse(io.BytesIO(data)):
            if event == "map_key":
                key, inside = value, stack[-1][0]
                if inside is not None:
                    inside.seen[key] = inside.seen.get(key, 0) + 1
                    if key not in inside.keys and (left := left - 1) > 0:
                        inside.keys[key] = Shape()
            elif event in ("end_map", "end_array"):
                stack.pop()
            else:
                here = _slot(stack, key, root)
                if here is not None:
                    here.types.add(NAMES[event])
                if event == "start_map" and here is not None:
                    here.count += 1
                if event == "start_array" and here is not None and here.items is None:
                    here.items = Shape()
                if event in ("start_map", "start_array"):
                    stack.append((here if len(stack) < DEPTH else None, event == "start_array"))
    except (ijson.JSONError, ValueError):
        return  # cut off, as heads are; or broken, as the reader will say


def _slot(stack: list[tuple[Shape | None, bool]], key: str, root: Shape) -> Shape | None:
    """Return where the next value's structure belongs; None below the depth that is looked at."""
    if not stack:
        return root
    inside, is_array = stack[-1]
    if inside is None:
        return None
    return inside.items if is_array else inside.keys.get(key)


NAMES = {
    "start_map": "object",
    "start_array": "array",
    "string": "string",
    "number": "number",
    "integer": "number",
    "double": "number",
    "boolean": "boolean",
    "null": "null",
}
