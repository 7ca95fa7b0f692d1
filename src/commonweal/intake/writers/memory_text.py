"""Memories and custom instructions as text to paste into another assistant."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from commonweal.intake.records import Memory
from commonweal.intake.writers import _memories
from commonweal.intake.writers._source import Source
from commonweal.intake.writers._writer import Writer


class MemoryText(Writer):
    """Text for Claude's, Gemini's and ChatGPT's memory."""

    NAME = "memory-text"
    TITLE = "Memory as text (Claude, Gemini, ChatGPT)"
    NEXT = (
        "Paste memory.txt: in Claude under Settings, Capabilities, Memory, Start import; in Gemini under "
        "Settings, Import memory to Gemini; in ChatGPT into a chat, with the request to remember it. Put "
        "instructions.txt into the field for custom instructions."
    )
    TAKES = frozenset({"memory"})
    BY_HAND: ClassVar[Mapping[str, str]] = {"project_doc": "add the file from projects/ to a project"}

    def write(self, source: Source, out: Path) -> None:
        """Write memory.txt, instructions.txt, and a file for each document of a project."""
        _memories.write(source.memories(), out)

    def memories(self, out: Path) -> list[Memory]:
        """Return what the files hold."""
        return _memories.read(out)

    def notes(self, out: Path) -> list[str]:
        """Return the sizes."""
        return _memories.notes(out)


WRITER = MemoryText()
