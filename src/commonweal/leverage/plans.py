"""Who strikes: random owners, named groups beside random groups of equal size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from commonweal.counts import counted
from commonweal.errors import InputError
from commonweal.leverage.draws import first
from commonweal.utility.base import Bools

Groups = Mapping[str, ArrayLike | Sequence[str]]

RANDOM, WORST, BESIDE = "random", "worst found", "random owners"


@dataclass(frozen=True)
class Plan:
    """Strikes of one row of the table: who strikes in each draw, bool[d, m]."""

    by: str
    group: str | None
    participation: float
    strikers: Bools
    watched: Bools | None = None

    @property
    def owners(self) -> int:
        """How many strike."""
        return int(self.strikers[0].sum())

    @property
    def random(self) -> bool:
        """Whether the strikers are drawn from all owners alike."""
        return self.by == RANDOM or self.group == BESIDE


def masks(by: Groups, names: Sequence[str], by_name: str) -> dict[str, Bools]:
    """Return the groups as flags over owners, whether given as flags or as names."""
    if not isinstance(by, Mapping):
        raise InputError(
            f"by is a {type(by).__name__}, not groups", mend="give pool.groups(column), or name → owners"
        )
    index = {name: i for i, name in enumerate(names)}
    out = {}
    for group, members in by.items():
        given = np.asarray(members)
        if given.dtype == np.bool_:
            if given.shape != (len(names),):
                raise InputError(
                    f"group {group!r} has {counted(given.size, 'flag')} for {counted(len(names), 'owner')}",
                    mend="give one flag per owner, in the order of utility.owners",
                )
            out[str(group)] = given
            continue
        unknown = [str(n) for n in given.ravel() if str(n) not in index]
        if unknown:
            raise InputError(
                f"group {group!r} of {by_name!r} names "
                f"{counted(len(unknown), 'who owns', 'who own')} nothing in the pool, "
                f"{unknown[0]!r} among them",
                mend="name owners as the pool does",
            )
        mask = np.zeros(len(names), bool)
        mask[[index[str(n)] for n in given.ravel()]] = True
        out[str(group)] = mask
    return out


def group_plans(
    groups: Mapping[str, Bools], by_name: str, within: float, orders: NDArray[np.int64], warnings: list[str]
) -> list[Plan]:
    """Return each group's plan, followed by random owners of equal number."""
    if not 0 < within <= 1:
        raise InputError(f"within={within} is no share of a group", mend="give a number above 0, up to 1")
    draws, m = orders.shape
    plans = []
    for group, mask in groups.items():
        size = int(np.floor(within * mask.sum() + 0.5))
        if size == 0:
            warnings.append(
                f"Group {group!r} has {counted(int(mask.sum()), 'owner')}, of whom none would "
                "strike: left out."
            )
            continue
        chosen = mask[None]
        if size < mask.sum():
            members = np.flatnonzero(mask)
            ranked = orders[np.isin(orders, members)].reshape(
                draws, len(members)
            )  # each order, members alone
            chosen = first(ranked, size, m)
        watched = mask if size < mask.sum() else None
        plans.append(Plan(by_name, group, size / m, chosen, watched))
        plans.append(Plan(by_name, BESIDE, size / m, first(orders, size)))
    return plans
