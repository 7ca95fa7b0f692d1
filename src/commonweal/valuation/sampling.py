"""Owner values from sampled coalitions: a cross-fitted surrogate and an unbiased correction.

    φ_i = (v(N) - v(∅))/M + Σ_{s=1}^{M-1} E[v(S) w_i(S) | |S| = s],   w_i = 1/s for i ∈ S, else -1/(M-s)

Sizes 1 and M-1 are evaluated in full. On the others the sum is that of a surrogate f, in closed form,
plus the
mean of (v - f) w_i / p over drawn coalitions, f never having seen the coalition it predicts. Σ_i w_i(S)
= 0, so
the values add up to v(N) - v(∅) whatever was drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from commonweal.valuation import design, surrogates
from commonweal.valuation.oracle import Oracle
from commonweal.valuation.semivalues import Weights, banzhaf_weights, shapley_weights

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PIECE = 2_048
"""Coalitions whose weights are in memory at a time."""
BANZHAF_NOISE = 0.5
"""Banzhaf values are left out where their standard error exceeds this part of their mean absolute value."""


@dataclass
class Ends:
    """What is evaluated in full: ∅, N, each owner alone, all but each owner. Outputs in the columns."""

    empty: Floats  # [q]
    full: Floats  # [q]
    singles: Floats  # [M, q]
    less: Floats  # [M, q]

    @property
    def m(self) -> int:
        """How many owners."""
        return len(self.singles)

    def part(self, weights: Weights) -> Floats:
        """Return the share of these sizes in a semivalue, float64[M, q]."""
        m, (a, b) = self.m, (weights.a, weights.b)
        out = (a[m] + b[m]) * self.full + b[0] * self.empty
        out = out + a[1] * self.singles / m + b[1] * self.singles.mean(axis=0)
        without = (self.less.sum(axis=0) - self.less) / m
        return np.asarray(out + a[m - 1] * without + b[m - 1] * self.less.mean(axis=0))


@dataclass
class Estimate:
    """Values with their sampling error.

    Attributes
    ----------
    value : float64[M, q]
        Shapley values of the score and of each further output.
    covariance : float64[M, M]
        Sampling covariance of the values of the score, inflation included.
    inflation : float
        What the plain standard error was multiplied by.
    draws : int
        Coalitions drawn.
    freedom : int
        Degrees of freedom + 1 of the standard errors: fewer than the draws where influences have heavy tails.
    banzhaf, banzhaf_se : float64[M]
        Banzhaf values from the same coalitions.
    fitted : Fit
        The surrogate.
    """

    value: Floats
    covariance: Floats
    inflation: float
    draws: int
    freedom: int
    banzhaf: Floats
    banzhaf_se: Floats
    fitted: surrogates.Fit

    @property
    def se(self) -> Floats:
        """Standard error of each value, float64[M]."""
        return np.sqrt(np.diag(self.covariance))


@dataclass
class Sampler:
    """Draws coalitions, remembers their scores, estimates from all of them."""

    oracle: Oracle
    ends: Ends
    shares: Floats | None
    rng: np.random.Generator
    rows: Bools = field(init=False)
    scores: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.drawn = np.arange(2, self.ends.m - 1)
        ends, zero = self.ends, self.ends.empty  # semivalues ignore a constant; rounding does not
        self.zero = zero
        self.ends = Ends(zero - zero, ends.full - zero, ends.singles - zero, ends.less - zero)
        self.rows = np.zeros((0, self.ends.m), bool)
        self.scores = np.zeros((0, self.oracle.outputs))

    def draw(self, n: int) -> None:
        """Draw and evaluate n more coalitions."""
        m = self.ends.m
        rows = design.draw_rows(design.draw_sizes(n, m, self.drawn, self.rng), m, self.rng)
        self.scores = np.concatenate([self.scores, self.oracle.ask(rows) - self.zero])
        self.rows = np.concatenate([self.rows, rows])

    def estimate(self) -> Estimate:
        """Return the values from everything drawn so far."""
        m, n = self.ends.m, len(self.rows)
        shapley = _Drawn.of(self.rows, shapley_weights(m), self.drawn)
        banzhaf = _Drawn.of(self.rows, banzhaf_weights(m), self.drawn)
        sample = surrogates.Sample(self.rows, self.scores, shapley.cost(), self.drawn, self.shares)
        fitted = surrogates.fit(sample, self.rng)
        value = self.ends.part(shapley.weights) + fitted.expected(shapley.weights)
        value = value + shapley.sums(fitted.missed) / n
        spread = shapley.spread(fitted.missed[:, 0])
        plain = spread.covariance / n
        inflation = max(np.sqrt(1 + m / n), _inflation(fitted, shapley.weights, self.drawn))
        ban = (self.ends.part(banzhaf.weights) + fitted.expected(banzhaf.weights))[:, 0]
        ban_spread = banzhaf.spread(fitted.missed[:, 0])
        return Estimate(
            value=value,
            covariance=plain * inflation**2,
            inflation=float(inflation),
            draws=n,
            freedom=spread.freedom,
            banzhaf=ban + ban_spread.mean,
            banzhaf_se=np.sqrt(np.diag(ban_spread.covariance) / n) * inflation,
            fitted=fitted,
        )


@dataclass(frozen=True)
class _Drawn:
    """Drawn coalitions with their weights over their probability, w_i(S)/p(S), made a piece at a time: for
    a thousand owners all of them would fill the memory several times over."""

    rows: Bools
    sizes: Ints
    p: Floats
    weights: Weights

    @classmethod
    def of(cls, rows: Bools, weights: Weights, drawn: Ints) -> _Drawn:
        sizes = rows.sum(axis=1)
        return cls(rows, sizes, design.law(rows.shape[1], drawn)[sizes], weights)

    def pieces(self) -> Iterator[tuple[slice, Floats]]:
        """Yield (which coalitions, their weights: float64[piece, M])."""
        for start in range(0, len(self.rows), PIECE):
            part = slice(start, start + PIECE)
            yield part, self.weights.of(self.rows[part], self.sizes[part]) / self.p[part, None]

    def cost(self) -> Floats:
        """Return Σ_i w_i² of each coalition, float64[n]."""
        return np.concatenate([(weight**2).sum(axis=1) for _, weight in self.pieces()])

    def sums(self, missed: Floats) -> Floats:
        """Return Σ_S w_i(S) missed(S), float64[M, q]."""
        out: Floats = np.zeros((self.rows.shape[1], missed.shape[1]))
        for part, weight in self.pieces():
            out += weight.T @ missed[part]
        return out

    def spread(self, missed: Floats) -> _Spread:
        """Return how the influences w_i(S) missed(S) vary; missed float64[n]."""
        n, m = self.rows.shape
        mean = self.sums(missed[:, None])[:, 0] / n
        gram, fourth = np.zeros((m, m)), 0.0
        for part, weight in self.pieces():
            centred = missed[part, None] * weight - mean
            gram += centred.T @ centred
            fourth += float((centred**4).sum())
        second = float(np.trace(gram)) / (n * m)
        return _Spread(mean, gram / max(n - 1, 1), _freedom(second, fourth / (n * m), n))


@dataclass(frozen=True)
class _Spread:
    """Mean (float64[M]) and covariance (float64[M, M]) of influences, with their degrees of freedom + 1."""

    mean: Floats
    covariance: Floats
    freedom: int


def _inflation(fitted: surrogates.Fit, weights: Weights, drawn: Ints) -> float:
    """Return by how much the fits' common error raises the standard error, from deleting a fold at a time.

    The plain variance of influences counts the error that a pair of coalitions makes together once, the
    truth up
    to twice (its two terms correlate fully at most), the jackknife four times: a third of the
    jackknife's excess
    is what the plain variance can lack (Efron & Stein 1981). The ratio is pooled over owners.
    """
    part = fitted.sample
    sizes, m = part.sizes, part.m
    weight = weights.of(part.rows, sizes) / design.law(m, drawn)[sizes][:, None]
    left = []
    for kept, refit in surrogates.deleted(fitted):
        left.append(refit.expected(weights)[:, 0] + (weight[kept].T @ refit.missed[:, 0]) / len(kept))
    own = fitted.missed[fitted.order[: len(part.rows)], :1]
    plain = (own * weight).var(axis=0, ddof=1).sum() / len(own)
    folds = np.array(left)
    excess = (len(folds) - 1) / len(folds) * ((folds - folds.mean(axis=0)) ** 2).sum() / max(plain, 1e-300)
    return float(np.sqrt(1 + max(0.0, excess - 1) / 3)) if plain > 0 else 1.0


def _freedom(second: float, fourth: float, n: int) -> int:
    """Return 1 + 2n/(κ - 1), κ the kurtosis pooled over owners: how well the variance itself is known."""
    if second <= 0:
        return n
    return int(np.clip(1 + 2 * n / max(fourth / second**2 - 1, 2.0), 5, n))
