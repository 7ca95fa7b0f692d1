"""Texts of few words with runs in common, and a slow reading of what they share."""

from __future__ import annotations

import random
from collections.abc import Sequence

SHORTEST = 16


def words(rng: random.Random, n: int, most: int = 10_000) -> list[str]:
    """Return n random words."""
    return [f"w{rng.randrange(most)}" for _ in range(n)]


def shared(one: Sequence[str], other: Sequence[str], shortest: int = SHORTEST) -> set[int]:
    """Return the places of one text that runs of `shortest` words or more in common with another cover."""
    runs = {tuple(other[i : i + shortest]) for i in range(len(other) - shortest + 1)}
    found = set()
    for i in range(len(one) - shortest + 1):
        if tuple(one[i : i + shortest]) in runs:
            found.update(range(i, i + shortest))
    return found


def longest(one: Sequence[str], other: Sequence[str]) -> int:
    """Return the words of the longest run in common."""
    best, before = 0, [0] * (len(other) + 1)
    for a in one:
        now = [0] * (len(other) + 1)
        for j, b in enumerate(other):
            now[j + 1] = before[j] + 1 if a == b else 0
        best, before = max(best, *now), now
    return best


def shingles(one: Sequence[str]) -> set[tuple[str, ...]]:
    """Return the different runs of 5 words."""
    return {tuple(one[i : i + 5]) for i in range(len(one) - 4)}


def quoting(rng: random.Random, sources: Sequence[Sequence[str]], most: int = 10_000) -> list[str]:
    """Return a text of new words and runs of 5 to 60 words from the sources."""
    out = words(rng, rng.randrange(30), most)
    for _ in range(rng.randrange(4)):
        source = rng.choice(sources)
        size = rng.randrange(5, 60)
        first = rng.randrange(max(1, len(source) - size))
        out += [*source[first : first + size], *words(rng, rng.randrange(1, 20), most)]
    return out
