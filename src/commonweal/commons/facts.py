"""What is known of a work, and whether a condition holds for it: yes, no, or not known.

Two kinds of column are told apart. A work *has* a date of publication, authors who live or died, a law it is
judged by: where the cell is empty this is not known. A licence, a dedication, a government's authorship and a
decision hold because somebody *said* so: where the cell is empty nobody did, and the condition does not hold.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from commonweal.commons.licences import Licence, recognise, table
from commonweal.commons.rules import When

Truth = bool | None
"""True, False, or None where it is not known."""

COLUMNS = {
    "published_before": ("published",),
    "published_after": ("published",),
    "author_died_before": ("author_died",),
    "dedicated_by_owner": ("owner", "dedicated_by"),
}
"""Columns that a condition asks about, where they are not the one of its own name."""

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ].*)?)?)?")


@dataclass(frozen=True)
class Facts:
    """What is known of a work.

    Attributes
    ----------
    licences : frozenset of Licence or None
        What its licence names; None in it stands for one that is not recognised. Empty: none is stated.
    published, died : (date, date) or None
        First and last day on which it was published, on which its last author died; None if not known.
    government, jurisdiction, decision : frozenset of str
    dedicated : bool
        Whether each of its owners dedicated it.
    """

    licences: frozenset[Licence | None] = frozenset()
    published: tuple[date, date] | None = None
    died: tuple[date, date] | None = None
    government: frozenset[str] = frozenset()
    jurisdiction: frozenset[str] = frozenset()
    dedicated: bool = False
    decision: frozenset[str] = frozenset()


def facts_of(row: Mapping[str, Any]) -> Facts:
    """Return the facts in a row.

    Parameters
    ----------
    row : mapping
        Any of licence, published, author_died, government, jurisdiction, owner, dedicated_by, decision; each
        a value or a list. A year, a month or a day is a date as ISO 8601 writes it, and nothing else is.
    """
    owners, dedicated = _texts(row.get("owner")), _texts(row.get("dedicated_by"))
    died = [days(value) for value in _list(row.get("author_died"))]
    return Facts(
        licences=licences_of(row),
        published=days(row.get("published")),
        died=_last(died),
        government=frozenset(text.upper() for text in _texts(row.get("government"))),
        jurisdiction=frozenset(text.upper() for text in _texts(row.get("jurisdiction"))),
        dedicated=bool(owners) and owners <= dedicated,
        decision=_texts(row.get("decision")),
    )


def licences_of(row: Mapping[str, Any]) -> frozenset[Licence | None]:
    """Return the licences that a row names; None in it stands for one that is not recognised."""
    return frozenset[Licence | None]().union(*map(recognise, _texts(row.get("licence"))))


def days(value: Any) -> tuple[date, date] | None:
    """Return the first and last day that a date may mean: 1930 is a year long; None if it is no date."""
    if isinstance(value, datetime):
        day = (value.astimezone(UTC) if value.tzinfo else value).date()
        return day, day
    if isinstance(value, date):
        return value, value
    return _written(str(value)) if isinstance(value, (str, int)) and not isinstance(value, bool) else None


@lru_cache(maxsize=65536)
def _written(text: str) -> tuple[date, date] | None:
    """Return the days of a date in digits."""
    if not (match := _DATE.fullmatch(text.strip())):
        return None
    year, month, day_ = (int(part) if part else 0 for part in match.groups())
    try:
        first = date(year, month or 1, day_ or 1)
        last_month = month or 12
        return first, date(year, last_month, day_ or monthrange(year, last_month)[1])
    except ValueError:
        return None


def holds(when: When, facts: Facts) -> dict[str, Truth]:
    """Return for each condition that is given whether it holds."""
    found: dict[str, Truth] = {}
    if when.licence:
        found["licence"] = _licensed(when.licence, facts.licences)
    if when.published_before:
        found["published_before"] = _before(facts.published, when.published_before)
    if when.published_after:
        found["published_after"] = _after(facts.published, when.published_after)
    if when.author_died_before:
        found["author_died_before"] = _before(facts.died, when.author_died_before)
    if when.government:
        found["government"] = not facts.government.isdisjoint(when.government)
    if when.jurisdiction:
        known = bool(facts.jurisdiction)
        found["jurisdiction"] = not facts.jurisdiction.isdisjoint(when.jurisdiction) if known else None
    if when.dedicated_by_owner:
        found["dedicated_by_owner"] = facts.dedicated
    if when.decision:
        found["decision"] = not facts.decision.isdisjoint(when.decision)
    return found


def both(truths: Iterable[Truth]) -> Truth:
    """Return whether all hold: a single no is a no, else anything unknown leaves it unknown."""
    said = set(truths)
    return False if False in said else None if None in said else True


def _licensed(wanted: tuple[str, ...], licences: frozenset[Licence | None]) -> Truth:
    """Say whether the licence is one of these: yes if each named one is, no if none of them is."""
    answers = {_is_one(licence, wanted) for licence in licences} or {False}
    return answers.pop() if len(answers) == 1 else None


def _is_one(licence: Licence | None, wanted: tuple[str, ...]) -> Truth:
    if licence is None:
        return None
    if licence.family in wanted or (licence.spdx and licence.spdx in wanted):
        return True
    if licence.spdx:
        return False
    return None if _versions(licence.family) & set(wanted) else False


def _versions(family: str) -> set[str]:
    return {one.spdx for one in table().spellings.values() if one.family == family}


def _before(span: tuple[date, date] | None, day: date) -> Truth:
    if span is None:
        return None
    return True if span[1] < day else False if span[0] >= day else None


def _after(span: tuple[date, date] | None, day: date) -> Truth:
    if span is None:
        return None
    return True if span[0] > day else False if span[1] <= day else None


def _last(spans: list[tuple[date, date] | None]) -> tuple[date, date] | None:
    """Return when the last of several happened; unknown where one of them is."""
    known = [span for span in spans if span]
    if not known or len(known) < len(spans):
        return None
    return max(first for first, _ in known), max(last for _, last in known)


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [] if value is None else [value]


def _texts(value: Any) -> frozenset[str]:
    if value is None:
        return _NOBODY
    return frozenset(text for v in _list(value) if v is not None and (text := str(v).strip()))


_NOBODY = frozenset[str]()


def unread(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the columns in which something stands that is not understood: a licence, a date."""
    dates = [
        name
        for name in ("published", "author_died")
        if any(days(v) is None for v in _list(row.get(name)) if v is not None and str(v).strip())
    ]
    return (*(["licence"] if None in licences_of(row) else []), *dates)
