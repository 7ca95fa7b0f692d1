"""WordPress: posts, pages, comments, authors, and what a WXR holds beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from exports import Brought, bring, brought, same_from_folder

EXAMPLES = Path(__file__).parents[4] / "shared" / "fixtures" / "wordpress"
NAMESPACES = " ".join(
    f'xmlns:{prefix}="{address}"'
    for prefix, address in {
        "excerpt": "http://wordpress.org/export/1.2/excerpt/",
        "content": "http://purl.org/rss/1.0/modules/content/",
        "dc": "http://purl.org/dc/elements/1.1/",
        "wp": "http://wordpress.org/export/1.2/",
    }.items()
)
ADA = ("7", "ada", "ada@example.org", "Ada L.")
BEA = ("8", "bea", "bea@example.org", "Bea M.")


def author(number: str, login: str, mail: str, shown: str) -> str:
    return (
        f"<wp:author><wp:author_id>{number}</wp:author_id><wp:author_login>{login}</wp:author_login>"
        f"<wp:author_email>{mail}</wp:author_email>"
        f"<wp:author_display_name><![CDATA[{shown}]]></wp:author_display_name></wp:author>"
    )


def post(number: int, text: str = "<p>Words.</p>", creator: str = "ada", more: str = "", **keys: str) -> str:
    values = {"status": "publish", "post_type": "post", "post_date_gmt": "2020-02-03 04:05:06", **keys}
    inner = "".join(f"<wp:{k}>{v}</wp:{k}>" for k, v in values.items())
    return (
        f"<item><title>Title {number}</title><link>https://blog.example/{number}</link>"
        f"<dc:creator><![CDATA[{creator}]]></dc:creator>"
        f"<content:encoded><![CDATA[{text}]]></content:encoded><excerpt:encoded><![CDATA[]]></excerpt:encoded>"
        f'<wp:post_id>{number}</wp:post_id>{inner}{more}<category domain="post_tag" nicename="a-tag">'
        "<![CDATA[A tag]]></category></item>"
    )


def site(*items: str, authors: tuple[tuple[str, str, str, str], ...] = (ADA,)) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><!-- by WordPress -->\n<rss version="2.0" {NAMESPACES}>'
        "<channel><title>A blog</title><language>en-GB</language><wp:wxr_version>1.2</wp:wxr_version>"
        + "".join(author(*a) for a in authors)
        + "<wp:category><wp:term_id>1</wp:term_id><wp:cat_name>News</wp:cat_name></wp:category>"
        + "".join(items)
        + "</channel></rss>"
    )


def comment(number: int, text: str, **keys: str) -> str:
    values = {
        "comment_id": str(number),
        "comment_approved": "1",
        "comment_date_gmt": "2020-02-04 00:00:00",
        **keys,
    }
    inner = "".join(f"<wp:{k}>{v}</wp:{k}>" for k, v in values.items())
    return f"<wp:comment>{inner}<wp:comment_content><![CDATA[{text}]]></wp:comment_content></wp:comment>"


def works(found: Brought) -> dict[str, dict[str, Any]]:
    return {row["native_id"]: row for row in found.rows("work")}


def test_a_post_becomes_a_work_and_its_markup_tags_and_fields_stay_beside_it(tmp_path: Path) -> None:
    field = "<wp:postmeta><wp:meta_key>mood</wp:meta_key><wp:meta_value>fair</wp:meta_value></wp:postmeta>"
    row = works(
        bring(tmp_path, {"blog.xml": site(post(1, "<p>One <b>two</b>.</p><p>Three.</p>", more=field))})
    )["1"]
    assert (row["title"], row["text"], row["kind"]) == ("Title 1", "One two.\n\nThree.", "post")
    assert (row["url"], row["author"], row["mine"]) == ("https://blog.example/1", "Ada L.", True)
    assert (row["visibility"], row["language"], row["time_quality"]) == ("public", "en-GB", "exact")
    assert row["created_us"] == 1580702706_000_000
    kept = json.loads(row["json"])
    assert kept["content_encoded"] == "<p>One <b>two</b>.</p><p>Three.</p>"
    assert kept["postmeta"] == {"meta_key": "mood", "meta_value": "fair"}
    assert kept["category"] == {"domain": "post_tag", "nicename": "a-tag", "text": "A tag"}


@pytest.mark.parametrize(
    ("status", "visibility"),
    [("publish", "public"), ("draft", "draft"), ("pending", "draft"), ("future", "draft"),
     ("private", "private"), ("trash", "private"), ("inherit", None)],
)  # fmt: skip
def test_the_status_says_who_can_see_it(tmp_path: Path, status: str, visibility: str | None) -> None:
    found = bring(tmp_path, {"blog.xml": site(post(1, status=status))})
    assert works(found)["1"]["visibility"] == visibility


def test_a_post_with_a_password_is_not_public(tmp_path: Path) -> None:
    found = bring(tmp_path, {"blog.xml": site(post(1, post_password="please"))})
    assert works(found)["1"]["visibility"] == "private"


def test_a_draft_without_a_date_is_given_none(tmp_path: Path) -> None:
    noughts = "0000-00-00 00:00:00"
    found = bring(tmp_path, {"blog.xml": site(post(1, post_date_gmt=noughts, post_date=noughts))})
    assert works(found)["1"]["created_us"] is None


def test_a_clock_without_its_zone_is_marked_as_local(tmp_path: Path) -> None:
    found = bring(tmp_path, {"blog.xml": site(post(1, post_date_gmt="", post_date="2020-02-03 04:05:06"))})
    assert works(found)["1"]["time_quality"] == "local"


def test_of_several_authors_only_the_owners_posts_are_theirs(tmp_path: Path) -> None:
    both = '<category domain="author" nicename="bea"><![CDATA[Bea M.]]></category>'
    text = site(post(1), post(2, creator="bea"), post(3, more=both), authors=(ADA, BEA))
    source = tmp_path / "blog.xml"
    source.write_text(text)
    from commonweal.intake import Archive, import_export

    for owner, mine in (("Bea M.", {"2", "3"}), ("ADA@example.org", {"1"}), ("someone", set())):
        place = tmp_path / owner
        import_export(source, place, owner=owner)
        rows = Archive(place).table("work").to_pylist()
        assert {r["native_id"] for r in rows if r["mine"]} == mine, owner
    assert {r["native_id"]: r["author"] for r in rows}["3"] == "Bea M."


def test_comments_answer_posts_and_each_other_and_keep_addresses_to_themselves(tmp_path: Path) -> None:
    said = comment(
        5,
        "First!",
        comment_author="Cem",
        comment_author_email="cem@example.org",
        comment_author_IP="192.0.2.7",
    )
    reply = comment(
        6, "Thanks.", comment_author="me", comment_parent="5", comment_author_email="me@example.org"
    )
    files = {"blog.xml": site(post(1, more=said + reply))}
    found = bring(tmp_path, files)
    rows = works(found)
    assert (rows["comment 5"]["in_reply_to"], rows["comment 5"]["mine"], rows["comment 5"]["author"]) == (
        "1",
        False,
        "Cem",
    )
    assert (rows["comment 6"]["in_reply_to"], rows["comment 6"]["mine"]) == ("comment 5", True)
    everything = json.dumps(found.rows("work"))
    assert "cem@example.org" not in everything and "192.0.2.7" not in everything
    assert {p for p, _ in found.ledger.losses if "comment" in p} == {
        "blog.xml: comment[].comment_author_email",
        "blog.xml: comment[].comment_author_IP",
    }
    asked = tmp_path / "asked"
    asked.mkdir()
    assert "cem@example.org" in json.dumps(bring(asked, files, include=["messages"]).rows("work"))


def test_menus_and_styles_are_listed_and_no_works(tmp_path: Path) -> None:
    found = bring(tmp_path, {"blog.xml": site(post(1), post(2, post_type="nav_menu_item"))})
    assert set(works(found)) == {"1"}
    assert any("not works" in reason for _, reason in found.ledger.losses)


def test_an_empty_line_of_the_classic_editor_is_a_paragraph(tmp_path: Path) -> None:
    found = bring(tmp_path, {"blog.xml": site(post(1, "One\nline.\n\nTwo <em>lines</em>."))})
    assert works(found)["1"]["text"] == "One line.\n\nTwo lines."


def test_an_export_that_is_cut_off_gives_what_came_before_and_says_so(tmp_path: Path) -> None:
    whole = site(post(1), post(2), post(3))
    found = bring(tmp_path, {"blog.xml": whole[: whole.index("Title 3") + 4]})
    assert {"1", "2"} <= set(works(found))
    assert any("not well-formed" in reason for _, reason in found.ledger.losses)


def test_entities_are_not_expanded_and_nothing_is_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("not yours")
    kind = f'<!DOCTYPE rss [<!ENTITY file SYSTEM "file://{secret}"><!ENTITY lol "{"lol" * 1000}">]>'
    text = site(post(1)).replace("<rss ", kind + "<rss ", 1).replace("Title 1", "Title &file;&lol;&lol;")
    found = bring(tmp_path, {"blog.xml": text})
    everything = json.dumps(found.rows("work"))
    assert "not yours" not in everything and "lollol" not in everything


def test_a_folder_is_as_good_as_a_zip(tmp_path: Path) -> None:
    same_from_folder(tmp_path, {"a.xml": site(post(1), post(2)), "b.xml": site(post(3, post_type="page"))})


def test_a_feed_is_none_of_its_business(tmp_path: Path) -> None:
    from commonweal.intake.readers.wordpress import READER
    from commonweal.intake.source import Tree

    feed = tmp_path / "feed.xml"
    feed.write_text(
        '<?xml version="1.0"?><rss version="2.0"><channel><item><title>x</title></item></channel></rss>'
    )
    with Tree(feed) as tree:
        assert not READER.claims(tree, frozenset())


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="examples of others are not here")
def test_the_examples_of_others_are_read_with_nothing_unaccounted_for(tmp_path: Path) -> None:
    for number, path in enumerate(sorted(EXAMPLES.rglob("*.xml"))):
        found = brought(path, tmp_path / str(number))
        assert len(found.rows("work")) == path.read_text().count("<item>") > 0, path.name
        assert not found.rows("thread"), "nothing is left unread"
