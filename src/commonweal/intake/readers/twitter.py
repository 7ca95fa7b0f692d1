"""X's (Twitter's) archive: lists of JSON, each behind a line of JavaScript, `window.YTD.<what>.part<n> =`.

Structure as found in archives from 2012 (`Grailbird.data.tweets_…`) to 2026 and as others document it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import msgspec

from commonweal.intake.reader import Claim, Context, Item, Reader
from commonweal.intake.readers._person import written
from commonweal.intake.readers._shapes import array, name, table
from commonweal.intake.records import Lost, Record, Work, WorkKind, as_text, rest
from commonweal.intake.source import Member, Tree
from commonweal.intake.source.split import CutOffError, elements

OPENING = re.compile(rb"\s*(?:window\.YTD\.(\w+)\.part(\d+)|Grailbird\.data\.(tweets)_\d+_\d+)\s*=\s*")
VIEWER = re.compile(rb"\s*window\.__THAR_CONFIG\s*=\s*")
WORKS = {
    "tweet": "public",
    "tweets": "public",
    "note_tweet": "public",
    "community_tweet": "public",
    "twitter_circle_tweet": "private",
    "deleted_tweet": "private",
    "deleted_tweets": "private",
}
"""Lists of what the person wrote, and who could see it."""
SENSITIVE = {
    r"direct_message\w*|dm_\w+|contact": ("messages", "direct messages, or who they are with"),
    r"account|account_(creation_ip|timezone|label)|ip_audit|email_address_change|phone_number|device_token|"
    r"ni_devices|sso|connected_application|key_registry|ageinfo|verified\w*|login\w*|\w*_auth\w*": (
        "logins",
        "account, addresses, devices and telephone",
    ),
    r"\w*(payment|payout|revenue|purchase|transaction|shopify|commerce|catalog|product_)\w*": (
        "payments",
        "payments and shops",
    ),
}
ADS = re.compile(r"ad_\w+|ads_\w+|personalization|user_link_clicks|branch_links")
NO_LANGUAGE = frozenset({"und", "zxx", "qam", "qct", "qht", "qme", "qst"})
"""Codes for tweets without words: mentions, hash tags or media alone."""


class Twitter(Reader):
    """Posts of an account at X, formerly Twitter."""

    NAME = "twitter"
    TITLE = "X (Twitter), the archive of your data"
    TRIED = ""
    NOTES = (
        "Posts, replies, posts in communities and circles, deleted and long posts are works. A retweet "
        "is kept as a work of another. A long post comes twice: whole, and its beginning among the "
        "posts. Short links are written out. Liked posts are words of others: that list, follows and "
        "settings are kept as files, pictures too. What advertisers were told is listed. Direct messages "
        "and contacts, account, addresses, devices and telephone, and payments are refused unless asked "
        "for."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim files that open with `window.YTD` or `Grailbird.data`, and what belongs to the archive."""
        lists = {m.path: what for m in tree if (what := _what(m))}
        claim = Claim(read=[path for path, what in lists.items() if what in WORKS])
        if not claim:
            return claim
        claim.read.sort(key=lambda path: _place_of(tree.members[path], lists[path]))
        claim.context = {"what": {path: lists[path] for path in claim.read}, "user": None}
        for path, what in lists.items():
            if path not in claim.read:
                _place(claim, path, what, include)
        folders = {path.rpartition("/")[0] for path in lists}
        roots = {folder.rpartition("/")[0] for folder in folders}
        for member in tree:
            if member.path not in lists:
                _beside(claim, member, folders, roots, include)
        return claim

    def items(self, member: Member) -> Iterator[Item | Lost]:
        """Yield the elements of the array behind the line of JavaScript."""
        opening = OPENING.match(member.head)
        assert opening is not None  # or it would not have been claimed
        limit = member.limits.item_bytes
        with member.open() as stream:
            mark = stream.read(3)
            rest_of_opening = opening.end() - (0 if mark == b"\xef\xbb\xbf" else 3)
            stream.read(rest_of_opening)
            try:
                for ix, data in enumerate(elements(stream, where=member.path, longest=limit)):
                    where = f"{member.path}[{ix}]"
                    yield (
                        Item(where, data) if data is not None else Lost(where, f"longer than {limit:,} bytes")
                    )
            except CutOffError as error:
                yield Lost(member.path, error.problem)

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield a post."""
        what = context.claimed["what"][context.path]
        if isinstance(raw.get("noteTweet"), dict):
            yield _note(raw)
        elif isinstance(raw.get("tweet"), dict) and len(raw) == 1:
            yield _tweet(raw["tweet"], what, context)
        else:
            yield _tweet(raw, what, context)


def _what(member: Member) -> str | None:
    """Return what a file lists, as its first line says."""
    if member.kind not in ("ytd", "text"):
        return None
    opening = OPENING.match(member.head[:200])
    return (opening[1] or opening[3]).decode() if opening else None


def _place_of(member: Member, what: str) -> tuple[int, int, str]:
    """Return what a list is sorted by among others: its kind, and its number among the parts."""
    opening = OPENING.match(member.head)
    part = int(opening[2]) if opening and opening[2] else 0
    return list(WORKS).index(what), part, member.path


def _place(claim: Claim, path: str, what: str, include: frozenset[str]) -> None:
    """Put a list where it belongs, by its name in JavaScript."""
    kind, why = next((v for pattern, v in SENSITIVE.items() if re.fullmatch(pattern, what)), (None, ""))
    if kind is not None and kind not in include:
        claim.refused[path] = (kind, why)
    elif kind is None and ADS.fullmatch(what):
        claim.left[path] = "what advertisers were told and shown: not kept"
    else:
        claim.assets.append(path)


def _beside(
    claim: Claim, member: Member, folders: set[str], roots: set[str], include: frozenset[str]
) -> None:
    """Place what is no list: media, the pages that show the archive, its table of contents."""
    path = member.path
    folder = path.rpartition("/")[0]
    if member.kind == "ytd" and (opening := VIEWER.match(member.head)):
        claim.side.append(path)
        claim.context["user"] = _user(member.head[opening.end() :])
    elif folder in roots and member.kind == "html" and b"manifest.js" in member.head:
        claim.left[path] = "shows again what is read from the data"
    elif any(path.startswith(f"{root}/assets/".removeprefix("/")) for root in roots):
        claim.left[path] = "part of the pages that show the archive"
    elif folder.rpartition("/")[0] in folders and folder.endswith("_media"):
        if "direct_message" in folder and "messages" not in include:
            claim.refused[path] = ("messages", "files of direct messages")
        else:
            claim.assets.append(path)
    elif folder in folders and member.kind == "text":
        claim.assets.append(path)


def _user(config: bytes) -> str | None:
    """Return the account's name, as the archive's table of contents gives it."""
    try:
        value = msgspec.json.decode(config.strip().removesuffix(b";"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return as_text(table(table(value).get("userInfo")).get("userName"))


def _tweet(raw: dict[str, Any], what: str, context: Context) -> Work:
    """Map a post; its text stays in `json` as it was where links or signs were written out."""
    said = as_text(raw.get("full_text")) or as_text(raw.get("text")) or ""
    text = _plain(said, raw)
    other = _retweeted(raw, said)
    key = name(raw.get("id_str")) or name(raw.get("id")) or ""
    user = context.claimed["user"]
    lang = as_text(raw.get("lang"))
    taken = [k for k in ("full_text", "text") if raw.get(k) == text]
    taken += [k for k in ("id", "id_str") if raw.get(k) == key]
    taken += ["lang"] if lang not in NO_LANGUAGE else []
    files = {n: context.files[n] for n in _media(raw, key) if n in context.files}
    return Work(
        key=key,
        kind=WorkKind.POST,
        text=text,
        mine=other is None,
        url=f"https://x.com/{user or 'i/web'}/status/{key}" if key else None,
        author=user if other is None else other or None,
        visibility=WORKS[what],
        in_reply_to=name(raw.get("in_reply_to_status_id_str")) or name(raw.get("in_reply_to_status_id")),
        language=lang if lang not in NO_LANGUAGE else None,
        created=written(as_text(raw.get("created_at"))),
        json={"files": files, "tweet": rest(raw, *taken)} if files else rest(raw, *taken),
    )


def _retweeted(raw: dict[str, Any], said: str) -> str | None:
    """Return whose words a retweet repeats; None of the person's own."""
    of = raw.get("retweeted_status")
    if isinstance(of, dict):
        return as_text(table(of.get("user")).get("screen_name")) or ""
    repeated = re.match(r"RT @(\w+): ", said)
    mentions = array(table(raw.get("entities")).get("user_mentions"))
    names = {str(table(m).get("screen_name")).lower() for m in mentions}
    return repeated[1] if repeated and repeated[1].lower() in names else None


