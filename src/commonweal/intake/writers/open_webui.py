"""Open WebUI: an array of chats for Settings, Data Controls, Import Chats, cut into files below a size."""

from __future__ import annotations

import base64
import html
import mimetypes
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from commonweal.intake.archive import Archive
from commonweal.intake.records import Memory, Part, PartKind, Role, Thread
from commonweal.intake.writers import _memories
from commonweal.intake.writers._chat import LIMIT, Placed, dashed, markdown, placed, seconds, tool_of
from commonweal.intake.writers._scratch import read_with
from commonweal.intake.writers._source import Source
from commonweal.intake.writers._writer import Writer, copy_files, says

CHATS = "chats"
PICTURE = 4 << 20
"""Bytes of a picture that is written into the chat itself."""


class OpenWebUI(Writer):
    """Chats with every branch; pictures in them, other files beside them."""

    NAME = "open-webui"
    TITLE = "Open WebUI"
    NEXT = "In Open WebUI: Settings, Data Controls, Import Chats, each file in chats/."
    TAKES = frozenset({"thread", "memory", "asset"})
    BY_HAND: ClassVar[Mapping[str, str]] = {
        "memory": "add it under Settings, Personalization, Memory: it is in memory.txt or instructions.txt",
        "asset": "attach it to its chat: it is in files/",
    }

    def write(self, source: Source, out: Path) -> None:
        """Write chats, files that do not go into them, and memories."""
        small = {
            row["id"]: row["mime"]
            for row in source.assets()
            if str(row["mime"]).startswith("image/") and row["bytes"] <= PICTURE
        }
        chats = _Chats(source, small, copy_files(source, out, skip=set(small)))
        _arrays((chats.chat(thread) for thread in source.threads()), out / CHATS)
        left = {row["id"] for row in source.assets()} - chats.embedded
        copy_files(source, out, skip={row["id"] for row in source.assets()} - (left & set(small)))
        _memories.write(source.memories(), out)

    def read_back(self, out: Path, scratch: Path) -> Archive | None:
        """Read the chats with the reader of Open WebUI's exports."""
        folder = out / CHATS
        return read_with("open-webui", folder, scratch) if folder.exists() else None

    def memories(self, out: Path) -> list[Memory]:
        """Return what the text files hold."""
        return _memories.read(out)


def _arrays(chats: Iterable[dict[str, Any] | None], folder: Path) -> None:
    """Write chats into as many arrays as the limit asks for."""
    file, number, size = None, 0, 0
    try:
        for chat in chats:
            if chat is None:
                continue
            data = msgspec.json.encode(chat)
            if file is not None and size + len(data) > LIMIT:
                file.write(b"]\n")
                file.close()
                file = None
            if file is None:
                folder.mkdir(exist_ok=True)
                number, size = number + 1, 0
                file = (folder / f"chats-{number:03d}.json").open("wb")
            file.write((b",\n" if size else b"[") + data)
            size += len(data)
        if file is not None:
            file.write(b"]\n")
    finally:
        if file is not None:
            file.close()


