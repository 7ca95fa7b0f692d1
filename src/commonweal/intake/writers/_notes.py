"""Notes in Markdown, written and read back.

Before each message and memory stands a comment that Markdown does not show: who, when, what it answers, and
how many lines each of its parts has. By these the note is read back to the letter, whatever the text in it
looks like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from commonweal.intake.records import Memory, Node, Part, PartKind, Role, Thread, Work, WorkKind
from commonweal.intake.times import Quality, Time
from commonweal.intake.writers._chat import PROSE, Placed, fenced, iso
from commonweal.intake.writers._left_open import left_open

MARK = "<!-- cw "
NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
TIMES = ("created", "updated")
LABELS = {
    PartKind.TOOL_CALL: "Tool call",
    PartKind.TOOL_RESULT: "Tool result",
    PartKind.ARTIFACT: "Artifact",
    PartKind.OTHER: "Other",
}


def front(record: Thread | Work) -> str:
    """Return the front matter of a note; times as people and Obsidian read them, and exact beside."""
    kind = "conversation" if isinstance(record, Thread) else "work"
    told: dict[str, Any] = {"type": kind, "id": record.key}
    told |= {"title": record.title, "kind": str(record.kind)}
    if isinstance(record, Thread):
        told |= {"model": record.model, "shown": record.current}
    else:
        told |= {
            name: getattr(record, name)
            for name in ("mine", "author", "url", "license", "visibility", "in_reply_to", "language")
        }
    for name in TIMES:
        when = getattr(record, name, None)
        told[f"{name}_exact"] = None if when is None else f"{when.us} {when.quality.value}"
    lines = [f"{name}: {_yaml(value)}\n" for name, value in told.items() if value is not None]
    dates = [f"{name}: {day}\n" for name in TIMES if (day := iso(getattr(record, name, None), "seconds"))]
    return "".join(["---\n", *lines, *dates, "---\n\n"])


def _yaml(value: Any) -> str:
    """Return a value as JSON, which YAML reads once the letters are escaped that it does not take."""
    text = msgspec.json.encode(value).decode()
    return NOT_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def heading(text: str) -> str:
    """Return a text that can stand in a heading: one line."""
    return " ".join(text.split()).replace("<!--", "<! --")


def _mark(told: dict[str, Any]) -> str:
    known = {name: value for name, value in told.items() if value not in (None, False)}
    return MARK + msgspec.json.encode(known).decode().replace(">", "\\u003e") + " -->\n"


def _exact(when: Time | None) -> list[Any] | None:
    return None if when is None else [when.us, when.quality.value]


def message(one: Placed, files: Mapping[str, str]) -> str:
    """Return a message: its comment, and its parts."""
    node = one.node
    bodies = [_body(part, files) for part in one.parts]
    told = {
        "id": node.key,
        "parent": one.parent,
        "role": node.role.value,
        "author": node.author,
        "channel": node.channel,
        "created": _exact(node.created),
        "model": node.model,
        "hidden": node.hidden,
        "parts": [_told(part, body) for part, body in zip(one.parts, bodies, strict=True)],
    }
    return _mark(told) + "".join(f"{before}{body}{after}\n\n" for before, body, after in bodies)


def _told(part: Part, body: tuple[str, str, str]) -> dict[str, Any]:
    before, text, after = body
    lines = [before.count("\n"), text.count("\n") + 1, after.count("\n")]
    told: dict[str, Any] = {
        "kind": part.kind.value,
        "lines": lines,
        "mime": part.mime,
        "call": part.call_id,
        "file": part.asset,
    }
    told["text"] = part.text is not None
    return {name: value for name, value in told.items() if value not in (None, False)}


def _body(part: Part, files: Mapping[str, str]) -> tuple[str, str, str]:
    """Return what stands before a part's text, the text, and what stands after it."""
    text = part.text or ""
    link = ""
    if part.asset is not None:
        path = files.get(part.asset, "")
        sign = "!" if part.kind is PartKind.IMAGE else ""
        link = f"{sign}[{heading(path.rpartition('/')[2])}](<../{path}>)\n"
    if part.kind is PartKind.THINKING:
        quoted = "\n".join(f"> {line}" for line in text.split("\n"))
        return f"{link}> [!note]- Thinking\n", quoted, ""
    if part.kind in PROSE or not text:
        closing = left_open(text)
        return link, text, f"\n{closing}" if closing else ""
    label = f"**{LABELS[part.kind]}**\n\n" if part.kind in LABELS else ""
    return _fenced(link + label, text)


