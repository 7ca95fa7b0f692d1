"""Snapshots: whole or not at all, the same bytes twice, readable by others, and what changed between two."""

from __future__ import annotations

import hashlib
import json
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.commons import decisions, disputes
from commonweal.commons.classify import Classification
from commonweal.commons.columns import SNAPSHOT
from commonweal.commons.diff import Diff
from commonweal.commons.publish import FILES, publish
from commonweal.commons.rules import from_toml
from commonweal.errors import InputError

TOML = """
title = "Commons <of> the guild"
[publisher]
name = "The Guild"
url = "https://guild.example/"
licence = "CC0-1.0"
[[rule]]
id = "open"
verdict = "commons"
reason = "Open."
source = "https://opendefinition.org/"
when = { licence = ["cc-by"] }
[[rule]]
id = "closed"
verdict = "not"
reason = "Closed."
source = "assembly"
when = { licence = ["cc-by-nc"] }
"""
DAY = date(2026, 11, 20)
VOTE = decisions.Vote(yes=3, no=1, abstain=0, electorate=9, quorum=3, method="hands", record="minutes")


def snapshot(out: Path, items: dict[str, str], toml: str = TOML, doubted: tuple[str, ...] = ()) -> Path:
    """Publish items, given by their licence, and return the folder."""
    work = out.with_name(f"{out.name}-work")
    work.mkdir()
    rules = from_toml(toml)
    (work / "commons.toml").write_text(toml)
    rows = [{"id": item, "licence": licence} for item, licence in items.items()]
    pq.write_table(
        pa.Table.from_pylist(rows, pa.schema([("id", "string"), ("licence", "string")])), work / "i.pq"
    )
    decisions.append(work / "decisions.jsonl", id="1", on=DAY, by="assembly", vote=VOTE, rules=rules.sha256)
    for item in doubted:
        disputes.open_(work / "disputes.jsonl", item=item, by="m-1", why="<b>w</b>", on=DAY)
    votes, doubts = decisions.read(work / "decisions.jsonl"), disputes.read(work / "disputes.jsonl")
    names = [name for name in ("commons.toml", "decisions.jsonl", "disputes.jsonl") if (work / name).exists()]
    made = Classification(work / "i.pq", rules, decisions=votes, disputes=doubts)
    sources = {name: work / name for name in names}
    publish(made, out, sources=sources, decisions=votes, disputes=doubts, on=DAY)
    return out


ITEMS = {"c": "CC BY 4.0", "a": "CC BY 4.0", "b": "CC BY-NC 4.0", "d": "house rules"}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return snapshot(tmp_path / "site", ITEMS, doubted=("a",))


def test_everything_is_there_and_has_its_hash(site: Path) -> None:
    assert {p.name for p in site.iterdir()} == {*FILES, "index.html"}
    done = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=site, capture_output=True)
    assert done.returncode == 0
    assert len((site / "SHA256SUMS").read_text().splitlines()) == len(FILES)
    assert not [p for p in site.parent.iterdir() if ".partial" in p.name]


def test_the_table_is_sorted_and_says_what_its_columns_mean(site: Path) -> None:
    file = pq.ParquetFile(site / "snapshot.parquet")
    table = file.read()
    assert table["item"].to_pylist() == sorted(ITEMS)
    assert table["verdict"].to_pylist() == ["undecided", "not", "commons", "undecided"]
    assert table["disputed"].to_pylist() == [True, False, False, False]
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    for column in file.schema_arrow:
        assert column.metadata[b"description"] == SNAPSHOT.field(column.name).metadata[b"description"]
    assert file.schema_arrow.metadata[b"rules"].decode() == from_toml(TOML).sha256


def test_the_same_input_gives_the_same_bytes(site: Path, tmp_path: Path) -> None:
    again = snapshot(tmp_path / "again", dict(reversed(ITEMS.items())), doubted=("a",))
    assert (again / "SHA256SUMS").read_text() == (site / "SHA256SUMS").read_text()


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib", "ignore::DeprecationWarning:mlcroissant")
def test_the_validator_of_mlcommons_reads_description_and_records(site: Path) -> None:
    import mlcroissant

    found = mlcroissant.Dataset(jsonld=site / "croissant.json")
    assert not found.metadata.ctx.issues.errors
    assert found.metadata.license == ["https://spdx.org/licenses/CC0-1.0"]
    rows = list(found.records("items"))
    assert [row["items/item"].decode() for row in rows] == sorted(ITEMS)
    assert [row["items/disputed"] for row in rows] == [True, False, False, False]
    assert {
        f["name"] for f in json.loads((site / "croissant.json").read_text())["recordSet"][0]["field"]
    } == set(SNAPSHOT.names)
    (site / "snapshot.parquet").write_bytes(b"other")
    with pytest.raises(mlcroissant.GenerationError):
        list(mlcroissant.Dataset(jsonld=site / "croissant.json").records("items"))


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib", "ignore::DeprecationWarning:mlcroissant")
def test_without_a_publisher_the_description_still_holds(tmp_path: Path) -> None:
    import mlcroissant

    bare = snapshot(tmp_path / "bare", {}, TOML[TOML.index("[[rule]]") :])
    found = mlcroissant.Dataset(jsonld=bare / "croissant.json")
    assert not found.metadata.ctx.issues.errors
    assert list(found.records("items")) == []


