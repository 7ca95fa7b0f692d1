"""Error from the finite test set, out of the same evaluations.

The score is a ratio of sums over test units, U = Σ_g n_g / Σ_g d_g over clusters g (whole works or whole test
owners: resampling smaller pieces understates the error threefold). Its influence on cluster g is
(n_g - U d_g) / Σ d (the infinitesimal jackknife of a ratio). Owner values are linear in the scores, so
the same
linear estimator applied to each influence column gives the influence L_g of the cluster on a value, and
se² = G/(G-1) Σ_g L_g², with Student's t on G - 1 degrees of freedom.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, stats

from commonweal.utility.base import capability

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST = 300
"""Most clusters carried along; more are grouped at random into this many."""
FEWEST_OWNERS = 10
"""Test owners below which works are resampled instead."""


@dataclass(frozen=True)
class Clusters:
    """Which cluster each test unit is in: `of` int64[units] with values 0 … count-1; `kind` in words."""

    of: Ints
    count: int
    kind: str

    @property
    def units(self) -> int:
        """How many test units."""
        return len(self.of)

    def influence(self, numerator: Floats, denominator: Floats, score: Floats) -> Floats:
        """Return each cluster's influence on the score of each coalition, float64[k, count]."""
        total = denominator.sum(axis=1)
        total = np.where(total == 0, 1.0, total)
        units = len(self.of)
        gather = sparse.csr_matrix((np.ones(units), (np.arange(units), self.of)), (units, self.count))
        return np.asarray(((numerator - score[:, None] * denominator) @ gather) / total[:, None])


def clusters(utility: Any, seed: int, most: int = MOST) -> Clusters | None:
    """Return the clusters to resample: test owners if there are ten, else works, else units; None
    without units."""
    if capability(utility, "unit_scores") is None:
        return None
    units = utility.unit_scores(np.zeros((1, len(utility.owners)), bool))[0].shape[1]
    owner, work = capability(utility, "unit_owner"), capability(utility, "unit_work")
    work_of = np.arange(units) if work is None else np.asarray(work, dtype=np.int64)
    kind = "single test units" if work is None else "whole test works"
    if owner is not None and len(np.unique(np.asarray(owner)[np.asarray(owner) >= 0])) >= FEWEST_OWNERS:
        owner = np.asarray(owner, dtype=np.int64)
        work_of = np.where(owner >= 0, owner, work_of + owner.max() + 1)
        kind = "whole test owners"
    found, of = np.unique(work_of, return_inverse=True)
    count = len(found)
    if count > most:
        of = (np.random.default_rng([seed, 7]).permutation(count) % most)[of]
        kind, count = f"{kind}, {count} of them gathered at random in {most} groups", most
    return Clusters(of.astype(np.int64), count, kind) if count >= 2 else None


def half_width(influence: Floats, confidence: float) -> Floats:
    """Return the half-width of the interval of each value: float64[k, G] → float64[k]."""
    count = influence.shape[1]
    se = np.sqrt(count / (count - 1) * (influence**2).sum(axis=1))
    return np.asarray(stats.t.ppf((1 + confidence) / 2, count - 1) * se)
