"""One pool, whatever the format, the library or the folder its works come in."""

from __future__ import annotations

import hashlib
import json
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from commonweal.errors import InputError
from commonweal.pool import Pool
from commonweal.pool.textchunks import record_chunks

FORMATS = ["csv", "jsonl", "parquet", "csv.gz", "jsonl.gz", "parquet.gz"]
TEXT = {"owner": "who", "text": "text", "target": "label", "date": "day", "keep": ("zip",)}
TABLE = {"owner": "who", "features": ["x", "y"], "target": "label"}


def content(pool, **how):
    """All that can be seen of a pool but where it came from."""
    batch = pool.load()
    columns = batch.columns.to_pydict()
    return pool.owners, pool.blocks, pool.works.tolist(), batch.number.tolist(), batch.block.tolist(), columns


@pytest.mark.parametrize("hold", [True, False])
@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_gives_the_same_pool_in_memory_and_read_again(tmp_path, works, write, suffix, hold):
    table = works()
    path = write(table, tmp_path / f"works.{suffix}")
    for roles in (TEXT, TABLE):
        pool = Pool.read(path, hold=hold, **roles)
        assert pool.held is hold
        assert content(pool) == content(Pool.from_frame(table, **roles))
        assert "unread" not in pool.load().columns.column_names


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_folder_is_its_shards_in_the_order_of_their_names(tmp_path, works, write, suffix):
    table = works()
    for name, start, stop in (("b", 90, 150), ("c", 150, 200), ("a", 0, 90)):
        write(table.slice(start, stop - start), tmp_path / f"{name}.{suffix}")
    (tmp_path / "_SUCCESS").touch()
    for hold in (True, False):
        assert content(Pool.read(tmp_path, hold=hold, **TEXT)) == content(Pool.from_frame(table, **TEXT))


def test_owners_and_blocks_do_not_depend_on_the_order_of_the_works(works):
    table = works()
    turned = table.take(np.arange(200)[::-1])
    one, other = Pool.from_frame(table, **TEXT), Pool.from_frame(turned, **TEXT)
    assert (one.owners, one.blocks, one.works.tolist()) == (other.owners, other.blocks, other.works.tolist())


CONVERT = {
    "pandas": pa.Table.to_pandas,
    "pandas categories": lambda table: table.to_pandas().astype({"who": "category"}),
    "polars": pl.from_arrow,
    "lazy polars": lambda table: pl.from_arrow(table).lazy(),
    "dictionary": lambda table: table.set_column(0, "who", table["who"].dictionary_encode()),
    "dict of columns": pa.Table.to_pydict,
    "list of rows": pa.Table.to_pylist,
    "record batches": pa.Table.to_batches,
    "generator of batches": lambda table: iter(table.to_batches(max_chunksize=7)),
    "reader": pa.Table.to_reader,
}


@pytest.mark.parametrize("convert", CONVERT.values(), ids=CONVERT.keys())
def test_every_frame_gives_the_same_pool(works, convert):
    table = works(30)
    assert content(Pool.from_frame(convert(table), **TEXT)) == content(Pool.from_frame(table, **TEXT))
    assert content(Pool.from_frame(convert(table), **TABLE)) == content(Pool.from_frame(table, **TABLE))


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_co_owned_works_make_a_block_of_their_owner_set(tmp_path, write, suffix):
    table = pa.table({"who": [["b", "a"], ["a"], ["a", "b", "a"], ["c", "b"]], "text": list("wxyz")})
    path = write(table, tmp_path / f"works.{suffix}")
    for hold in (True, False):
        pool = Pool.read(path, owner="who", text="text", hold=hold)
        assert pool.owners == ("a", "b", "c")
        assert pool.blocks == ((0,), (0, 1), (1, 2))
        assert pool.works.tolist() == [1, 2, 1]
        assert pool.load().block.tolist() == [1, 0, 1, 2]
    row = np.array([[True, True, False]])
    assert pool.blocks_of(row).tolist() == [[True, True, False]]
    assert pool.with_consent("any").blocks_of(row).tolist() == [[True, True, True]]


@pytest.mark.parametrize("suffix", ["jsonl", "parquet", "csv"])
def test_a_separator_splits_owners_written_in_one_string(tmp_path, write, suffix):
    table = pa.table({"who": ["b; a", "a", " a ;b;"], "text": list("xyz")})
    path = write(table, tmp_path / f"works.{suffix}")
    for hold in (True, False):
        pool = Pool.read(path, owner="who", text="text", owner_sep=";", hold=hold)
        assert (pool.owners, pool.blocks) == (("a", "b"), ((0,), (0, 1)))
    assert Pool.read(path, owner="who", text="text").owners == (" a ;b;", "a", "b; a")


def test_numbers_are_good_names(tmp_path):
    path = tmp_path / "ratings.csv"
    path.write_text("u,i,r,z\n1,10,3.5,x\n007,10,4,y\n1,11,5,x\n")
    pool = Pool.read(path, user="u", item="i", rating="r")
    assert (pool.kind, pool.owners) == ("ratings", ("007", "1"))
    batch = pool.load()
    assert batch.item.tolist() == ["10", "10", "11"]
    assert batch.rating.tolist() == [3.5, 4, 5]
    frame = pd.DataFrame({"u": [1.0, 7.0], "i": [1, 2], "r": [1, 2]})
    assert Pool.from_frame(frame, user="u", item="i", rating="r").owners == ("1", "7")


