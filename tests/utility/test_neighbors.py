"""KNeighbors: exactly what a model refitted on base ∪ coalition scores, and its closed forms."""

import pickle
from itertools import product
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

from commonweal.errors import InputError
from commonweal.parallel import Workers
from commonweal.pool import Pool
from commonweal.utility.base import Utility
from commonweal.utility.neighbors import KNeighbors
from commonweal.valuation.knn import knn_shapley

ENGINES = ["numba", "numpy"]
ROLES = {"owner": "owner", "features": ["a", "b", "c"], "target": "y"}


def _frame(rng, n, owners, labels, co_owned=False, grid=False):
    X = rng.integers(-2, 3, (n, 3)).astype(float) if grid else rng.normal(size=(n, 3))
    signal = X.sum(axis=1) + rng.normal(size=n)
    y = np.array(["low", "mid", "top"])[np.digitize(signal, [-1, 1])].tolist() if labels else signal.tolist()
    names = [f"o{i}" for i in rng.integers(0, owners, n)]
    if co_owned:
        names = [[name, f"o{rng.integers(0, owners)}"] if rng.random() < 0.3 else [name] for name in names]
    return {"owner": names, "a": X[:, 0], "b": X[:, 1], "c": X[:, 2], "y": y}


def _pools(seed, *, labels=True, co_owned=False, grid=False, owners=5, n=60, base=0, consent="all"):
    rng = np.random.default_rng(seed)
    train = Pool.from_frame(_frame(rng, n, owners, labels, co_owned, grid), consent=consent, **ROLES)
    test = Pool.from_frame(_frame(rng, 17, 3, labels, False, grid), **ROLES)
    builder = Pool.from_frame(_frame(rng, base, 2, labels, False, grid), **ROLES) if base else None
    return train, test, builder


def _rows(pool):
    held = pool.load()
    return np.asarray(held.features), np.asarray(held.target), held.block


def _coalitions(m, seed=0, k=12):
    return np.random.default_rng(seed).random((k, m)) < np.linspace(0.2, 1, k)[:, None]


def _refit(train, test, base, coalition, score, k):
    """Score of scikit-learn's model, fitted from scratch."""
    X, y, block = _rows(train)
    mine = train.blocks_of(coalition[None])[0][block]
    X, y = X[mine], y[mine]
    if base is not None:
        X, y = np.vstack([_rows(base)[0], X]), np.concatenate([_rows(base)[1], y])
    T, t, _ = _rows(test)
    classify = score in ("share", "accuracy")
    kind = KNeighborsClassifier if classify else KNeighborsRegressor
    model = kind(n_neighbors=min(k, len(X)), algorithm="brute").fit(X, y.astype(str) if classify else y)
    if score == "share":
        chance = model.predict_proba(T)
        place = {label: i for i, label in enumerate(model.classes_)}
        right = [row[place[label]] if label in place else 0.0 for row, label in zip(chance, t, strict=True)]
        return np.mean(right) * min(k, len(X)) / k
    guess = model.predict(T)
    if score == "accuracy":
        return np.mean(guess == t)
    error = np.mean((guess - t) ** 2)
    return 1 - error / np.var(t) if score == "r2" else -error


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("base", [0, 8])
@pytest.mark.parametrize("consent", ["all", "any"])
@pytest.mark.parametrize("score", ["share", "accuracy", "r2", "mse"])
def test_every_coalition_scores_as_a_model_refitted_from_scratch(score, consent, base, engine):
    labels = score in ("share", "accuracy")
    train, test, builder = _pools(3, labels=labels, co_owned=True, base=base, consent=consent)
    utility = KNeighbors(train, test=test, base=builder, n_neighbors=4, score=score, engine=engine)
    coalitions = _coalitions(5)
    coalitions = coalitions[train.blocks_of(coalitions).any(axis=1)]
    refits = [_refit(train, test, builder, row, score, 4) for row in coalitions]
    np.testing.assert_allclose(utility.evaluate(coalitions), refits, rtol=0, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    k=st.integers(1, 9),
    base=st.integers(0, 4),
    engine=st.sampled_from(ENGINES),
)
def test_ties_go_to_the_base_and_then_to_the_lower_number(seed, k, base, engine):
    train, test, builder = _pools(seed, grid=True, co_owned=True, n=20, base=base)
    try:
        utility = KNeighbors(train, test=test, base=builder, n_neighbors=k, engine=engine)
    except InputError:
        return  # a test label that no training work has
    coalitions = _coalitions(len(train.owners), seed)
    X, y, block = _rows(train)
    T, t, _ = _rows(test)
    B, yb = (np.empty((0, 3)), np.empty(0, object)) if builder is None else _rows(builder)[:2]
    for row, value in zip(coalitions, utility.evaluate(coalitions), strict=True):
        mine = train.blocks_of(row[None])[0][block]
        rows, labels = np.vstack([B, X[mine]]), np.concatenate([yb, y[mine]])
        distance = ((rows[None] - T[:, None]) ** 2).sum(axis=2)
        near = np.argsort(distance, axis=1, kind="stable")[:, :k]
        assert value == pytest.approx(np.mean((labels[near] == t[:, None]).sum(axis=1) / k), abs=1e-12)


