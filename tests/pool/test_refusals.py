"""What can't be used is refused before any work starts: the file, the row or column, and the mend."""

from __future__ import annotations

import gzip
import json
import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commonweal.errors import InputError
from commonweal.pool import Pool, check_labels

SECRET = "a private sentence"
TEXT = {"owner": "who", "text": "text"}


def refusal(path, **roles):
    """Return the message of a refusal, the same whether the works are held or not."""
    messages = set()
    for hold in (True, False):
        with pytest.raises(InputError) as caught:
            Pool.read(path, hold=hold, **roles)
        messages.add(str(caught.value))
        assert caught.value.mend
    (message,) = messages
    assert SECRET not in message
    return message


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_a_missing_owner_and_an_empty_text_name_their_rows(tmp_path, write, suffix):
    rows = [("ann", SECRET), ("", SECRET), ("bo", "  "), ("  ", SECRET), ("bo", "x\ny"), ("", "")] + [
        ("", "t")
    ] * 9
    table = pa.table({"who": [r[0] for r in rows], "text": [r[1] for r in rows]})
    path = write(table, tmp_path / f"t.{suffix}")
    message = refusal(path, **TEXT)
    first = f"{path} row 2 (line 3)" if suffix == "csv" else f"{path} row 2"
    assert "12 works have no owner: " + first in message
    assert message.count(" row ") == 6  # five of the first kind, one of the second
    assert "1 work has an empty text" in message
    assert "give each work its owner" in message
    if suffix == "csv":
        assert "row 6 (line 8)" in message  # a text with a line end came before
    if suffix == "jsonl":
        assert "row 6 (line 6)" in message
    left = Pool.read(path, on_bad="leave_out", **TEXT)
    assert dict(left.left_out) == {"no owner": 12, "an empty text": 1}
    assert left.load().number.tolist() == [0, 4]
    lazy = Pool.read(path, on_bad="leave_out", hold=False, **TEXT)
    assert lazy.load().number.tolist() == [0, 4]
    assert [batch.number.tolist() for batch in lazy.batches(1, columns=())] == [[0], [4]]


@pytest.mark.parametrize("bad", ["nan", "inf", "-Infinity", "", "NA", "x", "1_0"])
@pytest.mark.parametrize("part", ["x", "y"])
def test_numbers_that_are_none_are_refused_in_csv(tmp_path, bad, part):
    path = tmp_path / "t.csv"
    values = {"x": "1", "y": "2"} | {part: bad}
    path.write_text("who,x,y\n" + "a,1,2\n" * 20 + f"b,{values['x']},{values['y']}\n")
    message = refusal(path, owner="who", features="x", target="y")
    assert "row 21" in message
    if not (part == "y" and bad in ("x", "1_0")):
        assert f"no finite number in column '{part}': {path} row 21 (line 22)" in message
    else:
        assert "1 value of target 'y' is no number" in message


@pytest.mark.parametrize("bad", [math.nan, math.inf, None])
@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_numbers_that_are_none_are_refused_in_typed_files(tmp_path, write, bad, suffix):
    path = write(pa.table({"who": ["a", "b"], "x": [1.0, bad], "y": [1.5, 2.0]}), tmp_path / f"t.{suffix}")
    assert f"no finite number in column 'x': {path} row 2" in refusal(
        path, owner="who", features="x", target="y"
    )
    assert f"no finite number in column 'x': {path} row 2" in refusal(
        path, owner="who", features="y", target="x"
    )
    path = write(pa.table({"who": ["a", "b"], "i": [1, 2], "r": [1.0, bad]}), tmp_path / f"r.{suffix}")
    assert "no finite number in column 'r'" in refusal(path, user="who", item="i", rating="r")


def test_missing_items_labels_and_dates_are_refused():
    with pytest.raises(InputError, match="1 work has no item: the frame row 2 "):
        Pool.from_frame({"u": ["a", "b"], "i": ["x", None], "r": [1, 2]}, user="u", item="i", rating="r")
    for label in (None, " "):
        with pytest.raises(InputError, match="1 work has no label: the frame row 2 "):
            Pool.from_frame(
                {"u": ["a", "b"], "x": [1, 2], "y": ["p", label]}, owner="u", features="x", target="y"
            )
    for day in (None, "soon", "2001-13-01", "1-2-2001"):
        with pytest.raises(InputError, match="1 work has no readable date: the frame row 2 "):
            Pool.from_frame(
                {"u": ["a", "b"], "t": ["p", "q"], "d": ["2001-01-01", day]}, owner="u", text="t", date="d"
            )


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet", "csv.gz", "jsonl.gz", "parquet.gz"])
def test_a_column_that_is_not_there_is_answered_with_the_near_ones(tmp_path, works, write, suffix):
    path = write(works(), tmp_path / f"t.{suffix}")
    message = refusal(path, owner="whom", text="text")
    assert message.startswith(f"{path}: there is no column 'whom'")
    assert "did you mean 'who'?" in message
    assert "label" in message
    with pytest.raises(InputError, match="did you mean 'who'"):
        Pool.from_frame(works(), owner="WHO", text="text")


