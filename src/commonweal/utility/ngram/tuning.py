"""Smoothing and base weight, chosen once on works held out of the training half.

The model of the full pool without those works predicts them; the test is never looked at. One setting then
serves every coalition: scores compare only under one setting, and a setting per coalition would let small
coalitions borrow what only the full pool can know.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from commonweal.utility.base import Floats, Ints
from commonweal.utility.ngram.index import Index
from commonweal.utility.ngram.plan import probabilities

LEAST, MOST = np.log([1e-3, 1e9])  # of each μ
LEAST_BASE, MOST_BASE = np.log([1e-5, 1e2])  # of the base weight


@dataclass(frozen=True)
class Weights:
    """Smoothing μ_1…μ_order, the weight of the base's counts, and which of them were tuned."""

    mu: tuple[float, ...]
    base: float
    tuned: tuple[str, ...]
    held_out_bits: float | None = None


@dataclass(frozen=True)
class HeldOut:
    """What tuning looks at: n-grams of the held-out works, how they are weighted, their counts in the rest.

    Parameters
    ----------
    index : Index
        N-grams of the held-out works.
    weight : float64[nodes]
        How much each counts for the score, over all units; sums to `words`.
    pool : int64[nodes]
        Counts over the pool without the held-out works.
    words : float
        Weighted number of predicted words.
    """

    index: Index
    weight: Floats
    pool: Ints
    words: float

    def bits(self, base: Ints, mu: Floats, base_weight: float, v: int) -> float:
        """Return bits per word of the held-out works."""
        p = probabilities(self.index, self.pool + base_weight * base, mu, v)
        scored = self.weight > 0
        return float(-(self.weight[scored] @ np.log2(p[scored])) / self.words)


def start_values(total: float, order: int) -> Floats:
    """Return a rule-of-thumb smoothing for a model counted over `total` words, float64[order].

    Measured on English addresses: the best μ_1 grows as 8.2 N^0.67, with μ_2 about 417 and μ_3 about 104.
    """
    return np.array([8.2 * max(total, 1.0) ** 0.67, 417.0, *[104.0] * order][:order])


def tune(
    held_out: HeldOut | None,
    base: Ints | None,
    v: int,
    *,
    has_base: bool,
    mu: tuple[float, ...] | None,
    base_weight: float | None,
    order: int,
    total: float,
) -> Weights:
    """Return the weights; what is given is kept, what is None is tuned by Nelder and Mead's search.

    Parameters
    ----------
    held_out : HeldOut or None
        None where nothing could be held out: then rules of thumb stand in (base weight 1).
    base : int64[nodes] or None
        Counts of the base over the held-out works' n-grams.
    v : int
        Size of the vocabulary.
    has_base : bool
        Whether there is a base to weigh.
    mu, base_weight : optional
        What is given.
    order : int
        Length of the longest n-gram.
    total : float
        Words in the pool, for the rule of thumb.
    """
    needs_base = has_base and base_weight is None
    start_mu = np.array(mu) if mu is not None else start_values(total, order)
    start_base = base_weight if base_weight is not None else 1.0
    if held_out is None or (mu is not None and not needs_base):
        return Weights(tuple(start_mu.tolist()), start_base, ())
    counts = np.zeros_like(held_out.pool) if base is None else base
    free = [] if mu is not None else [(x, LEAST, MOST) for x in np.log(start_mu)]
    if needs_base:
        free.append((np.log(0.1), LEAST_BASE, MOST_BASE))

    def unpack(x: Floats) -> tuple[Floats, float]:
        some_mu = start_mu if mu is not None else np.exp(x[:order])
        return some_mu, float(np.exp(x[-1])) if needs_base else start_base

    first = np.array([f[0] for f in free])
    simplex = np.vstack([first, first + np.eye(len(free))])
    bounds = [f[1:] for f in free]
    found = minimize(
        lambda x: held_out.bits(counts, *unpack(x), v),
        first,
        method="Nelder-Mead",
        bounds=bounds,
        options={"initial_simplex": simplex, "xatol": 0.01, "fatol": 1e-6, "maxfev": 400},
    )
    best_mu, best_base = unpack(found.x)
    names = (() if mu is not None else ("smoothing",)) + (("base_weight",) if needs_base else ())
    return Weights(tuple(best_mu.tolist()), best_base, names, float(found.fun))
