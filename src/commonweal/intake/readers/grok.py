"""Grok's export: `prod-grok-backend.json`, an object around the array of conversations, four folders down.

Structure as found in exports of 2025 and 2026; xAI documents none of it. Conversations tell times as ISO
8601, messages as MongoDB does. The root that first messages answer is not in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from commonweal.intake.reader import Claim, Context, Item, Reader
from commonweal.intake.readers._nested import nested
from commonweal.intake.readers._shapes import array, left, other, stray, table
from commonweal.intake.records import (
    Lost,
    Memory,
    Node,
    Part,
    PartKind,
    Record,
    Role,
    Thread,
    Work,
    WorkKind,
    as_text,
)
from commonweal.intake.source import Member, Tree
from commonweal.intake.times import Time, time

ASSETS = "prod-mc-asset-server"
MARKS = re.compile(r"<grok:render\b[^>]*>.*?</grok:render>|<grok:render\b[^>]*/>", re.DOTALL)
"""Cards as the service marks them in text."""


class Grok(Reader):
    """Grok conversations, with every branch, steps and files."""

    NAME = "grok"
    TITLE = "Grok (xAI)"
    TRIED = ""
    NOTES = (
        "Conversations with every branch, thinking, tools, sources and uploaded files; instructions of "
        "projects, tasks, and what was asked of Imagine. Generated pictures are named by address only. The "
        "files of log-ins and of billing are refused unless asked for."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim the object with `conversations` of `responses`, and the files beside it."""
        claim = Claim(read=[m.path for m in tree if _backend(m)])
        folders = {path.rpartition("/")[0] for path in claim.read}
        for member in tree:
            before, assets, inside = member.path.partition(ASSETS)
            folder = before if assets else member.path[: -len(member.name)]
            if member.path in claim.read or folder.rstrip("/") not in folders:
                continue
            if assets:
                claim.assets.append(member.path)
                claim.aliases[inside.strip("/").removesuffix("/content")] = member.path
            elif sort := _sensitive(member):
                if sort[0] in include:
                    claim.assets.append(member.path)
                else:
                    claim.refused[member.path] = sort
        return claim

    def items(self, member: Member) -> Iterator[Item | Lost]:
        """Yield the conversations one at a time, and last the other keys."""
        yield from nested(member, "conversations")

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield a conversation; of the object around them, projects, tasks and what Imagine was asked."""
        if "responses" in raw or "conversation" in raw:
            yield _conversation(raw, context)
        else:
            yield from _beside(raw)


def _backend(member: Member) -> bool:
    shape = member.shape
    return (
        shape.has("conversations.[].responses")
        or shape.has("conversations.[].conversation.modify_time")
        or shape.has("conversations", "media_posts", "tasks")
    )


def _sensitive(member: Member) -> tuple[str, str] | None:
    """Return what a file beside the conversations holds that is not for others' eyes."""
    if member.kind != "json":
        return None
    if "billing" in member.name or member.shape.has("balance"):
        return "payments", "billing"
    if "auth" in member.name or member.shape.has("sessions") or member.shape.has("api_keys"):
        return "logins", "e-mail address, date of birth, sessions with their IP addresses, keys"
    return None


def _moment(value: Any) -> Time | None:
    """Return the time of `{"$date": {"$numberLong": "…"}}`, of `{"$date": "…"}`, or of ISO 8601."""
    inner = table(value).get("$date", value)
    return time(table(inner).get("$numberLong", inner))


def _conversation(raw: dict[str, Any], context: Context) -> Thread:
    about, wrapped = table(raw.get("conversation")), array(raw.get("responses"))
    keys = {table(_inner(w)).get("_id") for w in wrapped if isinstance(_inner(w), dict)}
    nodes = [_response(w, keys, context) if isinstance(_inner(w), dict) else stray(w) for w in wrapped]
    leaf = about.get("leaf_response_id")
    kept = left(raw, parts="responses") or {}
    if isinstance(raw.get("conversation"), dict):
        kept["conversation"] = left(about, "id title", "create_time modify_time")
    return Thread(
        key=as_text(about.get("id")) or "",
        title=as_text(about.get("title")),
        nodes=nodes,
        seen=len(wrapped),
        created=time(about.get("create_time")),
        updated=time(about.get("modify_time")),
        current=leaf if isinstance(leaf, str) and leaf in keys else None,
        chain=not any(node.parent for node in nodes),
        json=kept or None,
    )


def _inner(wrapped: Any) -> Any:
    """Return a response without what is wrapped around it."""
    return wrapped.get("response", wrapped) if isinstance(wrapped, dict) else wrapped


def _response(wrapped: dict[str, Any], keys: set[Any], context: Context) -> Node:
    raw = _inner(wrapped)
    role = _role(raw.get("sender"))
    request = table(table(raw.get("metadata")).get("request_metadata"))
    picked = as_text(request.get("resolved_model")) or as_text(raw.get("model"))
    created = _moment(raw.get("create_time"))
    parent = as_text(raw.get("parent_response_id"))
    known = parent if parent in keys else None
    kept = left(raw, f"_id message {'parent_response_id' if known else ''}", parts=" ".join(LISTS)) or {}
    if created is not None:
        kept.pop("create_time", None)
    if isinstance(kept.get("thinking_trace"), str):
        del kept["thinking_trace"]
    if raw is not wrapped:
        kept["beside"] = {k: v for k, v in wrapped.items() if k != "response"}
    return Node(
        key=as_text(raw.get("_id")) or "",
        role=role,
        parts=_parts(raw, context),
        parent=known,
        created=created,
        model=picked if role is Role.ASSISTANT else None,
        json=kept or None,
    )


