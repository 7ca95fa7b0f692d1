"""Contributions to Wikipedia and other wikis on MediaWiki: lists of edits, and exported histories."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec

from commonweal.intake.reader import Claim, Context, Item, Reader
from commonweal.intake.readers._person import is_person
from commonweal.intake.readers._xml import elements, local, value
from commonweal.intake.records import Lost, Record, Work, WorkKind, as_text, rest
from commonweal.intake.source import Member, Tree
from commonweal.intake.times import time

ROOT = re.compile(rb"<mediawiki\b[^>]*www\.mediawiki\.org/xml/export-", re.DOTALL)
PAGE = ("title", "ns", "id", "redirect", "restrictions")
WIKIMEDIA = re.compile(
    r"https?://(?:[\w-]+\.)*(?:wikipedia|wikibooks|wikiquote|wikisource|wikiversity|wikivoyage|wiktionary)\.org/"
)
VERSION_4_US = 1_686_096_000_000_000
"""7 June 2023, when the terms of use of Wikimedia went from CC BY-SA 3.0 to 4.0."""
UNKNOWN = "a page's whole text, of which the export doesn't tell what this edit changed: in `json`"


class Wikipedia(Reader):
    """Edits, each a work."""

    NAME = "wikipedia"
    TITLE = "Wikipedia contributions (API usercontribs, Special:Export)"
    TRIED = ""
    NOTES = (
        "Each edit is a work; its text is the lines that it added. A list of the API tells page, summary and "
        "size, not the text, nor of which wiki it is, so no licence. An exported history holds whole pages; "
        "where the revision before is missing, what an edit added is not known. Edits are yours where the "
        "user name is what --as gives, and in a list of one user's. Edits of Wikipedia and its sisters have "
        "the licence of their day: CC BY-SA 3.0, from 7 June 2023 on 4.0."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim answers of the API with user contributions, and XML exports of pages."""
        claim = Claim(read=[m.path for m in tree if _is_list(m) or _is_export(m)])
        claim.context = {path: len(_users(tree.members[path])) <= 1 for path in claim.read}
        return claim

    def items(self, member: Member) -> Iterator[Item | Lost]:
        """Yield edits: of a list, or of the pages of an export, one revision at a time."""
        yield from (_contributions if member.kind == "json" else _revisions)(member)

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield an edit."""
        if not isinstance(raw, dict):
            yield Lost("", "null or a word in place of an edit")
        elif "page" in raw:
            if raw.get("added") is None:
                yield Lost("edit", UNKNOWN)
            yield _revision(raw, context.owner)
        else:
            yield _contribution(raw, context.owner, bool(context.claimed.get(context.path)))


def _is_list(member: Member) -> bool:
    return member.kind == "json" and member.shape.has("query.usercontribs.[].revid")


def _is_export(member: Member) -> bool:
    return member.kind == "xml" and ROOT.search(member.head[:65_536]) is not None


def _users(member: Member) -> set[str]:
    """Return the names of users in the head of a list; of an export two, for it has many."""
    import ijson

    if member.kind != "json":
        return {"", "-"}
    found: set[str] = set()
    with suppress(ijson.JSONError, ValueError):  # the head ends where it ends
        found.update(str(u) for u in ijson.items(io.BytesIO(member.head), "query.usercontribs.item.user"))
    return found


def _contributions(member: Member) -> Iterator[Item | Lost]:
    """Yield the edits of a list."""
    import ijson

    with member.open() as stream:
        try:
            for n, edit in enumerate(ijson.items(stream, "query.usercontribs.item", use_float=True)):
                yield Item(f"{member.path}: usercontribs[{n}]", msgspec.json.encode(edit))
        except (ijson.JSONError, ValueError):
            yield Lost(member.path, "cut off, or no JSON from here on")
    yield Lost(f"{member.path}: query", "about the question that the list answers")


def _revisions(member: Member) -> Iterator[Item | Lost]:
    """Yield each revision with what its page's beginning says, and what it added to the one before."""
    page: dict[str, Any] = {}
    before: tuple[str, Counter[str]] | None = None
    site = _site(member.head)
    other = 0
    for node in elements(member, ("page", "mediawiki"), *PAGE, "revision", "page", "upload", "logitem"):
        name = node if isinstance(node, Lost) else local(node)
        if isinstance(name, Lost):
            yield name
        elif name == "page":
            page, before = {}, None
        elif name == "revision":
            edit = value(node)
            text, key = _text(edit), str(edit.get("id") or "") if isinstance(edit, dict) else ""
            lines = text.split("\n")
            added = _added(edit, lines, before)
            before = (key, Counter(lines))
            found = {"page": page, "edit": edit, "site": site, "added": added}
            yield Item(member.path, msgspec.json.encode({k: v for k, v in found.items() if v is not None}))
        elif name in PAGE:
            page[name] = value(node)
        else:
            other += 1
    yield Lost(f"{member.path}: siteinfo", "about the wiki: its address is with each edit")
    if other:
        yield Lost(f"{member.path}: upload", "uploads and entries of logs: not read", other)


