"""Records become rows: ids, the tree of a thread, the path that is shown, and sums that must come out."""

from __future__ import annotations

import json
from collections import Counter
from hashlib import blake2b
from typing import Any

import msgspec
import pyarrow as pa

from commonweal.intake.reader import Context
from commonweal.intake.records import Lost, Memory, Node, Part, Record, Thread, Work
from commonweal.intake.relations import SCHEMAS
from commonweal.intake.times import Time

_JSON = msgspec.json.Encoder()


def digest(*pieces: str | None) -> str:
    """Return the id of content: BLAKE2b over the pieces and their lengths, 128 bits in hexadecimal."""
    text = "".join(["-" if p is None else f"{len(p)}:{p}" for p in pieces])
    return blake2b(text.encode("utf-8", errors="surrogatepass"), digest_size=16).hexdigest()


def json_text(value: Any) -> str | None:
    """Return a value as JSON text; None for nothing."""
    return None if value is None else _JSON.encode(value).decode()


class Rows:
    """Rows of one import, gathered until `tables` takes them.

    Parameters
    ----------
    reader : str
        Name of the format, part of ids.
    owner : str
        Whose export it is, part of ids.
    source_id : str
    """

    def __init__(self, reader: str, owner: str, source_id: str) -> None:
        self.reader, self.owner, self.source_id = reader, owner, source_id
        self.held: dict[str, list[tuple[Any, ...]]] = {}
        self.counts: Counter[str] = Counter()
        self.losses: Counter[tuple[str, str]] = Counter()
        self.clear()

    def clear(self) -> None:
        """Forget the rows, and keep the counts."""
        self.held = {name: [] for name in SCHEMAS}

    def tables(self) -> dict[str, Any]:
        """Return the rows as Arrow tables, empty ones left out, and forget them."""
        found = {}
        for name, schema in SCHEMAS.items():
            if self.held[name]:
                columns = zip(*self.held[name], strict=True)
                arrays = [pa.array(c, type=f.type) for c, f in zip(columns, schema, strict=True)]
                found[name] = pa.table(arrays, schema=schema)
        self.clear()
        return found

    def lose(self, lost: Lost) -> None:
        """Count a loss."""
        self.losses[lost.path, lost.reason] += lost.n

    def add(self, record: Record, seq: int, context: Context, where: str) -> None:
        """Add a record's rows.

        Parameters
        ----------
        record : Record
        seq : int
            Its place in the export.
        context : Context
        where : str
            Its place, for losses.
        """
        if isinstance(record, Thread):
            self._thread(record, seq, context, where)
        elif isinstance(record, Work):
            self._work(record, seq)
        elif isinstance(record, Memory):
            self._memory(record)
        else:
            self.lose(record)

    def unread(self, seq: int, where: str, raw: Any) -> None:
        """Keep an item that could not be mapped, whole, as a thread of kind "unread"."""
        text = raw.decode("utf-8", errors="backslashreplace") if isinstance(raw, bytes) else _any_text(raw)
        key = digest(self.reader, self.owner, "unread", text)
        self._row("thread", key, self.source_id, None, "unread", seq, None, None, None, None, None, text)
        self.counts["unread"] += 1

    def _row(self, relation: str, *values: Any) -> None:
        self.held[relation].append(values)

    def _thread(self, thread: Thread, seq: int, context: Context, where: str) -> None:
        nodes = thread.nodes
        prints = [_print(node) for node in nodes]
        name = ("key", thread.key) if thread.key else ("content", thread.title, *(digest(*p) for p in prints))
        thread_id = digest(self.reader, self.owner, *name)
        ids = _ids(thread_id, nodes, prints)
        place = {n.key: i for i, n in reversed(list(enumerate(nodes))) if n.key}  # of two, the first
        parents = self._parents(thread, place, where)
        shown = self._active(thread, parents, place, where)
        created, updated = thread.created, thread.updated
        self._row(
            "thread", thread_id, self.source_id, thread.key or None, thread.kind, seq, thread.title,
            thread.model, _us(created), _us(updated), _quality(created or updated), json_text(thread.json),
        )  # fmt: skip
        for i, (node, parent) in enumerate(zip(nodes, parents, strict=True)):
            self._row(
                "node", ids[i], self.source_id, thread_id, node.key or None,
                None if parent is None else ids[parent], i, node.role.value, node.author, node.channel,
                _us(node.created), _quality(node.created), node.model, node.hidden, i in shown,
                json_text(node.json),
            )  # fmt: skip
            for ix, part in enumerate(node.parts):
                self._part(ids[i], ix, part, context)
        self.counts["threads"] += 1
        self.counts["nodes"] += len(nodes)
        self.counts["nodes_seen"] += thread.seen

    def _parents(self, thread: Thread, place: dict[str, int], where: str) -> list[int | None]:
        """Return the place of each node's parent; links to nowhere or in a circle are cut, and listed."""
        nodes, file = thread.nodes, _file(where)
        if thread.chain:
            return [i - 1 if i else None for i in range(len(nodes))]
        parents = [None if node.parent is None else place.get(node.parent) for node in nodes]
        circles = _circles(parents)
        for i in circles:
            parents[i] = None
        orphans = sum(node.parent is not None and node.parent not in place for node in nodes)
        twins = sum(bool(node.key) for node in nodes) - len(place)
        for n, what in (
            (orphans, "the message that it answers is not in the export"),
            (twins, "messages of one id: each is kept"),
            (len(circles), "messages that answer each other in a circle: cut"),
        ):
            if n:
                self.lose(Lost(file, what, n))
        return parents

    def _active(
        self, thread: Thread, parents: list[int | None], place: dict[str, int], where: str
    ) -> set[int]:
        """Return the places of the nodes that are shown: a channel's all, else the last and those above."""
        if thread.kind == "channel":
            return set(range(len(parents)))
        here = len(parents) - 1 if parents else None
        if thread.current in place:
            here = place[thread.current]
        elif thread.current:
            self.lose(Lost(_file(where), "the message shown last is not in the export: its order tells"))
        path: set[int] = set()
        while here is not None:
            path.add(here)
            here = parents[here]
        return path

    def _part(self, node_id: str, ix: int, part: Part, context: Context) -> None:
        asset_id, extra = None, part.json
        if part.asset is not None:
            asset_id = context.files.get(part.asset) or context.files.get(part.asset.rpartition("/")[2])
            extra = {"asset": part.asset} if extra is None else {"asset": part.asset, "rest": extra}
            if asset_id is None:
                self.lose(Lost(_file(context.path), "a file that a message names is not in the export"))
        row = (node_id, ix, part.kind.value, part.text, part.mime, asset_id, part.call_id, json_text(extra))
        self._row("part", *row)
        self.counts["parts"] += 1

    def _work(self, work: Work, seq: int) -> None:
        key = digest(self.reader, self.owner, work.kind.value, work.key, work.title, work.text)
        if not work.key:  # posts without an id: one text at two times is two works
            key = digest(key, str(_us(work.created)))
        self._row(
            "work", key, self.source_id, work.key or None, work.kind.value, seq, work.title, work.text,
            work.url, work.author, work.mine, work.license, work.visibility, work.in_reply_to, work.language,
            _us(work.created), _quality(work.created), json_text(work.json),
        )  # fmt: skip
        self.counts["works"] += 1

    def _memory(self, memory: Memory) -> None:
        key = digest(self.reader, self.owner, memory.scope, memory.kind, memory.text)
        self._row(
            "memory", key, self.source_id, memory.scope, memory.kind, memory.text, _us(memory.created),
            _quality(memory.created), json_text(memory.json),
        )  # fmt: skip
        self.counts["memories"] += 1


