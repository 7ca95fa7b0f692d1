"""Spans of characters, counted in words as the registry counts them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from commonweal.registry.texts import Key, digest

Span = tuple[int, int]


class Places:
    """Where the words of texts begin.

    Parameters
    ----------
    texts : sequence of str
    key : Key
        Any; words lie where they lie under every key.
    """

    def __init__(self, texts: Sequence[str], key: Key) -> None:
        self.digested = digest(texts, key)

    def starts(self, d: int) -> Any:
        """Return where the words of text d begin, in characters: uint32[words]."""
        bounds = self.digested.word_bounds
        return self.digested.starts[bounds[d] : bounds[d + 1]]

    def words(self, d: int) -> int:
        """Return the number of words of text d."""
        return len(self.starts(d))

    def covered(self, d: int, spans: Iterable[Span]) -> int:
        """Return how many words of text d begin within any of the spans."""
        starts = self.starts(d)
        return int(sum(_between(starts, span) for span in union(spans)))


def _between(starts: Any, span: Span) -> int:
    first, end = np.searchsorted(starts, span)
    return int(end - first)


def union(spans: Iterable[Span]) -> list[Span]:
    """Return the same places as spans that neither overlap nor touch, in order."""
    out: list[Span] = []
    for start, end in sorted(spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out
