"""What was written against what there was, item by item: told by what was read back, and by nothing else.

Compared is what a person has in a conversation: who said what, when, in answer to what; titles, names of
models, files by their content. Not compared is what services keep for themselves (`json` of threads, messages
and prose). The text of a part is compared to the letter, times to the second.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from commonweal.intake.records import Memory, Node, Part, PartKind, Role, Thread, Work
from commonweal.intake.times import Quality, Time
from commonweal.intake.writers._chat import placed
from commonweal.intake.writers._source import object_of
from commonweal.intake.writers._writer import Writer, says

SHOWN_ANYWAY = "final"
"""The channel of a model's answer itself: having none says the same."""

DETAILED = (PartKind.TOOL_CALL, PartKind.TOOL_RESULT, PartKind.ARTIFACT, PartKind.CITATION, PartKind.OTHER)
"""Parts whose content may lie in `json` as well as in their text."""

MEDIA = (PartKind.IMAGE, PartKind.AUDIO, PartKind.FILE)


class Verdict(StrEnum):
    """How an item came through."""

    LOSSLESS = "lossless"
    LOSSY = "lossy"
    """It is there; something of it is not."""
    MANUAL = "manual"
    """It is written out, and put in place by hand."""
    IMPOSSIBLE = "impossible"
    """The target has no place for it, or it is not there to be written."""


class Item(NamedTuple):
    """One thing that was to be moved.

    Attributes
    ----------
    kind : str
        "thread", "node", "part", "memory", "work", "asset".
    id : str
        In the archive; a part's is its node's with its place.
    verdict : Verdict
    reasons : tuple of str
        What is lost, what is to do, or why it is impossible; none if it is lossless.
    characters : int
        Of its text.
    """

    kind: str
    id: str
    verdict: Verdict
    reasons: tuple[str, ...] = ()
    characters: int = 0


