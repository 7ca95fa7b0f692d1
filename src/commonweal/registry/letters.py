"""Which letters make words, and what they are folded to: tables over Unicode that the kernels look up.

Letters, digits and marks make words; in scripts that set no spaces between words (Han, kana, Thai, Lao, Khmer,
Burmese, Tibetan) each letter is a token of its own. Letters are case-folded where that gives one letter. Text is
brought to NFKC first, so that the same words in other code points are the same.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any

import numpy as np

LAST = 0x30000
"""Code points from here on (rare ideographs) are tokens of their own."""
APART, WORD, ALONE = 0, 1, 2
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
    (0x20000, 0x30000),
)


@cache
def tables() -> tuple[Any, Any]:
    """Return (class, folded) of each code point below `LAST`: uint8[LAST] and uint32[LAST]."""
    kinds = np.zeros(LAST, dtype=np.uint8)
    folded = np.arange(LAST, dtype=np.uint32)
    for code in range(LAST):
        letter = chr(code)
        if unicodedata.category(letter)[0] in "LNM":
            kinds[code] = WORD
            low = letter.casefold()
            if len(low) == 1:
                folded[code] = ord(low)
    for first, end in UNSPACED:
        letters = kinds[first:end]
        letters[letters == WORD] = ALONE
    return kinds, folded


def codes(text: str) -> tuple[Any, Any | None]:
    """Return a text's code points in NFKC, and where each came from.

    Returns
    -------
    points : uint32[n]
    origin : int64[n + 1] or None
        Place in the text of each code point, and the text's length; None where the text was in NFKC already.
    """
    if text.isascii() or unicodedata.is_normalized("NFKC", text):
        return _points(text), None
    pieces, origin = [], []
    start = 0
    for end in [*_starters(text), len(text)]:
        if end > start:
            piece = unicodedata.normalize("NFKC", text[start:end])
            pieces.append(piece)
            origin += [start] * len(piece)
            start = end
    origin.append(len(text))
    return _points("".join(pieces)), np.array(origin, dtype=np.int64)


def _starters(text: str) -> list[int]:
    """Return places at which a text may be cut without changing its NFKC: before letters that join nothing."""
    return [
        i
        for i, letter in enumerate(text)
        if unicodedata.combining(letter) == 0 and not "\u1160" <= letter <= "\u11ff"
    ]


def _points(text: str) -> Any:
    return np.frombuffer(text.encode("utf-32-le", errors="surrogatepass"), dtype=np.uint32)
