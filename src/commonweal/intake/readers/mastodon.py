"""Mastodon's archive: ActivityPub's `outbox.json`, in which a post is the object of a `Create`.

Source: w3.org/TR/activitypub, w3.org/TR/activitystreams-vocabulary; what goes into the archive:
app/services/backup_service.rb of mastodon/mastodon.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from commonweal.intake.reader import Claim, Context, Item, Reader
from commonweal.intake.readers._html import html_text
from commonweal.intake.readers._nested import nested
from commonweal.intake.readers._shapes import array, table
from commonweal.intake.records import Lost, Record, Work, WorkKind, as_text, rest
from commonweal.intake.source import Member, Tree
from commonweal.intake.times import time

PUBLIC = {"https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"}
ACTOR = ("preferredUsername", "inbox", "outbox")


class Mastodon(Reader):
    """Posts of a Mastodon account, or of other software that exports an ActivityPub outbox."""

    NAME = "mastodon"
    TITLE = "Mastodon (archive of your posts)"
    TRIED = ""
    NOTES = (
        "Posts are works, with their language, what they answer and who could see them; those to "
        "followers or to named people alone are private. Boosts are posts of others, of which the "
        "archive has the address alone: they are counted and not kept. Favourites, bookmarks, profile "
        "and media are kept as files."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim collections of activities with actor and object, and what lies beside them."""
        claim = Claim(read=[m.path for m in tree if _outbox(m)])
        boxes = set(claim.read)
        for member in tree if claim else ():
            root = next((r for r in map(_folder, boxes) if member.path.startswith(r)), None)
            if root is not None and member.path not in boxes and _kept(member):
                claim.assets.append(member.path)
                inside = member.path.removeprefix(root)
                claim.aliases |= {inside: member.path, f"/{inside}": member.path}
        return claim

    def items(self, member: Member) -> Iterator[Item | Lost]:
        """Yield activities, and last the collection around them."""
        yield from nested(member, "orderedItems")

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield the post that an activity made."""
        if "orderedItems" in raw or "" in raw:
            for activity in array(raw.get("orderedItems")):
                yield from self.convert(activity, context)
            yield Lost("", "the collection around the posts: its name and length")
        elif raw.get("type") == "Announce":
            yield Lost("", "boosts: posts of others, of which the archive has the address alone")
        else:
            yield _post(raw, context)


def _folder(path: str) -> str:
    folder = path.rpartition("/")[0]
    return f"{folder}/" if folder else ""


def _outbox(member: Member) -> bool:
    shape = member.shape
    return member.kind == "json" and shape.has(
        "orderedItems.[].actor", "orderedItems.[].object", "orderedItems.[].type"
    )


def _kept(member: Member) -> bool:
    """Whether a file is one of those that the archive puts beside the outbox."""
    shape = member.shape
    return member.kind == "binary" or shape.has("orderedItems", "type") or shape.has(*ACTOR)


def _post(activity: dict[str, Any], context: Context) -> Work:
    """Map an activity; what its object says again is kept once, its HTML in `json`."""
    post = activity["object"]
    if activity["type"] != "Create" or not isinstance(post, dict):
        raise ValueError  # an activity that this version does not know: kept whole
    language, published = _language(post), post.get("published", activity.get("published"))
    created = time(published)
    url, key, author = (as_text(post.get(k)) for k in ("url", "id", "attributedTo"))
    answers = as_text(post.get("inReplyTo"))
    columns = {"id": key, "url": url, "attributedTo": author, "inReplyTo": answers}
    taken = [k for k, value in columns.items() if value is not None]
    taken += ["contentMap"] if language else []
    taken += ["published"] if created is not None else []
    files = {
        where: context.files[where]
        for a in array(post.get("attachment"))
        if (where := as_text(table(a).get("url"))) in context.files and where is not None
    }
    around = {k: v for k, v in activity.items() if k != "object" and post.get(k) != v}
    if created is not None and time(around.get("published")) == created:
        del around["published"]
    if author is not None and around.get("actor") == author:
        del around["actor"]
    return Work(
        key=key or "",
        kind=WorkKind.POST,
        text=html_text(as_text(post.get("content")) or ""),
        title=None,
        url=url or key,
        author=author,
        visibility=_visibility(post if "to" in post or "cc" in post else activity),
        in_reply_to=answers,
        language=language,
        created=created,
        json={**(rest(post, *taken) or {}), "activity": around, **({"files": files} if files else {})},
    )


def _language(post: dict[str, Any]) -> str | None:
    """Return the one language that a post's content is given in."""
    said = table(post.get("contentMap"))
    only = next(iter(said)) if len(said) == 1 else None
    return only if only and said[only] == post.get("content") else None


def _visibility(post: dict[str, Any]) -> str:
    """Return who could see a post: everyone, everyone who looks for it, or followers and named people."""
    to, cc = (
        {a for a in (v if isinstance(v, list) else [v]) if isinstance(a, str)}
        for v in (post.get("to"), post.get("cc"))
    )
    return "public" if to & PUBLIC else "unlisted" if cc & PUBLIC else "private"


READER = Mastodon()
