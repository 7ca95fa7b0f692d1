"""Pieces of ChatGPT's messages: content types, pointers to files, canvas documents, citations."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from commonweal.intake.records import Part, PartKind, Role, as_text, rest

MARKS = re.compile("\ue200[^\ue201]*\ue201|[\ue200-\ue20f]|【[^】]*†[^】]*】")
"""Citations as the service marks them in text: private-use letters, and 【…†…】."""

FILE_ID = re.compile(r"file[-_][A-Za-z0-9]+")
"""A file's name begins with the id by which messages point to it."""

MEDIA = {
    "image_asset_pointer": PartKind.IMAGE,
    "audio_asset_pointer": PartKind.AUDIO,
    "video_container_asset_pointer": PartKind.FILE,
}
SPOKEN = "audio_transcription"
BOTH = "real_time_user_audio_video_asset_pointer"
CANVAS = "canmore."
PROFILE = ("user_profile", "user_instructions")

Made = tuple[list[Part], tuple[str, ...]]
"""Parts of a content, and the keys that they hold in full."""


def content_parts(content: dict[str, Any], role: Role, recipient: str) -> list[Part]:
    """Return the pieces of a message by its content type; what is left of it is kept with the first.

    Parameters
    ----------
    content : dict
        `message.content`.
    role : Role
    recipient : str
        "all", or the name of the tool that the message calls.
    """
    kind = content.get("content_type")
    make = TYPES.get(kind if isinstance(kind, str) else "", _unknown)
    parts, taken = make(content, role, recipient)
    left = rest(content, *taken)
    if left is not None and left != {"content_type": "text"}:
        if not parts:
            parts = [Part(PartKind.OTHER)]
        first = parts[0]
        first.json = {"content": left} if first.json is None else {"content": left, "part": first.json}
    return parts


def attach(parts: list[Part], metadata: dict[str, Any]) -> list[Part]:
    """Return a message's parts with the files that its metadata lists: uploads, and pictures that code drew.

    A picture is both in the content and among the uploads: it becomes one part.
    """
    if not metadata.get("attachments") and "aggregate_result" not in metadata:
        return parts
    shown = {p.asset: p for p in parts if p.asset is not None}
    more = []
    for raw in _list(metadata.get("attachments")):
        if not isinstance(raw, dict):
            continue
        known = shown.get(as_text(raw.get("id")) or "")
        if known is not None:
            known.mime = as_text(raw.get("mime_type"))
            known.json = {"part": known.json, "attachment": raw}
        else:
            left = rest(raw, "id", "mime_type")
            mime, asset = as_text(raw.get("mime_type")), as_text(raw.get("id"))
            more.append(Part(PartKind.FILE, mime=mime, asset=asset, json=left))
    result = metadata.get("aggregate_result")
    drawn = _list(result.get("messages") if isinstance(result, dict) else None)
    pictures = [as_text(m.get("image_url")) for m in drawn if isinstance(m, dict)]
    return [*parts, *more, *(Part(PartKind.IMAGE, asset=pointed(p)) for p in pictures if p)]


def pointed(pointer: Any) -> str | None:
    """Return the id of the file that `sediment://file_…` and `file-service://file-…` point to."""
    if not isinstance(pointer, str):
        return None
    name = pointer.rpartition("//")[2]
    found = FILE_ID.search(name)
    return found[0] if found and not name.startswith(("http:", "https:")) else name


def _spoken(content: dict[str, Any], role: Role, recipient: str) -> Made:
    """Map text and multimodal text: strings, and pointers to files."""
    if recipient.startswith(CANVAS) and role is Role.ASSISTANT:
        return _canvas(content)
    kind = PartKind.TOOL_RESULT if role is Role.TOOL else PartKind.TEXT
    if role is Role.ASSISTANT and recipient != "all":
        kind = PartKind.TOOL_CALL
    raw = content.get("parts")
    found = [_piece(p, kind) for p in _list(raw)]
    text = content.get("text")
    if isinstance(text, str) and text:
        found.append(_text(text, kind))
    taken = ("parts",) if isinstance(raw, list) else ()
    return [p for p in found if p is not None], (*taken, "text") if isinstance(text, str) else taken


def _piece(raw: Any, kind: PartKind) -> Part | None:
    if isinstance(raw, str):
        return _text(raw, kind) if raw else None
    if not isinstance(raw, dict):
        return None if raw is None else Part(PartKind.OTHER, json=raw)
    of = raw.get("content_type")
    if of == SPOKEN:
        return Part(PartKind.TEXT, as_text(raw.get("text")), json=rest(raw, "text"))
    if of == BOTH:
        audio = raw.get("audio_asset_pointer")
        pointer = audio.get("asset_pointer") if isinstance(audio, dict) else None
        return Part(PartKind.AUDIO, asset=pointed(pointer), json=raw)
    if isinstance(of, str) and of in MEDIA:
        return Part(MEDIA[of], asset=pointed(raw.get("asset_pointer")), json=raw)
    return Part(PartKind.OTHER, as_text(raw.get("text")), json=raw)


def _text(text: str, kind: PartKind) -> Part:
    """Return text without the service's marks of citations; as it was, it stays in `json`."""
    if text.isascii():  # the marks are not
        return Part(kind, text)
    plain = MARKS.sub("", text)
    return Part(kind, plain, json=None if plain == text else {"marked": text})