def _fenced(before: str, text: str) -> tuple[str, str, str]:
    fence = fenced(text).partition("\n")[0]
    return f"{before}{fence}\n", text, f"\n{fence}"


def work(one: Work) -> str:
    """Return a work as a note: front matter, and its text."""
    return front(one) + one.text


def memories(found: list[Memory]) -> str:
    """Return memories as one note."""
    text = "# Memories and instructions\n"
    for memory in found:
        told = {
            "scope": memory.scope,
            "kind": memory.kind,
            "created": _exact(memory.created),
            "lines": memory.text.count("\n") + 1,
        }
        closing = left_open(memory.text)
        text += f"\n## {heading(memory.kind)} · {heading(memory.scope)}\n\n"
        text += f"{_mark(told)}{memory.text}\n{closing}\n" if closing else f"{_mark(told)}{memory.text}\n"
    return text


def read(text: str) -> Thread | Work | None:
    """Return the thread or work of a note; None if it is not one of ours."""
    head, ends, body = text.removeprefix("---\n").partition("\n---\n\n")
    if not ends or head == text:
        return None
    pairs = (line.partition(": ") for line in head.split("\n"))
    told = {name: msgspec.json.decode(value) for name, _, value in pairs if name not in TIMES}
    created, updated = (_moment(told.get(f"{name}_exact")) for name in TIMES)
    kind, key = told["kind"], told["id"]
    if told["type"] == "work":
        names = ("mine", "title", "url", "author", "license", "visibility", "in_reply_to", "language")
        return Work(key, WorkKind(kind), body, created=created, **{n: told[n] for n in names if n in told})
    nodes = list(_nodes(body))
    return Thread(
        key,
        nodes,
        len(nodes),
        kind,
        told.get("title"),
        told.get("model"),
        created,
        updated,
        told.get("shown"),
    )


def _moment(exact: str | None) -> Time | None:
    if exact is None:
        return None
    us, _, quality = exact.partition(" ")
    return Time(int(us), Quality(quality))


def _marked(text: str) -> Iterator[tuple[dict[str, Any], list[str], int]]:
    """Yield each comment of ours, with all lines and where those begin that belong to it."""
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if line.startswith(MARK):
            told = msgspec.json.decode(line.removeprefix(MARK).removesuffix(" -->"))
            yield told, lines, at
            at += _length(told)


def _length(told: dict[str, Any]) -> int:
    return int(told["lines"]) if "lines" in told else sum(sum(p["lines"]) + 1 for p in told["parts"])


def _nodes(text: str) -> Iterator[Node]:
    for told, lines, start in _marked(text):
        at, parts = start, []
        for part in told["parts"]:
            before, length, after = part["lines"]
            parts.append(_part(part, lines[at + before : at + before + length]))
            at += before + length + after + 1
        yield Node(
            key=told["id"],
            role=Role(told["role"]),
            parts=parts,
            parent=told.get("parent"),
            author=told.get("author"),
            channel=told.get("channel"),
            created=_back(told.get("created")),
            model=told.get("model"),
            hidden=told.get("hidden", False),
        )


def _part(told: dict[str, Any], lines: list[str]) -> Part:
    kind = PartKind(told["kind"])
    if kind is PartKind.THINKING:
        lines = [line.removeprefix("> ") for line in lines]
    text = "\n".join(lines) if told.get("text") else None
    return Part(kind, text, told.get("mime"), call_id=told.get("call"), json={"file": told.get("file")})


def _back(exact: list[Any] | None) -> Time | None:
    return None if exact is None else Time(exact[0], Quality(exact[1]))


def read_memories(text: str) -> list[Memory]:
    """Return the memories of their note."""
    return [
        Memory(
            told["scope"], told["kind"], "\n".join(lines[at : at + told["lines"]]), _back(told.get("created"))
        )
        for told, lines, at in _marked(text)
    ]
