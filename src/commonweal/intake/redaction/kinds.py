"""The kinds of private values that are looked for, with a word for people, and what a find is."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """A kind of private value; those first in order are the more specific, which decides between equals."""

    KEY = "key"
    PASSWORD = "password"
    EMAIL = "email"
    IBAN = "iban"
    CARD = "card"
    NATIONAL_ID = "national_id"
    DOCUMENT = "document"
    IP = "ip"
    DEVICE = "device"
    PHONE = "phone"
    BIRTHDATE = "birthdate"
    PERSON = "person"
    ADDRESS = "address"
    OTHER = "other"


WORDS = {
    Kind.KEY: "key or token",
    Kind.PASSWORD: "password",
    Kind.EMAIL: "e-mail address",
    Kind.IBAN: "bank account",
    Kind.CARD: "payment card",
    Kind.NATIONAL_ID: "national id number",
    Kind.DOCUMENT: "passport or licence number",
    Kind.IP: "IP address",
    Kind.DEVICE: "device address",
    Kind.PHONE: "phone number",
    Kind.BIRTHDATE: "date of birth",
    Kind.PERSON: "name",
    Kind.ADDRESS: "postal address",
    Kind.OTHER: "other",
}

RANK = {kind: rank for rank, kind in enumerate(Kind)}


class Find(NamedTuple):
    """Something in a text that looks private.

    Parameters
    ----------
    start, end : int
        Its place in characters of the text, the end not included.
    kind : Kind
        What it looks like.
    why : str
        What it was recognised by, in words; never the value.
    value : str
        The value in one form however it is written, such as an address in lower case or a card's digits:
        finds of a kind with equal values are the same value.
    """

    start: int
    end: int
    kind: Kind
    why: str
    value: str


def resolve(text: str, finds: Iterable[Find]) -> list[Find]:
    """Return finds in their order without overlap, covering every letter and digit that they covered before.

    The longer find wins; among equals the more specific kind. What a loser covers beyond the winners stays a
    find of its kind, if a letter or digit is in it.
    """
    taken: list[Find] = []  # in order of their places, without overlap
    for find in sorted(set(finds), key=lambda f: (f.start - f.end, RANK[f.kind], f.start, f.why, f.value)):
        for piece in _free(taken, find):
            if piece == find or re.search(r"\w", text[piece.start : piece.end]):
                taken.insert(bisect_left(taken, piece), piece)
    return taken


def _free(taken: list[Find], find: Find) -> list[Find]:
    at, pieces = find.start, []
    first = bisect_left(taken, find.start, key=lambda f: f.end)
    for other in taken[first:]:
        if other.start >= find.end:
            break
        if other.start > at:
            pieces.append((at, other.start))
        at = max(at, other.end)
    if at == find.start:
        return [find] if find.start < find.end else []
    if at < find.end:
        pieces.append((at, find.end))
    return [find._replace(start=a, end=b, value=f"{find.value} ({a - find.start})") for a, b in pieces]
