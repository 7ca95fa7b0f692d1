"""Ratings as sparse rows, one per player, then one per user of the base; and the held-out pairs to rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from commonweal.errors import InputError
from commonweal.pool.pool import Pool
from commonweal.utility.base import Floats, Ints
from commonweal.utility.units import unit_slices

JITTER = 1e-7  # far above rounding, far below a rating


@dataclass(frozen=True)
class Raw:
    """Ratings as they were read: names of users; user, item, value and slice of each rating."""

    names: tuple[str, ...]
    user: Ints
    item: NDArray[Any]
    rating: Floats
    slices: list[str] | None = None


@dataclass(frozen=True)
class Pairs:
    """Held-out ratings to be ranked, sorted by user.

    `row[p]` and `base_row[p]` are rows of the user as a player and as a user of the base (-1: none),
    `item[p]`, `relevant[p]`, `unit[p]`; `start[v]:start[v + 1]` are the pairs of the v-th user, of which
    `top[v]` are surfaced; `jitter[p]` breaks ties.
    """

    row: Ints
    base_row: Ints
    item: Ints
    relevant: NDArray[np.bool_]
    unit: Ints
    start: Ints
    top: Ints
    jitter: Floats


def read(pool: Pool, slice: str | None = None) -> Raw:
    """Read a ratings pool.

    Raises
    ------
    InputError
        For a pool that holds no ratings, a co-owned rating, a rating that is not finite.
    """
    if pool.kind != "ratings" or pool.roles.rating is None:
        raise InputError(
            f"EASE needs ratings, and this is a {pool.kind} pool", mend="name user=, item= and rating="
        )
    if any(len(members) != 1 for members in pool.blocks):
        raise InputError("a rating has several owners", mend="give each rating one user: the user owns it")
    owner = np.array([members[0] for members in pool.blocks], dtype=np.int64)
    users, items, ratings, slices = [np.zeros(0, np.int64)], [np.zeros(0, object)], [np.zeros(0)], list[str]()
    for batch in pool.batches():
        bad = np.flatnonzero(~np.isfinite(batch.rating))
        if len(bad):
            where = f"work {batch.number[bad[0]]}"
            raise InputError("a rating is missing or not finite", where=where, mend="leave it out")
        users.append(owner[batch.block])
        items.append(batch.item)
        ratings.append(batch.rating)
        slices += unit_slices(batch, slice) or []
    joined = np.concatenate(users), np.concatenate(items), np.concatenate(ratings)
    return Raw(tuple(pool.owners), *joined, slices if slice else None)


def matrix(
    train: Raw, base: Raw | None, test: Raw, centre: float
) -> tuple[sparse.csr_array, dict[str, int], dict[str, int]]:
    """Return (X, item index, row of each base user): X holds rating − centre, players first, then base users.

    A user's several ratings of an item are averaged. An item that only the test knows has an empty column.
    """
    parts = [train] if base is None else [train, base]
    names = np.unique(np.concatenate([p.item for p in (*parts, test)]).astype(str))
    index = {name: i for i, name in enumerate(names.tolist())}
    offset = [0, len(train.names)]
    row = np.concatenate([p.user + o for p, o in zip(parts, offset, strict=False)])
    column = np.array([index[i] for p in parts for i in p.item], dtype=np.int64)
    value = np.concatenate([p.rating for p in parts]) - centre
    shape = len(train.names) + (len(base.names) if base else 0), len(index)
    total = sparse.coo_array((value, (row, column)), shape).tocsr()
    count = sparse.coo_array((np.ones(len(value)), (row, column)), shape).tocsr()
    total.data /= count.data
    rows = {name: len(train.names) + i for i, name in enumerate(base.names)} if base else {}
    return total, index, rows


class Units(NamedTuple):
    """Who is scored: per unit the index of the user in the test pool, the player (-1: none), the slice."""

    work: Ints
    owner: Ints
    slice: list[str] | None


def pairs(
    test: Raw,
    owners: Sequence[str],
    items: dict[str, int],
    base_rows: dict[str, int],
    relevant: float,
    seed: int,
) -> tuple[Pairs, Units]:
    """Return the pairs to rank and the units they are counted in: a unit is a user (in one slice).

    Users without a relevant held-out rating have nothing to surface and are left out.
    """
    wanted = test.rating >= relevant
    has = np.bincount(test.user, wanted, len(test.names)) > 0
    order = np.argsort(test.user, kind="stable")
    order = order[has[test.user[order]]]
    user = test.user[order]
    if not len(user):
        raise InputError(
            f"no held-out rating reaches {relevant}", mend="hold out more ratings or lower relevant="
        )
    player = {name: i for i, name in enumerate(owners)}
    row_of = np.array([player.get(n, -1) for n in test.names], dtype=np.int64)
    base_of = np.array([base_rows.get(n, -1) for n in test.names], dtype=np.int64)
    slices = [test.slices[i] for i in order] if test.slices else None
    code = np.unique(slices, return_inverse=True)[1] if slices else np.zeros(len(user), dtype=np.int64)
    key = user * (int(code.max()) + 1) + code
    _, first, unit = np.unique(key, return_index=True, return_inverse=True)
    seen, start = np.unique(user, return_index=True)
    out = Pairs(
        row_of[user],
        base_of[user],
        np.array([items[i] for i in test.item[order]], dtype=np.int64),
        wanted[order],
        unit.astype(np.int64),
        np.append(start, len(user)).astype(np.int64),
        np.bincount(user, wanted[order], len(test.names))[seen].astype(np.int64),
        JITTER * np.random.default_rng(seed).random(len(test.user))[order],
    )
    return out, Units(user[first], row_of[user[first]], [slices[i] for i in first] if slices else None)
