"""Medium's export: a page of HTML for each post, draft and response, marked up with microformats."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from commonweal.intake.reader import Claim, Context, Reader
from commonweal.intake.readers._html import html_root, html_text
from commonweal.intake.readers._person import written
from commonweal.intake.records import Record, Work, WorkKind
from commonweal.intake.source import Member, Tree

ID = re.compile(r"(?:^|[-/_])([0-9a-f]{8,16})$")
LOG_INS = re.compile(r"(^|/)(profile|ips|sessions|twitter)(/|$)")


class Medium(Reader):
    """Posts, drafts and responses."""

    NAME = "medium"
    TITLE = "Medium (Settings → Security → Download your information)"
    TRIED = ""
    NOTES = (
        "Posts and drafts are posts, responses comments: one without a title of its own counts as such, and "
        "the export does not say what it answers. Bookmarks, claps, highlights and lists are kept as files. "
        "The profile, network addresses and sessions are refused unless asked for with --include logins. "
        "Pictures are links to Medium."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim pages with an article's microformats, and the pages of the folders beside theirs."""
        claim = Claim(read=[m.path for m in tree if _is_post(m)])
        roots = {_folder(_folder(path)) for path in claim.read}
        for member in tree:
            inside = _folder(_folder(member.path)) in roots or _folder(member.path) in roots
            if member.path in claim.read or member.kind != "html" or not inside:
                continue
            if LOG_INS.search(_folder(member.path)) or b"Email address:" in member.head:
                if "logins" in include:
                    claim.assets.append(member.path)
                else:
                    claim.refused[member.path] = ("logins", "account, e-mail and network addresses, sessions")
            else:
                claim.assets.append(member.path)
        return claim

    def decode(self, data: Any) -> Any:
        """Return a page as it is; letters that are not UTF-8 become U+FFFD."""
        return {"html": data.decode("utf-8", errors="replace")} if isinstance(data, bytes) else data

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield the post of a page."""
        root = html_root(raw["html"])
        if root is None:
            raise ValueError("a page that can't be parsed")
        url = _attribute(root, ".//a", "p-canonical", "href")
        original = next((a.get("href") for a in root.iterfind(".//footer//a") if _post_link(a)), None)
        title, subtitle = _words(root, "p-name"), _words(root, "p-summary")
        body = next(iter(root.xpath('//section[@data-field="body"]')), None)
        text = html_text(_markup(body)) if body is not None else ""
        published = _attribute(root, ".//time", "dt-published", "datetime")
        tags = [html_text(_markup(a)) for a in root.iterfind(".//a") if "p-tag" in _classes(a)]
        found = {"subtitle": subtitle, "tags": tags}
        yield Work(
            key=_key(url, original, context.path),
            kind=WorkKind.COMMENT if _is_response(body, title, subtitle, text) else WorkKind.POST,
            text=text,
            title=title,
            url=url or original,
            author=_words(root, "p-author"),
            visibility="public" if url or published else "draft",
            created=written(published),
            json={**{k: v for k, v in found.items() if v}, **raw},
        )


def _is_post(member: Member) -> bool:
    if member.kind != "html":
        return False
    head = member.head
    return b'class="h-entry"' in head and b'data-field="body"' in head and b"p-name" in head


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _classes(node: Any) -> list[str]:
    return str(node.get("class") or "").split()


def _attribute(root: Any, path: str, kind: str, name: str) -> str | None:
    return next((str(n.get(name)) for n in root.iterfind(path) if kind in _classes(n) and n.get(name)), None)


def _words(root: Any, kind: str) -> str | None:
    """Return the text of the first element of a class."""
    node = next((n for n in root.iter() if isinstance(n.tag, str) and kind in _classes(n)), None)
    return None if node is None else html_text(_markup(node)) or None


def _markup(node: Any) -> str:
    from lxml import etree

    return str(etree.tostring(node, encoding="unicode", method="html", with_tail=False))


def _post_link(node: Any) -> bool:
    return "://medium.com/p/" in (node.get("href") or "")


def _key(url: str | None, original: str | None, path: str) -> str:
    """Return the post's id, with which its addresses and the name of its file end."""
    for text in (original, url, path.removesuffix(".html")):
        if text and (found := ID.search(text)):
            return found[1]
    return path


def _is_response(body: Any, title: str | None, subtitle: str | None, text: str) -> bool:
    """Whether a post has no title of its own: then Medium shows the first words of its text."""
    if body is None or subtitle or any("graf--title" in _classes(n) for n in body.iter()):
        return False
    shown = (title or "").rstrip("…. ")
    return bool(shown) and " ".join(text.split()).startswith(" ".join(shown.split()))


READER = Medium()
