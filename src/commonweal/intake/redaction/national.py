"""Numbers that states give to people: shapes, check digits by python-stdnum, and words nearby where digits
alone would say nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

from commonweal.errors import MissingExtraError
from commonweal.intake.redaction import cues
from commonweal.intake.redaction.detector import Candidate, Detector
from commonweal.intake.redaction.kinds import Find, Kind


class Number(NamedTuple):
    """A kind of number.

    Parameters
    ----------
    name : str
        For people.
    shape : pattern
        How it is written.
    check : str
        python-stdnum's module that knows its check digits, or `OWN`'s name; empty where there are none.
    cue : pattern or None
        Words of which one must stand before it; None where the shape says enough.
    """

    name: str
    shape: re.Pattern[str]
    check: str
    cue: re.Pattern[str] | None


def _n(name: str, shape: str, check: str = "", cue: str | None = None) -> Number:
    words = re.compile(rf"(?<!\w)(?:{cue})(?!\w)", re.IGNORECASE) if cue else None
    return Number(name, re.compile(rf"(?<![\w])(?:{shape})(?![\w])", re.ASCII), check, words)


LEAST = 8
"""Digits of the shortest number of a state."""

DIGITS = (
    _n("US social security number", r"(?!000|666)\d{3}-(?!00)\d\d-(?!0000)\d{4}"),
    _n(
        "US social security number",
        r"\d{3}[ .]?\d\d[ .]?\d{4}",
        "",
        r"ssn|itin|social(?:\s+security)?|tax\s?payer",
    ),
    _n("UK NHS number", r"\d{3}[ -]?\d{3}[ -]?\d{4}", "gb.nhs", r"nhs|patient"),
    _n(
        "French social security number (NIR)",
        r"[1278] ?\d\d ?(?:0[1-9]|1[0-2]|[2-9]\d) ?\d\d ?\d{3} ?\d{3} ?\d\d",
        "fr.nir",
    ),
    _n("German tax id", r"\d\d ?\d{3} ?\d{3} ?\d{3}", "de.idnr", r"steuer\S*|idnr\.?|tax|tin"),
    _n(
        "Dutch BSN",
        r"\d{8,9}|\d{3}[ .]\d{3}[ .]\d{3}|\d{4}\.\d\d\.\d{3}",
        "nl.bsn",
        r"bsn|burgerservicenummer|sofi\S*|citizen",
    ),
    _n("Belgian national number", r"\d\d\.\d\d\.\d\d[-.]\d{3}[.-]\d\d", "be.nn"),
    _n(
        "Belgian national number",
        r"\d{11}|\d{6}[- ]\d{3}[- ]\d\d",
        "be.nn",
        r"rijksregister\S*|registre\s+national|national|insz|niss",
    ),
    _n("Swedish personal number", r"(?:\d\d)?\d{6}[-+]\d{4}", "se.personnummer"),
    _n(
        "Swedish personal number",
        r"(?:\d\d)?\d{10}",
        "se.personnummer",
        r"person(?:nummer|nr)|personal|swedish",
    ),
    _n("Danish CPR number", r"\d{6}-\d{4}", "dk.cpr"),
    _n("Danish CPR number", r"\d{6} ?\d{4}", "dk.cpr", r"cpr(?:[- ]?n\S*)?|personnummer"),
    _n(
        "Norwegian birth number",
        r"\d{6} ?\d{5}",
        "no.fodselsnummer",
        r"f(?:ø|o|oe)dselsn\S*|fnr|personnummer|birth|national",
    ),
    _n("Polish PESEL", r"\d{11}", "pl.pesel", r"pesel\w*"),
    _n("Brazilian CPF", r"\d{3}\.\d{3}\.\d{3}-\d\d", "br.cpf"),
    _n("Brazilian CPF", r"\d{11}|\d{9}-\d\d", "br.cpf", r"cpf"),
    _n("Indian Aadhaar", r"\d{4}[ -]?\d{4}[ -]?\d{4}", "in_.aadhaar", r"a?adh?aa?r\w*|uid(?:ai)?"),
    _n(
        "Canadian social insurance number",
        r"\d{3}[ -]?\d{3}[ -]?\d{3}",
        "ca.sin",
        r"sin|social\s+insurance|nas",
    ),
    _n("Swiss AHV number", r"756\.?\d{4}\.?\d{4}\.?\d\d", "ch.ssn"),
    _n(
        "Austrian insurance number",
        r"\d{4} ?\d{6}",
        "at.vnr",
        r"svnr|sv-?n\S*|sozialversicherung\S*|versicherungsn\S*",
    ),
    _n("Australian tax file number", r"\d{3} ?\d{3} ?\d{2,3}", "au.tfn", r"tfn|tax\s+file"),
    _n("Portuguese tax number", r"\d{3} ?\d{3} ?\d{3}", "pt.nif", r"nif|contribuinte"),
    _n("South African id", r"\d{6} ?\d{4} ?\d{3}", "za.idnr", r"id|identity"),
    _n("Chilean RUT", r"\d{1,2}\.\d{3}\.\d{3}-[\dkK]", "cl.rut"),
    _n("Korean resident number", r"\d{6}-[1-8]\d{6}", "kr.rrn"),
    _n("Chinese resident number", r"\d{17}[\dXx]", "cn.ric"),
    _n("Turkish id number", r"[1-9]\d{10}", "tr.tckimlik", r"t\.?c\.?(?:\s?kimlik)?|kimlik\S*|tckn"),
    _n("Romanian CNP", r"[1-9]\d{12}", "ro.cnp", r"cnp"),
    _n("Czech or Slovak birth number", r"\d{6}/\d{3,4}", "cz.rc"),
    _n("Croatian OIB", r"\d{11}", "hr.oib", r"oib"),
    _n(
        "Estonian or Lithuanian personal code",
        r"[1-6]\d{10}",
        "ee.ik",
        r"isikukood|asmens\s+kodas|personal\s+code",
    ),
    _n("Bulgarian EGN", r"\d{10}", "bg.egn", r"egn|егн"),
    _n("Israeli id", r"\d{9}|\d{8}-\d", "il.idnr", r"teudat(?:\s+zehut)?|israeli\s+id|זהות"),
    _n("Latvian personal code", r"\d{6}-\d{5}", "", r"personas\s+kods|personal\s+code"),
    _n("Argentine DNI", r"\d{1,2}\.?\d{3}\.?\d{3}", "ar.dni", r"dni|documento"),
)
"""Those that are all digits but for the last, and so stand in a row of digits."""

MIXED = (
    _n(
        "UK national insurance number",
        r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]",
    ),
    _n("Spanish DNI", r"\d{8}[- ]?[A-Za-z]|\d{2}\.\d{3}\.\d{3}[- ]?[A-Z]", "es.dni"),
    _n("Spanish NIE", r"[XYZxyz][- ]?\d{7}[- ]?[A-Za-z]", "es.nie"),
    _n(
        "Italian fiscal code",
        r"(?i:[A-Z]{6}[\dLMNP-V]{2}[A-EHLMPRST][\dLMNP-V]{2}[A-Z][\dLMNP-V]{3}[A-Z])",
        "it.codicefiscale",
    ),
    _n("German pension number", r"\d\d ?\d{6} ?[A-Z] ?\d{3}", "own.pension"),
    _n("Finnish personal code", r"\d{6}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]", "fi.hetu"),
    _n("Indian PAN", r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]"),
    _n("Irish PPS number", r"\d{7}[A-W][AHWTX]?", "ie.pps", r"pps\w*|personal\s+public"),
    _n("Mexican CURP", r"[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d", "mx.curp"),
    _n("Singaporean NRIC", r"[STFG]\d{7}[A-Z]", "", r"nric|fin"),
)
"""Those with letters."""


def pension(number: str) -> bool:
    """Whether the check digit of a German pension insurance number is right (VKVV § 2)."""
    digits = number[:8] + f"{ord(number[8].upper()) - 64:02d}" + number[9:11]
    sums = (
        sum(divmod(int(d) * w, 10)) for d, w in zip(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True)
    )
    return sum(sums) % 10 == int(number[11])


OWN = {"own.pension": pension}


@cache
def _valid(module: str) -> Any:
    """Return the check of a number, imported when it is first needed."""
    if module in OWN:
        return OWN[module]
    try:
        import stdnum  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("python-stdnum", "intake", "redaction of national id numbers") from error
    return import_module(f"stdnum.{module}").is_valid


def _right(number: Number, written: str) -> bool:
    return not number.check or bool(_valid(number.check)(re.sub(r"[^\w+-]|_", "", written)))


def _among(numbers: tuple[Number, ...], seen: Candidate) -> Iterator[Find]:
    for number in numbers:
        for match in number.shape.finditer(seen.text, seen.start, seen.end):
            place = Candidate(seen.text, *match.span())
            if not place.alone() or place.broken_off() or (number.cue and not cues.said(number.cue, place)):
                continue
            if _right(number, match[0]):
                value = re.sub(r"\W", "", match[0]).upper()
                yield Find(place.start, place.end, Kind.NATIONAL_ID, number.name, value)


ALONE = tuple(n for n in DIGITS if not n.cue)
CUED = tuple(n for n in DIGITS if n.cue)
ANY_SHAPE = re.compile("|".join(n.shape.pattern for n in ALONE), re.ASCII)
"""Most rows of digits are none of these, which one search tells; and most stand behind none of the words."""


@cache
def _any_cue() -> Any:
    import re2

    words = dict.fromkeys(
        n.cue.pattern.removeprefix(r"(?<!\w)").removesuffix(r"(?!\w)") for n in CUED if n.cue
    )
    return re2.compile(rf"(?i)(?:\A|[^0-9A-Za-z_])(?:{'|'.join(words)})")


def in_row(row: Candidate) -> Iterator[Find]:
    """Yield the numbers in a row of digits; one letter after it may belong to it."""
    letter = re.match(r"-?[kKxX](?!\w)", row.after(3))
    whole = row._replace(end=row.end + (letter.end() if letter else 0))
    if ANY_SHAPE.search(row.text, whole.start, whole.end):
        yield from _among(ALONE, whole)
    if _any_cue().search(row.before(cues.REACH)):
        yield from _among(CUED, whole)


def _mixed(seen: Candidate) -> Iterator[Find]:
    yield from _among(MIXED, seen)


DETECTORS = (
    Detector(
        r"\b(?:[A-Za-z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-Da-d]|[XYZxyz][- ]?[0-9]{7}[- ]?[A-Za-z]"
        r"|[0-9]{2}\.?[0-9]{3}\.?[0-9]{3}[- ]?[A-Za-z]|[0-9]{2} ?[0-9]{6} ?[A-Z] ?[0-9]{3}"
        r"|[A-Za-z]{6}[0-9L-Vl-v]{2}[A-Za-z][0-9L-Vl-v]{2}[A-Za-z][0-9L-Vl-v]{3}[A-Za-z]"
        r"|[0-9]{6}[-+A-FU-Y][0-9]{3}[0-9A-Y]|[A-Z]{5}[0-9]{4}[A-Z]|[STFG]?[0-9]{7}[A-Z]{1,2}"
        r"|[A-Z]{4}[0-9]{6}[A-Z]{6}[A-Z0-9][0-9])\b",
        _mixed,
    ),
)
