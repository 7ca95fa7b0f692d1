"""JSON Lines: one object per line, the wanted members only."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any

import pyarrow as pa

from commonweal.errors import InputError
from commonweal.pool.frames import one_type
from commonweal.pool.readers import CUT_OFF, Chunk, File, reading
from commonweal.pool.textchunks import record_chunks

LOOK_AHEAD = 1000


class JsonLinesReader:
    """Reads one JSON object per line, in UTF-8; empty lines are passed over."""

    written = False

    def __init__(self, file: File) -> None:
        self._file = file

    def names(self) -> list[str]:
        """Members of the first thousand objects, in the order of their first use."""
        seen: dict[str, None] = {}
        with reading(self._file.path), self._file.open() as stream:
            for line, data in enumerate(islice(stream, LOOK_AHEAD), start=1):
                if data.strip():
                    seen.update(dict.fromkeys(self._object(data, line)))
        return list(seen)

    def chunks(self, wanted: Sequence[str], start: int = 0, stop: int = -1) -> Iterator[Chunk]:
        """Yield objects between two byte offsets; a gzipped file is one piece from 0 to -1."""
        row, line, at = 0, 1, start
        with reading(self._file.path), self._file.open() as stream:
            stream.seek(start)
            for data in record_chunks(stream, stop - start if stop >= 0 else -1):
                lines, objects = self._objects(data, line)
                where = f"{self._file.path}"
                columns = {
                    name: one_type([o.get(name) for o in objects], name, where, row, lines) for name in wanted
                }
                span = (0, -1) if self._file.packed else (at, at + len(data))
                if objects:
                    yield Chunk(pa.table(columns), row, *span, lines=partial(_pick, lines))
                row += len(objects)
                line += data.count(b"\n")
                at += len(data)

    def _objects(self, data: bytes, line: int) -> tuple[list[int], list[dict[str, Any]]]:
        lines: list[int] = []
        objects: list[dict[str, Any]] = []
        for number, text in enumerate(data.split(b"\n"), start=line):
            if text.strip():
                objects.append(self._object(text, number))
                lines.append(number)
        return lines, objects

    def _object(self, text: bytes, line: int) -> dict[str, Any]:
        where = f"{self._file.path} line {line}"
        try:
            value = json.loads(text.decode("utf-8-sig" if line == 1 else "utf-8"))
        except UnicodeDecodeError:
            raise InputError("not UTF-8", where=where, mend="save the file as UTF-8") from None
        except ValueError:
            whole = text.endswith((b"\n", b"}", b"}\r"))
            raise InputError(
                "a line that is no JSON" if whole else "the last line ends before its end",
                where=where,
                mend="write one JSON object per line" if whole else CUT_OFF,
            ) from None
        if not isinstance(value, dict):
            raise InputError("a line that is no JSON object", where=where, mend="write one object per line")
        return value


def _pick(lines: Sequence[int], rows: Sequence[int]) -> list[int]:
    return [lines[row] for row in rows]
