"""Two robots.txt files made one: an application's own, and the one that carries the rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from commonweal.rules.patterns import Relation, relation, specificity
from commonweal.rules.robots_txt import Line, Robots, parse_robots, product
from commonweal.rules.site.published import File

MOST_BYTES = 512_000
"""Of an application's own file, as much as crawlers must read (RFC 9309 section 2.5: 500 KiB)."""


def combined(status: int, own: bytes, ours: File) -> File | None:
    """Return what to serve where the application answered its own robots.txt with a status and a body.

    None where the application's answer should stand: while it fails, a crawler fetches nothing (RFC 9309
    section 2.3.1.4), and a file of ours in its place would invite it in.
    """
    if status == 200:
        return merged(own, ours)
    return None if status >= 500 or status == 429 else ours


def merged(own: bytes, ours: File) -> File:
    """Return a robots.txt that says to every agent what both files say to it.

    An agent obeys the groups that name it, or else those of `*` (RFC 9309 section 2.2.1): for each agent that
    either file names, and for `*`, the lines that it obeys in the one and in the other stand together. What
    one file disallows no `Allow` of the other opens, so a path is open only where both leave it open.
    Comments are kept at the top.
    """
    files = parse_robots(own), parse_robots(ours.content)
    agents = dict.fromkeys(["*", *(_name(a) for f in files for g in f.groups for a in g.agents)])
    groups: dict[tuple[str, ...], list[str]] = {}
    for agent in agents:
        first, second = (_obeyed(f, agent) for f in files)
        lines = [*_beside(first, second), *_beside(second, first)]
        groups.setdefault(tuple(dict.fromkeys(map(_text, lines))), []).append(agent)
    parts = ["\n".join([*_comments(own, files[0]), *_comments(ours.content, files[1])])]
    parts.append("\n".join(dict.fromkeys(_text(line) for f in files for line in f.outside)))
    for texts, named in groups.items():
        # Without a line on paths some parsers would take the next group's agents into this one.
        closed = any(t.startswith(("Allow:", "Disallow:")) for t in texts)
        parts.append(
            "\n".join([*(f"User-agent: {a}" for a in named), *texts, *([] if closed else ["Disallow:"])])
        )
    return File(ours.media_type, ("\n\n".join(p for p in parts if p) + "\n").encode())


def _name(agent: str) -> str:
    return product(agent) or agent  # "*", and names that start with a digit


def _obeyed(robots: Robots, agent: str) -> list[Line]:
    """Return the lines of all groups that name an agent, or else of those for all."""
    named = [g for g in robots.groups if any(_name(a) == agent for a in g.agents)]
    return [line for group in named or robots.applying("*") for line in group.lines]


def _beside(lines: Sequence[Line], others: Sequence[Line]) -> Iterable[Line]:
    """Yield lines without each `Allow` that would open what another file disallows.

    It would where it touches a `Disallow` that is no longer than it and that no `Allow` of that other file
    lifts wherever this one matches. So a path that one file closes meets no `Allow` as long as
    what closes it.
    """
    for line in lines:
        if line.key != "allow" or not line.value or not any(_opens(line, o, others) for o in others):
            yield line


def _opens(allow: Line, other: Line, others: Sequence[Line]) -> bool:
    if other.key != "disallow" or not other.value or relation(other.value, allow.value) is Relation.NO:
        return False
    if _length(other) > _length(allow):
        return False
    return not any(
        o.key == "allow"
        and o.value
        and _length(o) >= _length(other)
        and relation(o.value, allow.value) is Relation.YES
        for o in others
    )


def _length(line: Line) -> int:
    return specificity(line.value)[0]


def _text(line: Line) -> str:
    key = "-".join(word.capitalize() for word in line.key.split("-"))
    return f"{key}: {line.value}".rstrip()


def _comments(raw: bytes, robots: Robots) -> list[str]:
    """Return whole-line comments, which may hold a reservation in words, and what could not be read."""
    text = raw.decode("utf-8", "replace").splitlines()
    return [
        *(line.strip() for line in text if line.lstrip("\ufeff \t").startswith("#")),
        *(f"# {line.value}" for line in robots.malformed),
    ]
