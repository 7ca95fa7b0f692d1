"""Results of the leverage room: one class per question, columns documented.

Every `*_change` is a difference of scores (with the strike minus without; a higher score is better, so a loss
is negative). `*_low` and `*_high` bound the middle `confidence` of draws combined with the test-set error.
"""

# ruff: noqa: E501 (one line a column)

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from commonweal import charts
from commonweal.results import Result
from commonweal.utility.base import Metric


@dataclass(frozen=True, kw_only=True)
class Strike(Result):
    """What withholding costs, others before strikers.

    `facts`: `metric`, `empty`, `full`, `gap` (full - empty, with low and high, and `gap_zero` true when its
    interval reaches zero or below), `floor` (what `gap_lost` counts from: `name`, `score`, its `gap` and `gap_zero`),
    `draws`, `seed`, `confidence`, `warnings`, `evaluations`, `resampled` (what the test-set error resamples), `worst` (budget and evaluations of the search; `unseen`: what strikes found on one half
    of the test set cost others on the other half).
    """

    schema: ClassVar[str] = "commonweal/strike/2"
    columns: ClassVar[Mapping[str, str]] = {
        "by": "'random', 'worst found' (greedy search: a bound from one side, not the true worst case, and picked by the same test set) or the column that names the groups",
        "group": "name of the striking group; 'random owners' for the random group of equal size beside it; null for a random strike",
        "participation": "share of all owners that strikes, as asked for; for a group its owners by all owners",
        "owners": "how many owners strike",
        "draws": "how many draws the row rests on (1 for a named group)",
        "score": "median score over all test units when they strike",
        "others_change": "median change of the score on test units of owners who do not strike",
        "others_low": "lower end for the same",
        "others_high": "upper end for the same",
        "strikers_change": "median change of the score on the strikers' own test units; null where they have none",
        "strikers_low": "lower end for the same",
        "strikers_high": "upper end for the same",
        "similar_change": "median change of the score on members of the group who do not strike; null unless a part of a group strikes",
        "similar_low": "lower end for the same",
        "similar_high": "upper end for the same",
        "all_change": "median change of the score on all test units",
        "all_low": "lower end for the same",
        "all_high": "upper end for the same",
        "shrunk": "the loss for others reads as if the pool had shrunk by this share (random owners removed); null where it can't be told",
        "shrunk_low": "lower end for the same; 0 stands for no loss or a gain",
        "shrunk_high": "upper end for the same; never above the largest share that was removed at random",
        "worth_lost": "share of (full - empty) lost over all test units; not clamped; null when that gap, or the low end of its interval, is zero or less",
        "worth_lost_low": "lower end for the same",
        "worth_lost_high": "upper end for the same",
        "gap_lost": "share of (full - floor) lost over all test units, the floor as `facts` names it: for ratings the most rated titles for everyone, else the base alone; not clamped; null as before",
        "gap_lost_low": "lower end for the same",
        "gap_lost_high": "upper end for the same",
    }

    def plot(self) -> dict[str, Any]:
        """Return loss for others and for strikers against participation."""
        return charts.strikes(self.table, self.facts)


@dataclass(frozen=True, kw_only=True)
class Contribution(Result):
    """What giving the works to a rival does (the three measures of data leverage power, Vincent & Hecht 2021).

    `facts`: `metric`, `best` (builder with the whole pool), `worst` (the rival's base alone), `gap` (best - worst, with
    low and high), `gap_zero`, `rival_base`, `draws`, `seed`, `confidence`, `warnings`.
    """

    schema: ClassVar[str] = "commonweal/contribution/1"
    columns: ClassVar[Mapping[str, str]] = {
        "participation": "share of all owners that contribute",
        "owners": "how many owners contribute",
        "draws": "how many draws the row rests on",
        "rival_score": "median score of the rival with the contributed works",
        "rival_low": "lower end for the same",
        "rival_high": "upper end for the same",
        "builder_score": "median score of the builder when the contributors also withhold",
        "builder_low": "lower end for the same",
        "builder_high": "upper end for the same",
        "dlp_contribution": "(S(f) - worst)/(best - worst): how far the rival gets; not clamped",
        "dlp_contribution_low": "lower end for the same",
        "dlp_contribution_high": "upper end for the same",
        "dlp_both": "(S(f) - worst)/(L(1-f) - worst): rival against the struck builder, f ≤ 1/2; not clamped; null where undefined",
        "dlp_both_low": "lower end for the same",
        "dlp_both_high": "upper end for the same",
        "dlp_strike": "1 - (L(1-f) - worst)/(best - worst): what the strike alone takes; not clamped",
        "dlp_strike_low": "lower end for the same",
        "dlp_strike_high": "upper end for the same",
    }

    def plot(self) -> dict[str, Any]:
        """Return rival and builder on one axis against participation."""
        return charts.contributions(self.table, self.facts)


