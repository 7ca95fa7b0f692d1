"""Is a contract signed by all, unaltered, the newest of its chain, and in force? What is wrong, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from commonweal.errors import InputError
from commonweal.rules.contracts import chain
from commonweal.rules.contracts.chain import Known, Signed, short
from commonweal.rules.contracts.contract import Contract, examine
from commonweal.rules.contracts.signing import written

Given = Contract | bytes | str
"""A contract, or its JSON text: only in the text can repeated keys and ways of writing be seen."""


@dataclass(frozen=True)
class Verification:
    """What was found.

    Attributes
    ----------
    problems : tuple of str
        All that is wrong, in sentences without their full stop; empty where the contract stands.
    sha256 : str
        Hash of the contract; empty where there is none to hash.
    at : datetime
        For which time.
    signatures : tuple of Signed
        Each party with the state of its signature.
    chain : tuple of str
        Hashes from the first contract to this one, as far as they are at hand.
    known : tuple of str
        Parties whose keys were compared with keys known from elsewhere.
    """

    problems: tuple[str, ...]
    sha256: str
    at: datetime
    signatures: tuple[Signed, ...] = ()
    chain: tuple[str, ...] = ()
    known: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Is nothing wrong?"""
        return not self.problems

    def to_json(self) -> dict[str, Any]:
        """Return the findings as plain JSON values."""
        return {
            "ok": self.ok,
            "problems": list(self.problems),
            "sha256": self.sha256,
            "at": written(self.at),
            "signatures": [
                {
                    "party": s.party,
                    "role": s.role,
                    "public_key": s.key,
                    "signed": None if s.signed is None else written(s.signed),
                    "state": s.state,
                }
                for s in self.signatures
            ],
            "chain": list(self.chain),
            "known": list(self.known),
        }

    def __str__(self) -> str:
        if self.ok:
            return f"Signed by all, unaltered and in force at {written(self.at)}: {self.sha256}"
        return "\n".join(f"- {problem}" for problem in self.problems)


def verify(
    contract: Given,
    earlier: Iterable[Given] = (),
    at: datetime | None = None,
    *,
    known: Known | None = None,
) -> Verification:
    """Return all that is wrong with a contract.

    Parameters
    ----------
    contract : Contract, bytes or str
        Give the JSON text where there is one: repeated keys and other ways of writing show only there.
    earlier : Contracts
        The others of its chain, in any order: what it amends, and amendments that may have replaced it.
    at : datetime, optional
        For which time, with a time zone; now where absent.
    known : mapping of str to PublicKey, optional
        Keys known from elsewhere, by the party's name. Without them a valid signature says that the holder of
        the key in the contract signed, and not who that is.

    Raises
    ------
    InputError
        If `at` has no time zone.
    """
    moment = datetime.now(UTC) if at is None else at
    if moment.tzinfo is None:
        raise InputError("a time without a time zone", mend="give one, such as 2027-01-01T00:00:00Z")
    moment = moment.astimezone(UTC)
    found, wrong = _read(contract)
    if found is None:
        return Verification(tuple(wrong), "", moment)
    wrong += chain.problems(found, known)
    try:
        sha256 = found.sha256
    except ValueError:
        return Verification(tuple(wrong), "", moment)
    others: dict[str, Contract] = {}
    for given in earlier:
        other, unreadable = _read(given)
        wrong += [f"another contract of the chain: {problem}" for problem in unreadable]
        if other is not None and not unreadable:
            others[other.sha256] = other
    line, broken = _line(found, others, known)
    wrong += broken
    wrong += _timing(found, others, moment, known)
    compared = {name.casefold() for name in known or {}}
    return Verification(
        tuple(dict.fromkeys(wrong)),
        sha256,
        moment,
        chain.signatures(found),
        tuple(c.sha256 for c in line),
        tuple(p.name for p in found.parties if p.name.casefold() in compared),
    )


def _read(given: Given) -> tuple[Contract | None, list[str]]:
    return (given, []) if isinstance(given, Contract) else examine(given)


def _line(
    contract: Contract, others: dict[str, Contract], known: Known | None
) -> tuple[list[Contract], list[str]]:
    """Return the chain from its first contract to this one, and what is wrong in it."""
    line, wrong = [contract], []
    while (now := line[0]).amends:
        before = others.get(now.amends)
        if before is None:
            wrong.append(f"the chain of amendments is broken: the contract {now.amends} is not at hand")
            break
        wrong += [f"in the earlier contract {short(before)}, {p}" for p in chain.problems(before, known)]
        wrong += chain.link_problems(now, before)
        rivals = [c for c in chain.amendments(before, others.values(), known) if c.sha256 != now.sha256]
        wrong += [
            f"the chain of amendments forks: {short(now)} and {short(rival)} both amend {short(before)}, and "
            "all parties signed both"
            for rival in rivals
        ]
        line.insert(0, before)
    return line, wrong


def _timing(contract: Contract, others: dict[str, Contract], at: datetime, known: Known | None) -> list[str]:
    wrong = []
    if at < contract.effective:
        wrong.append(f"not yet in force: it takes effect on {written(contract.effective)}")
    if contract.ends is not None and at >= contract.ends:
        wrong.append(f"ended on {written(contract.ends)}")
    late = [s for s in contract.signatures if s.signed > at]
    wrong += [f"{s.party} signed only on {written(s.signed)}" for s in late]
    for newer in chain.amendments(contract, others.values(), known):
        if (start := chain.starts(newer)) <= at:
            wrong.append(f"replaced by its amendment {short(newer)} since {written(start)}")
    return wrong
