"""CSV and its kin, every field as a string: what is a number is decided over the whole file."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv

from commonweal.errors import InputError
from commonweal.pool.readers import CUT_OFF, Chunk, File, reading
from commonweal.pool.textchunks import quotes_are_even, record_chunks

BOM = b"\xef\xbb\xbf"
DELIMITERS = ",;\t|"


class DelimitedReader:
    """Reads comma-, semicolon-, tab- or bar-separated values with a header, in UTF-8 (RFC 4180 quotes)."""

    written = True

    def __init__(self, file: File) -> None:
        self._file = file
        with reading(file.path), file.open() as stream:
            first = _first_record(stream)
        text = _decode(first.removeprefix(BOM), file.path, 1)
        if text.count('"') % 2:
            raise InputError("a quoted field in the header is not closed", where=file.path, mend=CUT_OFF)
        self._delimiter = _delimiter(text)
        records = [fields for _, fields in _records(text.rstrip("\r\n"), self._delimiter)]
        if len(records) > 1:
            raise InputError(
                "lines end in a lone carriage return",
                where=file.path,
                mend="save the file with other line ends",
            )
        self._header = records[0] if records else []
        self._body = len(first)
        self._header_lines = max(1, first.count(b"\n"))

    def names(self) -> list[str]:
        """Columns of the header."""
        return self._header

    def chunks(self, wanted: Sequence[str], start: int = 0, stop: int = -1) -> Iterator[Chunk]:
        """Yield rows between two byte offsets; a gzipped file is one piece from 0 to -1."""
        self._check_once(wanted)
        begin = start or self._body
        row, line = 0, 1 + self._header_lines
        with reading(self._file.path), self._file.open() as stream:
            stream.seek(begin)
            for data in record_chunks(stream, stop - begin if stop >= 0 else -1, quoted=True):
                table = self._parse(data, wanted, row, line)
                at = (0, -1) if self._file.packed else (begin, begin + len(data))
                yield Chunk(table, row, *at, lines=_Lines(data, self._delimiter, line))
                row += table.num_rows
                begin += len(data)
                line += data.count(b"\n")

    def _check_once(self, wanted: Sequence[str]) -> None:
        twice = [name for name in wanted if self._header.count(name) > 1]
        if twice:
            raise InputError(
                f"two columns are called {twice[0]!r}",
                where=self._file.path,
                mend="rename one of them in the header",
            )

    def _parse(self, data: bytes, wanted: Sequence[str], row: int, line: int) -> pa.Table:
        if not quotes_are_even(data):
            raise InputError(
                "a quoted field is not closed (or a quote stands in a field that is not quoted)",
                where=f"{self._file.path} after data row {row} (line {line})",
                mend=f"{CUT_OFF}; or write quotes inside a field twice",
            )
        try:
            return pacsv.read_csv(
                pa.BufferReader(data),
                pacsv.ReadOptions(use_threads=False, block_size=len(data) + 1, column_names=self._header),
                pacsv.ParseOptions(delimiter=self._delimiter, newlines_in_values=True),
                pacsv.ConvertOptions(
                    include_columns=list(wanted), column_types={name: pa.string() for name in wanted}
                ),
            )
        except pa.ArrowInvalid:
            text = _decode(data, self._file.path, line)
            raise self._fault(text, row, line) from None

    def _fault(self, text: str, row: int, line: int) -> InputError:
        for number, (end, fields) in enumerate(_records(text, self._delimiter)):
            if len(fields) != len(self._header):
                return InputError(
                    f"{len(fields)} fields where the header has {len(self._header)}",
                    where=f"{self._file.path} data row {row + number + 1} (line {line + end - 1})",
                    mend="complete the row (quote fields that hold the separator); the file may be cut off",
                )
        return InputError(
            "rows that are no CSV",
            where=f"{self._file.path} after data row {row} (line {line})",
            mend="save it again as CSV in UTF-8 with quotes around fields that hold the separator",
        )


class _Lines:
    """From rows within a chunk to lines in the file."""

    def __init__(self, data: bytes, delimiter: str, line: int) -> None:
        self._data, self._delimiter, self._line = data, delimiter, line

    def __call__(self, rows: Sequence[int]) -> list[int]:
        text = self._data.decode("utf-8", "replace")
        starts, before = [], 0
        for end, _ in _records(text, self._delimiter):
            starts.append(self._line + before)
            before = end
        return [starts[row] for row in rows if row < len(starts)]


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (lines read so far, fields) of each record that is not an empty line."""
    with _long_fields():
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        for fields in rows:
            if fields:
                yield rows.line_num, fields


@contextmanager
def _long_fields() -> Iterator[None]:
    """Let Python's reader take works of any length; its limit is one for the whole process."""
    before = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _first_record(stream: Any) -> bytes:
    first = b""
    for line in stream:
        first += line
        if quotes_are_even(first) or len(first) > 2**20:
            break
    return first


def _decode(data: bytes, path: str, line: int) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        at = line + data.count(b"\n", 0, error.start)
        raise InputError("not UTF-8", where=f"{path} line {at}", mend="save the file as UTF-8") from None


def _delimiter(header: str) -> str:
    counts = {mark: header.count(mark) for mark in DELIMITERS}
    return max(DELIMITERS, key=lambda mark: counts[mark])  # the comma where none occurs
