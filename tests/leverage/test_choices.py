import numpy as np
import pytest

from commonweal.errors import InputError
from commonweal.leverage import Setting, choices, critical_mass, strike


def worth_of_each(game):
    return game.gain.mean(1)


def test_every_setting_is_measured_by_one_protocol(additive):
    games = {"as reported": additive.random(10), "more of a base": additive.random(10, base=0.5)}
    result = choices(
        {k: lambda g=g: Setting(g, "b", "s") for k, g in games.items()}, value=worth_of_each, draws=30
    )
    for row, game in zip(result.table.to_pylist(), games.values(), strict=True):
        alone = strike(game, participation=[0.3], draws=30, worst=0).table.to_pylist()[0]
        assert row["strike_others"] == alone["others_change"]
        assert row["half"] == critical_mass(game, shares=(0.5,), draws=30).table["owners"][0].as_py()
        assert (
            row["total"] == pytest.approx(row["full"] - row["empty"]) == pytest.approx(game.gain.sum() / 30)
        )
        assert row["low"] < row["total"] < row["high"]
        assert row["rank_correlation"] == pytest.approx(1)
        best = np.argsort(-worth_of_each(game))[:3]
        assert row["largest"] == ", ".join(game.owners[i] for i in best)
    assert result.facts["unstable"] == []


def test_figures_whose_sign_varies_are_named(additive):
    other = additive.random(10)
    other.gain = other.gain * -1
    settings = {"as reported": lambda: Setting(additive.random(10)), "other": lambda: Setting(other)}
    result = choices(settings, value=worth_of_each, draws=20)
    assert {"total", "strike_others", "half"} <= set(result.facts["unstable"])
    assert len(result.facts["owners_unstable"]) == 10
    row = result.table.to_pylist()[1]
    assert row["rank_correlation"] is None and row["largest"] is None and row["below_zero"] == 10


def test_settings_with_other_owners_are_matched_by_name(additive):
    smaller = additive.random(10)
    smaller.gain, smaller.owners = smaller.gain[3:], smaller.owners[3:]
    smaller.unit_owner, smaller.sizes = smaller.unit_owner - 3, smaller.sizes[3:]
    settings = {"as reported": lambda: Setting(additive.random(10)), "fewer": lambda: Setting(smaller)}
    result = choices(settings, value=worth_of_each, draws=10)
    assert result.table["owners"].to_pylist() == [10, 7]
    assert result.table["rank_correlation"][1].as_py() == pytest.approx(1)


def test_a_utility_that_cannot_tell_others_apart_has_no_figure_for_them(additive, plain):
    result = choices(
        {"as reported": lambda: Setting(plain(additive.random(6)))}, value=lambda u: np.arange(6.0)
    )
    assert result.table["strike_others"].to_pylist() == [None]


def test_no_settings_is_refused():
    with pytest.raises(InputError):
        choices({}, value=worth_of_each)
