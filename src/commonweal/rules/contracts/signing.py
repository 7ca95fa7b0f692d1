"""Signing: what bytes a party signs, and how its signature joins the others."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from commonweal.errors import InputError
from commonweal.rules.contracts.contract import Contract, Signature, content_problems
from commonweal.sealed import PrivateKey

DOMAIN = "commonweal-contract-signature/1"
"""First line of what is signed: no signature for another purpose can pass for one under a contract."""


def message(contract: Contract, party: str, signed: datetime) -> bytes:
    """Return the bytes that a party signs: `DOMAIN`, its name, the time, `contract.body()`, a line each."""
    return "\n".join((DOMAIN, party, written(signed), "")).encode() + contract.body()


def written(moment: datetime) -> str:
    """Return a time as contracts write it: ISO 8601 in UTC, with a Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def sign(contract: Contract, key: PrivateKey, party: str, *, at: datetime | None = None) -> Contract:
    """Return the contract with one more signature; the order of signing does not matter.

    Parameters
    ----------
    contract : Contract
    key : PrivateKey
        Whose public part the contract names for the party.
    party : str
        Name of the party that signs.
    at : datetime, optional
        Time of signing, with a time zone; now where absent.

    Raises
    ------
    InputError
        If there is no such party, the key is another's, the party signed already, or the contract is wrong in
        itself, as where its text does not match its hash.
    """
    who = contract.party(party)
    if who is None:
        names = ", ".join(p.name for p in contract.parties)
        raise InputError(f"{party!r} is no party of this contract", mend=f"its parties are {names}")
    if key.public != who.key:
        raise InputError(
            f"the key is not the one that the contract names for {party}",
            mend=f"sign with the key {who.public_key}, or draft again with yours",
        )
    if any(s.party == party for s in contract.signatures):
        raise InputError(f"{party} has signed", mend="one signature is enough")
    if at is not None and at.tzinfo is None:
        raise InputError("a time of signing without a time zone", mend="give one, such as UTC")
    for problem in content_problems(contract):
        raise InputError(problem, mend="do not sign it: ask for a right copy")
    signed = (at or datetime.now(UTC).replace(microsecond=0)).astimezone(UTC)
    value = key.sign(message(contract, party, signed)).hex()
    signature = Signature(party, signed, contract.sha256, value)
    return msgspec.structs.replace(contract, signatures=(*contract.signatures, signature))
