"""Coverage and width of nominal 95% intervals on exact games, each kind by itself, beside permutations.

100 replicates of 10 owners and 150 evaluations. Owners of one replicate are correlated, so the
standard error of the coverage comes from replicates. A bound is crossed by chance with probability
below 1e-4 for each kind.
"""

from functools import cache

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

import games
from commonweal.valuation import enumeration, intervals
from commonweal.valuation.oracle import Oracle
from commonweal.valuation.sampling import Ends, Sampler

M, BUDGET, REPLICATES = 10, 150, 100
PERMUTATIONS_ARE_EXACT = (
    "additive",
    "quadratic",
)  # a permutation and its reverse cancel all errors of degree 2


class Table:
    """A game looked up in its list of scores."""

    def __init__(self, game, scores):
        self.owners, self.scores, self.bit = game.owners, scores, 1 << np.arange(game.m)

    def evaluate(self, rows):
        return self.scores[rows @ self.bit]


@cache
def replicates(kind):
    game = games.KINDS[kind](M, seed=1)
    exact = enumeration.enumerate_all(Oracle(game), M)
    table, eye = Table(game, exact.scores), np.eye(M, dtype=bool)
    shares = game.sizes / game.sizes.sum() if hasattr(game, "sizes") else None
    out = {"miss": [], "half": [], "at_once": [], "peer": [], "peer_half": []}
    with threadpool_limits(1):
        for seed in range(REPLICATES):
            oracle, rng = Oracle(table), np.random.default_rng(seed)
            ends = [oracle.ask(rows) for rows in (~np.ones((1, M), bool), np.ones((1, M), bool), eye, ~eye)]
            sampler = Sampler(oracle, Ends(ends[0][0], ends[1][0], *ends[2:]), shares, rng)
            sampler.draw(BUDGET - oracle.asked)
            found = sampler.estimate()
            out["miss"].append(found.value[:, 0] - exact.shapley[:, 0])
            out["half"].append(intervals.student(0.95, found.freedom) * found.se)
            out["at_once"].append(intervals.max_t(found.covariance, 0.95, found.freedom, rng) * found.se)
            mean, se = games.permutation_sampling(table, BUDGET, rng)
            out["peer"].append(mean - exact.shapley[:, 0])
            out["peer_half"].append(1.96 * se)
    return {k: np.array(v) for k, v in out.items()} | {"scale": np.abs(exact.shapley[:, 0]).mean()}


def rounding(found):
    return 1e-7 * found["scale"]


@pytest.mark.parametrize("kind", games.KINDS)
def test_a_95_percent_interval_holds_the_exact_value_of_an_owner(kind):
    found = replicates(kind)
    held = (np.abs(found["miss"]) <= found["half"] + rounding(found)).mean(axis=1)
    assert held.mean() + 4 * held.std(ddof=1) / np.sqrt(REPLICATES) >= 0.95
    assert held.mean() >= 0.92


@pytest.mark.parametrize("kind", games.KINDS)
def test_intervals_for_all_owners_hold_at_once(kind):
    found = replicates(kind)
    held = (np.abs(found["miss"]) <= found["at_once"] + rounding(found)).all(axis=1).mean()
    assert held >= 0.95 - 4 * np.sqrt(0.95 * 0.05 / REPLICATES)


@pytest.mark.parametrize("kind", games.KINDS)
def test_intervals_are_no_wider_than_twice_what_the_error_needs(kind):
    found = replicates(kind)
    error = np.sqrt((found["miss"] ** 2).mean())
    assert found["half"].mean() <= 2 * 1.96 * error + rounding(found)


@pytest.mark.parametrize("kind", [k for k in games.KINDS if k not in PERMUTATIONS_ARE_EXACT])
def test_the_error_and_the_width_are_below_those_of_antithetic_permutations(kind):
    found = replicates(kind)
    assert (found["miss"] ** 2).mean() < 0.7 * (found["peer"] ** 2).mean()
    assert found["half"].mean() < found["peer_half"].mean()


@pytest.mark.parametrize("kind", games.KINDS)
def test_the_mean_over_seeds_is_the_exact_value(kind):
    """The largest of 10 |z| exceeds 5 with probability below 1e-4 (Student's t on 99 degrees of freedom)."""
    miss = replicates(kind)["miss"]
    se = miss.std(axis=0, ddof=1) / np.sqrt(REPLICATES)
    assert (np.abs(miss.mean(axis=0)) <= 5 * se + 1e-9).all()
