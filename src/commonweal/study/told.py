"""What an appraisal can be told once its pool is known: works of each owner, and self-prediction."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from commonweal.pool import Pool
from commonweal.utility.base import Utility, capability
from commonweal.valuation import Appraisal


def told(result: Appraisal, pool: Pool, utility: Utility) -> Appraisal:
    """Return the appraisal with the works of each owner, what was left out, and `own_share`.

    `own_share` is the part of the worth that is owners' works predicting their own unseen ones, where the
    utility can tell (`self_prediction`).
    """
    works = dict(zip(pool.owners, _works(pool), strict=True))
    named = result.table["owner"].to_pylist()
    column = pa.array([works.get(name) for name in named], pa.int64())
    table = result.table.set_column(result.table.column_names.index("works"), "works", column)
    facts = {**result.facts, "left_out": dict(pool.left_out)}
    own, total = capability(utility, "self_prediction"), result.total["value"]
    if own is not None and total > 0:
        facts["own_share"] = float(np.sum(own())) / total
    return replace(result, table=table, facts=facts)


def _works(pool: Pool) -> list[int]:
    """Return how many works each owner has a say in."""
    count = np.zeros(len(pool.owners), dtype=np.int64)
    for members, works in zip(pool.blocks, pool.works, strict=True):
        count[list(members)] += works
    return [int(n) for n in count]
