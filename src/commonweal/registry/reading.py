"""Works and texts from files, as a stream: Parquet, CSV, JSON Lines, each also .gz; folders of shards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from commonweal.errors import InputError
from commonweal.pool.checks import check_columns
from commonweal.pool.columns import WrongTypeError, blank, date_column, is_text, plain
from commonweal.pool.owners import owner_column
from commonweal.pool.readers import Chunk, File, Reader, find_files, reading

JOINT = "; "
"""Between the names of those who own a work together."""
PLAIN = (".txt", ".md")
USUAL = (
    "text", "body", "content", "output", "completion", "response", "generated", "question", "prompt",
    "answer",
)  # fmt: skip
SHOWN = 5
BATCH = 2_048
BATCH_CHARACTERS = 8 << 20


@dataclass(frozen=True)
class Columns:
    """Which column plays which part.

    Attributes
    ----------
    text : str or None
        None: the one with a usual name (`USUAL`), or the only one that holds text.
    owner, key, date : str or None
        None where there is none, or none is needed.
    separator : str or None
        Between the names of several owners in one field; a column of lists needs none.
    """

    text: str | None = None
    owner: str | None = None
    key: str | None = None
    date: str | None = None
    separator: str | None = None


@dataclass(frozen=True)
class Row:
    """A text.

    Attributes
    ----------
    number : int
        Its row, from 0 over all files, rows that were left out included.
    text : str
    owners : tuple of str
        Sorted; empty where no owner was asked for.
    key : str
        What its owner calls it: the value of the key column, or file and row.
    date : object
        Timestamp in UTC, or a year; None where there is none.
    """

    number: int
    text: str
    owners: tuple[str, ...]
    key: str
    date: Any = None

    @property
    def owner(self) -> str:
        """The owners in one name."""
        return JOINT.join(self.owners)


def owners_of(name: str) -> tuple[str, ...]:
    """Return those who own a work, from the name that a catalog keeps."""
    return tuple(name.split(JOINT))


def people(owners: Mapping[str, int]) -> dict[str, int]:
    """Return the works of each person; a catalog keeps them by owners, and joint ones count for all."""
    out: dict[str, int] = {}
    for name, works in owners.items():
        for owner in owners_of(name):
            out[owner] = out.get(owner, 0) + works
    return dict(sorted(out.items()))


@dataclass
class Texts:
    """Texts of files, in order; memory is bounded by a chunk of a file.

    Parameters
    ----------
    source : path or list of paths
        A file, several, or a folder of shards of one format; a `.txt` or `.md` file is one text.
    columns : Columns

    Attributes
    ----------
    left_out : dict
        After reading: rows that were left out, by reason ("no owner", "an empty text").
    places : dict
        The first few of them: file, row, line.
    """

    source: Any
    columns: Columns = Columns()
    left_out: dict[str, int] = field(default_factory=dict)
    places: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._plain = _is_plain(self.source)
        self.files = [] if self._plain else find_files(self.source)
        self._readers = [(file, file.reader()) for file in self.files]
        for file, reader in self._readers:
            self._check(file, reader)

    def _check(self, file: File, reader: Reader) -> None:
        """Find the columns of one file, before any row is read."""
        names = reader.names()
        if self.columns.text is None:
            self.columns = Columns(
                _guess(reader, names, file.path), self.columns.owner, self.columns.key, self.columns.date,
                self.columns.separator,
            )  # fmt: skip
        check_columns(self._wanted, names, file.path)

    @property
    def _wanted(self) -> list[str]:
        c = self.columns
        return list(dict.fromkeys(name for name in (c.text, c.owner, c.key, c.date) if name is not None))

    def __iter__(self) -> Iterator[Row]:
        self.left_out.clear()
        self.places.clear()
        if self._plain:
            yield from self._whole(Path(self.source))
            return
        number = 0
        for file, reader in self._readers:
            row = 0
            for chunk in reader.chunks(self._wanted):
                yield from self._rows(file, chunk, row, number)
                row += chunk.table.num_rows
                number += chunk.table.num_rows
            file.check_unchanged()

    def _whole(self, path: Path) -> Iterator[Row]:
        with reading(str(path)):
            try:
                text = path.read_text(encoding="utf-8-sig")
            except UnicodeDecodeError:
                raise InputError("not UTF-8", where=str(path), mend="save the file as UTF-8") from None
        if text.strip():
            yield Row(0, text, (), path.name)
        else:
            self._leave("an empty text", str(path))

    def _rows(self, file: File, chunk: Chunk, first: int, number: int) -> Iterator[Row]:
        c, table = self.columns, chunk.table
        texts = _texts(table.column(c.text), c.text, file.path)
        owners = _owners(table.column(c.owner), c, file.path) if c.owner else None
        keys = table.column(c.key).to_pylist() if c.key else None
        dates = _dates(table.column(c.date), c.date, file.path) if c.date else None
        empty = blank(table.column(c.text).cast("large_string"))
        name = Path(file.path).name
        for i in range(table.num_rows):
            reason = "an empty text" if empty[i] else "no owner" if owners and not owners[i] else ""
            if reason:
                line = f" (line {chunk.lines([i])[0]})" if chunk.lines else ""
                self._leave(reason, f"{file.path} row {first + i + 1}{line}")
                continue
            yield Row(
                number + i,
                texts[i].as_py(),
                owners[i] if owners else (),
                str(keys[i]) if keys and keys[i] is not None else f"{name}:{first + i + 1}",
                dates[i] if dates else None,
            )

    def _leave(self, reason: str, place: str) -> None:
        self.left_out[reason] = self.left_out.get(reason, 0) + 1
        places = self.places.setdefault(reason, [])
        if len(places) < SHOWN:
            places.append(place)


def batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Yield rows some at a time: at most `BATCH`, and `BATCH_CHARACTERS` or one row."""
    batch: list[Row] = []
    size = 0
    for row in rows:
        if batch and (len(batch) == BATCH or size + len(row.text) > BATCH_CHARACTERS):
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += len(row.text)
    if batch:
        yield batch


