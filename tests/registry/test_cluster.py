"""An index built from shards: the same bytes in one process, in several, and on Ray; found as if added."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commonweal.errors import InputError
from commonweal.parallel import Workers
from commonweal.registry import Index, Key, Work, find
from commonweal.registry import index as index_module
from commonweal.registry.cluster import Built, build
from commonweal.registry.reading import Columns

KEY, SEED = Key(bytes(range(32))), bytes(range(32, 64))
COLUMNS = Columns("body", "author", "name")
SHARDS, ROWS = 5, 40


def text_of(number: int) -> str:
    """Return 30 words that no other number has."""
    return " ".join(hashlib.sha256(f"{number} {word}".encode()).hexdigest()[:8] for word in range(30))


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five shards of 40 works; in each one has no owner and one no text; in the last none has an owner."""
    folder = tmp_path_factory.mktemp("shards")
    for shard in range(SHARDS):
        numbers = [shard * ROWS + row for row in range(ROWS)]
        rows: dict[str, list[Any]] = {
            "body": [text_of(n) for n in numbers],
            "author": [f"member {n % 7}" for n in numbers],
            "name": [f"work {n}" for n in numbers],
        }
        rows["author"][3], rows["body"][5] = None, " "
        if shard == SHARDS - 1:
            rows["author"] = [None] * ROWS
        pq.write_table(pa.table(rows), folder / f"part-{shard}.parquet")
    return folder


@pytest.fixture(scope="module")
def ray_workers() -> Iterator[Workers]:
    """A Ray of two workers on this machine."""
    import ray

    ours = not ray.is_initialized()
    if ours:
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield Workers(2, cluster="ray")
    if ours:
        ray.shutdown()


def built(folder: Path, shards: Path, **options: Any) -> Built:
    with Index.create(folder, key=KEY) as index:
        return build(index, shards, COLUMNS, consent="2", **options)


def every_byte(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_one_process_several_and_ray_give_the_same_bytes(
    tmp_path: Path, shards: Path, ray_workers: Workers
) -> None:
    here = built(tmp_path / "here", shards, seed=SEED)
    several = built(tmp_path / "several", shards, seed=SEED, workers=Workers(2))
    far = built(tmp_path / "far", shards, seed=SEED, workers=ray_workers)
    assert here == several == far
    bytes_here = every_byte(tmp_path / "here")
    assert any("print_hash" in name for name in bytes_here)
    assert "catalog.sqlite" in bytes_here
    assert every_byte(tmp_path / "several") == bytes_here
    assert every_byte(tmp_path / "far") == bytes_here


def test_what_was_registered_and_left_out_is_told(tmp_path: Path, shards: Path) -> None:
    told = built(tmp_path / "index", shards)
    assert told == Built(
        works=(SHARDS - 1) * (ROWS - 2),
        segments=SHARDS - 1,
        left_out={"no owner": SHARDS - 1 + ROWS - 1, "an empty text": SHARDS},
    )


def test_works_are_found_as_if_they_had_been_added(
    tmp_path: Path, shards: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_module, "BATCH_WORKS", 16)  # several segments to a shard
    built(tmp_path / "index", shards)
    works = [
        Work(text_of(n), f"member {n % 7}", f"work {n}", "2")
        for n in range((SHARDS - 1) * ROWS)
        if n % ROWS not in (3, 5)
    ]
    added = Index.create(tmp_path / "added", key=KEY)
    added.add(works)
    queries = [text_of(n) for n in range(0, SHARDS * ROWS, 3)]
    wanted, found = (
        {(h.query, h.kind, h.owner, h.key, h.jaccard, h.spans) for h in find(index, queries)}
        for index in (added, Index(tmp_path / "index", key=KEY))
    )
    assert found == wanted
    assert len(found) > len(queries)
    assert {e.consent for e in Index(tmp_path / "index", key=KEY).catalog.works()} == {"2"}


def test_without_a_seed_no_two_builds_share_an_id_or_a_name(tmp_path: Path, shards: Path) -> None:
    built(tmp_path / "index", shards)
    with Index(tmp_path / "index", key=KEY) as index:
        before = {entry.work for entry in index.catalog.works()}
        names = set(index.catalog.segments())
        build(index, shards, COLUMNS)  # into the same index, too
        assert len({entry.work for entry in index.catalog.works()}) == 2 * len(before)
        assert len(set(index.catalog.segments())) == 2 * len(names)


def test_ids_under_another_seed_are_others(tmp_path: Path, shards: Path) -> None:
    ids = []
    for name, seed in (("one", SEED), ("other", bytes(32))):
        built(tmp_path / name, shards, seed=seed)
        ids.append({entry.work for entry in Index(tmp_path / name, key=KEY).catalog.works()})
    assert len(ids[0]) == len(ids[1]) == (SHARDS - 1) * (ROWS - 2)
    assert not ids[0] & ids[1]


def test_a_seed_is_refused_where_works_are(tmp_path: Path, shards: Path) -> None:
    built(tmp_path / "index", shards, seed=SEED)
    before = every_byte(tmp_path / "index")
    with (
        Index(tmp_path / "index", key=KEY) as index,
        pytest.raises(InputError, match="a seed for an index that holds works"),
    ):
        build(index, shards, COLUMNS, seed=SEED)
    assert every_byte(tmp_path / "index") == before


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_seed_of_another_length_is_refused(tmp_path: Path, shards: Path, size: int) -> None:
    with pytest.raises(InputError, match=f"a seed of {size} bytes"):
        built(tmp_path / "index", shards, seed=bytes(size))


def test_works_without_owners_are_refused(tmp_path: Path, shards: Path) -> None:
    with Index.create(tmp_path / "index") as index, pytest.raises(InputError, match="without owners"):
        build(index, shards, Columns("body"))


def test_a_shard_without_the_columns_is_told_before_any_is_registered(tmp_path: Path, shards: Path) -> None:
    folder = tmp_path / "shards"
    folder.mkdir()
    for shard in shards.iterdir():
        (folder / shard.name).write_bytes(shard.read_bytes())
    pq.write_table(pa.table({"body": ["words"], "else": ["x"]}), folder / "part-9.parquet")
    with Index.create(tmp_path / "index", key=KEY) as index:
        with pytest.raises(InputError):
            build(index, folder, COLUMNS)
        assert not index.catalog.segments()
