"""The n-grams that occur in a text of interest, numbered, and where they occur in any other text.

Only n-grams of the test text matter to its probability, so all else is left out when the pool is counted.
Node 0 is the empty n-gram; then come the words, then the bigrams, and so on. An n-gram is found by
the number of its first n-1 words and its last word, so no limit on the vocabulary follows from packing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from commonweal.utility.base import Bools, Ints

try:
    from commonweal.utility.ngram.lookup import extend
except ImportError:  # no numba
    extend = None

fast = extend is not None
BOUNDARY = 0
"""Word number of the boundary that opens and closes each work."""


@dataclass(frozen=True)
class Index:
    """Numbered n-grams, shorter ones first.

    Parameters
    ----------
    words : int
        Number of words, the boundary included; their nodes are 1 + word number.
    keys : tuple of int64 arrays
        For n = 2, 3, …: sorted keys (number of the prefix among its level) * words + (last word).
    """

    words: int
    keys: tuple[Ints, ...]

    @property
    def order(self) -> int:
        """Length of the longest n-gram."""
        return 1 + len(self.keys)

    @cached_property
    def start(self) -> Ints:
        """int64[order + 2]: first node of each level, and the number of nodes."""
        return np.cumsum([0, 1, self.words, *map(len, self.keys)])

    @property
    def nodes(self) -> int:
        """Number of nodes, the empty n-gram included."""
        return int(self.start[-1])

    @cached_property
    def prefix(self) -> Ints:
        """int64[nodes]: node of the n-gram without its last word; -1 for the empty one."""
        tops = [first + keys // self.words for first, keys in zip(self.start[1:], self.keys, strict=False)]
        return np.concatenate([[-1], np.zeros(self.words, np.int64), *tops])

    @cached_property
    def suffix(self) -> Ints:
        """int64[nodes]: node of the n-gram without its first word; -1 for the empty one."""
        levels = [np.array([-1]), np.zeros(self.words, np.int64)]
        for n, keys in enumerate(self.keys, start=2):
            word = keys % self.words
            if n == 2:
                levels.append(1 + word)
                continue
            shorter = levels[-1][keys // self.words]
            levels.append(self._find(n - 1, shorter, word))
        return np.concatenate(levels)

    def locate(self, stream: Ints) -> list[Ints]:
        """Return, for n = 1…order, the node of the n-gram that ends at each place of a stream, or -1.

        A stream is boundary, words of a work, boundary, words of the next work, …, boundary; numbers
        that are no words of the index stand for all other words.
        """
        found = [np.where(stream < self.words, 1 + stream, -1)]
        for n in range(2, self.order + 1):
            found.append(self._extend(n, stream, found[-1]))
        return found

    def _extend(self, n: int, stream: Ints, shorter: Ints) -> Ints:
        nodes = np.full(len(stream), -1)
        first, start = int(self.start[n - 1]), int(self.start[n])
        if extend is not None and fast:
            extend(stream, shorter, first, *self._continuations[n - 2], start, n > 2, nodes)
            return nodes
        at = _extendable(stream, shorter, n, self.words)
        nodes[at] = self._find(n, shorter[at - 1], stream[at])
        return nodes

    @cached_property
    def _continuations(self) -> list[tuple[Ints, Ints]]:
        """For each level from 2: where the n-grams of each prefix begin, and the last words of all."""
        prefixes = np.diff(self.start)[1:]
        return [
            (np.searchsorted(keys, np.arange(count + 1) * self.words), keys % self.words)
            for keys, count in zip(self.keys, prefixes, strict=False)
        ]

    def _find(self, n: int, prefix: Ints, word: Ints) -> Ints:
        keys = self.keys[n - 2]
        wanted = (prefix - self.start[n - 1]) * self.words + word
        if not len(keys):
            return np.full(len(wanted), -1)
        place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.where(keys[place] == wanted, self.start[n] + place, -1)


def build(stream: Ints, words: int, order: int) -> Index:
    """Return the index of all n-grams, n ≤ order, of a stream (see `Index.locate`)."""
    index = Index(words, ())
    for n in range(2, order + 1):
        shorter = index.locate(stream)[-1]
        at = _extendable(stream, shorter, n, words)
        keys = np.unique((shorter[at - 1] - index.start[n - 1]) * words + stream[at])
        index = Index(words, (*index.keys, keys))
    return index


def longest(located: list[Ints]) -> Ints:
    """Return the node of the longest n-gram that ends at each place."""
    best = located[0].copy()
    for nodes in located[1:]:
        np.copyto(best, nodes, where=nodes >= 0)
    return best


def levels(index: Index) -> list[tuple[int, int, int]]:
    """Return (n, first node, one past the last) for n = 1…order."""
    return [(n, int(a), int(b)) for n, (a, b) in enumerate(pairwise(index.start[1:].tolist()), start=1)]


def _extendable(stream: Ints, shorter: Ints, n: int, words: int) -> Ints:
    """Return the places where a known (n-1)-gram ends just before, within one work.

    A boundary may open or close an n-gram, never stand inside it.
    """
    can: Bools = (shorter[:-1] >= 0) & (stream[1:] < words)
    if n > 2:
        can &= stream[:-1] != BOUNDARY
    return 1 + np.flatnonzero(can)
