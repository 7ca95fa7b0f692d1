"""Stack Exchange: rows of a dump as works, whose they are, and under which licence."""

from __future__ import annotations

import json
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest

from commonweal.errors import InputError
from exports import bring, brought, same_from_folder

FIXTURES = Path(__file__).parents[4] / "shared" / "data" / "stackexchange"
QUESTION = {
    "Id": "1",
    "PostTypeId": "1",
    "AcceptedAnswerId": "2",
    "CreationDate": "2010-07-01T10:00:00.123",
    "Score": "3",
    "Body": "<p>Which <b>hammer</b> &amp; why?</p>\n<pre><code>a &lt; b</code></pre>",
    "OwnerUserId": "7",
    "Title": "Hammers",
    "Tags": "<tools><forge>",
    "CommentCount": "1",
}
ANSWER = {
    "Id": "2",
    "PostTypeId": "2",
    "ParentId": "1",
    "CreationDate": "2012-01-01T00:00:00",
    "Body": "<p>The heavy one.</p>",
    "OwnerDisplayName": "Gone Smith",
}
COMMENT = {
    "Id": "9",
    "PostId": "2",
    "Score": "0",
    "Text": "Which is <that>?",
    "CreationDate": "2019-01-01T00:00:00.000",
    "UserId": "7",
    "ContentLicense": "CC BY-SA 4.0",
}


def dump(table: str, *rows: dict[str, str]) -> str:
    lines = ["  <row " + " ".join(f"{k}={quoteattr(v)}" for k, v in row.items()) + " />" for row in rows]
    return "\n".join(['\ufeff<?xml version="1.0" encoding="utf-8"?>', f"<{table}>", *lines, f"</{table}>"])


def test_questions_answers_and_comments_are_works_with_their_text_plain(tmp_path: Path) -> None:
    files = {"Posts.xml": dump("posts", QUESTION, ANSWER), "Comments.xml": dump("comments", COMMENT)}
    works = bring(tmp_path, files).rows("work")
    assert [(w["kind"], w["text"], w["in_reply_to"]) for w in works] == [
        ("post", "Which hammer & why?\n\na < b", None),
        ("post", "The heavy one.", "1"),
        ("comment", "Which is <that>?", "2"),
    ]
    assert [(w["author"], w["mine"]) for w in works] == [("7", False), ("Gone Smith", False), ("7", False)]
    assert (works[0]["created_us"], works[0]["time_quality"]) == (1277978400_123_000, "exact")
    assert json.loads(works[0]["json"])["Body"] == QUESTION["Body"]


def test_yours_are_those_of_the_number_or_the_name_that_is_given(tmp_path: Path) -> None:
    from commonweal.intake import Archive, import_export
    from exports import zipped

    source = zipped({"Posts.xml": dump("posts", QUESTION, ANSWER)}, tmp_path / "dump.zip")
    for owner, mine in (("7", [True, False]), ("Gone Smith", [False, True]), ("1", [False, False])):
        import_export(source, tmp_path / owner, owner=owner)
        rows = Archive(tmp_path / owner).table("work").to_pylist()
        assert [w["mine"] for w in sorted(rows, key=lambda w: w["seq"])] == mine


@pytest.mark.parametrize(
    ("changes", "spdx"),
    [
        ({"CreationDate": "2011-04-07T23:59:59.999"}, "CC-BY-SA-2.5"),
        ({"CreationDate": "2011-04-08T00:00:00.000"}, "CC-BY-SA-3.0"),
        ({"CreationDate": "2018-05-01T23:59:59.999"}, "CC-BY-SA-3.0"),
        ({"CreationDate": "2018-05-02T00:00:00.000"}, "CC-BY-SA-4.0"),
        ({"CreationDate": "2010-01-01T00:00:00", "LastEditDate": "2020-01-01T00:00:00"}, "CC-BY-SA-4.0"),
        ({"CreationDate": "2020-01-01T00:00:00", "ContentLicense": "CC BY-SA 3.0"}, "CC-BY-SA-3.0"),
        ({"CreationDate": ""}, None),
    ],
    ids=["2.5", "3.0", "3.0-last", "4.0", "edited", "named", "no-date"],
)
def test_the_licence_is_the_one_named_or_goes_by_the_date_of_the_last_edit(
    tmp_path: Path, changes: dict[str, str], spdx: str | None
) -> None:
    works = bring(tmp_path, {"Posts.xml": dump("posts", {**QUESTION, **changes})}).rows("work")
    assert works[0]["license"] == spdx


def test_addresses_are_made_where_the_folder_is_named_after_the_site(tmp_path: Path) -> None:
    files = {"ja.stackoverflow.com/Posts.xml": dump("posts", QUESTION, ANSWER)}
    works = bring(tmp_path, files).rows("work")
    assert [(w["url"], w["in_reply_to"]) for w in works] == [
        ("https://ja.stackoverflow.com/q/1", None),
        ("https://ja.stackoverflow.com/a/2", "1"),
    ]
    same_from_folder(tmp_path, files)


def test_other_tables_of_the_dump_are_left_with_a_reason(tmp_path: Path) -> None:
    others = {
        "Users.xml": dump("users", {"Id": "7", "DisplayName": "A"}),
        "Votes.xml": dump("votes", {"Id": "1", "PostId": "1"}),
        "PostHistory.xml": dump("posthistory", {"Id": "1", "PostId": "1", "Text": "old"}),
    }
    found = bring(tmp_path, {"Posts.xml": dump("posts", QUESTION), **others})
    assert {path for path, _ in found.ledger.losses} == set(others)


def test_a_dump_that_is_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = dump("posts", QUESTION, ANSWER, {**ANSWER, "Id": "3"})
    found = bring(tmp_path, {"Posts.xml": whole[: whole.index('Id="3"') + 10]})
    assert [w["text"] for w in found.rows("work")] == ["Which hammer & why?\n\na < b", "The heavy one.", ""]
    assert any("not well-formed" in reason for _, reason in found.ledger.losses)


def test_other_xml_is_not_taken_and_entities_are_not_expanded(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE posts [<!ENTITY a "aaaa">]><posts><row PostTypeId="1" Body="&a;" /></posts>'
    for text in (
        bomb,
        f'<?xml version="1.0"?>{bomb}',
        dump("posts", {"Id": "1", "Text": "a"}),
        dump("rows", QUESTION),
    ):
        with pytest.raises(InputError, match="no reader knows this"):
            bring(tmp_path, {"Posts.xml": text})


@pytest.mark.parametrize(("site", "n"), [("beer", 2354), ("quantumcomputing", 1986)])
def test_real_dumps_are_read_with_nothing_unaccounted_for(tmp_path: Path, site: str, n: int) -> None:
    if not FIXTURES.is_dir():
        pytest.skip("no data dumps here")
    found = brought(FIXTURES / site, tmp_path / "archive")
    assert found.ledger.losses == {}
    works = found.rows("work")
    assert len(works) == n
    assert not any("<p>" in w["text"] or "&lt;" in w["text"] for w in works if "<code>" not in w["json"])
    answers = [w for w in works if json.loads(w["json"])["PostTypeId"] == "2"]
    questions = {w["native_id"] for w in works}
    assert answers
    assert {w["in_reply_to"] for w in answers} <= questions
