"""Decisions of the community: who decided what, when, and by which vote. One member has one voice.

JSON Lines; each line holds the hash of the one before it, so that none can be changed or taken out unseen.
A vote that money weighs is no vote here: a field that says so is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal

import msgspec

from commonweal.commons import lines
from commonweal.commons.rules import Rules
from commonweal.errors import InputError
from commonweal.sealed import content_hash

NAME = "decisions.jsonl"
"""Name of the record where none is given; it stands beside the rules."""

Method = Literal["hands", "roll-call", "secret-ballot", "online-ballot", "consent"]
Majority = Literal["simple", "absolute", "two-thirds", "three-quarters", "unanimous"]
MONEY = re.compile(
    r"weight|stake|share|token|coin|capital|equity|money|paid|pay|price|amount|fund|invest|dividend|wealth"
    r"|quadratic|credit|bid|purchas|donat",
    re.IGNORECASE,
)
"""Names of fields that tell of a vote weighed by money or by what stands for it."""


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of the record: an unknown key is refused."""


class Vote(_Strict, frozen=True):
    """A vote, one voice for each member.

    Parameters
    ----------
    yes, no, abstain : int
        Members who voted so.
    electorate : int
        Members who could vote.
    quorum : int
        How many of them had to take part, abstentions included.
    method : str
        hands, roll-call, secret-ballot, online-ballot, or consent (nobody objected).
    majority : str
        simple: more yes than no; absolute: yes from more than half of the electorate; two-thirds,
        three-quarters: yes from at least so many of those who said yes or no; unanimous: yes, and no no.
    record : str
        Where the vote is recorded: an address, or minutes by name.

    Raises
    ------
    ValueError
        If a count is negative, or more voices were counted than there are members.
    """

    yes: int
    no: int
    abstain: int
    electorate: int
    quorum: int
    method: Method
    record: str
    majority: Majority = "simple"

    def __post_init__(self) -> None:
        for name in ("yes", "no", "abstain", "electorate", "quorum"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is below 0")
        if self.cast > self.electorate:
            raise ValueError(
                f"{self.cast} voices of {self.electorate} members: each member has one voice, and no more"
            )
        if self.quorum > self.electorate:
            raise ValueError(f"a quorum of {self.quorum} is beyond the {self.electorate} members")
        if self.method == "consent" and self.no:
            raise ValueError("a decision by consent has no voice against it")
        if not self.record.strip():
            raise ValueError("the record of the vote is not named")

    @property
    def cast(self) -> int:
        """Members who took part."""
        return self.yes + self.no + self.abstain

    @property
    def carried(self) -> bool:
        """Whether the quorum was there and the majority was reached."""
        yes, no = self.yes, self.no
        reached = {
            "simple": yes > no,
            "absolute": 2 * yes > self.electorate,
            "two-thirds": yes > 0 and 3 * yes >= 2 * (yes + no),
            "three-quarters": yes > 0 and 4 * yes >= 3 * (yes + no),
            "unanimous": yes > 0 and no == 0,
        }
        return self.cast >= self.quorum and reached[self.majority]


class Decision(_Strict, frozen=True, omit_defaults=True):
    """A decision as the record keeps it.

    Parameters
    ----------
    id : str
        Cited by rules (`decision`) and by disputes; unlike any other of the record.
    on : date
    by : str
        Who decided: a body, not a person ("general assembly").
    vote : Vote
    previous : str
        Hash of the line before; "" in the first.
    rules : str
        SHA-256 of the rules that it adopts; "" where it is about works.
    about : str
        What was decided, where it is not on rules.
    """

    id: str
    on: date
    by: str
    vote: Vote
    previous: str
    rules: str = ""
    about: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", self.id):
            raise ValueError("an id has letters, digits, dots, hyphens and underscores, at most 64")
        if not self.by.strip():
            raise ValueError("who decided is not said")
        if bool(self.rules) == bool(self.about.strip()):
            raise ValueError("a decision is either on rules (rules) or on something else (about)")
        if self.rules and not re.fullmatch(r"[0-9a-f]{64}", self.rules):
            raise ValueError("rules is no SHA-256 in hexadecimal digits")

    @property
    def sha256(self) -> str:
        """Hash of the line: SHA-256 of its canonical JSON."""
        return content_hash(msgspec.to_builtins(self))


def read(path: str | Path) -> tuple[Decision, ...]:
    """Return the decisions of a record, oldest first; none where there is no file.

    Raises
    ------
    InputError
        If a line can't be read, says that money weighed a vote, or does not follow the line before it.
    """
    found: list[Decision] = []
    for where, value in lines.read_lines(path):
        _check_voices(value, where)
        decision: Decision = lines.convert(value, Decision, where)
        _check_next(found, decision, where)
        found.append(decision)
    return tuple(found)


def append(path: str | Path, **fields: Any) -> Decision:
    """Add a decision to a record, which begins here where there is none, and return it.

    Parameters
    ----------
    path : str or Path
    **fields
        Of `Decision`, without `previous`.

    Raises
    ------
    InputError
        If the record can't be read or written, or the decision can't stand in it.
    """

    def make() -> tuple[Decision, dict[str, Any]]:
        before = read(path)
        try:
            decision = Decision(previous=before[-1].sha256 if before else "", **fields)
        except ValueError as error:
            raise InputError(str(error), mend="see docs/how-it-works/commons.md") from None
        _check_next(before, decision, str(path))
        return decision, msgspec.to_builtins(decision)

    return lines.append(path, make)


def adoption(decisions: Sequence[Decision], rules: Rules) -> tuple[str, Decision | None]:
    """Return how these rules stand, and the decision that says so.

    Returns
    -------
    str
        "in force", "replaced" by a later version, "rejected", or "not decided".
    Decision or None
        The last one on these rules; of replaced ones the one that replaced them.
    """
    version = rules.sha256
    mine = [d for d in decisions if d.rules == version]
    carried = [d for d in decisions if d.rules and d.vote.carried]
    if carried and carried[-1].rules == version:
        return "in force", carried[-1]
    if any(d.vote.carried for d in mine):
        return "replaced", carried[-1]
    return ("rejected", mine[-1]) if mine else ("not decided", None)


def check_decided(rules: Rules, decisions: Sequence[Decision]) -> None:
    """Raise InputError where a rule rests on a decision that is not recorded, or was not carried."""
    carried = {d.id for d in decisions if d.vote.carried}
    recorded = {d.id for d in decisions}
    for rule in rules.rules:
        for name in sorted(rule.decisions - carried):
            problem = "was not carried" if name in recorded else "is not in the record of decisions"
            raise InputError(
                f"the decision {name!r} that it rests on {problem}",
                mend="record the vote with `commonweal commons decide`, or leave out the rule",
                where=f"rule {rule.id}",
            )


def _check_voices(value: Any, where: str) -> None:
    """Refuse any field, however deep, whose name tells of a vote weighed by money."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if MONEY.search(key):
                raise InputError(
                    f"{key!r} weighs voices: here each member has one, whatever they own or paid",
                    mend="record a vote in which each member has one voice",
                    where=where,
                )
            _check_voices(inner, where)
    elif isinstance(value, list):
        for inner in value:
            _check_voices(inner, where)


def _check_next(before: Sequence[Decision], decision: Decision, where: str) -> None:
    if decision.previous != (before[-1].sha256 if before else ""):
        raise InputError(
            "does not follow the line before it: a line was changed, taken out or put in",
            mend="restore the record from a copy; lines are only ever added",
            where=where,
        )
    if any(d.id == decision.id for d in before):
        raise InputError(f"two decisions are called {decision.id!r}", mend="choose another id", where=where)
    if before and decision.on < before[-1].on:
        raise InputError(
            "is dated before the decision above it", mend="record decisions in their order", where=where
        )
