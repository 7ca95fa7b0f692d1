"""Surrogates: cheap models of a game whose semivalues are known in closed form.

A surrogate f predicts the score of a coalition. Only what it misses has to be sampled, and because the
sampled
part is cross-fitted (each coalition is predicted by a fit that has not seen it) the estimate stays unbiased
however wrong f is.

The surrogate is a Gaussian process on coalitions. Its kernel sees coalitions S and T of sizes s and t through
the correlation ρ of their memberships (`overlap`) and through their sizes:

    f(S) = mean(S) + g(s) h(S),   cov(h(S), h(T)) = c₁ρ + c₂ρ² + c₃ρ³ + c₀ e^{-|s-t|/ℓ},   g(s)² = s^a (M-s)/M

Degree one holds the owners' slopes, two their pairs, three their triples, with equal priors over owners;
g lets
differences between owners fade as coalitions grow; c₀ bends the size curve. The mean is linear in 1,
s/M, ln s,
ln(M-s), 1/s and, where owners' sizes are known, ln(x_S + q), x_S being the coalition's share of the records.
By symmetry E[k(S, T) 1(i ∈ S) | |S| = s] depends only on t and on whether i ∈ T: semivalues are finite sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from commonweal.valuation import overlap
from commonweal.valuation.semivalues import Weights, log_expected, shapley_weights

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_ROWS = 2_500
"""Rows that a process is fitted on; it predicts the others, which cross-fits those as well."""
SEARCH_ROWS = 400
"""Rows on which the kernel is chosen."""
FOLDS = 10
_MEAN_PRIOR = 1e3  # prior variance of the mean's coefficients beside a kernel of about 1: next to unpenalised


@dataclass(frozen=True)
class Sample:
    """Evaluated coalitions.

    Attributes
    ----------
    rows : bool[n, M]
        Coalitions.
    scores : float64[n, q]
        Their scores first, then further outputs that are carried along linearly.
    cost : float64[n]
        What a squared miss costs in the variance of the estimate: |w(S)|²/p(S)².
    drawn : int64[...]
        The sizes that were drawn from; the others are evaluated in full.
    shares : float64[M] or None
        Owners' shares of the records.
    """

    rows: Bools
    scores: Floats
    cost: Floats
    drawn: Ints
    shares: Floats | None = None

    @property
    def m(self) -> int:
        """How many owners."""
        return int(self.rows.shape[1])

    @property
    def sizes(self) -> Ints:
        """Size of each coalition, int64[n]."""
        return np.asarray(self.rows.sum(axis=1, dtype=np.int64))

    def take(self, which: Ints) -> Sample:
        """Return some of the coalitions."""
        return replace(self, rows=self.rows[which], scores=self.scores[which], cost=self.cost[which])


@dataclass(frozen=True)
class Kernel:
    """Settings of the process: see the head of this file; `noise` is relative to the kernel."""

    power: float = -1.0
    degrees: tuple[float, float, float] = (0.6, 0.3, 0.1)
    bend: float = 0.3
    noise: float = 0.03
    offset: float | None = None

    def amplitude(self, sizes: NDArray[np.generic], m: int) -> Floats:
        """Return g(s)."""
        s = np.maximum(sizes.astype(np.float64), 1)
        return np.asarray(s ** (self.power / 2) * np.sqrt(np.maximum(m - s, 0) / m))

    def covariance(self, rho: Floats, s: Ints, t: Ints) -> Floats:
        """Return cov(h(S), h(T)) for each pair, float64[k, l]."""
        c1, c2, c3 = self.degrees
        out = rho * (c1 + rho * (c2 + rho * c3))
        return out + self.bending(s, t, 1) if self.bend else out

    def bending(self, s: Ints, t: Ints, m: int) -> Floats:
        """Return the part that depends on sizes alone."""
        ratio = np.log(s[:, None].astype(np.float64)) - np.log(t[None, :].astype(np.float64))
        return np.asarray(self.bend * np.exp(-4 * np.abs(ratio)))


CHOICES: Sequence[tuple[str, tuple[object, ...]]] = (
    ("noise", (1e-5, 1e-3, 0.03, 0.3, 3.0)),
    ("power", (1.0, 0.0, -1.0, -2.0)),
    ("offset", (None, 0.003, 0.03, 0.3)),
    ("degrees", ((1.0, 0.0, 0.0), (0.8, 0.2, 0.0), (0.6, 0.3, 0.1), (0.3, 0.4, 0.3))),
    ("bend", (0.0, 0.3, 3.0)),
    ("noise", (1e-5, 1e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)),
    ("power", (1.0, 0.0, -1.0, -2.0)),
)


@dataclass(frozen=True)
class Fit:
    """A cross-fitted surrogate.

    Attributes
    ----------
    kernel : Kernel
        What was chosen.
    missed : float64[n, q]
        Score less cross-fitted prediction, for each coalition and output.
    """

    kernel: Kernel
    missed: Floats
    sample: Sample  # the rows it was fitted on
    alpha: Floats  # [rows, q], averaged over folds
    beta: Floats  # [terms, q], averaged over folds
    process: _Process
    order: Ints  # rows of `missed` in the order they were fitted in

    def expected(self, weights: Weights) -> Floats:
        """Return Σ_s E[f̄(S) (a_s 1(i ∈ S) + b_s) | |S| = s] over the drawn sizes, float64[M, q]."""
        m, drawn = self.sample.m, self.sample.drawn
        inside, outside = self._tables(weights)
        rows, t = self.sample.rows, self.sample.sizes
        per_owner = rows.T @ (self.alpha * (inside - outside)[t, None])
        per_owner += outside[t] @ self.alpha
        by_size = weights.a[drawn] * drawn / m + weights.b[drawn]
        per_owner += by_size @ self._size_part(drawn)
        if self.kernel.offset is not None and self.sample.shares is not None:
            log = log_expected(self.sample.shares, self.kernel.offset, weights, drawn)
            per_owner += log[:, None] * self.beta[-1]
        return np.asarray(per_owner)

    def _tables(self, weights: Weights) -> tuple[Floats, Floats]:
        """Return Σ_s E[g κ (a 1(i ∈ S) + b)] by t, for i in T and for i out of it."""
        m, drawn = self.sample.m, self.sample.drawn
        plain, joint = overlap.moments(m)
        c = np.array(self.kernel.degrees)[: len(plain)]
        plain, joint = np.tensordot(c, plain, 1)[drawn], np.tensordot(c, joint, 1)[drawn]
        t = np.arange(m + 1)
        member = joint / np.maximum(t, 1)
        other = (drawn[:, None] * plain - joint) / np.maximum(m - t, 1)
        g = self.kernel.amplitude(drawn, m)
        a, b = g * weights.a[drawn], (g * weights.b[drawn]) @ plain
        return a @ member + b, a @ other + b

    def without(self, singles: Floats, less: Floats) -> Floats | None:
        """Return Shapley values of the game without j, row by row: float64[M (j), M (i)], 0 on the diagonal.

        Sizes 0, 1 and all of N∖j are exact: `singles` float64[M] and `less` float64[M] are the worths of each
        owner alone and of all others, over the empty coalition. Sizes between are the surrogate's word
        for it.
        None where the mean has a logarithm and more than 100 owners: M quadratures would take too long.
        """
        m, sample = self.sample.m, self.sample
        weights, shares = shapley_weights(m - 1), sample.shares
        log = self.kernel.offset is not None and shares is not None
        if m < 4 or m > overlap.LARGEST or (log and m > 100):
            return None
        middle = np.arange(2, m - 1)
        z = sample.rows.astype(np.float64)
        out = np.repeat((less / (m - 1))[:, None], m, axis=1)
        others = singles.sum() - singles[:, None] - singles[None, :]
        out += (singles[None, :] - others / (m - 2)) / (m - 1)
        for joins in (1, 0):
            inside, outside = self._tables_without(weights, middle, joins)
            has_j, t = (z if joins else 1 - z), sample.sizes
            alpha = self.alpha[:, 0]
            out += has_j.T @ (z * (alpha * (inside - outside)[t])[:, None])
            out += (has_j.T @ (alpha * outside[t]))[:, None]
        if log:
            assert shares is not None and self.kernel.offset is not None
            for j in range(m):
                i = np.delete(np.arange(m), j)
                out[j, i] += self.beta[-1, 0] * log_expected(shares[i], self.kernel.offset, weights, middle)
        np.fill_diagonal(out, 0.0)
        return out

    def _tables_without(self, weights: Weights, sizes: Ints, joins: int) -> tuple[Floats, Floats]:
        m, c = self.sample.m, np.array(self.kernel.degrees)
        plain, joint = (np.tensordot(c, part[joins], 1)[sizes] for part in overlap.moments_without(m))
        marked = np.arange(m + 1) - joins
        member = joint / np.maximum(marked, 1)
        other = (sizes[:, None] * plain - joint) / np.maximum(m - 1 - marked, 1)
        g = self.kernel.amplitude(sizes, m)
        a, b = g * weights.a[sizes], (g * weights.b[sizes]) @ plain
        return a @ member + b, a @ other + b

    def _size_part(self, sizes: Ints) -> Floats:
        """Return what f says of each size alone, float64[len(sizes), q]."""
        out = size_terms(sizes, self.sample.m) @ self.beta[:5]
        if self.kernel.bend:
            bending = self.kernel.bending(sizes, self.sample.sizes, self.sample.m)
            out = out + self.kernel.amplitude(sizes, self.sample.m)[:, None] * (bending @ self.alpha)
        return np.asarray(out)


def size_terms(sizes: Ints, m: int) -> Floats:
    """Return 1, s/M, ln s, ln(M-s), 1/s for each size, float64[n, 5]."""
    s = sizes.astype(np.float64)
    return np.column_stack([np.ones_like(s), s / m, np.log(s), np.log(np.maximum(m - s, 0.5)), 1 / s])


def mean_terms(sample: Sample, offset: float | None) -> Floats:
    """Return the terms of the mean, float64[n, 5 or 6]."""
    terms = size_terms(sample.sizes, sample.m)
    if offset is None or sample.shares is None:
        return terms
    return np.column_stack([terms, np.log(sample.rows @ sample.shares + offset)])


def fit(sample: Sample, rng: np.random.Generator, kernel: Kernel | None = None) -> Fit:
    """Return the surrogate, its kernel chosen by least cost-weighted leave-one-out miss unless given.

    Which rows are searched, fitted and folded together is drawn with `rng` and does not look at the scores.
    """
    order = rng.permutation(len(sample.rows))
    chosen = kernel or choose(sample.take(order[:SEARCH_ROWS]))
    rows, rest = order[:MOST_ROWS], order[MOST_ROWS:]
    part = sample.take(rows)
    process = _Process.of(part, chosen)
    alpha, gaps, mean_alpha = process.cross_fit(np.arange(len(rows)), part.scores, len(order))
    missed = np.empty_like(sample.scores)
    missed[rows] = gaps
    whole = Fit(chosen, missed, part, alpha, process.beta(alpha), process, order)
    for piece in np.array_split(rest, -(-len(rest) // MOST_ROWS)) if len(rest) else ():
        missed[piece] = sample.scores[piece] - predict(whole, sample.take(piece))
    return Fit(chosen, missed, part, mean_alpha, process.beta(mean_alpha), process, order)


def deleted(fitted: Fit) -> Iterator[tuple[Ints, Fit]]:
    """Yield the fit on its own rows with one fold at a time deleted for good: rows kept, and the fit of
    these."""
    part, process = fitted.sample, fitted.process
    scores = part.scores[:, :1]
    everything = np.arange(len(part.rows))
    for gone in folds(len(everything)):
        kept = np.setdiff1d(everything, gone)
        alpha, gaps, mean_alpha = process.without(gone).cross_fit(kept, scores, len(kept))
        del alpha
        yield kept, Fit(fitted.kernel, gaps[kept], part, mean_alpha, process.beta(mean_alpha), process, kept)


def folds(n: int) -> list[Ints]:
    """Return the rows of each fold; rows are in random order already."""
    return np.array_split(np.arange(n), min(FOLDS, n))


@dataclass(frozen=True)
class _Process:
    """The inverse covariance of scores divided by g (zero for rows left out), and the mean's scaled terms."""

    inverse: Floats
    terms: Floats
    scale: Floats
    g: Floats

    @classmethod
    def of(cls, sample: Sample, kernel: Kernel, rho: Floats | None = None) -> _Process:
        s = sample.sizes
        rho = overlap.correlation(sample.rows, sample.rows) if rho is None else rho
        g = kernel.amplitude(s, sample.m)
        q, r = np.linalg.qr(mean_terms(sample, kernel.offset) / g[:, None])
        root = np.sqrt(len(s))
        terms = q * root
        matrix = kernel.covariance(rho, s, s) + _MEAN_PRIOR * (terms @ terms.T)
        matrix[np.diag_indices(len(s))] += kernel.noise
        factor, _ = lapack.dpotrf(matrix, lower=1)
        inverse, _ = lapack.dpotri(factor, lower=1)
        inverse = np.tril(inverse) + np.tril(inverse, -1).T
        return cls(inverse, terms, np.linalg.pinv(r / root), g)

    def beta(self, alpha: Floats) -> Floats:
        """Return the mean's coefficients, float64[terms, q]."""
        return np.asarray(_MEAN_PRIOR * self.scale @ (self.terms.T @ alpha))

    def left_out(self, scores: Floats) -> Floats:
        """Return what each row's score is missed by when it alone is left out, float64[n]."""
        return np.asarray((self.inverse @ (scores / self.g)) / np.diag(self.inverse) * self.g)

    def cross_fit(self, kept: Ints, scores: Floats, of: int) -> tuple[Floats, Floats, Floats]:
        """Return α, the misses of each fold by the fit on the others, and α's mean over the `of` rows'
        fits."""
        alpha = self.inverse @ (scores / self.g[:, None])
        missed, mean_alpha = np.zeros_like(alpha), (of - len(kept)) / of * alpha
        inside = np.zeros(len(alpha), bool)
        inside[kept] = True
        for fold in folds(len(alpha)):
            if not inside[fold].any():
                continue
            gap = np.linalg.solve(self.inverse[np.ix_(fold, fold)], alpha[fold])
            missed[fold] = gap * self.g[fold, None]
            mean_alpha += len(fold) / of * (alpha - self.inverse[:, fold] @ gap)  # zero on the fold itself
        return alpha, missed, mean_alpha

    def without(self, gone: Ints) -> _Process:
        """Return the process that never saw the rows `gone`."""
        block = self.inverse[:, gone]
        inverse = self.inverse - block @ np.linalg.solve(block[gone], block.T)
        return replace(self, inverse=inverse)