class _Chats:
    """Threads as chats.

    Parameters
    ----------
    source : Source
    small : dict of str to str
        Pictures that go into chats: id to media type.
    files : dict of str to str
        Paths of other files, by id.
    """

    def __init__(self, source: Source, small: dict[str, str], files: dict[str, str]) -> None:
        self.source, self.small, self.files = source, small, files
        self.embedded: set[str] = set()

    def chat(self, thread: Thread) -> dict[str, Any] | None:
        """Return a thread as a chat; None if there is nothing to show."""
        nodes = placed(thread)
        if not nodes:
            return None
        below: dict[str | None, list[str]] = {}
        for one in nodes:
            below.setdefault(one.parent, []).append(dashed(one.node.key))
        messages = {dashed(one.node.key): self._message(one, below.get(one.node.key, [])) for one in nodes}
        history = {"currentId": _current(thread, nodes), "messages": messages}
        title = {} if thread.title is None else {"title": thread.title}
        models = [thread.model] if thread.model else []
        return {
            "id": dashed(thread.key),
            **title,
            "chat": {**title, "models": models, "params": {}, "history": history, "files": []},
            **_known(created_at=seconds(thread.created), updated_at=seconds(thread.updated)),
            "archived": False,
            "pinned": False,
            "meta": {},
        }

    def _message(self, one: Placed, children: list[str]) -> dict[str, Any]:
        node = one.node
        mine = node.role is Role.USER
        pictures = [p.asset for p in one.parts if p.asset in self.small]
        spoken = [_without(p) if p.asset in self.small else p for p in one.parts]
        spoken = [p for p in spoken if says(p)]
        plain = mine or [(p.kind, p.asset) for p in spoken] in ([], [(PartKind.TEXT, None)])
        told = markdown if plain else _rendered
        message = {
            "id": dashed(node.key),
            "parentId": dashed(one.parent) if one.parent else None,
            "childrenIds": children,
            "role": "user" if mine else "assistant",
            "content": "\n\n".join(told(p, self.files) for p in spoken),
            **_known(timestamp=seconds(node.created), model=node.model),
        }
        if not mine:
            message["done"] = True
        if not plain:
            message["output"] = [_item(p, self.files) for p in spoken]
        if pictures:
            message["files"] = [self._picture(asset) for asset in pictures if asset]
        return message

    def _picture(self, asset: str) -> dict[str, str]:
        self.embedded.add(asset)
        mime = self.small[asset] or mimetypes.types_map[".png"]
        data = base64.b64encode(self.source.archive.asset(asset).read_bytes()).decode()
        return {"type": "image", "url": f"data:{mime};base64,{data}"}


def _known(**values: Any) -> dict[str, Any]:
    """Return the values that are there: what is not known is left out, never invented."""
    return {name: value for name, value in values.items() if value is not None}


def _current(thread: Thread, nodes: list[Placed]) -> str:
    """Return the last message of the path that is shown; the nearest above it, if it does not go itself."""
    going = {one.node.key for one in nodes}
    parents = {node.key: node.parent for node in thread.nodes}
    here = thread.current
    while here is not None and here not in going:
        here = parents.get(here)
    return dashed(here or nodes[-1].node.key)


def _without(part: Part) -> Part:
    """Return a part without its file, which goes as a picture of the message."""
    return Part(part.kind, part.text, part.mime, None, part.call_id, part.json)


def _item(part: Part, files: dict[str, str]) -> dict[str, Any]:
    """Return a part as an item of `output`, as newer versions keep a model's message."""
    text = part.text or ""
    if part.asset is None and part.kind is PartKind.THINKING:
        return {
            "type": "reasoning",
            "status": "completed",
            "content": [{"type": "output_text", "text": text}],
        }
    if part.asset is None and part.kind is PartKind.TOOL_CALL:
        call = _known(call_id=part.call_id)
        return {
            "type": "function_call",
            **call,
            "name": tool_of(part),
            "arguments": text,
            "status": "completed",
        }
    if part.asset is None and part.kind is PartKind.TOOL_RESULT:
        output = [{"type": "input_text", "text": text}]
        return {
            "type": "function_call_output",
            **_known(call_id=part.call_id),
            "output": output,
            "status": "completed",
        }
    content = [{"type": "output_text", "text": markdown(part, files)}]
    return {"type": "message", "role": "assistant", "status": "completed", "content": content}


def _rendered(part: Part, files: dict[str, str]) -> str:
    """Return a part as `content` has it, for versions that show that."""
    if part.asset is None and part.kind is PartKind.THINKING:
        quoted = html.escape(markdown(part, files))
        return f'<details type="reasoning" done="true">\n<summary>Thought</summary>\n{quoted}\n</details>'
    return markdown(part, files)


WRITER = OpenWebUI()
