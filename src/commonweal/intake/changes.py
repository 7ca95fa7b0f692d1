"""Changes to an archive that come whole or not at all, even if the process is killed.

Files that are to come are gathered in a folder of their own. Renaming it is the moment at which they count:
an import that ends before leaves the archive as it was; one that ends after is finished by whoever opens the
archive next. Moving a file into place twice is moving it once, so finishing may itself be interrupted.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from commonweal.errors import InputError

MARK = "archive.json"
READY, GONE = ".commit", "gone.json"
STAGING = ".staging-"


class Changes:
    """New, rewritten and dropped files of an archive's relations.

    Parameters
    ----------
    archive : path
    staging : path
        A folder in the archive; its folder `assets` comes into the archive too.
    """

    def __init__(self, archive: Path, staging: Path) -> None:
        self.archive, self.staging = archive, staging
        self.folder = staging / "changes"
        self.gone: list[str] = []
        self._next: dict[str, int] = {}
        self.folder.mkdir()

    def add(self, relation: str, table: Any) -> None:
        """Add a file of rows after all others of its relation; none if there are no rows."""
        if len(table):
            write(table, self._place(relation))

    def take(self, relation: str, path: Path) -> None:
        """Add a file as it is, after all others of its relation."""
        path.replace(self._place(relation))

    def replace(self, relation: str, name: str, table: Any) -> None:
        """Write a file of the archive anew; without rows it goes."""
        if len(table):
            write(table, self.folder / relation / name)
        else:
            self.gone.append(f"{relation}/{name}")

    def commit(self) -> None:
        """Let all changes come into the archive."""
        (self.folder / GONE).write_text(json.dumps(self.gone), encoding="utf-8")
        if (self.staging / "assets").exists():
            (self.staging / "assets").replace(self.folder / "assets")
        self.folder.replace(self.archive / READY)
        finish(self.archive)

    def _place(self, relation: str) -> Path:
        if relation not in self._next:
            files = sorted((self.archive / relation).glob("*.parquet"))
            self._next[relation] = int(files[-1].stem) + 1 if files else 0
        number = self._next[relation]
        self._next[relation] = number + 1
        place = self.folder / relation / f"{number:06d}.parquet"
        place.parent.mkdir(exist_ok=True)
        return place


def finish(archive: Path) -> None:
    """Move changes that count into place: all relations, then `source`, which says that they are there."""
    ready = archive / READY
    if not ready.exists():
        return
    gone = ready / GONE
    files = [p for p in ready.rglob("*") if p.is_file() and p != gone]
    for path in sorted(files, key=lambda p: (p.parent.name == "source", p)):
        place = archive / path.relative_to(ready)
        place.parent.mkdir(parents=True, exist_ok=True)
        path.replace(place)
    for name in json.loads(gone.read_text(encoding="utf-8")) if gone.exists() else []:
        (archive / name).unlink(missing_ok=True)
    shutil.rmtree(ready)


@contextmanager
def alone(archive: Path) -> Iterator[Path]:
    """Hold an archive against other imports; yield a new folder in it, which goes at the end.

    Raises
    ------
    InputError
        If another process holds it.
    """
    with _lock(archive) as held:
        if not held:
            raise InputError(
                "another import into this archive is under way",
                where=str(archive),
                mend="wait until it is done",
            )
        finish(archive)
        for stale in archive.glob(f"{STAGING}*"):
            shutil.rmtree(stale)
        with tempfile.TemporaryDirectory(prefix=STAGING, dir=archive) as staging:
            yield Path(staging)


def recover(archive: Path) -> None:
    """Finish changes that an interrupted import left, unless it is still under way."""
    if (archive / READY).exists():
        with _lock(archive) as held:
            if held:
                finish(archive)


@contextmanager
def _lock(archive: Path) -> Iterator[bool]:
    """Try to lock an archive; the system lets go of it when the process ends, however it ends."""
    import fcntl

    with (archive / MARK).open("r+b") as mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


@contextmanager
def lean() -> Iterator[None]:
    """Let Arrow take memory from the system and give it back: its own pool keeps what it had at its peak."""
    import pyarrow as pa

    usual = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(usual)


def read(path: Path, columns: list[str] | None = None) -> Any:
    """Read a Parquet file; by itself, for Arrow's datasets bring pandas into memory where it is installed."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        return file.read(columns=columns)


def rows(path: Path) -> int:
    """Return the number of rows of a Parquet file, by its footer."""
    import pyarrow.parquet as pq

    return int(pq.read_metadata(path).num_rows)


def write(table: Any, path: Path) -> None:
    """Write a table as zstd Parquet."""
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd", compression_level=1)
