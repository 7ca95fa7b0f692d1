"""From text to words: one stable rule for every text model.

A word is a run of letters, digits and underscores (Python's Unicode `\\w`) with the combining marks that
many scripts write vowels with, in lower case. Punctuation is left out, so that a figure "per word" is
about words. Scripts that put no spaces between words (Han, kana, Thai, Lao, Burmese, Khmer) give one word a
character. Bits per word compare only under the same rule: `RULE` names it in receipts.
"""

from __future__ import annotations

import re

RULE = "words/1"

_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_MARKS = r"\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u064b-\u065f\u0900-\u0963\u0966-\u0dff"
_WORD = re.compile(rf"[{_UNSPACED}]|[\w{_MARKS}]+")


def words(text: str) -> list[str]:
    """Return the words of a text in order, in lower case."""
    return _WORD.findall(text.lower())
