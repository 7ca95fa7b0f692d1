"""Markdown: folders of notes and posts as Obsidian, Hugo, Jekyll and any editor write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from commonweal.intake.reader import Claim, Context, Item, Reader
from commonweal.intake.readers._front import split
from commonweal.intake.readers._licence import licence
from commonweal.intake.readers._person import is_person, written
from commonweal.intake.records import Lost, Record, Work, WorkKind
from commonweal.intake.source import Member, Tree

ENDINGS = (".md", ".markdown", ".mdx", ".mdown")
TEXT = ("text", "csv", "mail", "html", "xml", "json", "jsonl", "ytd", "empty")
"""Kinds that a note may look like by its first bytes: a list of links looks like JSON."""
HEADING = re.compile(r"^#[ \t]+(.+?)[ \t]*#*[ \t]*$", re.MULTILINE)
FENCE = re.compile(r"^(?:```|~~~)", re.MULTILINE)
JEKYLL = re.compile(r"(?:^|/)(\d{4}-\d\d-\d\d)-([^/]+)$")
POSTS = frozenset({"layout", "permalink", "slug", "categories", "category", "draft", "published", "url"})
NO, YES = frozenset({"false", "no", "off"}), frozenset({"true", "yes", "on"})
DATES = ("date", "created", "created_at", "date created", "creation_date", "published", "pubdate")


class Markdown(Reader):
    """Notes and posts, a file each."""

    NAME = "markdown"
    TITLE = "Markdown folders (Obsidian, Hugo, Jekyll, notes)"
    TRIED = "this project's documentation, which has no front matter"
    NOTES = (
        "Each .md or .markdown file is a note, or a post where front matter tells of publishing; its text "
        "stays Markdown. Title, date, author, language, tags, licence and draft come from YAML or TOML front "
        "matter, a title also from the first heading or the file's name. Pictures of the folder are kept. "
        "Files in the folder of another format's export, or below it, are left to that format."
    )
    GIVES_WAY = True

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim text files that are called Markdown (nothing within them tells), and media beside them."""
        claim = Claim(read=[m.path for m in tree if m.kind in TEXT and m.name.lower().endswith(ENDINGS)])
        if claim:
            claim.assets = [m.path for m in tree if m.kind == "binary" and not _hidden(m.path)]
        return claim

    def items(self, member: Member) -> Iterator[Item | Lost]:
        """Yield the file."""
        yield Item(member.path, member.read())

    def decode(self, data: Any) -> Any:
        """Return front matter and text; letters that are not UTF-8 become U+FFFD."""
        text = data.decode("utf-8", errors="replace").removeprefix("\ufeff")
        front, source, after = split(text)
        found: dict[str, Any] = {"text": after}
        if front is not None:
            found["front"] = front
        elif source:
            found["unread"] = source
        return found

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield the note."""
        front = {str(k).strip().casefold(): v for k, v in (raw.get("front") or {}).items()}
        if "unread" in raw:
            yield Lost("front", "front matter that can't be read: kept as it is written")
        stem = context.path.rpartition("/")[2].rpartition(".")[0]
        named = JEKYLL.search(context.path.rpartition(".")[0])
        authors = _texts(front, "author", "authors", "by")
        urls = [u for u in _texts(front, "url", "permalink", "canonical", "canonical_url") if _web(u)]
        terms = [x for t in _texts(front, "license", "licence", "rights") if (x := licence(t))]
        dates = [*_texts(front, *DATES), *([named[1]] if named else [])]
        yield Work(
            key=context.path,
            kind=WorkKind.POST if named or POSTS & set(front) else WorkKind.NOTE,
            text=raw["text"],
            mine=not authors or is_person(context.owner, *authors),
            title=next(iter(_texts(front, "title")), None) or _heading(raw["text"]) or stem,
            url=urls[0] if urls else None,
            author=", ".join(authors) or None,
            license=terms[0] if terms else None,
            visibility="draft" if _draft(front, context.path) else None,
            language=next(iter(_texts(front, "lang", "language", "locale")), None),
            created=next((t for d in dates if (t := written(d))), None),
            json={k: raw[k] for k in ("front", "unread") if k in raw} or None,
        )


def _hidden(path: str) -> bool:
    """Whether a file is the editor's own, or the system's."""
    return any(step.startswith(".") for step in path.split("/"))


def _texts(front: dict[str, Any], *names: str) -> list[str]:
    """Return the strings at the first of these keys that has any: one, a list of them, or names in tables."""
    for name in names:
        value = front.get(name)
        found = [
            text.strip()
            for v in (value if isinstance(value, list) else [value])
            if isinstance(text := v.get("name") if isinstance(v, dict) else v, str) and text.strip()
        ]
        if found:
            return found
    return []


def _web(text: str) -> bool:
    return text.startswith(("https://", "http://"))


def _heading(text: str) -> str | None:
    """Return the first heading, unless code comes before it, whose comments look like one."""
    found = HEADING.search(text)
    fence = FENCE.search(text)
    return None if not found or (fence and fence.start() < found.start()) else found[1]


def _draft(front: dict[str, Any], path: str) -> bool:
    said = {k: str(front[k]).strip().casefold() for k in ("draft", "published", "publish") if k in front}
    if "draft" in said:
        return said["draft"] in YES
    if any(said.get(k) in NO for k in ("published", "publish")):
        return True
    return "_drafts" in path.split("/")


READER = Markdown()
