"""Prompts of Google AI Studio, as it keeps them in Drive: `chunkedPrompt.chunks`, a turn or a thought each.

Structure as others found it in real files; Google documents none of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from commonweal.intake.reader import Claim, Context, Reader
from commonweal.intake.records import Lost, Node, Part, PartKind, Record, Role, Thread, as_text, rest
from commonweal.intake.source import Tree
from commonweal.intake.times import time

ROLES = {"user": Role.USER, "model": Role.ASSISTANT}
IN_DRIVE = {
    "driveImage": PartKind.IMAGE,
    "driveAudio": PartKind.AUDIO,
    "driveVideo": PartKind.FILE,
    "driveDocument": PartKind.FILE,
    "youtubeVideo": PartKind.FILE,
}
INLINE = ("inlineImage", "inlineFile", "inlineAudio", "inlineData")
SAID = ("text", "executableCode", "codeExecutionResult", *INLINE, *IN_DRIVE, "errorMessage")
"""Keys of a chunk, and of its parts, that hold what was said."""

TEXTUAL = {"text", "thought", "thoughtSignature"}


class AIStudio(Reader):
    """Google AI Studio prompts."""

    NAME = "ai-studio"
    TITLE = "Google AI Studio, prompts kept in Drive"
    TRIED = ""
    NOTES = (
        "Give it the folder `Google AI Studio` of Drive or Takeout, or single files of it. Each prompt is a "
        "thread, named as its file is; thoughts, code that was run and its output are parts. A branch is a "
        "file of its own: the prompt that it was taken from is named in the JSON of the message at which it "
        "leaves it, and not followed. What was typed and not sent is kept as your last message, marked as "
        "pending. Uploads lie in Drive under ids that an export does not tell: files beside a prompt are "
        "kept, and not joined to it."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim prompts, and the files in their folders."""
        claim = Claim(read=[m.path for m in tree if m.shape.has("chunkedPrompt.chunks")])
        folders = {path.rpartition("/")[0] for path in claim.read}
        if claim:
            beside = (m for m in tree if m.kind == "binary" and m.path.rpartition("/")[0] in folders)
            claim.assets = [m.path for m in beside]
        return claim

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield a prompt."""
        prompt = _dict(raw.get("chunkedPrompt"))
        chunks, pending = prompt.get("chunks"), prompt.get("pendingInputs")
        told, settings = raw.get("systemInstruction"), _dict(raw.get("runSettings"))
        nodes = [_told(told)] if told else []
        nodes += [_node(c) for c in _list(chunks)]
        nodes += [_pending(c) for c in _list(pending)]
        if not isinstance(chunks, list):
            yield Lost("chunkedPrompt.chunks", "a prompt without messages: its other keys are kept")
        gone = [k for k, v in (("chunks", chunks), ("pendingInputs", pending)) if isinstance(v, list)]
        kept = rest(raw, "chunkedPrompt", "systemInstruction", "id" if as_text(raw.get("id")) else "") or {}
        others = (
            rest(prompt, *gone) if isinstance(raw.get("chunkedPrompt"), dict) else raw.get("chunkedPrompt")
        )
        yield Thread(
            key=as_text(raw.get("id")) or "",
            title=context.path.rpartition("/")[2].removesuffix(".json") or None,
            nodes=nodes,
            seen=bool(told) + len(_list(chunks)) + len(_list(pending)),
            model=as_text(settings.get("model")),
            created=next((node.created for node in nodes if node.created), None),
            chain=True,
            json={**kept, **({"chunkedPrompt": others} if others else {})} or None,
        )


def _told(raw: Any) -> Node:
    """Return the system instruction, which the person wrote for the model."""
    text = raw if isinstance(raw, str) else as_text(_dict(raw).get("text"))
    parts = [Part(PartKind.TEXT, text)] if text else []
    if not text:
        parts = [_piece(p) for p in _list(_dict(raw).get("parts"))]
    left = rest(raw, "text") if isinstance(raw, dict) and text else None if text else raw
    return Node("", Role.SYSTEM, parts, json=left)


def _pending(raw: Any) -> Node:
    node = _node(raw)
    node.json = {"pending": True, "chunk": node.json}
    return node


def _node(raw: Any) -> Node:
    if not isinstance(raw, dict):
        return Node("", Role.NONE, [Part(PartKind.OTHER, json=raw)], hidden=True)
    of = raw.get("role")
    role = ROLES.get(of if isinstance(of, str) else "", Role.OTHER)
    pieces, gone = _pieces(raw)
    gone += ["createTime"] if time(raw.get("createTime")) else []
    gone += ["id"] if isinstance(raw.get("id"), str) else []
    return Node(
        key=as_text(raw.get("id")) or "",
        role=role,
        parts=[_piece(piece, raw.get("isThought") is True) for piece in pieces],
        created=time(raw.get("createTime")),
        json=rest(raw, *gone),
    )


def _pieces(chunk: dict[str, Any]) -> tuple[list[Any], list[str]]:
    """Return what a chunk says, piece by piece, and the keys that the pieces hold.

    Newer files say it twice, in the chunk and in its `parts`. Parts that are text alone are stretches of the
    chunk's text as it came in; others tell where pictures and code stood in it.
    """
    top = {key: chunk[key] for key in SAID if chunk.get(key) not in (None, "")}
    parts = _list(chunk.get("parts"))
    if parts and (not top or any(set(_dict(part)) - TEXTUAL for part in parts)):
        inside = [value for part in parts for value in _dict(part).values()]
        whole = "".join(as_text(_dict(part).get("text")) or "" for part in parts)
        more = {key: value for key, value in top.items() if value not in inside and value != whole}
        held = [key for key, value in top.items() if value in inside or key in more]
        return [*parts, *({key: value} for key, value in more.items())], [*held, "parts"]
    return [{key: value} for key, value in top.items()], list(top)


def _piece(raw: Any, thought: bool = False) -> Part:
    piece = _dict(raw)
    if isinstance(piece.get("text"), str):
        kind = PartKind.THINKING if thought or piece.get("thought") is True else PartKind.TEXT
        return Part(kind, piece["text"], json=rest(piece, "text"))
    for key, kind, name in (
        ("executableCode", PartKind.CODE, "code"),
        ("codeExecutionResult", PartKind.TOOL_RESULT, "output"),
    ):
        held = _dict(piece.get(key))
        if isinstance(held.get(name), str):
            return Part(kind, held[name], json={**piece, key: rest(held, name)})
    for key in INLINE:
        if mime := as_text(_dict(piece.get(key)).get("mimeType")):
            kind = {"image": PartKind.IMAGE, "audio": PartKind.AUDIO}.get(
                mime.partition("/")[0], PartKind.FILE
            )
            return Part(kind, mime=mime, json=raw)
    for key, kind in IN_DRIVE.items():
        if file := as_text(_dict(piece.get(key)).get("id")):
            return Part(kind, asset=None if key == "youtubeVideo" else file, json=raw)
    return Part(PartKind.OTHER, as_text(piece.get("errorMessage")), json=raw)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


READER = AIStudio()
