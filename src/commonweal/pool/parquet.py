"""Parquet, a few megabytes at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from commonweal.errors import InputError
from commonweal.pool.readers import CHUNK_BYTES, CUT_OFF, Chunk, File, reading

MOST_ROWS = 2**19


class ParquetReader:
    """Reads row groups; a `.parquet.gz` is unpacked in memory whole: Parquet is read from its end."""

    written = False

    def __init__(self, file: File) -> None:
        self._path = file.path
        with reading(file.path):
            if file.packed:
                with file.open() as stream:
                    content = pa.BufferReader(stream.read())
            else:
                content = file.path
            try:
                self._parquet = pq.ParquetFile(content, pre_buffer=False, buffer_size=2**20)
            except (pa.ArrowException, OSError) as error:
                if getattr(error, "errno", None):
                    raise
                raise InputError("not a whole Parquet file", where=file.path, mend=CUT_OFF) from None

    def names(self) -> list[str]:
        """Top-level columns of the file."""
        return list(self._parquet.schema_arrow.names)

    def chunks(self, wanted: Sequence[str], start: int = 0, stop: int = -1) -> Iterator[Chunk]:
        """Yield rows of the row groups start ... stop - 1; `Chunk.row` counts from the first of them."""
        facts = self._parquet.metadata
        row = 0
        for group in range(start, facts.num_row_groups if stop < 0 else stop):
            size = facts.row_group(group)
            weight = max(1, size.total_byte_size // max(1, size.num_rows))
            rows = min(MOST_ROWS, max(1, CHUNK_BYTES // weight))
            try:
                for batch in self._parquet.iter_batches(
                    rows, [group], columns=list(wanted), use_threads=False
                ):
                    table = pa.Table.from_batches([batch]).select(list(wanted))
                    yield Chunk(table, row, group, group + 1)
                    row += batch.num_rows
            except (pa.ArrowException, OSError):
                raise InputError(
                    f"row group {group + 1} can't be read", where=self._path, mend=CUT_OFF
                ) from None