def _us(moment: Time | None) -> int | None:
    return None if moment is None else moment.us


def _quality(moment: Time | None) -> str | None:
    return None if moment is None else moment.quality.value


def _any_text(value: Any) -> str:
    """Return any value as JSON text, what JSON can't hold as Python writes it."""
    return json.dumps(value, default=repr)


def _print(node: Node) -> list[str]:
    """Return what a node's id stands for: who, when, and what was said."""
    print_ = [node.role.value, str(_us(node.created))]
    for part in node.parts:
        print_ += (part.kind.value, part.text or "", part.asset or "")
    return print_


def _ids(thread_id: str, nodes: list[Node], prints: list[list[str]]) -> list[str]:
    """Return the nodes' ids; nodes of one name and content get different ones."""
    seen: Counter[str] = Counter()
    ids = []
    for node, content in zip(nodes, prints, strict=True):
        node_id = digest(thread_id, node.key, *content)
        seen[node_id] += 1
        ids.append(node_id if seen[node_id] == 1 else digest(node_id, str(seen[node_id])))
    return ids


def _file(where: str) -> str:
    """Return a place without numbers, so that losses of one kind are counted together."""
    return where.partition("[")[0]


def _circles(parents: list[int | None]) -> list[int]:
    """Return, for each circle of links, the first of its nodes in the export's order."""
    walk = [0] * len(parents)  # the walk that came by; 0: none
    cut = []
    for start in range(len(parents)):
        here: int | None = start
        while here is not None and not walk[here]:
            walk[here] = start + 1
            here = parents[here]
        if here is not None and walk[here] == start + 1:  # the walk met itself
            first, at = here, parents[here]
            while at is not None and at != here:
                first, at = min(first, at), parents[at]
            cut.append(first)
    return cut