def _is_plain(source: Any) -> bool:
    if isinstance(source, (list, tuple)):
        return False
    return Path(source).suffix.lower() in PLAIN and not Path(source).is_dir()


def _guess(reader: Reader, names: Sequence[str], path: str) -> str:
    """Return the column that holds the texts, where it is plain which."""
    for usual in USUAL:
        for name in names:
            if name.lower() == usual:
                return name
    chunk = next(iter(reader.chunks(names)), None)
    kinds = {} if chunk is None else {n: chunk.table.column(n).type for n in names}
    told = [n for n, kind in kinds.items() if is_text(kind)]
    if len(told) == 1 and not reader.written:
        return told[0]
    raise InputError(
        "which column holds the texts isn't plain",
        where=path,
        mend=f"name it with --text; columns there: {', '.join(names[:30])}",
    )


def _texts(column: Any, name: str | None, path: str) -> Any:
    column = plain(column)
    if not is_text(column.type) and str(column.type) != "null":
        raise _wrong(path, name, str(column.type), "text")
    return column


def _owners(column: Any, columns: Columns, path: str) -> list[tuple[str, ...]]:
    """Return each row's owners, sorted; empty where there is none, or a blank one among them."""
    try:
        named = owner_column(column, columns.separator).to_pylist()
    except WrongTypeError as error:
        raise _wrong(path, columns.owner, error.found, error.wanted) from None
    out: list[tuple[str, ...]] = []
    for value in named:
        names = value if isinstance(value, list) else [] if value is None else value.split(JOINT)
        stripped = [n.strip() for n in names if n is not None]
        whole = len(stripped) == len(names) and all(stripped)
        out.append(tuple(sorted(set(stripped))) if whole else ())
    return out


def _dates(column: Any, name: str | None, path: str) -> list[Any]:
    column = plain(column)
    try:
        values: list[Any] = date_column(column).to_pylist()
    except WrongTypeError as error:
        raise _wrong(path, name, error.found, error.wanted) from None
    if is_text(column.type) and not any(v is not None for v in values) and not blank(column).all():
        return _loose(column)
    return values


def _loose(column: Any) -> list[Any]:
    """Read dates as people write them in headers: 13-Jun-2000, 13 Jun 2000."""
    return [_written((value or "").strip().replace("-", " ")) for value in column.to_pylist()]


def _written(value: str) -> datetime | None:
    for form in ("%d %b %Y", "%d %B %Y"):
        try:
            return datetime.strptime(value, form)
        except ValueError:
            continue
    return None


def _wrong(path: str, name: str | None, found: str, wanted: str) -> InputError:
    return InputError(
        f"column {name!r} holds {found}, not {wanted}",
        where=path,
        mend="name another column, or convert this one",
    )
