"""Names that are probably one person written two ways, or several people under one name.

Blocking keys keep it quick: names are compared only where they share a surname and an initial, a first and
last name, or all letters but one; nothing looks at all pairs.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from commonweal.pool.spelling import one_letter_apart

CROWD = 200  # a key with more names than this is a naming scheme, and says nothing
SHOWN = 5
SPAN, SILENCE = 100, 20  # years
SUFFIXES = {"jr", "sr", "ii", "iii", "iv", "phd", "md", "esq"}
NOBODY = {
    "anonymous", "anon", "anonymus", "admin", "administrator", "unknown", "author unknown", "deleted",
    "deleted user", "user deleted", "former user", "n a", "na", "nan", "none", "null", "nil", "no author",
    "no owner", "nobody", "guest", "user", "root", "system", "bot", "test", "community", "moderator", "staff",
    "editor", "editors", "various", "various authors", "multiple", "multiple authors", "others", "other",
    "et al", "and others", "contributors", "team", "undefined", "missing", "public",
}  # fmt: skip
GROUP = {
    "team",
    "community",
    "contributors",
    "authors",
    "editors",
    "maintainers",
    "staff",
    "others",
    "various",
}
_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "'": "", "’": "", "`": ""}
)
_ASIDE = re.compile(r"<[^>]*>|\([^)]*\)")
_WORD = re.compile(r"[^\W_]+")


class NameWarning(NamedTuple):
    """A likely mistake in the names of owners.

    Attributes
    ----------
    kind : str
        "split": several names, probably one person. "merge": one name (the first), probably several people
        or none.
    names : tuple of str
        As they stand in the pool.
    why : str
        In a few words.
    """

    kind: str
    names: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class _Name:
    own: str
    words: tuple[str, ...]

    @property
    def personal(self) -> bool:
        """Whether it reads as a first and a last name: at least two words, letters only."""
        return len(self.words) > 1 and all(word.isalpha() for word in self.words)


def name_warnings(
    owners: Sequence[str], years: Mapping[str, Iterable[int]] | None = None
) -> list[NameWarning]:
    """Return likely splits and merges, the surest first.

    Parameters
    ----------
    owners : sequence of str
        Distinct names.
    years : mapping, optional
        Years in which an owner has works, sorted.
    """
    names = [_Name(own, words(own)) for own in owners]
    warnings = [*_nobody(names), *_spellings(names)]
    one = list({_key(name.words): name for name in reversed(names)}.values())[::-1]  # one of each spelling
    warnings += [
        *_long_lives(years or {}),
        *_initials(one),
        *_middles(one),
        *_surnames(one),
        *_typos(one),
        *_numbered(one),
    ]
    first: dict[tuple[str, tuple[str, ...]], NameWarning] = {}
    for warning in warnings:
        first.setdefault((warning.kind, warning.names), warning)
    return list(first.values())


def words(name: str) -> tuple[str, ...]:
    """Return a name's words without case, accents, marks, asides and suffixes; "Last, First" is turned."""
    plain = _ASIDE.sub(" ", name) if _ASIDE.sub("", name).strip() else name
    if "@" in plain.strip()[1:] and " " not in plain.strip():
        local = plain.split("@")[0]
        plain = local if len(_WORD.findall(local)) > 1 else plain
    letters = unicodedata.normalize("NFKD", plain.casefold().translate(_LETTERS))
    letters = "".join(c for c in letters if not unicodedata.combining(c))
    last, comma, first = letters.partition(",")
    parts = [w for w in _WORD.findall(first) if w not in SUFFIXES]
    found = [*parts, *_WORD.findall(last)] if comma and "," not in first else _WORD.findall(letters)
    kept = [w for w in found if w not in SUFFIXES]
    return tuple(kept or found)


def _key(found: tuple[str, ...]) -> tuple[str, ...]:
    """Return words in one order where they are words; numbers and initials keep their places."""
    return tuple(sorted(found)) if all(len(w) > 1 and w.isalpha() for w in found) else found


def _nobody(names: Iterable[_Name]) -> Iterator[NameWarning]:
    for name in names:
        text = " ".join(name.words)
        if text in SUFFIXES:
            yield NameWarning("merge", (name.own,), "the end of a name, cut off from it at a comma")
        elif text in NOBODY or not text or name.own.strip() == "-1":
            yield NameWarning("merge", (name.own,), "stands for anybody or nobody")
        elif len(name.words) > 1 and GROUP & set(name.words):
            yield NameWarning("merge", (name.own,), "reads as a group: who decides for it?")


