"""Numbers: payment cards, phones, bank accounts. One pattern finds digits in a row; the checks tell them apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from commonweal.errors import MissingExtraError
from commonweal.intake.redaction import cues, national
from commonweal.intake.redaction.detector import Candidate, Detector
from commonweal.intake.redaction.kinds import Find, Kind

ROW = r"[0-9](?:[ .()/\-\x{2010}-\x{2013}\x{a0}\x{202f}]{0,3}[0-9]){5,}"
"""At least six digits with at most three signs between two of them."""
LONGEST = 400
"""Characters of a row looked at: longer ones are tables of figures."""

DATE = re.compile(
    r"(?<!\d)(?:(?:1[89]|20)\d\d([-./])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])([-./])(?:0?[1-9]|[12]\d|3[01])\2(?:1[89]|20)\d\d)(?!\d)"
    r"|(?<!\d)(?:1[89]|20)\d\d ?[-–] ?(?:1[89]|20)\d\d(?!\d)"
)
GROUP = re.compile(r"\d+")


def _numbers(row: Candidate) -> Iterator[Find]:
    end = min(row.end, row.start + LONGEST)
    if sum(c.isdigit() for c in row.text[row.start : end]) >= national.LEAST:
        yield from national.in_row(Candidate(row.text, row.start, end))
    yield from _cards(Candidate(row.text, row.start, end))
    at = row.start
    for date in [*DATE.finditer(row.text, row.start, end), None]:
        piece = Candidate(row.text, at, date.start() if date else end)
        if piece.start < piece.end:
            yield from _phone(piece)
        if date:
            at = date.end()


# Cards ------------------------------------------------------------------------------------------------------------

SHAPES = {
    (4, 4, 4, 4), (4, 4, 4, 4, 3), (4, 4, 4), (4, 4, 4, 1), (4, 4, 4, 3), (4, 6, 5), (4, 6, 4),
    *((n,) for n in range(12, 20)),
}  # fmt: skip
"""How the digits of a card stand in groups."""
ISSUERS = (
    (re.compile(r"4"), {13, 16, 19}),
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), {16}),
    (re.compile(r"3[47]"), {15}),
    (re.compile(r"36|38|39|30[0-5]|309"), {14}),
    (re.compile(r"35(?:2[89]|[3-8])"), {16, 17, 18, 19}),
    (re.compile(r"1800|2131"), {15}),
    (re.compile(r"6011|64[4-9]|65|62"), {16, 17, 18, 19}),
    (re.compile(r"50|5[6-8]|6[0137]|0604"), {16, 18, 19}),
    (re.compile(r"220[0-4]|9792"), {16}),
)
"""First digits and lengths of ISO/IEC 7812 issuers."""


def luhn(digits: str) -> bool:
    """Whether the check digit is right (ISO/IEC 7812-1, annex B)."""
    odd, even = digits[-1::-2], digits[-2::-2]
    return (sum(map(int, odd)) + sum(sum(divmod(2 * int(d), 10)) for d in even)) % 10 == 0


def _cards(row: Candidate) -> Iterator[Find]:
    groups = list(GROUP.finditer(row.text, row.start, row.end))
    i = 0
    while i < len(groups):
        best = None
        for n in range(1, 6):
            run = groups[i : i + n]
            if len(run) == n and tuple(len(g[0]) for g in run) in SHAPES and _joined(row.text, run):
                place = Candidate(row.text, run[0].start(), run[-1].end())
                if why := _card("".join(g[0] for g in run), place, n):
                    best = (n, place, why)
        if best:
            n, place, why = best
            yield Find(place.start, place.end, Kind.CARD, why, re.sub(r"\D", "", place.value))
            i += n
        else:
            i += 1


def _joined(text: str, run: list[re.Match[str]]) -> bool:
    between = {text[a.end() : b.start()] for a, b in pairwise(run)}
    return len(between) <= 1 and not re.search(r"[()/]|\w", "".join(between))


def _card(digits: str, place: Candidate, groups: int) -> str | None:
    if not place.alone() or (place.before(1) in ("+", ".") and place.before(1)):
        return None
    if len(set(digits)) == 1:
        return None
    right = luhn(digits)
    issued = any(first.match(digits) and len(digits) in lengths for first, lengths in ISSUERS)
    if right and issued:
        return "card number, its check digit right"
    if not cues.said(cues.CARD, place):
        return None
    if right:
        return "number with a right check digit, after a word for a card"
    return (
        "number after a word for a card, its check digit wrong" if len(digits) >= 13 or groups == 4 else None
    )


# Phones -----------------------------------------------------------------------------------------------------------

REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "BE", "AT", "CH", "SE", "PL", "PT", "IE", "AU", "IN")
"""Where a number without a country's code may be from, if it starts with 0 and no word says that it is a phone's."""
EXTENSION = re.compile(r"(?i)\s?(?:x|ext\.?|extension|durchwahl|dw)\s?[.:]?\s?\d{1,6}(?!\w)")
NORTH_AMERICA = re.compile(r"(?:(?:001|1)[-. ]?)?(?:\(\d{3}\)\s?|\d{3}([-.]))\d{3}(?(1)\1|[-. ])\d{4}\Z")
SPACED = re.compile(r"(?:1 )?\d{3} \d{3}[- ]\d{4}\Z")
FICTION = re.compile(r"\+1-[2-9]\d\d-555-01\d\d\Z")
"""Numbers set aside for fiction in North America, with which surrogates are made."""


def _phone(row: Candidate) -> Iterator[Find]:
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
    if not why or not place.alone():
        return
    shaped = written if written[0] in "+＋" else re.sub(r"\A00[1-9]", lambda m: "+" + m[0][2:], written)
    digits = re.sub(r"\(0\)|\D", "", shaped)
    number = ("+" if shaped[0] in "+＋" else "") + digits + ("x" + re.sub(r"\D", "", more[0]) if more else "")
    if not FICTION.match(written):
        yield Find(place.start, place.end, Kind.PHONE, why, number)


def _why(phonenumbers: Any, written: str, place: Candidate, extended: bool) -> str | None:
    digits = re.sub(r"\D", "", written)
    if (
        not 6 <= len(digits) <= 17
        or len(set(digits)) == 1
        or place.before(1) in {"$", "€", "£", "#", "%", "."} - {""}
    ):
        return None
    if re.match(r"[+＋]?\d+\.\d+\Z", written):
        return None
    if written[0] in "+＋" or written.startswith("00"):
        if _possible(phonenumbers, re.sub(r"\A00", "+", written), None):
            return "number with the code of a country"
    if NORTH_AMERICA.match(written):
        return "shape of a North American number"
    if SPACED.match(written) and _valid(phonenumbers, written, ("US",)):
        return "shape of a North American number"
    if _looks_numeric(written):
        return None
    if extended and len(digits) >= 7:
        return "number with an extension"
    if (
        written.lstrip("(")[0] == "0"
        and 9 <= len(digits) <= 12
        and re.search(r"\d{2,}\D+\d", written)
        and "  " not in written
    ):
        if _valid(phonenumbers, written, REGIONS):
            return "number as one of the usual countries writes it"
    if 7 <= len(digits) <= 15 or (len(digits) == 6 and " " in written):
        if cues.phone(place):
            return "number beside a word for a phone"
    return None


def _looks_numeric(written: str) -> bool:
    """Whether it is more likely a decimal number, a price, an amount with thousands, or an address of a machine."""
    return bool(
        re.match(r"\d{1,3}(?:\.\d{1,3}){3}\Z", written)
        or re.search(r"(?<!\d)\d?\.\d{3,}|\d{7,}\.\d", written)
        or re.match(r"\d{3}-\d{2}-\d{4}\Z", written)
    )


def _possible(phonenumbers: Any, written: str, region: str | None) -> bool:
    parsed = _parse(phonenumbers, written, region)
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


# Bank accounts ----------------------------------------------------------------------------------------------------

LENGTHS = {
    country: n
    for n, countries in {
        15: "NO", 16: "BE", 18: "DK FK FO FI GL NL SD", 19: "MK SI", 20: "AT BA EE KZ XK LT LU MN",
        21: "HR LV LI CH", 22: "BH BG CR GE DE IE ME RS GB VA", 23: "IL IQ OM SO TL AE",
        24: "AD CZ MD PK RO SA SK ES SE TN VG DZ", 25: "LY PT ST AO MZ", 26: "IS TR",
        27: "BI DJ FR GR IT MR MC SM", 28: "AL AZ BY CY DO GT HU LB PL SV NI SN CI ML BJ BF",
        29: "BR EG PS QA UA", 30: "JO KW MU YE", 31: "MT SC", 32: "LC", 33: "RU",
    }.items() for country in countries.split()
}  # fmt: skip
"""Characters of an IBAN by country (SWIFT's registry, and some that use the form without being in it)."""


def mod97(account: str) -> bool:
    """Whether the check digits of an IBAN are right (ISO 13616, ISO/IEC 7064 MOD 97-10)."""
    return int("".join(str(int(c, 36)) for c in account[4:] + account[:4])) % 97 == 1


def _iban(seen: Candidate) -> Iterator[Find]:
    length = LENGTHS.get(seen.value[:2].upper())
    if length is None:
        return
    signs = [i for i, c in enumerate(seen.value) if c.isalnum()]
    if len(signs) < length:
        return
    end = seen.start + signs[length - 1] + 1
    place = Candidate(seen.text, seen.start, end)
    account = re.sub(r"[^0-9A-Za-z]", "", place.value).upper()
    if not place.alone() or sum(c.isdigit() for c in account) < 8:
        return
    if mod97(account):
        yield Find(seen.start, end, Kind.IBAN, "IBAN, its check digits right", account)
    elif cues.said(cues.IBAN, place):
        yield Find(
            seen.start,
            end,
            Kind.IBAN,
            "shape of an IBAN after a word for one, its check digits wrong",
            account,
        )


DETECTORS = (
    Detector(ROW, _numbers),
    Detector(r"\b[A-Za-z]{2}[0-9]{2}(?:[ \-\x{a0}]?[A-Za-z0-9]){11,30}", _iban),
)
