"""Tables written piece by piece: Parquet, CSV, JSON Lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pyarrow as pa

Put = Callable[[pa.Table], None]


@contextmanager
def parquet(path: Path, schema: pa.Schema) -> Iterator[Put]:
    """Write Parquet, zstd."""
    import pyarrow.parquet as pq

    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        yield writer.write_table


@contextmanager
def delimited(path: Path, schema: pa.Schema) -> Iterator[Put]:
    """Write CSV with a header."""
    import pyarrow.csv as pacsv

    with pacsv.CSVWriter(path, schema) as writer:
        yield writer.write_table


@contextmanager
def json_lines(path: Path, schema: pa.Schema) -> Iterator[Put]:
    """Write one object per line."""
    with path.open("w", encoding="utf-8") as file:

        def put(table: pa.Table) -> None:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in table.to_pylist())

        yield put


SINKS: dict[str, Callable[[Path, pa.Schema], AbstractContextManager[Put]]] = {
    ".parquet": parquet,
    ".csv": delimited,
    ".jsonl": json_lines,
}
"""By the end of a file's name."""
