"""What is in an archive, counted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from commonweal.intake.archive import Archive

COUNTED = ("thread", "node", "part", "work", "memory", "asset", "vanished")


def stats(archive: Archive) -> dict[str, Any]:
    """Return counts of an archive.

    Returns
    -------
    dict
        "rows" by relation; "threads", "nodes", "parts" and "works" by kind or role; "characters" of text by
        role; "models" by messages; "years" by messages and works; "undated" messages and works; "first" and
        "last" day, of those with a time.
    """
    nodes = archive.table("node", ["id", "role", "model", "created_us"])
    works = archive.table("work", ["kind", "mine", "created_us", "language"])
    threads = archive.table("thread", ["kind"])
    years: dict[str, int] = {}
    undated = 0
    first: int | None = None
    last: int | None = None
    for table in (nodes, works):
        times = table["created_us"]
        undated += times.null_count
        known = pc.drop_null(times)
        if len(known):
            low, high = pc.min(known).as_py(), pc.max(known).as_py()
            first, last = min(low, first or low), max(high, last or high)
        for year, n in _tally(pc.strftime(pc.cast(known, "timestamp[us]"), format="%Y")).items():
            years[year] = years.get(year, 0) + n
    return {
        "rows": {name: archive.count(name) for name in COUNTED},
        "threads": _tally(threads["kind"]),
        "nodes": _tally(nodes["role"]),
        "parts": _tally(archive.table("part", ["kind"])["kind"]),
        "works": _tally(works["kind"]),
        "mine": int(pc.sum(works["mine"]).as_py() or 0),
        "characters": _characters(archive, nodes),
        "models": _tally(pc.drop_null(nodes["model"])),
        "years": dict(sorted(years.items())),
        "undated": undated,
        "first": _day(first),
        "last": _day(last),
    }


def _tally(column: Any) -> dict[str, int]:
    counts = [(c["values"], c["counts"]) for c in pc.value_counts(column).to_pylist()]
    return dict(sorted(counts, key=lambda c: (-c[1], str(c[0]))))


def _characters(archive: Archive, nodes: Any) -> dict[str, int]:
    """Return letters of text by who wrote them, file by file."""
    roles = nodes["role"].combine_chunks()
    ids = nodes["id"].combine_chunks()
    totals: dict[str, int] = {}
    for batch in archive.batches("part", ["node_id", "text"]):
        spoken = batch.filter(pc.is_valid(batch["text"]))
        if not len(spoken):
            continue
        who = roles.take(pc.index_in(spoken["node_id"], value_set=ids))
        sums = spoken.append_column("role", who).append_column("n", pc.utf8_length(spoken["text"]))
        grouped = pa.Table.from_batches([sums]).group_by("role").aggregate([("n", "sum")])
        for row in grouped.to_pylist():
            totals[row["role"]] = totals.get(row["role"], 0) + row["n_sum"]
    works = archive.table("work", ["text"])["text"]
    if len(works):
        totals["works"] = int(pc.sum(pc.utf8_length(works)).as_py() or 0)
    return totals


def _day(us: int | None) -> str | None:
    return None if us is None else datetime.fromtimestamp(us / 1e6, UTC).date().isoformat()