def _canvas(content: dict[str, Any]) -> Made:
    """Map a call that writes a canvas document: its text, and the call as it was."""
    taken = "text" if isinstance(content.get("text"), str) else "parts"
    raw = content.get(taken)
    written = raw if isinstance(raw, str) else "".join(p for p in _list(raw) if isinstance(p, str))
    others = [p for p in _list(raw) if p is not None and not isinstance(p, str)]
    text, mime = _document(written)
    call = {"call": written} if text != written else None
    part = Part(PartKind.ARTIFACT, text, mime=mime, json=call)
    return [part, *(Part(PartKind.OTHER, json=p) for p in others)], (taken,)


def _document(written: str) -> tuple[str, str | None]:
    """Return a canvas call's document and media type; of an edit of pieces, the call itself."""
    try:
        call = msgspec.json.decode(written)
    except (msgspec.DecodeError, RecursionError):
        return written, None
    if not isinstance(call, dict):
        return written, None
    if isinstance(call.get("content"), str):
        of = as_text(call.get("type")) or ""
        return call["content"], "text/markdown" if of == "document" else None
    updates = call.get("updates")
    if isinstance(updates, list) and len(updates) == 1 and isinstance(updates[0], dict):
        whole, new = updates[0].get("pattern") == ".*", updates[0].get("replacement")
        if whole and isinstance(new, str):
            return new, None
    return written, None


def _code(content: dict[str, Any], role: Role, recipient: str) -> Made:
    if recipient.startswith(CANVAS):
        return _canvas(content)
    kind = PartKind.CODE if recipient == "all" else PartKind.TOOL_CALL
    text = content.get("text")
    return ([Part(kind, text)], ("text",)) if isinstance(text, str) else _unknown(content, role, recipient)


def _result(content: dict[str, Any], role: Role, recipient: str) -> Made:
    taken = next((k for k in ("result", "output_str", "text") if isinstance(content.get(k), str)), "")
    if not taken:
        return _as(PartKind.TOOL_RESULT, content)
    pictures = [_piece(a, PartKind.OTHER) for a in _list(content.get("assets")) if isinstance(a, dict)]
    return [Part(PartKind.TOOL_RESULT, content[taken]), *(p for p in pictures if p is not None)], (taken,)


def _thoughts(content: dict[str, Any], role: Role, recipient: str) -> Made:
    thoughts = content.get("thoughts")
    if isinstance(thoughts, str):
        return [Part(PartKind.THINKING, thoughts)], ("thoughts",)
    if not isinstance(thoughts, list):
        return _as(PartKind.THINKING, content)
    parts = [
        Part(PartKind.THINKING, as_text(t.get("content")), json=rest(t, "content"))
        if isinstance(t, dict) and isinstance(t.get("content"), str)
        else Part(PartKind.THINKING, json=t)
        for t in thoughts
    ]
    return parts, ("thoughts",)


def _recap(content: dict[str, Any], role: Role, recipient: str) -> Made:
    if not isinstance(content.get("content"), str):
        return _as(PartKind.THINKING, content)
    return [Part(PartKind.THINKING, content["content"])], ("content",)


def _quote(content: dict[str, Any], role: Role, recipient: str) -> Made:
    if not isinstance(content.get("text"), str):
        return _as(PartKind.CITATION, content)
    return [Part(PartKind.CITATION, content["text"])], ("text",)


def _screen(content: dict[str, Any], role: Role, recipient: str) -> Made:
    shot = content.get("screenshot")
    pointer = shot.get("asset_pointer") if isinstance(shot, dict) else None
    return [Part(PartKind.IMAGE, asset=pointed(pointer))], ()


def _profile(content: dict[str, Any], role: Role, recipient: str) -> Made:
    taken = tuple(name for name in PROFILE if isinstance(content.get(name), str))
    return [Part(PartKind.TEXT, content[name]) for name in taken if content[name]], taken


def _memory(content: dict[str, Any], role: Role, recipient: str) -> Made:
    text = content.get("model_set_context")
    return ([Part(PartKind.TEXT, text)], ("model_set_context",)) if isinstance(text, str) else ([], ())


def _unknown(content: dict[str, Any], role: Role, recipient: str) -> Made:
    """Keep a content type that is not known: its text where it has one, all the rest as JSON."""
    return _as(PartKind.OTHER, content)


def _as(kind: PartKind, content: dict[str, Any]) -> Made:
    """Map whatever text a content has to parts of one kind."""
    text, raw = as_text(content.get("text")), _list(content.get("parts"))
    found = [Part(kind, text)] if text else []
    found += [p for p in (_piece(r, kind) for r in raw) if p is not None]
    return found, (*(("text",) if text else ()), *(("parts",) if raw else ()))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


TYPES: dict[str, Callable[[dict[str, Any], Role, str], Made]] = {
    "text": _spoken,
    "multimodal_text": _spoken,
    "code": _code,
    "execution_output": _result,
    "citable_code_output": _result,
    "tether_browsing_display": _result,
    "system_error": _result,
    "thoughts": _thoughts,
    "reasoning_recap": _recap,
    "tether_quote": _quote,
    "sonic_webpage": _quote,
    "computer_output": _screen,
    "user_editable_context": _profile,
    "model_editable_context": _memory,
}