@dataclass
class Compare:
    """Comparison for one target.

    Parameters
    ----------
    target : Writer
    files : set of str
        SHA-256 of the files that were written.
    """

    target: Writer
    files: set[str]
    embedded: set[str] = field(default_factory=set)

    def thread(self, was: Thread, now: Thread | None) -> Iterator[Item]:
        """Yield a thread's items: itself, its messages, their parts."""
        if now is None:
            why = self._no_thread(was)
            yield Item("thread", was.key, Verdict.IMPOSSIBLE, (why,))
            for node in was.nodes:
                yield from self._absent(node, (Verdict.IMPOSSIBLE, why))
            return
        moved = {_bare(node.key): node for node in now.nodes}
        yield _judged("thread", was.key, self._thread(was, now, moved))
        above = {node.key: node.parent for node in was.nodes}
        for node in was.nodes:
            found = moved.get(node.key)
            if found is None:
                yield from self._absent(node)
                continue
            yield _judged("node", node.key, _node(node, found, _nearest(node.parent, above, moved)))
            yield from self._parts(node, found)

    def _no_thread(self, was: Thread) -> str:
        if "thread" not in self.target.TAKES:
            return "the target takes no conversations"
        if was.kind == "unread":
            return "could not be mapped when it was imported: the archive keeps it whole"
        if placed(was, self.target.HIDDEN):
            return "it is not there any more"
        return "it has no message that can be shown"

    def _thread(self, was: Thread, now: Thread, moved: dict[str, Node]) -> Iterator[str]:
        if (was.title or "") != (now.title or ""):
            yield "its title"
        if was.kind != now.kind:
            yield f"that it is a {was.kind}: it becomes a {now.kind}"
        if was.model is not None and was.model != now.model:
            yield "the conversation's model"
        yield from _times("when it began", was.created, now.created)
        yield from _times("when it last changed", was.updated, now.updated)
        above = {node.key: node.parent for node in was.nodes}
        if moved.keys() - above.keys():
            yield "that nothing else was said: there are messages that were not"
        shown = _nearest(was.current, above, moved)
        if shown is not None and now.current is not None and shown != _bare(now.current):
            yield "which branch is shown"

    def _absent(self, node: Node, why: tuple[Verdict, str] | None = None) -> Iterator[Item]:
        """Yield the items of a message that did not go."""
        parts = [part for part in node.parts if part.text or part.asset is not None or part.json]
        if why is None and node.hidden and not self.target.HIDDEN and any(says(p) for p in parts):
            why = (Verdict.IMPOSSIBLE, "not shown by the service; the target has no hidden messages")
        if why is not None:
            verdict, reason = why
        elif any(says(part) for part in parts):
            verdict, reason = why = (Verdict.IMPOSSIBLE, "it is not there any more")
        elif parts:
            verdict, reason = Verdict.IMPOSSIBLE, "nothing of it is text or a file that is there"
        elif node.role is Role.NONE:
            verdict, reason = Verdict.LOSSLESS, ""  # it held the tree together, which holds without it
        else:
            verdict, reason = Verdict.LOSSY, "an empty message: left out"
        yield Item("node", node.key, verdict, (reason,) if reason else ())
        for ix, part in enumerate(node.parts):
            yield self._lost(f"{node.key}.{ix}", part, why)

    def _lost(self, key: str, part: Part, why: tuple[Verdict, str] | None = None) -> Item:
        """Return the item of a part that did not go."""
        size = len(part.text or "")
        if not size and part.asset is None and not part.json:
            return Item("part", key, Verdict.LOSSLESS)  # there was nothing in it
        if why is None and part.kind in MEDIA:
            why = (Verdict.IMPOSSIBLE, "a file that the export does not hold")
        elif why is None:
            why = (Verdict.IMPOSSIBLE, "no text: the archive keeps what the service says of it")
        return Item("part", key, why[0], (why[1],), size)

    def _parts(self, was: Node, now: Node) -> Iterator[Item]:
        """Yield the items of a message's parts: found as it is, within other text, or not."""
        left = list(now.parts)
        files = set(self._files(left))
        same = [_take(part, left) for part in was.parts]
        for ix, (part, found) in enumerate(zip(was.parts, same, strict=True)):
            yield self._part(f"{was.key}.{ix}", part, found, left, files)

    def _part(self, key: str, part: Part, same: Part | None, left: list[Part], files: set[str]) -> Item:
        if not says(part):
            return self._lost(key, part)
        size = len(part.text or "")
        reasons: tuple[str, ...] = ()
        if part.text:
            found = same or _within(part.text, left)
            if found is None:
                return Item("part", key, Verdict.IMPOSSIBLE, ("its text is not there any more",), size)
            reasons = (*(() if same else _shape(part, found)), *_details(part, found))
        if part.asset is None or part.asset in files:
            return _judged("part", key, reasons, size)
        if part.asset in self.files:
            by_hand = self.target.BY_HAND.get("asset", "link it: it is in files/")
            return Item("part", key, Verdict.MANUAL, (by_hand, *reasons), size)
        return Item("part", key, Verdict.IMPOSSIBLE, ("its file is not there any more", *reasons), size)

    def _files(self, parts: list[Part]) -> Iterator[str]:
        """Yield the SHA-256 of files that a message read back holds, or links where they are."""
        for part in parts:
            kept = object_of(part) if part.kind in MEDIA else None
            kept = kept if isinstance(kept, dict) else {}
            url, link = kept.get("url"), kept.get("file")
            if isinstance(url, str) and url.startswith("data:"):
                held = hashlib.sha256(base64.b64decode(url.partition(",")[2])).hexdigest()
                self.embedded.add(held)
                yield held
            elif isinstance(link, str) and link in self.files:
                yield link

    def asset(self, key: str) -> Item:
        """Return the item of a file of the archive."""
        if key in self.embedded:
            return Item("asset", key, Verdict.LOSSLESS)
        if "asset" not in self.target.TAKES:
            return Item("asset", key, Verdict.IMPOSSIBLE, ("the target takes no files",))
        if key not in self.files:
            return Item("asset", key, Verdict.IMPOSSIBLE, ("the file is not there any more",))
        by_hand = self.target.BY_HAND.get("asset")
        return (
            Item("asset", key, Verdict.MANUAL, (by_hand,))
            if by_hand
            else Item("asset", key, Verdict.LOSSLESS)
        )

    def work(self, was: Work, now: Work | None) -> Item:
        """Return the item of a work."""
        size = len(was.text)
        if now is None:
            why = (
                "the target takes no works" if "work" not in self.target.TAKES else "it is not there any more"
            )
            return Item("work", was.key, Verdict.IMPOSSIBLE, (why,), size)
        names = ("kind", "title", "url", "author", "mine", "license", "visibility", "in_reply_to", "language")
        reasons = [f"its {name}" for name in names if getattr(was, name) != getattr(now, name)]
        reasons += ["its text"] if was.text != now.text else []
        return _judged("work", was.key, (*reasons, *_times("its time", was.created, now.created)), size)

    def memories(self, was: list[Memory], now: list[Memory], ids: list[str]) -> Iterator[Item]:
        """Yield the items of memories; each is found by its text, or by its words."""
        left = list(now)
        found = [_remembered(m, left, exact=True) for m in was]
        for memory, same, key in zip(was, found, ids, strict=True):
            there = same or _remembered(memory, left, exact=False)
            size = len(memory.text)
            if there is None:
                yield Item("memory", key, Verdict.IMPOSSIBLE, ("it is not there any more",), size)
                continue
            item = _judged("memory", key, _memory(memory, there), size)
            by_hand = self.target.BY_HAND.get(memory.kind) or self.target.BY_HAND.get("memory")
            if by_hand:
                item = item._replace(verdict=Verdict.MANUAL, reasons=(by_hand, *item.reasons))
            yield item


