"""Reddit's data request: a flat ZIP of some 38 CSV files, told apart by their headers.

Structure as others document it of exports from 2021 to 2026; Reddit documents none of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from commonweal.intake.reader import Claim, Context, Item, Reader
from commonweal.intake.readers._csv import header, rows
from commonweal.intake.records import Lost, Record, Work, WorkKind, rest
from commonweal.intake.source import Member, Tree
from commonweal.intake.times import time

WORKS: dict[str, frozenset[str]] = {
    "post": frozenset({"id", "permalink", "date", "subreddit", "gildings", "title", "body"}),
    "comment": frozenset({"id", "permalink", "date", "subreddit", "gildings", "link", "body"}),
    "draft": frozenset({"id", "title", "body", "kind", "created"}),
    "scheduled": frozenset({"scheduled_post_id", "title", "body"}),
}
"""What a header must hold for its rows to be works of the person."""
SENSITIVE: list[tuple[frozenset[str], str, str]] = [
    (frozenset({"from", "to", "thread_id"}), "messages", "private messages, with what others wrote"),
    (frozenset({"message_id", "message", "channel_url"}), "messages", "chats, with what others wrote"),
    (frozenset({"date", "ip"}), "logins", "addresses from which the account was used"),
    (frozenset({"issuer_id", "subject_id"}), "logins", "accounts elsewhere that log in here"),
    (frozenset({"phone_number"}), "logins", "telephone number"),
    (frozenset({"persona_inquiry_id"}), "logins", "a check of identity"),
    (frozenset({"statistic", "value"}), "logins", "account, e-mail address"),
    (frozenset({"birthdate"}), "logins", "date of birth"),
    (frozenset({"account_gender"}), "logins", "gender"),
    (frozenset({"username"}), "logins", "account at another service"),
    (frozenset({"transaction_id", "cost"}), "payments", "purchases"),
    (frozenset({"subscription_id", "processor"}), "payments", "subscriptions that are paid for"),
    (frozenset({"payout_id"}), "payments", "payouts"),
    (frozenset({"stripe_account_id"}), "payments", "account for payouts"),
]
ALONE = (frozenset({"date", "ip"}), frozenset({"username"}))
"""Those that say so only where no other column stands with them."""
REPEATED = frozenset({"id", "permalink", "date", "ip"})
"""Headers of posts, comments and messages come a second time in files without their texts."""
LISTS: list[frozenset[str]] = [
    frozenset({"id", "permalink"}),  # saved, hidden, voted on
    frozenset({"post_id", "user_selection"}),
    frozenset({"subreddit"}),
    frozenset({"id", "display_name", "subreddits"}),
    frozenset({"username", "note"}),
    frozenset({"content_link"}),
    frozenset({"announcement_id"}),
    frozenset({"type", "preference"}),
    frozenset({"preference", "value"}),
]
CHECKS = frozenset({"filename", "sha256"})


class Reddit(Reader):
    """Posts, comments and drafts of a Reddit account."""

    NAME = "reddit"
    TITLE = "Reddit (data request)"
    TRIED = ""
    NOTES = (
        "Posts, comments, drafts and scheduled posts are works; the export does not say under which "
        "name. Lists of what was saved, hidden and voted on, subreddits, friends and settings are kept "
        "as files. Private messages and chats, payments, and what belongs to log-ins (addresses, linked "
        "accounts, telephone, birth, e-mail) are refused unless asked for; so is the network address "
        "beside each post."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim CSV files with the columns of posts or comments, and the lists beside them."""
        headers = {m.path: names for m in tree if (names := header(m))}
        folders = {
            path.rpartition("/")[0] for path, names in headers.items() if _work(names) in ("post", "comment")
        }
        claim = Claim(context={"logins": "logins" in include, "work": {}})
        for path, names in headers.items():
            if path.rpartition("/")[0] in folders:
                _place(claim, path, names, include)
        claim.read.sort(key=lambda path: list(WORKS).index(claim.context["work"][path]))
        return claim

    def items(self, member: Member) -> Iterator[Item | Lost]:
        """Yield a file's rows."""
        yield from rows(member)

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield a post, a comment or a draft."""
        kind = context.claimed["work"][context.path]
        kept = raw
        if "ip" in raw and not context.claimed["logins"]:
            kept = rest(raw, "ip") or {}
            yield Lost("ip", "network addresses: not read unless asked for with --include logins")
        yield _draft(kept) if kind in ("draft", "scheduled") else _published(kept, kind)


def _work(names: frozenset[str]) -> str | None:
    return next((kind for kind, needed in WORKS.items() if needed <= names), None)


def _place(claim: Claim, path: str, names: frozenset[str], include: frozenset[str]) -> None:
    """Put a file of the export where it belongs, by its columns."""
    if kind := _work(names):
        claim.read.append(path)
        claim.context["work"][path] = kind
        return
    for needed, of, what in SENSITIVE:
        if names == needed or (needed <= names and needed not in ALONE):
            if of in include:
                claim.assets.append(path)
            else:
                claim.refused[path] = (of, what)
            return
    if names >= REPEATED and "gildings" in names:
        claim.left[path] = "repeats posts or comments without their texts"
    elif names == CHECKS:
        claim.left[path] = "checksums of the export's files"
    elif any(needed <= names for needed in LISTS):
        claim.assets.append(path)


def _published(raw: dict[str, Any], kind: str) -> Work:
    post = kind == "post"
    work = Work(
        key=raw.get("id", ""),
        kind=WorkKind.POST if post else WorkKind.COMMENT,
        text=raw.get("body", ""),
        title=raw.get("title") if post else None,
        url=raw.get("permalink"),
        in_reply_to=None if post else raw.get("parent") or raw.get("link"),
        created=time(raw.get("date")),
    )
    taken = ["id", "body", "permalink"]
    taken += ["title"] if post else ["parent" if raw.get("parent") else "link"]
    if work.created is not None:
        taken.append("date")
    work.json = rest(raw, *taken)
    return work


def _draft(raw: dict[str, Any]) -> Work:
    key = "scheduled_post_id" if "scheduled_post_id" in raw else "id"
    created = time(raw.get("created"))
    taken = [key, "body", "title", *(["created"] if created else [])]
    return Work(
        key=raw.get(key, ""),
        kind=WorkKind.POST,
        text=raw.get("body", ""),
        title=raw.get("title"),
        visibility="draft",
        created=created,
        json=rest(raw, *taken),
    )


READER = Reddit()
