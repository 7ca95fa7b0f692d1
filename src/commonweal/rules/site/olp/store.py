"""Where granted tokens are kept: by hash, so that who reads the store can use none."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Protocol

import msgspec

from commonweal.rules.site.olp.grants import Grant


def new_token() -> str:
    """Return a token: 256 random bits, base64url (RFC 6750 section 5.2 asks for no less than unguessable)."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """Return the hash under which a token is kept. The token is random, so one round of SHA-256 is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


class Store(Protocol):
    """Grants by the digest of their token. Every method may be called from any thread."""

    def add(self, key: bytes, grant: Grant) -> None:
        """Keep a new grant."""

    def find(self, key: bytes) -> Grant | None:
        """Return the grant, unless there is none, or it was revoked or spent."""

    def spend(self, key: bytes) -> bool:
        """Use up a grant; True for one caller only, however many try at once."""

    def revoke(self, key: bytes) -> None:
        """End a grant."""

    def purge(self, before: datetime) -> int:
        """Forget grants that expired before a time; return how many."""


class SQLiteStore:
    """A store in one SQLite file, for any number of threads and processes of one machine.

    Parameters
    ----------
    path : str or Path
        Made where absent, readable by its owner only.
    wait : float
        Seconds to wait for another writer.
    """

    def __init__(self, path: str | Path, *, wait: float = 10.0) -> None:
        self.path, self.wait = Path(path), wait
        self.path.touch(mode=0o600)
        with closing(self._open()) as db:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute(
                "CREATE TABLE IF NOT EXISTS grants (key BLOB PRIMARY KEY, said BLOB NOT NULL, expires REAL, "
                "ended INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID"
            )
            db.execute("CREATE INDEX IF NOT EXISTS by_expiry ON grants (expires)")

    def add(self, key: bytes, grant: Grant) -> None:
        """Keep a new grant."""
        expires = None if grant.expires is None else grant.expires.timestamp()
        said = msgspec.json.encode(grant)
        self._write("INSERT INTO grants (key, said, expires) VALUES (?, ?, ?)", key, said, expires)

    def find(self, key: bytes) -> Grant | None:
        """Return the grant, unless there is none, or it was revoked or spent."""
        with closing(self._open()) as db:
            row = db.execute("SELECT said FROM grants WHERE key = ? AND NOT ended", (key,)).fetchone()
        return None if row is None else msgspec.json.decode(row[0], type=Grant)

    def spend(self, key: bytes) -> bool:
        """Use up a grant; True for one caller only: the update is one transaction."""
        return self._write("UPDATE grants SET ended = 1 WHERE key = ? AND NOT ended", key) == 1

    def revoke(self, key: bytes) -> None:
        """End a grant."""
        self._write("UPDATE grants SET ended = 1 WHERE key = ?", key)

    def purge(self, before: datetime) -> int:
        """Forget grants that expired before a time; return how many."""
        return self._write("DELETE FROM grants WHERE expires < ?", before.timestamp())

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=self.wait, isolation_level=None)

    def _write(self, statement: str, *values: object) -> int:
        with closing(self._open()) as db:
            return db.execute(statement, values).rowcount
