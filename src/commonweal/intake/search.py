"""Words found in an archive: every text is looked through, in parallel, without an index to keep up."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from commonweal.errors import InputError
from commonweal.intake.archive import Archive
from commonweal.intake.changes import read

AROUND = 80
THREADS = 4
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


class _Found(NamedTuple):
    relation: str
    column: str
    file: str
    id: str
    text: str


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
    tasks = [(archive, r, c, path, words, not exact_case) for r, c in PLACES for path in archive.files(r)]
    found: list[_Found] = []
    total = 0
    with ThreadPoolExecutor(THREADS) as pool:
        for task, rows in zip(tasks, pool.map(_matches, tasks), strict=True):
            total += len(rows)
            shown = rows.slice(0, max(limit - len(found), 0)).to_pylist()
            found += [_Found(task[1], task[2], task[3].name, *row.values()) for row in shown]
    told = _about(archive, found)
    return [_hit(place, words, exact_case, told) for place in found], total


def _matches(task: tuple[Archive, str, str, Path, str, bool]) -> Any:
    """Return the id and text of a file's rows that hold the words."""
    _, relation, column, path, words, any_case = task
    rows = read(path, ["node_id" if relation == "part" else "id", column])
    return rows.filter(pc.match_substring(rows[column], words, ignore_case=any_case))


def _about(archive: Archive, found: list[_Found]) -> dict[str, dict[str, Any]]:
    """Return titles, roles and times of what was found, by id."""
    files = {place.file for place in found}
    ids: dict[str, set[str]] = {"node": set(), "thread": set(), "work": set()}
    for place in found:
        ids.setdefault("node" if place.relation == "part" else place.relation, set()).add(place.id)
    told: dict[str, dict[str, Any]] = {}
    for row in _rows(archive, "node", ["id", "thread_id", "role", "created_us"], ids["node"], files):
        told[row["id"]] = row
    threads = {row["thread_id"] for row in told.values()} | ids["thread"]
    titles = {r["id"]: r for r in _rows(archive, "thread", ["id", "title", "created_us"], threads, files)}
    for row in told.values():
        row["title"] = titles[row["thread_id"]]["title"]
    for row in _rows(archive, "work", ["id", "title", "author", "created_us"], ids["work"], files):
        told[row["id"]] = row
    return titles | told


def _rows(
    archive: Archive, relation: str, columns: list[str], ids: set[str], likely: set[str]
) -> list[dict[str, Any]]:
    """Return rows by id; files named in `likely` are looked through first, for one batch wrote them all."""
    rows: list[dict[str, Any]] = []
    left = set(ids)
    for path in sorted(archive.files(relation), key=lambda p: (p.name not in likely, p.name)):
        if not left:
            break
        table = read(path, columns)
        table = table.filter(pc.is_in(table["id"], value_set=pa.array(sorted(left))))
        rows += table.to_pylist()
        left -= set(table["id"].to_pylist())
    return rows


def _hit(place: _Found, words: str, exact: bool, told: dict[str, dict[str, Any]]) -> Hit:
    relation, column, _, key, text = place
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
