"""Forms of learning curves, fitted by weighted least squares and judged by what they did not see.

Every form is y = a + b·φ(x; θ): for a fixed θ a straight line, so θ runs over a grid and all resampled
curves are fitted at once. Power laws: Hestness et al. 2017 (1712.00409); with a shift for what the model
has already: Alabdulmohsin, Neyshabur & Zhai 2022 (2209.06640), whose point is ours: choose by
extrapolation error, since a power law with an offset often fits what it was shown and fails beyond.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from commonweal.utility.base import Floats

WINDOW = 8.0  # a fit sees the three doublings below its largest size
DECAYS = np.geomspace(0.05, 2.0, 25)
EXPONENTS = np.concatenate([np.linspace(-0.9, -0.1, 9), DECAYS])  # below zero: growth without a bound
SHIFTS = np.geomspace(0.01, 10.0, 13)  # in shares of the largest size seen
FINE = np.geomspace(0.01, 10.0, 61)  # the same, where nothing else bends the curve


@dataclass(frozen=True)
class Form:
    """A family of curves.

    Attributes
    ----------
    name : str
        As printed.
    basis : callable
        (x float64[s], largest size seen) → float64[t, s], one row for each θ of the grid.
    labels : callable
        (largest size seen) → a text for each θ.
    ceiling : float or None
        The offset a, where the score's bound fixes it.
    """

    name: str
    basis: Callable[[Floats, float], Floats]
    labels: Callable[[float], list[str]]
    ceiling: float | None = None

    def parameters(self) -> int:
        """Return how many numbers are fitted."""
        grid = self.labels(1.0)
        return 1 + (self.ceiling is None) + (len(grid) > 1) + (len(grid) > 100)


@dataclass(frozen=True)
class Fit:
    """A form fitted to each of R curves: offset, slope float64[R], and which θ."""

    form: Form
    offset: Floats
    slope: Floats
    theta: np.ndarray
    largest: float

    def at(self, x: float) -> Floats:
        """Return float64[R]: the fitted curves at size x."""
        basis = self.form.basis(np.array([x]), self.largest)[:, 0]
        return np.asarray(self.offset + self.slope * basis[self.theta])

    def text(self) -> str:
        """Return the first curve in words."""
        theta = self.form.labels(self.largest)[int(self.theta[0])]
        return f"{self.form.name}: y = {self.offset[0]:.5g} + {self.slope[0]:.5g}·{theta}"


def forms(ceiling: float | None) -> list[Form]:
    """Return the forms to try; the power law to the bound only where the score has a finite one."""
    tried = [
        Form("logarithm", lambda x, top: np.log(x)[None], lambda top: ["ln x"]),
        Form("logarithm with a start", _shifted_log, lambda top: [f"ln(x + {s * top:.4g})" for s in FINE]),
        Form("power law with offset", _power, _power_labels),
        Form("shifted power law with offset", _shifted_power, _shifted_labels),
        Form(
            "exponential",
            lambda x, top: -np.exp(-x / (FINE[:, None] * top)),
            lambda top: [f"-exp(-x/{s * top:.4g})" for s in FINE],
        ),
    ]
    if ceiling is not None and np.isfinite(ceiling):
        bounded = Form(
            "power law to the bound",
            lambda x, top: -(x ** -EXPONENTS[:, None]),
            _power_labels,
            float(ceiling),
        )
        tried.insert(2, bounded)
    return tried


def fit(form: Form, x: Floats, y: Floats, weight: Floats) -> Fit:
    """Fit `form` to each column of y (float64[s, R]) at sizes x with weights float64[s]."""
    top = float(x.max())
    basis = form.basis(x, top)
    w = weight / weight.sum()
    if form.ceiling is None:
        centre, mean = basis @ w, w @ y
        left = basis - centre[:, None]
        spread = np.maximum((left**2) @ w, 1e-300)
        slope = ((left * w) @ (y - mean)) / spread[:, None]
        offset = mean[None] - slope * centre[:, None]
    else:
        slope = ((basis * w) @ (y - form.ceiling)) / ((basis**2) @ w)[:, None]
        offset = np.full_like(slope, form.ceiling)
    error = np.stack(
        [w @ (y - o - b * s[:, None]) ** 2 for o, s, b in zip(offset, basis, slope, strict=True)]
    )
    best = error.argmin(axis=0)
    columns = np.arange(y.shape[1])
    return Fit(form, offset[best, columns], slope[best, columns], best, top)


def window(x: Floats, largest: float) -> np.ndarray:
    """Return which sizes a fit up to `largest` sees."""
    return (x <= largest * (1 + 1e-9)) & (x >= largest / WINDOW * (1 - 1e-9))


def backtest(form: Form, x: Floats, y: Floats, weight: Floats, cuts: Sequence[int]) -> tuple[float, float]:
    """Return (error, rise): how far off the form is when it sees up to x[cut] and predicts up to twice that.

    Both are root mean squares over all cuts and the held-out sizes; the rise is what a flat prediction
    gets wrong. NaN where no cut leaves more sizes than parameters.
    """
    errors, rises = [], []
    for cut in cuts:
        seen = window(x, x[cut])
        ahead = np.flatnonzero((x > x[cut]) & (x <= 2.2 * x[cut]))
        if seen.sum() <= form.parameters() or not len(ahead):
            continue
        fitted = fit(form, x[seen], y[seen, None], weight[seen])
        for i in ahead:
            rise = y[i] - y[cut]
            errors.append(fitted.at(x[i])[0] - fitted.at(x[cut])[0] - rise)
            rises.append(rise)
    if not errors:
        return np.nan, np.nan
    return float(np.sqrt(np.mean(np.square(errors)))), float(np.sqrt(np.mean(np.square(rises))))


def _shifted_log(x: Floats, top: float) -> Floats:
    return np.asarray(np.log(x + FINE[:, None] * top))


def _power(x: Floats, top: float) -> Floats:
    return np.asarray(-np.sign(EXPONENTS)[:, None] * (x / top) ** -EXPONENTS[:, None])


def _power_labels(top: float) -> list[str]:
    return [f"{'-' if c > 0 else ''}(x/{top:.4g})^{-c:.3g}" for c in EXPONENTS]


def _shifted_power(x: Floats, top: float) -> Floats:
    shifted = x + SHIFTS[:, None] * top
    return np.concatenate([-((shifted / top) ** -c) for c in DECAYS])


def _shifted_labels(top: float) -> list[str]:
    return [f"-((x + {s * top:.4g})/{top:.4g})^-{c:.3g}" for c in DECAYS for s in SHIFTS]
