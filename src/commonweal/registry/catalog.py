"""Whose a work is, and whether it may still be found: the one place that knows, behind a small interface.

Segments hold random ids alone. A platform may bring its own catalog; this one is SQLite, in the index's
folder.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from commonweal.errors import InputError


@dataclass(frozen=True)
class Entry:
    """What a catalog knows of a work.

    Attributes
    ----------
    work : bytes
        Random id, 16 bytes.
    owner : str
    key : str
        What its owner calls it: an address, a file, a row.
    consent : str
        Version of the consent that it was registered under.
    withdrawn : bool
    """

    work: bytes
    owner: str
    key: str
    consent: str = ""
    withdrawn: bool = False


class Catalog(Protocol):
    """What an index needs to know from whoever keeps ownership and consent.

    Every method that writes is one transaction: done whole, or not at all.
    """

    def commit(self, segment: str, entries: Sequence[Entry]) -> None:
        """Record a segment and its works; from now on they can be found."""

    def segments(self) -> list[str]:
        """Return the names of segments in force, in the order of their commits."""

    def get(self, works: Iterable[bytes]) -> dict[bytes, Entry]:
        """Return what is known of works; unknown ids are absent."""

    def withdraw(self, *, owner: str | None = None, works: Iterable[bytes] = ()) -> int:
        """Withdraw an owner's works, or these; return how many there were."""

    def withdrawn(self, segment: str) -> set[bytes]:
        """Return the works of a segment that were withdrawn."""

    def replace(self, old: Sequence[str], new: str | None, entries: Sequence[bytes]) -> None:
        """Put one segment in the place of several; works of theirs that it does not hold are forgotten."""

    def works(self, owner: str | None = None) -> Iterator[Entry]:
        """Yield works, of one owner or of all, withdrawn ones too."""

    def owners(self) -> dict[str, int]:
        """Return the works in force by owner."""

    def close(self) -> None:
        """Let go of it."""


SCHEMA = """
CREATE TABLE IF NOT EXISTS segment (name TEXT PRIMARY KEY, place INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS work (
    id BLOB PRIMARY KEY, segment TEXT NOT NULL, owner TEXT NOT NULL, key TEXT NOT NULL,
    consent TEXT NOT NULL, withdrawn INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS work_owner ON work (owner);
CREATE INDEX IF NOT EXISTS work_gone ON work (segment) WHERE withdrawn;
"""
AT_ONCE = 500


def _entry(row: tuple[bytes, str, str, str, int]) -> Entry:
    work, owner, key, consent, withdrawn = row
    return Entry(work, owner, key, consent, bool(withdrawn))


class SQLiteCatalog:
    """A catalog in one SQLite file; readers don't wait for the writer.

    Parameters
    ----------
    path : Path

    Raises
    ------
    InputError
        If it is no such catalog.
    """

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None, timeout=60)
        try:
            self._prepare()
        except sqlite3.DatabaseError as error:
            self.connection.close()
            raise InputError(
                f"no catalog can be read: {error}", where=str(path), mend="restore the index from a copy"
            ) from None

    def _prepare(self) -> None:
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=FULL")
        self.connection.execute("PRAGMA secure_delete=ON")  # what is forgotten is overwritten
        self.connection.executescript(SCHEMA)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def commit(self, segment: str, entries: Sequence[Entry]) -> None:
        """Record a segment and its works."""
        with self._transaction() as db:
            db.execute("INSERT INTO segment SELECT ?, 1 + coalesce(max(place), 0) FROM segment", (segment,))
            db.executemany(
                "INSERT INTO work (id, segment, owner, key, consent) VALUES (?, ?, ?, ?, ?)",
                ((e.work, segment, e.owner, e.key, e.consent) for e in entries),
            )

    def segments(self) -> list[str]:
        """Return the names of segments in force."""
        return [name for (name,) in self.connection.execute("SELECT name FROM segment ORDER BY place")]

    def get(self, works: Iterable[bytes]) -> dict[bytes, Entry]:
        """Return what is known of works."""
        wanted, found = list(works), {}
        for i in range(0, len(wanted), AT_ONCE):
            some = wanted[i : i + AT_ONCE]
            marks = ",".join("?" * len(some))
            rows = self.connection.execute(
                f"SELECT id, owner, key, consent, withdrawn FROM work WHERE id IN ({marks})", some
            )
            found.update({entry.work: entry for entry in map(_entry, rows)})
        return found

    def withdraw(self, *, owner: str | None = None, works: Iterable[bytes] = ()) -> int:
        """Withdraw an owner's works, or these."""
        with self._transaction() as db:
            if owner is not None:
                return db.execute(
                    "UPDATE work SET withdrawn = 1 WHERE owner = ? AND NOT withdrawn", (owner,)
                ).rowcount
            before = db.total_changes
            db.executemany(
                "UPDATE work SET withdrawn = 1 WHERE id = ? AND NOT withdrawn", ((w,) for w in works)
            )
            return db.total_changes - before

    def withdrawn(self, segment: str) -> set[bytes]:
        """Return the works of a segment that were withdrawn."""
        rows = self.connection.execute("SELECT id FROM work WHERE segment = ? AND withdrawn", (segment,))
        return {work for (work,) in rows}

    def replace(self, old: Sequence[str], new: str | None, entries: Sequence[bytes]) -> None:
        """Put one segment in the place of several."""
        marks = ",".join("?" * len(old))
        with self._transaction() as db:
            (place,) = db.execute(f"SELECT min(place) FROM segment WHERE name IN ({marks})", old).fetchone()
            db.execute(f"DELETE FROM segment WHERE name IN ({marks})", old)
            if new is not None:
                db.execute("INSERT INTO segment VALUES (?, ?)", (new, place))
                db.executemany("UPDATE work SET segment = ? WHERE id = ?", ((new, w) for w in entries))
            db.execute(f"DELETE FROM work WHERE segment IN ({marks})", old)
        self.settle()

    def settle(self) -> None:
        """Bring the journal into the file and cut it, so that it forgets too; waits for readers a while."""
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def works(self, owner: str | None = None) -> Iterator[Entry]:
        """Yield works, withdrawn ones too."""
        where, values = ("WHERE owner = ?", (owner,)) if owner is not None else ("", ())
        rows = self.connection.execute(f"SELECT id, owner, key, consent, withdrawn FROM work {where}", values)
        yield from map(_entry, rows)

    def owners(self) -> dict[str, int]:
        """Return the works in force by owner."""
        query = "SELECT owner, count(*) FROM work WHERE NOT withdrawn GROUP BY owner ORDER BY owner"
        return dict(self.connection.execute(query).fetchall())

    def close(self) -> None:
        """Close the file."""
        self.connection.close()
