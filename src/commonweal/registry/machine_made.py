"""How much of a pool reads as machine-made: an estimate, with the error rates of what it rests on.

A statistic of style (Fisher's linear discriminant of seven plain figures of a text) is fitted to examples
that the steward labelled, and its error rates are measured on examples that it was not fitted to
(cross-validation). The share in the pool is then corrected for both errors (Rogan & Gladen 1978). Without
examples there is no estimate; and what holds for the examples holds for the pool only as far as they are
alike in kind, length and language. No work is judged: with a false-alarm rate of 5 % one of twenty people's
own texts would be called a machine's.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from commonweal.errors import InputError
from commonweal.registry.reading import Row

LEAST_WORDS = 50
LEAST_EXAMPLES = 30
FOLDS = 5
FALSE_ALARMS = 0.05
RIDGE = 0.1
Z = 1.959963984540054
MACHINE, PERSON = {"machine", "ai", "generated", "1"}, {"human", "person", "own", "0"}
_WORD = re.compile(r"[^\W_]+")
_SENTENCE = re.compile(r"[.!?。！？]+\s+|\n{2,}")
FIGURES = (
    "words in a sentence",
    "how much that varies",
    "letters in a word",
    "different words among 100",
    "words that stand once",
    "commas and the like in a sentence",
    "size when compressed",
)


def figures(text: str) -> Any | None:
    """Return the figures of a text, float64[7], in the order of `FIGURES`; None below 50 words."""
    found = _WORD.findall(text.lower())
    if len(found) < LEAST_WORDS:
        return None
    sentences = [len(_WORD.findall(s)) for s in _SENTENCE.split(text)]
    lengths = np.array([n for n in sentences if n] or [len(found)], dtype=float)
    head = found[:100]
    start = text[:4_000].encode(errors="replace")
    counts = Counter(found[:500])
    return np.array([
        np.log(lengths.mean()),
        lengths.std() / lengths.mean(),
        np.mean([len(w) for w in found]),
        len(set(head)) / len(head),
        sum(n == 1 for n in counts.values()) / len(counts),
        np.log1p(sum(text.count(mark) for mark in ",;:—–") / len(lengths)),
        len(zlib.compress(start, 6)) / len(start),
    ])  # fmt: skip


@dataclass(frozen=True)
class Rate:
    """A rate measured on `n` cases, with its 95 % interval (Wilson 1927)."""

    value: float
    low: float
    high: float
    n: int

    @classmethod
    def of(cls, count: int, n: int) -> Rate:
        """Return the rate of `count` among `n`."""
        if not n:
            return cls(0.0, 0.0, 1.0, 0)
        p, z2 = count / n, Z * Z / n
        middle, half = (p + z2 / 2) / (1 + z2), Z * float(np.sqrt(p * (1 - p) / n + z2 / (4 * n))) / (1 + z2)
        return cls(p, middle - half if count else 0.0, middle + half if count < n else 1.0, n)

    def to_json(self) -> dict[str, float]:
        """Return it for programs."""
        return {"value": self.value, "low": self.low, "high": self.high, "n": self.n}


@dataclass(frozen=True)
class Statistic:
    """A fitted statistic: texts that score above `threshold` read as machine-made.

    Attributes
    ----------
    weights : float64[7]
    centre, scale : float64[7]
    threshold : float
    false_alarms : Rate
        Of people's texts that scored above, among examples that it was not fitted to.
    misses : Rate
        Of machines' texts that scored below, likewise.
    """

    weights: Any
    centre: Any
    scale: Any
    threshold: float
    false_alarms: Rate
    misses: Rate

    @property
    def tells(self) -> bool:
        """Whether the two kinds can be told apart at all, by the cautious ends of both intervals."""
        return self.false_alarms.high + self.misses.high < 1

    def reads_so(self, text: str) -> bool | None:
        """Tell whether a text scores above the threshold; None where it is too short to score."""
        found = figures(text)
        if found is None:
            return None
        return bool((found - self.centre) / self.scale @ self.weights > self.threshold)


@dataclass(frozen=True)
class Estimate:
    """How much of a pool reads as machine-made.

    Attributes
    ----------
    above : Rate
        Works that scored above the threshold, among those long enough to score.
    share, low, high : float or None
        Estimated share of machine-made works and its cautious interval: the extremes over the 95 %
        intervals of all three rates. None where the statistic can't tell.
    short : int
        Works of fewer than 50 words: not scored.
    """

    statistic: Statistic
    above: Rate
    share: float | None
    low: float | None
    high: float | None
    short: int

    def to_json(self) -> dict[str, Any]:
        """Return it for programs."""
        s = self.statistic
        return {
            "share": self.share, "low": self.low, "high": self.high, "above": self.above.to_json(),
            "false_alarms": s.false_alarms.to_json(), "misses": s.misses.to_json(), "short": self.short,
        }  # fmt: skip


def estimate(statistic: Statistic, above: int, scored: int, short: int) -> Estimate:
    """Return the estimated share of machine-made works (Rogan & Gladen 1978).

    Parameters
    ----------
    statistic : Statistic
    above, scored, short : int
        Works above the threshold, works that were scored, works too short to score.
    """
    rate = Rate.of(above, scored)
    if not statistic.tells or not scored:
        return Estimate(statistic, rate, None, None, None, short)
    alarms, misses = statistic.false_alarms, statistic.misses
    ends = [
        _corrected(q, a, m)
        for q in (rate.low, rate.high)
        for a in (alarms.low, alarms.high)
        for m in (misses.low, misses.high)
    ]
    middle = _corrected(rate.value, alarms.value, misses.value)
    return Estimate(statistic, rate, middle, min(ends), max(ends), short)


def _corrected(above: float, alarms: float, misses: float) -> float:
    return min(1.0, max(0.0, (above - alarms) / (1 - alarms - misses)))


def learn(examples: Iterable[Row], false_alarms: float = FALSE_ALARMS) -> Statistic:
    """Fit the statistic to labelled examples, and measure its errors on ones it was not fitted to.

    Parameters
    ----------
    examples : iterable of Row
        Their label, "machine" or "human" (or 1 and 0), stands as the owner.
    false_alarms : float
        Share of people's texts that the threshold is set to let above.

    Raises
    ------
    InputError
        For other labels, and fewer than 30 examples of a kind that are long enough.
    """
    told, labels = [], []
    for row in examples:
        label = row.owner.lower()
        if label not in MACHINE | PERSON:
            raise InputError(
                f"the example in row {row.number + 1} has neither label", mend='label it "machine" or "human"'
            )
        found = figures(row.text)
        if found is not None:
            told.append(found)
            labels.append(label in MACHINE)
    made = np.array(labels, dtype=bool)
    if min(made.sum(), (~made).sum()) < LEAST_EXAMPLES:
        raise InputError(
            f"{int(made.sum())} machine-made and {int((~made).sum())} own examples of {LEAST_WORDS} words or "
            "more",
            mend=f"{LEAST_EXAMPLES} of each are needed, better hundreds, of the kind that the pool holds",
        )
    rows = np.array(told)
    above = _crossed(rows, made, false_alarms)
    alarms = Rate.of(int(above[~made].sum()), int((~made).sum()))
    misses = Rate.of(int((~above[made]).sum()), int(made.sum()))
    return Statistic(*_fitted(rows, made, false_alarms), alarms, misses)


def _crossed(rows: Any, made: Any, false_alarms: float) -> Any:
    """Return which examples score above the threshold of a statistic that was fitted without them."""
    fold = np.empty(len(rows), dtype=np.int64)
    order = np.random.default_rng(24_138).permutation(len(rows))
    for kind in (made, ~made):  # each fold holds both kinds
        fold[order[kind[order]]] = np.arange(kind.sum()) % FOLDS
    above = np.zeros(len(rows), dtype=bool)
    for f in range(FOLDS):
        held = fold == f
        weights, centre, scale, threshold = _fitted(rows[~held], made[~held], false_alarms)
        above[held] = (rows[held] - centre) / scale @ weights > threshold
    return above


def _fitted(rows: Any, made: Any, false_alarms: float) -> tuple[Any, Any, Any, float]:
    """Return (weights, centre, scale, threshold) of Fisher's discriminant with a ridge."""
    centre, scale = rows.mean(axis=0), rows.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    x = (rows - centre) / scale
    apart = x[made].mean(axis=0) - x[~made].mean(axis=0)
    within = np.cov(x[made].T) * made.mean() + np.cov(x[~made].T) * (~made).mean()
    weights = np.linalg.solve(within + RIDGE * np.eye(x.shape[1]), apart)
    scores: Sequence[float] = x[~made] @ weights
    return weights, centre, scale, float(np.quantile(scores, 1 - false_alarms))
