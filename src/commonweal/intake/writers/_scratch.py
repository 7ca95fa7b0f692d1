"""What was written, read back into an archive: with the reader of its format, or from records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from commonweal.intake.archive import Archive
from commonweal.intake.changes import write
from commonweal.intake.reader import Context, Item, Reader, readers
from commonweal.intake.records import Record
from commonweal.intake.rows import Rows
from commonweal.intake.source import Tree

EACH = 200


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


def read_with(name: str, folder: Path, place: Path) -> Archive:
    """Read what was written with the reader of a format, into a new archive.

    What is in a file that the reader does not claim, or an item that it can not map, is not in the archive:
    it did not come through.
    """
    return archive_of(_records(readers()[name], folder), place)


def _records(reader: Reader, folder: Path) -> Iterator[Record]:
    for path in sorted(folder.iterdir()):
        with Tree(
            path
        ) as tree:  # of one file: what is known of a file's structure is kept as long as its tree
            for name in reader.claims(tree, frozenset()).read:
                for item in reader.items(tree.members[name]):
                    if isinstance(item, Item):
                        yield from _mapped(reader, item, name)


def _mapped(reader: Reader, item: Item, path: str) -> list[Record]:
    try:
        return list(reader.convert(reader.decode(item.data), Context("me", None, path)))
    except Exception:  # as on import: whatever is wrong with one conversation, the others are read
        return []


def _save(archive: Archive, rows: Rows) -> None:
    for relation, table in rows.tables().items():
        number = len(archive.files(relation))
        write(table, archive.path / relation / f"{number:06d}.parquet")
