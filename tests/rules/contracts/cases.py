"""Two parties with keys, contracts between them, and the times at which they act."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from typing import Any

from commonweal.rules import Act, Effect, Pay, Rule, Terms, templates
from commonweal.rules.contracts import Contract, Signatory, draft, sign
from commonweal.sealed import PrivateKey

WRITERS, BUILDER, WITNESS = (PrivateKey.generate() for _ in range(3))
KEYS = {"Writers": WRITERS, "Builder Ltd": BUILDER, "Witness": WITNESS}
LICENSOR = Signatory("Writers", "licensor", WRITERS.public.hex, "writers.example")
LICENSEE = Signatory("Builder Ltd", "licensee", BUILDER.public.hex, "builder.example")
THIRD = Signatory("Witness", "witness", WITNESS.public.hex)
KNOWN = {name: key.public for name, key in KEYS.items()}

SIGNED = datetime(2027, 1, 2, tzinfo=UTC)
START = datetime(2027, 2, 1, tzinfo=UTC)
LATER = datetime(2027, 6, 1, tzinfo=UTC)
END = datetime(2030, 1, 1, tzinfo=UTC)

PAID = Terms(rules=(Rule(frozenset({Act.TRAIN_GEN}), Effect.CONDITIONAL, duties=frozenset({Pay("fixed")})),))
FREE = Terms(rules=(Rule(frozenset({Act.TRAIN_GEN}), Effect.ALLOW),))
CLOSED = Terms(rules=(Rule(frozenset({Act.TRAIN_GEN}), Effect.DENY),))


def drafted(**changes: Any) -> Contract:
    """Return an unsigned contract."""
    parts: dict[str, Any] = {
        "parties": [LICENSOR, LICENSEE], "terms": PAID, "text": "# Licence\n\nTrain, and pay.",
        "effective": START, "ends": END, "title": "Licence", **changes,
    }  # fmt: skip
    return draft(**parts)


def signed(contract: Contract, at: datetime = SIGNED) -> Contract:
    """Return the contract signed by all its parties."""
    for party in contract.parties:
        contract = sign(contract, KEYS[party.name], party.name, at=at)
    return contract


def from_template(name: str, **changes: Any) -> Contract:
    """Return a contract from a template's form, between the two parties, unsigned."""
    template = templates.load(name)
    blanks: dict[str, Any] = tomllib.loads(template.form())
    blanks["licensor"] = {**blanks["licensor"], "name": "Writers", "public_key": WRITERS.public.hex}
    if "licensee" in blanks:
        blanks["licensee"] = {**blanks["licensee"], "name": "Builder Ltd", "public_key": BUILDER.public.hex}
    blanks |= changes
    return template.fill({k: v for k, v in blanks.items() if v is not None})