@pytest.mark.parametrize(("written", "kind", "values"), [
    (["1", "2", "30"], "int64", [1, 2, 30]),
    (["1", "2.5", ""], "double", [1, 2.5, None]),
    (["007", "008", "1"], "string", ["007", "008", "1"]),
    (["1", "2", "x"], "string", ["1", "2", "x"]),
    (["", "", ""], "string", ["", "", ""]),
])  # fmt: skip
def test_csv_columns_get_their_type_from_all_rows(tmp_path, written, kind, values):
    path = tmp_path / "t.csv"
    path.write_text("who,text,k\n" + "".join(f"a,t,{w}\n" for w in written))
    for hold in (True, False):
        column = Pool.read(path, owner="who", text="text", keep="k", hold=hold).load().column("k")
        got = [None if v != v else v for v in column.to_pylist()]
        assert (str(column.type), got) == (kind, values)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_csv_has_any_usual_separator_and_a_byte_order_mark(tmp_path, mark):
    path = tmp_path / "t.csv"
    path.write_text("﻿who,text\r\nann,'hi'\r\nbo,there\r\n".replace(",", mark).replace("'", '"'), "utf-8")
    pool = Pool.read(path, owner="who", text="text")
    assert (pool.owners, pool.load().text) == (("ann", "bo"), ["hi", "there"])


@pytest.mark.parametrize("size", [1, 2, 7, 64, 1000])
@pytest.mark.parametrize("quoted", [True, False])
def test_chunks_hold_whole_records_whatever_their_size(tmp_path, size, quoted):
    text = b'a,"x\ny ""q"""\n\nb,z\n"c\n\n\n",1\nlast,no end'
    path = tmp_path / "t"
    path.write_bytes(text)
    with path.open("rb") as stream:
        chunks = list(record_chunks(stream, quoted=quoted, size=size))
    assert b"".join(chunks) == text
    for chunk in chunks[:-1]:
        assert chunk.endswith(b"\n")
        assert not quoted or chunk.count(b'"') % 2 == 0


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_many_small_chunks_give_the_same_works(tmp_path, works, write, monkeypatch, suffix):
    path = write(works(), tmp_path / f"t.{suffix}")
    whole = content(Pool.read(path, hold=False, **TEXT))
    monkeypatch.setattr("commonweal.pool.textchunks.CHUNK_BYTES", 300)
    pool = Pool.read(path, hold=False, **TEXT)
    assert content(pool) == whole
    shards = [pickle.loads(pickle.dumps(shard)) for shard in pool.shards(5)]
    assert len(shards) == 5
    assert np.concatenate([shard.load().number for shard in shards]).tolist() == whole[3]


def test_large_inputs_are_not_held(tmp_path, works, write, monkeypatch):
    path = write(works(), tmp_path / "t.parquet")
    monkeypatch.setattr("commonweal.pool.survey.HOLD_BYTES", 1000)
    assert not Pool.read(path, **TEXT).held


def test_batches_have_at_most_the_size_asked_for_and_only_the_columns(tmp_path, works, write):
    path = write(works(), tmp_path / "t.parquet")
    for hold in (True, False):
        pool = Pool.read(path, hold=hold, **TEXT)
        batches = list(pool.batches(30, columns=("label",)))
        assert [len(batch) for batch in batches] == [30] * 6 + [20]
        assert batches[0].columns.column_names == ["label"]
        with pytest.raises(InputError, match="keep="):
            batches[0].column("zip")


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_sources_name_each_file_with_its_hash_and_size(tmp_path, works, write, suffix):
    path = write(works(), tmp_path / f"t.{suffix}")
    (source,) = Pool.read(path, **TEXT).sources
    raw = path.read_bytes()
    assert (source.path, source.sha256, source.bytes) == (
        str(path),
        hashlib.sha256(raw).hexdigest(),
        len(raw),
    )


def test_a_base_may_have_no_owners():
    pool = Pool.from_frame({"t": ["a b", "c"]}, owner=None, text="t")
    assert pool.works.tolist() == [2]
    with pytest.raises(InputError, match="owner column"):
        Pool.from_frame({"t": ["a b", "c"]}, text="t")


def test_a_file_changed_between_passes_is_refused(tmp_path, works, write):
    path = write(works(), tmp_path / "t.jsonl")
    pool = Pool.read(path, hold=False, **TEXT)
    path.write_text(path.read_text() + json.dumps({"who": "x", "text": "more"}) + "\n")
    with pytest.raises(InputError, match="changed after"):
        pool.load()


@pytest.mark.parametrize("days", [["1990", "1991"], ["1990-05", "1991-06"], ["1990-05-02", "1991"],
                                  ["1990-05-02T10:11:12", "1991-01-01"],
                                  ["1990-05-02T10:00:00Z", "1991-01-01T02:00:00+02:00"],
                                  ["1990-05-02 10:11:12.25", "1991-01-01"]])  # fmt: skip
def test_dates_are_read_as_people_write_them(tmp_path, days):
    (tmp_path / "t.csv").write_text("who,text,day\n" + "".join(f"a,t,{day}\n" for day in days))
    frame = {"who": ["a", "a"], "text": ["t", "t"], "day": days}
    for pool in (
        Pool.read(tmp_path / "t.csv", owner="who", text="text", date="day"),
        Pool.from_frame(frame, owner="who", text="text", date="day"),
    ):
        row = pool.owner_table().to_pylist()[0]
        assert row["first"].startswith("1990")
        assert row["last"].startswith("1991")
        assert pool.split(0.5, by="date")[1].load().number.tolist() == [1]
