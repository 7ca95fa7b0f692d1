"""From signed contracts to signals: what decisions read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from commonweal.rules.contracts import chain
from commonweal.rules.contracts.chain import Known, short
from commonweal.rules.contracts.contract import Contract, from_json
from commonweal.rules.contracts.verification import Given
from commonweal.rules.signals import Binding, Signal
from commonweal.rules.terms import Terms


def to_signals(contracts: Given | Iterable[Given], *, known: Known | None = None) -> list[Signal]:
    """Return what contracts say, for `decide`: an agreement with each licensee stands before public signals.

    Each contract of a chain speaks from its start (its date, and not before the last signature) until its end
    or the start of its amendment; whether it speaks at a request's time, the request decides. Amendments that
    not all parties signed are passed over. A chain that is broken, forked or wrongly signed gives signals
    that are not verified, which decisions leave out. A contract without a licensee is a licence to everybody:
    a mark on the works, verified only where the licensor's key is known, for anybody can make a key.

    Parameters
    ----------
    contracts : Contract, bytes or str, one or several
        All that are at hand, of one chain or of several, in any order.
    known : mapping of str to PublicKey, optional
        Keys known from elsewhere, by the party's name. Where given, a contract whose licensor is not among
        them, or has another key, is not verified.

    Raises
    ------
    InputError
        If a JSON text holds no contract.
    """
    given = [contracts] if isinstance(contracts, Contract | bytes | str) else list(contracts)
    read = [c if isinstance(c, Contract) else from_json(c) for c in given]
    every = {c.sha256: c for c in read}
    for c in read:  # of two copies, the one with the signatures
        if len(c.signatures) > len(every[c.sha256].signatures):
            every[c.sha256] = c
    out: list[Signal] = []
    for first in every.values():
        if first.amends in every:
            continue
        line, sound = _line(first, every, known)
        for i, contract in enumerate(line):
            until = chain.starts(line[i + 1]) if i + 1 < len(line) else None
            terms = _clipped(contract, until)
            if terms.rules or i + 1 == len(line):
                out += _signals(contract, terms, sound, known)
    return out


def _line(first: Contract, every: dict[str, Contract], known: Known | None) -> tuple[list[Contract], bool]:
    """Return a chain as far as it is signed, and whether it can be relied on."""
    line, sound = [first], not first.amends and not chain.problems(first, known)
    while newer := chain.amendments(line[-1], every.values(), known):
        if len(newer) > 1:
            return line, False
        line.append(newer[0])
    return line, sound


def _clipped(contract: Contract, until: datetime | None) -> Terms:
    """Return the terms, each rule in force only while the contract is."""
    start = chain.starts(contract)
    ends = [moment for moment in (contract.ends, until) if moment is not None]
    rules = []
    for rule in contract.terms.rules:
        begin = max(m for m in (start, rule.life.effective) if m is not None)
        end = min((m for m in (*ends, rule.life.expiry) if m is not None), default=None)
        if end is None or begin < end:
            life = msgspec.structs.replace(rule.life, effective=begin, expiry=end)
            rules.append(msgspec.structs.replace(rule, life=life))
    return msgspec.structs.replace(contract.terms, rules=tuple(rules))


def _signals(contract: Contract, terms: Terms, sound: bool, known: Known | None) -> list[Signal]:
    where = f"contract {short(contract)}"
    licensees = [p for p in contract.parties if p.role == "licensee"]
    keys = {name.casefold() for name in known or {}}
    sure = sound and all(p.name.casefold() in keys for p in contract.parties if p.role == "licensor")
    if not licensees:
        return [Signal(terms, where=where, binding=Binding.UNIT, verified=sure)]
    sound = sound if known is None else sure  # who knows keys does not take a licensor they don't know
    names = dict.fromkeys(name for p in licensees for name in (p.name, p.domain) if name)
    return [
        Signal(terms, where=where, binding=Binding.AGREEMENT, verified=sound, party=name) for name in names
    ]
