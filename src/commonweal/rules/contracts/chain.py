"""The chain of amendments: which contract replaces which, and where that went wrong.

An amendment is a whole contract that names, by its hash, the one it replaces. All who signed the earlier one
sign it, with the same keys; otherwise anybody could replace what others agreed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from commonweal.rules.contracts.contract import Contract, Role, content_problems
from commonweal.rules.contracts.signing import message, written
from commonweal.sealed import PublicKey

Known = Mapping[str, PublicKey]
"""Keys that one knows from elsewhere to be a party's, by its name."""


@dataclass(frozen=True)
class Signed:
    """A party and whether it signed.

    Attributes
    ----------
    party, role, key : str
        Who, as the contract names them.
    signed : datetime or None
        When, by its own clock.
    problem : str
        What is wrong with its signature; empty where it is valid.
    """

    party: str
    role: Role
    key: str
    signed: datetime | None
    problem: str

    @property
    def state(self) -> Literal["valid", "missing", "wrong"]:
        """How the signature stands."""
        return ("missing" if self.signed is None else "wrong") if self.problem else "valid"


def signatures(contract: Contract) -> tuple[Signed, ...]:
    """Return each party with the state of its signature."""
    found = []
    sha256 = contract.sha256
    for party in contract.parties:
        its = [s for s in contract.signatures if s.party == party.name]
        signed = its[0].signed if its else None
        if not its:
            problem = f"the signature of {party.name} is missing"
        elif len(its) > 1:
            problem = f"{party.name} has {len(its)} signatures where one belongs"
        elif its[0].sha256 != sha256:
            problem = (
                f"{party.name} signed the contract with the hash {its[0].sha256}, and this one has {sha256}: "
                "a field was altered after signing"
            )
        elif not _fits(party.key, its[0].value, message(contract, party.name, its[0].signed)):
            problem = (
                f"the signature of {party.name} does not fit the contract {sha256} and the time "
                f"{written(its[0].signed)} that it states"
            )
        else:
            problem = ""
        found.append(Signed(party.name, party.role, party.public_key, signed, problem))
    return tuple(found)


def problems(contract: Contract, known: Known | None = None) -> list[str]:
    """Return what is wrong with a contract by itself, whatever the time and the chain, in words."""
    found = content_problems(contract)
    try:
        contract.body()
    except ValueError:
        return found  # what can't be written has no hash, and no signature fits it
    found += [s.problem for s in signatures(contract) if s.problem]
    names = {p.name for p in contract.parties}
    strangers = sorted({s.party for s in contract.signatures} - names)
    found += [f"{name} signed and is an unknown party: the contract does not name it" for name in strangers]
    keys = {name.casefold(): key for name, key in (known or {}).items()}
    for party in contract.parties:
        right = keys.get(party.name.casefold())
        if right is not None and right.hex != party.public_key:
            found.append(f"the key of {party.name} is not the one known for it, {right.hex}")
    return found


def link_problems(contract: Contract, earlier: Contract) -> list[str]:
    """Return what keeps a contract from replacing an earlier one, in words."""
    found = []
    for party in earlier.parties:
        now = contract.party(party.name)
        if now is None:
            found.append(
                f"{party.name} is party to the contract {short(earlier)} and not to the amendment "
                f"{short(contract)}"
            )
        elif now.public_key != party.public_key:
            found.append(
                f"the amendment {short(contract)} names another key for {party.name} than the contract "
                f"{short(earlier)}: sign with the same key, or make a new contract"
            )
    if contract.effective < earlier.effective:
        found.append(
            f"the amendment {short(contract)} takes effect before the contract {short(earlier)} it amends"
        )
    return found


def starts(contract: Contract) -> datetime:
    """Return from when a contract is in force: its date, and not before the last signature."""
    return max([contract.effective, *(s.signed for s in contract.signatures)])


def amendments(of: Contract, among: Iterable[Contract], known: Known | None = None) -> list[Contract]:
    """Return the valid contracts that replace one; more than one is a fork."""
    found = {c.sha256: c for c in among if c.amends == of.sha256}
    return [c for c in found.values() if not problems(c, known) and not link_problems(c, of)]


def short(contract: Contract) -> str:
    """Return the start of a contract's hash, enough to tell the contracts of a chain apart."""
    return contract.sha256[:16]


def _fits(key: PublicKey, value: str, signed: bytes) -> bool:
    if len(value) != 128 or set(value) - set("0123456789abcdef"):  # one way of writing it
        return False
    return key.verify(bytes.fromhex(value), signed)