def test_a_shard_that_lacks_a_column_is_named(tmp_path, works, write):
    write(works(), tmp_path / "a.parquet")
    write(works().drop_columns("label"), tmp_path / "b.parquet")
    assert "b.parquet: there is no column 'label'" in refusal(
        tmp_path, target="label", features="x", owner="who"
    )


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet", "csv.gz", "jsonl.gz", "parquet.gz"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_file_that_is_cut_off_is_refused(tmp_path, works, write, suffix, share):
    path = write(works(), tmp_path / f"t.{suffix}")
    raw = path.read_bytes()
    cut = int(share * len(raw))
    while suffix == "csv" and raw[:cut].count(b'"') % 2 == 0:
        cut -= 1  # inside a quoted field
    while suffix == "jsonl" and raw[cut - 1 : cut] in (b"\n", b"}"):
        cut -= 1
    path.write_bytes(raw[:cut])
    message = refusal(path, **TEXT)
    assert str(path) in message
    assert "cut off" in message


def test_a_csv_cut_between_two_fields_names_its_last_row(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('who,text,x\na,"two\nlines",1\nb,' + SECRET)
    message = refusal(path, **TEXT)
    assert f"{path} data row 2 (line 4)" in message
    assert "2 fields where the header has 3" in message


def test_a_quote_inside_a_field_that_is_not_quoted_is_refused_not_misread(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(f'who,text\na,5" pipe\nb,{SECRET}\n')
    assert "a quoted field is not closed" in refusal(path, **TEXT)


def test_lines_that_end_in_a_carriage_return_alone_are_refused(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"who,text\ra,b\rc,d\r")
    assert "lone carriage return" in refusal(tmp_path / "t.csv", **TEXT)


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet", "csv.gz", "jsonl.gz", "parquet.gz"])
def test_a_damaged_file_is_read_or_refused_and_nothing_else(tmp_path, works, write, suffix):
    """120 files with letters changed, taken out or put in: a pool that can be read, or an InputError."""
    path = write(works(40), tmp_path / f"t.{suffix}")
    raw, rng = path.read_bytes(), np.random.default_rng(0)
    for _ in range(120):
        at, length = int(rng.integers(len(raw))), int(rng.integers(1, 50))
        new = bytes(rng.choice(list(b'"\n\r,;\x00\xff{}[]a1 '), int(rng.integers(0, 4))).tolist())
        path.write_bytes(raw[:at] + new + raw[at + length :])
        try:
            pool = Pool.read(path, hold=False, on_bad="leave_out", **TEXT, target="label", date="day")
        except InputError as error:
            assert str(path) in str(error) or "target" in str(error)
        else:
            assert sum(len(batch) for batch in pool.batches(7)) == pool.n_works


def test_what_is_no_json_names_its_line(tmp_path):
    path = tmp_path / "t.jsonl"
    good = json.dumps({"who": "a", "text": SECRET})
    for bad, says in (
        ("{nonsense}", "no JSON"),
        ("[1]", "no JSON object"),
        (good[:-5], "ends before its end"),
    ):
        path.write_text(f"{good}\n\n{bad}")
        message = refusal(path, **TEXT)
        assert f"{path} line 3" in message
        assert says in message


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_text_that_is_not_utf8_names_its_line(tmp_path, suffix):
    path = tmp_path / f"t.{suffix}"
    lines = (
        "who,text\na,b\nc,é\n" if suffix == "csv" else '{"who":"a","text":"b"}\n\n{"who":"a","text":"é"}\n'
    )
    path.write_bytes(lines.encode("latin-1"))
    message = refusal(path, **TEXT)
    assert "not UTF-8" in message
    assert "line 3" in message


def test_empty_and_absent_files_and_folders_are_refused(tmp_path, works, write):
    (tmp_path / "empty.csv").touch()
    assert "the file is empty" in refusal(tmp_path / "empty.csv", **TEXT)
    (tmp_path / "head.csv").write_text("who,text\n")
    assert "no rows" in refusal(tmp_path / "head.csv", **TEXT)
    write(works(0), tmp_path / "none.parquet")
    assert "no rows" in refusal(tmp_path / "none.parquet", **TEXT)
    (tmp_path / "none.csv.gz").write_bytes(gzip.compress(b""))
    assert "none.csv.gz" in refusal(tmp_path / "none.csv.gz", **TEXT)
    assert "did you mean head.csv" in refusal(tmp_path / "heads.csv", **TEXT)
    (tmp_path / "folder").mkdir()
    assert "no file of works" in refusal(tmp_path / "folder", **TEXT)
    (tmp_path / "folder" / "read.me").write_text("x")
    assert "take the file out of the folder" in refusal(tmp_path / "folder", **TEXT)
    assert "mixes formats: csv, parquet" in refusal(
        [tmp_path / "head.csv", tmp_path / "none.parquet"], **TEXT
    )
    with pytest.raises(InputError, match="no rows"):
        Pool.from_frame(works(0), **TEXT)
    (tmp_path / "blank.jsonl").write_text("\n\n")
    assert "blank.jsonl" in refusal(tmp_path / "blank.jsonl", **TEXT)


def test_a_pool_of_which_nothing_is_left_is_refused():
    with pytest.raises(InputError, match="no work is left: 2 with no owner"):
        Pool.from_frame({"who": ["", None], "text": ["x", "y"]}, on_bad="leave_out", **TEXT)


@pytest.mark.parametrize("part", ["owner", "text", "features", "rating"])
def test_a_column_of_the_wrong_type_is_refused(part):
    frame = {"u": ["a", "b"], "t": ["x", "y"], "n": [1.0, 2.0], "d": [{"k": 1}, {"k": 2}]}
    roles = {"owner": "u", "text": "t"} if part != "features" else {"owner": "u"}
    if part == "rating":
        roles = {"user": "u", "item": "n", "rating": "t"}
    elif part == "owner":
        roles["owner"] = "d"
    else:
        roles[part] = "n" if part == "text" else "t"
    with pytest.raises(InputError, match=r"column '.' holds"):
        Pool.from_frame(frame, **roles)


@pytest.mark.parametrize("make", [dict, pd.DataFrame])
def test_owners_written_now_as_a_list_now_as_a_string_are_refused(tmp_path, make):
    who = [["a", "b"], "c", ["d"], ["e"]]
    with pytest.raises(InputError, match=r"lists and text; text in 1 row\(s\): 2 — .*a list of owners even"):
        Pool.from_frame(make({"who": who, "text": list("wxyz")}), **TEXT)
    path = tmp_path / "t.jsonl"
    path.write_text("".join(json.dumps({"who": w, "text": SECRET}) + "\n" for w in who))
    assert "text in 1 row(s): 2 (line 2)" in refusal(path, **TEXT)


def test_owners_that_are_nan_in_pandas_are_missing():
    for who in (["a", np.nan], ["a", None], [1, np.nan], [["a"], np.nan], [["a"], [None]], [["a"], []]):
        with pytest.raises(InputError, match="1 work has no owner: the frame row 2 "):
            Pool.from_frame(pd.DataFrame({"who": who, "text": ["x", "y"]}), **TEXT)


def test_shards_whose_targets_have_different_types_are_refused(tmp_path):
    pq.write_table(pa.table({"who": ["a"], "x": [1.0], "y": [1.0]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"who": ["a"], "x": [1.0], "y": ["p"]}), tmp_path / "b.parquet")
    assert "b.parquet: column 'y' holds" in refusal(tmp_path, owner="who", features="x", target="y")


def test_labels_never_seen_in_training_or_base_are_refused():
    def pool(labels):
        return Pool.from_frame({"o": ["a"] * len(labels), "x": [1] * len(labels), "y": labels}, owner="o",
                               features="x", target="y")  # fmt: skip

    assert check_labels(pool(["p", "q"]), pool(["p"])) == ("p", "q")
    assert check_labels(pool(["p"]), pool(["q"]), pool(["q"])) == ("p", "q")
    with pytest.raises(InputError, match="of no training work: 'r'"):
        check_labels(pool(["p"]), pool(["q", "r"]), pool(["q"]))
    assert check_labels(pool([1, 2]), pool([3])) == ()
    with pytest.raises(InputError, match="of no training work: '3'"):
        check_labels(pool([1, 2]), pool([3]), numbers=True)
    with pytest.raises(InputError, match="numbers in one pool"):
        check_labels(pool([1, 2]), pool(["p"]))


@pytest.mark.parametrize(("roles", "says"), [
    ({"text": "t"}, "one owner column"),
    ({"owner": "o", "user": "o", "text": "t"}, "one owner column"),
    ({"owner": "o", "txt": "t"}, "no such role: txt"),
    ({"owner": "o", "text": "o"}, "named for two parts"),
    ({"owner": "o", "features": ["t", "u"], "target": "t"}, "named for two parts"),
    ({"owner": "o", "rating": "t"}, "needs an item"),
    ({"owner": "o", "item": "t", "text": "u"}, "no text"),
    ({"owner": "o", "text": "t", "features": "u"}, "not both"),
    ({"owner": "o", "text": "t", "consent": "most"}, "unknown consent"),
    ({"owner": "o", "text": "t", "on_bad": "ignore"}, "unknown on_bad"),
])  # fmt: skip
def test_roles_that_contradict_each_other_are_refused(roles, says):
    with pytest.raises(InputError, match=says):
        Pool.from_frame({"o": ["a"], "t": ["x"], "u": [1]}, **roles)


def test_what_is_no_frame_is_refused():
    for nothing in (3, "text", [], [1, 2]):
        with pytest.raises(InputError, match="no frame"):
            Pool.from_frame(nothing, **TEXT)
    with pytest.raises(InputError, match="unequal length: who 2, text 1"):
        Pool.from_frame({"who": ["a", "b"], "text": ["x"]}, **TEXT)