@dataclass(frozen=True, kw_only=True)
class CriticalMass(Result):
    """How many owners are enough: almost any n owners, in 95 of 100 draws.

    `facts`: `metric`, `empty`, `full`, `gap`, `gap_zero`, `draws`, `draws_needed`, `claim` (what so many draws can
    claim, in words), `seed`, `confidence`, `in_draws` (.95), `warnings`.
    """

    schema: ClassVar[str] = "commonweal/critical-mass/1"
    columns: ClassVar[Mapping[str, str]] = {
        "share": "share of the pool's worth that is to be reached (for a rival) or lost (for a builder)",
        "question": "'reach': n random owners alone reach the share; 'lose': withholding n random owners loses it",
        "owners": "smallest n for which it holds in 95 of 100 draws; null where no n below all owners does",
        "low": "lower end of the interval for n (draws and test set)",
        "high": "upper end of the same; null where it may take everyone",
        "of": "number of owners in the pool",
    }

    def plot(self) -> dict[str, Any]:
        """Return the number of owners that suffices for each share."""
        return charts.critical_mass(self.table, self.facts)


@dataclass(frozen=True, kw_only=True)
class Scaling(Result):
    """The learning curve, and what would replace the pool.

    `facts`: `metric`, `unit` (of size), `form` (chosen form with parameters, or null), `backtest` (form → error),
    `accepted` (forms that passed), `statement` (plain sentence; "cannot be told from these data" is a legitimate
    answer), `doubling` (change of the score per doubling, low, high), `twice` (change of the score that twice the pool
    would bring, or null), `other` (size; gains of 2, 4, 8, 16 times as much other text; `matches_pool`, or null),
    `replacement` (plain sentence), `draws`, `seed`, `confidence`, `warnings`.
    """

    schema: ClassVar[str] = "commonweal/scaling/1"
    columns: ClassVar[Mapping[str, str]] = {
        "kind": "'pool' (random owners of the pool on the base), 'other' (more of the base instead), 'extrapolated' (at most twice the pool)",
        "size": "size of the training text or data added, in the model's own unit",
        "owners": "how many owners; null for other text",
        "draws": "how many draws the row rests on",
        "score": "median score",
        "low": "lower end for the same",
        "high": "upper end for the same",
    }

    def plot(self) -> dict[str, Any]:
        """Return the learning curve, log-log."""
        return charts.scaling(self.table, self.facts)


@dataclass(frozen=True, kw_only=True)
class Choices(Result):
    """Had we chosen otherwise: the main figures over a small grid of settings, under one protocol.

    `facts`: `metric`, `seed`, `unstable` (names of figures whose sign varies over the settings), `owners_unstable`
    (owners whose value's sign does), `warnings`.
    """

    schema: ClassVar[str] = "commonweal/choices/1"
    columns: ClassVar[Mapping[str, str]] = {
        "setting": "what was changed, in words; 'as reported' for the setting of the rest of the brief",
        "base": "the base in words",
        "split": "how works were held out",
        "owners": "owners with works in training",
        "empty": "score of the base alone",
        "full": "score with everyone",
        "total": "worth: full - empty",
        "low": "lower end of the worth (test set)",
        "high": "upper end of the worth (test set)",
        "rank_correlation": "Spearman correlation of owner values with those of the setting as reported; null where the total reaches zero, or where owners were not valued",
        "largest": "the three largest owners, comma-separated; null where the total's interval reaches zero, or where owners were not valued",
        "below_zero": "how many owners have a value below zero; null where owners were not valued",
        "strike_others": "median change of the score for others when 30% strike at random",
        "half": "owners that reach half of the worth in 95 of 100 draws",
    }

    def plot(self) -> dict[str, Any]:
        """Return the worth with its interval in each setting."""
        return charts.choices(self.table, self.facts)


def harder(metric: Metric, change: float) -> float | None:
    """Return how much harder to predict each word is after `change` of the score, as a share (.08 for 8%).

    Only where 2**figure is what a person understands (bits): 2**(sign · change) - 1, below zero where it became
    easier; None for other metrics.
    """
    return float(2.0 ** metric.figure(change) - 1) if metric.exponential else None


def in_words(metric: Metric, change: float, low: float = math.nan, high: float = math.nan) -> str:
    """Return a change of the score in words: "8.0% harder to predict (5.2% to 12.1%)", "0.34 points better"."""
    said = f"{_amount(metric, change)} {_direction(metric, change)}" if change else "no different"
    if math.isnan(low) or math.isnan(high):
        return said
    if change and low * change > 0 and high * change > 0:
        ends = sorted((low, high), key=abs)
        return f"{said} ({' to '.join(_amount(metric, end) for end in ends)})"
    return f"{said} ({in_words(metric, low)} to {in_words(metric, high)})"


def _amount(metric: Metric, change: float) -> str:
    share = harder(metric, change)
    if share is not None:
        return f"{abs(share):.1%}"
    return f"{abs(change):.3g}" + (f" {metric.unit}" if metric.unit else "")


def _direction(metric: Metric, change: float) -> str:
    if metric.exponential:
        return "easier to predict" if change > 0 else "harder to predict"
    return "better" if change > 0 else "worse"
