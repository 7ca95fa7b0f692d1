"""Rules of a commons: which works are in it, which are not, and which nobody should decide alone.

Their order never matters. A work is in the commons when a rule puts it there and no rule says otherwise or,
for all that is known of the work, may say otherwise; rules that disagree leave it undecided. An exception is
written into the rule it is excepted from (`unless`).
"""

from __future__ import annotations

import re
import tomllib
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

import msgspec

from commonweal.commons.licences import recognise, table
from commonweal.errors import InputError
from commonweal.rules.terms import read_text, rule_lines
from commonweal.sealed import content_hash

FORMAT: Literal["commonweal-commons/1"] = "commonweal-commons/1"
_MEND = "see docs/how-it-works/commons.md"
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


class Verdict(StrEnum):
    """What is said of a work."""

    COMMONS = "commons"
    NOT = "not"
    UNDECIDED = "undecided"


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A part of the rules: an unknown key is refused."""


class When(_Strict, frozen=True):
    """Conditions; all that are given have to hold, and of a list one entry.

    Parameters
    ----------
    licence : tuple of str
        SPDX identifiers, or families of `data/licences.toml`.
    published_before, published_after : date
        The work was published before, or after, that day.
    author_died_before : date
        Every author died before that day.
    government : tuple of str
        It is a work of one of these governments: codes as ISO 3166 has them.
    jurisdiction : tuple of str
        The work is judged by the law of one of these.
    dedicated_by_owner : bool
        Every owner of it dedicated it.
    decision : tuple of str
        A decision of the community on works, by its id in the record of decisions.
    """

    licence: tuple[str, ...] = ()
    published_before: date | None = None
    published_after: date | None = None
    author_died_before: date | None = None
    government: tuple[str, ...] = ()
    jurisdiction: tuple[str, ...] = ()
    dedicated_by_owner: bool = False
    decision: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not msgspec.to_builtins(self):
            raise ValueError("no condition is given")
        for name in self.licence:
            if name not in table().families and not _is_spdx(name):
                raise ValueError(
                    f"{name!r} is neither a family nor an SPDX identifier that is recognised; "
                    f"families: {', '.join(table().families)}"
                )
        for name in ("licence", "government", "jurisdiction", "decision"):
            given = getattr(self, name)
            upper = name in ("government", "jurisdiction")
            kept = sorted({text.upper() if upper else text for text in given})
            msgspec.structs.force_setattr(self, name, tuple(kept))


class Rule(_Strict, frozen=True):
    """One rule.

    Parameters
    ----------
    id : str
        Small letters, digits and hyphens; cited with each work it decides on.
    verdict : Verdict
    when : When
        What has to hold.
    unless : When, optional
        Where this holds the rule says nothing.
    reason : str
        For people: why.
    source : str
        What it rests on: a law, a licence's text, a decision; in words or as an address.
    """

    id: str
    verdict: Verdict
    when: When
    reason: str
    source: str
    unless: When | None = None

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError("an id has small letters, digits and hyphens, at most 64")
        for name in ("reason", "source"):
            if not getattr(self, name).strip():
                raise ValueError(f"the {name} is empty")

    @property
    def decisions(self) -> frozenset[str]:
        """Decisions of the community that it rests on."""
        return frozenset(self.when.decision + (self.unless.decision if self.unless else ()))


class Publisher(_Strict, frozen=True):
    """Who publishes the list of the commons; no part of the rules' version.

    Parameters
    ----------
    name, url : str
    licence : str
        Of the list itself, as an SPDX identifier; without it none is stated.
    """

    name: str = ""
    url: str = ""
    licence: str = ""

    def __post_init__(self) -> None:
        if self.licence and not _is_spdx(self.licence):
            raise ValueError(f"{self.licence!r} is no SPDX identifier that is recognised")


class Rules(_Strict, frozen=True):
    """The rules of a commons.

    Parameters
    ----------
    rules : tuple of Rule
        In any order; ids differ.
    title : str
    publisher : Publisher
    """

    rules: tuple[Rule, ...]
    title: str = "Commons"
    publisher: Publisher = Publisher()
    format: Literal["commonweal-commons/1"] = FORMAT

    def __post_init__(self) -> None:
        if not self.rules:
            raise ValueError("there is no rule")
        ids = [rule.id for rule in self.rules]
        twice = next((name for name in ids if ids.count(name) > 1), None)
        if twice:
            raise ValueError(f"two rules are called {twice!r}")
        ordered = sorted(self.rules, key=lambda rule: rule.id)
        msgspec.structs.force_setattr(self, "rules", tuple(ordered))

    @property
    def sha256(self) -> str:
        """The version: SHA-256 over format and rules (canonical JSON), whatever their order and title."""
        rules = [msgspec.to_builtins(rule, str_keys=True) for rule in self.rules]
        return content_hash({"format": self.format, "rules": rules})


def read(path: str | Path) -> Rules:
    """Return the rules in a TOML file.

    Raises
    ------
    InputError
        If it can't be read or does not hold rules; names the file, the line and the rule.
    """
    return from_toml(read_text(Path(path)), str(path))


def from_toml(text: str, where: str | None = None) -> Rules:
    """Return the rules in a TOML text; see `read`."""
    try:
        value = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"no TOML: {error}", mend="mend the line that is named", where=where) from None
    if "rule" in value:
        value["rules"] = value.pop("rule")
    try:
        return msgspec.convert(value, Rules)
    except msgspec.ValidationError as error:
        raise _placed(error, value, rule_lines(text), where) from None


def _placed(
    error: msgspec.ValidationError, value: dict[str, Any], lines: list[int], where: str | None
) -> InputError:
    """Return the error with file, rule, line and key."""
    problem, _, path = str(error).partition(" - at ")
    match = re.match(r"`\$\.rules\[(\d+)\]", path)
    place = [where] if where else []
    key = path.strip("`").removeprefix("$").lstrip(".")
    if match:
        number = int(match[1])
        rule = value["rules"][number]
        name = rule.get("id") if isinstance(rule, dict) else None
        place.append(f"rule {number + 1}" + (f" ({name})" if isinstance(name, str) else ""))
        place += [f"line {lines[number]}"] if number < len(lines) else []
        key = key.removeprefix(f"rules[{number}]").lstrip(".")
    place += [key] if key else []
    return InputError(problem, mend=_MEND, where=", ".join(place) or None)


def _is_spdx(name: str) -> bool:
    found = next(iter(recognise(name)))
    return found is not None and found.spdx == name
