"""Small games with exact Shapley values, for tests and benchmarks: each is a utility of the protocol."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from commonweal.utility.base import Metric


def shapley_by_definition(game) -> np.ndarray:
    """Sum marginal contributions over every coalition, straight from the definition: float64[m]."""
    m = len(game.owners)
    bits = np.arange(2**m)
    rows = (bits[:, None] >> np.arange(m)) & 1 == 1
    v, size = game.evaluate(rows), rows.sum(1)
    weight = np.array([math.factorial(s) * math.factorial(m - s - 1) / math.factorial(m) for s in range(m)])
    out = np.zeros(m)
    for i in range(m):
        without = bits[~rows[:, i]]
        out[i] = np.sum(weight[size[without]] * (v[without | (1 << i)] - v[without]))
    return out


@dataclass
class Game:
    """A game of m owners; counts what is asked of it."""

    m: int
    seed: int = 0
    asked: int = field(default=0, init=False)
    metric: Metric = field(default_factory=lambda: Metric("score"), init=False)

    def __post_init__(self):
        self.owners = tuple(f"o{i:06d}" for i in range(self.m))
        self.build(np.random.default_rng(self.seed))

    def build(self, rng) -> None: ...

    def evaluate(self, coalitions):
        self.asked += len(coalitions)
        return np.asarray(self.score(coalitions), dtype=np.float64)


class Additive(Game):
    def build(self, rng):
        self.worth = rng.gamma(2.0, size=self.m) / self.m

    def score(self, rows):
        return rows @ self.worth


class Quadratic(Game):
    def build(self, rng):
        self.worth = rng.gamma(2.0, size=self.m) / self.m
        a = rng.normal(size=(self.m, self.m)) / self.m**1.5
        self.pairs = np.triu(a, 1)

    def score(self, rows):
        z = rows.astype(float)
        return z @ self.worth + np.einsum("ki,ij,kj->k", z, self.pairs, z)


class Coverage(Game):
    def build(self, rng):
        self.covers = rng.random((self.m, 60)) < rng.beta(1.0, 8.0, size=(self.m, 1)) + 0.02
        self.mass = rng.dirichlet(np.ones(60))

    def score(self, rows):
        return ((rows.astype(float) @ self.covers) > 0) @ self.mass


class Voting(Game):
    def build(self, rng):
        self.votes = rng.integers(1, 12, size=self.m)
        self.quota = self.votes.sum() // 2 + 1

    def score(self, rows):
        return (rows @ self.votes) >= self.quota


class Airport(Game):
    def build(self, rng):
        self.cost = np.sort(rng.gamma(1.5, size=self.m))

    def score(self, rows):
        return np.where(rows, self.cost, 0.0).max(axis=1)


class RidgeGame(Game):
    """R² of ridge regression from summed statistics, owners of unequal size."""

    def build(self, rng):
        d, rows = 6, rng.integers(4, 40, size=self.m)
        beta = rng.normal(size=d)
        self.gram, self.cross = np.zeros((self.m, d, d)), np.zeros((self.m, d))
        for i, n in enumerate(rows):
            x = rng.normal(size=(n, d))
            y = x @ (beta + 0.4 * rng.normal(size=d)) + 2 * rng.normal(size=n)
            self.gram[i], self.cross[i] = x.T @ x, x.T @ y
        self.x = rng.normal(size=(150, d))
        self.y = self.x @ beta + rng.normal(size=150)
        self.sizes = rows.astype(float)

    def score(self, rows):
        z, d = rows.astype(float), self.gram.shape[1]
        gram = np.tensordot(z, self.gram, 1) + np.eye(d)
        weights = np.linalg.solve(gram, (z @ self.cross)[..., None])[..., 0]
        miss = ((self.y - weights @ self.x.T) ** 2).sum(1)
        return 1 - miss / ((self.y - self.y.mean()) ** 2).sum()


class Words(Game):
    """Mean log2 probability of test words under interpolated counts: the shape of an n-gram model."""

    def build(self, rng):
        vocabulary = 50
        topics = rng.dirichlet(np.full(vocabulary, 0.3), size=3)
        mix = rng.dirichlet(np.full(3, 0.6), size=self.m)
        self.sizes = rng.integers(50, 800, size=self.m).astype(float)
        self.counts = np.stack(
            [rng.multinomial(int(n), p @ topics) for n, p in zip(self.sizes, mix, strict=True)]
        )
        test_mix = rng.dirichlet(np.full(3, 2.0), size=20)
        self.test = np.stack([rng.multinomial(40, p @ topics) for p in test_mix])
        self.unit_work = np.arange(20)

    def unit_scores(self, rows):
        counts = rows.astype(float) @ self.counts + 30 / 50
        logs = np.log2(counts / counts.sum(1, keepdims=True))
        return logs @ self.test.T, np.broadcast_to(self.test.sum(1).astype(float), (len(rows), 20))

    def score(self, rows):
        numerator, denominator = self.unit_scores(rows)
        return numerator.sum(1) / denominator.sum(1)


class Neighbours(Game):
    """Share of right votes among the 5 nearest points of the coalition, nothing for none; brute force."""

    def build(self, rng):
        n, self.k = 8 * self.m, 5
        centres = rng.normal(size=(4, 3)) * 1.3
        label = rng.integers(0, 4, n)
        x = centres[label] + rng.normal(size=(n, 3))
        owner = np.where(rng.random(n) < 0.5, label * self.m // 4, 0) + rng.integers(0, self.m // 4 + 1, n)
        self.owner = owner % self.m
        test_label = rng.integers(0, 4, 40)
        test = centres[test_label] + rng.normal(size=(40, 3))
        order = np.argsort(((test[:, None] - x) ** 2).sum(-1), axis=1, kind="stable")
        self.order_owner, self.right = self.owner[order], label[order] == test_label[:, None]

    def score(self, rows):
        out = np.zeros(len(rows))
        for owner, right in zip(self.order_owner, self.right, strict=True):
            inside = rows[:, owner]
            taken = inside & (np.cumsum(inside, axis=1) <= self.k)
            out += (taken & right).sum(1) / self.k
        return out / len(self.right)


KINDS = {
    "additive": Additive,
    "quadratic": Quadratic,
    "coverage": Coverage,
    "weighted voting": Voting,
    "airport": Airport,
    "ridge": RidgeGame,
    "n-gram": Words,
    "KNN": Neighbours,
}


def permutation_sampling(game, budget: int, rng) -> tuple[np.ndarray, np.ndarray]:
    """Antithetic permutation sampling within `budget` evaluations: mean and standard error, float64[m] each.

    The peers' standard method: a permutation and its reverse make one draw, of 2(m - 1) evaluations when
    the scores of the empty and the full coalition are kept.
    """
    m = len(game.owners)
    pairs = max(2, (budget - 2) // (2 * (m - 1)))
    draws = np.empty((pairs, m))
    for d in range(pairs):
        order = rng.permutation(m)
        both = []
        for o in (order, order[::-1]):
            rows = np.zeros((m + 1, m), bool)
            for k, i in enumerate(o):
                rows[k + 1 :, i] = True
            phi = np.empty(m)
            phi[o] = np.diff(game.evaluate(rows))
            both.append(phi)
        draws[d] = np.mean(both, axis=0)
    return draws.mean(0), draws.std(0, ddof=1) / math.sqrt(pairs)
