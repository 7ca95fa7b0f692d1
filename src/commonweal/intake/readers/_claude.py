"""Pieces of Claude's messages: what was said and thought, tools, artifacts, files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from commonweal.intake.readers._shapes import array, left, other, repeated, table
from commonweal.intake.records import Part, PartKind, Role, as_text

ROLES = {"human": Role.USER, "user": Role.USER, "assistant": Role.ASSISTANT, "system": Role.SYSTEM}
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".heic", ".bmp")
WRITES = ("content", "new_str", "file_text", "code", "widget_code")
ASKS = ("query", "q", "command", "prompt", "url", "path")
"""Of what a tool is asked, the key that says most: the first of these."""


def pieces(message: dict[str, Any]) -> tuple[list[Part], bool]:
    """Return the parts of a message, and whether its `text` only repeats one of them."""
    parts = [part for block in array(message.get("content")) for part in _block(block)]
    text = message.get("text")
    if isinstance(text, str) and text and not any(p.kind is PartKind.TEXT and p.text for p in parts):
        parts.append(Part(PartKind.TEXT, text))
    repeats = repeated(text, parts)
    parts += [attachment(a) for a in array(message.get("attachments"))]
    parts += [_file(f) for f in array(message.get("files"))]
    return parts, repeats


def _block(raw: Any) -> Iterator[Part]:
    kind = table(raw).get("type")
    if kind == "text":
        yield Part(PartKind.TEXT, as_text(raw.get("text")), json=left(raw, "type text", parts="citations"))
        yield from (_citation(c) for c in array(raw.get("citations")))
    elif kind == "thinking":
        yield Part(PartKind.THINKING, as_text(raw.get("thinking")), json=left(raw, "type thinking"))
    elif kind == "tool_use":
        yield call(raw, raw.get("input"), left(raw, "id", parts="input"))
    elif kind == "tool_result":
        yield from _result(raw)
    else:
        yield other(raw)


def call(raw: dict[str, Any], given: Any, kept: dict[str, Any] | None) -> Part:
    """Return what a tool was asked: an artifact where it writes one, and in `text` what matters most.

    Parameters
    ----------
    raw : dict
        With the tool's `name` and the call's `id`.
    given : object
        What it was given.
    kept : dict or None
        What to keep of `raw`; what is left of `given` joins it as `input`.
    """
    kept = {k: v for k, v in (kept or {}).items() if k != "input"}
    if not isinstance(given, dict):
        return Part(
            PartKind.TOOL_CALL, as_text(given), call_id=as_text(raw.get("id")), json={**kept, "input": given}
        )
    says = next((key for key in WRITES + ASKS if isinstance(given.get(key), str) and given[key]), None)
    artifact = raw.get("name") == "artifacts" or {"id", "command", "version_uuid"} <= given.keys()
    mime = as_text(given.get("type")) if artifact else None
    kept["input"] = {k: v for k, v in given.items() if k != says and not (mime and k == "type")}
    if says:
        kept["text_of"] = f"input.{says}"
    return Part(
        PartKind.ARTIFACT if artifact else PartKind.TOOL_CALL,
        given[says] if says else None,
        mime=mime,
        call_id=as_text(raw.get("id")),
        json=kept,
    )


def _result(raw: dict[str, Any]) -> Iterator[Part]:
    """Yield what a tool answered: its texts in one part, and a part for each file."""
    content = raw.get("content")
    kept = left(raw, "tool_use_id", parts="content") or {}
    texts = [content] if isinstance(content, str) else []
    files = []
    if isinstance(content, str):
        kept.pop("content", None)
    elif isinstance(content, list):
        kept["content"] = []
        for piece in content:
            if isinstance(piece, dict) and isinstance(piece.get("file_uuid"), str):
                files.append(_file(piece))
                continue
            if isinstance(piece, dict) and isinstance(piece.get("text"), str):
                texts.append(piece["text"])
                piece = left(piece, "text")
            kept["content"].append(piece)
    yield Part(
        PartKind.TOOL_RESULT, "\n\n".join(texts) or None, call_id=as_text(raw.get("tool_use_id")), json=kept
    )
    yield from files


def _citation(raw: Any) -> Part:
    source = table(raw)
    title = source.get("title") or table(source.get("details")).get("url") or source.get("url")
    return Part(PartKind.CITATION, as_text(title), json=raw)


def attachment(raw: Any) -> Part:
    """Return an attached file of which the export holds the text alone."""
    if not isinstance(raw, dict):
        return other(raw)
    text = "extracted_content" if isinstance(raw.get("extracted_content"), str) else "content"
    mime = as_text(raw.get("file_type"))
    mime = mime if mime and "/" in mime else None
    taken = f"{text} file_type" if mime else text
    kind = PartKind.IMAGE if raw.get("type") == "image" else PartKind.FILE
    return Part(kind, as_text(raw.get(text)), mime=mime, json=left(raw, taken))


def _file(raw: Any) -> Part:
    """Return an uploaded file or one that was made: the export names it, and rarely holds it."""
    if not isinstance(raw, dict):
        return other(raw)
    title = as_text(raw.get("file_name")) or as_text(raw.get("name")) or ""
    picture = title.lower().endswith(PICTURES) or raw.get("file_kind") == "image"
    pointer = "file_uuid" if isinstance(raw.get("file_uuid"), str) else "file_name"
    return Part(
        PartKind.IMAGE if picture else PartKind.FILE,
        mime=as_text(raw.get("mime_type")),
        asset=as_text(raw.get(pointer)),
        json=left(raw, f"{pointer} mime_type"),
    )
