"""A pool over files holds neither its works nor anything that grows with their number."""

from __future__ import annotations

import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

PEAK = """
import resource, sys
import pyarrow as pa
from commonweal.pool import Pool
pa.set_memory_pool(pa.system_memory_pool())
pool = Pool.read(sys.argv[1], owner="who", text="text", hold=False)
train, test = pool.split(0.2, seed=1)
assert sum(len(batch.text) for half in (train, test) for batch in half.batches(4096)) == pool.n_works
assert sum(shard.n_works for shard in train.shards(4)) == train.n_works
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def peak(folder):
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(folder)], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.parametrize("suffix", ["parquet", "jsonl"])
def test_peak_memory_does_not_grow_with_the_number_of_works(tmp_path, write, suffix):
    """Six times the works, 75 MB more of them, take less than 25 MB more memory."""
    n = 30_000
    text = ["word " * 100] * n
    table = pa.table({"who": [f"o{i % 50}" for i in range(n)], "text": text})
    peaks = []
    for copies in (1, 6):
        folder = tmp_path / str(copies)
        folder.mkdir()
        for copy in range(copies):
            path = folder / f"{copy}.{suffix}"
            if suffix == "parquet":
                pq.write_table(table, path, row_group_size=10_000, compression="none", use_dictionary=False)
            else:
                write(table, path)
        peaks.append(peak(folder))
    assert peaks[1] - peaks[0] < 25 * 2**20
