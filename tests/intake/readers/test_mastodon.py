"""Mastodon: posts out of an outbox, their language and who could see them; boosts are not one's works."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from commonweal.errors import InputError
from exports import bring, same_from_folder, survives_anything

ME = "https://social.example/users/ada"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
FOLLOWERS = f"{ME}/followers"


def create(number: int, content: str, **more: Any) -> dict[str, Any]:
    to, cc = more.pop("to", [PUBLIC]), more.pop("cc", [FOLLOWERS])
    post = {
        "id": f"{ME}/statuses/{number}",
        "type": "Note",
        "summary": None,
        "inReplyTo": None,
        "published": "2026-03-01T10:00:00Z",
        "url": f"https://social.example/@ada/{number}",
        "attributedTo": ME,
        "to": to,
        "cc": cc,
        "sensitive": False,
        "content": content,
        "contentMap": {"en": content},
        "attachment": [],
        "tag": [],
        "interactionPolicy": {"canQuote": {"automaticApproval": [PUBLIC]}},
        **more,
    }
    return {
        "id": f"{ME}/statuses/{number}/activity",
        "type": "Create",
        "actor": ME,
        "published": "2026-03-01T10:00:00Z",
        "to": to,
        "cc": cc,
        "object": post,
        "signature": {"type": "RsaSignature2017", "creator": f"{ME}#main-key"},
    }


BOOST = {
    "id": f"{ME}/statuses/9/activity",
    "type": "Announce",
    "actor": ME,
    "published": "2026-03-02T10:00:00Z",
    "to": [PUBLIC],
    "cc": ["https://other.example/users/bo", FOLLOWERS],
    "object": "https://other.example/users/bo/statuses/1",
}
PICTURE = {"type": "Document", "mediaType": "image/png", "url": "/media_attachments/files/1/a.png", "name": "an anvil"}  # fmt: skip  # noqa: E501


def outbox(*activities: Any) -> dict[str, Any]:
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": "outbox.json",
        "type": "OrderedCollection",
        "totalItems": len(activities),
        "orderedItems": list(activities),
    }


def test_posts_are_works_in_plain_text_with_their_language(tmp_path: Path) -> None:
    html = '<p>Struck <a href="https://a.example">iron</a><br />twice.</p><p>Hot.</p>'
    found = bring(tmp_path, {"outbox.json": outbox(create(1, html, inReplyTo="https://b.example/1"))})
    (work,) = found.rows("work")
    assert work["text"] == "Struck iron\ntwice.\n\nHot."
    assert (work["language"], work["in_reply_to"]) == ("en", "https://b.example/1")
    assert (work["native_id"], work["url"]) == (f"{ME}/statuses/1", "https://social.example/@ada/1")
    assert (work["created_us"], work["author"], work["mine"]) == (1772359200_000_000, ME, True)
    assert json.loads(work["json"])["content"] == html


def test_who_could_see_a_post_is_told_by_whom_it_went_to(tmp_path: Path) -> None:
    addressed = [
        ([PUBLIC], [FOLLOWERS]),
        ([FOLLOWERS], ["as:Public"]),
        ([FOLLOWERS], []),
        (["https://other.example/users/bo"], []),
        (PUBLIC, None),
    ]
    posts = [create(i, f"<p>{i}</p>", to=to, cc=cc) for i, (to, cc) in enumerate(addressed)]
    works = bring(tmp_path, {"outbox.json": outbox(*posts)}).rows("work")
    assert [w["visibility"] for w in works] == ["public", "unlisted", "private", "private", "public"]


def test_boosts_are_counted_and_are_no_works(tmp_path: Path) -> None:
    found = bring(tmp_path, {"outbox.json": outbox(BOOST, create(1, "<p>Mine.</p>"), BOOST)})
    assert [w["text"] for w in found.rows("work")] == ["Mine."]
    assert sum(n for (_, reason), n in found.ledger.losses.items() if "boosts" in reason) == 2


def test_a_post_in_two_languages_has_none_of_them_for_its_own(tmp_path: Path) -> None:
    post = create(1, "<p>Eisen</p>", contentMap={"de": "<p>Eisen</p>", "en": "<p>Iron</p>"})
    (work,) = bring(tmp_path, {"outbox.json": outbox(post)}).rows("work")
    assert work["language"] is None
    assert json.loads(work["json"])["contentMap"]["en"] == "<p>Iron</p>"


def test_media_and_lists_are_kept_and_a_post_knows_its_pictures(tmp_path: Path) -> None:
    files = {
        "outbox.json": outbox(create(1, "<p>See.</p>", attachment=[PICTURE])),
        "actor.json": {"type": "Person", "preferredUsername": "ada", "inbox": "i", "outbox": "outbox.json"},
        "likes.json": {"type": "OrderedCollection", "orderedItems": ["https://b.example/1"]},
        "bookmarks.json": {"type": "OrderedCollection", "orderedItems": []},
        "avatar.png": b"\x89PNG\r\n1",
        "media_attachments/files/1/a.png": b"\x89PNG\r\n2",
    }
    found = bring(tmp_path, files)
    assert {a["path"] for a in found.rows("asset")} == set(files) - {"outbox.json"}
    (work,) = found.rows("work")
    (asset,) = [a["id"] for a in found.rows("asset") if a["path"].startswith("media")]
    assert json.loads(work["json"])["files"] == {PICTURE["url"]: asset}
    same_from_folder(tmp_path, {f"archive-2026/{path}": value for path, value in files.items()})


def test_a_vote_or_an_article_is_a_work_with_its_parts_in_json(tmp_path: Path) -> None:
    options = [{"type": "Note", "name": "cold", "replies": {"totalItems": 3}}]
    found = bring(
        tmp_path, {"outbox.json": outbox(create(1, "<p>Hot or?</p>", type="Question", oneOf=options))}
    )
    assert json.loads(found.rows("work")[0]["json"])["oneOf"] == options


def test_an_activity_of_an_unknown_type_is_kept_whole(tmp_path: Path) -> None:
    found = bring(tmp_path, {"outbox.json": outbox(create(1, "<p>a</p>"), {**BOOST, "type": "Add"})})
    assert found.ledger.counts["unread"] == 1
    assert len(found.rows("work")) == 1


def test_lists_of_addresses_alone_are_not_taken(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no reader knows this"):
        bring(
            tmp_path, {"likes.json": {"type": "OrderedCollection", "orderedItems": ["https://b.example/1"]}}
        )


def test_any_spoilt_key_is_survived_with_every_value_accounted_for(tmp_path: Path) -> None:
    post = create(1, "<p>See.</p>", attachment=[PICTURE])
    survives_anything(tmp_path, outbox(post, BOOST, create(2, "<p>b</p>")), "outbox.json")
