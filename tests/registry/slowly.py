"""What the registry finds, said again slowly and apart from it: Python's own Unicode, sets, dictionaries."""

from __future__ import annotations

import unicodedata
from collections import Counter

UNSPACED = [
    *range(0x0E00, 0x10A0), *range(0x1780, 0x1800), *range(0x3040, 0x3100), *range(0x31F0, 0x3200),
    *range(0x3400, 0x4DC0), *range(0x4E00, 0xA000), *range(0xF900, 0xFB00), *range(0x20000, 0x40000),
]  # fmt: skip
ALONE = {chr(code) for code in UNSPACED}
UNSEEN = {
    chr(code)
    for code in [
        0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x3164, *range(0xFE00, 0xFE10),
        *range(0xE0000, 0xE1000),
    ]
}  # fmt: skip


def words(text: str) -> list[str]:
    """Return the words of a text, letter by letter."""
    found, word = [], ""
    for letter in unicodedata.normalize("NFKC", text):
        category = unicodedata.category(letter)
        if letter in UNSEEN or category == "Cf":
            continue
        letters = category[0] in "LNM" or "\U00030000" <= letter < "\U00040000"
        if word and (not letters or letter in ALONE):
            found.append(word)
            word = ""
        if letters and letter in ALONE:
            found.append(letter)
        elif letters:
            word += letter.casefold()
    return [*found, word] if word else found


def shingles(text: list[str]) -> set[tuple[str, ...]]:
    """Return the different 5 words in a row; all words where they are fewer."""
    if not text:
        return set()
    return {tuple(text[i : i + 5]) for i in range(max(len(text) - 4, 1))}


def jaccard(a: list[str], b: list[str]) -> float:
    one, other = shingles(a), shingles(b)
    return len(one & other) / len(one | other) if one | other else 0.0


def containment(query: list[str], work: list[str]) -> float:
    one, other = shingles(query), shingles(work)
    return len(one & other) / len(one)


def runs(a: list[str], b: list[str], least: int = 16) -> set[tuple[int, int, int]]:
    """Return every run of words that two texts share, as long as it goes: (place, place, words)."""
    found = set()
    before = [0] * (len(b) + 1)
    for i in range(len(a)):
        row = [0] * (len(b) + 1)
        for j in range(len(b)):
            if a[i] == b[j]:
                row[j + 1] = before[j] + 1
                over = i + 1 == len(a) or j + 1 == len(b) or a[i + 1] != b[j + 1]
                if over and row[j + 1] >= least:
                    found.add((i + 1 - row[j + 1], j + 1 - row[j + 1], row[j + 1]))
        before = row
    return found


def holders(query: list[str], works: list[list[str]], size: int = 16) -> list[int]:
    """Return how many works hold each 16 words of a text."""
    count: Counter[tuple[str, ...]] = Counter()
    for work in works:
        count.update({tuple(work[i : i + size]) for i in range(len(work) - size + 1)})
    return [count[tuple(query[i : i + size])] for i in range(len(query) - size + 1)]
