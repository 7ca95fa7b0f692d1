"""Detectors: an RE2 pattern that finds candidates fast, and a check that looks at each closely.

RE2 goes over some 600 MB a second where a pattern seldom matches; one union of all patterns only over 10 MB.
So each pattern goes over the whole text by itself, and all that is slow happens to candidates alone. Short
texts are joined before, for each pass has a price.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from commonweal.errors import MissingExtraError
from commonweal.intake.redaction.kinds import Find

GAP = "\x1e"
"""Stands between joined texts. No pattern matches it, and no check looks beyond it."""


DECIMAL = re.compile(r"\d[.,]\Z")
HEX_BEFORE = re.compile(r"(?=[0-9]*[a-f])[0-9a-f]{4}-\Z")
HEX_AFTER = re.compile(r"-(?=[0-9]*[a-f])[0-9a-f]{4}(?![a-z])")


class Candidate(NamedTuple):
    """A place that a pattern matched: `text[start:end]`."""

    text: str
    start: int
    end: int

    @property
    def value(self) -> str:
        """The text matched."""
        return self.text[self.start : self.end]

    def before(self, n: int) -> str:
        """Return up to n characters before it."""
        return self.text[max(0, self.start - n) : self.start].rpartition(GAP)[2]

    def after(self, n: int) -> str:
        """Return up to n characters after it."""
        return self.text[self.end : self.end + n].partition(GAP)[0]

    def alone(self, joining: str = "") -> bool:
        """Whether no letter, digit or underscore, nor one of these signs, goes on at either end."""
        return not any(
            c and (c.isalnum() or c == "_" or c in joining) for c in (self.before(1), self.after(1))
        )

    def broken_off(self) -> bool:
        """Whether it is a piece of a decimal number, or of an id such as a UUID."""
        return bool(
            DECIMAL.search(self.before(2))
            or HEX_BEFORE.search(self.before(5))
            or HEX_AFTER.match(self.after(6))
        )


class Detector(NamedTuple):
    """A pattern in RE2's syntax that matches no `GAP`, and a check that returns the finds at a candidate."""

    pattern: str
    check: Callable[[Candidate], Iterable[Find]]


class Scanner:
    """Detectors, compiled.

    Parameters
    ----------
    detectors : iterable of Detector

    Raises
    ------
    MissingExtraError
        If google-re2 is absent.
    """

    def __init__(self, detectors: Iterable[Detector]) -> None:
        try:
            import re2
        except ImportError as error:
            raise MissingExtraError("google-re2", "intake", "redaction") from error
        options = re2.Options()
        options.max_mem = 1 << 26  # the most of each pattern's automaton; lists of names may be long
        options.log_errors = False
        self._all = [(re2.compile(d.pattern, options), d.check) for d in detectors]

    def scan(self, texts: list[str]) -> list[list[Find]]:
        """Return the finds in each of some texts, overlaps included, in no order."""
        text = GAP.join(texts)
        starts, at = [], 0
        for one in texts:
            starts.append(at)
            at += len(one) + len(GAP)
        found: list[list[Find]] = [[] for _ in texts]
        for find in self._joined(text):
            which = bisect_right(starts, find.start) - 1
            first = starts[which]
            found[which].append(find._replace(start=find.start - first, end=find.end - first))
        return found

    def _joined(self, text: str) -> Iterator[Find]:
        raw = text.encode("utf-8", "surrogatepass")
        place = _places(text, raw)
        for pattern, check in self._all:
            for match in pattern.finditer(raw):
                start, end = match.span()
                yield from check(Candidate(text, place(start), place(end)))


def _places(text: str, raw: bytes) -> Callable[[int], int]:
    """Return what turns a place in bytes into one in characters."""
    if len(raw) == len(text):
        return lambda at: at
    octets: Any = np.frombuffer(raw, np.uint8)
    inside = np.flatnonzero((octets & 0xC0) == 0x80)  # bytes that continue a character
    return lambda at: at - int(np.searchsorted(inside, at))
