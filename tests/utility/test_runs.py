"""Runs: what was trained elsewhere, and nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commonweal.errors import InputError
from commonweal.utility import Metric, Runs

TABLE = {
    "ann": [False, True, True, False],
    "bob": [False, False, True, True],
    "score": [1.0, 2.0, 4.0, 3.0],
    "seed": [0, 0, 0, 0],
}
LISTS = {"coalition": [[], ["ann"], ["ann", "bob"], ["bob"]], "score": [1.0, 2.0, 4.0, 3.0]}
ALL = np.array([[False, False], [True, False], [True, True], [False, True]])


@pytest.mark.parametrize("table", [TABLE, LISTS, pd.DataFrame(TABLE), pl.DataFrame(TABLE), pa.table(LISTS)])
def test_columns_and_lists_and_frames_say_the_same(table):
    runs = Runs(table, metric=Metric("loss", sign=-1))
    assert runs.owners == ("ann", "bob")
    assert runs.metric.sign == -1
    np.testing.assert_array_equal(runs.evaluate(ALL), [1, 2, 4, 3])
    coalitions, score, seed = runs.recorded()
    np.testing.assert_array_equal(coalitions, ALL)
    np.testing.assert_array_equal(score, [1, 2, 4, 3])
    assert (seed == 0).all()


def test_seeds_are_averaged_and_their_noise_is_told():
    """Pooled within coalitions: squares 2, 2 and 0 over 1 + 1 + 0 degrees of freedom."""
    runs = Runs(
        {
            "coalition": ["a;b", "a;b", "a", "a", ""],
            "score": [1.0, 3.0, 5.0, 7.0, 0.0],
            "seed": [0, 1, 0, 1, 0],
        }
    )
    np.testing.assert_array_equal(runs.evaluate(np.array([[1, 1], [1, 0]], bool)), [2, 6])
    assert runs.noise() == pytest.approx(np.sqrt(2))
    assert runs.facts["coalitions"] == 3
    assert Runs(TABLE).noise() is None


def test_what_was_not_run_is_not_invented():
    runs = Runs({"coalition": [["ann"]], "score": [1.0]}, owners=["ann", "bob", "cy"])
    with pytest.raises(InputError, match=r"1 of 2 coalitions was not run, for example \{ann, bob\}"):
        runs.evaluate(np.array([[1, 0, 0], [1, 1, 0]], bool))


def test_files_are_read(tmp_path):
    table = pa.table(TABLE)
    pq.write_table(table, tmp_path / "runs.parquet")
    pd.DataFrame(TABLE).to_csv(tmp_path / "runs.csv", index=False)
    pd.DataFrame(LISTS).to_json(tmp_path / "runs.jsonl", orient="records", lines=True)
    pd.DataFrame(TABLE).to_csv(tmp_path / "runs.csv.gz", index=False)
    for name in ("runs.parquet", "runs.csv", "runs.jsonl", "runs.csv.gz"):
        np.testing.assert_array_equal(Runs.read(tmp_path / name).evaluate(ALL), [1, 2, 4, 3])
    ones = pd.DataFrame(TABLE).astype({"ann": int, "bob": int})
    ones.to_csv(tmp_path / "ones.csv", index=False)
    np.testing.assert_array_equal(
        Runs.read(tmp_path / "ones.csv", owners=["ann", "bob"]).evaluate(ALL), [1, 2, 4, 3]
    )
    with pytest.raises(InputError, match="no column says"):
        Runs.read(tmp_path / "ones.csv")


def test_what_it_can_not_use_is_refused_with_a_mend(tmp_path):
    for table, options, match in (
        ({**TABLE, "score": [1.0, None, 2.0, 3.0]}, {}, "run 1"),
        ({**TABLE, "ann": [0, 1, 2, 1]}, {"owners": ["ann", "bob"]}, "run 2, column 'ann'"),
        (LISTS, {"owners": ["ann"]}, "'bob' is no owner"),
        (TABLE, {"score": "bits"}, "no column 'bits'"),
        ([1, 2], {}, "list"),
    ):
        with pytest.raises(InputError, match=match):
            Runs(table, **options)
    (tmp_path / "runs.txt").write_text("x")
    (tmp_path / "cut.parquet").write_bytes(b"PAR1")
    for name, match in (
        ("none.csv", "no such file"),
        ("runs.txt", "unknown kind"),
        ("cut.parquet", "can't be read"),
    ):
        with pytest.raises(InputError, match=match):
            Runs.read(tmp_path / name)