def _plain(text: str, raw: dict[str, Any]) -> str:
    """Return text with short links written out, and signs that HTML escapes."""
    for of in ("entities", "extended_entities"):
        entities = table(raw.get(of))
        for link in [*array(entities.get("urls")), *array(entities.get("media"))]:
            short, long = table(link).get("url"), table(link).get("expanded_url")
            if isinstance(short, str) and short and isinstance(long, str) and long:
                text = text.replace(short, long)
    return unescape(text)


def _media(raw: dict[str, Any], key: str) -> Iterator[str]:
    """Yield the names under which the archive holds a post's pictures and videos."""
    for of in ("extended_entities", "entities"):
        for medium in array(table(raw.get(of)).get("media")):
            variants = array(table(table(medium).get("video_info")).get("variants"))
            for url in [table(medium).get("media_url_https"), *(table(v).get("url") for v in variants)]:
                if isinstance(url, str):
                    yield f"{key}-{url.rpartition('/')[2].partition('?')[0]}"


def _note(raw: dict[str, Any]) -> Work:
    """Map a long post, whose whole text is in a list of its own."""
    note = raw["noteTweet"]
    core = next((k for k in ("core", "noteTweetResults") if isinstance(note.get(k), dict)), "core")
    content = table(note.get(core))
    text = as_text(content.get("text"))
    created = written(as_text(note.get("createdAt")))
    kept = rest(note, "noteTweetId", core, *(["createdAt"] if created is not None else [])) or {}
    key = name(note.get("noteTweetId"))
    if key is None and note.get("noteTweetId") is not None:
        kept["noteTweetId"] = note["noteTweetId"]
    inner = rest(content, "text") if text is not None else note.get(core)
    return Work(
        key=key or "",
        kind=WorkKind.POST,
        text=text or "",
        visibility="public",
        created=created,
        json={"noteTweet": {**kept, core: inner}, **(rest(raw, "noteTweet") or {})},
    )


READER = Twitter()
