"""A public sketch: how many hold this? Answered on the asker's own machine, and silent on what few hold.

The file holds, for each run of 5 words that at least k owners hold, a hash of it and how many hold it. Its
key stands in the file, so anybody can test any guess against it: for what k and more hold the file is as
good as public. Of what fewer than k hold nothing is in it. Two sketches of one pool at different times tell
what passed k between them, and by how much each count grew: whoever knows who joined in between can draw
their conclusions.

An index can't be turned into a sketch: its hashes stand under a key that must stay secret. A sketch is made
from the works, by whoever holds them.

Layout (version 1): a line of JSON (`format`, `version`, `key`, `k`, `owners`, `works`, `shingles`, `sha256`
of what follows), padded with spaces to a multiple of 64 bytes; then the hashes, uint64 and sorted; then the
counts, uint32.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from commonweal.errors import InputError, MissingExtraError
from commonweal.registry.letters import codes, tables
from commonweal.registry.reading import Row
from commonweal.registry.texts import KEY_BYTES, Key

FORMAT, VERSION = "commonweal-public-sketch", 1
LEAST, USUAL = 2, 10
HEAD = 4_096
PARTS = 64
HELD = 1 << 20
"""Pairs of shingle and owner in memory before they go to disk."""
PAIR = np.dtype([("mark", "<u8"), ("owner", "<u4")])


def marks(text: str, key: Key) -> Any:
    """Return the hashes of a text's runs of 5 words, in order: uint64[words - 4]; none for fewer words."""
    try:
        from commonweal.registry import kernels
    except ImportError:
        raise MissingExtraError("numba", "registry", "a public sketch") from None
    points, _ = codes(text)
    kinds, folded = tables()
    hashes = np.empty(len(points) + 1, np.uint64)
    starts, ends = np.empty(len(points) + 1, np.int32), np.empty(len(points) + 1, np.int32)
    count = kernels.words(points, kinds, folded, key.words, hashes, starts, ends)
    if count < kernels.SHINGLE:
        return np.empty(0, np.uint64)
    out = np.empty(count, np.uint64)
    return out[: kernels.shingles(hashes, count, key.words, out)].copy()


def publish(rows: Iterable[Row], path: str | Path, *, k: int = USUAL) -> Sketch:
    """Write the sketch of works, without what fewer than k owners hold.

    Parameters
    ----------
    rows : iterable of Row
        With owners. A work of several owners counts for the first of them alone: so a text that ten people
        wrote together and nobody else holds is held once, not ten times. Counts are therefore never too
        high.
    path : path
    k : int
        Owners from which on a run of 5 words may be told of.

    Raises
    ------
    InputError
        For k below 2.
    """
    if k < LEAST:
        raise InputError(
            f"a threshold of {k}", mend="2 at least, better 10: fewer owners are too easily told"
        )
    key = Key(secrets.token_bytes(KEY_BYTES))
    with tempfile.TemporaryDirectory(prefix="commonweal-") as folder:
        parts = _Parts(Path(folder))
        owners: dict[str, int] = {}
        works = 0
        for row in rows:
            parts.add(np.unique(marks(row.text, key)), owners.setdefault(row.owners[0], len(owners)))
            works += 1
        kept = [part.counted(k) for part in parts.all()]
    found = np.concatenate([m for m, _ in kept])
    counts = np.concatenate([c for _, c in kept])
    _write(Path(path), key, k, len(owners), works, found.astype("<u8"), counts.astype("<u4"))
    return Sketch(path)


class _Parts:
    """Pairs of shingle and owner, on disk by the leading bits of the shingle."""

    def __init__(self, folder: Path) -> None:
        self.parts = [_Part(folder / f"{n:02}") for n in range(PARTS)]
        self.waiting: list[Any] = []
        self.size = 0

    def add(self, found: Any, owner: int) -> None:
        pairs = np.empty(len(found), PAIR)
        pairs["mark"], pairs["owner"] = found, owner
        self.waiting.append(pairs)
        self.size += len(pairs)
        if self.size >= HELD:
            self.flush()

    def flush(self) -> None:
        pairs = np.concatenate([np.empty(0, PAIR), *self.waiting])
        heads = (pairs["mark"] >> np.uint64(64 - PARTS.bit_length() + 1)).astype(np.uint8)
        order = np.argsort(heads, kind="stable")
        pairs, edges = pairs[order], np.searchsorted(heads[order], np.arange(PARTS + 1))
        for part, first, end in zip(self.parts, edges[:-1], edges[1:], strict=True):
            part.write(pairs[first:end])
        self.waiting, self.size = [], 0

    def all(self) -> list[_Part]:
        self.flush()
        return self.parts


