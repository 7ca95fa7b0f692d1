"""From statements to RSL documents."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lxml import etree

from commonweal.rules.decision import FREE
from commonweal.rules.dialects._rsl_words import (
    AI_ALL,
    ALL,
    LONGEST_AGE,
    NAMESPACE,
    PAYMENTS,
    REPORTS,
    SEARCH,
)
from commonweal.rules.dialects.base import Token, strictest
from commonweal.rules.terms import Declarer, Terms
from commonweal.rules.vocabulary import Attribute, Duty, Effect, Flow, Pay, Report

MODELS = {model: kind for kind, model in PAYMENTS.items()}
_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
Cell = tuple[str, str]  # class of user, place; "" for any


@dataclass(frozen=True)
class Said:
    """What is said of an act, to one kind of asker."""

    effect: Effect
    duties: frozenset[Duty] = frozenset()
    flow: Flow = FREE

    def meet(self, other: Said) -> Said:
        effect = strictest((self.effect, other.effect))
        if effect is not Effect.CONDITIONAL:
            return Said(effect)
        return Said(effect, self.duties | other.duties, self.flow.meet(other.flow))


DENIED = Said(Effect.DENY)


@dataclass(frozen=True)
class Statement:
    """What is written for one kind of asker: permitted words by their terms, and prohibited ones."""

    permits: tuple[tuple[Said, tuple[Token, ...]], ...] = ()
    prohibits: tuple[Token, ...] = ()

    @property
    def permitted(self) -> set[Token]:
        return {token for _, tokens in self.permits for token in tokens}


# Payment --------------------------------------------------------------------------------------------------


def exact(said: Said) -> bool:
    """Can RSL say these terms without a link?"""
    if not said.flow.free:
        return False
    reports = [d for d in said.duties if isinstance(d, Report)]
    others = [d for d in said.duties if not isinstance(d, Report)]
    if any(r.what not in REPORTS or r.every or not r.profile for r in reports) or len(others) > 1:
        return False
    for duty in others:
        plain = isinstance(duty, Pay) and duty.model in MODELS and not duty.note and not duty.url
        if not plain and duty != Attribute():
            return False
    return True


def _payment(license_: Any, said: Said, link: str) -> None:
    sayable = exact(said)
    pays = [d for d in said.duties if isinstance(d, Pay)]
    kind = "free" if said.effect is Effect.ALLOW or sayable else "purchase"
    if sayable and Attribute() in said.duties:
        kind = "attribution"
    if len(pays) == 1 and pays[0].model in MODELS:
        kind = MODELS[pays[0].model]
    payment = _add(license_, "payment", type=kind)
    if not sayable:
        _add(payment, "standard", link)
    if len(pays) == 1 and pays[0].amount is not None:
        _add(payment, "amount", _plain(pays[0].amount), currency=pays[0].currency)
    if sayable:
        for report in sorted((d for d in said.duties if isinstance(d, Report)), key=str):
            _add(license_, "reporting", type=report.what, profile=report.profile)


def _plain(number: Decimal) -> str:
    return format(number, "f")


# XML ------------------------------------------------------------------------------------------------------


def document(said: Mapping[str, Mapping[Cell, Statement]], terms: Terms, age: int, link: str) -> str:
    """Return the text of rsl.xml: what is said by pattern, kept for `age` days, with a link to the terms."""
    root = etree.Element(f"{{{NAMESPACE}}}rsl", nsmap={None: NAMESPACE})
    if age != LONGEST_AGE:
        root.set("max-age", str(age))
    for pattern, cells in said.items():
        content = _add(root, "content", url=pattern)
        for users, geo, statement in _merged(cells):
            _licences(content, users, geo, statement, terms.declarer, link)
        _declare(content, terms, link)
    etree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + str(etree.tostring(root, encoding="unicode")) + "\n"


def _merged(cells: Mapping[Cell, Statement]) -> list[tuple[tuple[str, ...], tuple[str, ...], Statement]]:
    """Join kinds of askers to whom the same is said."""
    by_place: dict[tuple[str, bool, Statement], list[str]] = {}
    for (user, place), statement in cells.items():
        by_place.setdefault((place, bool(user), statement), []).append(user)
    by_users: dict[tuple[tuple[str, ...], bool, Statement], list[str]] = {}
    for (place, _, statement), users in by_place.items():
        by_users.setdefault((tuple(sorted(users)), bool(place), statement), []).append(place)
    return [(users, tuple(sorted(places)), s) for (users, _, s), places in by_users.items()]


def _licences(
    content: Any, users: Sequence[str], geo: Sequence[str], statement: Statement, who: Declarer, link: str
) -> None:
    prohibits = statement.prohibits
    if ALL in prohibits and (any(users) or any(geo)):  # `prohibits all` stands alone
        prohibits = (AI_ALL, SEARCH)
    for said, tokens in statement.permits or ((None, ()),):
        license_ = _add(content, "license")
        if tokens:
            _add(license_, "permits", " ".join(t.name for t in tokens), type="usage")
        if any(users):
            _add(license_, "permits", " ".join(users), type="user")
        if any(geo):
            _add(license_, "permits", " ".join(geo), type="geo")
        if prohibits:
            _add(license_, "prohibits", " ".join(t.name for t in prohibits), type="usage")
        if said is not None:
            _payment(license_, said, link)
        if who.authority:
            _add(license_, "legal", "true", type="attestation")
            _add(license_, "legal", who.authority, type="proof")


def _declare(content: Any, terms: Terms, link: str) -> None:
    who = terms.declarer
    if who.name:
        named = {"contactEmail": who.contact, "contactUrl": who.url}
        _add(content, "copyright", who.name, **{k: v for k, v in named.items() if v})
    if link and (who.name or terms.rules):
        _add(content, "terms", link)


def _add(parent: Any, name: str, text: str = "", **attributes: str) -> Any:
    child = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    for key, value in attributes.items():
        child.set(key, _clean(value))
    child.text = _clean(text) or None
    return child


def _clean(text: str) -> str:
    """Return a text without what XML 1.0 can't hold."""
    return "".join(
        c
        for c in text
        if c in "\t\n\r" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")
    )
