"""Whose words are these, and when: what mails, posts and commits have in common."""

from __future__ import annotations

import re
from email.utils import getaddresses, parsedate_tz
from functools import lru_cache

from commonweal.intake.times import EPOCH, MICROSECOND, Quality, Time, time

_SPACED_ZONE = re.compile(r"(\d) +([+-]\d\d:?\d\d)$")


def is_person(owner: str, *names: str | None) -> bool:
    """Whether one of the names, log-ins or addresses is the owner's.

    Parameters
    ----------
    owner : str
        A name, an address, or both: "Ada Lovelace <ada@example.org>"; several with commas between.
    *names : str or None
    """
    return any(name is not None and _fold(name) in _names(owner) for name in names)


@lru_cache(maxsize=16)
def _names(owner: str) -> frozenset[str]:
    pieces = [owner]
    for name, address in getaddresses([owner]):
        pieces += [name, address]
    return frozenset(folded for p in pieces if (folded := _fold(p)))


def _fold(name: str) -> str:
    return " ".join(name.casefold().split()).removeprefix("@")


def written(text: str | None) -> Time | None:
    """Return the moment that a date says, as mails, feeds and people write it.

    RFC 5322 ("Tue, 01 Jul 2003 10:52:37 +0200"), ISO 8601, and ISO 8601 with a space before its zone.
    """
    if text is None:
        return None
    return time(_SPACED_ZONE.sub(r"\1\2", text.strip())) or _mail_date(text)


def _mail_date(text: str) -> Time | None:
    from datetime import datetime, timedelta, timezone

    try:
        found = parsedate_tz(text)
        if found is None:
            return None
        zone = found[9]
        moment = datetime(*found[:6], tzinfo=timezone(timedelta(seconds=zone or 0)))
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    # "-0000" says: UTC, and nothing of where the clock stood.
    known = zone is not None or text.rstrip().endswith("-0000")
    return Time((moment - EPOCH) // MICROSECOND, Quality.EXACT if known else Quality.LOCAL)
