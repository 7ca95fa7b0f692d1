"""Small exports in ChatGPT's shape, for tests of what happens to any format."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

BEGIN = 1_700_000_000


def chat(key: str, *texts: str, at: int = 0, title: str | None = None) -> dict[str, Any]:
    """Return a conversation: a line of messages, one second after the other."""
    mapping: dict[str, Any] = {}
    for i, text in enumerate(texts):
        mapping[f"{key}-{i}"] = {
            "id": f"{key}-{i}",
            "parent": f"{key}-{i - 1}" if i else None,
            "children": [f"{key}-{i + 1}"] if i + 1 < len(texts) else [],
            "message": {
                "id": f"{key}-{i}",
                "author": {"role": "assistant" if i % 2 else "user", "name": None, "metadata": {}},
                "create_time": BEGIN + at + i,
                "content": {"content_type": "text", "parts": [text]},
                "metadata": {},
            },
        }
    return {
        "title": title or f"About {key}",
        "create_time": BEGIN + at,
        "update_time": BEGIN + at + len(texts),
        "mapping": mapping,
        "current_node": f"{key}-{len(texts) - 1}",
        "conversation_id": key,
    }


def export(path: Path, *chats: Any, **files: bytes) -> Path:
    """Write an export; a file's name with "_" for its dot."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", json.dumps(list(chats)))
        for name, data in files.items():
            archive.writestr(name.replace("_", "."), data)
    return path
