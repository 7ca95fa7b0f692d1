"""The structure of an export that no reader knows, for its maintainers: nothing in it is personal.

No value is shown and no file's name but its ending. A key is shown only where it must be the service's own
word: a word that readers know; or one that most objects of a place have, where other keys hold other types.
Where each key holds the same, as in a list of people and their ages, keys may be data: they are counted.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter

from commonweal.intake.source.member import Member
from commonweal.intake.source.shape import Shape
from commonweal.intake.source.tree import Tree

WORD = re.compile(r"[A-Za-z_$@][A-Za-z_]{0,39}")
KNOWN = frozenset(
    [
        "id",
        "uuid",
        "title",
        "name",
        "text",
        "body",
        "content",
        "role",
        "author",
        "sender",
        "user",
        "type",
        "kind",
        "created_at",
        "updated_at",
        "create_time",
        "update_time",
        "timestamp",
        "time",
        "date",
        "message",
        "messages",
        "conversation",
        "conversations",
        "chat",
        "chats",
        "thread",
        "threads",
        "parent",
        "parent_id",
        "children",
        "mapping",
        "model",
        "parts",
        "data",
        "items",
        "entries",
        "posts",
        "comments",
        "url",
        "permalink",
        "summary",
        "attachments",
        "files",
        "metadata",
        "version",
        "session",
        "sessions",
        "response",
        "responses",
        "history",
    ]
)
FILES, LINES = 12, 60


def fingerprint(tree: Tree) -> str:
    """Return lines on an export's structure: kinds of files, keys and types of the largest of each."""
    kinds = Counter((m.kind, _ending(m.path)) for m in tree)
    lines = [f"{kind} {ending or '-'} × {n}" for (kind, ending), n in sorted(kinds.items())[:FILES]]
    seen: set[str] = set()
    for member in sorted(tree, key=lambda m: -m.size):
        body = describe(member)
        if body and body not in seen and len(seen) < 3:
            seen.add(body)
            lines += [f"-- {member.kind}", *body.splitlines()[:LINES]]
    text = "\n".join(lines)
    return f"{text}\nsha256 {hashlib.sha256(text.encode()).hexdigest()[:16]}"


def describe(member: Member) -> str:
    """Return one file's structure in lines; "" for kinds that have none."""
    return "\n".join(_lines(member.shape, "")) if member.shape.types else ""


def _lines(shape: Shape, indent: str) -> list[str]:
    out = [f"{indent}{'|'.join(sorted(shape.types)) or '?'}"]
    if shape.items is not None:
        out += _named("[]", shape.items, indent)
    hidden = [key for key in shape.keys if not _shown(shape, key)]
    for key, child in shape.keys.items():
        if key not in hidden:
            out += _named(key, child, indent)
    if hidden:
        out += _named("*", shape.keys[hidden[0]], indent)
        out.append(f"{indent}  ({len(hidden)} keys not shown)")
    return out[:LINES]


def _named(key: str, child: Shape, indent: str) -> list[str]:
    first, *others = _lines(child, indent + "    ")
    return [f"{indent}  {key} {first.strip()}", *others]


def _shown(shape: Shape, key: str) -> bool:
    return key in KNOWN or (WORD.fullmatch(key) is not None and _schematic(shape, key))


def _schematic(shape: Shape, key: str) -> bool:
    """Whether a key repeats in most objects at its place, among keys of other types, as a schema's do."""
    types = {frozenset(c.types - {"null"}) for k, c in shape.keys.items() if k not in KNOWN} - {frozenset()}
    return len(types) > 1 and shape.seen.get(key, 0) >= max(2, shape.count / 2)


def _ending(path: str) -> str:
    ending = path.rpartition("/")[2].rpartition(".")[2].lower()
    return ending if re.fullmatch(r"[a-z0-9]{1,5}", ending) and "." in path else ""
