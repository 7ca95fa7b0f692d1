"""A ChatGPT export of any size, made from docstrings of installed modules: real sentences, nobody's data."""

from __future__ import annotations

import inspect
import json
import random
import uuid
from importlib import import_module
from pathlib import Path
from typing import Any

MODULES = [
    "argparse",
    "asyncio",
    "collections",
    "csv",
    "datetime",
    "decimal",
    "email.message",
    "functools",
    "inspect",
    "json",
    "logging",
    "os",
    "pathlib",
    "pickle",
    "random",
    "re",
    "socket",
    "sqlite3",
    "statistics",
    "string",
    "subprocess",
    "tarfile",
    "threading",
    "typing",
    "unittest",
    "zipfile",
    "numpy",
    "scipy.stats",
]
START = 1_700_000_000.0


def sentences() -> list[str]:
    """Return paragraphs of the standard library's docstrings."""
    found: set[str] = set()
    for name in MODULES:
        for _, value in inspect.getmembers(import_module(name)):
            found.update(p.strip() for p in (inspect.getdoc(value) or "").split("\n\n") if len(p) > 60)
    return sorted(found)


def conversation(rng: random.Random, texts: list[str], number: int) -> dict[str, Any]:
    """Return a conversation of some 19 messages, a branch in one of five, code and a tool in some."""
    now = START + number * 7_200
    ids = [str(uuid.UUID(int=rng.getrandbits(128))) for _ in range(rng.randint(8, 30))]
    mapping: dict[str, Any] = {}
    parent: str | None = None
    for place, key in enumerate(ids):
        message = None if place == 0 else _message(rng, texts, key, now + place * 40, place % 2 == 1)
        mapping[key] = {"id": key, "message": message, "parent": parent, "children": []}
        if parent is not None:
            mapping[parent]["children"].append(key)
        if place and rng.random() < 0.01 and mapping[key]["parent"]:
            continue  # the next message branches off here
        parent = key
    return {
        "title": rng.choice(texts)[:40],
        "create_time": now,
        "update_time": now + len(ids) * 40,
        "mapping": mapping,
        "moderation_results": [],
        "current_node": ids[-1],
        "plugin_ids": None,
        "conversation_id": str(uuid.UUID(int=rng.getrandbits(128))),
        "conversation_template_id": None,
        "gizmo_id": None,
        "is_archived": False,
        "safe_urls": [],
        "default_model_slug": "model-4",
        "id": None,
    }


def _message(rng: random.Random, texts: list[str], key: str, now: float, person: bool) -> dict[str, Any]:
    text = "\n\n".join(rng.choice(texts) for _ in range(rng.randint(1, 2) if person else rng.randint(2, 9)))
    metadata: dict[str, Any] = {"request_id": key[:13], "timestamp_": "absolute", "message_source": None}
    if not person:
        metadata |= {
            "citations": [],
            "finish_details": {"type": "stop", "stop_tokens": [200002]},
            "model_slug": "model-4",
            "parent_id": key,
            "is_complete": True,
        }
    return {
        "id": key,
        "author": {"role": "user" if person else "assistant", "name": None, "metadata": {}},
        "create_time": now,
        "update_time": None,
        "content": {"content_type": "text", "parts": [text]},
        "status": "finished_successfully",
        "end_turn": None if person else True,
        "weight": 1.0,
        "metadata": metadata,
        "recipient": "all",
        "channel": None,
    }


def write(path: Path, size: int, seed: int = 0) -> int:
    """Write an export of at least `size` bytes; return the number of conversations."""
    rng, texts, written, number = random.Random(seed), sentences(), 0, 0
    with path.open("w", encoding="utf-8") as file:
        file.write("[")
        while written < size:
            text = json.dumps(conversation(rng, texts, number), ensure_ascii=True)
            written += file.write(text if number == 0 else ", " + text)
            number += 1
        file.write("]")
    return number
