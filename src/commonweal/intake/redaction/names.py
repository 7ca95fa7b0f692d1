"""Names that a person gives: found in every text however they are written."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice, product

from commonweal.errors import InputError
from commonweal.intake.redaction.detector import Candidate, Detector
from commonweal.intake.redaction.kinds import Find, Kind

LEAST = 2
"""Letters of a part that is looked for by itself; initials are found only within a whole name."""
AT_ONCE = 500
"""Names in one pattern."""
PARTICLES = frozenset(
    ["van", "von", "der", "den", "de", "del", "della", "di", "da", "do", "dos", "das", "la", "le", "el", "al",
     "bin", "ibn", "ter", "ten", "zu", "zum", "st", "mc", "mac", "of", "the", "y", "e"]
)  # fmt: skip
TITLES = frozenset(["mr", "mrs", "ms", "miss", "dr", "prof", "sir", "herr", "frau", "mme", "sr", "sra", "jr"])
SPREAD = {
    "ä": ["ae"], "ö": ["oe"], "ü": ["ue"], "å": ["aa"], "ø": ["oe", "o"], "æ": ["ae"], "ł": ["l"], "đ": ["d"],
    "ð": ["d"],
}  # fmt: skip
"""How letters are written where they are wanting, beyond leaving an accent away."""
GENITIVE = re.compile(r"s(?!\w)")


class Names:
    """Names to be found.

    Parameters
    ----------
    names : iterable of str
        People, each as their name is written in full: "Ada Lovelace", "Müller, Jürgen". Every way to write it
        is found in any case, with or without accents, composed or decomposed: the whole name, the last name
        first, first names as initials, each part by itself. A part that is one person's stands for that
        person.

    Raises
    ------
    InputError
        If a name has no part of at least two letters.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._people: dict[str, set[str]] = defaultdict(set)
        self._patterns: dict[str, str] = {}
        for name in names:
            parts = _parts(name)
            if not any(len(p) >= LEAST for p in parts):
                raise InputError(
                    "a name without a part of two letters", mend="give names in full, one a line"
                )
            person = " ".join(_plain(p) for p in parts)
            for form in _forms(parts):
                self._patterns[form] = _pattern(form)
                for spelling in _spellings(form):
                    self._people[spelling].add(person)

    def detectors(self) -> Iterator[Detector]:
        """Yield the detectors of all names, the longest first within each."""
        forms = sorted(self._patterns, key=lambda f: (-len(f), f))
        for at in range(0, len(forms), AT_ONCE):
            union = "|".join(self._patterns[form] for form in forms[at : at + AT_ONCE])
            yield Detector(rf"(?i)(?:{union})", self._check)

    def _check(self, seen: Candidate) -> Iterator[Find]:
        after = seen.after(2)
        if not Candidate(seen.text, seen.start, seen.start).before(1).isalnum():
            whole = not after[:1].isalnum() and not unicodedata.combining(after[:1] or " ")
            if whole or GENITIVE.match(after):
                written = _plain(_form(seen.value))
                people = self._people[written]
                value = next(iter(people)) if len(people) == 1 else written
                yield Find(seen.start, seen.end, Kind.PERSON, "name on the list", value)


def _form(written: str) -> str:
    return " ".join(unicodedata.normalize("NFC", written).casefold().split())


def _parts(name: str) -> list[str]:
    last, comma, first = name.partition(",")
    parts = _form(f"{first} {last}" if comma else name).split()
    return [part for part in parts if part.rstrip(".") not in TITLES]


def _forms(parts: list[str]) -> Iterator[str]:
    """Yield the ways to write a name of these parts."""
    whole = " ".join(parts)
    yield whole
    yield from (p for p in parts if len(p) >= LEAST and p.rstrip(".") not in PARTICLES)
    if len(parts) > 1:
        first, last = parts[:-1], parts[-1]
        yield f"{last}, {' '.join(first)}"
        yield f"{last} {' '.join(first)}"
        yield f"{first[0]} {last}"
        for stop in (".", ""):
            yield " ".join([*(p[0] + stop for p in first), last])
            yield f"{first[0][0]}{stop} {last}"


def _plain(text: str) -> str:
    """Return a text without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _letters(form: str) -> list[list[str]]:
    """Return the ways to write each letter: as it is, decomposed, without its accent, by other letters."""
    return [
        list(dict.fromkeys([c, unicodedata.normalize("NFD", c), _plain(c), *SPREAD.get(c, [])])) for c in form
    ]


def _spellings(form: str) -> set[str]:
    """Return every way to write a form, without accents; of long forms with many such letters some."""
    letters = [list(dict.fromkeys(_plain(way) for way in ways)) for ways in _letters(form)]
    return {"".join(letters) for letters in islice(product(*letters), 256)}


def _pattern(form: str) -> str:
    return "".join(
        r"[\s\x{a0}]+" if ways[0] == " " else _any(sorted(ways, key=len, reverse=True))
        for ways in _letters(form)
    )


def _any(ways: list[str]) -> str:
    escaped = [re.escape(way) for way in ways]
    return escaped[0] if len(escaped) == 1 else f"(?:{'|'.join(escaped)})"
