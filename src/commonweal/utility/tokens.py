"""From text to words: one stable rule for every text model.

A word is a run of letters, digits and underscores (Python's Unicode `\\w`) with the combining marks that
many scripts write vowels with, in lower case. Punctuation is left out, so that a figure "per word" is
about words. Scripts that put no spaces between words (Han, kana, Thai, Lao, Burmese, Khmer) give one word a
character. Bits per word compare only under the same rule: `RULE` names it in receipts.
"""

from __future__ import annotations

import re
import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

RULE = "words/1"

_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_MARKS = r"\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u064b-\u065f\u0900-\u0963\u0966-\u0dff"
_WORD = re.compile(rf"[{_UNSPACED}]|[\w{_MARKS}]+")


def words(text: str) -> list[str]:
    """Return the words of a text in order, in lower case."""
    return _WORD.findall(text.lower())


class Memo:
    """Texts as numbers, for utilities that read the same texts: one per split, say.

    Each word gets a number when it is first seen. Threads may share a memo; other processes start empty.

    Parameters
    ----------
    most : int
        Words held at most (four bytes each, and the texts themselves); further texts are not remembered.
    """

    def __init__(self, most: int = 20_000_000) -> None:
        self.most, self.held = most, 0
        self.spelled: list[str] = []
        self._number: dict[str, int] = {}
        self._texts: dict[str, NDArray[np.int32]] = {}
        self._lock = threading.Lock()

    def numbers(self, text: str) -> NDArray[np.int32]:
        """Return the memo's numbers of the words of a text; `spelled` has the words."""
        found = self._texts.get(text)
        if found is not None:
            return found
        with self._lock:
            split = words(text)
            new = dict.fromkeys(word for word in split if word not in self._number)
            self._number.update(zip(new, range(len(self.spelled), len(self.spelled) + len(new)), strict=True))
            self.spelled.extend(new)
            found = np.fromiter(map(self._number.__getitem__, split), np.int32, len(split))
            if self.held + len(split) <= self.most:
                self._texts[text] = found
                self.held += len(split)
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        return Memo, (self.most,)
