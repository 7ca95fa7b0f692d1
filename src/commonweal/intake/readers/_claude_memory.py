"""Claude's memories, and its projects: what the service keeps in mind, was told, and was given to read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from commonweal.intake.readers._shapes import array, left, name, table
from commonweal.intake.records import Memory, Record, as_text
from commonweal.intake.times import time


def memories(raw: dict[str, Any], names: dict[str, str]) -> Iterator[Record]:
    """Yield what Claude keeps in mind, of the account and of each project.

    `names` are those of projects by id.
    """
    projects, files = raw.get("project_memories"), raw.get("memory_files")
    kept = left(raw, "conversations_memory", parts="memory_files") or {}
    if isinstance(projects, dict):
        del kept["project_memories"]
    text = as_text(raw.get("conversations_memory")) or ""
    if text or not (table(projects) or array(files)):
        yield Memory("account", "fact", text, json=kept or None)
    for key, value in table(projects).items():
        whole = {"project": key} if isinstance(value, str) else {"project": key, "memory": value}
        yield Memory(names.get(key, key), "fact", as_text(value) or "", json={**kept, **whole})
    for file in array(files):
        one = table(file)
        moment = "updated_at" if time(one.get("updated_at")) else "created_at"
        more = left(one, "content", moment) if isinstance(file, dict) else {"file": file}
        text = as_text(one.get("content")) or ""
        yield Memory("account", "fact", text, time(one.get(moment)), {**kept, **(more or {})})


def project(raw: dict[str, Any]) -> Iterator[Record]:
    """Yield a project's instructions and documents; what else it says stays with the first of them."""
    scope = as_text(raw.get("name")) or name(raw.get("uuid")) or "project"
    kept = left(raw, "prompt_template", parts="docs")
    text, docs = as_text(raw.get("prompt_template")), array(raw.get("docs"))
    created = time(raw.get("created_at"))
    if text or not docs:
        kind = "instruction" if text else "fact"
        yield Memory(scope, kind, text or as_text(raw.get("description")) or "", created, kept)
        kept = None
    for doc in docs:
        one = table(doc)
        more = left(one, "content", "created_at") if isinstance(doc, dict) else {"doc": doc}
        json = more if kept is None else {"doc": more, "project": kept}
        yield Memory(
            scope, "project_doc", as_text(one.get("content")) or "", time(one.get("created_at")), json
        )
        kept = None
