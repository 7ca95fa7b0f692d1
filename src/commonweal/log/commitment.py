"""Salted commitments: what stands in a log for a work, and what ties the two together, kept apart from it.

A commitment is HMAC-SHA-256 with a random salt of 32 bytes as its key, over the canonical JSON (RFC 8785) of
what is committed to. Whoever has the salt and the content can show that they belong to it; without the salt a
commitment is 32 bytes that fit any content as well as any other, so that erasing the salt erases the link,
though the log never changes. A commitment to the same content again has another salt, and can't be told to be
of the same.
"""

from __future__ import annotations

import hmac
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commonweal.errors import InputError
from commonweal.sealed import canonical_json

SALT_BYTES = 32
VERSION = 1
AT_ONCE = 500
SCHEMA = """
CREATE TABLE IF NOT EXISTS salt (
    subject BLOB PRIMARY KEY, salt BLOB NOT NULL, commitment BLOB NOT NULL, place INTEGER) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS salt_waiting ON salt (commitment) WHERE place IS NULL;
"""


def commit(value: Any, salt: bytes) -> bytes:
    """Return the commitment to a JSON value under a salt: 32 bytes.

    Raises
    ------
    ValueError
        For what JSON can't say.
    """
    return hmac.digest(salt, canonical_json(value), "sha256")


def opens(commitment: bytes, value: Any, salt: bytes) -> bool:
    """Return whether a value and a salt are those of a commitment."""
    return len(salt) == SALT_BYTES and hmac.compare_digest(commit(value, salt), commitment)


@dataclass(frozen=True)
class Opening:
    """What is kept of a commitment.

    Attributes
    ----------
    subject : bytes
        Of what: a work's id.
    salt, commitment : bytes
    place : int or None
        The entry of the log that holds it; None until it is known to be there.
    """

    subject: bytes
    salt: bytes
    commitment: bytes
    place: int | None


class Salts:
    """Salts, in one SQLite file that only its owner can read.

    Parameters
    ----------
    path : path
        Made where there is none. Never publish it, and mind that copies of it keep what is erased here.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        # The mode is set as the file is made: there is no moment in which others can open it.
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        self.connection = sqlite3.connect(self.path, isolation_level=None, timeout=60)
        try:
            self._open()
        except sqlite3.DatabaseError:
            self.connection.close()
            raise InputError("not a file of salts", mend="restore it from a copy", where=str(path)) from None

    def _open(self) -> None:
        # What is erased is written over with zeros. No write-ahead log, which would keep it for a while.
        self.connection.execute("PRAGMA secure_delete=ON")
        self.connection.execute("PRAGMA journal_mode=DELETE")
        self.connection.execute("PRAGMA synchronous=EXTRA")
        (found,) = self.connection.execute("PRAGMA user_version").fetchone()
        if found not in (0, VERSION):
            self.connection.close()
            raise InputError(
                f"salts of version {found}; this release reads version {VERSION}",
                mend="use the release that wrote them", where=str(self.path),
            )  # fmt: skip
        self.connection.executescript(SCHEMA)
        self.connection.execute(f"PRAGMA user_version={VERSION}")

    def __enter__(self) -> Salts:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def commit(self, values: Iterable[tuple[bytes, Any]]) -> list[bytes]:
        """Draw a salt for each subject and value, keep it, and return the commitments.

        Raises
        ------
        InputError
            If a subject has a commitment already; then none is kept.
        """
        made = []
        for subject, value in values:
            salt = secrets.token_bytes(SALT_BYTES)
            made.append((subject, salt, commit(value, salt)))
        with self._transaction() as db:
            try:
                db.executemany("INSERT INTO salt (subject, salt, commitment) VALUES (?, ?, ?)", made)
            except sqlite3.IntegrityError:
                raise InputError("a work that is committed to already", mend="leave out what is in the log",
                                 where=str(self.path)) from None  # fmt: skip
        return [commitment for _, _, commitment in made]

    def place(self, places: Iterable[tuple[bytes, int]]) -> None:
        """Note where in the log commitments stand."""
        with self._transaction() as db:
            db.executemany(
                "UPDATE salt SET place = ? WHERE commitment = ? AND place IS NULL",
                ((place, commitment) for commitment, place in places),
            )

    def waiting(self) -> set[bytes]:
        """Return commitments of which it is not known whether they came into the log."""
        return {c for (c,) in self.connection.execute("SELECT commitment FROM salt WHERE place IS NULL")}

    def drop_waiting(self) -> int:
        """Erase the salts of commitments that are not in the log; return how many."""
        with self._transaction() as db:
            return db.execute("DELETE FROM salt WHERE place IS NULL").rowcount

    def after(self) -> int:
        """Return the first entry of the log behind all commitments whose place is known."""
        (last,) = self.connection.execute("SELECT max(place) FROM salt").fetchone()
        return 0 if last is None else int(last) + 1

    def get(self, subjects: Sequence[bytes]) -> dict[bytes, Opening]:
        """Return what is kept of subjects; absent are those unknown or erased."""
        found = {}
        for i in range(0, len(subjects), AT_ONCE):
            some = subjects[i : i + AT_ONCE]
            marks = ",".join("?" * len(some))
            rows = self.connection.execute(
                f"SELECT subject, salt, commitment, place FROM salt WHERE subject IN ({marks})", list(some)
            )
            found.update({row[0]: Opening(*row) for row in rows})
        return found

    def erase(self, subjects: Iterable[bytes]) -> int:
        """Erase the salts of subjects, with their commitments and places; return how many there were.

        From then on nobody can tell which entry of the log was theirs, except for those who were given the
        salt.
        """
        with self._transaction() as db:
            before = db.total_changes
            db.executemany("DELETE FROM salt WHERE subject = ?", ((s,) for s in subjects))
            return db.total_changes - before

    def __len__(self) -> int:
        (count,) = self.connection.execute("SELECT count(*) FROM salt").fetchone()
        return int(count)
