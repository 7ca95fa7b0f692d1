"""The floor of a gap: what knows nothing of the owners' tastes scores, on the same resampled test sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from commonweal.leverage.effects import Panel
from commonweal.leverage.error import band
from commonweal.utility.base import Floats, capability

BASE_ALONE = "the base alone"


@dataclass(frozen=True)
class Gap:
    """What the whole pool adds over a floor.

    Attributes
    ----------
    floor : str
        The floor in words.
    score : float
        Its score on the test set as it is.
    gap : float64[1, B + 1]
        Full less floor, on the test set as it is and on resampled ones.
    value, low, high : float
        The same with its interval; NaN where there is none.
    """

    floor: str
    score: float
    gap: Floats
    value: float
    low: float
    high: float

    @classmethod
    def of(cls, floor: str, full: Floats, score: Floats, clusters: Floats, confidence: float) -> Gap:
        """Return the gap between two rows of scores, float64[1, B + 1] each."""
        gap = full - score
        return cls(floor, float(score[0, 0]), gap, *band(gap, clusters, confidence))

    @property
    def zero(self) -> bool:
        """Whether the gap, or the low end of its interval, is zero or less: no share of it means anything."""
        return not self.value > 0 or bool(self.low <= 0)

    @property
    def ends(self) -> dict[str, float]:
        """The gap with its interval, as facts have it."""
        return {"value": self.value, "low": self.low, "high": self.high}

    @property
    def facts(self) -> Mapping[str, Any]:
        """What a result tells of its floor."""
        return {"name": self.floor, "score": self.score, "gap": self.ends, "gap_zero": self.zero}


def floor_scores(panel: Panel) -> tuple[str, Floats] | None:
    """Return (name, float64[1, B + 1]) of the utility's own floor, or None where it names none."""
    ask = capability(panel.utility, "floor")
    if ask is None or panel.gather is None:
        return None
    floor = ask()
    above, below = (
        (np.asarray(part, dtype=np.float64)[None] @ panel.gather) @ panel.weights.T
        for part in (floor.numerator, floor.denominator)
    )
    return floor.name, np.divide(above, below, out=np.full(below.shape, np.nan), where=below > 0)
