"""X (Twitter): old and new layouts, whose words they are, links and files, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from commonweal.errors import InputError
from exports import bring, same_from_folder, survives_anything

FIXTURES = Path(__file__).parents[4] / "shared" / "fixtures" / "twitter"


def ytd(what: str, value: Any, part: int = 0) -> str:
    return f"window.YTD.{what}.part{part} = {json.dumps(value, indent=2)}"


def tweet(key: str, text: str, **more: Any) -> dict[str, Any]:
    return {
        "id": key,
        "id_str": key,
        "full_text": text,
        "created_at": "Sat Feb 18 12:33:11 +0000 2023",
        "lang": "en",
        "source": '<a href="https://mobile.twitter.com">App</a>',
        "entities": {"urls": [], "user_mentions": [], "hashtags": []},
        "favorite_count": "1",
        **more,
    }


LINK = {"url": "https://t.co/a", "expanded_url": "https://example.org/anvils", "display_url": "example.org"}
SHOT = {"url": "https://t.co/p", "media_url_https": "https://pbs.twimg.com/media/Fa.jpg", "type": "photo"}
VIDEO = {"url": "https://t.co/v", "video_info": {"variants": [{"url": "https://v.twimg.com/x/Vb.mp4?tag=1"}]}}
TWEETS = [
    {"tweet": tweet("11", "Hot &amp; heavy: https://t.co/a", entities={"urls": [LINK]})},
    {
        "tweet": tweet(
            "12",
            "@bo Yes.",
            in_reply_to_status_id_str="9",
            in_reply_to_status_id="9",
            in_reply_to_screen_name="bo",
        )
    },
    {"tweet": tweet("13", "RT @bo: His words…", entities={"user_mentions": [{"screen_name": "Bo"}]})},
    {"tweet": tweet("14", "Look", extended_entities={"media": [SHOT, VIDEO]}, lang="zxx")},
]
NOTE = {
    "noteTweet": {
        "noteTweetId": "21",
        "createdAt": "2023-03-01T08:00:00.000Z",
        "lifecycle": {"value": "x"},
        "core": {"text": "A long story.", "urls": [], "styletags": []},
    }
}
CONFIG = 'window.__THAR_CONFIG = {"userInfo": {"accountId": "1", "userName": "ada", "displayName": "Ada"}}'
FILES = {"data/manifest.js": CONFIG, "data/tweets.js": ytd("tweets", TWEETS), "data/note-tweet.js": ytd("note_tweet", [NOTE])}  # fmt: skip  # noqa: E501
SENSITIVE = {
    "account": "logins",
    "account_creation_ip": "logins",
    "ip_audit": "logins",
    "email_address_change": "logins",
    "phone_number": "logins",
    "device_token": "logins",
    "ni_devices": "logins",
    "connected_application": "logins",
    "direct_messages": "messages",
    "direct_messages_group": "messages",
    "direct_message_headers": "messages",
    "direct_message_group_headers": "messages",
    "contact": "messages",
    "shopify_account": "payments",
}


def test_posts_replies_retweets_and_long_posts(tmp_path: Path) -> None:
    works = bring(tmp_path, FILES).rows("work")
    assert [(w["native_id"], w["text"], w["mine"], w["author"]) for w in works] == [
        ("11", "Hot & heavy: https://example.org/anvils", True, "ada"),
        ("12", "@bo Yes.", True, "ada"),
        ("13", "RT @bo: His words…", False, "bo"),
        ("14", "Look", True, "ada"),
        ("21", "A long story.", True, None),
    ]
    assert works[0]["url"] == "https://x.com/ada/status/11"
    assert json.loads(works[0]["json"])["full_text"] == "Hot &amp; heavy: https://t.co/a"
    assert [w["in_reply_to"] for w in works] == [None, "9", None, None, None]
    assert [w["language"] for w in works] == ["en", "en", "en", None, None]
    assert {w["created_us"] for w in works[:4]} == {1676723591_000_000}


def test_pictures_and_videos_are_kept_with_the_post_that_shows_them(tmp_path: Path) -> None:
    media = {
        "data/tweets_media/14-Fa.jpg": b"\xff\xd8\xff1",
        "data/tweets_media/14-Vb.mp4": b"\0\0\0\x18ftyp",
        "data/profile_media/1-me.jpg": b"\xff\xd8\xff2",
        "data/direct_messages_media/5-other.jpg": b"\xff\xd8\xff3",
    }
    found = bring(tmp_path, {**FILES, **media})
    assets = {a["path"].rpartition("/")[2]: a["id"] for a in found.rows("asset")}
    assert set(assets) == {"14-Fa.jpg", "14-Vb.mp4", "1-me.jpg"}
    files = json.loads(found.rows("work")[3]["json"])["files"]
    assert files == {name: assets[name] for name in ("14-Fa.jpg", "14-Vb.mp4")}
    assert found.ledger.losses == {
        (
            "data/direct_messages_media/5-other.jpg",
            "files of direct messages: not read unless asked for with --include messages",
        ): 1
    }


def test_parts_communities_circles_and_deleted_posts_are_read(tmp_path: Path) -> None:
    lists = {
        "data/tweets-part1.js": ytd("tweets", [{"tweet": tweet("31", "Part two")}], 1),
        "data/community-tweet.js": ytd("community_tweet", [{"tweet": tweet("32", "To the guild")}]),
        "data/twitter-circle-tweet.js": ytd("twitter_circle_tweet", [{"tweet": tweet("33", "To a few")}]),
        "data/deleted-tweets.js": ytd("deleted_tweets", [{"tweet": tweet("34", "Regretted")}]),
    }
    works = bring(tmp_path, {**FILES, **lists}).rows("work")
    assert {w["native_id"]: w["visibility"] for w in works if w["native_id"] > "30"} == {
        "31": "public",
        "32": "public",
        "33": "private",
        "34": "private",
    }


@pytest.mark.parametrize("what", SENSITIVE)
def test_sensitive_lists_are_refused_unless_their_kind_is_asked_for(tmp_path: Path, what: str) -> None:
    files = {**FILES, "data/list.js": ytd(what, [{"x": {"secret": "s"}}])}
    found = bring(tmp_path, files)
    assert found.rows("asset") == []
    assert [reason for _, reason in found.ledger.losses if f"--include {SENSITIVE[what]}" in reason]
    (asked := tmp_path / "asked").mkdir()
    assert len(bring(asked, files, include=[SENSITIVE[what]]).rows("asset")) == 1


def test_likes_are_kept_as_a_file_and_are_no_works(tmp_path: Path) -> None:
    like = {"like": {"tweetId": "5", "fullText": "Words of another", "expandedUrl": "https://x.com/i/5"}}
    others = {
        "data/like.js": ytd("like", [like]),
        "data/follower.js": ytd("follower", [{"follower": {"accountId": "2"}}]),
        "data/ad-impressions.js": ytd("ad_impressions", [{"ad": {}}]),
        "data/personalization.js": ytd("personalization", [{"p13nData": {}}]),
        "Your archive.html": "<!DOCTYPE html><html><script src='data/manifest.js'></script></html>",
        "assets/js/main.js": "(function(){})()",
    }
    found = bring(tmp_path, {**FILES, **others})
    assert [a["path"] for a in found.rows("asset")] == ["data/like.js", "data/follower.js"]
    assert len(found.rows("work")) == 5
    assert not any("no reader knows" in reason for _, reason in found.ledger.losses)


def test_the_layouts_of_old_have_no_wrapper_and_other_openings(tmp_path: Path) -> None:
    bare = {"tweet.js": "\ufeff" + ytd("tweet", [tweet("41", "Bare")]) + ";\n"}
    assert [w["text"] for w in bring(tmp_path, bare).rows("work")] == ["Bare"]
    of_2012 = {k: v for k, v in tweet("51", "Early").items() if k != "full_text"} | {
        "text": "Early",
        "id": 51,
        "created_at": "2012-12-31 23:59:59 +0000",
    }
    repeated = {**of_2012, "id": 52, "id_str": "52", "retweeted_status": {"user": {"screen_name": "bo"}}}
    grailbird = {
        "data/js/tweets/2012_12.js": f"Grailbird.data.tweets_2012_12 = \n {json.dumps([of_2012, repeated])}"
    }
    (place := tmp_path / "grailbird").mkdir()
    works = bring(place, grailbird).rows("work")
    assert [(w["native_id"], w["mine"], w["url"]) for w in works] == [
        ("51", True, "https://x.com/i/web/status/51"),
        ("52", False, "https://x.com/i/web/status/52"),
    ]
    assert works[0]["created_us"] == 1356998399_000_000


def test_a_zip_and_a_folder_give_the_same_rows(tmp_path: Path) -> None:
    same_from_folder(tmp_path, {f"twitter-2026/{path}": value for path, value in FILES.items()})


def test_a_list_that_is_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    found = bring(tmp_path, {"data/tweets.js": FILES["data/tweets.js"][:-400]})
    assert [w["native_id"] for w in found.rows("work")][:2] == ["11", "12"]
    assert any("array" in reason or "cut" in reason for _, reason in found.ledger.losses)


def test_lists_without_posts_are_not_taken(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no reader knows this"):
        bring(tmp_path, {"data/follower.js": ytd("follower", [])})


def test_any_spoilt_key_is_survived_with_every_value_accounted_for(tmp_path: Path) -> None:
    survives_anything(tmp_path, TWEETS, "tweets.js", write=lambda value: ytd("tweets", value))
    (notes := tmp_path / "notes").mkdir()
    survives_anything(notes, [NOTE, NOTE], "n.js", write=lambda value: ytd("note_tweet", value))


def test_the_examples_of_others_are_read_with_nothing_unaccounted_for(tmp_path: Path) -> None:
    if not FIXTURES.is_dir():
        pytest.skip("no examples here")
    folder = next(FIXTURES.glob("*/tests"))
    tweets = json.loads((folder / "tweets.json").read_text(encoding="utf-8"))
    files = {
        f"data/{path.name}": path.read_bytes() for path in sorted((folder / "zip_contents").glob("*.js"))
    }
    found = bring(tmp_path, {**files, "data/tweets.js": ytd("tweets", [{"tweet": t} for t in tweets])})
    assert len(found.rows("work")) == len(tweets)
    assert {path for path, _ in found.ledger.losses} == {"data/account.js"}
    assert len(found.rows("asset")) == len(files) - 1
