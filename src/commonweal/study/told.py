"""What an appraisal can be told once its pool is known: works of each owner, and self-prediction."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from commonweal.leverage.effects import ALL, Panel, measure
from commonweal.leverage.error import band
from commonweal.pool import Pool
from commonweal.study.inputs import Inputs
from commonweal.utility import Sliced
from commonweal.utility.base import Utility, capability
from commonweal.valuation import Appraisal


def told(result: Appraisal, inputs: Inputs, utility: Utility) -> Appraisal:
    """Return the appraisal with the works of each owner, what was left out, and `own_share`.

    `own_share` is the part of the worth that is owners' works predicting their own unseen ones, where the
    utility can tell (`self_prediction`). `slices` holds the worth on each test slice, where the test has any.
    """
    works = dict(zip(inputs.pool.owners, _works(inputs.pool), strict=True))
    named = result.table["owner"].to_pylist()
    column = pa.array([works.get(name) for name in named], pa.int64())
    table = result.table.set_column(result.table.column_names.index("works"), "works", column)
    facts = {**result.facts, "left_out": inputs.left_out}
    own, total = capability(utility, "self_prediction"), result.total["value"]
    if own is not None and total > 0:
        facts["own_share"] = float(np.sum(own())) / total
    if capability(utility, "unit_slice") is not None:
        facts["slices"] = _slices(utility, float(facts["confidence"]), int(facts["seed"]))
    return replace(result, table=table, facts=facts)


def _slices(utility: Any, confidence: float, seed: int) -> list[dict[str, Any]]:
    """Return the worth on each test slice, with its interval for the finite test."""
    ends = np.repeat([[False], [True]], len(utility.owners), axis=1)
    rows = []
    for name in sorted(set(utility.unit_slice)):
        found = measure(Panel.of(Sliced(utility, name), seed=seed), ends)
        score = found.after[:, ALL]
        value, low, high = band(score[1:] - score[:1], found.clusters[1:, ALL], confidence)
        units = sum(1 for other in utility.unit_slice if other == name)
        rows.append({"slice": name, "units": units, "empty": float(score[0, 0]), "full": float(score[1, 0])})
        rows[-1] |= {"value": value, "low": low, "high": high}
    return rows


def _works(pool: Pool) -> list[int]:
    """Return how many works each owner has a say in."""
    count = np.zeros(len(pool.owners), dtype=np.int64)
    for members, works in zip(pool.blocks, pool.works, strict=True):
        count[list(members)] += works
    return [int(n) for n in count]