@pytest.mark.parametrize("score", ["share", "accuracy", "r2", "mse"])
def test_scores_per_test_work_add_up_to_the_score_and_do_not_depend_on_the_batch(score):
    train, test, builder = _pools(5, labels=score in ("share", "accuracy"), base=3)
    utility = KNeighbors(train, test=test, base=builder, score=score)
    coalitions = np.vstack([_coalitions(5), np.zeros((1, 5), bool)])
    numerator, denominator = utility.unit_scores(coalitions)
    assert numerator.shape == denominator.shape == (13, 17)
    scores = utility.evaluate(coalitions)
    np.testing.assert_allclose(scores, numerator.sum(axis=1) / denominator.sum(axis=1), rtol=1e-14)
    assert (scores == [utility.evaluate(row[None])[0] for row in coalitions]).all()


@pytest.mark.parametrize("engine", ENGINES)
def test_the_empty_model_is_the_documented_one(engine):
    none = np.zeros((1, 5), bool)
    train, test, _ = _pools(6)
    assert KNeighbors(train, test=test, engine=engine).evaluate(none) == 0
    assert KNeighbors(train, test=test, score="accuracy", engine=engine).evaluate(none) == pytest.approx(
        1 / 3
    )
    train, test, _ = _pools(6, labels=False)
    assert KNeighbors(train, test=test, engine=engine).evaluate(none) == pytest.approx(0, abs=1e-15)
    variance = np.var(_rows(test)[1])
    assert KNeighbors(train, test=test, score="mse", engine=engine).evaluate(none) == pytest.approx(-variance)


def _enumerated(utility, m):
    scores = dict(
        zip(
            product([False, True], repeat=m),
            utility.evaluate(np.array(list(product([False, True], repeat=m)))),
            strict=True,
        )
    )
    values = np.zeros(m)
    for row, before in scores.items():
        for j in (j for j in range(m) if not row[j]):
            weight = factorial(sum(row)) * factorial(m - 1 - sum(row)) / factorial(m)
            values[j] += weight * (scores[(*row[:j], True, *row[j + 1 :])] - before)
    return values


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), k=st.integers(1, 9), base=st.integers(0, 12), n=st.integers(20, 60),
    owners=st.integers(1, 7), engine=st.sampled_from(ENGINES), grid=st.booleans(),
)  # fmt: skip
def test_the_closed_form_is_the_enumeration_with_and_without_a_base(seed, k, base, n, owners, engine, grid):
    train, test, builder = _pools(seed, grid=grid, n=n, owners=owners, base=base)
    try:
        utility = KNeighbors(train, test=test, base=builder, n_neighbors=k, engine=engine)
    except InputError:
        return  # a test label that no training work has
    values = utility.exact_shapley()
    np.testing.assert_allclose(values, _enumerated(utility, len(train.owners)), rtol=0, atol=1e-13)
    np.testing.assert_allclose(utility.exact_unit_shapley().mean(axis=1), values, rtol=0, atol=1e-14)


def test_the_closed_form_is_that_of_knn_shapley():
    train, test, _ = _pools(8)
    (X, y, block), (T, t, _) = _rows(train), _rows(test)
    utility = KNeighbors(train, test=test)
    np.testing.assert_allclose(
        utility.exact_shapley(), knn_shapley(X, y, T, t, owners=block), rtol=0, atol=1e-15
    )
    sums = np.bincount(block, knn_shapley(X, y, T, t))
    np.testing.assert_allclose(utility.record_sums(), sums, rtol=0, atol=1e-14)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("base", [1, 2, 9])
