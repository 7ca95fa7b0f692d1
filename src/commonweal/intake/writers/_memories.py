"""Memories and instructions as plain text, in the form that assistants take by pasting; and read back from
it.

`memory.txt` has a line for each memory, `[date] - text`: the form that Claude's import asks other assistants
for (support.claude.com, article 12123587); Gemini's takes any pasted summary, and ChatGPT's is told in a
chat. `instructions.txt` has what goes into fields for custom instructions, entries parted by lines of `---`.
Documents of projects go into a file each.
"""

from __future__ import annotations

import re
from pathlib import Path

from commonweal.intake.records import Memory
from commonweal.intake.times import time
from commonweal.intake.writers._chat import iso
from commonweal.intake.writers._names import Names

FACTS, INSTRUCTIONS, DOCS = "memory.txt", "instructions.txt", "projects"
FIELD = 1_500
"""Characters that a field of ChatGPT's custom instructions takes."""

LINE = re.compile(r"\[(unknown|\d{4}-\d\d-\d\d)\] - (?:\(for (.+?)\) )?(.*)")
BREAK = "\n---\n"
ACCOUNT = "account"


def write(memories: list[Memory], out: Path) -> None:
    """Write memories by kind; files for kinds that there are none of are left out."""
    facts = [m for m in memories if m.kind not in ("instruction", "project_doc")]
    told = [_entry(m) for m in memories if m.kind == "instruction"]
    if facts:
        (out / FACTS).write_text("".join(f"{_line(m)}\n" for m in facts), encoding="utf-8", newline="")
    if told:
        (out / INSTRUCTIONS).write_text(BREAK.join(told), encoding="utf-8", newline="")
    names = Names(out / DOCS)
    for number, memory in enumerate(m for m in memories if m.kind == "project_doc"):
        place = names.path(memory.scope, f"{number:04d}", ".md")
        place.parent.mkdir(exist_ok=True)
        place.write_text(f"# {_one_line(memory.scope)}\n\n{memory.text}", encoding="utf-8", newline="")


def read(out: Path) -> list[Memory]:
    """Return the memories of what `write` wrote."""
    found = [_memory(line) for line in _text(out / FACTS).split("\n") if line]
    found += [_instruction(entry) for entry in _text(out / INSTRUCTIONS).split(BREAK) if entry]
    for place in sorted((out / DOCS).glob("*.md")):
        head, _, text = _text(place).partition("\n\n")
        found.append(Memory(head.removeprefix("# "), "project_doc", text))
    return found


def notes(out: Path) -> list[str]:
    """Return the sizes, against those that targets take where they tell."""
    sizes = {name: len(_text(out / name)) for name in (FACTS, INSTRUCTIONS)}
    found = [f"{name} has {size:,} characters" for name, size in sizes.items() if size]
    if sizes[INSTRUCTIONS] > FIELD:
        found.append(
            f"a field of ChatGPT's custom instructions takes {FIELD:,} characters: shorten {INSTRUCTIONS}"
        )
    return found


def _text(place: Path) -> str:
    return place.read_bytes().decode() if place.is_file() else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _entry(memory: Memory) -> str:
    return memory.text if memory.scope == ACCOUNT else f"For {_one_line(memory.scope)}:\n{memory.text}"


def _instruction(entry: str) -> Memory:
    scope = re.match(r"For (.+):\n", entry)
    return (
        Memory(scope[1], "instruction", entry[scope.end() :])
        if scope
        else Memory(ACCOUNT, "instruction", entry)
    )


def _line(memory: Memory) -> str:
    day = (iso(memory.created) or "unknown")[:10].rpartition("T")[2] if memory.created else "unknown"
    scope = "" if memory.scope == ACCOUNT else f"(for {_one_line(memory.scope)}) "
    return f"[{day}] - {scope}{_one_line(memory.text)}"


def _memory(line: str) -> Memory:
    found = LINE.fullmatch(line)
    if found is None:
        return Memory(ACCOUNT, "fact", line)
    return Memory(found[2] or ACCOUNT, "fact", found[3], time(found[1]))
