"""What other text does, and whether it could replace the pool."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from commonweal.leverage.results import in_words
from commonweal.utility.base import capability, facts_of

OtherCurve = Callable[[Sequence[float], int], tuple[ArrayLike, ArrayLike]]
"""(fractions of the other text, seed) → (sizes, scores) of a model trained on those fractions alone."""

FRACTIONS = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)
SEEDS = 3
UNTOLD = "cannot be told from these data"


@dataclass(frozen=True)
class Other:
    """Rows, facts and a sentence about other text."""

    rows: list[dict[str, Any]]
    facts: dict[str, Any] | None
    statement: str


def other_text(
    utility: Any,
    other: OtherCurve | None,
    seed: int,
    worth: float,
    empty: float,
    metric: Any,
    warnings: list[str],
) -> Other:
    """Return what other text does, asked at sixteenths to all of it with three seeds."""
    ask = other or capability(utility, "base_curve")
    if ask is None:
        return Other(
            [], None, f"How much other data would replace the pool {UNTOLD}: there is none to compare with."
        )
    seeds = 1 if facts_of(utility).get("splits", 1) >= SEEDS else SEEDS  # each split draws its own portions
    answers = [ask(FRACTIONS, seed + i) for i in range(seeds)]
    sizes = np.mean([np.asarray(a[0], dtype=np.float64) for a in answers], axis=0)
    scores = np.stack([np.asarray(a[1], dtype=np.float64) for a in answers])
    if not sizes[-1] > 0:
        return Other([], None, f"How much other data would replace the pool {UNTOLD}: the base is empty.")
    if other is None and not np.isclose(scores[0, -1], empty, rtol=1e-6, atol=1e-9):
        warnings.append(
            "The curve of other text does not end where the base alone scores: compare its steps only."
        )
    rows = []
    for x, column in zip(sizes, scores.T, strict=True):
        low, high = (np.nan, np.nan) if np.ptp(column) == 0 else (column.min(), column.max())
        rows.append(point("other", x, None, seeds, float(np.median(column)), low, high))
    mean = scores.mean(axis=0)
    gains = {str(round(1 / f)): float(mean[-1] - y) for f, y in zip(FRACTIONS[:-1], mean[:-1], strict=True)}
    needed = _replacement(float(sizes[-1]), gains["2"], worth)
    said = ", ".join(f"{k} times as much made it {in_words(metric, gains[k])}" for k in ("2", "4", "16"))
    facts = {"size": float(sizes[-1]), "gains": gains, "matches_pool": needed, "sizes": sizes.tolist()}
    return Other(rows, facts, f"Of other text, {said}. " + _replaced(needed, gains, worth, metric))


def _replacement(size: float, step: float, worth: float) -> float | None:
    """Return how much other text in all would match the pool, if one more doubling does it."""
    return size * 2 ** (worth / step) if 0 < worth <= step else None


def _replaced(needed: float | None, gains: dict[str, float], worth: float, metric: Any) -> str:
    if not worth > 0:
        return "The pool adds nothing to the base, so there is nothing to replace."
    if needed is not None:
        return f"At the pace of its last doubling, {needed:,.0f} in all would do what the pool does."
    if gains["2"] <= 0:
        return f"More of it does not help, so how much would replace the pool {UNTOLD}."
    doublings = worth / gains["2"]
    return (
        f"The pool makes it {in_words(metric, worth)}. At the pace of its last doubling, other text would "
        "have to "
        f"double {doublings:.1f} times, far beyond what was seen: how much would replace the pool {UNTOLD}, "
        "only that twice as much does not."
    )


def point(
    kind: str, size: float, owners: int | None, draws: int, score: float, low: float, high: float
) -> dict[str, Any]:
    """Return a row of the table; what is not known is null."""
    told = {"score": score, "low": low, "high": high}
    shown = {k: None if np.isnan(v) else float(v) for k, v in told.items()}
    return {"kind": kind, "size": float(size), "owners": owners, "draws": draws, **shown}
