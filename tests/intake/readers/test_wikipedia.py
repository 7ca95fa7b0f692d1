"""Wikipedia: lists of edits, and histories of pages in which an edit is what it added."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from commonweal.intake.readers.wikipedia import _added
from exports import bring, same_from_folder, survives_anything


def contributions(*users: str) -> dict[str, Any]:
    edits = [
        {
            "userid": 7,
            "user": user,
            "pageid": 10 + n,
            "revid": 1_000 + n,
            "parentid": 900 + n if n else 0,
            "ns": 0,
            "title": f"Bee {n}",
            "timestamp": "2024-05-06T07:08:09Z",
            "comment": "/* Life */ more",
            "size": 5_000,
            "sizediff": -12,
            "tags": ["visualeditor"],
        }
        for n, user in enumerate(users)
    ]
    return {"batchcomplete": True, "continue": {"uccontinue": "x"}, "query": {"usercontribs": edits}}


def revision(
    number: int, text: str, user: str = "me", when: str = "2024-05-06T07:08:09Z", parent: int = 0
) -> str:
    above = f"<parentid>{parent}</parentid>" if parent else ""
    return (
        f"<revision><id>{number}</id>{above}<timestamp>{when}</timestamp>"
        f"<contributor><username>{user}</username><id>7</id></contributor><comment>why {number}</comment>"
        f'<model>wikitext</model><text bytes="{len(text)}" xml:space="preserve">{text}</text></revision>'
    )


def export(*revisions: str, base: str = "https://en.wikipedia.org/wiki/Main_Page") -> str:
    return (
        '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="en"><siteinfo>'
        f"<sitename>Wikipedia</sitename><base>{base}</base></siteinfo><page><title>Bee</title><ns>0</ns><id>10</id>"
        + "".join(revisions)
        + "</page></mediawiki>"
    )


def test_a_list_of_one_users_edits_is_theirs(tmp_path: Path) -> None:
    one, two = bring(tmp_path, {"uc.json": contributions("Ada", "Ada")}).rows("work")
    assert (one["native_id"], one["title"], one["kind"], one["mine"]) == ("1000", "Bee 0", "edit", True)
    assert (one["in_reply_to"], two["in_reply_to"]) == (None, "901")
    assert one["created_us"] == 1714979289_000_000
    assert json.loads(one["json"])["comment"] == "/* Life */ more" and one["license"] is None


def test_of_a_list_of_several_users_the_owners_edits_are_theirs(tmp_path: Path) -> None:
    rows = bring(tmp_path, {"uc.json": contributions("Ada", "me")}).rows("work")
    assert [r["mine"] for r in rows] == [False, True]


def test_an_edit_of_a_history_is_the_lines_that_it_added(tmp_path: Path) -> None:
    text = export(
        revision(1, "one\ntwo", user="Ada", when="2020-01-01T00:00:00Z"),
        revision(2, "one\ntwo\nthree", parent=1),
        revision(3, "zero\none\nthree", user="Ada", parent=2),
    )
    one, two, three = bring(tmp_path, {"export.xml": text}).rows("work")
    assert [r["text"] for r in (one, two, three)] == ["one\ntwo", "three", "zero"]
    assert [r["mine"] for r in (one, two, three)] == [False, True, False]
    assert [r["license"] for r in (one, two)] == ["CC-BY-SA-3.0", "CC-BY-SA-4.0"]
    assert (two["title"], two["url"]) == ("Bee", "https://en.wikipedia.org/w/index.php?oldid=2")
    assert json.loads(three["json"])["edit"]["text"]["text"] == "zero\none\nthree"
    assert json.loads(three["json"])["edit"]["comment"] == "why 3"


def test_where_the_revision_before_is_missing_nothing_is_claimed_as_added(tmp_path: Path) -> None:
    found = bring(tmp_path, {"export.xml": export(revision(9, "all of it", parent=8))})
    assert found.rows("work")[0]["text"] == ""
    assert any("doesn't tell what this edit changed" in reason for _, reason in found.ledger.losses)


def test_another_wiki_has_no_licence_that_we_know(tmp_path: Path) -> None:
    text = export(revision(1, "x"), base="https://wiki.example/wiki/Main")
    (row,) = bring(tmp_path, {"export.xml": text}).rows("work")
    assert row["license"] is None and row["url"] is None


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_what_was_added_is_as_many_lines_of_each_kind_as_are_new(old: list[str], new: list[str]) -> None:
    from collections import Counter

    added = _added({"parentid": "1"}, new, ("1", Counter(old)))
    assert added is not None
    assert Counter(added.split("\n") if added else []) == Counter(new) - Counter(old)
    assert len(added.split("\n") if added else []) <= sum(d[0] == "+" for d in difflib.ndiff(old, new))


def test_a_folder_is_as_good_as_a_zip(tmp_path: Path) -> None:
    same_from_folder(tmp_path, {"a.json": contributions("Ada"), "b.xml": export(revision(1, "x"))})


def test_any_spoilt_key_is_survived_with_every_value_accounted_for(tmp_path: Path) -> None:
    survives_anything(tmp_path, contributions("Ada", "me"), "uc.json")
