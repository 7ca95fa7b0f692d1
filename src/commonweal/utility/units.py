"""Who the test units belong to, and how large each owner's share is: the same rule for every utility."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from commonweal.parallel import Workers
from commonweal.pool.batch import Batch
from commonweal.pool.pool import Pool
from commonweal.utility.base import Floats, Ints

HERE = Workers()  # this process: the default of every utility


def unit_owners(test: Pool, owners: Sequence[str], block: Ints) -> Ints:
    """Return the owner of each test unit as an index into `owners`.

    Parameters
    ----------
    test : Pool
        Where the units come from; its owners are matched to `owners` by name.
    owners : sequence of str
        The players.
    block : int64[u]
        Block of each unit in `test.blocks`.

    Returns
    -------
    int64[u]
        -1 where the owner is no player, and where a work has several owners: it is no one player's.
    """
    index = {name: i for i, name in enumerate(owners)}
    single = [index.get(test.owners[b[0]], -1) if len(b) == 1 else -1 for b in test.blocks]
    return np.asarray(single, dtype=np.int64)[block]


def owner_sizes(pool: Pool, size: Floats) -> Floats:
    """Return float64[m], each owner's share of what the blocks hold; co-owners share a block equally.

    Parameters
    ----------
    pool : Pool
        The training pool.
    size : float64[len(pool.blocks)]
        Size of each block in the model's own unit.
    """
    out = np.zeros(len(pool.owners))
    for members, amount in zip(pool.blocks, size, strict=True):
        out[list(members)] += amount / len(members)
    return out


def unit_slices(batch: Batch, column: str | None) -> list[str] | None:
    """Return the test slice of each work of a batch, or None where no column was named."""
    if column is None:
        return None
    return ["" if v is None else str(v) for v in batch.column(column).to_pylist()]
