import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.leverage import critical_mass
from commonweal.leverage.critical import draws_needed
from commonweal.leverage.draws import permutations


def rows(result):
    return result.table.to_pylist()


def brute_force(game, question, share, orders, in_draws):
    """Walk along every order, owner by owner, and take the quantile of where the share is reached."""
    m = len(game.owners)
    empty, full = game.evaluate(np.array([[False] * m, [True] * m]))
    first = []
    for order in orders:
        for n in range(1, m + 1):
            row = np.isin(np.arange(m), order[:n])
            score = game.evaluate((row if question == "reach" else ~row)[None])[0]
            gained = score - empty if question == "reach" else full - score
            if gained >= share * (full - empty):
                break
        first.append(n)
    n = sorted(first)[int(np.ceil(in_draws * len(first) - 1e-9)) - 1]
    return n if n < m else None


@given(seed=st.integers(0, 1_000), m=st.integers(1, 18))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_is_what_walking_along_every_order_finds(additive, seed, m):
    game = additive.random(m, seed)
    result = critical_mass(game, shares=(0.3, 0.6), draws=20, seed=seed)
    orders = permutations(m, 20, seed)
    for row in rows(result):
        assert row["owners"] == brute_force(game, row["question"], row["share"], orders, 0.95)


def test_equal_owners_of_an_additive_game_need_their_share(additive):
    game = additive(np.full((40, 80), 0.025), np.repeat(np.arange(40), 2))
    for row in rows(critical_mass(game, shares=(0.26, 0.51))):
        assert row["owners"] == row["low"] == row["high"] == np.ceil(row["share"] * 40)


def test_larger_pools_are_answered_to_one_in_twenty_with_few_evaluations(additive):
    game = additive(np.full((600, 600), 1 / 600), np.arange(600))
    result = critical_mass(game, shares=(0.501,), draws=20)
    for row in rows(result):
        assert 301 <= row["owners"] <= 301 * 1.06
        assert row["low"] <= 301 <= row["high"]
    assert result.facts["evaluations"] < 20 * 50


def test_the_interval_holds_the_answer_of_all_orders(additive):
    """One owner carries 60% of the worth: half of it needs that owner, who is among n of 20 with chance n/20.

    So 19 owners have it in 95% of all orders, and 18 in 90%.
    """
    gain = np.full((20, 20), 0.4 / 19 / 20)
    gain[7] = 0.6 / 20
    result = critical_mass(additive(gain, np.arange(20)), shares=(0.5,), draws=60)
    reach = rows(result)[0]
    assert reach["low"] <= 19
    assert reach["high"] is None or reach["high"] >= 19


def test_the_test_set_widens_the_interval(additive):
    rng = np.random.default_rng(0)
    noisy = additive(rng.normal(0.05, 0.2, (20, 10)), np.full(10, -1))
    noisy.gain -= noisy.gain.mean(1, keepdims=True) - 0.05
    noisy.gain[:10] += np.linspace(-0.05, 0.05, 10)
    row = rows(critical_mass(noisy, shares=(0.5,)))[0]
    assert row["high"] is None or row["high"] > row["low"]


def test_no_worth_has_no_critical_mass(additive):
    game = additive.random(8)
    game.gain *= -1
    result = critical_mass(game)
    assert all(r["owners"] is None for r in rows(result))
    assert any("adds nothing" in w for w in result.facts["warnings"])


def test_what_only_everyone_reaches_is_null_and_said(additive):
    result = critical_mass(additive.random(6), shares=(1.0,))
    assert rows(result)[0]["owners"] is None
    assert any("short of everyone" in w for w in result.facts["warnings"])


def test_loss_is_short_for_one_share(additive):
    game = additive.random(9)
    assert rows(critical_mass(game, loss=0.5)) == rows(critical_mass(game, shares=(0.5,)))


def test_the_draws_a_claim_needs_are_stated(additive):
    assert draws_needed(0.95, 0.95) == 72
    assert 0.95**59 < 0.05 < 0.95**58
    assert "59 draws" in critical_mass(additive.random(5)).facts["claim"]
    assert any("72 draws" in w for w in critical_mass(additive.random(5)).facts["warnings"])
    assert not any("72" in w for w in critical_mass(additive.random(5), draws=72).facts["warnings"])


def test_a_utility_without_unit_scores_has_an_interval_of_draws(additive, plain):
    result = critical_mass(plain(additive.random(12)), shares=(0.5,))
    assert rows(result)[0]["owners"] is not None
    assert any("unit_scores" in w for w in result.facts["warnings"])


@pytest.mark.parametrize("options", [{"shares": (0.0,)}, {"shares": ()}, {"loss": 1.2}, {"in_draws": 1.0}])
def test_shares_outside_zero_to_one_are_refused(additive, options):
    with pytest.raises(InputError):
        critical_mass(additive.random(4), **options)
