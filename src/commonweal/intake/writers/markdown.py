"""A folder of Markdown for Obsidian or any editor: a note for each thread and work, files beside them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from commonweal.intake.archive import Archive
from commonweal.intake.records import Memory, Node, Record, Role, Thread
from commonweal.intake.writers import _notes
from commonweal.intake.writers._chat import Placed, iso, placed
from commonweal.intake.writers._names import Names
from commonweal.intake.writers._scratch import archive_of
from commonweal.intake.writers._source import Source
from commonweal.intake.writers._writer import Writer, copy_files

THREADS, WORKS, MEMORIES = "conversations", "works", "memories.md"
SPEAKERS = {
    Role.USER: "Me",
    Role.ASSISTANT: "Assistant",
    Role.SYSTEM: "System",
    Role.TOOL: "Tool",
    Role.OTHER: "Other",
}


class Markdown(Writer):
    """Notes with YAML front matter; each branch a section."""

    NAME = "markdown"
    TITLE = "Markdown (Obsidian)"
    NEXT = "Open the folder as a vault in Obsidian, or in any editor."
    TAKES = frozenset({"thread", "memory", "work", "asset"})
    HIDDEN = True

    def write(self, source: Source, out: Path) -> None:
        """Write notes, files and memories."""
        files = copy_files(source, out)
        names = Names(out / THREADS)
        for thread in source.threads():
            if nodes := placed(thread, hidden=True):
                _save(names.path(_dated(thread), thread.key, ".md"), _thread(thread, nodes, files))
        names = Names(out / WORKS)
        for work in source.works():
            _save(names.path(work.title or work.text[:60], work.key, ".md"), _notes.work(work))
        if memories := source.memories():
            _save(out / MEMORIES, _notes.memories(memories))

    def read_back(self, out: Path, scratch: Path) -> Archive | None:
        """Read the notes of threads and works."""
        return archive_of(chain(_back(out / THREADS), _back(out / WORKS)), scratch)

    def memories(self, out: Path) -> list[Memory]:
        """Return the memories of their note."""
        place = out / MEMORIES
        return _notes.read_memories(place.read_bytes().decode()) if place.is_file() else []


def _save(place: Path, text: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8", newline="")


def _back(folder: Path) -> Iterator[Record]:
    for place in sorted(folder.glob("*.md")):
        record = _notes.read(place.read_bytes().decode())
        if record is not None:
            yield record


def _dated(thread: Thread) -> str:
    day = (iso(thread.created) or "")[:10]
    return f"{day} {thread.title or 'untitled'}".strip()


def _thread(thread: Thread, nodes: list[Placed], files: dict[str, str]) -> str:
    """Return a thread as a note: the path that is shown, then each other branch under its own heading."""
    text = _notes.front(thread) + f"# {_notes.heading(thread.title or 'untitled')}\n"
    by_key = {one.node.key: one for one in nodes}
    number = {one.node.key: i for i, one in enumerate(nodes, start=1)}
    for ix, branch in enumerate(_branches(thread, nodes)):
        if ix:
            start = by_key[branch[0]].parent
            text += f"\n# Branch {ix + 1}{f', after message {number[start]}' if start else ''}\n"
        for key in branch:
            one = by_key[key]
            text += f"\n## {number[key]} · {_speaker(one.node)}\n\n" + _notes.message(one, files)
    return text


def _speaker(node: Node) -> str:
    name = _notes.heading(node.author or SPEAKERS.get(node.role, node.role.value))
    when = iso(node.created, "minutes")
    return " · ".join(
        filter(None, [name, when.replace("T", " ") if when else "", "hidden" if node.hidden else ""])
    )


def _branches(thread: Thread, nodes: list[Placed]) -> list[list[str]]:
    """Return the keys of each branch's messages: first the one that is shown, then what turns off it."""
    parents = {one.node.key: one.parent for one in nodes}
    above = {node.key: node.parent for node in thread.nodes}
    here = thread.current
    while here is not None and here not in parents:
        here = above.get(here)
    shown: list[str] = []
    while here is not None:
        shown.append(here)
        here = parents[here]
    branches = [shown[::-1]] if shown else []
    where = dict.fromkeys(shown, 0)
    for one in nodes:
        key, parent = one.node.key, one.parent
        if key in where:
            continue
        if parent is not None and parent in where and branches[where[parent]][-1] == parent:
            where[key] = where[parent]
            branches[where[key]].append(key)
        else:
            where[key] = len(branches)
            branches.append([key])
    return branches


WRITER = Markdown()
