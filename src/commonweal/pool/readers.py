"""Files of works: which there are, what columns they have, and their rows in chunks of bounded size."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

import pyarrow as pa

from commonweal.errors import InputError
from commonweal.pool.batch import Source

CHUNK_BYTES = 16 * 2**20
FORMATS = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
CUT_OFF = "fetch or write the file again: it is cut off or damaged"


@dataclass(frozen=True)
class Chunk:
    """Some rows of a file.

    Attributes
    ----------
    table : pyarrow.Table
        The wanted columns, as raw as the reader gives them.
    row : int
        Row of the first one in the file, from 0.
    start, stop : int
        Where to read them again (`Reader.chunks(start=, stop=)`): row groups or bytes; stop -1 is the end.
    lines : callable or None
        From rows within the chunk to line numbers in the file, from 1.
    """

    table: pa.Table
    row: int
    start: int
    stop: int
    lines: Callable[[Sequence[int]], list[int]] | None = None


class Reader(Protocol):
    """One file format; `written` where its numbers are strings."""

    written: bool

    def names(self) -> list[str]:
        """Columns that the file has."""

    def chunks(self, wanted: Sequence[str], start: int = 0, stop: int = -1) -> Iterator[Chunk]:
        """Yield the rows in order, with the wanted columns only."""


@dataclass(frozen=True)
class File:
    """A file of works.

    Attributes
    ----------
    path : str
        As given.
    format : str
        "parquet", "csv" or "jsonl".
    size, changed : int
        Size, and the time of the last change in nanoseconds: a second pass refuses a changed file.
    """

    path: str
    format: str
    size: int
    changed: int

    @property
    def packed(self) -> bool:
        """Whether the file is gzipped."""
        return self.path.lower().endswith(".gz")

    def open(self) -> IO[bytes]:
        """Open for reading, unpacked."""
        return gzip.open(self.path, "rb") if self.packed else Path(self.path).open("rb")  # type: ignore[return-value]

    def reader(self) -> Reader:
        """Return the reader of this file's format."""
        from commonweal.pool import delimited, jsonlines, parquet

        readers: dict[str, Any] = {
            "parquet": parquet.ParquetReader,
            "csv": delimited.DelimitedReader,
            "jsonl": jsonlines.JsonLinesReader,
        }
        reader: Reader = readers[self.format](self)
        return reader

    def source(self) -> Source:
        """Return path, SHA-256 and size."""
        with reading(self.path), Path(self.path).open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return Source(self.path, digest, self.size)

    def check_unchanged(self) -> None:
        """Raise InputError when the file is not as it was at first reading."""
        with reading(self.path):
            now = Path(self.path).stat()
        if (now.st_size, now.st_mtime_ns) != (self.size, self.changed):
            raise InputError(
                "the file changed after it was first read", where=self.path, mend="read the pool again"
            )


def find_files(path: Any) -> list[File]:
    """Return the file, the files of a list of paths, or the shards of a folder sorted by name.

    Raises
    ------
    InputError
        When nothing is there, a format is unknown, or a folder mixes formats.
    """
    if isinstance(path, (list, tuple)):
        files = [file for one in path for file in find_files(one)]
    elif Path(path).is_dir():
        files = [
            _file(p, str(path))
            for p in sorted(Path(path).rglob("*"))
            if p.is_file() and not _hidden(p, Path(path))
        ]
    else:
        files = [_file(Path(path), None)]
    if not files:
        raise InputError(
            "no file of works is there", where=str(path), mend=f"put shards there: {', '.join(FORMATS)}"
        )
    formats = sorted({file.format for file in files})
    if len(formats) > 1:
        raise InputError(
            f"the folder mixes formats: {', '.join(formats)}",
            where=str(path),
            mend="keep shards of one format there",
        )
    return files


@contextmanager
def reading(path: str) -> Iterator[None]:
    """Turn what the system and the unpackers raise into InputError."""
    try:
        yield
    except FileNotFoundError:
        raise InputError("no such file", where=path, mend=_near_file(path)) from None
    except EOFError:
        raise InputError("the gzip file ends before its end", where=path, mend=CUT_OFF) from None
    except (gzip.BadGzipFile, zlib.error):
        raise InputError("not a gzip file, or damaged", where=path, mend=CUT_OFF) from None
    except OSError as error:
        raise InputError(
            f"can't be read ({error.strerror or type(error).__name__})",
            where=path,
            mend="check the path and its rights",
        ) from None


def _file(path: Path, folder: str | None) -> File:
    suffixes = [s.lower() for s in path.suffixes if s.lower() != ".gz"]
    kind = FORMATS.get(suffixes[-1] if suffixes else "")
    with reading(str(path)):
        facts = path.stat()
    if kind is None:
        raise InputError(
            "not a format that is read",
            where=str(path),
            mend=f"use {', '.join(FORMATS)}, each also .gz"
            + ("; or take the file out of the folder" if folder else ""),
        )
    if facts.st_size == 0:
        raise InputError("the file is empty", where=str(path), mend="write it again, or name another")
    return File(str(path), kind, facts.st_size, facts.st_mtime_ns)


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)


def _near_file(path: str) -> str:
    from difflib import get_close_matches

    parent = Path(path).parent
    there = [p.name for p in parent.iterdir()] if parent.is_dir() else []
    near = get_close_matches(Path(path).name, there, n=3)
    return f"did you mean {' or '.join(near)}?" if near else "check the path"
