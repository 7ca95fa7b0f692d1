"""Phone numbers: those that their shape tells, and those that words tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from commonweal.errors import MissingExtraError
from commonweal.intake.redaction import cues
from commonweal.intake.redaction.detector import Candidate
from commonweal.intake.redaction.kinds import Find, Kind

REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "BE", "AT", "CH", "SE", "PL", "PT", "IE", "AU", "IN")
"""Where a number without a country's code may be from, if it starts with 0 and no word speaks of a phone."""
MOST = 17
"""Digits of the longest number, a prefix for dialling abroad included."""
EXTENSION = re.compile(r"(?i)\s?(?:x|ext\.?|extension|durchwahl|dw)\s?[.:]?\s?\d{1,6}(?!\w)")
NORTH_AMERICA = re.compile(r"(?:(?:001|1)[-. ]?)?(?:\(\d{3}\)\s?|\d{3}([-.]))\d{3}(?(1)\1|[-. ])\d{4}\Z")
SPACED = re.compile(r"(?:1 )?\d{3} \d{3}[- ]\d{4}\Z")
TRUNK = re.compile(r"\(?0(?!.*  )(?:\d+\D+)+\d+\Z")
"""A trunk prefix, and digits in groups."""
NO_PHONE = {"$", "€", "£", "#", "%", "."}
FICTION = re.compile(r"\+1-[2-9]\d\d-555-01\d\d\Z")
"""Numbers set aside for fiction in North America, with which surrogates are made."""


def phone(row: Candidate) -> Iterator[Find]:
    """Yield the phone number in a row of digits, its signs and extension included."""
    try:
        import phonenumbers
    except ImportError as error:
        raise MissingExtraError("phonenumbers", "intake", "redaction of phone numbers") from error
    text = row.text
    start, end = row.start, row.end
    while end > start and not text[end - 1].isdigit():
        end -= 1
    while start < end and not text[start].isdigit():
        start += 1
    if start > 0 and text[start - 1] == "(" and ")" in text[start:end]:
        start -= 1
    sign = re.search(r"[+＋](?:\s?\()?\Z", text[max(0, start - 3) : start])
    if sign:
        start -= len(sign[0])
    more = EXTENSION.match(text, end)
    place = Candidate(text, start, more.end() if more else end)
    written = text[start:end]
    why = _why(phonenumbers, written, place, bool(more))
    if not why or not place.alone() or place.broken_off():
        return
    shaped = written if written[0] in "+＋" else re.sub(r"\A00[1-9]", lambda m: "+" + m[0][2:], written)
    digits = "".join(str(int(d)) for d in re.sub(r"\(0\)|\D", "", shaped))  # of any script
    number = ("+" if shaped[0] in "+＋" else "") + digits + ("x" + re.sub(r"\D", "", more[0]) if more else "")
    if not FICTION.match(written):
        yield Find(place.start, place.end, Kind.PHONE, why, number)


def _why(phonenumbers: Any, written: str, place: Candidate, extended: bool) -> str | None:
    """Return what tells that a number is a phone's; None where nothing does."""
    digits = re.sub(r"\D", "", written)
    if not 6 <= len(digits) <= MOST or len(set(digits)) == 1 or place.before(1) in NO_PHONE:
        return None
    if re.match(r"[+＋]?\d+\.\d+\Z", written):
        return None
    coded = re.sub(r"\A00", "+", written)
    if coded[0] in "+＋" and _possible(phonenumbers, coded):
        return "number with the code of a country"
    if NORTH_AMERICA.match(written) or (SPACED.match(written) and _valid(phonenumbers, written, ("US",))):
        return "shape of a North American number"
    if _looks_numeric(written):
        return None
    if extended and len(digits) >= 7:
        return "number with an extension"
    if 9 <= len(digits) <= 12 and TRUNK.match(written) and _valid(phonenumbers, written, REGIONS):
        return "number as one of the usual countries writes it"
    enough = 7 <= len(digits) <= 15 or (len(digits) == 6 and " " in written)
    return "number beside a word for a phone" if enough and cues.phone(place) else None


def _looks_numeric(written: str) -> bool:
    """Whether it is more likely a decimal number, an amount with thousands, or a machine's address."""
    return bool(
        re.match(r"\d{1,3}(?:\.\d{1,3}){3}\Z", written)
        or re.search(r"(?<!\d)\d?\.\d{3,}|\d{7,}\.\d", written)
        or re.match(r"\d{3}-\d{2}-\d{4}\Z", written)
    )


def _possible(phonenumbers: Any, written: str) -> bool:
    parsed = _parse(phonenumbers, written, None)
    return parsed is not None and bool(phonenumbers.is_possible_number(parsed))


def _valid(phonenumbers: Any, written: str, regions: tuple[str, ...]) -> bool:
    for region in regions:
        parsed = _parse(phonenumbers, written, region)
        if parsed is not None and phonenumbers.is_valid_number(parsed):
            return True
    return False


def _parse(phonenumbers: Any, written: str, region: str | None) -> Any:
    try:
        return phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None