@dataclass
class _Part:
    path: Path

    def write(self, pairs: Any) -> None:
        with self.path.open("ab") as out:
            out.write(pairs.tobytes())

    def counted(self, k: int) -> tuple[Any, Any]:
        """Return the shingles that k owners hold, sorted, and how many hold each."""
        pairs = np.fromfile(self.path, PAIR)
        found, owners = pairs["mark"].copy(), pairs["owner"].copy()
        order = np.lexsort((owners, found))
        found, owners = found[order], owners[order]
        fresh = np.ones(len(found), dtype=bool)  # one for each owner, however often they said it
        fresh[1:] = (found[1:] != found[:-1]) | (owners[1:] != owners[:-1])
        found, counts = np.unique(found[fresh], return_counts=True)
        return found[counts >= k], counts[counts >= k]


def _write(path: Path, key: Key, k: int, owners: int, works: int, found: Any, counts: Any) -> None:
    body = found.tobytes() + counts.tobytes()
    about = {
        "format": FORMAT, "version": VERSION, "key": key.data.hex(), "k": k, "owners": owners, "works": works,
        "shingles": len(found), }  # fmt: skip
    line = json.dumps(about | {"sha256": _seal(about, [body])}).encode()
    draft = path.with_name(f".{path.name}.tmp")
    draft.write_bytes(line + b" " * (-(len(line) + 1) % 64) + b"\n" + body)
    draft.replace(path)


def _seal(about: dict[str, Any], pieces: Iterable[bytes]) -> str:
    """Return the SHA-256 of what a sketch says of itself and of what follows."""
    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


@dataclass(frozen=True)
class HowMany:
    """How many hold a text, as far as a sketch tells.

    Attributes
    ----------
    k, owners : int
        Of the sketch: what fewer than k hold is not in it; owners whose works went into it.
    shingles : int
        Different runs of 5 words of the text; 0 where it has fewer words.
    held : int
        Of them, those that k or more hold.
    most : int
        Owners that can hold the whole text, at most: the count of its rarest run; k - 1 where one is not in
        the sketch.
    median : int or None
        Owners that hold a run, of those that are held: half of them by as many or more.
    """

    k: int
    owners: int
    shingles: int
    held: int
    most: int
    median: int | None

    @property
    def share(self) -> float:
        """Share of the text's runs that k or more hold."""
        return self.held / self.shingles if self.shingles else 0.0

    def to_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "k": self.k, "owners": self.owners, "shingles": self.shingles, "held": self.held,
            "share": self.share, "whole_at_most": self.most, "median": self.median,
        }  # fmt: skip


class Sketch:
    """A public sketch, memory-mapped.

    Parameters
    ----------
    path : path

    Raises
    ------
    InputError
        If it is no sketch, of another version, or damaged.
    """

    def __init__(self, path: str | Path) -> None:
        where = str(path)
        try:
            with Path(path).open("rb") as stream:
                line = stream.readline(HEAD)
                about = self._about(line, where)
                pieces = iter(lambda: stream.read(1 << 20), b"")
                if about.pop("sha256", None) != _seal(about, pieces):
                    raise InputError("damaged, or cut off", where=where, mend="fetch it again")
        except OSError as error:
            raise InputError(
                f"can't be read ({error.strerror})", where=where, mend="check the path"
            ) from None
        self.k: int = about["k"]
        self.owners: int = about["owners"]
        self.works: int = about["works"]
        self.key = Key(bytes.fromhex(about["key"]))
        n = about["shingles"]
        self.marks, self.counts = np.empty(0, np.uint64), np.empty(0, np.uint32)
        if n:
            self.marks = np.memmap(path, "<u8", "r", len(line), (n,))
            self.counts = np.memmap(path, "<u4", "r", len(line) + 8 * n, (n,))

    @staticmethod
    def _about(line: bytes, where: str) -> dict[str, Any]:
        try:
            about: dict[str, Any] = json.loads(line)
            known = about["format"] == FORMAT
        except (ValueError, KeyError, TypeError):
            known = False
        if not known:
            raise InputError(
                "no public sketch", where=where, mend="commonweal registry public-sketch makes one"
            )
        if about["version"] != VERSION:
            raise InputError(
                f"a sketch of version {about['version']}; this release reads version {VERSION}",
                where=where,
                mend="use the release that wrote it, or ask for a new one",
            )
        return about

    def how_many(self, text: str) -> HowMany:
        """Return how many hold a text, as far as the sketch tells."""
        asked = np.unique(marks(text, self.key))
        at = np.searchsorted(self.marks, asked)
        inside = at < len(self.marks)
        inside[inside] = self.marks[at[inside]] == asked[inside]
        counts = np.sort(self.counts[at[inside]])
        whole = len(counts) == len(asked) and len(asked) > 0
        return HowMany(
            self.k,
            self.owners,
            len(asked),
            len(counts),
            int(counts[0]) if whole else self.k - 1,
            int(counts[len(counts) // 2]) if len(counts) else None,
        )
