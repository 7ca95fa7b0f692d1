"""The Appraisal: what the pool adds, what each owner's share of it is, and how sure one can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pyarrow as pa

from commonweal import charts
from commonweal.errors import InputError
from commonweal.results import Result
from commonweal.sealed import content_hash, versions
from commonweal.valuation.figures import Sums


@dataclass(frozen=True, kw_only=True)
class Appraisal(Result):
    """Owner values of a utility.

    `facts` holds at least: `metric` (name, unit, sign, exponential, plain), `empty` and `full` (scores of
    the base alone and with everyone), `total` (value, low, high, test_low, test_high, owner_low, owner_high),
    `method` (name, why, interval, proven, measured), `evaluations`, `seed`, `confidence`, `warnings`
    (sentences), `left_out`, `utility` (its facts), `total_zero` (true where any interval of the total
    reaches zero:
    no percentages then), `resampled` (what the test-set error resamples), and `groups` where groups were
    asked for.
    A sampled appraisal's `method` also says why it `stopped`.
    """

    schema: ClassVar[str] = "commonweal/appraisal/1"
    columns: ClassVar[Mapping[str, str]] = {
        "owner": "name of the owner",
        "works": "works in the pool that the owner has a say in; null where only a utility was given",
        "size": "size of those works in training, without what is held out to test (mean over splits), in "
        "the model's own unit (words, rows, ratings)",
        "value": "Shapley value, in units of the score; the values add up to full - empty",
        "low": "lower end of the interval for the sampling error alone; equals value where the method is "
        "exact",
        "high": "upper end of the same",
        "test_low": "lower end of the interval for the finite test set alone (whole works or owners "
        "resampled)",
        "test_high": "upper end of the same",
        "owner_low": "lower end of the interval for which other owners happened to be in the pool alone",
        "owner_high": "upper end of the same",
        "all_low": "lower end of the interval that holds for all owners at once (sampling error)",
        "all_high": "upper end of the same",
        "leave_out": "what the full pool loses when this owner alone leaves: v(N) - v(N without the owner)",
        "banzhaf": "Banzhaf value, in units of the score",
        "record_sum": "sum of the values of the owner's records valued each by itself; null where the "
        "model has none",
        "resolved": "true where the owner can be told apart from an equal share at the stated confidence, "
        "all owners "
        "at once, beyond the sampling error and beyond the test-set error",
    }

    sums: Sums | None = field(default=None, repr=False, compare=False)

    @property
    def values(self) -> pa.Table:
        """The table of owners, largest value first."""
        return self.table

    @property
    def total(self) -> Mapping[str, float]:
        """Worth of the pool, v(N) - v(∅), with its three intervals."""
        return self.facts["total"]  # type: ignore[no-any-return]

    @property
    def method(self) -> str:
        """Name of the method that the ladder chose."""
        return str(self.facts["method"]["name"])

    @property
    def evaluations(self) -> int:
        """How many coalitions were evaluated."""
        return int(self.facts["evaluations"])

    def groups(self, mapping: Mapping[str, str]) -> pa.Table:
        """Return sums of owner values by group, largest first, with intervals of their own.

        Parameters
        ----------
        mapping : mapping
            Owner → group. Owners that are not named are in no group. Owners are summed, never merged
            into one.

        Returns
        -------
        pyarrow.Table
            group, owners (how many), value, low, high (sampling error), test_low, test_high (test-set error).

        Raises
        ------
        InputError
            For names that are no owners, or where single owners were not told apart and the groups are new.
        """
        if self.sums is None:
            raise InputError("this appraisal was read back without what sums need", mend="appraise again")
        return self.sums.of(mapping)

    def receipt(self) -> dict[str, Any]:
        """Return what the figures rest on: inputs by SHA-256, options, seeds, versions, vocabulary.

        `inputs` is there where the pools came from files. `commonweal.study.recompute` runs the receipts that
        `commonweal appraise` writes, which hold the whole plan.
        """
        recorded = self.to_dict()
        return {
            "schema": "commonweal/appraisal-receipt/1",
            "facts": recorded["facts"],
            "versions": versions(),
            "rows": recorded["rows"],
            "figures_sha256": content_hash({k: recorded[k] for k in ("facts", "rows")}),
        }

    def plot(self) -> dict[str, Any]:
        """Return the chart of shares: a dot with a bar per owner and a line at the equal share."""
        return charts.shares(self.table, self.facts)
