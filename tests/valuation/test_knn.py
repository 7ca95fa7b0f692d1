"""knn_shapley: exact, in closed form, on both engines."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.valuation.knn import knn_shapley

sys.path.insert(0, str(Path(__file__).parent))
from knn_by_definition import by_definition, score

ENGINES = ["numba", "numpy"]


@st.composite
def games(draw, owners=(1, 7), points=(1, 16)):
    """Few distinct coordinates, so that ties and duplicates are the rule."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, m, d, u = (
        draw(st.integers(*points)),
        draw(st.integers(*owners)),
        draw(st.integers(1, 3)),
        draw(st.integers(1, 4)),
    )
    dtype = draw(st.sampled_from([np.float32, np.float64, np.int64]))
    wide = draw(st.integers(1, 4))
    X, T = (
        rng.integers(-wide, wide + 1, (n, d)).astype(dtype),
        rng.integers(-wide, wide + 1, (u, d)).astype(dtype),
    )
    y, t = rng.integers(0, 3, n), rng.integers(0, 4, u)  # a label that no point has is allowed
    return X, y, T, t, rng.integers(0, m, n), draw(st.integers(1, 9))


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=60, deadline=None)
@given(game=games())
def test_owner_values_are_those_of_the_definition(engine, game):
    X, y, T, t, owners, k = game
    values = knn_shapley(X, y, T, t, n_neighbors=k, owners=owners, engine=engine)
    np.testing.assert_allclose(values, by_definition(X, y, T, t, k, owners, False), rtol=0, atol=1e-13)


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=15, deadline=None)
@given(game=games(owners=(9, 12), points=(12, 24)))
def test_owner_values_hold_with_twelve_owners(engine, game):
    X, y, T, t, owners, k = game
    values = knn_shapley(X, y, T[:1], t[:1], n_neighbors=k, owners=owners, engine=engine)
    np.testing.assert_allclose(
        values, by_definition(X, y, T[:1], t[:1], k, owners, False), rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("regression", [False, True])
@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=40, deadline=None)
@given(game=games(points=(1, 8)))
def test_record_values_are_those_of_the_definition(engine, regression, game):
    X, y, T, t, _, k = game
    task = "regression" if regression else "classification"
    values = knn_shapley(X, y, T, t, n_neighbors=k, task=task, engine=engine)
    truth = by_definition(X, y, T, t, k, np.arange(len(X)), regression)
    np.testing.assert_allclose(values, truth, rtol=0, atol=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=25, deadline=None)
@given(game=games())
def test_owner_values_in_a_regression_are_those_of_the_definition(engine, game):
    X, y, T, t, owners, k = game
    values = knn_shapley(X, y, T, t, n_neighbors=k, owners=owners, task="regression", engine=engine)
    np.testing.assert_allclose(values, by_definition(X, y, T, t, k, owners, True), rtol=0, atol=1e-12)


def _cloud(seed, n, u, d=6, classes=3, dtype=np.float64):
    rng = np.random.default_rng(seed)
    y, t = rng.integers(0, classes, n), rng.integers(0, classes, u)
    X, T = rng.normal(size=(n, d)) + y[:, None] / 2, rng.normal(size=(u, d)) + t[:, None] / 2
    return X.astype(dtype), y, T.astype(dtype), t


@pytest.mark.parametrize(("m", "k"), [(1, 5), (40, 1), (40, 5), (150, 12), (30, 20)])
def test_both_engines_agree_and_add_up_with_many_owners(m, k):
    """The numpy engine sums positive terms only; the compiled one divides factors out where stable."""
    X, y, T, t = _cloud(m, 600, 6)
    owners = np.random.default_rng(m).integers(0, m, 600)
    compiled, plain = (knn_shapley(X, y, T, t, n_neighbors=k, owners=owners, engine=e) for e in ENGINES)
    np.testing.assert_allclose(compiled, plain, rtol=0, atol=1e-13)
    full = score(np.arange(600), X, y, T, t, k, False)
    assert compiled.sum() == pytest.approx(full, abs=1e-9)


