"""A JSON array's elements as bytes, one at a time: what lets 2 GB come through 20 MB.

A parser would build every value only to have us write the large ones out again. Here numpy finds the quotes
that open and close strings, and the brackets outside of them; an element goes from where the depth rises to
two to where it falls to one. What each element holds is for a parser to check.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np

from commonweal.errors import InputError

WINDOW = 1 << 20
QUOTE, BACKSLASH = 34, 92
MARKS = bytes(code in b'"{[]}' for code in range(256))
STEP = np.zeros(256, dtype=np.int8)
STEP[list(b"{[")] = 1
STEP[list(b"}]")] = -1
SPACE = b" \t\r\n"


class CutOffError(InputError):
    """An array that ends before its end: what came before is whole."""


def elements(stream: BinaryIO, *, where: str, longest: int, window: int = WINDOW) -> Iterator[bytes | None]:
    """Yield the elements of the array that a stream holds, as JSON; None for one longer than `longest` bytes.

    Parameters
    ----------
    stream : binary file
        UTF-8, with or without byte order mark.
    where : str
        Named in errors.
    longest, window : int
        Bytes; memory is bounded by their sum.

    Raises
    ------
    CutOffError
        At the end, if the array is not closed.
    InputError
        If it is not an array, or something follows it.
    """
    text = (stream.read(3).removeprefix(b"\xef\xbb\xbf") + stream.read(window)).lstrip(SPACE)
    while not text and (more := stream.read(window)):
        text = more.lstrip(SPACE)
    if text[:1] != b"[":
        raise InputError("not a JSON array", where=where, mend="is it the file that the service gave?")
    cutter = _Cutter(longest)
    text = text[1:] or stream.read(window)
    while text:
        yield from cutter.feed(text)
        if cutter.done:
            break
        text = stream.read(window)
    if not cutter.done:
        raise CutOffError("cut off before its end", where=where, mend="download the export again")
    text = cutter.after or stream.read(window)
    while text:
        if text.strip(SPACE):
            raise InputError(
                "something follows the array", where=where, mend="is it the file that the service gave?"
            )
        text = stream.read(window)


class _Cutter:
    """Elements cut from windows of text; between windows it keeps the depth, and the element begun."""

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self.depth, self.in_string = 1, False
        self.held = b""  # a backslash at a window's end, whose letter comes with the next
        self.begun: list[bytes] = []
        self.length = 0
        self.done, self.after = False, b""

    def feed(self, text: bytes) -> Iterator[bytes | None]:
        text = self.held + text
        whole = len(text.rstrip(b"\\"))
        text, self.held = text[:whole], text[whole:]
        places, depths, commas = self._marks(text)
        start = 0
        for place, depth in zip(places, depths, strict=True):
            if depth == 0:
                yield from self._scalar(text[start:place])
                self.done, self.after = True, text[place + 1 :]
                return
            if place in commas:
                yield from self._scalar(text[start:place])
            else:
                yield self._end(text[start : place + 1])
            start = place + 1
        self._hold(text[start:])

    def _marks(self, text: bytes) -> tuple[list[int], list[int], set[int]]:
        """Return where elements end: brackets that close to depth one or none, and commas at depth one."""
        data = np.frombuffer(text, dtype=np.uint8)
        marks = np.flatnonzero(np.frombuffer(text.translate(MARKS), dtype=bool))
        what = data[marks]
        quoting = what == QUOTE
        quoting[quoting] = _unescaped(data, marks[quoting])
        within = (np.cumsum(quoting) + self.in_string) % 2 == 1
        outside = ~within & (what != QUOTE)
        quotes, brackets = marks[quoting], marks[outside]
        step = STEP[what[outside]]
        depth = self.depth + np.cumsum(step, dtype=np.int64)
        ends = np.flatnonzero((step < 0) & (depth <= 1))
        over = np.flatnonzero(depth <= 0)
        if len(over):
            ends = ends[ends <= over[0]]
        commas = self._commas(data, quotes, brackets, depth)
        places = sorted([*brackets[ends].tolist(), *commas])
        levels = dict(zip(brackets[ends].tolist(), depth[ends].tolist(), strict=True))
        if len(depth):
            self.depth = int(depth[-1])
        self.in_string = bool((len(quotes) + self.in_string) % 2)
        return places, [levels.get(p, 1) for p in places], set(commas)

    def _commas(self, data: Any, quotes: Any, brackets: Any, depth: Any) -> list[int]:
        """Return the commas between elements, looked for in the few stretches at depth one."""
        edges = np.concatenate([[-1], brackets, [len(data)]])
        levels = np.concatenate([[self.depth], depth])
        found = []
        for i in np.flatnonzero(levels == 1):
            low, high = int(edges[i]) + 1, int(edges[i + 1])
            here = low + np.flatnonzero(data[low:high] == ord(","))
            found += here[(np.searchsorted(quotes, here) + self.in_string) % 2 == 0].tolist()
        return found

    def _hold(self, text: bytes) -> None:
        if not self.length:
            text = text.lstrip(SPACE)
        self.length += len(text)
        if self.length <= self.longest:
            self.begun.append(text)
        else:
            self.begun.clear()

    def _end(self, text: bytes) -> bytes | None:
        self._hold(text)
        whole = None if self.length > self.longest else b"".join(self.begun)
        self.begun, self.length = [], 0
        return whole if whole is None else whole.strip(SPACE)

    def _scalar(self, text: bytes) -> Iterator[bytes | None]:
        """Yield what stands before a comma or the end, unless an object or array ended there already."""
        ended = self._end(text)
        if ended is None or ended:
            yield ended


def _unescaped(data: Any, quotes: Any) -> Any:
    """Return which quotes an even number of backslashes, or none, stands before."""
    odd = np.zeros(len(quotes), dtype=bool)
    left = np.flatnonzero((quotes > 0) & (data[quotes - 1] == BACKSLASH))
    run = 1
    while len(left):
        odd[left] = run % 2 == 1
        before = quotes[left] - 1 - run
        left = left[(before >= 0) & (data[np.maximum(before, 0)] == BACKSLASH)]
        run += 1
    return ~odd
