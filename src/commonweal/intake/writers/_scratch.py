"""Records become an archive without an export: for reading back what has no reader of its own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from commonweal.intake.archive import Archive
from commonweal.intake.convert import write
from commonweal.intake.reader import Context
from commonweal.intake.records import Record
from commonweal.intake.rows import Rows

EACH = 2_000


def archive_of(records: Iterable[Record], place: Path, reader: str = "scratch", owner: str = "me") -> Archive:
    """Write records into a new archive; none of them holds a file.

    Parameters
    ----------
    records : iterable of Record
        Read one at a time.
    place : path
        A new folder.
    reader, owner : str
        Parts of the ids.
    """
    archive = Archive.create(place)
    rows = Rows(reader, owner, reader)
    context = Context(owner, None, reader)
    for seq, record in enumerate(records):
        rows.add(record, seq, context, reader)
        if seq % EACH == EACH - 1:
            _save(archive, rows)
    _save(archive, rows)
    return archive


def _save(archive: Archive, rows: Rows) -> None:
    for relation, table in rows.tables().items():
        number = len(archive.files(relation))
        write(table, archive.path / relation / f"{number:06d}.parquet")
