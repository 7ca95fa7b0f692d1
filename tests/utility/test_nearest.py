"""The order of neighbours: exactly by (distance, index), whatever the distances look like."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.parallel import one_thread
from commonweal.utility.nearest import Search, distances, shortlists
from commonweal.utility.nearest.distances import Points, duplicates, products, squared


def _order(X, T, engine):
    """Whole order of the points for each test point: one block, as many neighbours as points."""
    lists = shortlists(Search(Points.of(X), T, engine), np.zeros(len(X), np.int32), 1, len(X))
    return lists.index.reshape(len(T), len(X))


def _clouds(kind, rng, n):
    plain = rng.normal(size=(n, 3))
    return {
        "plain": plain,
        "far outlier": np.vstack([plain[1:], [[1e12, 0, 0]]]),
        "all nearly equal": 1 + 1e-13 * plain,
        "all equal": np.ones((n, 3)),
        "on a grid": rng.integers(0, 3, (n, 3)).astype(float),
        "over all scales": plain * 10.0 ** rng.uniform(-15, 8, (n, 1)),
        "descending": np.linspace(9, 1, n)[:, None] * np.ones(3),
        "two shells": np.where(rng.random((n, 1)) < 0.5, 1e-9, 1e3) * plain,
        "one distance but for the last digits": np.sqrt(1 + rng.integers(0, 9, n) * 2.0**-50)[:, None]
        * [[1, 0, 0]],
    }[kind]


KINDS = [
    "plain", "far outlier", "all nearly equal", "all equal", "on a grid", "over all scales", "descending",
    "two shells", "one distance but for the last digits",
]  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", KINDS)
def test_the_compiled_order_is_the_stable_sort_of_the_same_distances(kind, dtype):
    rng = np.random.default_rng(0)
    X = _clouds(kind, rng, 3_000).astype(dtype)
    T = np.vstack([np.zeros((1, 3)), X[:3].astype(float), rng.normal(size=(4, 3))]).astype(dtype)
    assert (_order(X, T, "numba") == _order(X, T, "numpy")).all()


@pytest.mark.parametrize("engine", ["numba", "numpy"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 150), d=st.integers(1, 70))
def test_equal_rows_tie_and_keep_the_order_of_their_index(dtype, engine, seed, n, d):
    """Wherever the copies fall among the tiles of the matrix product."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)).astype(dtype)
    copies = rng.integers(0, max(1, n // 3), n)
    X = X[copies]
    T, points = rng.normal(size=(3, d)).astype(dtype), Points.of(X)
    for t, order in enumerate(_order(X, T, engine)):
        with one_thread():
            [(_, product, norms)] = products(points, T, slice(t, t + 1), rows=1)
        distance = squared(product, points, norms)[0]
        place = np.argsort(order)
        for row in np.unique(copies):
            same = np.flatnonzero(copies == row)
            assert (np.diff(place[same]) >= 1).all()
            # Between copies stands at most another row that happens to be as far, to the last digit.
            assert len(np.unique(distance[order[place[same[0]] : place[same[-1]] + 1]])) == 1


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_duplicates_are_found_and_nothing_else(dtype):
    rng = np.random.default_rng(1)
    X = rng.integers(0, 3, (500, 3)).astype(dtype)
    copies, firsts = duplicates(X.T, (X * X).sum(axis=1))
    _, first, inverse = np.unique(X, axis=0, return_index=True, return_inverse=True)
    truth = first[inverse.ravel()]
    assert (copies == np.flatnonzero(truth != np.arange(500))).all()
    assert (firsts == truth[copies]).all()


def test_duplicates_are_found_even_where_hashes_collide(monkeypatch):
    monkeypatch.setattr(distances, "_hashes", lambda X: np.zeros(len(X), np.uint64))
    copies, firsts = duplicates(np.array([[1.0, 2.0, 1.0, 2.0, 3.0]]), np.ones(5))
    assert (copies.tolist(), firsts.tolist()) == ([2, 3], [0, 1])


def test_distances_are_those_of_plain_subtraction_to_rounding():
    rng = np.random.default_rng(2)
    X, T = rng.normal(size=(400, 8)) + 1e6, rng.normal(size=(10, 8)) + 1e6
    plain = ((X[None] - T[:, None]) ** 2).sum(axis=2)
    assert (_order(X, T, "numba") == np.argsort(plain, axis=1, kind="stable")).all()
