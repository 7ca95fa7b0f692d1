"""Data rules: what may be done with a work, written once, read by every machine.

Terms are rules on six axes (`vocabulary`), composed without order (`terms`), asked with reasons (`policy`),
and written in every dialect that machines read (`dialects`).
"""

from commonweal.rules.decision import Decision, Reason
from commonweal.rules.policy import Policy, decide
from commonweal.rules.request import Request
from commonweal.rules.signals import Binding, Signal
from commonweal.rules.terms import Declarer, Rule, Terms, from_json, from_toml, read
from commonweal.rules.vocabulary import (
    Act,
    Attribute,
    Consent,
    Delete,
    Duty,
    Effect,
    Flow,
    Life,
    Party,
    Pay,
    Report,
    Scope,
    Watermark,
    Who,
)

__all__ = [
    "Act",
    "Attribute",
    "Binding",
    "Consent",
    "Decision",
    "Declarer",
    "Delete",
    "Duty",
    "Effect",
    "Flow",
    "Life",
    "Party",
    "Pay",
    "Policy",
    "Reason",
    "Report",
    "Request",
    "Rule",
    "Scope",
    "Signal",
    "Terms",
    "Watermark",
    "Who",
    "decide",
    "from_json",
    "from_toml",
    "read",
]
