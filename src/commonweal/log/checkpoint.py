"""Checkpoints (c2sp.org/tlog-checkpoint): what a log says it holds, in three lines that it signs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from commonweal.errors import InputError
from commonweal.log.merkle import HASH_BYTES
from commonweal.log.note import Note, decode, encode

DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True)
class Checkpoint:
    """The head of a log's tree.

    Attributes
    ----------
    origin : str
        Which log: an address without scheme, such as `example.org/log`.
    size : int
        Entries.
    root : bytes
        Root of the tree over them, 32 bytes.
    more : tuple of str
        Further lines, which nobody audits; this package writes none.
    """

    origin: str
    size: int
    root: bytes
    more: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text that is signed."""
        return "\n".join((self.origin, str(self.size), encode(self.root), *self.more)) + "\n"

    @classmethod
    def parse(cls, text: str, where: str | None = None) -> Checkpoint:
        """Return the checkpoint in a note's text.

        Raises
        ------
        InputError
            If it is none.
        """
        lines = text.removesuffix("\n").split("\n")
        if len(lines) < 3 or not all(lines) or not text.endswith("\n"):
            raise InputError(
                "not a checkpoint", mend="it has lines for origin, size and root hash", where=where
            )
        root = decode(lines[2], "a root hash")
        if len(root) != HASH_BYTES:
            raise InputError("a root hash of another length", mend="SHA-256 has 32 bytes", where=where)
        return cls(lines[0], number(lines[1], where), root, tuple(lines[3:]))

    @classmethod
    def of(cls, note: Note, where: str | None = None) -> Checkpoint:
        """Return the checkpoint in a note.

        Raises
        ------
        InputError
            If there is none.
        """
        return cls.parse(note.text, where)


def number(text: str, where: str | None = None) -> int:
    """Return a number in decimals without leading zeros.

    Raises
    ------
    InputError
        If it is none.
    """
    if not DECIMAL.fullmatch(text):
        raise InputError("not a number", mend="write digits, without leading zeros", where=where)
    return int(text)
