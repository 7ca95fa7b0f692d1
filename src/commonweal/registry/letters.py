"""Which letters make words, and what they are folded to: tables over Unicode that the kernels look up.

Letters, digits and marks make words; in scripts that set no spaces between words (Han, kana, Thai, Lao,
Khmer, Burmese, Tibetan) each letter is a word of its own. Text is brought to NFKC and case-folded (Unicode
15, chapters 3.11 and 3.13), so that the same words in other code points are the same. Letters that show
nothing (soft hyphens, zero-width joiners, direction marks, variation selectors) are passed over.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any

import numpy as np

APART, WORD, ALONE, SILENT = 0, 1, 2, 3
END = 0x110000
ASSIGNED = 0x30000
"""Beyond lie rare ideographs, tags and selectors, and code points for private use."""
UNSPACED = (
    (0x0E00, 0x0F00),  # Thai, Lao
    (0x0F00, 0x1000),  # Tibetan
    (0x1000, 0x10A0),  # Burmese
    (0x1780, 0x1800),  # Khmer
    (0x3040, 0x3100),  # kana
    (0x31F0, 0x3200),
    (0x3400, 0x4DC0),  # Han
    (0x4E00, 0xA000),
    (0xF900, 0xFB00),
    (0x20000, 0x40000),
)
UNSEEN = (
    (0x034F, 0x0350),  # combining grapheme joiner
    (0x115F, 0x1161),  # Hangul fillers
    (0x17B4, 0x17B6),  # Khmer inherent vowels
    (0x180B, 0x1810),  # Mongolian selectors
    (0x3164, 0x3165),
    (0xFE00, 0xFE10),  # variation selectors
    (0xE0000, 0xE1000),  # tags, variation selectors
)
"""What shows nothing though its category isn't Cf."""


@cache
def tables() -> tuple[Any, Any]:
    """Return (class, folded) of each code point: uint8[END] and uint32[END]."""
    kinds = np.zeros(END, dtype=np.uint8)
    folded = np.arange(END, dtype=np.uint32)
    for code in range(ASSIGNED):
        letter = chr(code)
        category = unicodedata.category(letter)
        if category == "Cf":
            kinds[code] = SILENT
        elif category[0] in "LNM":
            kinds[code] = WORD
            low = letter.casefold()
            if len(low) == 1:
                folded[code] = ord(low)
    kinds[ASSIGNED:0x40000] = ALONE
    for first, end in UNSPACED:
        letters = kinds[first:end]
        letters[letters == WORD] = ALONE
    for first, end in UNSEEN:
        kinds[first:end] = SILENT
    return kinds, folded


def codes(text: str) -> tuple[Any, Any | None]:
    """Return a text's code points in NFKC, letters that fold to several (ß: ss) unfolded, and their origin.

    Returns
    -------
    points : uint32[n]
    origin : int64[n, 2] or None
        Where in the text what became each code point begins and ends; None where nothing moved.
    """
    points = _points(text)
    if text.isascii() or (unicodedata.is_normalized("NFKC", text) and not _widening().search(text)):
        return points, None
    joining, moving = _moving()
    heads = ~joining[points]
    heads[0] = True
    starts = np.flatnonzero(heads)
    ends = np.append(starts[1:], len(points))
    pieces, origin, done = [], [], 0
    for piece in np.unique(np.searchsorted(starts, np.flatnonzero(moving[points]), side="right") - 1):
        begin, end = starts[piece], ends[piece]
        changed = _settled(text[begin:end])
        pieces += [points[done:begin], changed]
        origin += [_each(done, begin), np.tile((begin, end), (len(changed), 1))]
        done = end
    pieces.append(points[done:])
    origin.append(_each(done, len(points)))
    return np.concatenate(pieces), np.concatenate(origin)


def _points(text: str) -> Any:
    return np.frombuffer(text.encode("utf-32-le", errors="surrogatepass"), dtype=np.uint32)


def _each(begin: int, end: int) -> Any:
    """Return (place, place + 1) of letters that stay what they are."""
    places = np.arange(begin, end, dtype=np.int64)
    return np.stack([places, places + 1], axis=1)


@lru_cache(maxsize=1 << 16)
def _settled(piece: str) -> Any:
    """Return the code points that a letter with what joins it becomes."""
    return _points(_widening().sub(lambda m: m[0].casefold(), unicodedata.normalize("NFKC", piece)))


@cache
def _widening() -> re.Pattern[str]:
    """Return a pattern of the letters whose case folding is more than one letter."""
    return re.compile("[" + "".join(c for c in map(chr, range(ASSIGNED)) if len(c.casefold()) > 1) + "]")


@cache
def _moving() -> tuple[Any, Any]:
    """Return which code points may join the one before, and which may not stay as they are: bool[END] each.

    A text may be cut before any that doesn't join, and each piece brought to NFKC by itself.
    """
    decomposed = [unicodedata.normalize("NFKD", chr(code)) for code in range(ASSIGNED)]
    second = {0x1161 + i for i in range(0x11C3 - 0x1161)}  # vowels and finals of Hangul
    for code in range(ASSIGNED):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            second.add(int(parts[1], 16))
    joining, moving = np.zeros(END, dtype=bool), np.zeros(END, dtype=bool)
    widening = _widening()
    for code, letters in enumerate(decomposed):
        joining[code] = unicodedata.combining(letters[0]) != 0 or ord(letters[0]) in second
        letter = chr(code)
        moving[code] = (
            joining[code] or unicodedata.normalize("NFKC", letter) != letter or bool(widening.match(letter))
        )
    return joining, moving
