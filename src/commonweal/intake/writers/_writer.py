"""What a target of a switch is: one file in `writers/`, found by being there.

A module with a `WRITER` writes an archive's records in the form that another tool imports, and hands out what
can be read back of them. What came through is told by comparing the two, never by the writer.
"""

from __future__ import annotations

import importlib
import pkgutil
import shutil
from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import ClassVar

from commonweal.errors import InputError
from commonweal.intake.archive import Archive
from commonweal.intake.records import Memory, Node, Part
from commonweal.intake.writers._names import Names
from commonweal.intake.writers._source import Source

FILES = "files"
"""Folder of files that messages carry."""


class Writer(ABC):
    """One target.

    Attributes
    ----------
    NAME : str
        As commands have it: "open-webui".
    TITLE : str
        For people.
    NEXT : str
        What is left to do with what was written.
    TAKES : frozenset of str
        Of "thread", "memory", "work", "asset": what it has a place for.
    BY_HAND : mapping of str to str
        Of the same, and the kinds of memories: what is written out, but put in place by hand; and how.
    HIDDEN : bool
        Whether it has a place for messages that the service did not show.
    """

    NAME: str
    TITLE: str
    NEXT: str
    TAKES: frozenset[str]
    BY_HAND: ClassVar[Mapping[str, str]] = {}
    HIDDEN: bool = False

    @abstractmethod
    def write(self, source: Source, out: Path) -> None:
        """Write what an archive holds into an empty folder."""

    def read_back(self, out: Path, scratch: Path) -> Archive | None:
        """Return an archive of the threads and works that were written, by reading them; None of none."""
        return None

    def memories(self, out: Path) -> list[Memory]:
        """Return the memories that were written, by reading them."""
        return []

    def notes(self, out: Path) -> list[str]:
        """Return what a person should know of what was written: sizes against what a target takes."""
        return []


@cache
def writers() -> dict[str, Writer]:
    """Return every writer by name."""
    from commonweal.intake import writers as package

    names = sorted(m.name for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_"))
    modules = [importlib.import_module(f"{package.__name__}.{name}") for name in names]
    found = [module.WRITER for module in modules if hasattr(module, "WRITER")]
    return {writer.NAME: writer for writer in sorted(found, key=lambda w: w.NAME)}


def writer(name: str) -> Writer:
    """Return the writer of a name.

    Raises
    ------
    InputError
        If there is none.
    """
    if name not in writers():
        raise InputError(f"no target called {name!r}", mend=f"one of {', '.join(writers())}")
    return writers()[name]


def says(part: Part) -> bool:
    """Whether a part holds something that can be shown: text, or a file that the archive has."""
    return bool(part.text) or part.asset is not None


def carried(node: Node, hidden: bool) -> list[Part]:
    """Return the parts of a node that can be shown; of a hidden one only if the target has a place for it."""
    return [part for part in node.parts if says(part)] if hidden or not node.hidden else []


def copy_files(source: Source, out: Path, skip: frozenset[str] | set[str] = frozenset()) -> dict[str, str]:
    """Copy the archive's files into a folder of `out`; return their paths in `out` by id."""
    places: dict[str, str] = {}
    names = Names(out / FILES)
    for row in source.assets():
        if row["id"] in skip:
            continue
        name = row["path"].rpartition("/")[2]
        stem, dot, ending = name.rpartition(".")
        place = names.path(stem if dot else name, row["id"], f".{ending}" if dot and ending.isalnum() else "")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source.archive.asset(row["id"]), place)
        places[row["id"]] = f"{FILES}/{place.name}"
    return places
