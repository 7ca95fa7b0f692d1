"""Names that a person gives: found in every text however they are written."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator

from commonweal.errors import InputError
from commonweal.intake.redaction.detector import Candidate, Detector
from commonweal.intake.redaction.kinds import Find, Kind

LEAST = 2
"""Letters of a part that is looked for by itself; initials are found only within a whole name."""
AT_ONCE = 500
"""Names in one pattern."""
PARTICLES = frozenset(
    "van von der den de del della di da do dos das la le el al bin ibn ter ten zu zum st mc mac of the y e".split()
)
SPREAD = {
    "ä": "ae",
    "ö": "oe",
    "ü": "ue",
    "ß": "ss",
    "å": "aa",
    "ø": "oe",
    "æ": "ae",
    "ł": "l",
    "đ": "d",
    "ð": "d",
}
GENITIVE = re.compile(r"s(?!\w)")


class Names:
    """Names to be found.

    Parameters
    ----------
    names : iterable of str
        People, each as their name is written in full: "Ada Lovelace", "Müller, Jürgen". Every way to write it is
        found in any case, with or without accents, composed or decomposed: the whole name, the last name first,
        first names as initials, and each part by itself. A part that is one person's stands for that person.

    Raises
    ------
    InputError
        If a name has no part of at least two letters.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._people: dict[str, set[str]] = defaultdict(set)
        for name in names:
            parts = _parts(name)
            if not any(len(p) >= LEAST for p in parts):
                raise InputError(
                    "a name without a part of two letters", mend="give names in full, one a line"
                )
            person = " ".join(_plain(p) for p in parts)
            for form in _forms(parts):
                for spelling in _spellings(form):
                    self._people[spelling].add(person)

    def detectors(self) -> Iterator[Detector]:
        """Yield the detectors of all names, the longest first within each."""
        forms = sorted(self._people, key=lambda f: (-len(f), f))
        for at in range(0, len(forms), AT_ONCE):
            union = "|".join(_pattern(form) for form in forms[at : at + AT_ONCE])
            yield Detector(rf"(?i)(?:{union})", self._check)

    def _check(self, seen: Candidate) -> Iterator[Find]:
        after = seen.after(2)
        if not Candidate(seen.text, seen.start, seen.start).before(1).isalnum():
            whole = not after[:1].isalnum() and not unicodedata.combining(after[:1] or " ")
            if whole or GENITIVE.match(after):
                people = self._people.get(_form(seen.value), set())
                value = next(iter(people)) if len(people) == 1 else _plain(_form(seen.value))
                yield Find(seen.start, seen.end, Kind.PERSON, "name on the list", value)


def _form(written: str) -> str:
    return " ".join(unicodedata.normalize("NFC", written).casefold().split())


def _parts(name: str) -> list[str]:
    last, comma, first = name.partition(",")
    return _form(f"{first} {last}" if comma else name).split()


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


def _spellings(form: str) -> set[str]:
    spread = "".join(SPREAD.get(c, c) for c in form)
    return {form, _plain(form), _plain(spread)}


def _pattern(form: str) -> str:
    """Return a pattern of a form, composed or decomposed, with any white space between its parts."""
    both = {form, unicodedata.normalize("NFD", form)}
    return "|".join(re.escape(f).replace(r"\ ", r"[\s\x{a0}]+") for f in sorted(both, key=len, reverse=True))
