"""An archive to look at: its imports and latest pieces, and one conversation whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonweal.errors import InputError
from commonweal.intake.archive import Archive

UNDATED = -(2**62)


def overview(archive: Archive, limit: int = 20) -> dict[str, Any]:
    """Return the imports with their ledgers, and the latest threads and works.

    Returns
    -------
    dict
        "sources"; "threads" with id, title, created_us, kind and number of nodes; "works" with id, kind,
        title, created_us and the first 200 letters of text. Undated ones come last.
    """
    threads = _latest(archive.table("thread", ["id", "title", "created_us", "kind"]), limit)
    ids = pa.array([t["id"] for t in threads], pa.string())
    nodes = archive.table("node", ["thread_id"], pc.field("thread_id").isin(ids))["thread_id"]
    counts = {c["values"]: c["counts"] for c in pc.value_counts(nodes).to_pylist()}
    for thread in threads:
        thread["nodes"] = counts.get(thread["id"], 0)
    works = _latest(archive.table("work", ["id", "kind", "title", "created_us", "text"]), limit)
    for work in works:
        work["text"] = (work["text"] or "")[:200]
    return {"sources": archive.sources(), "threads": threads, "works": works}


def _latest(table: Any, limit: int) -> list[dict[str, Any]]:
    times = pc.fill_null(table["created_us"], UNDATED)
    order = np.argsort(-times.to_numpy(), kind="stable")
    rows: list[dict[str, Any]] = table.take(order[:limit]).to_pylist()
    return rows


def conversation(archive: Archive, thread_id: str) -> dict[str, Any]:
    """Return a thread with its nodes and their parts, in the export's order.

    Parameters
    ----------
    archive : Archive
    thread_id : str
        Its id, or the first letters of it.

    Raises
    ------
    InputError
        If no thread's id begins so, or several do.
    """
    rows = archive.table("thread", filter=pc.starts_with(pc.field("id"), thread_id)).to_pylist()
    if len(rows) != 1:
        problem = (
            f"{len(rows):,} conversations whose id begins with {thread_id!r}"
            if rows
            else "no such conversation"
        )
        raise InputError(
            problem, where=str(archive.path), mend="`commonweal archive show ARCHIVE` lists the ids"
        )
    thread: dict[str, Any] = rows[0]
    nodes = archive.table("node", filter=pc.field("thread_id") == thread["id"]).sort_by("seq").to_pylist()
    ids = pa.array([n["id"] for n in nodes], pa.string())
    parts: dict[str, list[dict[str, Any]]] = {}
    for part in archive.table("part", filter=pc.field("node_id").isin(ids)).sort_by("ix").to_pylist():
        parts.setdefault(part["node_id"], []).append(part)
    return thread | {"nodes": [node | {"parts": parts.get(node["id"], [])} for node in nodes]}
