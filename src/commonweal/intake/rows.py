"""Records become rows: ids, the tree of a thread, the path that is shown, and sums that must come out."""

from __future__ import annotations

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
SEPARATOR = "\x1f"


def digest(*pieces: str | None) -> str:
    """Return the id of content: BLAKE2b over the pieces, 128 bits in hexadecimal."""
    text = SEPARATOR.join("\x00" if p is None else p for p in pieces)
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
        self.columns: dict[str, list[list[Any]]] = {}
        self.counts: Counter[str] = Counter()
        self.losses: Counter[tuple[str, str]] = Counter()
        self._seen: dict[str, int] = {}
        self.clear()

    def clear(self) -> None:
        """Forget the rows, and keep the counts."""
        self.columns = {name: [[] for _ in schema] for name, schema in SCHEMAS.items()}

    def tables(self) -> dict[str, Any]:
        """Return the rows as Arrow tables, empty ones left out, and forget them."""
        found = {}
        for name, schema in SCHEMAS.items():
            columns = self.columns[name]
            if columns[0]:
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
        text = raw.decode("utf-8", errors="replace") if isinstance(raw, bytes) else json_text(raw) or ""
        key = digest(self.reader, self.owner, "unread", text)
        self._row("thread", key, self.source_id, None, "unread", seq, None, None, None, None, None, text)
        self.counts["unread"] += 1

    def _row(self, relation: str, *values: Any) -> None:
        for column, value in zip(self.columns[relation], values, strict=True):
            column.append(value)

    def _thread(self, thread: Thread, seq: int, context: Context, where: str) -> None:
        prints = [_print(node) for node in thread.nodes]
        name = ("key", thread.key) if thread.key else ("content", thread.title, *prints)
        thread_id = digest(self.reader, self.owner, *name)
        nodes = thread.nodes
        keys = [node.key or f"#{i}" for i, node in enumerate(nodes)]
        place = {key: i for i, key in reversed(list(enumerate(keys)))}  # of two with one key, the first
        parents = self._parents(thread, keys, place, where)
        ids = self._ids(thread_id, keys, prints)
        shown = _active(thread, parents, place)
        created, updated = thread.created, thread.updated
        self._row(
            "thread", thread_id, self.source_id, thread.key or None, thread.kind, seq, thread.title, thread.model,
            _us(created), _us(updated), _quality(created or updated), json_text(thread.json),
        )  # fmt: skip
        for i, node in enumerate(nodes):
            parent = parents[i]
            self._row(
                "node", ids[i], self.source_id, thread_id, node.key or None, None if parent is None else ids[parent],
                i, node.role.value, node.author, node.channel, _us(node.created), _quality(node.created), node.model,
                node.hidden, i in shown, json_text(node.json),
            )  # fmt: skip
            for ix, part in enumerate(node.parts):
                self._part(ids[i], ix, part, context)
        self.counts["threads"] += 1
        self.counts["nodes"] += len(nodes)
        self.counts["nodes_seen"] += thread.seen

    def _ids(self, thread_id: str, keys: list[str], prints: list[str]) -> list[str]:
        """Return the nodes' ids; nodes of one name and content get different ones."""
        seen: Counter[str] = Counter()
        ids = []
        for key, content in zip(keys, prints, strict=True):
            node_id = digest(thread_id, key if key[:1] != "#" else "", content)
            seen[node_id] += 1
            ids.append(node_id if seen[node_id] == 1 else digest(node_id, str(seen[node_id])))
        return ids

    def _parents(
        self, thread: Thread, keys: list[str], place: dict[str, int], where: str
    ) -> list[int | None]:
        """Return the place of each node's parent; links that lead nowhere or round in a circle are cut, and listed."""
        if thread.chain:
            return [None if i == 0 else i - 1 for i in range(len(keys))]
        parents: list[int | None] = []
        for node in thread.nodes:
            found = None if node.parent is None else place.get(node.parent)
            if found is None and node.parent is not None:
                self.lose(Lost(_file(where), "the message that it answers is not in the export"))
            parents.append(found)
        if len(place) < len(keys):
            self.lose(Lost(_file(where), "messages of one id: each is kept", len(keys) - len(place)))
        for i in _cycles(parents):
            parents[i] = None
            self.lose(Lost(_file(where), "messages that answer each other in a circle: cut"))
        return parents

    def _part(self, node_id: str, ix: int, part: Part, context: Context) -> None:
        asset_id, extra = None, part.json
        if part.asset is not None:
            asset_id = context.files.get(part.asset) or context.files.get(part.asset.rpartition("/")[2])
            extra = {"asset": part.asset} if extra is None else {"asset": part.asset, "rest": extra}
            if asset_id is None:
                self.lose(Lost(_file(context.path), "a file that a message names is not in the export"))
        self._row(
            "part",
            node_id,
            ix,
            part.kind.value,
            part.text,
            part.mime,
            asset_id,
            part.call_id,
            json_text(extra),
        )
        self.counts["parts"] += 1

    def _work(self, work: Work, seq: int) -> None:
        key = digest(self.reader, self.owner, work.kind.value, work.key, work.title, work.text)
        if not work.key:  # posts without an id: the same text twice is two works if their times differ
            key = digest(key, str(_us(work.created)))
        again = self._seen.get(key, 0)
        self._seen[key] = again + 1
        if again:
            key = digest(key, str(again))
        self._row(
            "work", key, self.source_id, work.key or None, work.kind.value, seq, work.title, work.text, work.url,
            work.author, work.mine, work.license, work.visibility, work.in_reply_to, work.language,
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


def _print(node: Node) -> str:
    """Return the content of a node that its id stands for: who, when, and what was said."""
    texts = [f"{p.kind.value}:{p.text or ''}:{p.asset or ''}" for p in node.parts]
    return SEPARATOR.join([node.role.value, str(_us(node.created)), *texts])


def _file(where: str) -> str:
    """Return a place without numbers, so that losses of one kind are counted together."""
    return where.partition("[")[0]


def _cycles(parents: list[int | None]) -> list[int]:
    """Return, for each circle of links, the first of its nodes in the export's order."""
    state = [0] * len(parents)  # 0 not looked at, else the walk that came by
    cut = []
    for start in range(len(parents)):
        here: int | None = start
        while here is not None and not state[here]:
            state[here] = start + 1
            here = parents[here]
        if here is not None and state[here] == start + 1:
            circle, at = [here], parents[here]
            while at is not None and at != here:
                circle.append(at)
                at = parents[at]
            cut.append(min(circle))
    return cut


def _active(thread: Thread, parents: list[int | None], place: dict[str, int]) -> set[int]:
    """Return the places of the nodes on the path that the person sees, from its last node upwards."""
    if not parents:
        return set()
    here: int | None = len(parents) - 1
    if thread.current is not None and thread.current in place:
        here = place[thread.current]
    path: set[int] = set()
    while here is not None and here not in path:
        path.add(here)
        here = parents[here]
    return path
