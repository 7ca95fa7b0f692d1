"""Perplexity's threads, as tools and the service itself write them; there is no export of an account.

Each entry is a question and its answer. What tools save as the site reads it has `entries`; what others make
of that has `metadata` and `conversations`; and there is Markdown.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from commonweal.intake.reader import Claim, Context, Item, Reader
from commonweal.intake.readers._perplexity import form_of, taken_apart
from commonweal.intake.readers._shapes import array, left, other, stray, table
from commonweal.intake.records import Lost, Node, Part, PartKind, Record, Role, Thread, as_text
from commonweal.intake.source import Member, Tree
from commonweal.intake.times import time

MARKDOWN = "markdown"


class Perplexity(Reader):
    """Perplexity threads, with their sources."""

    NAME = "perplexity"
    TITLE = "Perplexity"
    TRIED = ""
    NOTES = (
        "No export of a whole account was known when this was written, so it reads what is common in its "
        "place: the Markdown that the site itself gives for a thread; JSON with the site's `entries`, as "
        "perplexport and other tools save it; JSON with `metadata` and `conversations`, a form that the "
        "Nexus importer for Obsidian takes; Markdown of the extension Save my Chatbot, and of perplexport. "
        "Markdown tells no times, and the site's own does not mark where a question of several lines ends: "
        "its first line is taken for it, and the others stand with the answer. Other extensions' files are "
        "not known."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim threads by their keys, and Markdown by what these tools begin it with."""
        return Claim(read=[m.path for m in tree if _json(m) or _markdown(m)])

    def items(self, member: Member) -> Iterator[Item | Lost]:
        """Yield the file: it is one thread; or each of an array of threads."""
        if member.kind == "json" and member.shape.items is not None:
            yield from super().items(member)
        else:
            yield Item(member.path, member.read())

    def decode(self, data: Any) -> Any:
        """Return the value of JSON; of Markdown, the thread taken apart."""
        form = form_of(data.removeprefix(b"\xef\xbb\xbf")) if isinstance(data, bytes) else None
        if form is None:
            return super().decode(data)
        return {MARKDOWN: taken_apart(data.decode("utf-8", errors="replace"), form)}

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield the thread."""
        if MARKDOWN in raw:
            yield _from_markdown(raw[MARKDOWN])
        elif "entries" in raw:
            yield _from_entries(raw)
        else:
            yield _from_turns(raw)


def _json(member: Member) -> bool:
    return any(
        member.shape.has(f"{at}entries.[].query_str")
        or member.shape.has(f"{at}conversations.[].query", f"{at}conversations.[].answer", f"{at}metadata")
        for at in ("", "[].")
    )


def _markdown(member: Member) -> bool:
    return member.kind in ("text", "csv", "xml", "html") and form_of(member.head) is not None


def _from_entries(raw: dict[str, Any]) -> Thread:
    """Return a thread as the site itself reads it."""
    entries, about = array(raw.get("entries")), table(raw.get("thread_metadata"))
    first = next((e for e in entries if isinstance(e, dict)), {})
    nodes = [node for entry in entries for node in _entry(entry)]
    return Thread(
        key=as_text(first.get("context_uuid")) or as_text(first.get("thread_url_slug")) or "",
        title=as_text(about.get("title")) or as_text(first.get("thread_title")),
        nodes=nodes,
        seen=len(nodes),
        created=time(about.get("created_at")),
        updated=time(about.get("updated_at")),
        chain=True,
        json=left(raw, parts="entries"),
    )


def _entry(raw: Any) -> Iterator[Node]:
    """Yield the question and the answer of an entry; what no column holds stays with the answer."""
    if not isinstance(raw, dict):
        yield stray(raw)
        return
    key = as_text(raw.get("uuid")) or as_text(raw.get("backend_uuid")) or ""
    created = time(raw.get("entry_created_datetime"))
    yield _asked(key, raw.get("query_str"), created)
    yield Node(
        key=key,
        role=Role.ASSISTANT,
        parts=[part for block in array(raw.get("blocks")) for part in _block(block)],
        created=created or time(raw.get("entry_updated_datetime")) or time(raw.get("updated_datetime")),
        model=as_text(raw.get("display_model")),
        json=left(raw, "query_str display_model", parts="blocks"),
    )


def _asked(key: str, query: Any, created: Any) -> Node:
    part = Part(PartKind.TEXT, query) if isinstance(query, str) else Part(PartKind.OTHER, json=query)
    return Node(f"{key}?" if key else "", Role.USER, [] if query in (None, "") else [part], created=created)


def _block(raw: Any) -> Iterator[Part]:
    """Yield the answer, its sources and its plan; other blocks are kept as they are."""
    block = table(raw)
    markdown, sources = (
        block.get("markdown_block"),
        block.get("sources_mode_block", block.get("web_result_block")),
    )
    if isinstance(markdown, dict):
        chunks = array(markdown.get("chunks"))
        answer = as_text(markdown.get("answer"))
        if answer is None and all(isinstance(c, str) for c in chunks):
            answer = "".join(chunks)
        kept = left(block) or {}
        whole = answer is not None and all(isinstance(c, str) and c in answer for c in chunks)
        kept["markdown_block"] = left(markdown, "answer", parts="chunks" if whole else "")
        yield Part(PartKind.TEXT, answer, json=kept)
    elif isinstance(sources, dict):
        for row in array(sources.get("rows")) or array(sources.get("web_results")):
            found = table(table(row).get("web_result")) or table(row)
            yield Part(PartKind.CITATION, as_text(found.get("name")), json=row)
        yield Part(PartKind.TOOL_RESULT, json=raw)
    elif isinstance(block.get("plan_block"), dict):
        goals = [as_text(table(g).get("description")) for g in array(block["plan_block"].get("goals"))]
        yield Part(PartKind.THINKING, "\n".join(g for g in goals if g) or None, json=raw)
    else:
        yield other(raw)


def _from_turns(raw: dict[str, Any]) -> Thread:
    """Return a thread of `metadata` and `conversations`, each of which is a question and its answer."""
    about, turns = table(raw.get("metadata")), array(raw.get("conversations"))
    nodes = [node for turn in turns for node in _turn(turn)]
    kept = left(raw, parts="conversations") or {}
    if isinstance(raw.get("metadata"), dict):
        kept["metadata"] = left(about, "thread_id thread_title", "thread_created_at thread_updated_at")
    return Thread(
        key=as_text(about.get("thread_id")) or "",
        title=as_text(about.get("thread_title")),
        nodes=nodes,
        seen=len(nodes),
        created=time(about.get("thread_created_at")),
        updated=time(about.get("thread_updated_at")),
        chain=True,
        json=kept or None,
    )


def _turn(raw: Any) -> Iterator[Node]:
    if not isinstance(raw, dict):
        yield stray(raw)
        return
    key, created = as_text(raw.get("uuid")) or "", time(raw.get("timestamp"))
    yield _asked(key, raw.get("query"), created)
    parts = [Part(PartKind.TEXT, raw["answer"])] if isinstance(raw.get("answer"), str) else []
    sources = array(raw.get("sources"))
    parts += [Part(PartKind.CITATION, as_text(table(s).get("title")), json=s) for s in sources]
    kept = left(raw, "query answer model", "timestamp", "sources")
    yield Node(key, Role.ASSISTANT, parts, created=created, model=as_text(raw.get("model")), json=kept)


def _from_markdown(raw: dict[str, Any]) -> Thread:
    nodes = []
    for turn in raw["turns"]:
        if turn.get("query"):
            nodes.append(Node("", Role.USER, [Part(PartKind.TEXT, turn["query"])]))
        parts = [Part(PartKind.TEXT, turn["answer"])] if turn.get("answer") else []
        parts += [Part(PartKind.CITATION, note["url"], json=note) for note in turn.get("footnotes", ())]
        if turn.get("sources"):
            parts.append(Part(PartKind.CITATION, turn["sources"]))
        if parts:
            nodes.append(Node("", Role.ASSISTANT, parts))
    title = raw.get("title") or next((turn["query"] for turn in raw["turns"] if turn.get("query")), None)
    kept = {"before": raw["before"]} if raw["before"] else None
    return Thread(raw.get("url", ""), nodes, len(nodes), title=title, chain=True, json=kept)


READER = Perplexity()
