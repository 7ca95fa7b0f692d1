"""'As if the pool had shrunk by x%': a loss read off the curve of removing random owners.

The curve and the loss are both about people who do not strike, on the same resampled test sets. Between the
sizes that were drawn it runs straight, made monotone by isotonic regression (least squares, min-max formula).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from commonweal.leverage.error import mean_paths, stretch
from commonweal.utility.base import Floats


@dataclass(frozen=True)
class RemovalCurve:
    """Mean loss for the others when random owners leave.

    Attributes
    ----------
    removed : float64[s]
        Shares of owners removed, rising from 0.
    loss : float64[s, B + 1]
        Loss at each, never falling; on the test set as it is, then resampled.
    told : bool
        Whether the loss at the last share is above zero by its whole interval.
    """

    removed: Floats
    loss: Floats
    told: bool

    @classmethod
    def of(
        cls, points: Sequence[tuple[float, Floats, Floats]], confidence: float, seed: int
    ) -> RemovalCurve | None:
        """Return the curve through (share removed, change[d, B + 1], clusters[d]), or None without points."""
        points = [p for p in points if p[0] > 0 and not np.isnan(p[1]).any()]
        if not points:
            return None
        shares = sorted({p[0] for p in points})
        merged = []
        for share in shares:
            change = np.concatenate([c for s, c, _ in points if s == share])
            clusters = np.concatenate([n for s, _, n in points if s == share])
            merged.append(-mean_paths(change, clusters, confidence, seed))
        rough = np.stack([np.zeros_like(merged[0]), *merged])
        if np.isnan(rough).any():
            return None
        loss = np.maximum(isotonic(rough), 0.0)
        low = np.quantile(rough[-1, 1:], (1 - confidence) / 2)
        return cls(np.array([0.0, *shares]), loss, bool(low > 0 and rough[-1, 0] > 0))

    def read(self, change: Floats, clusters: Floats, confidence: float) -> tuple[float, float, float]:
        """Return the share that the median change reads as, with its interval; NaN where it can't be told.

        Ends beyond the curve stay at its first or last share: a low end of 0 may also be a gain.
        """
        loss = -change
        middle = float(np.median(loss[:, 0]))
        if not self.told or np.isnan(middle) or middle < 0 or middle > self.loss[-1, 0]:
            return np.nan, np.nan, np.nan
        point = float(np.interp(middle, *self._rising(0)))
        spread = -stretch(change, clusters, confidence) if change.shape[1] > 1 else loss
        if np.isnan(spread).any() or spread.size < 2:
            return point, np.nan, np.nan
        columns = np.arange(spread.shape[1]) + 1 if change.shape[1] > 1 else np.zeros(1, int)
        read = [np.interp(spread[:, j], *self._rising(int(b))) for j, b in enumerate(columns)]
        low, high = np.quantile(np.stack(read), [(1 - confidence) / 2, (1 + confidence) / 2])
        return point, float(min(low, point)), float(max(high, point))

    def _rising(self, column: int) -> tuple[Floats, Floats]:
        """Return (loss, share) with the loss strictly rising: of shares with one loss, the smallest."""
        loss, at = np.unique(self.loss[:, column], return_index=True)
        return loss, self.removed[at]


def isotonic(rough: Floats) -> Floats:
    """Return the least-squares never-falling fit down each column of float64[s, B], equal weights."""
    size = len(rough)
    sums = np.concatenate([np.zeros((1, rough.shape[1])), np.cumsum(rough, axis=0)])
    out = np.empty_like(rough)
    for i in range(size):
        means = np.stack(
            [
                np.stack([(sums[b + 1] - sums[a]) / (b + 1 - a) for b in range(i, size)]).min(0)
                for a in range(i + 1)
            ]
        )
        out[i] = means.max(axis=0)
    return out
