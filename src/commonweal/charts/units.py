"""From scores to what a person reads: units, and one way to write each number.

Terminal, JSON and HTML all write their figures through this module, so that they agree to the digit.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any

MINUS = "−"
NOTHING = "–"
_FRACTIONS = ("accuracy", "share of", "r²", "r2", "recall", "precision", "f1", "auc")


@dataclass(frozen=True)
class Scale:
    """How the scores of one metric are shown.

    Parameters
    ----------
    name, unit, plain : str
        As in `utility.Metric`.
    sign : {1, -1}
        The printed figure is `sign * factor * score`.
    exponential : bool
        True where 2**figure is what a person understands (bits per word → choices per word).
    factor : float
        100 for scores between 0 and 1 that are read in points, else 1.
    """

    name: str
    unit: str
    sign: int
    exponential: bool
    plain: str
    factor: float

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Scale:
        """Return the scale of a result from its `facts["metric"]`, a mapping or a `Metric`."""
        found = facts.get("metric", {})
        metric: dict[str, Any] = (
            asdict(found) if is_dataclass(found) and not isinstance(found, type) else dict(found)
        )
        name, unit = str(metric.get("name", "score")), str(metric.get("unit", ""))
        exponential = bool(metric.get("exponential", False))
        fraction = any(f in name.lower() for f in _FRACTIONS) and "hundred" not in f"{name} {unit}".lower()
        factor = 100.0 if fraction and not exponential else 1.0
        return cls(
            name=name,
            unit="points" if factor == 100.0 else unit,
            sign=-1 if metric.get("sign", 1) < 0 else 1,
            exponential=exponential,
            plain=str(metric.get("plain", "")),
            factor=factor,
        )

    def figure(self, score: float | None) -> float | None:
        """Return the printed figure of a score: bits per word, points, hits."""
        return None if absent(score) else self.sign * self.factor * score  # type: ignore[operator]

    def level(self, score: float | None) -> float | None:
        """Return what a person reads for a score: choices per word, or the printed figure."""
        figure = self.figure(score)
        return power(figure) if self.exponential and figure is not None else figure

    def write(self, level: float | None) -> str:
        """Write a level: choices with about three digits, other figures with two decimals."""
        if absent(level):
            return NOTHING
        size = abs(level)  # type: ignore[arg-type]
        few = 0 if size >= 100 else 1 if size >= 10 else decimals([size], 2)
        return number(level, few if self.exponential else decimals([size], 2))

    def effect(self, change: float | None) -> float | None:
        """Return a change of score in words' units: percent harder to predict, or the figure's change."""
        if absent(change):
            return None
        if self.exponential:
            factor = power(-change)  # type: ignore[operator]
            return None if factor is None else 100 * (factor - 1)
        return self.figure(change)

    @property
    def level_name(self) -> str:
        """What `level` counts, for axes and column heads."""
        if self.exponential:
            return "choices per " + (self.name.split(" per ", 1)[1] if " per " in self.name else "step")
        return self.name if not self.unit or self.unit in self.name else f"{self.name}, {self.unit}"

    @property
    def effect_name(self) -> str:
        """What `effect` counts, for axes and column heads."""
        if self.exponential:
            return "harder to predict"
        return f"change in {self.name}" + (
            f", {self.unit}" if self.unit and self.unit not in self.name else ""
        )

    @property
    def unit_name(self) -> str:
        """The unit of the printed figure, never empty: "bits per word" rather than "bits"."""
        return self.name if not self.unit or self.name.startswith(self.unit) else self.unit

    @property
    def better_when_lower(self) -> bool:
        """Whether a lower printed figure is better for the builder."""
        return self.sign < 0


def absent(x: float | None) -> bool:
    """Tell whether a figure is missing: None or not finite."""
    return x is None or not math.isfinite(x)


def power(exponent: float) -> float | None:
    """Return 2**exponent, None where it is beyond a float."""
    return None if exponent > 1000 else 2.0**exponent


def ordered(low: float | None, high: float | None) -> tuple[float | None, float | None]:
    """Return the ends of an interval in order: a change of sign or of direction may have swapped them."""
    if absent(low) or absent(high):
        return (low if not absent(low) else None, high if not absent(high) else None)
    return (low, high) if low <= high else (high, low)  # type: ignore[operator]


def decimals(values: Iterable[float | None], base: int) -> int:
    """Return how many decimals a column needs: `base`, more where the largest would lose its second digit.

    One count for a whole column keeps the figures of a column comparable; 0 from a thousand up.
    """
    largest = max((abs(v) for v in values if not absent(v)), default=0.0)  # type: ignore[arg-type]
    if largest == 0:
        return base
    if largest >= 1000:
        return 0
    return min(max(base, 1 - math.floor(math.log10(largest))), 12)


def number(x: float | None, places: int = 0) -> str:
    """Write a number with thousands separated and a true minus sign; an absent one as a dash."""
    if absent(x):
        return NOTHING
    text = f"{abs(x):,.{places}f}"  # type: ignore[arg-type]
    negative = x < 0 and any(c in "123456789" for c in text)  # type: ignore[operator]
    return MINUS + text if negative else text


def signed(x: float | None, places: int = 0) -> str:
    """Write a number with its sign, zero without."""
    text = number(x, places)
    plus = not absent(x) and x > 0 and any(c in "123456789" for c in text)  # type: ignore[operator]
    return "+" + text if plus else text


def percent(x: float | None, places: int = 0) -> str:
    """Write a share (1 = all) in percent."""
    return NOTHING if absent(x) else number(100 * x, places) + "%"  # type: ignore[operator]


def interval(low: float | None, high: float | None, places: int = 0, *, sign: bool = False) -> str:
    """Write an interval as "low to high"; empty where there is none."""
    if absent(low) or absent(high):
        return ""
    write = signed if sign else number
    return f"{write(low, places)} to {write(high, places)}"


def bracketed(text: str, inside: str) -> str:
    """Write `text (inside)`, or the text alone where there is nothing to put inside."""
    return f"{text} ({inside})" if inside else text


def quantity(x: float | None) -> str:
    """Write a large count as people say it: 137,018; 2.03 million."""
    if absent(x):
        return NOTHING
    for size, word in ((1e9, "billion"), (1e6, "million")):
        if abs(x) >= size:  # type: ignore[arg-type]
            return f"{number(x / size, 2)} {word}"  # type: ignore[operator]
    return number(x, 0)