def _judged(kind: str, key: str, reasons: Any, characters: int = 0) -> Item:
    found = tuple(reasons)
    return Item(kind, key, Verdict.LOSSY if found else Verdict.LOSSLESS, found, characters)


def _bare(key: str) -> str:
    return key.replace("-", "")


def _nearest(key: str | None, above: dict[str, str | None], moved: dict[str, Node]) -> str | None:
    """Return the nearest message from one upwards that went."""
    seen: set[str] = set()
    while key is not None and key not in moved and key not in seen:
        seen.add(key)
        key = above.get(key)
    return key if key in moved else None


def _times(what: str, was: Time | None, now: Time | None) -> Iterator[str]:
    if was is None:
        if now is not None:
            yield f"{what}: a time is made up"
        return
    if now is None or was.us // 1_000_000 != now.us // 1_000_000:
        yield f"{what} (time of day)" if now is not None and _same_day(was, now) else what
    elif was.quality is not now.quality:
        yield f"{what}: that the {'zone' if was.quality is Quality.LOCAL else 'time of day'} is unknown"


def _same_day(was: Time, now: Time) -> bool:
    return was.us // 86_400_000_000 == now.us // 86_400_000_000


def _node(was: Node, now: Node, parent: str | None) -> Iterator[str]:
    if was.role is not now.role:
        yield f"who speaks: {was.role.value} becomes {now.role.value}"
    if was.author is not None and was.author != now.author:
        yield "the speaker's name"
    if was.channel not in (None, SHOWN_ANYWAY, now.channel):
        yield "the model's channel"
    if was.model is not None and was.model != now.model:
        yield "the message's model"
    if was.hidden and not now.hidden:
        yield "that the service did not show it"
    if parent != (None if now.parent is None else _bare(now.parent)):
        yield "what it answers"
    yield from _times("when it was said", was.created, now.created)


def _take(part: Part, left: list[Part]) -> Part | None:
    """Take the part of the same kind and text out of those read back."""
    for i, one in enumerate(left):
        if part.text and (part.kind, part.text) == (one.kind, one.text):
            return left.pop(i)
    return None


def _within(text: str, left: list[Part]) -> Part | None:
    """Return a part that holds a text to the letter, perhaps quoted, among other text."""
    quoted = "\n".join(f"> {line}" for line in text.split("\n"))
    return next((one for one in left if text in (one.text or "") or quoted in (one.text or "")), None)


def _shape(was: Part, now: Part) -> tuple[str, ...]:
    if was.kind is not now.kind:
        return (
            f"that it is {was.kind.value.replace('_', ' ')}: it becomes {now.kind.value.replace('_', ' ')}",
        )
    return ("where it begins and ends: it becomes one text with others",)


def _details(was: Part, now: Part) -> Iterator[str]:
    if was.call_id is not None and was.call_id != now.call_id:
        yield "which call and result belong together"
    if was.mime is not None and was.asset is None and was.mime != now.mime:
        yield "its media type"
    if was.kind in DETAILED and not _strings(object_of(was)) <= _strings(object_of(now)) | {now.text or ""}:
        yield "details that the export keeps beside the text"


def _strings(value: Any) -> set[str]:
    found: set[str] = set()
    stack = [value]
    while stack:
        here = stack.pop()
        if isinstance(here, dict):
            stack += here.values()
        elif isinstance(here, list):
            stack += here
        elif isinstance(here, str) and here.strip():
            found.add(here)
    return found


def _remembered(memory: Memory, left: list[Memory], exact: bool) -> Memory | None:
    words = memory.text if exact else memory.text.split()
    for i, one in enumerate(left):
        if (one.text if exact else one.text.split()) == words and (not exact or one.kind == memory.kind):
            return left.pop(i)
    return None


def _memory(was: Memory, now: Memory) -> Iterator[str]:
    if was.text != now.text:
        yield "its line breaks and spaces"
    if was.scope != now.scope:
        yield "what it is for"
    if was.kind != now.kind:
        yield f"that it is {was.kind}"
    yield from _times("when it was kept", was.created, now.created)