LISTS = (
    "agent_thinking_traces",
    "steps",
    "file_attachments",
    "generated_image_urls",
    "cited_web_search_results",
)


def _role(sender: Any) -> Role:
    """Return who speaks: "human", "ASSISTANT" in any case, or the model by its name."""
    if not isinstance(sender, str):
        return Role.OTHER
    known = {"human": Role.USER, "user": Role.USER, "system": Role.SYSTEM, "tool": Role.TOOL}
    return known.get(sender.lower(), Role.ASSISTANT)


def _parts(raw: dict[str, Any], context: Context) -> list[Part]:
    """Return what was thought, what tools did, what was said, then sources and files."""
    parts = []
    if isinstance(raw.get("thinking_trace"), str) and raw["thinking_trace"]:
        parts.append(Part(PartKind.THINKING, raw["thinking_trace"]))
    for trace in array(raw.get("agent_thinking_traces")):
        thought = as_text(table(trace).get("thinking_trace"))
        parts.append(
            Part(PartKind.THINKING, thought, json=left(trace, "thinking_trace"))
            if isinstance(trace, dict)
            else other(trace)
        )
    for step in array(raw.get("steps")):
        parts += _step(step) if isinstance(step, dict) else [other(step)]
    if isinstance(raw.get("message"), str) and raw["message"]:
        plain = MARKS.sub("", raw["message"])
        marked = None if plain == raw["message"] else {"marked": raw["message"]}
        parts.append(Part(PartKind.TEXT, plain, json=marked))
    for source in array(raw.get("cited_web_search_results")):
        title = as_text(table(source).get("title")) or as_text(table(source).get("url"))
        parts.append(Part(PartKind.CITATION, title, json=source))
    parts += [_pointed(PartKind.FILE, f, context) for f in array(raw.get("file_attachments"))]
    parts += [_pointed(PartKind.IMAGE, u, context) for u in array(raw.get("generated_image_urls"))]
    return parts


def _pointed(kind: PartKind, pointer: Any, context: Context) -> Part:
    """Return a file that is named by its id, or by an address with the id in it."""
    if not isinstance(pointer, str):
        return Part(kind, json=pointer)
    inside = next((piece for piece in pointer.split("/") if piece in context.files), pointer)
    return Part(kind, asset=inside, json=None if inside == pointer else {"address": pointer})


def _step(raw: dict[str, Any]) -> list[Part]:
    """Return a step: its headline as thinking, its calls of tools and their results."""
    tagged = table(raw.get("tagged_text"))
    header = as_text(tagged.get("header"))
    kept = left(raw, parts="tool_usage_cards tool_usage_results") or {}
    if header:
        kept["tagged_text"] = left(tagged, "header")
    parts = [Part(PartKind.THINKING if header else PartKind.OTHER, header, json=kept or None)]
    for card in array(raw.get("tool_usage_cards")):
        call_id = as_text(table(card).get("tool_usage_card_id"))
        asked = next(iter(table(table(card).get("tool")).values()), None)
        says = next((v for v in table(table(asked).get("args", asked)).values() if isinstance(v, str)), None)
        parts.append(Part(PartKind.TOOL_CALL, says, call_id=call_id, json=card))
    for result in array(raw.get("tool_usage_results")):
        call_id, found = as_text(table(result).get("tool_usage_card_id")), table(result).get("result")
        parts.append(Part(PartKind.TOOL_RESULT, as_text(found), call_id=call_id, json=result))
    return parts


def _beside(raw: dict[str, Any]) -> Iterator[Record]:
    """Yield what the object around the conversations holds beside them."""
    for project in array(raw.get("projects")):
        one = table(project)
        text = as_text(one.get("custom_personality")) or ""
        scope = as_text(one.get("name")) or "project"
        kept = left(one, "custom_personality name") if isinstance(project, dict) else {"project": project}
        yield Memory(scope, "instruction", text, time(one.get("create_time")), kept)
    for post in array(raw.get("media_posts")):
        yield _asked(post, "original_prompt", "link")
    for task in array(raw.get("tasks")):
        yield _asked(task, "prompt", "url")
    known = ("projects", "media_posts", "tasks")
    rest = {k: v for k, v in raw.items() if k and not (k in known and isinstance(v, list))}
    if any(rest.values()):
        yield Work("", WorkKind.NOTE, "", mine=False, title="Grok: other data", json=rest)


def _asked(raw: Any, prompt: str, link: str) -> Work:
    """Return a prompt that stands by itself."""
    one = table(raw)
    return Work(
        key=as_text(one.get("id")) or "",
        kind=WorkKind.NOTE,
        text=as_text(one.get(prompt)) or "",
        url=as_text(one.get(link)),
        created=_moment(one.get("create_time")),
        json=left(one, f"id {prompt} {link}") if isinstance(raw, dict) else raw,
    )


READER = Grok()
