"""The kinds of letters, and the law that each stands on."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

Region = Literal["eu", "us"]
Language = Literal["en", "de", "fr", "es"]
LANGUAGES: tuple[Language, ...] = ("en", "de", "fr", "es")

GDPR = "https://eur-lex.europa.eu/eli/reg/2016/679/oj"
TIME_LIMITS = "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:31971R1182"
CCPA_OPT_OUT = "https://www.law.cornell.edu/regulations/california/11-CCR-7026"
CCPA_ANSWER = "https://www.law.cornell.edu/regulations/california/11-CCR-7021"


class Kind(StrEnum):
    """What a letter asks for."""

    ACCESS = "access"
    ERASURE = "erasure"
    PORTABILITY = "portability"
    OBJECTION = "objection"
    CCPA_OPTOUT = "ccpa-optout"
    CCPA_DELETE = "ccpa-delete"


class Law(msgspec.Struct, frozen=True):
    """What a kind of letter stands on.

    Parameters
    ----------
    title : str
        The request in a few words, for a calendar or a log.
    region : str
        Whose law: `eu` (GDPR) or `us` (California); it decides which contact of a service is written to.
    references : tuple of str
        The provisions that the letter relies on.
    """

    title: str
    region: Region
    references: tuple[str, ...]


LAWS: dict[Kind, Law] = {
    Kind.ACCESS: Law("access (Art. 15 GDPR)", "eu", ("Art. 15 GDPR", "Art. 12(3) GDPR")),
    Kind.ERASURE: Law("erasure (Art. 17 GDPR)", "eu", ("Art. 17 GDPR", "Art. 19 GDPR", "Art. 12(3) GDPR")),
    Kind.PORTABILITY: Law("portability (Art. 20 GDPR)", "eu", ("Art. 20 GDPR", "Art. 12(3) GDPR")),
    Kind.OBJECTION: Law(
        "objection to training (Art. 21 GDPR)",
        "eu",
        ("Art. 21(1) GDPR", "Art. 18(1)(d) GDPR", "Art. 17(1)(c) GDPR", "Art. 12(3) GDPR"),
    ),
    Kind.CCPA_OPTOUT: Law(
        "opt-out of sale and sharing (CCPA)",
        "us",
        ("Cal. Civ. Code § 1798.120", "Cal. Civ. Code § 1798.135", "11 CCR § 7026(f)"),
    ),
    Kind.CCPA_DELETE: Law(
        "deletion (CCPA)", "us", ("Cal. Civ. Code § 1798.105", "11 CCR § 7021", "11 CCR § 7022")
    ),
}
