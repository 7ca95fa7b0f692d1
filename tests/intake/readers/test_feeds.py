"""Feeds: RSS in its versions, Atom, JSON Feed; whose entries, of what licence, when."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from commonweal.intake import Archive, import_export
from commonweal.intake.readers._licence import licence
from exports import bring, same_from_folder, survives_anything

BY = "https://creativecommons.org/licenses/by/4.0/"
RSS = """<?xml version="1.0" encoding="UTF-8"?>
<!-- a feed -->
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:x="urn:of:our:own"
 xmlns:creativeCommons="http://backend.userland.com/creativeCommonsRssModule">
<channel><title>Hives</title><link>https://hives.example/</link><language>en-GB</language>
<creativeCommons:license>https://creativecommons.org/licenses/by/4.0/</creativeCommons:license>
<item><title>One &amp;amp; two</title><link>https://hives.example/1</link><guid>id-1</guid>
<pubDate>Tue, 01 Jul 2003 10:52:37 +0200</pubDate><dc:creator>Ada</dc:creator><category>bees</category>
<description>short</description><content:encoded><![CDATA[<p>Long.</p><p>Text.</p>]]></content:encoded>
<x:mood>fair</x:mood></item>
<item><title>Three</title><link>https://hives.example/3</link>
<description>&lt;b&gt;Bold&lt;/b&gt; words</description>
<pubDate>someday</pubDate></item>
</channel></rss>"""
ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"
 xmlns:thr="http://purl.org/syndication/thread/1.0"><title>Notes</title><rights>CC0-1.0</rights>
<entry xml:lang="de"><id>tag:1</id><title type="html">A &lt;i&gt;b&lt;/i&gt;</title>
<link href="https://notes.example/1"/><link rel="license" href="http://creativecommons.org/licenses/by-sa/4.0/"/>
<updated>2024-01-02T00:00:00Z</updated><published>2024-01-01T00:00:00+01:00</published>
<author><name>Ada</name><email>ada@example.org</email></author>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>x</p><p>y</p></div></content>
<thr:in-reply-to ref="tag:0" href="https://notes.example/0"/></entry>
<entry><id>tag:2</id><title>Other</title><author><name>Bea</name></author><summary>s</summary>
<updated>2024-01-03</updated></entry></feed>"""
RDF = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://old.example/"><title>Old</title><link>https://old.example/</link></channel>
<item rdf:about="https://old.example/1"><title>First</title><link>https://old.example/1</link>
<description>words</description><dc:date>2001-02-03T04:05:06Z</dc:date></item></rdf:RDF>"""


def json_feed() -> dict[str, Any]:
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Hives",
        "home_page_url": "https://hives.example/",
        "language": "en",
        "authors": [{"name": "Ada"}],
        "items": [
            {
                "id": "1",
                "url": "https://hives.example/1",
                "title": "One",
                "content_html": "<p>Long.</p>",
                "date_published": "2024-01-01T00:00:00Z",
                "tags": ["bees"],
                "_ours": {"mood": "fair"},
            },
            {"id": 2, "content_text": "Plain."},
        ],
    }


def test_an_item_of_rss_is_a_work_and_stays_as_it_was_beside_it(tmp_path: Path) -> None:
    one, three = bring(tmp_path, {"feed.xml": RSS}).rows("work")
    assert (one["native_id"], one["title"], one["text"]) == ("id-1", "One & two", "Long.\n\nText.")
    assert (one["url"], one["author"], one["mine"], one["language"]) == (
        "https://hives.example/1",
        "Ada",
        True,
        "en-GB",
    )
    assert (one["created_us"], one["time_quality"]) == (1057049557_000_000, "exact")
    assert (one["license"], one["kind"], one["visibility"]) == ("CC-BY-4.0", "feed_item", "public")
    assert "fair" in json.loads(one["json"])["xml"], "what no version of RSS knows is kept"
    assert (three["native_id"], three["text"], three["created_us"]) == (
        "https://hives.example/3",
        "Bold words",
        None,
    )


def test_an_entry_of_atom_has_its_own_licence_language_and_what_it_answers(tmp_path: Path) -> None:
    one, two = bring(tmp_path, {"feed.atom": ATOM}).rows("work")
    assert (one["title"], one["text"], one["language"]) == ("A b", "x\n\ny", "de")
    assert (one["license"], two["license"]) == ("CC-BY-SA-4.0", "CC0-1.0")
    assert (one["in_reply_to"], one["created_us"]) == ("tag:0", 1704063600_000_000)
    assert two["time_quality"] == "day"


def test_of_several_authors_the_owners_entries_are_theirs(tmp_path: Path) -> None:
    source = tmp_path / "feed.atom"
    source.write_text(ATOM)
    for owner, mine in (("ada@example.org", ["tag:1"]), ("Bea", ["tag:2"]), ("Cem", [])):
        import_export(source, tmp_path / owner, owner=owner)
        rows = Archive(tmp_path / owner).table("work").to_pylist()
        assert [r["native_id"] for r in rows if r["mine"]] == mine


def test_rss_as_rdf_is_read(tmp_path: Path) -> None:
    (row,) = bring(tmp_path, {"index.rdf": RDF}).rows("work")
    assert (row["title"], row["text"], row["created_us"]) == ("First", "words", 981173106_000_000)


def test_json_feed_is_read_with_keys_of_its_own_kept(tmp_path: Path) -> None:
    one, two = bring(tmp_path, {"feed.json": json_feed()}).rows("work")
    assert (one["title"], one["text"], one["author"], one["language"]) == ("One", "Long.", "Ada", "en")
    assert json.loads(one["json"])["_ours"] == {"mood": "fair"}
    assert (two["native_id"], two["text"]) == ("2", "Plain.")


def test_an_entry_is_the_same_whether_the_feed_holds_one_or_many(tmp_path: Path) -> None:
    entry = RSS[RSS.index("<item>") : RSS.index("</item>") + 7]
    many = RSS.replace(
        "</channel>", "".join(entry.replace("id-1", f"id-{i}") for i in range(10, 400)) + "</channel>"
    )
    found = bring(tmp_path, {"feed.xml": many})
    rows = [r for r in found.rows("work") if r["title"] == "One & two"]
    assert len(rows) == 391 and len({(r["text"], r["created_us"], r["author"]) for r in rows}) == 1


def test_a_feed_that_declares_entities_is_not_taken(tmp_path: Path) -> None:
    from commonweal.intake.readers.feeds import READER
    from commonweal.intake.source import Tree

    bomb = tmp_path / "feed.xml"
    bomb.write_text(RSS.replace("<rss ", '<!DOCTYPE rss [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]><rss ', 1))
    with Tree(bomb) as tree:
        assert not READER.claims(tree, frozenset())


def test_a_folder_is_as_good_as_a_zip(tmp_path: Path) -> None:
    same_from_folder(tmp_path, {"a.xml": RSS, "b.atom": ATOM, "c.json": json_feed()})


def test_any_spoilt_key_is_survived_with_every_value_accounted_for(tmp_path: Path) -> None:
    survives_anything(tmp_path, json_feed(), "feed.json")


@pytest.mark.parametrize(
    ("text", "spdx"),
    [
        (BY, "CC-BY-4.0"),
        ("http://creativecommons.org/licenses/by-nc-nd/3.0/de/", "CC-BY-NC-ND-3.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("CC BY-SA 4.0", "CC-BY-SA-4.0"),
        ("Copyright Ada. Under https://creativecommons.org/licenses/by/4.0/ it is.", "CC-BY-4.0"),
        ("MIT", "MIT"),
        ("Apache-2.0", "Apache-2.0"),
        ("https://example.org/terms", "https://example.org/terms"),
        ("All rights reserved", None),
        ("private", None),
        ("", None),
        (None, None),
    ],
)
def test_licences_are_named_where_they_are_plain(text: str | None, spdx: str | None) -> None:
    assert licence(text) == spdx
