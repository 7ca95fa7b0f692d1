"""DeepSeek's export, the form in which its site reads conversations, and the tree of an extension.

The export is an array of conversations with a `mapping` of nodes, as ChatGPT's, but with `inserted_at`, with
`fragments` in place of `content`, and without the node that is shown. DeepSeek documents none of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from commonweal.intake.reader import Claim, Context, Item, Reader
from commonweal.intake.readers._deepseek import flat, from_site, from_tree, kept_of_message, parts_of, role_of
from commonweal.intake.readers._shapes import left, stray, table
from commonweal.intake.records import Lost, Node, Record, Role, Thread, as_text
from commonweal.intake.source import Member, Shape, Tree
from commonweal.intake.times import time

FLAT = "flat list of messages"


class DeepSeek(Reader):
    """DeepSeek conversations, with every branch and what was thought."""

    NAME = "deepseek"
    TITLE = "DeepSeek"
    TRIED = ""
    NOTES = (
        "The export from Settings, with every branch, thinking and search results; and two forms of one "
        "conversation: as the site itself reads it (`biz_data`), and the tree that the userscript "
        "deepseek-exporter writes, which tells no times and no title. Import a conversation in one of the "
        "forms only. In exports from before there were fragments, which name no speaker, who speaks is told "
        "by turns. `user.json` is refused unless asked for."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim a `mapping` with `inserted_at` or `fragments`, the site's form, the tree with `thought`."""
        claim = Claim(read=[m.path for m in tree if _mapping(m.shape) or _site(m.shape) or _tree(m.shape)])
        folders = {path.rpartition("/")[0] for path in claim.read}
        for member in tree:
            if member.path.rpartition("/")[0] in folders and _account(member.shape):
                if "logins" in include:
                    claim.assets.append(member.path)
                else:
                    claim.refused[member.path] = ("logins", "account, e-mail address and telephone number")
        return claim

    def items(self, member: Member) -> Iterator[Item | Lost]:
        """Yield conversations; a tree is one, whatever its number of roots."""
        if _tree(member.shape):
            yield Item(member.path, member.read())
        else:
            yield from super().items(member)

    def decode(self, data: Any) -> Any:
        """Return the value; a tree as a flat list, for it nests as deep as it is long."""
        value = super().decode(data)
        if isinstance(value, list) and any("thought" in table(node) for node in value):
            return {FLAT: flat(value)}
        return value

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield a conversation of any of the three forms."""
        if FLAT in raw:
            yield from_tree(raw[FLAT])
        elif "data" in raw or "biz_data" in raw:
            yield from_site(raw)
        else:
            yield from _from_export(raw)


def _mapping(shape: Shape) -> bool:
    if shape.has("[].mapping.*.message.author") or shape.has("[].chat_messages"):
        return False
    return shape.has("[].mapping", "[].inserted_at") or shape.has("[].mapping.*.message.fragments")


def _site(shape: Shape) -> bool:
    return shape.has("data.biz_data.chat_messages") or shape.has("biz_data.chat_messages")


def _tree(shape: Shape) -> bool:
    return shape.has("[].children", "[].thought", "[].content", "[].type")


def _account(shape: Shape) -> bool:
    return shape.has("user_id") and any(shape.has(key) for key in ("email", "mobile", "mobile_number"))


def _from_export(raw: dict[str, Any]) -> Iterator[Record]:
    mapping = raw.get("mapping")
    if not isinstance(mapping, dict):
        yield Lost("mapping", "a conversation without messages: its other keys are kept")
    nodes = []
    for key, node in table(mapping).items():
        if node is None:
            yield Lost("mapping.*", "null in place of a message", nodes=1)
        else:
            nodes.append(_node(key, node, table(mapping)) if isinstance(node, dict) else stray(node))
    yield Thread(
        key=as_text(raw.get("id")) or "",
        title=as_text(raw.get("title")),
        nodes=nodes,
        seen=len(table(mapping)),
        created=time(raw.get("inserted_at")),
        updated=time(raw.get("updated_at")),
        json=_kept(raw, mapping),
    )


def _kept(raw: dict[str, Any], mapping: Any) -> dict[str, Any] | None:
    kept = left(raw, "id title", "inserted_at updated_at") or {}
    if isinstance(mapping, dict):
        kept.pop("mapping")
    return kept or None


def _node(key: str, raw: dict[str, Any], mapping: dict[str, Any]) -> Node:
    message, parent = raw.get("message"), as_text(raw.get("parent"))
    kept = left(raw, f"parent {'id' if raw.get('id') == key else ''}") or {}
    if not isinstance(message, dict):
        kept = {k: v for k, v in kept.items() if k != "message" or v is not None}
        return Node(key, Role.NONE, [], parent=parent, hidden=True, json=kept or None)
    kept["message"] = kept_of_message(message)
    role = role_of(message)
    if role is None:
        role = Role.USER if _depth(key, mapping) % 2 else Role.ASSISTANT
    return Node(
        key=key,
        role=role,
        parts=parts_of(message),
        parent=parent,
        created=time(message.get("inserted_at")),
        model=(as_text(message.get("model")) or None) if role is Role.ASSISTANT else None,
        json=kept,
    )


def _depth(key: str, mapping: dict[str, Any]) -> int:
    """Return how many messages lead to a node, itself counted: persons speak at odd ones."""
    depth, seen, here = 0, set(), key
    while here in mapping and here not in seen:
        seen.add(here)
        node = table(mapping[here])
        depth += isinstance(node.get("message"), dict)
        here = as_text(node.get("parent")) or ""
    return depth


READER = DeepSeek()
