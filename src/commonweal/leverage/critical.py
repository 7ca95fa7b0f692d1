"""How many owners are enough: almost any n of them, in 95 of 100 draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from commonweal.counts import counted
from commonweal.errors import InputError
from commonweal.leverage.draws import first, ladder, permutations
from commonweal.leverage.effects import ALL, Panel, measure
from commonweal.leverage.error import stretch
from commonweal.leverage.results import CriticalMass
from commonweal.parallel import Workers
from commonweal.progress import Progress, silent
from commonweal.utility.base import Floats, facts_of

Question = Literal["reach", "lose"]
COARSE = 20  # sizes are told apart to one in twenty, or to one owner
ENDS = 6  # and the ends of intervals to one in six


@dataclass
class Curves:
    """Scores of nested draws at the sizes asked so far, remembered."""

    panel: Panel
    orders: NDArray[np.int64]
    confidence: float
    workers: Workers
    progress: Progress
    scores: dict[tuple[Question, int], Floats] = field(default_factory=dict)
    evaluated: int = 0

    def at(self, question: Question, n: int) -> Floats:
        """Return float64[d, B + 1]: scores with the first n of each order alone, or gone ("lose")."""
        if (question, n) not in self.scores:
            rows = first(self.orders, n)
            what = f"{counted(n, 'owner')} {'alone' if question == 'reach' else 'withheld'}"
            effects = measure(
                self.panel,
                rows if question == "reach" else ~rows,
                workers=self.workers,
                progress=self.progress,
                what=what,
            )
            self.evaluated += effects.evaluated
            values, clusters = effects.after[:, ALL], effects.clusters[:, ALL]
            if values.shape[1] > 1:
                values = np.concatenate([values[:, :1], stretch(values, clusters, self.confidence)], axis=1)
            self.scores[question, n] = np.repeat(values, len(self.orders) // len(values), axis=0)
        return self.scores[question, n]


def critical_mass(
    utility: Any,
    *,
    shares: Sequence[float] = (0.25, 0.5, 0.8),
    loss: float | None = None,
    questions: Sequence[Question] = ("reach", "lose"),
    in_draws: float = 0.95,
    draws: int = 60,
    seed: int = 0,
    confidence: float = 0.95,
    workers: Workers | None = None,
    progress: Progress = silent,
) -> CriticalMass:
    """Return how many random owners reach a share of the pool's worth, and how many must withhold to lose it.

    A draw is a random order of the owners; its size is the first one whose owners reach (or lose) the share
    of v(N). The answer is the smallest n that suffices in `in_draws` of the draws. Sizes are searched by
    bisection on common orders, to one owner up to 20 and to one in twenty above (the larger one is given);
    where the score falls again as owners join, that is a size from which on most draws have it.

    Parameters
    ----------
    shares : sequence of float
        Shares of the worth; `loss=x` is short for `shares=(x,)`.
    questions : sequence of {"reach", "lose"}
        Whether n owners alone reach the share (for a rival); whether n who withhold make the builder
        lose it.
    in_draws : float
        Share of draws in which it must hold.
    draws : int
        Random orders. The result says how many the upper end of the interval needs.

    Raises
    ------
    InputError
        For shares or `in_draws` outside 0 to 1.
    """
    shares = (loss,) if loss is not None else tuple(shares)
    if not shares or not all(0 < s <= 1 for s in shares) or not 0 < in_draws < 1:
        raise InputError("shares of the worth lie between 0 and 1", mend="give numbers such as 0.5")
    m = len(utility.owners)
    panel = Panel.of(utility, seed=seed)
    curves = Curves(panel, permutations(m, draws, seed), confidence, workers or Workers(), progress)
    empty, full = curves.at("reach", 0)[:1], curves.at("reach", m)[:1]
    worth, low, high = _worth(full - empty, confidence)
    needed = draws_needed(in_draws, confidence)
    warnings = _warnings(panel, worth, low, draws, in_draws, confidence)
    rows, missed = [], []
    for question in questions:
        for share in shares:
            answer: tuple[int | None, ...] = (None, None, None)
            if worth > 0 and not low <= 0:
                answer = _answer(curves, question, share, empty, full, in_draws, seed)
                if answer[0] is None:
                    missed.append((question, share))
            rows.append(
                {
                    "share": share,
                    "question": question,
                    "owners": answer[0],
                    "low": answer[1],
                    "high": answer[2],
                    "of": m,
                }
            )
    if missed:
        warnings.append(_nobody(missed))
    facts = {
        "metric": asdict(utility.metric),
        "empty": float(empty[0, 0]),
        "full": float(full[0, 0]),
        "gap": {"value": worth, "low": low, "high": high},
        "gap_zero": not worth > 0 or bool(low <= 0),
        "in_draws": in_draws,
        "draws": draws,
        "draws_needed": needed,
        "claim": _claim(in_draws, draws, confidence),
        "seed": seed,
        "confidence": confidence,
        "evaluations": curves.evaluated,
        "resampled": panel.clusters,
        "warnings": list(dict.fromkeys(warnings)),
        "utility": dict(facts_of(utility)),
    }
    whole = {"owners", "low", "high", "of"}
    kinds = {"question": pa.string(), "share": pa.float64()} | dict.fromkeys(whole, pa.int64())
    schema = pa.schema([(name, kinds[name]) for name in CriticalMass.columns])
    return CriticalMass(table=pa.Table.from_pylist(rows, schema=schema), facts=facts)


def _worth(worth: Floats, confidence: float) -> tuple[float, float, float]:
    """Return the worth of the pool with its test-set interval, from scores stretched already."""
    if worth.shape[1] == 1 or np.isnan(worth).any():
        return float(worth[0, 0]), np.nan, np.nan
    low, high = np.quantile(worth[0, 1:], [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(worth[0, 0]), float(low), float(high)


def draws_needed(in_draws: float, confidence: float) -> int:
    """Return the draws that a two-sided order-statistic interval for the `in_draws` quantile needs.

    The greatest of D draws lies above the quantile with probability 1 - in_draws^D (David & Nagaraja, Order
    Statistics, §7.1); that must reach (1 + confidence)/2.
    """
    return int(np.ceil(np.log((1 - confidence) / 2) / np.log(in_draws)))


def _claim(in_draws: float, draws: int, confidence: float) -> str:
    one_sided = int(np.ceil(np.log(1 - confidence) / np.log(in_draws)))
    return (
        f"If all of {counted(draws, 'draw')} have it, then at least {in_draws:.0%} of all have it, "
        f"with confidence {1 - in_draws**draws:.1%}; {confidence:.0%} needs {one_sided} draws, the upper end "
        f"of a two-sided interval {draws_needed(in_draws, confidence)}."
    )


def _answer(
    curves: Curves, question: Question, share: float, empty: Floats, full: Floats, in_draws: float, seed: int
) -> tuple[int | None, int | None, int | None]:
    """Return (owners, low, high); None where only everyone does it, or not even everyone."""
    m = curves.orders.shape[1]

    def held(n: int) -> NDArray[np.bool_]:
        """Return bool[d, B + 1]: whether draws of n owners have it, on each test set."""
        scores, worth = curves.at(question, n), full - empty
        gained = scores - empty if question == "reach" else full - scores
        return np.asarray(gained >= share * worth)

    def enough(n: int) -> bool:
        return bool(held(n)[:, 0].mean() >= in_draws)

    sizes = ladder(m, 1)[:-1]
    sizes = sorted({*sizes, *(m - n for n in sizes), m} - {0})
    low, high = 0, _bisect(sizes, enough)
    if high is not None:
        low = max((n for n in sizes if n < high), default=0)
        while high - low > max(1, high // COARSE):
            middle = (low + high) // 2
            low, high = (low, middle) if enough(middle) else (middle, high)
    ends = _ends(curves, question, held, in_draws, seed)
    if high is None or high >= m:
        return None, ends[0], ends[1]
    return high, min(ends[0] or high, high), None if ends[1] is None else max(ends[1], high)


def _ends(
    curves: Curves, question: Question, held: Callable[[int], NDArray[np.bool_]], in_draws: float, seed: int
) -> tuple[int | None, int | None]:
    """Return the interval for n, asking between sizes until both ends are told to one in six."""
    m = curves.orders.shape[1]
    for _ in range(2 * m.bit_length()):
        seen = sorted(n for q, n in curves.scores if q == question and n > 0)
        has = np.stack([held(n) for n in seen])  # [sizes, d, B + 1]
        low, high = _interval(has, in_draws, curves.confidence, seed)
        sizes = [0, *seen]  # seen[i] is sizes[i + 1], and the size before it sizes[i]
        middles = [(sizes[i] + sizes[i + 1]) // 2 for i in (low, high) if _coarse(sizes[i], sizes[i + 1])]
        if not middles:
            break
        for n in middles:
            curves.at(question, n)
    first = sizes[low] + 1
    return first if first < m else None, seen[high] if seen[high] < m else None


def _coarse(below: int, above: int) -> bool:
    return above - below > max(1, above // ENDS)


def _bisect(sizes: Sequence[int], enough: Any) -> int | None:
    """Return the first size that is enough, taking it that larger ones are; None where the last is not."""
    if not enough(sizes[-1]):
        return None
    low, high = -1, len(sizes) - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(sizes[middle]) else (middle, high)
    return sizes[high]


def _interval(has: NDArray[np.bool_], in_draws: float, confidence: float, seed: int) -> tuple[int, int]:
    """Return which of the sizes asked are the ends for n; has is bool[sizes, d, B + 1], true with everyone.

    The rank of the true quantile is binomial: it lies between the order statistics of that rank and the next.
    Each of 2,000 such ranks meets a resampled test set drawn at random.
    """
    _, draws, columns = has.shape
    ordered = np.sort(has.argmax(axis=0), axis=0)  # index of the first size that has it, [d, B + 1]
    rng = np.random.default_rng([seed, draws, 5])
    test = rng.integers(1, columns, 2_000) if columns > 1 else np.zeros(2_000, int)
    below = rng.binomial(draws, in_draws, 2_000)  # draws below the true quantile
    upper = ordered[np.minimum(below, draws - 1), test]
    lower = np.where(below > 0, ordered[np.maximum(below - 1, 0), test], 0)
    low = np.quantile(lower, (1 - confidence) / 2, method="lower")
    high = np.quantile(upper, (1 + confidence) / 2, method="higher")
    return int(low), int(high)


def _warnings(
    panel: Panel, worth: float, low: float, draws: int, in_draws: float, confidence: float
) -> list[str]:
    said = []
    if not worth > 0:
        said.append("The whole pool adds nothing to the base: no number of owners reaches a share of it.")
    elif low <= 0:
        said.append("The interval of the pool's worth reaches zero: a share of it would mean nothing.")
    if panel.resamples == 0:
        said.append("Without `unit_scores` the interval lacks the error of a finite test set.")
    if draws < draws_needed(in_draws, confidence):
        chance = 1 - in_draws**draws
        said.append(
            f"The upper end rests on the greatest of {counted(draws, 'draw')}, above the {in_draws:.0%} mark "
            f"with probability {chance:.1%}; with {draws_needed(in_draws, confidence)} draws it would be "
            f"{(1 + confidence) / 2:.1%}."
        )
    return said


def _nobody(missed: Sequence[tuple[str, float]]) -> str:
    """Say in one sentence which shares no number of owners reaches or loses in enough draws."""
    parts = []
    for question, does, after in (("reach", "reaches", ""), ("lose", "loses", " by withholding")):
        shares = [f"{share:.0%}" for asked, share in missed if asked == question]
        if shares:
            parts.append(f"{does} {' or '.join(shares)} of the worth{after}")
    return f"No number of owners short of everyone {', or '.join(parts)} in enough draws."