def predict(fitted: Fit, sample: Sample) -> Floats:
    """Return f for other coalitions, float64[n, q]."""
    kernel, base = fitted.kernel, fitted.sample
    rho = overlap.correlation(sample.rows, base.rows)
    covariance = kernel.covariance(rho, sample.sizes, base.sizes)
    h = covariance @ fitted.alpha
    g = kernel.amplitude(sample.sizes, sample.m)[:, None]
    return np.asarray(g * h + mean_terms(sample, kernel.offset) @ fitted.beta)


def choose(sample: Sample) -> Kernel:
    """Return the kernel of least weighted leave-one-out miss, found one setting at a time."""
    rho = overlap.correlation(sample.rows, sample.rows)
    small = sample.m <= overlap.LARGEST
    best, least = Kernel() if small else Kernel(degrees=(1.0, 0.0, 0.0)), np.inf
    seen: dict[Kernel, float] = {}
    for name, values in CHOICES:
        for value in values:
            if name == "offset" and value is not None and sample.shares is None:
                continue
            if name == "degrees" and not small:
                continue
            kernel = replace(best, **{name: value})  # type: ignore[arg-type]
            if kernel not in seen:
                seen[kernel] = _miss(sample, kernel, rho)
            if seen[kernel] < least:
                best, least = kernel, seen[kernel]
    return best


def _miss(sample: Sample, kernel: Kernel, rho: Floats) -> float:
    return float(sample.cost @ _Process.of(sample, kernel, rho).left_out(sample.scores[:, 0]) ** 2)
