"""Works to read, in every format."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest


def works(n=200, owners=12, seed=0) -> pa.Table:
    rng = np.random.default_rng(seed)
    return pa.table(
        {
            "who": [f"öwner {i:02d}" for i in rng.integers(0, owners, n)],
            "text": [f'say "{i}",\nthen; stop\tor | not' for i in range(n)],
            "x": rng.normal(size=n),
            "y": rng.normal(size=n),
            "label": [f"c{i}" for i in rng.integers(0, 3, n)],
            "day": [f"{2000 + i % 7}-{1 + i % 12:02d}-03" for i in range(n)],
            "zip": [f"{i:05d}" for i in range(n)],
            "unread": [None] * n,
        }
    )


def write(table: pa.Table, path: Path) -> Path:
    plain = path.with_suffix("") if path.suffix == ".gz" else path
    if plain.suffix == ".csv":
        pacsv.write_csv(table, plain)
    elif plain.suffix == ".jsonl":
        plain.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()), "utf-8")
    else:
        pq.write_table(table, plain, row_group_size=37)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(plain.read_bytes()))
        plain.unlink()
    return path


@pytest.fixture(name="works")
def _works():
    """Make a table with texts that hold quotes, separators and line ends, numbers, labels and dates."""
    return works


@pytest.fixture(name="write")
def _write():
    """Write a table in the format that the path's name says."""
    return write
