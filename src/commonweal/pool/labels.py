"""Labels in the test that no training work has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from commonweal.errors import InputError
from commonweal.pool.columns import is_number

if TYPE_CHECKING:
    from commonweal.pool.pool import Pool

SHOWN = 5


def check_labels(
    train: Pool, test: Pool, base: Pool | None = None, *, numbers: bool = False
) -> tuple[str, ...]:
    """Return the labels of training and base, sorted, after checking that the test has no other.

    Parameters
    ----------
    train, test, base : Pool
        Pools with a target.
    numbers : bool
        Whether numbers are labels too (a classification with numbered classes); otherwise a target of
        numbers passes, and () is returned.

    Raises
    ------
    InputError
        For labels never seen in training or base, for a pool without a target, and for a target of labels
        in one pool and of numbers in another.
    """
    pools = [pool for pool in (train, base, test) if pool is not None]
    found = [_labels(pool) for pool in pools]
    if len({is_numbers for is_numbers, _ in found}) > 1:
        raise InputError(
            "the target holds numbers in one pool and labels in another",
            mend="write it the same way in all of them",
        )
    if found[0][0] and not numbers:
        return ()
    known = set().union(*(labels for _, labels in found[:-1]))
    unknown = sorted(found[-1][1] - known)
    if unknown:
        shown = ", ".join(map(repr, unknown[:SHOWN])) + (
            f" and {len(unknown) - SHOWN} more" if len(unknown) > SHOWN else ""
        )
        raise InputError(
            f"labels in the test of no training work: {shown}",
            where=f"column {test.roles.target!r}",
            mend="add works with these labels, take them out of the test, or split with another seed",
        )
    return tuple(sorted(known))


def _labels(pool: Pool) -> tuple[bool, set[str]]:
    target = pool.roles.target
    if target is None:
        raise InputError("a pool without a target", mend="name the column of labels with target=")
    labels: set[str] = set()
    numbers = False
    for batch in pool.batches(columns=(target,)):
        column = batch.column(target)
        numbers = is_number(column.type)
        labels.update(map(str, column.unique().cast(pa.string()).to_pylist()))
    return numbers, labels
