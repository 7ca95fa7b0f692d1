"""The log: what was asked of whom, when, and when it is due. JSON Lines; nothing personal.

A line is either a request or what became of one. Lines are only ever added, each by a single write, so that
two commands at once lose nothing; a request's number is its place among the requests.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Literal

import msgspec

from commonweal.errors import InputError
from commonweal.intake.rights.kinds import Kind
from commonweal.intake.rights.letter import Letter

NAME = "commonweal-rights.jsonl"
"""Name of the log where none is given; it stands in the folder of the letter."""

Status = Literal["open", "answered", "refused"]


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="asked", tag_field="line"):
    """A request, as the log keeps it.

    Parameters
    ----------
    service : str
        Short name.
    kind : Kind
    asked, due : date
    letter : str
        Its file, from the folder of the log; the bare name where it is elsewhere, for a path may name a
        person.
    """

    service: str
    kind: Kind
    asked: date
    due: date
    letter: str


class Became(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="became", tag_field="line"):
    """What became of a request.

    Parameters
    ----------
    n : int
        Number of the request.
    status : str
    on : date
    """

    n: int
    status: Status
    on: date


class Entry(msgspec.Struct, frozen=True):
    """A request and how it stands.

    Parameters
    ----------
    n : int
        Its number, from 1.
    service, kind, asked, due, letter
        As in `Asked`.
    status : str
        open, answered or refused.
    on : date, optional
        Since when it is no longer open.
    """

    n: int
    service: str
    kind: Kind
    asked: date
    due: date
    letter: str
    status: Status = "open"
    on: date | None = None

    def overdue(self, today: date) -> bool:
        """Return whether the answer should be there and is not."""
        return self.status == "open" and today > self.due


_LINE = msgspec.json.Decoder(Asked | Became)


def read_log(path: str | Path) -> tuple[Entry, ...]:
    """Return the requests of a log, as they stand.

    Raises
    ------
    InputError
        If the file can't be read; the message names the line.
    """
    file = Path(path)
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise InputError(
            f"can't be read: {error.strerror}", mend="give --log FILE; letters begin a log", where=str(file)
        ) from None
    entries: list[Entry] = []
    for number, line in enumerate(raw.splitlines(), 1):
        if line.strip():
            _take(entries, line, f"{file}, line {number}")
    return tuple(entries)


def _take(entries: list[Entry], line: bytes, where: str) -> None:
    try:
        read = _LINE.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(str(error).replace("$.", ""), mend="mend or remove the line", where=where) from None
    if isinstance(read, Asked):
        entries.append(Entry(len(entries) + 1, **msgspec.structs.asdict(read)))
    elif 1 <= read.n <= len(entries):
        on = None if read.status == "open" else read.on
        entries[read.n - 1] = msgspec.structs.replace(entries[read.n - 1], status=read.status, on=on)
    else:
        raise InputError(f"there is no request {read.n} before it", mend="remove the line", where=where)


def append(path: str | Path, letter: Letter, file: str | Path) -> Entry:
    """Add a letter to a log, which begins here where there is none, and return its entry.

    Raises
    ------
    InputError
        If the log can't be read or written.
    """
    log = Path(path)
    kept = Asked(letter.recipient.slug, letter.kind, letter.sent, letter.due, _from(log, Path(file)))
    if log.exists():
        read_log(log)  # a log that can't be read is not written to
    _add(log, kept)
    fields = msgspec.structs.asdict(kept)
    return next(e for e in reversed(read_log(log)) if fields.items() <= msgspec.structs.asdict(e).items())


def mark(path: str | Path, n: int, status: Status, on: date) -> Entry:
    """Note what became of a request, and return its entry.

    Raises
    ------
    InputError
        If there is no such request, or the log can't be read or written.
    """
    log = Path(path)
    count = len(read_log(log))
    if not 1 <= n <= count:
        raise InputError(
            f"there is no request {n}", mend=f"the log has requests 1 to {count}", where=str(log)
        )
    _add(log, Became(n, status, on))
    return read_log(log)[n - 1]


def _from(log: Path, letter: Path) -> str:
    folder = log.resolve().parent
    full = letter.resolve()
    return full.relative_to(folder).as_posix() if full.is_relative_to(folder) else full.name


def _add(log: Path, line: Asked | Became) -> None:
    content = msgspec.json.encode(line) + b"\n"
    try:
        if log.exists() and log.stat().st_size and not log.read_bytes().endswith(b"\n"):
            content = b"\n" + content  # edited by hand
        handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, content)
        finally:
            os.close(handle)
    except OSError as error:
        raise InputError(
            f"can't be written: {error.strerror}", mend="check the path", where=str(log)
        ) from None
