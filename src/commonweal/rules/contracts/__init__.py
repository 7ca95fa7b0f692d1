"""Signed contracts: drafted from terms and text, signed by several parties, verified, amended, and shown.

A contract is JSON with one way of writing it; each party signs its canonical form. A chain of contracts gives
the signals that decisions read.
"""

from commonweal.rules.contracts.agreements import to_signals
from commonweal.rules.contracts.amending import amend
from commonweal.rules.contracts.chain import Signed
from commonweal.rules.contracts.contract import Contract, Signatory, Signature, draft, from_json, read
from commonweal.rules.contracts.html import to_html
from commonweal.rules.contracts.pdf import to_pdf
from commonweal.rules.contracts.signing import message, sign
from commonweal.rules.contracts.verification import Verification, verify

__all__ = [
    "Contract",
    "Signatory",
    "Signature",
    "Signed",
    "Verification",
    "amend",
    "draft",
    "from_json",
    "message",
    "read",
    "sign",
    "to_html",
    "to_pdf",
    "to_signals",
    "verify",
]
