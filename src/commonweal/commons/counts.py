"""What a classification counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from commonweal.commons.rules import Verdict


@dataclass
class Counts:
    """What was counted.

    Attributes
    ----------
    items : int
    verdicts : Counter of str
    rules : Counter of (verdict, rule)
    disputed : int
        Items with an open dispute.
    unread : Counter of str
        Items in whose column (licence, published, author_died) something stands that is not understood.
    absent : tuple of str
        Fields that rules ask about, and the items have no column for.
    elsewhere : int
        Disputes on items that are not among these.
    """

    items: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    rules: Counter[tuple[str, str]] = field(default_factory=Counter)
    disputed: int = 0
    unread: Counter[str] = field(default_factory=Counter)
    absent: tuple[str, ...] = ()
    elsewhere: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the counts as plain values."""
        rules = [{"verdict": v, "rule": r, "items": n} for (v, r), n in sorted(self.rules.items())]
        return {
            "items": self.items,
            "verdicts": {str(v): self.verdicts[v] for v in Verdict},
            "rules": rules,
            "disputed": self.disputed,
            "not_understood": dict(sorted(self.unread.items())),
            "no_column": list(self.absent),
            "disputes_on_other_items": self.elsewhere,
        }
