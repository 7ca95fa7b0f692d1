"""From values in owner order to the Appraisal's table, intervals and group sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from commonweal.counts import counted
from commonweal.errors import InputError
from commonweal.valuation import intervals, test_error

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Findings:
    """What a rung found, in the order of `utility.owners`.

    Attributes
    ----------
    value : float64[M, outputs]
        Values of the score and of each test cluster's influence.
    exact : bool
        No sampling error at all.
    covariance : float64[M, M], optional
        Sampling covariance; None where exact or where no interval is claimed.
    factor, factor_all : float
        Half-width over standard error, for one owner and for all at once.
    owner_half : float64[M], optional
        Half-width for which other owners happened to be in the pool.
    leave_out, banzhaf, record_sum : float64[M], optional
        The other notions of worth; NaN where unknown.
    per_owner : bool
        False where values are means of classes: sums over whole classes are all that is claimed then.
    level : float
        Size of the scores themselves, against which rounding is judged.
    """

    value: Floats
    exact: bool = False
    covariance: Floats | None = None
    factor: float = float("nan")
    factor_all: float = float("nan")
    owner_half: Floats | None = None
    leave_out: Floats | None = None
    banzhaf: Floats | None = None
    record_sum: Floats | None = None
    per_owner: bool = True
    level: float = 0.0

    def half(self, factor: float) -> Floats:
        """Return the half-width of the sampling interval, NaN where none is claimed."""
        if self.exact:
            return np.zeros(len(self.value))
        if self.covariance is None:
            return np.full(len(self.value), np.nan)
        return np.asarray(factor * np.sqrt(np.maximum(np.diag(self.covariance), 0)))


@dataclass(frozen=True)
class Sums:
    """What is needed to sum owner values over groups, with intervals; kept beside the table."""

    owners: Sequence[str]
    findings: Findings
    confidence: float
    known: pa.Table | None = None
    known_of: Mapping[str, str] = field(default_factory=dict)

    def of(self, mapping: Mapping[str, str]) -> pa.Table:
        """Return group, owners, value and intervals, largest first; owners not named are in no group."""
        if not self.findings.per_owner:
            if self.known is not None and dict(mapping) == dict(self.known_of):
                return self.known
            raise InputError(
                "single owners were not told apart in this appraisal, so their values can't be summed anew",
                mend="pass this mapping as groups= to appraise, or allow at least 5 evaluations per owner",
            )
        unknown = set(mapping) - set(self.owners)
        if unknown:
            raise InputError(
                counted(len(unknown), "name in the groups is no owner", "names in the groups are no owners"),
                mend="use names of `table['owner']`",
            )
        names = sorted({str(g) for g in mapping.values()})
        at = {name: k for k, name in enumerate(names)}
        member = np.zeros((len(names), len(self.owners)))
        for i, owner in enumerate(self.owners):
            if owner in mapping:
                member[at[str(mapping[owner])], i] = 1.0
        found = self.findings
        value = member @ found.value
        half = np.zeros(len(names)) if found.exact else np.full(len(names), np.nan)
        if found.covariance is not None:
            half = found.factor * np.sqrt(np.maximum(((member @ found.covariance) * member).sum(axis=1), 0))
        return group_table(names, member.sum(axis=1), value, half, self.confidence)


def group_table(
    names: Sequence[str], count: Floats, value: Floats, half: Floats, confidence: float
) -> pa.Table:
    """Return the table of group sums from values float64[G, outputs] and half-widths float64[G]."""
    test = test_half(value, confidence)
    columns = {
        "group": list(names),
        "owners": count.astype(np.int64),
        "value": value[:, 0],
        "low": value[:, 0] - half,
        "high": value[:, 0] + half,
        "test_low": value[:, 0] - test,
        "test_high": value[:, 0] + test,
    }
    table = pa.table({k: _column(v) for k, v in columns.items()})
    return table.sort_by([("value", "descending"), ("group", "ascending")])


def test_half(value: Floats, confidence: float) -> Floats:
    """Return the half-width of the test-set interval from the clusters' columns, NaN without any."""
    if value.shape[1] < 3:
        return np.full(len(value), np.nan)
    return test_error.half_width(value[:, 1:], confidence)


def owner_table(
    owners: Sequence[str],
    found: Findings,
    confidence: float,
    sizes: Floats | None,
    works: Floats | None,
    seed: int,
) -> pa.Table:
    """Return the Appraisal's table, largest value first."""
    m, value = len(owners), found.value[:, 0]
    nothing = np.full(m, np.nan)
    low_half, all_half = found.half(found.factor), found.half(found.factor_all)
    test = test_half(found.value, confidence) if found.per_owner else nothing
    owner = nothing if found.owner_half is None else found.owner_half
    columns = {
        "owner": list(owners),
        "works": pa.array([None] * m, pa.int64()) if works is None else np.asarray(works, dtype=np.int64),
        "size": nothing if sizes is None else np.asarray(sizes, dtype=np.float64),
        "value": value,
        "low": value - low_half,
        "high": value + low_half,
        "test_low": value - test,
        "test_high": value + test,
        "owner_low": value - owner,
        "owner_high": value + owner,
        "all_low": value - all_half,
        "all_high": value + all_half,
        "leave_out": nothing if found.leave_out is None else found.leave_out,
        "banzhaf": nothing if found.banzhaf is None else found.banzhaf,
        "record_sum": nothing if found.record_sum is None else found.record_sum,
        "resolved": resolved(found, all_half, confidence, seed),
    }
    table = pa.table({k: _column(v) for k, v in columns.items()})
    return table.sort_by([("value", "descending"), ("owner", "ascending")])


def resolved(found: Findings, all_half: Floats, confidence: float, seed: int) -> NDArray[np.bool_]:
    """Tell which owners differ from an equal share: beyond the sampling error, and beyond the test-set error.

    Each error by itself, for all owners at once. The test-set error is that of the difference φ_i - mean(φ).
    """
    value = found.value[:, 0]
    gap = np.abs(value - value.mean())
    if not found.per_owner or len(value) < 2:
        return np.zeros(len(value), bool)
    rounding = 1e-9 * max(np.abs(value).max(), found.level, 1e-300)
    apart = gap > np.maximum(all_half, rounding)  # NaN compares as False: nothing is claimed there
    if found.value.shape[1] >= 3:
        lean = found.value[:, 1:] - found.value[:, 1:].mean(axis=0)
        clusters = lean.shape[1]
        covariance = clusters / (clusters - 1) * (lean @ lean.T) if len(lean) <= 3_000 else None
        if covariance is None:
            at_once = intervals.student(intervals.bonferroni(confidence, len(lean)), clusters)
            se = np.sqrt(clusters / (clusters - 1) * (lean**2).sum(axis=1))
        else:
            at_once = intervals.max_t(covariance, confidence, clusters, np.random.default_rng([seed, 11]))
            se = np.sqrt(np.diag(covariance))
        apart &= gap > at_once * se
    return np.asarray(apart)


def _column(values: object) -> object:
    if isinstance(values, np.ndarray) and values.dtype == np.float64:
        return pa.array(values, mask=~np.isfinite(values))
    return values
