"""Small games with known answers, whose test units belong to owners."""

from __future__ import annotations

import numpy as np
import pytest

from commonweal.utility.base import Metric, mean_score


class Additive:
    """Unit u gains `gain[i, u]` from owner i; units belong to owners (three each) or to nobody."""

    metric = Metric("points", "points")

    def __init__(self, gain, unit_owner, base=0.0, sizes=None):
        self.gain, self.base = np.asarray(gain, float), base
        m, u = self.gain.shape
        self.owners = tuple(f"o{i:03d}" for i in range(m))
        self.unit_owner = np.asarray(unit_owner)
        self.unit_work = np.arange(u)
        self.sizes = np.ones(m) if sizes is None else np.asarray(sizes, float)
        self.asked = 0

    def unit_scores(self, coalitions):
        self.asked += len(coalitions)
        score = self.base + np.einsum("km,mu->ku", coalitions.astype(float), self.gain)
        return score, np.ones_like(score)

    def evaluate(self, coalitions):
        return mean_score(*self.unit_scores(coalitions))

    @classmethod
    def random(cls, m=12, seed=0, **options):
        rng = np.random.default_rng(seed)
        return cls(rng.uniform(0.5, 1.5, (m, 3 * m)) / m, np.repeat(np.arange(m), 3), **options)

    @classmethod
    def own_only(cls, m=10, seed=0):
        """Each owner's works help the owner's own test units alone."""
        rng = np.random.default_rng(seed)
        owner = np.repeat(np.arange(m), 2)
        return cls((np.arange(m)[:, None] == owner) * rng.uniform(0.5, 1.5, 2 * m), owner)


class Curved(Additive):
    """Scores are a function of the coalition's size, alike for all units but for noise fixed per unit."""

    def __init__(self, m, function, noise=0.0, seed=0, bounds=None):
        rng = np.random.default_rng(seed)
        super().__init__(np.zeros((m, 2 * m)), np.repeat(np.arange(m), 2))
        self.function, self.wiggle = function, noise * rng.normal(size=(m, 2 * m))
        if bounds is not None:
            self.bounds = bounds

    def unit_scores(self, coalitions):
        self.asked += len(coalitions)
        size = coalitions @ self.sizes
        score = self.function(size)[:, None] + coalitions @ self.wiggle
        return score, np.ones_like(score)


class Plain:
    """The needed part of the protocol and nothing else."""

    metric = Metric("points", "points")

    def __init__(self, game):
        self.owners, self.evaluate = game.owners, game.evaluate


@pytest.fixture
def additive():
    return Additive


@pytest.fixture
def curved():
    return Curved


@pytest.fixture
def plain():
    return Plain