def test_a_folder_with_something_in_it_is_left_alone(site: Path, tmp_path: Path) -> None:
    before = {p.name: p.read_bytes() for p in site.iterdir()}
    rules = from_toml(TOML)
    (tmp_path / "x.jsonl").write_text('{"id":"x"}\n{"id":"x"}\n')
    with pytest.raises(InputError, match="something is there"):
        publish(Classification(tmp_path / "x.jsonl", rules), site, sources={}, on=DAY)
    assert {p.name: p.read_bytes() for p in site.iterdir()} == before
    with pytest.raises(InputError, match="1 items have an identifier that another has"):
        publish(Classification(tmp_path / "x.jsonl", rules), tmp_path / "new", sources={}, on=DAY)
    assert not [p for p in tmp_path.iterdir() if p.name == "new" or "partial" in p.name]


def test_a_table_that_was_altered_is_not_compared(site: Path, tmp_path: Path) -> None:
    other = snapshot(tmp_path / "other", ITEMS)
    (other / "snapshot.parquet").write_bytes((site / "snapshot.parquet").read_bytes())
    with pytest.raises(InputError, match="not the one that was published"):
        Diff(site, other)
    with pytest.raises(InputError, match="no snapshot"):
        Diff(site, tmp_path)


licences = st.sampled_from(["CC BY 4.0", "CC BY 3.0", "CC BY-NC 4.0", "house rules"])
VERDICTS = {"CC BY 4.0": "commons", "CC BY 3.0": "commons", "CC BY-NC 4.0": "not", "house rules": "undecided"}
names = st.text("abé日ﬀ🎈", min_size=1, max_size=3)


@given(old=st.dictionaries(names, licences, max_size=8), new=st.dictionaries(names, licences, max_size=8))
@settings(max_examples=40)
def test_the_difference_is_that_of_the_sets(
    old: dict[str, str], new: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("diff")
    diff = Diff(snapshot(folder / "old", old), snapshot(folder / "new", new))
    found = {change.item: str(change.kind) for change in diff.changes()}
    was, now = ({i for i, lic in items.items() if VERDICTS[lic] == "commons"} for items in (old, new))
    expected = dict.fromkeys(now - was, "entered") | dict.fromkeys(was - now, "left")
    for item in (old.keys() | new.keys()) - was - now:
        before, after = VERDICTS.get(old.get(item, "")), VERDICTS.get(new.get(item, ""))
        if before != after:
            expected[item] = "added" if before is None else "removed" if after is None else "changed"
    assert found == expected
    assert sum(diff.counts.values()) == len(expected)


def test_a_rule_that_is_gone_takes_its_works_out_and_is_named(tmp_path: Path) -> None:
    old = snapshot(tmp_path / "old", ITEMS)
    without = TOML.replace('"cc-by"]', '"cc-by-sa"]')
    diff = Diff(old, snapshot(tmp_path / "new", ITEMS, without))
    changes: list[Any] = list(diff.changes())
    assert [(c.item, c.kind, c.before.rule, c.after.verdict) for c in changes if c.kind == "left"] == [
        ("a", "left", "open", "undecided"),
        ("c", "left", "open", "undecided"),
    ]
    assert diff.before.rules != diff.after.rules


def test_a_dispute_takes_an_item_out_until_it_is_decided(tmp_path: Path) -> None:
    diff = Diff(snapshot(tmp_path / "old", ITEMS), snapshot(tmp_path / "new", ITEMS, doubted=("a", "d")))
    changes: list[Any] = list(diff.changes())
    assert [(c.item, c.kind, c.after.disputed) for c in changes] == [
        ("a", "left", True),
        ("d", "changed", True),
    ]


def test_the_manifest_names_what_it_rests_on(site: Path) -> None:
    manifest = json.loads((site / "snapshot.json").read_text())
    assert (manifest["standing"], manifest["rules"]) == ("in force", from_toml(TOML).sha256)
    (decision,) = decisions.read(site / "decisions.jsonl")
    assert manifest["decision"] == decision.sha256
    assert manifest["table"] == hashlib.sha256((site / "snapshot.parquet").read_bytes()).hexdigest()
    assert manifest["counts"]["verdicts"] == {"commons": 1, "not": 1, "undecided": 2}