def _added(edit: Any, lines: list[str], before: tuple[str, Counter[str]] | None) -> str | None:
    """Return the lines that the revision before doesn't have; None where that one is not there."""
    parent = as_text(edit.get("parentid")) if isinstance(edit, dict) else None
    if parent in (None, "", "0") and before is None:
        return "\n".join(lines)
    if before is None or parent not in (None, before[0]):
        return None
    left = before[1].copy()
    left.subtract(Counter(lines))
    added = []
    for line in reversed(lines):  # of a line there three times and now four, the last is the new one
        if left[line] < 0:
            left[line] += 1
            added.append(line)
    return "\n".join(reversed(added))


def _text(edit: Any) -> str:
    text = edit.get("text") if isinstance(edit, dict) else None
    return (as_text(text.get("text")) if isinstance(text, dict) else as_text(text)) or ""


def _site(head: bytes) -> str | None:
    found = re.search(rb"<base>([^<]*)</base>", head)
    return found[1].decode("utf-8", errors="replace").strip() if found else None


def _revision(raw: dict[str, Any], owner: str) -> Work:
    edit, page, site = raw["edit"], raw["page"], raw.get("site") or ""
    who = edit.get("contributor")
    name = as_text(who.get("username")) or as_text(who.get("ip")) if isinstance(who, dict) else None
    created = time(edit.get("timestamp"))
    key = as_text(edit.get("id")) or ""
    of_wikimedia = WIKIMEDIA.match(site) and created
    return Work(
        key=key,
        kind=WorkKind.EDIT,
        text=raw.get("added") or "",
        mine=is_person(owner, name),
        title=as_text(page.get("title")),
        url=f"{site.rpartition('/wiki/')[0]}/w/index.php?oldid={key}" if WIKIMEDIA.match(site) else None,
        author=name,
        license=_terms(created.us) if of_wikimedia and created else None,
        visibility="public",
        in_reply_to=as_text(edit.get("parentid")),
        created=created,
        json=rest(raw, "added"),
    )


def _terms(us: int) -> str:
    return "CC-BY-SA-4.0" if us >= VERSION_4_US else "CC-BY-SA-3.0"


def _contribution(raw: dict[str, Any], owner: str, single: bool) -> Work:
    user, parent = as_text(raw.get("user")), raw.get("parentid")
    return Work(
        key=str(raw.get("revid") or ""),
        kind=WorkKind.EDIT,
        text="",
        mine=single or is_person(owner, user),
        title=as_text(raw.get("title")),
        author=user,
        visibility="public",
        in_reply_to=str(parent) if parent else None,
        created=time(raw.get("timestamp")),
        json=raw,
    )


READER = Wikipedia()
