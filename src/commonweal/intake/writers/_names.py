"""File names from titles, whatever these hold: safe on every system and in Obsidian, and no name twice."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

NOT_IN_NAMES = re.compile(
    r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*#^\[\]%\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff0-\uffff]'
)
"""What Windows forbids, what means something in Obsidian's links, and letters that are not seen."""

RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
LONGEST = 100
"""Bytes of a name before its id: with that and an ending it stays below what any file system takes."""
ID = 12


class Names:
    """Paths in one folder.

    Parameters
    ----------
    folder : path
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, title: str, key: str, ending: str = "") -> Path:
        """Return a path for something of a title: with the beginning of its id, so that equal titles are two
        files.

        Parameters
        ----------
        title : str
            Anything.
        key : str
            Hexadecimal id.
        ending : str
            With its dot.
        """
        place = self.folder / f"{safe(title)} ({key[:ID]}){ending[:16]}"
        return self.folder / f"{safe(title)} ({key}){ending[:16]}" if place.exists() else place


def safe(title: str) -> str:
    """Return a title as part of a file's name.

    Examples
    --------
    >>> safe("../../etc/passwd: a tale?")
    'etc passwd a tale'
    >>> safe("con"), safe("")
    ('_con', 'untitled')
    """
    name = unicodedata.normalize("NFC", NOT_IN_NAMES.sub(" ", title))
    name = " ".join(name.split()).strip(". ")
    while len(name.encode()) > LONGEST:
        name = name[: max(len(name) * LONGEST // len(name.encode()), 1)] if len(name) > LONGEST else name[:-1]
    name = name.strip(". ") or "untitled"
    return f"_{name}" if RESERVED.fullmatch(name.partition(".")[0]) else name
