"""Random archives: records as readers give them, made into an archive without an export."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from commonweal.intake import Archive
from commonweal.intake.records import Memory, Node, Part, PartKind, Record, Role, Thread, Work, WorkKind
from commonweal.intake.switching import Report, switch
from commonweal.intake.times import Quality, Time
from commonweal.intake.writers._scratch import archive_of

HOSTILE = (
    "../../etc/passwd", "a/b\\c", "nul\x00l", "CON", "x" * 400, "😀" * 90, "# not a heading", "---", "```",
    "~~~~", "<!-- cw {} -->", "<!--", "- item\n  more", "> quoted", "[unknown] - (for x) y", "a\n---\nb",
    "title: \"x\": '", "  ", "\ufeffmark", "line\u2028apart\x85", "a\r\nb", "{{x}}", "[[link]] ![[x]]",
    "\n\n", "<details type=\"x\">",
)  # fmt: skip

texts = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
qualities = st.sampled_from(list(Quality))
times = st.none() | st.builds(Time, st.integers(1, 4 * 10**15), qualities)
whole = st.none() | st.builds(lambda s: Time(s * 1_000_000, Quality.EXACT), st.integers(1, 4_000_000_000))
names = st.none() | texts


def parts(kinds: Iterable[PartKind], text: st.SearchStrategy[Any], json: st.SearchStrategy[Any]) -> Any:
    calls = st.sampled_from([None, "call-1", "call-2"])
    return st.builds(Part, st.sampled_from(list(kinds)), text, call_id=calls, json=json)


@st.composite
def threads(draw: st.DrawFn, node: st.SearchStrategy[Node], **fixed: Any) -> Thread:
    """A tree of messages: each answers an earlier one, or none."""
    nodes = draw(st.lists(node, min_size=1, max_size=7))
    for i, one in enumerate(nodes):
        above = draw(st.none() | st.integers(0, i - 1)) if i else None
        one.key, one.parent = f"n{i}", None if above is None else f"n{above}"
    current = f"n{draw(st.integers(0, len(nodes) - 1))}"
    told = {"title": names, "model": names, "created": times, "updated": times, **fixed}
    values = {
        name: draw(value) if isinstance(value, st.SearchStrategy) else value for name, value in told.items()
    }
    return Thread(key="", nodes=nodes, seen=len(nodes), **{"current": current, **values})


spoken = st.builds(
    Node,
    key=st.just(""),
    role=st.sampled_from([Role.USER, Role.ASSISTANT]),
    parts=parts([PartKind.TEXT], texts, st.none()).map(lambda p: [Part(p.kind, p.text)]),
    created=whole,
)
"""A message of one text, by one of two speakers."""

written = st.builds(
    Node,
    key=st.just(""),
    role=st.sampled_from(list(Role)),
    parts=st.lists(parts(PartKind, texts, st.none()), min_size=1, max_size=3),
    author=names,
    channel=names,
    created=times,
    model=names,
    hidden=st.booleans(),
)
"""A message of anything with text."""

anything = st.builds(
    Node,
    key=st.just(""),
    role=st.sampled_from(list(Role)),
    parts=st.lists(parts(PartKind, st.none() | texts, st.sampled_from([None, {"k": "v"}])), max_size=3),
    author=names,
    channel=names,
    created=times,
    model=names,
    hidden=st.booleans(),
)

works = st.builds(
    Work,
    key=texts,
    kind=st.sampled_from(list(WorkKind)),
    text=st.text(st.characters(codec="utf-8"), max_size=60) | texts,
    mine=st.booleans(),
    title=names,
    url=names,
    author=names,
    in_reply_to=names,
    created=times,
)
memories = st.builds(
    Memory,
    scope=st.sampled_from(["account", "Garden", "a (b) c", "x\ny"]),
    kind=st.sampled_from(["instruction", "fact", "project_doc"]),
    text=texts,
    created=times,
)


def mixed(node: st.SearchStrategy[Node]) -> st.SearchStrategy[list[Record]]:
    """Records of an archive."""
    several = st.lists(threads(node) | works | memories, min_size=1, max_size=4)
    return several.map(apart)


def apart(records: list[Record]) -> list[Record]:
    """Name threads and works, and leave out memories that repeat one, as merging does."""
    seen: set[Any] = set()
    kept: list[Record] = []
    for i, record in enumerate(records):
        if isinstance(record, Thread):
            record.key = f"t{i}"
        elif isinstance(record, Work):
            record.key = f"w{i}"
        elif isinstance(record, Memory):
            key = (record.scope, record.kind, record.text)
            if key in seen:
                continue
            seen.add(key)
        kept.append(record)
    return kept


@contextmanager
def moved(records: Iterable[Record], target: str) -> Iterator[tuple[Archive, Report, Path]]:
    """Make an archive of records and switch it to a target."""
    with tempfile.TemporaryDirectory() as place:
        archive = archive_of(records, Path(place) / "archive")
        out = Path(place) / "moved"
        yield archive, switch(archive, target, out), out


def lost(report: Report) -> dict[str, int]:
    """Return what is said of items that are not lossless, and how often."""
    found: dict[str, int] = {}
    for (kind, verdict, reason), n in report.reasons.items():
        found[f"{kind} {verdict}: {reason}"] = n
    return found
