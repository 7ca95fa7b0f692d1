"""Who has what: the owner table, groups, and the choice of owners."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commonweal.errors import InputError
from commonweal.pool import Pool

WHO = [["a"], ["b", "a"], ["b"], ["c"], ["a"]]
TABLE = pa.table(
    {
        "who": WHO,
        "text": ["one two", " three\tfour five ", "six", "seven", "eight\n\nnine"],
        "day": ["2001-01-01", "2000-05-05", "2003-03-03", "2002-02-02", "2004-04-04"],
        "party": ["x", "y", None, " ", "x"],
        "tags": [["p", "q"], ["p", "p"], [], None, ["q"]],
    }
)
ROLES = {"owner": "who", "text": "text", "date": "day", "keep": ("party", "tags")}


@pytest.fixture(params=["held", "read again"])
def pool(request, tmp_path):
    pq.write_table(TABLE, tmp_path / "t.parquet", row_group_size=2)
    return Pool.read(tmp_path / "t.parquet", hold=request.param == "held", **ROLES)


def test_the_owner_table_counts_co_owned_works_for_each_owner(pool):
    assert pool.owner_table().to_pylist() == [
        {"owner": "a", "works": 3, "size": 7, "co_owned": 1, "first": "2000-05-05", "last": "2004-04-04"},
        {"owner": "b", "works": 2, "size": 4, "co_owned": 1, "first": "2000-05-05", "last": "2003-03-03"},
        {"owner": "c", "works": 1, "size": 1, "co_owned": 0, "first": "2002-02-02", "last": "2002-02-02"},
    ]


def test_the_owner_table_of_a_half_says_where_an_owner_has_nothing(pool):
    late = pool.split(0.4, by="date")[1].owner_table().to_pylist()
    assert [row["works"] for row in late] == [1, 1, 0]
    assert late[2]["first"] is None


def test_sizes_without_texts_are_rows():
    pool = Pool.from_frame(
        {"u": ["a", "a", "b"], "i": [1, 2, 1], "r": [1, 2, 3]}, user="u", item="i", rating="r"
    )
    assert pool.owner_table().to_pylist() == [
        {"owner": "a", "works": 2, "size": 2, "co_owned": 0},
        {"owner": "b", "works": 1, "size": 1, "co_owned": 0},
    ]


def test_groups_by_any_work_by_most_and_by_all(pool):
    def group(column, how):
        return {
            value: "".join(np.array(list("abc"))[mask])
            for value, mask in pool.groups(column, how=how).items()
        }

    assert group("party", "any") == {"x": "a", "y": "ab"}
    assert group("party", "most") == {"x": "a", "y": "b"}
    assert group("party", "all") == {"x": "", "y": "b"}
    assert group("tags", "any") == {"p": "ab", "q": "a"}
    assert group("tags", "most") == {"p": "ab", "q": "a"}
    assert group("tags", "all") == {"p": "b", "q": ""}
    with pytest.raises(InputError, match="there is no column 'partie'"):
        pool.groups("partie")
    with pytest.raises(InputError, match="no groups by"):
        pool.groups("party", how="some")


def test_a_choice_of_owners_keeps_the_works_they_may_decide_on(pool):
    only = pool.only(["a", "c"])
    assert (only.owners, only.blocks, only.works.tolist()) == (("a", "c"), ((0,), (1,)), [2, 1])
    assert only.load().number.tolist() == [0, 3, 4]
    assert only.left_out == {"owner not chosen": 2}
    whole = pool.with_consent("any").exclude(["b"])
    assert (whole.owners, whole.works.tolist()) == (("a", "c"), [3, 1])
    assert whole.load().number.tolist() == [0, 1, 3, 4]
    for pair in ((only, only.load()), (whole, whole.load())):
        assert np.bincount(pair[1].block).tolist() == pair[0].works.tolist()
    again = only.split(0.5, seed=1)
    assert sorted(again[0].load().number.tolist() + again[1].load().number.tolist()) == [0, 3, 4]
    with pytest.raises(InputError, match="there is no owner 'ann'"):
        pool.only(["ann"])
    with pytest.raises(InputError, match="no work is left"):
        pool.only([])


def test_owners_drawn_at_random_are_drawn_by_seed(pool):
    assert len(pool.sample_owners(2, seed=1).owners) == 2
    assert pool.sample_owners(2, seed=1).owners == pool.sample_owners(2, seed=1).owners
    with pytest.raises(InputError, match="can't be drawn"):
        pool.sample_owners(4)


def test_two_names_of_one_person_become_one_owner(pool):
    one = pool.rename({"b": "a"})
    assert (one.owners, one.blocks, one.works.tolist()) == (("a", "c"), ((0,), (1,)), [4, 1])
    assert one.load().block.tolist() == [0, 0, 0, 1, 0]
    assert one.left_out == {}
    with pytest.raises(InputError, match="'z'"):
        pool.rename({"z": "a"})


def test_a_pool_does_not_print_its_works(pool):
    assert repr(pool).startswith("<Pool (text): 5 works of 3 owners in 4 blocks, in ")
    assert repr(pool.load()) == "<Batch of 5 works: who, text, day, party, tags>"


def test_groups_are_those_that_a_walk_through_the_works_finds(works, monkeypatch):
    monkeypatch.setattr("commonweal.pool.accounts.LARGE", 17)
    table = works(300, owners=40)
    pool = Pool.from_frame(table, owner="who", features="x", keep="label")
    own = {}
    for who, label in zip(table["who"].to_pylist(), table["label"].to_pylist(), strict=True):
        own.setdefault(who, []).append(label)
    for how, holds in (
        ("any", lambda n, total: n > 0),
        ("most", lambda n, total: n > total / 2),
        ("all", lambda n, total: n == total),
    ):
        expected = {
            label: [holds(own[who].count(label), len(own[who])) for who in pool.owners]
            for label in ("c0", "c1", "c2")
        }
        assert {label: mask.tolist() for label, mask in pool.groups("label", how=how).items()} == expected
    monkeypatch.setattr("commonweal.pool.accounts.MOST", 50)
    with pytest.raises(InputError, match="too many to be groups"):
        pool.groups("label")
