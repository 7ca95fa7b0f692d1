"""What a reader of a contract is shown, the same on a page and on paper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from commonweal.counts import agree
from commonweal.errors import InputError
from commonweal.rules.contracts import wording
from commonweal.rules.contracts.contract import FORMAT, Contract
from commonweal.rules.contracts.prose import Kind, grouped
from commonweal.rules.contracts.verification import Verification, verify
from commonweal.rules.terms import Rule

STATES = {"valid": "valid", "missing": "not signed", "wrong": "not valid"}


@dataclass(frozen=True)
class Party:
    """A party with the state of its signature, in words."""

    name: str
    role: str
    address: str
    key: str
    signed: str
    state: str
    valid: bool
    value: str


@dataclass(frozen=True)
class View:
    """All that is shown.

    Attributes
    ----------
    title : str
    ok : bool
        Does the contract stand?
    verdict : str
        That, in a sentence.
    problems : tuple of str
        What is wrong, in sentences.
    caution : str
        What the check can't say.
    facts : tuple of (label, text)
        Dates.
    parties : tuple of Party
    text : list of (kind, texts)
        The text, without its title.
    rules : list of (rule, details)
        The rules for machines, in words, each with its conditions and times.
    hashes : tuple of (label, hash)
    made : datetime
        For which time it was verified.
    """

    title: str
    ok: bool
    verdict: str
    problems: tuple[str, ...]
    caution: str
    facts: tuple[tuple[str, str], ...]
    parties: tuple[Party, ...]
    text: list[tuple[Kind, list[str]]]
    rules: list[tuple[str, list[str]]]
    hashes: tuple[tuple[str, str], ...]
    made: datetime


def view(contract: Contract, found: Verification | None = None) -> View:
    """Return what is shown of a contract; without a verification, it is verified now and by itself.

    Raises
    ------
    InputError
        If the verification is of another contract, or of this one with other signatures.
    """
    own = verify(contract)
    found = found or own
    if (found.sha256, found.signatures) != (own.sha256, own.signatures):
        raise InputError("a verification of another contract", mend="verify the contract that is shown")
    body = grouped(contract.text)
    title = contract.title
    if body and body[0][0] == "title":
        title = title or body[0][1][0]
        body = body[1:] if body[0][1][0] == title else body
    on = wording.day(found.at)
    compared = [p.name for p in contract.parties if p.name in found.known]
    caution = (
        f"The {agree(len(compared), 'key', 'keys')} of {wording.listed(compared)} "
        f"{agree(len(compared), 'was', 'were')} compared with keys known from elsewhere."
        if compared
        else "The check used the keys that the contract names. Whose keys they are, ask the parties: compare "
        "the keys below with what they tell you."
    )
    return View(
        title=title or "Contract",
        ok=found.ok,
        verdict=f"Signed by all parties, unaltered, and in force on {on}."
        if found.ok
        else f"Does not stand on {on}:",
        problems=tuple(f"{p[:1].upper()}{p[1:]}." for p in found.problems),
        caution=caution,
        facts=tuple(_facts(contract)),
        parties=tuple(_parties(contract, found)),
        text=body,
        rules=[_rule(rule, contract) for rule in wording.in_order(contract.terms.rules)],
        made=found.at,
        hashes=tuple(_hashes(contract, found)),
    )


def _rule(said: Rule, contract: Contract) -> tuple[str, list[str]]:
    sentence = wording.rule(said, wording.licensees(contract), owed=False)
    times = wording.life(said.life)
    return sentence, [*wording.conditions(said), *([times] if times else [])]


def _facts(contract: Contract) -> list[tuple[str, str]]:
    out = [("In force from", wording.day(contract.effective))]
    out += [("Until", wording.day(contract.ends) if contract.ends else "no fixed end")]
    out += [("Made from", f"the template {contract.template}")] if contract.template else []
    return out


def _parties(contract: Contract, found: Verification) -> list[Party]:
    states = {s.party: s for s in found.signatures}
    values = {s.party: s.value for s in contract.signatures}
    out = []
    for party in contract.parties:
        # Without a hash there are no states: nothing fits what can't be written.
        state = states.get(party.name)
        signed = None if state is None else state.signed
        out.append(
            Party(
                name=party.name,
                role=party.role,
                address=", ".join(text for text in (party.domain, party.address) if text),
                key=party.public_key,
                signed="" if signed is None else wording.day(signed),
                state=STATES["wrong" if state is None else state.state],
                valid=state is not None and state.state == "valid",
                value=values.get(party.name, ""),
            )
        )
    return out


def _hashes(contract: Contract, found: Verification) -> list[tuple[str, str]]:
    out = [("Contract", found.sha256 or "none: it can’t be written as canonical JSON")]
    out += [("Text", contract.text_sha256)]
    out += [("Replaces the contract", contract.amends)] if contract.amends else []
    return [*out, ("Format", FORMAT)]
