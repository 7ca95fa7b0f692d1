import numpy as np
import pytest

from commonweal.leverage import scaling
from commonweal.leverage.forms import backtest, fit, forms
from commonweal.leverage.results import harder, in_words
from commonweal.utility.base import Metric


def kinds(result):
    table = result.table.to_pylist()
    return {kind: [r for r in table if r["kind"] == kind] for kind in ("pool", "other", "extrapolated")}


@pytest.mark.parametrize(
    ("name", "function", "bound"),
    [
        ("logarithm", lambda x: 0.3 * np.log1p(x), None),
        ("power law", lambda x: -3 - 5 * (x + 1.0) ** -0.4, None),
        ("to the bound", lambda x: 1 - 0.8 * (x + 0.001) ** -0.3, (0.0, 1.0)),
        ("square root", lambda x: np.sqrt(x), None),
    ],
)
def test_a_known_curve_is_drawn_on_to_twice_the_pool(curved, name, function, bound):
    game = curved(64, function, noise=1e-4, bounds=bound)
    result = scaling(game, draws=20)
    last = kinds(result)["extrapolated"][-1]
    truth, full = function(128.0), function(64.0)
    assert last["size"] == 128
    assert abs(last["score"] - truth) < 0.15 * (truth - full)
    assert last["low"] <= truth <= last["high"]
    assert result.facts["form"] is not None


def test_the_doubling_is_the_measured_change_from_half_to_all(curved):
    found = scaling(curved(32, lambda x: np.log2(np.maximum(x, 0.5)) / 10), draws=10).facts["doubling"]
    assert found["value"] == pytest.approx(0.1)


def test_a_flat_noisy_curve_cannot_be_told(curved):
    result = scaling(curved(32, lambda x: np.zeros(len(x)), noise=0.05), draws=20)
    assert result.facts["form"] is None
    assert "cannot be told from these data" in result.facts["statement"]
    assert kinds(result)["extrapolated"] == []


def test_a_curve_with_a_late_jump_fails_the_backtest(curved):
    """Nothing up to the half foretells what comes after it."""
    result = scaling(curved(64, lambda x: 0.01 * np.log1p(x) + (x > 40) * 1.0), draws=20)
    assert result.facts["form"] is None
    assert "no form foresaw" in result.facts["statement"]


def test_few_owners_are_too_few_for_a_curve(curved):
    result = scaling(curved(5, np.log1p), draws=10)
    assert "too few" in result.facts["statement"]
    assert len(kinds(result)["pool"]) == 5


def test_it_never_goes_beyond_twice_the_pool(curved):
    result = scaling(curved(64, np.log1p), draws=10, extrapolate=16)
    assert max(r["size"] for r in result.table.to_pylist()) == 128


def test_sizes_are_in_the_models_own_unit(curved):
    game = curved(16, lambda x: np.log1p(x / 100))
    game.sizes, game.size_unit = np.full(16, 100.0), "words"
    result = scaling(game, draws=5)
    assert result.facts["unit"] == "words"
    assert [r["size"] for r in kinds(result)["pool"]][-1] == 1600


def test_other_text_is_shown_by_its_doublings(curved):
    game = curved(16, np.log1p)
    game.base_curve = lambda fractions, seed: (
        np.array(fractions) * 1000,
        0.05 * np.log2(np.array(fractions)),
    )
    result = scaling(game, draws=5)
    assert [r["size"] for r in kinds(result)["other"]] == [62.5, 125, 250, 500, 1000]
    assert result.facts["other"]["gains"] == pytest.approx({"2": 0.05, "4": 0.1, "8": 0.15, "16": 0.2})
    assert "cannot be told from these data" in result.facts["replacement"]
    assert result.facts["other"]["matches_pool"] is None


def test_other_text_within_a_doubling_of_matching_the_pool_is_told(curved):
    curve = lambda fractions, seed: (np.array(fractions) * 1000, 4 * np.log2(np.array(fractions)))  # noqa: E731
    result = scaling(curved(16, lambda x: np.log2(1 + x) / np.log2(17) * 2), draws=5, other=curve)
    assert result.facts["other"]["matches_pool"] == pytest.approx(1000 * 2**0.5)


def test_a_curve_of_other_text_that_ends_elsewhere_is_pointed_out(curved):
    game = curved(8, np.log1p)
    game.base_curve = lambda fractions, seed: (np.array(fractions), np.array(fractions) - 0.3)
    assert any("does not end" in w for w in scaling(game, draws=5).facts["warnings"])


@pytest.mark.parametrize("form", forms(1.0), ids=lambda f: f.name)
def test_each_form_fits_a_curve_of_its_own_kind(form):
    x = np.geomspace(8, 64, 7)
    theta = len(form.labels(64.0)) // 3
    truth = lambda at: (form.ceiling or 0.7) + 0.4 * form.basis(np.atleast_1d(at), 64.0)[theta]  # noqa: E731
    fitted = fit(form, x, truth(x)[:, None], np.ones(7))
    np.testing.assert_allclose(
        [fitted.at(v)[0] for v in (10.0, 64.0, 128.0)], truth(np.array([10, 64, 128])), rtol=1e-6
    )


def test_the_fit_is_weighted_least_squares():
    form, x = forms(None)[0], np.array([1.0, 2, 4, 8])
    y, w = np.array([0.1, 0.5, 0.4, 1.0]), np.array([1.0, 2, 3, 4])
    design = np.stack([np.ones(4), np.log(x)], axis=1) * np.sqrt(w)[:, None]
    expected = np.linalg.lstsq(design, y * np.sqrt(w), rcond=None)[0]
    fitted = fit(form, x, y[:, None], w)
    np.testing.assert_allclose([fitted.offset[0], fitted.slope[0]], expected)


def test_a_backtest_needs_more_sizes_than_parameters():
    x = np.array([1.0, 2, 4])
    assert np.isnan(backtest(forms(None)[2], x, x, np.ones(3), [1])[0])


def test_bits_read_as_percent_harder_to_predict():
    bits = Metric("bits per word", "bits", sign=-1, exponential=True)
    assert harder(bits, -1.0) == pytest.approx(1.0)
    assert harder(bits, 1.0) == pytest.approx(-0.5)
    assert in_words(bits, -0.1, -0.2, -0.05) == "7.2% harder to predict (3.5% to 14.9%)"
    assert in_words(bits, 0.1, -0.05, 0.2) == (
        "6.7% easier to predict (3.5% harder to predict to 12.9% easier to predict)"
    )
    assert harder(Metric("R²"), -0.1) is None
    assert in_words(Metric("accuracy", "points"), -0.25) == "0.25 points worse"
