"""Amending: a new contract that replaces an earlier one by its hash."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from commonweal.errors import InputError
from commonweal.rules.contracts import wording
from commonweal.rules.contracts.contract import Contract, draft
from commonweal.rules.contracts.signing import written
from commonweal.rules.terms import Terms


def amend(
    contract: Contract,
    *,
    terms: Terms | None = None,
    blanks: Mapping[str, Any] | None = None,
    text: str | None = None,
    effective: datetime | None = None,
    ends: datetime | None = None,
) -> Contract:
    """Return a contract, not yet signed, that replaces an earlier one once all its parties have signed.

    Parameters
    ----------
    contract : Contract
        The earlier one.
    terms : Terms, optional
        New terms. Without `text`, the earlier text stays and gets a section that says the new rules in words
        and stands before whatever it contradicts.
    blanks : mapping, optional
        Of a contract from a template: the blanks that change, others stay; terms and text follow from them.
    text : str, optional
        New text.
    effective, ends : datetime, optional
        When the amendment takes effect (now where absent), and when the contract ends (as before).

    Raises
    ------
    InputError
        If nothing changes; if blanks are given beside terms or text, or for a contract that follows no
        template any more; or as for `draft`.
    """
    moment = effective or datetime.now(UTC).replace(microsecond=0)
    if moment.tzinfo is None:
        raise InputError("effective without a time zone", mend="give one, such as UTC")
    if blanks is not None:
        if terms is not None or text is not None:
            raise InputError(
                "blanks beside terms or text", mend="give blanks alone: terms and text follow from them"
            )
        return _refilled(contract, {**blanks, **({} if ends is None else {"ends": ends})}, moment)
    if terms is None and text is None and ends is None:
        raise InputError("nothing is amended", mend="give terms, blanks, text or ends")
    now = terms or contract.terms
    if text is None:
        text = f"{contract.text.rstrip()}\n\n{_section(contract, now, moment, ends)}"
    return draft(
        contract.parties, now, text, moment,
        ends=contract.ends if ends is None else ends, title=contract.title,
        template=contract.template, blanks=contract.blanks, amends=contract.sha256,
    )  # fmt: skip


def _refilled(contract: Contract, changed: Mapping[str, Any], moment: datetime) -> Contract:
    # Templates make contracts, so they rest on this room, which asks them only here.
    from commonweal.rules import templates

    if not contract.template:
        raise InputError("the contract was made from no template", mend="give terms and text instead")
    template = templates.load(contract.template)
    if template.fill(contract.blanks, amends=contract.amends).body() != contract.body():
        raise InputError(
            f"the contract is no longer what the template {contract.template} makes of its blanks",
            mend="give terms and text instead",
        )
    return template.fill({**contract.blanks, **changed, "effective": moment}, amends=contract.sha256)


def _section(contract: Contract, terms: Terms, moment: datetime, ends: datetime | None) -> str:
    rules = "\n".join(f"- {line}" for line in wording.rules(terms, wording.licensees(contract)))
    end = "" if ends is None else f" The contract ends on {wording.day(ends)}."
    return (
        f"## Amendment of {wording.day(moment)}\n\n"
        f"This contract replaces the one with the hash {contract.sha256}. It takes effect on "
        f"{written(moment)}, once all parties have signed it.{end} From then on these rules hold, and they "
        f"stand before whatever is said above:\n\n{rules}\n"
    )
