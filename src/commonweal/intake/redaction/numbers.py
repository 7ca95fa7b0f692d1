"""Digits in a row: one pattern finds them, and the checks of each kind of number tell them apart."""

from __future__ import annotations

import re
from collections.abc import Iterator

from commonweal.intake.redaction import accounts, national, phones
from commonweal.intake.redaction.detector import Candidate, Detector
from commonweal.intake.redaction.kinds import Find

ROW = r"\p{Nd}(?:[ .()/\-\x{2010}-\x{2013}\x{a0}\x{202f}]{0,3}\p{Nd}){5,}"
"""At least six digits, of any script, with at most three signs between two of them."""
DATE = re.compile(
    r"(?<!\d)(?:(?:1[89]|20)\d\d([-./])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])([-./])(?:0?[1-9]|[12]\d|3[01])\2(?:1[89]|20)\d\d)(?!\d)"
    r"|(?<!\d)(?:1[89]|20)\d\d ?[-–] ?(?:1[89]|20)\d\d(?!\d)"
)
SEVERAL = re.compile(
    r" {2,}| ?[/–-] (?=[(0])| (?=\(?\d{3}\)?[-. ]{1,2}\d{3}[-.]\d{4}(?!\d))|(?<=\d{3}[-.]\d{4}) "
)
"""What parts phone numbers in a row that has digits for several."""


def _numbers(row: Candidate) -> Iterator[Find]:
    if sum(map(str.isdigit, row.value)) >= national.LEAST:
        yield from national.in_row(row)
        yield from accounts.cards(row)
    for start, end in _apart(row.text, row.start, row.end, DATE):
        piece = Candidate(row.text, start, end)
        if sum(map(str.isdigit, piece.value)) <= phones.MOST:
            yield from phones.phone(piece)
        else:
            for first, last in _apart(row.text, start, end, SEVERAL):
                yield from phones.phone(Candidate(row.text, first, last))


def _apart(text: str, start: int, end: int, cut: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Yield the places between the matches of a pattern."""
    at = start
    for match in cut.finditer(text, start, end):
        if at < match.start():
            yield at, match.start()
        at = match.end()
    if at < end:
        yield at, end


DETECTORS = (Detector(ROW, _numbers), *accounts.DETECTORS)
