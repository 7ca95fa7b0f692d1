"""Memories and custom instructions as AGENTS.md and CLAUDE.md, which coding agents read at their start."""

from __future__ import annotations

import re
from pathlib import Path

from commonweal.intake.records import Memory
from commonweal.intake.writers._source import Source
from commonweal.intake.writers._writer import Writer

NAMES = ("AGENTS.md", "CLAUDE.md")
HEADINGS = {"instruction": "Instructions", "fact": "What to know", "project_doc": "Documents"}
ACCOUNT = "account"
HEADING = re.compile(r"## (.+?)(?: \(for (.+)\))?")
LARGE = 32 << 10
"""Bytes that Codex reads of all AGENTS.md together, unless told otherwise (`project_doc_max_bytes`)."""


class AgentsMd(Writer):
    """AGENTS.md, and the same as CLAUDE.md."""

    NAME = "agents-md"
    TITLE = "AGENTS.md and CLAUDE.md"
    NEXT = (
        "Put AGENTS.md or CLAUDE.md into the root of a project, or CLAUDE.md into ~/.claude/ for all "
        "projects. Take out what a project's readers should not know of you."
    )
    TAKES = frozenset({"memory"})

    def write(self, source: Source, out: Path) -> None:
        """Write both files, with a section for each kind of memory and each project."""
        sections: dict[tuple[str, str], list[str]] = {}
        for memory in source.memories():
            kind = memory.kind if memory.kind in HEADINGS else "fact"
            sections.setdefault((" ".join(memory.scope.split()), kind), []).append(memory.text)
        order = sorted(sections, key=lambda key: (key[0] != ACCOUNT, key[0], list(HEADINGS).index(key[1])))
        text = "# Notes for agents\n"
        for scope, kind in order:
            text += f"\n## {HEADINGS[kind]}{'' if scope == ACCOUNT else f' (for {scope})'}\n\n"
            text += "".join(_bullet(entry) for entry in sections[scope, kind])
        for name in NAMES:
            (out / name).write_text(text, encoding="utf-8", newline="")

    def memories(self, out: Path) -> list[Memory]:
        """Return what both files hold."""
        texts = [(out / name).read_bytes().decode() for name in NAMES]
        return _entries(texts[0]) if texts[0] == texts[1] else []

    def notes(self, out: Path) -> list[str]:
        """Return the size, and whether it is more than agents read."""
        size = (out / NAMES[0]).stat().st_size
        found = [f"AGENTS.md has {size:,} bytes"]
        return (
            [*found, f"Codex reads the first {LARGE:,} of all such files, unless told otherwise"]
            if size > LARGE
            else found
        )


def _bullet(text: str) -> str:
    """Return an entry of a list, further lines indented, so that nothing in it is a heading of ours."""
    return "- " + text.replace("\n", "\n  ") + "\n"


def _entries(text: str) -> list[Memory]:
    """Read the lists back."""
    kinds = {title: kind for kind, title in HEADINGS.items()}
    found: list[Memory] = []
    scope, kind = ACCOUNT, "fact"
    for line in text.removesuffix("\n").split("\n")[1:]:
        if line.startswith("- "):
            found.append(Memory(scope, kind, line[2:]))
        elif line.startswith("  ") and found:
            found[-1].text += "\n" + line[2:]
        elif heading := HEADING.fullmatch(line):
            kind, scope = kinds.get(heading[1], "fact"), heading[2] or ACCOUNT
    return found


WRITER = AgentsMd()
