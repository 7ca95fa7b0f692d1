"""A split says of each work by itself on which side it is: the same in memory, over files and in shards."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.pool import Pool
from commonweal.pool.splits import _stratified, uniforms
from commonweal.pool.steps import ranks

BYS = ["within", "random", "date"]
ROLES = {"owner": "who", "text": "text", "date": "day", "keep": ("zip",)}


def pool_of(block_sizes, seed=0):
    who = np.repeat([f"o{i}" for i in range(len(block_sizes))], block_sizes)
    who = np.random.default_rng(seed).permutation(who).tolist()
    return Pool.from_frame({"who": who, "text": ["t"] * len(who)}, owner="who", text="text")


def slow_within(block, works, size, seed):
    """Walk through the works one by one: of each cell of c = 1/size works the drawn one, where c is whole."""
    seen, out = {}, []
    cell_size = round(1 / size)
    for b in block:
        r = seen[b] = seen.get(b, -1) + 1
        drawn = int(uniforms(seed, np.array([b]), np.array([r // cell_size]))[0] * cell_size)
        out.append(r % cell_size == drawn and works[b] > 1)
    return np.array(out)


@pytest.mark.parametrize("by", BYS)
@pytest.mark.parametrize("suffix", ["csv", "jsonl.gz", "parquet"])
def test_halves_are_the_same_in_memory_over_files_and_in_shards(
    tmp_path, works, write, monkeypatch, by, suffix
):
    path = write(works(240), tmp_path / f"t.{suffix}")
    held = Pool.read(path, **ROLES)
    monkeypatch.setattr("commonweal.pool.textchunks.CHUNK_BYTES", 1500)
    lazy = Pool.read(path, hold=False, **ROLES)
    for half, other in zip(held.split(0.25, by=by, seed=5), lazy.split(0.25, by=by, seed=5), strict=True):
        assert half.works.tolist() == other.works.tolist()
        assert half.splits == other.splits
        numbers = half.load().number.tolist()
        assert numbers == other.load().number.tolist()
        for size in (1, 13, 1000):
            for pool in (half, other):
                assert np.concatenate([b.number for b in pool.batches(size)]).tolist() == numbers
        for pool in (half, other):
            shards = pool.shards(4)
            assert np.concatenate([s.load().number for s in shards]).tolist() == numbers
            assert sum(s.works for s in shards).tolist() == half.works.tolist()
        again, more = half.split(0.4, seed=9)[0], other.split(0.4, seed=9)[0]
        assert again.load().number.tolist() == more.load().number.tolist()
        assert (
            np.concatenate([s.load().number for s in more.shards(3)]).tolist() == again.load().number.tolist()
        )


@given(st.lists(st.integers(1, 40), min_size=1, max_size=8), st.floats(0.01, 0.99), st.integers(0, 2**63))
@settings(max_examples=60, deadline=None)
def test_within_holds_out_a_share_of_each_block_never_all_of_it(sizes, size, seed):
    pool = pool_of(sizes)
    try:
        train, test = pool.split(size, seed=seed)
    except InputError:
        return  # the test would be empty
    assert (train.works + test.works == pool.works).all()
    assert (train.works >= 1).all()
    assert (test.works[pool.works == 1] == 0).all()
    n = pool.works[pool.works > 1]
    assert (np.abs(test.works[pool.works > 1] - n * size) < 2).all()  # a stratum at each end may be cut


@pytest.mark.parametrize("size", [0.05, 0.1, 0.2, 0.25, 1 / 3, 0.5])
def test_within_is_what_a_walk_through_the_works_gives(size):
    pool = pool_of([1, 2, 3, 7, 40])
    batch = pool.load()
    expected = slow_within(batch.block.tolist(), pool.works, size, 7)
    assert pool.split(size, seed=7)[1].load().number.tolist() == np.flatnonzero(expected).tolist()


@pytest.mark.parametrize("size", [0.2, 0.3, 0.45, 0.55, 0.7, 0.8])
def test_each_work_is_held_out_as_often_as_any_other(size):
    """20,000 blocks of 20 works, 5 standard deviations: a chance of a false alarm under 1e-4 in all."""
    n = 20_000
    block, rank = np.repeat(np.arange(n), 20), np.tile(np.arange(20), n)
    times = _stratified(size, 1, block, rank).reshape(n, 20).mean(0)
    assert (np.abs(times - size) < 5 * np.sqrt(size * (1 - size) / n)).all()


def test_another_seed_holds_out_other_works():
    pool = pool_of([50, 50])
    assert pool.split(seed=0)[1].load().number.tolist() != pool.split(seed=1)[1].load().number.tolist()
    assert pool.split(seed=1)[1].load().number.tolist() == pool.split(seed=1)[1].load().number.tolist()


def test_uniforms_are_uniform_and_keyed():
    """Means of 100,000 draws within 5 standard deviations: a chance of a false alarm under 1e-6."""
    n = 100_000
    one, two = uniforms(0, np.arange(n), np.zeros(n, int)), uniforms(1, np.arange(n), np.zeros(n, int))
    assert min(one.min(), two.min()) >= 0 and max(one.max(), two.max()) < 1
    assert abs(one.mean() - 0.5) < 5 / np.sqrt(12 * n)
    assert abs(np.corrcoef(one, two)[0, 1]) < 5 / np.sqrt(n)
    assert abs(np.corrcoef(one[1:], one[:-1])[0, 1]) < 5 / np.sqrt(n)


@given(st.lists(st.integers(0, 5), max_size=60), st.integers(1, 9))
@settings(max_examples=50, deadline=None)
def test_ranks_count_on_from_batch_to_batch(blocks, size):
    block = np.array(blocks, np.int64)
    seen = np.zeros(6, np.int64)
    got = [r for k in range(0, len(block), size) for r in ranks(block[k : k + size], seen).tolist()]
    assert got == [blocks[:i].count(b) for i, b in enumerate(blocks)]
    assert seen.tolist() == [blocks.count(b) for b in range(6)]


@given(st.lists(st.integers(-(10**15), 10**15) | st.integers(1990, 2000), min_size=2, max_size=50),
       st.floats(0.05, 0.95))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_by_date_the_latest_are_held_out_ties_together_as_near_to_the_share_as_can_be(days, size):
    pool = Pool.from_frame(
        {"o": ["a"] * len(days), "t": ["x"] * len(days), "d": days}, owner="o", text="t", date="d"
    )
    if len(set(days)) == 1:
        with pytest.raises(InputError, match="same date"):
            pool.split(size, by="date")
        return
    train, test = pool.split(size, by="date")
    early, late = train.load().column("d").to_pylist(), test.load().column("d").to_pylist()
    assert max(early) < min(late)
    assert test.splits[-1]["cut"] == str(min(late))
    shares = [np.mean(np.array(days) >= cut) for cut in sorted(set(days))[1:]]
    assert abs(len(late) / len(days) - size) == pytest.approx(min(abs(s - size) for s in shares), abs=1e-12)


@pytest.mark.parametrize("days", [
    ["2001-01-05", "2001-01-01", "2002-03-04"], [2001, 2000, 2002],
    pa.array([1, 0, 2], pa.date32()), pa.array([1, 0, 2], pa.timestamp("s", tz="Europe/Rome")),
    pa.array([1.0, 0.0, 2.0]), pa.array([1000, 0, 2000], pa.timestamp("ns")),
])  # fmt: skip
def test_dates_may_be_strings_years_dates_or_timestamps(tmp_path, days):
    table = pa.table({"o": ["a", "b", "a"], "t": ["x", "y", "z"], "d": days})
    pq.write_table(table, tmp_path / "t.parquet")
    for pool in (
        Pool.from_frame(table, owner="o", text="t", date="d"),
        Pool.read(tmp_path / "t.parquet", owner="o", text="t", date="d", hold=False),
    ):
        train, test = pool.split(0.3, by="date")
        assert (train.load().text, test.load().text) == (["x", "y"], ["z"])


def test_splits_that_cannot_be_are_refused():
    pool = pool_of([1, 1, 1])
    for arguments, says in (
        ({}, "test would be empty: 3 works in 3 blocks, 0 of them with more than one"),
        ({"size": 0}, "size 0"),
        ({"size": 1.5}, "size 1.5"),
        ({"by": "owner"}, "no split by 'owner'"),
        ({"by": "date"}, "needs a date column"),
    ):
        with pytest.raises(InputError, match=says):
            pool.split(**arguments)


def test_a_receipt_can_name_the_split():
    train, test = pool_of([5, 5]).split(0.4, seed=3)
    assert train.facts["splits"] == [{"by": "within", "size": 0.4, "seed": 3, "half": "train"}]
    assert test.facts["splits"][0]["half"] == "test"
    assert train.owners == test.owners
    assert train.blocks == test.blocks
