"""Texts of 500 words made from installed documentation, as many as one likes; copies and quotations of them.

A text goes from word to word as the documentation does: each next word is one that follows the same word
somewhere there, and once in four a word from anywhere. So words are as long and as frequent as they are
written, texts share phrases, and none is like another unless it was planted. Words are small letters and
digits, set apart by spaces, so that no tool sees other words than the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import numba
import numpy as np

from benchmarks.intake_export import sentences

WORDS = 500
JUMP = 0.25
MOST = 0.10
"""Share of words that a copy has changed, at most."""
AT_ONCE = 10_000


@cache
def spoken() -> tuple[list[str], Any, Any, Any]:
    """Return the words, the documentation as numbers of words, and where each word comes in it.

    Places of word w are `places[bounds[w]:bounds[w + 1]]`.
    """
    told = [s for s in sentences() if ">>>" not in s]  # what examples print isn't always the same
    said = re.findall("[a-z0-9]+", " ".join(told).lower())
    words, stream = np.unique(said, return_inverse=True)
    places = np.argsort(stream[:-1], kind="stable")
    bounds = np.searchsorted(stream[:-1][places], np.arange(len(words) + 1))
    return words.tolist(), stream, places, bounds


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def _walks(stream: Any, places: Any, bounds: Any, draws: Any, jumps: Any, out: Any) -> None:
    for d in range(len(out)):
        word = stream[0]
        for i in range(out.shape[1]):
            count = bounds[word + 1] - bounds[word]
            if count == 0 or jumps[d, i] < JUMP:
                word = stream[int(draws[d, i] * len(stream))]
            else:
                word = stream[places[bounds[word] + int(draws[d, i] * count)] + 1]
            out[d, i] = word


def walks(count: int, seed: int) -> Any:
    """Return texts as numbers of words: int64[count, WORDS]."""
    rng = np.random.default_rng(seed)
    _, stream, places, bounds = spoken()
    out = np.empty((count, WORDS), np.int64)
    _walks(stream, places, bounds, rng.random(out.shape), rng.random(out.shape), out)
    return out


def copies(texts: Any, seed: int, most: float = MOST) -> list[Any]:
    """Return each text with up to a share of its words replaced, left out, or one set before them."""
    rng = np.random.default_rng(seed)
    _, stream, _, _ = spoken()
    changed = []
    for text in texts:
        words = text.copy()
        at = rng.choice(len(words), size=int(rng.uniform(0, most) * len(words)), replace=False)
        replaced, removed, before = np.array_split(at, 3)
        words[replaced] = stream[rng.integers(0, len(stream), len(replaced))]
        words = np.insert(words, before, stream[rng.integers(0, len(stream), len(before))])
        gone = removed + (before[:, None] <= removed[None, :]).sum(axis=0)
        changed.append(np.delete(words, gone))
    return changed


def quotations(texts: Any, fresh: Any, words: int, seed: int) -> list[Any]:
    """Return fresh texts, each with a run of words from one of the texts set into it."""
    rng = np.random.default_rng(seed)
    made = []
    for text, around in zip(texts, fresh, strict=True):
        begin = rng.integers(0, len(text) - words + 1)
        at = rng.integers(0, len(around) - words + 1)
        made.append(np.concatenate([around[:at], text[begin : begin + words], around[at + words :]]))
    return made


def spelt(texts: Any) -> list[str]:
    """Return texts as they read."""
    words = np.array(spoken()[0], dtype=object)
    return [" ".join(words[text]) for text in texts]


def many(count: int, seed: int) -> Iterator[list[str]]:
    """Yield so many texts, some thousands at a time."""
    for number, begin in enumerate(range(0, count, AT_ONCE)):
        yield spelt(walks(min(AT_ONCE, count - begin), seed + number))
