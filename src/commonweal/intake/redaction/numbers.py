"""Digits in a row: one pattern finds them, and the checks of each kind of number tell them apart."""

from __future__ import annotations

import re
from collections.abc import Iterator

from commonweal.intake.redaction import accounts, national, phones
from commonweal.intake.redaction.detector import Candidate, Detector
from commonweal.intake.redaction.kinds import Find

ROW = r"[0-9](?:[ .()/\-\x{2010}-\x{2013}\x{a0}\x{202f}]{0,3}[0-9]){5,}"
"""At least six digits with at most three signs between two of them."""
LONGEST = 400
"""Characters of a row looked at: longer ones are tables of figures."""

DATE = re.compile(
    r"(?<!\d)(?:(?:1[89]|20)\d\d([-./])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])([-./])(?:0?[1-9]|[12]\d|3[01])\2(?:1[89]|20)\d\d)(?!\d)"
    r"|(?<!\d)(?:1[89]|20)\d\d ?[-–] ?(?:1[89]|20)\d\d(?!\d)"
)


def _numbers(row: Candidate) -> Iterator[Find]:
    end = min(row.end, row.start + LONGEST)
    if sum(c.isdigit() for c in row.text[row.start : end]) >= national.LEAST:
        yield from national.in_row(Candidate(row.text, row.start, end))
    yield from accounts.cards(Candidate(row.text, row.start, end))
    at = row.start
    for date in [*DATE.finditer(row.text, row.start, end), None]:
        piece = Candidate(row.text, at, date.start() if date else end)
        if piece.start < piece.end:
            yield from phones.phone(piece)
        if date:
            at = date.end()


DETECTORS = (Detector(ROW, _numbers), *accounts.DETECTORS)
