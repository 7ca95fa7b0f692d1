"""Accounts that look like one: shared works, names that are nearly one, works dated to the same moments.

Each is a reason to look, none is a proof: people quote each other, share names, and write on the same days.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations
from typing import Any

from commonweal.counts import agree
from commonweal.pool.names import name_warnings

TOGETHER = 3
"""Shared moments from which on timing alone is worth a look."""
CROWD = 5
"""Owners at one moment from which on it is an import, a deadline, an event: it says nothing of any two."""

Pair = tuple[str, str]


@dataclass(frozen=True)
class Evidence:
    """A reason to look at two accounts.

    Attributes
    ----------
    kind : {"works", "name", "timing"}
    count : int
        Works of the one that are near duplicates of the other's; moments that both have works of; 1 for a
        name.
    of : int
        The works, or moments, of the account that has fewer.
    said : str
        The same in a sentence.
    """

    kind: str
    count: int
    of: int
    said: str


@dataclass(frozen=True)
class Alike:
    """Two accounts, and what makes them look like one."""

    accounts: Pair
    evidence: tuple[Evidence, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it for programs."""
        told = [{"kind": e.kind, "count": e.count, "of": e.of, "said": e.said} for e in self.evidence]
        return {"kind": "accounts", "accounts": list(self.accounts), "evidence": told}


@dataclass
class Accounts:
    """What is gathered about accounts while works are read.

    Attributes
    ----------
    works : Counter
        Works of each owner.
    """

    works: Counter[str] = field(default_factory=Counter)
    _moments: dict[datetime, set[str]] = field(default_factory=lambda: defaultdict(set))
    _shared: dict[Pair, tuple[set[int], set[int]]] = field(default_factory=dict)
    _exact: bool = False

    def work(self, owners: Iterable[str], date: Any) -> None:
        """Note a work: its owners, and its date where it has one (a year alone is no moment)."""
        for owner in owners:
            self.works[owner] += 1
            if isinstance(date, datetime):
                self._moments[date].add(owner)
                self._exact |= bool(date.hour or date.minute or date.second)

    def alike(self, row: int, owners: Iterable[str], other: int, others: Iterable[str]) -> None:
        """Note that one work is a near duplicate of another; who owns both says nothing."""
        own, theirs = set(owners), set(others)
        for a in own - theirs:
            for b in theirs - own:
                first, second = self._shared.setdefault((min(a, b), max(a, b)), (set(), set()))
                (first if a < b else second).add(row)
                (second if a < b else first).add(other)

    def report(self) -> list[Alike]:
        """Return pairs with a reason to look, those with the most first."""
        found: dict[Pair, list[Evidence]] = defaultdict(list)
        for pair, (first, second) in self._shared.items():
            count, of = min(len(first), len(second)), min(self.works[pair[0]], self.works[pair[1]])
            said = f"{count:,} of {of:,} works {agree(count, 'is a near duplicate', 'are near duplicates')}"
            found[pair].append(Evidence("works", count, of, said))
        for kind, names, why in name_warnings(sorted(self.works)):
            if kind == "split":
                for pair in combinations(sorted(names), 2):
                    found[pair].append(Evidence("name", 1, 1, f"names: {why}"))
        self._timing(found)
        pairs = [Alike(pair, tuple(evidence)) for pair, evidence in found.items()]
        return sorted(pairs, key=_weight)

    def _timing(self, found: dict[Pair, list[Evidence]]) -> None:
        """Add shared moments: to pairs with another reason, and alone where they are moments of a clock."""
        moments: Counter[str] = Counter()
        together: Counter[Pair] = Counter()
        for owners in self._moments.values():
            moments.update(owners)
            if len(owners) < CROWD:
                together.update(combinations(sorted(owners), 2))
        unit = "moment" if self._exact else "day"
        for pair, count in together.items():
            of = min(moments[pair[0]], moments[pair[1]])
            alone = self._exact and count >= TOGETHER and 2 * count >= of
            if alone or (pair in found and count > 1):
                chance = moments[pair[0]] * moments[pair[1]] / len(self._moments)
                said = f"{count:,} of {of:,} {unit}s are shared (by chance about {chance:.2g})"
                found[pair].append(Evidence("timing", count, of, said))


def _weight(pair: Alike) -> tuple[Any, ...]:
    works = max((e.count for e in pair.evidence if e.kind == "works"), default=0)
    return (-len(pair.evidence), -works, pair.accounts)