@pytest.mark.parametrize("engine", ENGINES)
def test_owners_of_one_record_each_have_the_record_values(engine):
    X, y, T, t = _cloud(1, 200, 5)
    records = knn_shapley(X, y, T, t, n_neighbors=5, engine=engine)
    owners = knn_shapley(X, y, T, t, n_neighbors=5, owners=np.arange(200), engine=engine)
    np.testing.assert_allclose(owners, records, rtol=0, atol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_both_engines_give_the_same_record_values(task, dtype):
    X, y, T, t = _cloud(2, 1_500, 40, dtype=dtype)
    compiled, plain = (knn_shapley(X, y, T, t, task=task, engine=e) for e in ENGINES)
    assert compiled.dtype == np.float64
    np.testing.assert_allclose(compiled, plain, rtol=0, atol=1e-12)


def test_the_values_do_not_depend_on_threads_or_on_the_size_of_blocks():
    X, y, T, t = _cloud(3, 700, 50)
    values = knn_shapley(X, y, T, t)
    assert (knn_shapley(X, y, T, t, n_jobs=1) == values).all()
    np.testing.assert_allclose(knn_shapley(X, y, T, t, memory=1), values, rtol=0, atol=1e-15)


def test_the_layout_of_the_features_does_not_matter():
    X, y, T, t = _cloud(3, 70, 5)
    assert (knn_shapley(np.asfortranarray(X), y, np.asfortranarray(T), t) == knn_shapley(X, y, T, t)).all()


def test_owners_come_in_the_order_of_their_names():
    X, y, T, t = _cloud(4, 90, 10)
    names = np.array(["zoe", "ann", "mo"])[np.arange(90) % 3]
    values = knn_shapley(X, y, T, t, owners=names)
    order = [1, 2, 0]  # ann, mo, zoe
    np.testing.assert_allclose(values, knn_shapley(X, y, T, t, owners=np.argsort(order)[np.arange(90) % 3]))


def test_labels_may_be_text_or_numbers_and_any_number_of_classes():
    X, y, T, t = _cloud(5, 120, 12, classes=40)
    words = np.array([f"label {i:02d}" for i in range(40)])
    assert (knn_shapley(X, words[y], T, words[t]) == knn_shapley(X, y, T, t)).all()
    assert (
        knn_shapley(X, words[y].astype(object), T, words[t].astype(object)) == knn_shapley(X, y, T, t)
    ).all()


def test_fractional_numbers_are_taken_for_a_regression_and_whole_ones_for_labels():
    X, y, T, t = _cloud(6, 50, 5)
    assert (
        knn_shapley(X, y + 0.5, T, t + 0.5) == knn_shapley(X, y + 0.5, T, t + 0.5, task="regression")
    ).all()
    assert (knn_shapley(X, y.astype(float), T, t.astype(float)) == knn_shapley(X, y, T, t)).all()


@pytest.mark.parametrize("engine", ENGINES)
def test_whole_numbers_far_from_the_origin_lose_nothing(engine):
    rng = np.random.default_rng(7)
    X, T = rng.integers(0, 9, (300, 4)), rng.integers(0, 9, (20, 4))
    y, t = rng.integers(0, 2, 300), rng.integers(0, 2, 20)
    near = knn_shapley(X, y, T, t, engine=engine)
    assert (knn_shapley(X + 10**7, y, T + 10**7, t, engine=engine) == near).all()


def test_twenty_owners_in_a_regression_are_enumerated_and_twenty_one_refused():
    X, y, T, t = _cloud(8, 100, 1)
    assert np.isfinite(knn_shapley(X, y + 0.5, T, t + 0.5, owners=np.arange(100) % 20)).all()
    with pytest.raises(InputError, match="up to 20 owners"):
        knn_shapley(X, y + 0.5, T, t + 0.5, owners=np.arange(100) % 21)


GOOD = {"X": np.eye(3), "y": [0, 1, 1], "X_test": np.eye(3)[:1], "y_test": [1]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X": np.eye(3)[0]}, "X has shape"),
        ({"X": np.zeros((0, 3)), "y": []}, "X has shape"),
        ({"X": [[1, np.nan, 0], [0, 0, 0], [1, 1, 1]]}, "X, row 0"),
        ({"X": np.array([["a", "b", "c"]] * 3)}, "not numbers"),
        ({"X": 1e200 * np.eye(3)}, "too large"),
        ({"X_test": np.eye(2)}, "X_test"),
        ({"X_test": np.eye(2), "y_test": [0, 1]}, "columns"),
        ({"y": [0, 1]}, "y has shape"),
        ({"y": [0.0, np.inf, 1.0]}, "y, row 1"),
        ({"y": np.array(["a", None, "b"], dtype=object)}, "y, row 1"),
        ({"y": ["a", "b", "c"]}, "same kind"),
        ({"y": ["a", "b", "c"], "y_test": ["a"], "task": "regression"}, "must be numbers"),
        ({"n_neighbors": 0}, "n_neighbors"),
        ({"n_neighbors": 2.5}, "n_neighbors"),
        ({"n_neighbors": True}, "n_neighbors"),
        ({"owners": [1, 2]}, "owners has shape"),
        ({"task": "ranking"}, "unknown task"),
        ({"engine": "torch"}, "unknown engine"),
        ({"n_jobs": 0}, "number of threads"),
        ({"memory": 0}, "memory"),
    ],
)
def test_input_that_cannot_be_used_is_refused_with_a_mend(change, message):
    with pytest.raises(InputError, match=message) as refusal:
        knn_shapley(**{**GOOD, **change})
    assert refusal.value.mend


def test_more_neighbours_than_the_owner_tables_hold_are_refused():
    X, y, T, t = _cloud(9, 300, 2)
    with pytest.raises(InputError, match="at most 128"):
        knn_shapley(X, y, T, t, n_neighbors=129, owners=np.arange(300) % 5)
    assert knn_shapley(X, y, T, t, n_neighbors=128, owners=np.arange(300) % 5).shape == (5,)
