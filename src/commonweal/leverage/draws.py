"""Seeded draws of owners: permutations whose first n are the draw of size n, so that draws are nested.

Every question of this room reads its coalitions off the same permutations (common random numbers): two
participations, or a builder and a rival, differ by what is asked and not by who happened to be drawn.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from commonweal.counts import counted
from commonweal.errors import InputError
from commonweal.utility.base import Bools

Ints = NDArray[np.int64]


def permutations(m: int, draws: int, seed: int) -> Ints:
    """Return int64[draws, m]: in each row the m owners in random order."""
    if draws < 1:
        raise InputError(f"draws must be at least 1, not {draws}", mend="ask for 50 or more")
    rng = np.random.default_rng([seed, m])
    return rng.permuted(np.tile(np.arange(m), (draws, 1)), axis=1)


def first(orders: Ints, n: int, m: int | None = None) -> Bools:
    """Return bool[draws, m]: the first n owners of each order; a single row where n is none or everyone."""
    total = orders.shape[1] if m is None else m
    rows = orders[:1] if n in (0, total) else orders
    out = np.zeros((len(rows), total), bool)
    np.put_along_axis(out, rows[:, :n], True, axis=1)
    return out


def sizes_of(participation: Sequence[float], m: int) -> tuple[list[int], list[str]]:
    """Return how many of m owners each participation means, and sentences about those that mean none or all.

    Raises
    ------
    InputError
        For a participation outside 0 to 1, a number where a list belongs, or when there are no owners.
    """
    if m < 1:
        raise InputError("the pool has no owners", mend="give a pool with works")
    if isinstance(participation, (int, float)):
        raise InputError(f"participation {participation} is one number", mend="give a list, [0.3] for 30%")
    sizes, none, all_of = [], [], []
    for share in participation:
        if not 0 <= share <= 1:
            raise InputError(
                f"participation {share} is no share", mend="give numbers between 0 and 1, 0.3 for 30%"
            )
        n = int(np.floor(share * m + 0.5))
        if n == 0 and share > 0:
            none.append(share)
        if n == m and share < 1:
            all_of.append(share)
        sizes.append(n)
    said = []
    if none:
        said.append(f"{_of(none, m)} is less than half an owner: nobody takes part there.")
    if all_of:
        said.append(f"{_of(all_of, m)} rounds to everyone: all owners take part there.")
    return sizes, said


def _of(shares: Sequence[float], m: int) -> str:
    """Return "1% or 5% of 7 owners"."""
    *before, last = (f"{100 * share:.3g}%" for share in shares)
    return f"{', '.join(before)}{' or ' if before else ''}{last} of {counted(m, 'owner')}"


def ladder(m: int, steps_per_doubling: int = 2) -> list[int]:
    """Return sizes 1 … m that grow by doubling with steps between, m included: 1, 2, 3, 4, 6, 8, 11, …"""
    top = int(np.ceil(steps_per_doubling * np.log2(max(m, 2))))
    grown = np.round(2.0 ** (np.arange(top + 1) / steps_per_doubling)).astype(int)
    return sorted({int(n) for n in grown if n < m} | {m})
