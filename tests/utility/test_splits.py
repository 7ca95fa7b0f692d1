"""Splits and slices: means over splits, and parts of a test, from the same unit scores."""

from __future__ import annotations

import numpy as np
import pytest

from commonweal.errors import InputError, MissingCapabilityError
from commonweal.parallel import Workers
from commonweal.pool.pool import Pool
from commonweal.utility import Ridge, Runs, Sliced, Splits, slice_scores


def pool(seed=0, n=120, m=4):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    frame = {
        **{f"x{j}": x[:, j] for j in range(3)},
        "o": [f"o{v}" for v in rng.integers(0, m, n)],
        "y": x @ [1.0, -2.0, 0.5] + rng.normal(size=n),
        "topic": [f"t{v}" for v in rng.integers(0, 3, n)],
    }
    return Pool.from_frame(frame, owner="o", features=["x0", "x1", "x2"], target="y", keep=["topic"])


def make(train, test):
    return Ridge(train, test=test, slice="topic")


S = np.random.default_rng(0).random((10, 4)) < 0.5


def test_a_score_is_the_mean_over_splits_and_the_units_agree():
    """R² differs in its denominator from split to split, and still the ratio of sums is the mean."""
    splits = Splits.of(pool(), make, n=3, seed=5, workers=Workers(2))
    alone = [make(*pool().split(seed=5 + k)) for k in range(3)]
    expected = np.mean([u.evaluate(S) for u in alone], axis=0)
    np.testing.assert_allclose(splits.evaluate(S), expected, rtol=1e-14)
    numerator, denominator = splits.unit_scores(S)
    np.testing.assert_allclose(numerator.sum(1) / denominator.sum(1), expected, atol=1e-12)
    assert numerator.shape[1] == len(splits.unit_owner) == len(splits.unit_work) == len(splits.unit_slice)
    assert len(set(splits.unit_work.tolist())) < len(splits.unit_work)
    np.testing.assert_allclose(splits.sizes, np.mean([u.sizes for u in alone], axis=0))
    assert splits.facts["splits"] == 3
    assert splits.facts["model"] == "ridge"


def test_another_base_reaches_all_splits():
    base = pool(1, n=30)
    splits = Splits.of(pool(), make, n=2).with_base(base)
    alone = [make(*pool().split(seed=k)).with_base(base) for k in range(2)]
    np.testing.assert_allclose(splits.evaluate(S), np.mean([u.evaluate(S) for u in alone], axis=0))


def test_a_capability_is_there_only_if_all_splits_have_it():
    splits = Splits.of(pool(), make, n=2)
    for name in ("exact_shapley", "self_prediction", "bounds"):
        assert not hasattr(splits, name)
    runs = Runs({"a": [True, False], "score": [1.0, 2.0]}, bounds=(0.0, 4.0))
    both = Splits([runs, runs])
    assert both.bounds == (0.0, 4.0)
    assert not hasattr(both, "unit_scores")


class Known:
    """A game that knows its values."""

    owners, metric = ("a", "b"), Runs({"a": [True], "score": [1.0]}).metric

    def __init__(self, value, units):
        self.value, self.units = value, units

    def evaluate(self, coalitions):
        return coalitions @ self.value

    def exact_shapley(self):
        return self.value

    def exact_unit_shapley(self):
        return np.repeat(self.value[:, None], self.units, axis=1)


def test_exact_values_are_averaged_and_their_units_too():
    splits = Splits([Known(np.array([1.0, 2.0]), 3), Known(np.array([3.0, 6.0]), 5)])
    np.testing.assert_array_equal(splits.exact_shapley(), [2, 4])
    np.testing.assert_allclose(splits.exact_unit_shapley().mean(1), [2, 4])


def test_splits_that_do_not_belong_together_are_refused():
    with pytest.raises(InputError, match="no splits"):
        Splits([])
    with pytest.raises(InputError, match="differ in owners"):
        Splits([make(*pool().split()), make(*pool(m=3).split())])


@pytest.mark.parametrize("n", [1, 2])
def test_slices_come_from_the_same_models(n):
    """The figure of a slice is that of its units; weighted by denominators the slices make the whole."""
    whole = Splits.of(pool(), make, n=n)
    parts = slice_scores(whole, S)
    assert set(parts) == {"t0", "t1", "t2"}
    weight = {t: Sliced(whole, t).unit_scores(S)[1].sum(1) for t in parts}
    total = sum(parts[t] * weight[t] for t in parts) / sum(weight.values())
    np.testing.assert_allclose(total, whole.evaluate(S), atol=1e-12)
    one = Sliced(whole, "t1")
    np.testing.assert_array_equal(one.evaluate(S), parts["t1"])
    assert set(one.unit_slice) == {"t1"}
    np.testing.assert_array_equal(one.sizes, whole.sizes)
    np.testing.assert_array_equal(
        one.with_base(pool(1)).evaluate(S), slice_scores(whole.with_base(pool(1)), S)["t1"]
    )


def test_a_slice_that_is_not_there_is_refused():
    train, test = pool().split()
    with pytest.raises(InputError, match="no slice 'x'"):
        Sliced(make(train, test), "x")
    with pytest.raises(MissingCapabilityError, match="unit_slice"):
        slice_scores(Ridge(train, test=test), S)
