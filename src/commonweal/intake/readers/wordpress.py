"""WordPress's export (WXR): RSS with the site's posts, pages, comments, media and authors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from commonweal.intake.reader import Claim, Context, Item, Reader
from commonweal.intake.readers._html import html_text
from commonweal.intake.readers._person import is_person, written
from commonweal.intake.readers._xml import elements, local, many, value
from commonweal.intake.records import Lost, Record, Work, WorkKind, as_text, rest
from commonweal.intake.source import Member, Tree
from commonweal.intake.times import Time

ROOT = re.compile(rb"<rss\b[^>]*wordpress\.org/export/", re.DOTALL)
BARE = ("wp",)
ABOUT = ("author", "category", "tag", "term")
VISIBLE = {
    "publish": "public",
    "private": "private",
    "trash": "private",
    "draft": "draft",
    "auto-draft": "draft",
    "pending": "draft",
    "future": "draft",
}
MACHINERY = frozenset({
    "nav_menu_item", "custom_css", "customize_changeset", "oembed_cache", "user_request", "wp_global_styles",
    "wp_navigation", "wp_template", "wp_template_part", "wp_font_family", "wp_font_face",
})  # fmt: skip
PERSONAL = ("comment_author_email", "comment_author_IP")
PARAGRAPH = re.compile(r"\r?\n[ \t]*\r?\n")


class WordPress(Reader):
    """Posts, pages and comments of a WordPress site."""

    NAME = "wordpress"
    TITLE = "WordPress (WXR, Tools → Export)"
    TRIED = ""
    NOTES = (
        "Every post, page, media entry and comment is a work. Where the site has one author, what they wrote "
        "is yours; with several, what the one wrote whose log-in, name or e-mail address --as gives. "
        "Comments of others are kept as theirs; their e-mail and network addresses only if asked for with "
        "--include messages. Menus, styles and caches are left out. The media files are not in a WXR."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim RSS whose root declares WordPress's namespace for exports."""
        claim = Claim(read=[m.path for m in tree if m.kind == "xml" and ROOT.search(m.head[:65_536])])
        claim.context = {
            "others": "messages" in include,
            "sites": {path: _site(tree.members[path]) for path in claim.read},
        }
        return claim

    def items(self, member: Member) -> Iterator[Item | Lost]:
        """Yield posts; what stands beside them in the channel is about the site, and listed."""
        about = 0
        for node in elements(member, "channel", "item", *ABOUT):
            if isinstance(node, Lost):
                yield node
            elif local(node) == "item":
                post = value(node, BARE)
                if isinstance(post, dict):
                    post["comment"] = many(post.get("comment"))
                yield Item(member.path, msgspec.json.encode(post))
            else:
                about += 1
        if about:
            yield Lost(
                f"{member.path}: channel",
                "authors, categories and tags of the site: those of a post are with it",
                about,
            )

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield a post, and its comments."""
        kind = raw.get("post_type")
        if kind in MACHINERY:
            yield Lost("", "menus, styles and caches of the site: not works")
            return
        site = context.claimed["sites"].get(context.path, {})
        yield _post(raw, site, context.owner)
        key = as_text(raw.get("post_id"))
        for comment in many(raw.get("comment")):
            if isinstance(comment, dict):
                yield from _comment(comment, key, site, context)
            else:
                yield Lost("comment[]", "a comment without content")


def _site(member: Member) -> dict[str, Any]:
    """Return a site's language and its authors, each with their names, which stand before the posts."""
    authors: list[list[str]] = []
    language = None
    for node in elements(member, "channel", "author", "item", "language"):
        if isinstance(node, Lost) or local(node) == "item":
            break
        if local(node) == "language":
            language = (node.text or "").strip() or None
            continue
        found = value(node, BARE)
        if isinstance(found, dict):
            first, last = found.get("author_first_name") or "", found.get("author_last_name") or ""
            keys = ("author_login", "author_display_name", "author_email", "author_id")
            authors.append([str(found.get(k) or "") for k in keys] + [f"{first} {last}".strip()])
    return {"language": language, "authors": authors}


