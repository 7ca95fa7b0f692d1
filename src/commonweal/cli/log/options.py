"""What the commands of `commonweal log` read: keys, files, JSON Lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commonweal.errors import InputError

if TYPE_CHECKING:
    from commonweal.log.note import Note, Verifier
    from commonweal.sealed import PrivateKey


def private(path: Path | None, password: bool) -> PrivateKey | None:
    """Return the private key in a file, if one is given; asks for its password where that is wanted."""
    from commonweal.sealed import PrivateKey

    if path is None:
        return None
    return PrivateKey.load(path, click.prompt("Password", hide_input=True, err=True) if password else None)


def verifiers(texts: Iterable[str]) -> list[Verifier]:
    """Return keys to check with, from their text or from files that hold it."""
    from commonweal.log.note import Verifier

    return [Verifier.parse(content(Path(t)).decode().strip() if Path(t).is_file() else t) for t in texts]


def content(path: Path) -> bytes:
    """Return a file's bytes.

    Raises
    ------
    InputError
        If it can't be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", mend="check the path", where=str(path)) from None


def put(path: Path, written: bytes) -> None:
    """Write a file.

    Raises
    ------
    InputError
        If it can't be written.
    """
    try:
        path.write_bytes(written)
    except OSError as error:
        raise InputError(
            f"can't be written: {error.strerror}", mend="check the path", where=str(path)
        ) from None


def lines(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield the values in JSON Lines, each with where it stands; `-` is standard input.

    Raises
    ------
    InputError
        If the file can't be read, or a line is no JSON.
    """
    if str(path) == "-":
        yield from _values("standard input", sys.stdin.buffer)
        return
    try:
        with path.open("rb") as file:
            yield from _values(str(path), file)
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", mend="check the path", where=str(path)) from None


def _values(name: str, file: Iterable[bytes]) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(file, 1):
        if line.strip():
            where = f"{name}, line {number}"
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                raise InputError("not JSON", mend="write one value on each line", where=where) from None
            yield where, value


def about(note: Note) -> dict[str, Any]:
    """Return a checkpoint as JSON."""
    from commonweal.log.checkpoint import Checkpoint

    found = Checkpoint.of(note)
    return {"origin": found.origin, "size": found.size, "root": found.root.hex()}
