"""Which method values the owners: the first rung that is exact and affordable, named with its reason."""

from __future__ import annotations

from dataclasses import dataclass

from commonweal.counts import counted
from commonweal.errors import InputError

METHODS = ("auto", "closed form", "enumeration", "sampling")
MOST_ENUMERATED = 16
"""Owners whose 2^m coalitions (65,536) are all evaluated without being asked to."""
MANY = 5_000
"""Owners above which nothing is asked about each of them unless the caller asks for it."""


@dataclass(frozen=True)
class Rung:
    """A method and the reason for it."""

    name: str
    why: str


def choose(m: int, *, method: str, budget: int | None, closed_form: bool) -> Rung:
    """Return the rung for m owners.

    Raises
    ------
    InputError
        For an unknown method, or one that these owners or this utility do not allow.
    """
    if method not in METHODS:
        raise InputError(f"unknown method {method!r}", mend=f"choose one of {', '.join(METHODS)}")
    if method == "closed form" and not closed_form:
        raise InputError("this utility has no closed form", mend="use method='auto'")
    if closed_form and method in ("auto", "closed form"):
        return Rung("closed form", "the utility knows its exact Shapley values")
    if method == "enumeration" and m > 24:
        raise InputError(f"2^{m} coalitions can't be enumerated", mend="use method='sampling' or 'auto'")
    few = m <= MOST_ENUMERATED
    affordable = (few and (budget is None or 2**m <= budget)) or (
        budget is not None and m <= 24 and 2**m <= budget
    )
    if method == "enumeration" or (method == "auto" and affordable) or m < 5:
        return Rung("enumeration", f"2^{m} = {2**m:,} coalitions can all be evaluated")
    reason = f"2^{m} coalitions are too many" if method == "auto" else "asked for"
    return _sampling(m, most(m, budget), reason)


def most(m: int, budget: int | None) -> int:
    """Return the most evaluations: the budget, or 50 per owner within bounds for large pools."""
    if budget is not None:
        return budget
    return max(2_000, 50 * m) if m <= 400 else 20_000 if m <= 4_000 else 2_000


def _sampling(m: int, budget: int, reason: str) -> Rung:
    if budget >= max(5 * m, 3 * m + 30):
        return Rung("sampling", f"{reason}; {budget:,} evaluations are at least 5 per owner")
    if budget >= 2 * m + 22:
        return Rung(
            "size curve",
            f"{reason}; {counted(budget, 'evaluation is', 'evaluations are')} fewer than 5 per owner: "
            "a model of size alone",
        )
    if budget < 32:
        raise InputError(
            f"{counted(budget, 'evaluation tells', 'evaluations tell')} nothing of {counted(m, 'owner')}",
            mend="allow at least 32",
        )
    return Rung(
        "class means", f"{reason}; {budget:,} evaluations are fewer than 2 per owner: classes of owners only"
    )
