import numpy as np
import pytest

from commonweal.errors import MissingCapabilityError
from commonweal.leverage import contribute


def rows(result):
    return result.table.to_pylist()


def test_the_three_measures_are_their_formulas(additive):
    """Equal owners: the rival with a share f gains f of the gap, the strike takes f of it."""
    game = additive(np.full((20, 40), 0.05), np.repeat(np.arange(20), 2), base=0.3)
    result = contribute(game, participation=[0, 0.1, 0.3, 0.5, 0.8, 1], draws=10)
    for row in rows(result):
        f = row["owners"] / 20
        assert row["dlp_contribution"] == pytest.approx(f, abs=1e-12)
        assert row["dlp_strike"] == pytest.approx(f, abs=1e-12)
        if f <= 0.5:
            assert row["dlp_both"] == pytest.approx(f / (1 - f), abs=1e-12)
        else:
            assert row["dlp_both"] is None
    assert result.facts["worst"] == pytest.approx(0.3) and result.facts["best"] == pytest.approx(1.3)


def test_nobody_contributes_nothing_and_everybody_makes_the_rival_the_builder(additive):
    none, everyone = rows(contribute(additive.random(9), participation=[0, 1], draws=5))
    assert none["dlp_contribution"] == none["dlp_strike"] == 0
    assert everyone["dlp_contribution"] == pytest.approx(1, abs=1e-12)
    assert everyone["dlp_strike"] == pytest.approx(1, abs=1e-12)


def test_the_same_owners_give_and_withhold_in_each_draw(additive):
    """In an additive game what the rival gains is what the builder loses, draw by draw."""
    game = additive.random(10)
    result = contribute(game, participation=[0.3], draws=40)
    row = rows(result)[0]
    assert row["dlp_contribution"] == pytest.approx(row["dlp_strike"], abs=1e-12)
    assert row["dlp_contribution_low"] == pytest.approx(row["dlp_strike_low"], abs=1e-9)


def test_measures_below_zero_and_above_one_are_shown(additive):
    game = additive.random(10)
    game.gain[0] -= 2.0
    game.gain[1:] += 0.4
    result = contribute(game, participation=[0.1, 0.5], draws=200)
    assert min(r["dlp_contribution_low"] for r in rows(result)) < 0
    assert max(r["dlp_both_high"] or 0 for r in rows(result)) > 1 or rows(result)[1]["dlp_both"] is None


def test_a_struck_builder_no_better_than_nothing_leaves_both_undefined_and_says_so(additive):
    game = additive.random(10)
    game.gain[0] += 3.0
    game.gain[1:] -= 0.25
    result = contribute(game, participation=[0.4], draws=60)
    assert not result.facts["gap_zero"]
    assert rows(result)[0]["dlp_both"] is None
    assert any("undefined there" in w for w in result.facts["warnings"])


def test_a_gap_of_zero_or_less_leaves_out_all_measures(additive):
    game = additive.random(8)
    game.gain *= -1
    result = contribute(game, participation=[0.5], draws=5)
    assert result.facts["gap_zero"]
    assert rows(result)[0]["dlp_contribution"] is None and rows(result)[0]["rival_score"] is not None


def test_a_rival_with_a_base_of_its_own_is_measured_from_there(additive):
    game = additive.random(10, base=0.5)
    game.with_base = lambda pool: additive.random(10, base=pool)
    result = contribute(game, rival_base=0.1, participation=[0.5], draws=10)
    assert result.facts["worst"] == pytest.approx(0.1)
    assert result.facts["best"] == pytest.approx(0.5 + game.gain.sum() / 30)
    assert not any("same base" in w for w in result.facts["warnings"])


def test_a_base_for_the_rival_needs_with_base_and_without_one_it_has_the_builders(additive):
    with pytest.raises(MissingCapabilityError, match="with_base"):
        contribute(additive.random(5), rival_base=object())
    said = contribute(additive.random(5), participation=[0.4], draws=5).facts["warnings"]
    assert any("same base" in w for w in said)


def test_a_utility_without_unit_scores_is_measured_by_draws_alone(additive, plain):
    result = contribute(plain(additive.random(10)), participation=[0.3], draws=20)
    row = rows(result)[0]
    assert row["dlp_contribution_low"] < row["dlp_contribution"] < row["dlp_contribution_high"]
    assert any("unit_scores" in w for w in result.facts["warnings"])


def test_a_rival_whom_all_may_query_is_asked_as_such(additive):
    game = additive.random(10)
    game.for_visitors = lambda: additive.random(10, base=-0.2)
    assert contribute(game, participation=[0.3], draws=5).facts["worst"] == pytest.approx(-0.2)