def _post(raw: dict[str, Any], site: dict[str, Any], owner: str) -> Work:
    creator = as_text(raw.get("dc_creator"))
    co_authors = _co_authors(raw)
    names = [name for pair in co_authors for name in pair] or [creator or ""]
    shown = list(dict.fromkeys(pair[1] for pair in co_authors)) or [_display(creator, site) or ""]
    kind = WorkKind.EDIT if raw.get("post_type") == "revision" else WorkKind.POST
    status = as_text(raw.get("status")) or ""
    parent = as_text(raw.get("post_parent"))
    return Work(
        key=as_text(raw.get("post_id")) or "",
        kind=kind,
        text=_text(as_text(raw.get("content_encoded")) or ""),
        mine=_mine(names, site, owner),
        title=_said(raw.get("title")),
        url=_said(raw.get("link")),
        author=", ".join(shown) or None,
        visibility="private" if raw.get("post_password") else VISIBLE.get(status),
        in_reply_to=parent if kind is WorkKind.EDIT else None,
        language=site.get("language"),
        created=_moment(raw, "post_date_gmt", "post_date") or written(as_text(raw.get("pubDate"))),
        json=rest(raw, "comment", "post_id"),
    )


def _co_authors(raw: dict[str, Any]) -> list[tuple[str, str]]:
    """Return log-in and name of those whom the plugin Co-Authors Plus lists, among the categories."""
    return [
        (str(c.get("nicename") or ""), str(c.get("text") or c.get("nicename") or ""))
        for c in many(raw.get("category"))
        if isinstance(c, dict) and c.get("domain") == "author"
    ]


def _mine(names: list[str], site: dict[str, Any], owner: str) -> bool:
    authors = site.get("authors") or []
    if len(authors) <= 1 and (not authors or not any(names) or any(n in authors[0] for n in names)):
        return True
    of_owner = [author for author in authors if is_person(owner, *author)]
    return is_person(owner, *names) or any(n and n in author for author in of_owner for n in names)


def _display(login: str | None, site: dict[str, Any]) -> str | None:
    """Return the name that goes with a log-in."""
    return next((a[1] for a in site.get("authors") or [] if a[0] == login and a[1]), login)


def _comment(
    raw: dict[str, Any], post: str | None, site: dict[str, Any], context: Context
) -> Iterator[Record]:
    author, user = as_text(raw.get("comment_author")), as_text(raw.get("comment_user_id"))
    of_site = [a for a in site.get("authors") or [] if user and user != "0" and user in a[3:4]]
    mine = is_person(context.owner, author, as_text(raw.get("comment_author_email")))
    mine = mine or any(is_person(context.owner, *a) for a in of_site)
    parent = as_text(raw.get("comment_parent"))
    kept = raw
    if not mine and not context.claimed["others"]:
        kept = {k: v for k, v in raw.items() if k not in PERSONAL}
        for name in PERSONAL:
            if raw.get(name):
                yield Lost(f"comment[].{name}", "of people who commented: kept only with --include messages")
    approved = raw.get("comment_approved")
    yield Work(
        key=f"comment {raw.get('comment_id') or ''}",
        kind=WorkKind.COMMENT,
        text=_text(as_text(raw.get("comment_content")) or ""),
        mine=mine,
        author=author,
        visibility="public" if approved == "1" else "private",
        in_reply_to=f"comment {parent}" if parent and parent != "0" else post,
        created=_moment(raw, "comment_date_gmt", "comment_date"),
        json=kept,
    )


def _text(markup: str) -> str:
    """Return plain text; in posts of the classic editor an empty line is a paragraph."""
    if "<p" not in markup and "<!-- wp:" not in markup:
        markup = PARAGRAPH.sub("<p>", markup)
    return html_text(markup)


def _said(raw: Any) -> str | None:
    return (as_text(raw) or "").strip() or None


def _moment(raw: dict[str, Any], gmt: str, local: str) -> Time | None:
    """Return a post's time; drafts have noughts for a date."""
    utc = as_text(raw.get(gmt)) or ""
    return (written(f"{utc.strip()}+00:00") if utc.strip() else None) or written(as_text(raw.get(local)))


READER = WordPress()