def _spellings(names: Iterable[_Name]) -> Iterator[NameWarning]:
    same: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name in names:
        if not all(word.isdigit() for word in name.words):  # "-1" and "1" are two numbers
            same[_key(name.words)].append(name.own)
    for group in same.values():
        if len(group) > 1:
            why = "the same but for case, accents, punctuation, asides or the order of words"
            yield NameWarning("split", _some(group), why)


def _long_lives(years: Mapping[str, Iterable[int]]) -> Iterator[NameWarning]:
    for owner, active in years.items():
        own = [int(year) for year in active]
        gap, before = max(((b - a, a) for a, b in pairwise(own)), default=(0, 0))
        first, last = own[0], own[-1]
        if gap >= SILENCE:
            why = f"works from {first} to {last}, none between {before} and {before + gap}: two people?"
            yield NameWarning("merge", (owner,), why)
        elif last - first > SPAN:
            yield NameWarning("merge", (owner,), f"works from {first} to {last}: more than one life")


def _initials(names: Iterable[_Name]) -> Iterator[NameWarning]:
    """A first name shortened to its letter beside names in full."""
    full: dict[tuple[str, str], list[_Name]] = defaultdict(list)
    short: list[_Name] = []
    for name in names:
        if name.personal and len(name.words[-1]) > 1:
            if len(name.words[0]) == 1:
                short.append(name)
            else:
                full[name.words[-1], name.words[0][0]].append(name)
    for name in short:
        there = full.get((name.words[-1], name.words[0]), [])
        if len(there) <= CROWD:
            yield from _one_or_many(name, [f for f in there if _fits(name.words, f.words)], "initials")


def _middles(names: Iterable[_Name]) -> Iterator[NameWarning]:
    """Names with and without a middle name."""
    same: dict[tuple[str, str], list[_Name]] = defaultdict(list)
    for name in names:
        if name.personal:
            same[name.words[0], name.words[-1]].append(name)
    for group in same.values():
        bare = [name for name in group if len(name.words) == 2]
        fuller = [name for name in group if len(name.words) > 2]
        for name in bare:
            yield from _one_or_many(name, fuller, "no middle name")
        if not bare and 1 < len(fuller) <= SHOWN:
            pairs = [f for f in fuller[1:] if _fits(fuller[0].words, f.words)]
            if pairs:
                yield NameWarning(
                    "split", _some([n.own for n in (fuller[0], *pairs)]), "middle names that agree"
                )


def _surnames(names: Sequence[_Name]) -> Iterator[NameWarning]:
    """A surname alone beside names that end in it."""
    ends: dict[str, list[_Name]] = defaultdict(list)
    for name in names:
        if name.personal:
            ends[name.words[-1]].append(name)
    for name in names:
        if len(name.words) == 1 and len(name.words[0]) > 2:
            yield from _one_or_many(name, ends.get(name.words[0], []), "a surname alone")


def _typos(names: Sequence[_Name]) -> Iterator[NameWarning]:
    for a, b in one_letter_apart([name.words for name in names]):
        yield NameWarning("split", (names[a].own, names[b].own), "one letter or space apart")


def _numbered(names: Sequence[_Name]) -> Iterator[NameWarning]:
    """One name with two or three numbers, among many that have one."""
    stems: dict[str, list[str]] = defaultdict(list)
    for name in names:
        stem = "".join(c for c in "".join(name.words) if not c.isdigit())
        if len(stem) > 2:
            stems[stem].append(name.own)
    several = [group for group in stems.values() if len(group) > 1]
    if len(stems) >= 5 and 3 * len(several) <= len(stems):
        for group in several:
            if len(group) <= 3 and all(any(c.isdigit() for c in own) for own in group):
                yield NameWarning("split", tuple(group), "one name with several numbers")


def _one_or_many(name: _Name, fuller: Sequence[_Name], what: str) -> Iterator[NameWarning]:
    if len(fuller) == 1:
        yield NameWarning("split", (name.own, fuller[0].own), f"{what}, beside one name in full")
    elif fuller:
        shown = _some([name.own, *(f.own for f in fuller)])
        yield NameWarning("merge", shown, f"{what}, which may be any of {len(fuller):,} others")


def _fits(short: tuple[str, ...], full: tuple[str, ...]) -> bool:
    """Tell whether the given names of one may shorten those of the other."""
    return all(
        a == b or (1 in (len(a), len(b)) and a[0] == b[0])
        for a, b in zip(short[:-1], full[:-1], strict=False)
    )


def _some(group: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(group[: SHOWN + 1])