def test_record_sums_with_a_base_are_those_of_a_pool_whose_every_work_has_its_own_owner(base, engine):
    rng = np.random.default_rng(9)
    frame = _frame(rng, 9, 3, True)
    test = Pool.from_frame(_frame(rng, 70, 3, True), **ROLES)
    builder = Pool.from_frame(_frame(rng, base, 2, True), **ROLES)
    labels = set(frame["y"])
    keep = [i for i, label in enumerate(_rows(test)[1]) if label in labels]
    test = Pool.from_frame(
        {name: [column[i] for i in keep] for name, column in _columns(test).items()}, **ROLES
    )
    train = Pool.from_frame(frame, **ROLES)
    single = Pool.from_frame({**frame, "owner": [f"w{i}" for i in range(9)]}, **ROLES)
    truth = _enumerated(KNeighbors(single, test=test, base=builder, n_neighbors=3), 9)
    sums = KNeighbors(train, test=test, base=builder, n_neighbors=3, engine=engine).record_sums()
    block = _rows(train)[2]
    np.testing.assert_allclose(
        sums, np.bincount(block, truth, minlength=len(train.owners)), rtol=0, atol=1e-13
    )


def _columns(pool):
    return {name: pool.load().column(name).to_pylist() for name in ("owner", "a", "b", "c", "y")}


@pytest.mark.parametrize("options", [{"score": "accuracy"}, {"co_owned": True}, {"labels": False}])
def test_where_there_is_no_closed_form_none_is_given(options):
    score = options.pop("score", "auto")
    train, test, _ = _pools(10, **options)
    utility = KNeighbors(train, test=test, score=score)
    assert utility.exact_shapley() is utility.exact_unit_shapley() is utility.record_sums() is None


def test_another_base_gives_what_a_new_utility_would():
    train, test, builder = _pools(11, base=10)
    coalitions = _coalitions(5)
    new, old = KNeighbors(train, test=test, base=builder), KNeighbors(train, test=test)
    assert (old.with_base(builder).evaluate(coalitions) == new.evaluate(coalitions)).all()
    assert (new.with_base(None).evaluate(coalitions) == old.evaluate(coalitions)).all()
    assert old.facts["base_works"] == 0
    assert new.facts["base_works"] == 10


class Elsewhere(Workers):
    """A cluster of one: every task goes through pickle, as it would to another machine."""

    def map(self, function, tasks):
        for task in tasks:
            yield pickle.loads(pickle.dumps(function))(pickle.loads(pickle.dumps(task)))


def test_a_cluster_gives_the_same_numbers():
    train, _, builder = _pools(12, base=3)
    test = Pool.from_frame(_frame(np.random.default_rng(1), 150, 3, True), **ROLES)
    here = KNeighbors(train, test=test, base=builder)
    there = KNeighbors(train, test=test, base=builder, workers=Elsewhere(cluster="ray"))
    np.testing.assert_allclose(
        there.evaluate(_coalitions(5)), here.evaluate(_coalitions(5)), rtol=0, atol=1e-15
    )


def test_it_meets_the_protocol():
    train, test, _ = _pools(13)
    utility = KNeighbors(train, test=test, slice="y")
    assert isinstance(utility, Utility)
    assert utility.bounds == (0.0, 1.0)
    assert utility.sizes.sum() == 60
    assert [train.owners[o] for o in utility.unit_owner] == test.load().column("owner").to_pylist()
    assert list(utility.unit_slice) == test.load().column("y").to_pylist()
    assert (utility.unit_work == test.load().number).all()
    assert utility.metric.name == "share of right neighbours"
    assert utility.facts["neighbours_kept"] > 0


def test_what_it_cannot_use_it_refuses():
    train, test, _ = _pools(14)
    text = Pool.from_frame({"owner": ["a", "b"], "body": ["x y", "z"]}, owner="owner", text="body")
    with pytest.raises(InputError, match="no features and target"):
        KNeighbors(text, test=text)
    with pytest.raises(InputError, match="n_neighbors"):
        KNeighbors(train, test=test, n_neighbors=0)
    with pytest.raises(InputError, match="does not fit"):
        KNeighbors(train, test=test, score="r2")
    with pytest.raises(InputError, match="not numbers"):
        KNeighbors(train, test=test, task="regression")
    odd = {**_columns(test), "y": ["never seen", *_columns(test)["y"][1:]]}
    with pytest.raises(InputError, match="no training work"):
        KNeighbors(train, test=Pool.from_frame(odd, **ROLES))
    numbers, _, _ = _pools(15, labels=False)
    same = {**_columns(numbers), "y": [1.5] * 60}
    with pytest.raises(InputError, match="R² says nothing"):
        KNeighbors(numbers, test=Pool.from_frame(same, **ROLES))
