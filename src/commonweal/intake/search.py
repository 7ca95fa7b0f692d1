"""Words found in an archive: every text is looked through, in parallel, without an index to keep up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from commonweal.errors import InputError
from commonweal.intake.archive import Archive

AROUND = 80
PLACES = (("part", "text"), ("work", "text"), ("work", "title"), ("thread", "title"), ("memory", "text"))


@dataclass(frozen=True)
class Hit:
    """A text that holds the words.

    Attributes
    ----------
    relation, column, id : str
        Where: of a part, the id of its node.
    thread_id : str or None
        Of the conversation that it is in.
    title : str or None
        Of the thread or the work.
    role : str or None
        Who said it.
    created_us : int or None
    before, found, after : str
        The first place in the text, with what is around it.
    """

    relation: str
    column: str
    id: str
    thread_id: str | None
    title: str | None
    role: str | None
    created_us: int | None
    before: str
    found: str
    after: str


def search(
    archive: Archive, words: str, *, limit: int = 50, exact_case: bool = False
) -> tuple[list[Hit], int]:
    """Return texts that hold these words as they stand, and how many there are in all.

    Parameters
    ----------
    archive : Archive
    words : str
    limit : int
        Most hits to return, in the order of the archive: messages, works, titles, memories.
    exact_case : bool
        Whether "Kernel" and "kernel" differ.

    Raises
    ------
    InputError
        For words of nothing.
    """
    if not words.strip():
        raise InputError("nothing to look for", mend="give the words")
    found: list[tuple[str, str, str, str]] = []
    total = 0
    for relation, column in PLACES:
        key = "node_id" if relation == "part" else "id"
        holds = pc.match_substring(pc.field(column), words, ignore_case=not exact_case)
        rows = archive.table(relation, [key, column], holds)
        total += len(rows)
        found += [
            (relation, column, row[key], row[column])
            for row in rows.slice(0, max(limit - len(found), 0)).to_pylist()
        ]
    told = _about(archive, found)
    return [_hit(place, words, exact_case, told) for place in found], total


def _about(archive: Archive, found: list[tuple[str, str, str, str]]) -> dict[str, dict[str, Any]]:
    """Return titles, roles and times of what was found, by id."""
    ids: dict[str, set[str]] = {}
    for relation, _, key, _ in found:
        ids.setdefault("node" if relation == "part" else relation, set()).add(key)
    told: dict[str, dict[str, Any]] = {}
    for row in _rows(archive, "node", ["id", "thread_id", "role", "created_us"], ids.get("node", set())):
        told[row["id"]] = row
    threads = {row["thread_id"] for row in told.values()} | ids.get("thread", set())
    titles = {r["id"]: r for r in _rows(archive, "thread", ["id", "title", "created_us"], threads)}
    for row in told.values():
        row["title"] = titles[row["thread_id"]]["title"]
    for row in _rows(archive, "work", ["id", "title", "author", "created_us"], ids.get("work", set())):
        told[row["id"]] = row
    return titles | told


def _rows(archive: Archive, relation: str, columns: list[str], ids: set[str]) -> list[dict[str, Any]]:
    if not ids:
        return []
    wanted = pc.field("id").isin(pa.array(sorted(ids)))
    rows: list[dict[str, Any]] = archive.table(relation, columns, wanted).to_pylist()
    return rows


def _hit(place: tuple[str, str, str, str], words: str, exact: bool, told: dict[str, dict[str, Any]]) -> Hit:
    relation, column, key, text = place
    at = text.find(words) if exact else text.casefold().find(words.casefold())
    at = max(at, 0)  # letters that grow when folded shift places: then the text's beginning is shown
    row = told.get(key, {})
    return Hit(
        relation=relation,
        column=column,
        id=key,
        thread_id=key if relation == "thread" else row.get("thread_id"),
        title=row.get("title"),
        role=row.get("role"),
        created_us=row.get("created_us"),
        before=text[max(at - AROUND, 0) : at],
        found=text[at : at + len(words)],
        after=text[at + len(words) : at + len(words) + AROUND],
    )
