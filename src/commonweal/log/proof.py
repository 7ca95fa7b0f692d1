"""Proofs in a file (c2sp.org/tlog-proof): an entry's place, its path to the root, and the checkpoint.

Whoever holds one checks it offline with the log's key. A proof of consistency has no format of C2SP on its
own; it is written as the request that asks a witness to sign (c2sp.org/tlog-witness): the old size, the path,
the checkpoint.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from commonweal.errors import InputError
from commonweal.log import merkle
from commonweal.log.checkpoint import Checkpoint, number
from commonweal.log.note import ED25519, Note, Verifier, decode, encode

HEAD = "c2sp.org/tlog-proof@v1"
MOST_STEPS = 63


@dataclass(frozen=True)
class Inclusion:
    """An entry is in a log.

    Attributes
    ----------
    index : int
        Its place.
    path : tuple of bytes
    note : Note
        The signed checkpoint.
    extra : bytes
        Here the entry itself. It is what the proof is checked against, so nothing has to be believed of it.
    """

    index: int
    path: tuple[bytes, ...]
    note: Note
    extra: bytes = b""

    def __bytes__(self) -> bytes:
        extra = [f"extra {encode(self.extra)}"] if self.extra else []
        lines = [HEAD, *extra, f"index {self.index}", *map(encode, self.path)]
        return ("\n".join(lines) + "\n\n").encode() + bytes(self.note)

    @classmethod
    def parse(cls, raw: bytes, where: str | None = None) -> Inclusion:
        """Return the proof in bytes.

        Raises
        ------
        InputError
            If it is none.
        """
        lines, note = _parts(raw, where)
        if lines[0] != HEAD:
            raise InputError("not a proof of inclusion", mend=f"its first line is {HEAD}", where=where)
        extra = b""
        if len(lines) > 1 and lines[1].startswith("extra "):
            extra = decode(lines.pop(1).removeprefix("extra "), "the entry")
        if len(lines) < 2 or not lines[1].startswith("index "):
            raise InputError("a proof without index", mend="fetch it again, whole", where=where)
        return cls(number(lines[1].removeprefix("index "), where), _path(lines[2:], where), note, extra)

    def problems(self, entry: bytes, known: Iterable[Verifier]) -> list[str]:
        """Return what is wrong with the proof, for an entry and known keys; nothing if it holds."""
        checkpoint = Checkpoint.of(self.note)
        wrong = _unsigned(self.note, known)
        leaf = merkle.leaf_hash(entry)
        if not merkle.verify_inclusion(leaf, self.index, checkpoint.size, self.path, checkpoint.root):
            wrong.append(f"the entry is not at place {self.index} of the log's {checkpoint.size}")
        return wrong


@dataclass(frozen=True)
class Consistency:
    """A log's checkpoint continues an earlier one.

    Attributes
    ----------
    old : int
        Entries then.
    path : tuple of bytes
    note : Note
        The later checkpoint, signed.
    """

    old: int
    path: tuple[bytes, ...]
    note: Note

    def __bytes__(self) -> bytes:
        lines = [f"old {self.old}", *map(encode, self.path)]
        return ("\n".join(lines) + "\n\n").encode() + bytes(self.note)

    @classmethod
    def parse(cls, raw: bytes, where: str | None = None) -> Consistency:
        """Return the proof in bytes.

        Raises
        ------
        InputError
            If it is none.
        """
        lines, note = _parts(raw, where)
        if not lines[0].startswith("old "):
            raise InputError(
                "not a proof of consistency", mend='its first line is "old" and a size', where=where
            )
        return cls(number(lines[0].removeprefix("old "), where), _path(lines[1:], where), note)

    def problems(self, earlier: Note, known: Iterable[Verifier]) -> list[str]:
        """Return what is wrong with the proof, from an earlier checkpoint on; nothing if it holds."""
        keys = list(known)
        before, after = Checkpoint.of(earlier), Checkpoint.of(self.note)
        wrong = [f"then: {problem}" for problem in _unsigned(earlier, keys)]
        wrong += [f"now: {problem}" for problem in _unsigned(self.note, keys)]
        if before.origin != after.origin:
            wrong.append("they are of different logs")
        if before.size != self.old:
            wrong.append(f"the proof is from {self.old} entries on; the earlier checkpoint has {before.size}")
        elif not merkle.verify_consistency(self.old, after.size, before.root, after.root, self.path):
            wrong.append(f"the log of {after.size} entries does not continue that of {before.size}")
        return wrong


def _unsigned(note: Note, known: Iterable[Verifier]) -> list[str]:
    """Return what is wrong with a checkpoint's signatures; the log has to have signed, as its origin."""
    signed, wrong = note.verify(known)
    origin = Checkpoint.of(note).origin
    if not wrong and not any(s.kind == ED25519 and s.name == origin for s in signed):
        wrong.append("witnesses have signed it, the log has not")
    return wrong


def _parts(raw: bytes, where: str | None) -> tuple[list[str], Note]:
    head, gap, rest = raw.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        gap = b""
    if not gap:
        raise InputError("not a proof", mend="fetch it again, whole", where=where)
    note = Note.parse(rest, where)
    Checkpoint.of(note, where)
    return lines, note


def _path(lines: list[str], where: str | None) -> tuple[bytes, ...]:
    path = tuple(decode(line, "a step of the proof") for line in lines)
    if len(path) > MOST_STEPS or any(len(step) != merkle.HASH_BYTES for step in path):
        raise InputError("a path that no tree has", mend="fetch the proof again, whole", where=where)
    return path
