"""Substack: rows of posts with their HTML, and tables of other people's addresses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from exports import bring, brought, same_from_folder

EXAMPLES = Path(__file__).parents[4] / "shared" / "fixtures" / "substack"
HEAD = "post_id,post_date,is_published,email_sent_at,type,audience,title,subtitle,podcast_url\r\n"
ROW = "{},2020-01-02T03:04:05.678Z,{},,newsletter,{},{},Sub,\r\n"
FILES = {
    "posts.csv": HEAD
    + ROW.format("1.open", "true", "everyone", '"Of &#x201C;bees&#x201D;,\nand more"')
    + ROW.format("2.paid", "true", "only_paid", "Paid")
    + ROW.format("3.later", "false", "everyone", ""),
    "posts/1.open.html": "<p>They <i>hum</i>.</p>",
    "posts/2.paid.html": "<h2>Hear</h2><p>them</p>",
}
LIST = "email,active_subscription,expiry\nb@example.org,true,\n"


def test_a_row_and_its_page_are_one_work(tmp_path: Path) -> None:
    one, two, three = bring(tmp_path, FILES).rows("work")
    assert (one["native_id"], one["title"], one["text"]) == ("1.open", "Of “bees”,\nand more", "They hum.")
    assert (one["created_us"], one["time_quality"]) == (1577934245_678_000, "exact")
    assert [w["visibility"] for w in (one, two, three)] == ["public", "private", "draft"]
    assert json.loads(two["json"])["html"] == "<h2>Hear</h2><p>them</p>"
    assert json.loads(two["json"])["row"]["type"] == "newsletter"


def test_a_row_without_a_page_is_kept_and_listed(tmp_path: Path) -> None:
    found = bring(tmp_path, FILES)
    assert found.rows("work")[2]["text"] == ""
    assert [p for p, r in found.ledger.losses if "text is not in the export" in r] == ["posts.csv: post_id"]


def test_a_page_without_a_row_is_a_work_all_the_same(tmp_path: Path) -> None:
    found = bring(tmp_path, {**FILES, "posts/9.lost.html": "<p>Alone.</p>"})
    assert (found.rows("work")[3]["native_id"], found.rows("work")[3]["text"]) == ("9.lost", "Alone.")


@pytest.mark.parametrize("name", ["email_list.ada.csv", "posts/1.open.opens.csv"])
def test_addresses_of_subscribers_are_refused_unless_asked_for(tmp_path: Path, name: str) -> None:
    files = {**FILES, name: LIST}
    found = bring(tmp_path, files)
    assert found.rows("asset") == []
    assert [p for p, r in found.ledger.losses if "--include messages" in r] == [name]
    asked = tmp_path / "asked"
    asked.mkdir()
    assert [a["path"] for a in bring(asked, files, include=["messages"]).rows("asset")] == [name]


def test_a_folder_is_as_good_as_a_zip_and_may_lie_in_another(tmp_path: Path) -> None:
    same_from_folder(tmp_path, {f"export/{name}": text for name, text in FILES.items()})


def test_a_row_with_more_fields_than_names_keeps_them(tmp_path: Path) -> None:
    found = bring(
        tmp_path, {"posts.csv": HEAD + ROW.format("1", "true", "everyone", "T").strip() + ",more,yet\r\n"}
    )
    assert json.loads(found.rows("work")[0]["json"])["more"] == ["more", "yet"]


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="examples of others are not here")
def test_the_examples_of_others_are_read_with_nothing_unaccounted_for(tmp_path: Path) -> None:
    table = next(EXAMPLES.rglob("posts.csv"))
    found = brought(table.parent, tmp_path / "archive")
    assert len(found.rows("work")) == 5 and all(w["text"] for w in found.rows("work"))
    assert sum(w["visibility"] == "draft" for w in found.rows("work")) == 1
    assert not found.ledger.losses
