"""Files of JSON Lines to which lines are only added: under a lock, each by a single write."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from commonweal.errors import InputError
from commonweal.rules.terms import load_json

T = TypeVar("T")


def read_lines(path: str | Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield where each line stands and the object in it; nothing where the file is absent.

    Raises
    ------
    InputError
        If the file can't be read, or a line is no JSON object.
    """
    file = Path(path)
    try:
        raw = file.read_bytes() if file.exists() else b""
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", mend="check the path", where=str(file)) from None
    yield from _objects(raw, str(file))


def _objects(raw: bytes, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(raw.split(b"\n"), 1):
        if line.strip():
            where = f"{name}, line {number}"
            value = load_json(line, where)
            if not isinstance(value, dict):
                raise InputError("no JSON object", mend="mend the line", where=where)
            yield where, value


def convert(value: dict[str, Any], kind: Any, where: str) -> Any:
    """Return a line as what it should be; InputError where it is not."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise InputError(str(error).replace("$.", ""), mend="mend the line", where=where) from None


def append(path: str | Path, make: Callable[[], tuple[T, dict[str, Any]]]) -> T:
    """Add the line that `make` returns beside its own result; it is called under the file's lock.

    A new file is made only for a line that can stand: `make` is called once more before.

    Raises
    ------
    InputError
        If the file can't be written, and what `make` raises: then nothing is written.
    """
    file = Path(path)
    if not file.exists():
        make()
    try:
        handle = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    except OSError as error:
        raise InputError(
            f"can't be written: {error.strerror}", mend="check the path", where=str(file)
        ) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        result, line = make()
        content = msgspec.json.encode(line) + b"\n"
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            content = b"\n" + content  # edited by hand, or the last write was cut off
        os.write(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)
    return result
