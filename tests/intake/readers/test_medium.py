"""Medium: posts, drafts, responses, and the pages beside them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from exports import bring, brought, same_from_folder

EXAMPLES = Path(__file__).parents[4] / "shared" / "fixtures" / "medium"
PUBLISHED = (
    '<p class="p-tags">Tagged in <a href="https://medium.com/tag/bees" class="p-tag">Bees</a></p>'
    '<p>By <a href="https://medium.com/@ada" class="p-author h-card">Ada L.</a> on '
    '<a href="https://medium.com/p/abcd12345678"><time class="dt-published" '
    'datetime="2018-08-11T11:23:34.123Z">August 11, 2018</time></a>.</p>'
    '<p><a href="https://medium.com/@ada/on-bees-abcd12345678" class="p-canonical">Canonical link</a></p>'
)
DRAFT = '<p><a href="https://medium.com/p/eeee12345678">View original.</a></p>'


def page(title: str, body: str, footer: str = PUBLISHED, subtitle: str = "") -> str:
    summary = f'<section data-field="subtitle" class="p-summary">{subtitle}</section>' if subtitle else ""
    return (
        '<!DOCTYPE html><html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">'
        f'<title>{title}</title></head><body><article class="h-entry"><header><h1 class="p-name">{title}</h1>'
        f'</header>{summary}<section data-field="body" class="e-content">{body}</section>'
        f"<footer>{footer}</footer></article></body></html>"
    )


HEADING = '<h3 class="graf graf--h3 graf--title">On bees</h3>'
FILES = {
    "posts/2018-08-11_On-bees-abcd12345678.html": page(
        "On bees", HEADING + "<p>They <b>hum</b>.</p><p>So.</p>"
    ),
    "posts/draft_Later-eeee12345678.html": page("Later", "<h3 class='graf--title'>Later</h3><p>…</p>", DRAFT),
}


def test_a_post_has_its_text_address_time_and_tags(tmp_path: Path) -> None:
    post, draft = bring(tmp_path, FILES).rows("work")
    assert (post["native_id"], post["title"], post["text"]) == (
        "abcd12345678",
        "On bees",
        "On bees\n\nThey hum.\n\nSo.",
    )
    assert post["url"] == "https://medium.com/@ada/on-bees-abcd12345678"
    assert (post["created_us"], post["time_quality"]) == (1533986614_123_000, "exact")
    assert (post["author"], post["visibility"], post["kind"]) == ("Ada L.", "public", "post")
    assert json.loads(post["json"])["tags"] == ["Bees"]
    assert (draft["visibility"], draft["created_us"], draft["native_id"]) == ("draft", None, "eeee12345678")


def test_a_page_whose_title_is_the_beginning_of_its_text_is_a_response(tmp_path: Path) -> None:
    text = "<p class='graf graf--p graf--leading'>I agree with all of this, and more.</p>"
    files = {
        "posts/a-aaaa12345678.html": page("I agree with all of…", text),
        "posts/b-bbbb12345678.html": page("I agree with all of…", text, subtitle="A post has one"),
    }
    assert [w["kind"] for w in bring(tmp_path, files).rows("work")] == ["comment", "post"]


def test_profile_and_addresses_are_refused_and_lists_are_kept(tmp_path: Path) -> None:
    files = {
        **FILES,
        "README.html": "<!DOCTYPE html><html><body>This is your export</body></html>",
        "profile/profile.html": "<!DOCTYPE html><html><b>Email address:</b> ada@example.org</html>",
        "ips/ips-0001.html": "<!DOCTYPE html><html><li>192.0.2.1</li></html>",
        "bookmarks/bookmarks-0001.html": "<!DOCTYPE html><html><li>read later</li></html>",
    }
    found = bring(tmp_path, files)
    assert {a["path"] for a in found.rows("asset")} == {"README.html", "bookmarks/bookmarks-0001.html"}
    assert {p for p, r in found.ledger.losses if "--include logins" in r} == {
        "profile/profile.html",
        "ips/ips-0001.html",
    }
    asked = tmp_path / "asked"
    asked.mkdir()
    assert len(bring(asked, files, include=["logins"]).rows("asset")) == 4


def test_a_folder_is_as_good_as_a_zip(tmp_path: Path) -> None:
    same_from_folder(tmp_path, FILES)


def test_a_page_nested_without_end_is_kept_whole(tmp_path: Path) -> None:
    found = bring(tmp_path, {"posts/a.html": page("Deep", "<div>" * 100_000)})
    assert [t["kind"] for t in found.rows("thread")] == ["unread"]


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="examples of others are not here")
def test_the_examples_of_others_are_read_with_nothing_unaccounted_for(tmp_path: Path) -> None:
    export = next(EXAMPLES.rglob("export"))
    found = brought(export, tmp_path / "archive")
    rows = {w["title"]: w for w in found.rows("work")}
    assert len(found.rows("work")) == len(list(export.glob("posts/*.html")))
    assert rows["This is a comment"]["kind"] == "comment"
    assert rows["Draft Post Title"]["visibility"] == "draft"
    assert not found.rows("thread")
