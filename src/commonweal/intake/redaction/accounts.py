"""Payment cards and bank accounts: their shapes, and check digits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from commonweal.intake.redaction import cues
from commonweal.intake.redaction.detector import Candidate, Detector
from commonweal.intake.redaction.kinds import Find, Kind

GROUP = re.compile(r"\d+")
SHAPES = {
    (4, 4, 4, 4), (4, 4, 4, 4, 3), (4, 4, 4), (4, 4, 4, 1), (4, 4, 4, 3), (4, 6, 5), (4, 6, 4),
    *((n,) for n in range(12, 20)),
}  # fmt: skip
"""How the digits of a card stand in groups."""
FIRST = {shape[0] for shape in SHAPES}
ISSUERS = (
    (re.compile(r"4"), {13, 16, 19}),
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), {16}),
    (re.compile(r"3[47]"), {15}),
    (re.compile(r"36|38|39|30[0-5]|309"), {14}),
    (re.compile(r"35"), {16, 17, 18, 19}),
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


def cards(row: Candidate) -> Iterator[Find]:
    """Yield the cards in a row of digits."""
    groups = list(GROUP.finditer(row.text, row.start, row.end))
    i = 0
    while i < len(groups):
        best = None
        if len(groups[i][0]) not in FIRST:
            i += 1
            continue
        for n in range(1, 6):
            run = groups[i : i + n]
            if len(run) == n and tuple(len(g[0]) for g in run) in SHAPES and _joined(row.text, run):
                place = Candidate(row.text, run[0].start(), run[-1].end())
                if why := _card("".join(g[0] for g in run), place, n):
                    best = (n, place, why)
        if best:
            n, place, why = best
            yield Find(
                place.start,
                place.end,
                Kind.CARD,
                why,
                "".join(str(int(d)) for d in re.sub(r"\D", "", place.value)),
            )
            i += n
        else:
            i += 1


def _joined(text: str, run: list[re.Match[str]]) -> bool:
    between = {text[a.end() : b.start()] for a, b in pairwise(run)}
    return len(between) <= 1 and not re.search(r"[()/]|\w", "".join(between))


def _card(digits: str, place: Candidate, groups: int) -> str | None:
    if not place.alone() or place.broken_off() or place.before(1) in ("+", "."):
        return None
    if len(set(digits)) == 1:
        return None
    right = luhn(digits)
    issued = any(first.match(digits) and len(digits) in lengths for first, lengths in ISSUERS)
    if right and issued:
        return "card number, its check digit right"
    if not (cues.said(cues.CARD, place) or cues.CARD.search(place.after(cues.NEAR))):
        return None
    if right:
        return "number with a right check digit, beside a word for a card"
    return (
        "number beside a word for a card, its check digit wrong" if len(digits) >= 13 or groups == 4 else None
    )


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
    compact = re.match(r"[0-9A-Za-z]*", seen.value)
    ends = [compact.end()] if compact and 15 <= compact.end() <= 34 else []
    if length := LENGTHS.get(seen.value[:2].upper()):
        signs = [i for i, c in enumerate(seen.value) if c.isalnum()]
        ends = [end + 1 for end in signs[length - 1 : length]] + ends
    for end in ends:
        place = seen._replace(end=seen.start + end)
        account = re.sub(r"[^0-9A-Za-z]", "", place.value).upper()
        if not place.alone() or sum(map(str.isdigit, account)) < 8:
            continue
        right = mod97(account)
        if right or cues.said(cues.IBAN, place):
            why = "IBAN, its check digits right" if right else "shape of an IBAN after a word for one"
            yield Find(place.start, place.end, Kind.IBAN, why, account)
            return


DETECTORS = (Detector(r"\b[A-Za-z]{2}[0-9]{2}(?:[ \-\x{a0}]?[A-Za-z0-9]){11,30}", _iban),)
