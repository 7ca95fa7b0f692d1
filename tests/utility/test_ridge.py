"""Ridge: the same scores as scikit-learn refitted on the works of each coalition."""

from __future__ import annotations

import tracemalloc
from itertools import product

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from sklearn.linear_model import Ridge as SkRidge
from sklearn.linear_model import RidgeClassifier

from commonweal.errors import InputError
from commonweal.parallel import Workers
from commonweal.pool.pool import Pool
from commonweal.utility import Ridge


def table(x, y, owner, **more):
    columns = {f"x{j}": x[:, j] for j in range(x.shape[1])}
    roles = {k: v for k, v in more.items() if k == "consent"}
    extra = {k: v for k, v in more.items() if k not in roles}
    roles["keep"] = tuple(extra)
    frame = {**columns, "owner": list(owner), "y": list(y), **extra}
    return Pool.from_frame(frame, owner="owner", features=list(columns), target="y", **roles)


def regression(seed=0, n=300, d=5, m=4, shift=0.0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d)) + shift
    y = (x - shift) @ rng.normal(size=d) + rng.normal(size=n) + shift
    return table(x, y, [f"o{i}" for i in rng.integers(0, m, n)])


def every(m):
    return np.array(list(product([False, True], repeat=m)))


def refitted(train, test, coalition, alpha, base=None):
    """Score of scikit-learn's model fitted on base ∪ coalition."""
    held, answers = train.load(), test.load()
    inside = train.blocks_of(coalition[None])[0][held.block]
    x, y = held.features[inside], held.target[inside]
    if base is not None:
        x, y = np.concatenate([x, base.load().features]), np.concatenate([y, base.load().target])
    if y.dtype == object:
        if len(y) == 0:
            return None
        return RidgeClassifier(alpha=alpha).fit(x, y).score(answers.features, answers.target)
    guess = SkRidge(alpha=alpha).fit(x, y).predict(answers.features) if len(y) else answers.target.mean()
    return 1 - ((answers.target - guess) ** 2).sum() / ((answers.target - answers.target.mean()) ** 2).sum()


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    alpha=st.sampled_from([0.1, 1.0, 30.0]),
    shift=st.sampled_from([0.0, 100.0]),
    with_base=st.booleans(),
    tight=st.booleans(),
)
def test_regression_is_that_of_scikit_learn_refitted(seed, alpha, shift, with_base, tight):
    """Every coalition, with and without a base, with matrices or rows kept: R² to 1e-9."""
    pool = regression(seed, n=60, d=3, m=4, shift=shift)
    train, test = pool.split(0.3, seed=seed)
    base = regression(seed + 1, n=10, d=3, shift=shift) if with_base else None
    utility = Ridge(train, test=test, base=base, alpha=alpha, memory=1600 if tight else 1 << 30)
    scores = utility.evaluate(every(4))
    expected = [refitted(train, test, s, alpha, base) for s in every(4)]
    np.testing.assert_allclose(scores, expected, rtol=1e-9, atol=1e-9)
    if not with_base:
        assert scores[0] == 0


def test_keeping_rows_is_what_little_memory_means():
    """Where matrices for all blocks take too much, small blocks keep rows, and the scores stay."""
    train, test = regression(n=60, d=8, m=20).split(0.3)
    roomy, tight = Ridge(train, test=test), Ridge(train, test=test, memory=30_000)
    assert roomy.facts["rows_kept"] == 0
    assert tight.facts["rows_kept"] > 0
    s = np.random.default_rng(0).random((30, 20)) < 0.5
    np.testing.assert_allclose(roomy.evaluate(s), tight.evaluate(s), rtol=1e-10)
    with pytest.raises(InputError, match="memory="):
        Ridge(train, test=test, memory=1_000)


def digits(m=6, skew=False, seed=0):
    x, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(seed)
    owner = np.where(rng.random(len(y)) < 0.8, y % m, rng.integers(0, m, len(y))) if skew else y * 0
    owner = owner if skew else rng.integers(0, m, len(y))
    return table(
        x, [f"digit {v}" for v in y], [f"o{v}" for v in owner], page=[str(v % 3) for v in range(len(y))]
    )


@pytest.mark.parametrize("skew", [False, True])
def test_classification_is_that_of_scikit_learn_refitted(skew):
    """Digits, constant pixels included; with skewed owners some labels are unseen by some coalitions."""
    train, test = digits(skew=skew).split()
    scores = Ridge(train, test=test).evaluate(every(6))
    assert scores[0] == pytest.approx(0.1)
    for s, score in zip(every(6)[1:], scores[1:], strict=True):
        assert score == pytest.approx(refitted(train, test, s, 1.0), abs=1e-12)


@pytest.mark.parametrize("classes", [2, 3])
def test_few_labels_and_coalitions_of_one_label(classes):
    """Owners who each hold one label only: a coalition of one label always predicts it."""
    rng = np.random.default_rng(1)
    y = rng.integers(0, classes, 120)
    x = rng.normal(size=(120, 3)) + y[:, None] * [0.5, -1, 0]
    train, test = table(x, [f"c{v}" for v in y], [f"o{v}" for v in y]).split(0.4)
    scores = Ridge(train, test=test).evaluate(every(classes))
    assert scores[0] == pytest.approx(1 / classes)
    for s, score in zip(every(classes)[1:], scores[1:], strict=True):
        assert score == pytest.approx(refitted(train, test, s, 1.0), abs=1e-12)


def test_number_labels_are_classified_on_request():
    rng = np.random.default_rng(2)
    y = rng.integers(0, 3, 90).astype(float)
    x = rng.normal(size=(90, 2)) + y[:, None]
    train, test = table(x, y, [f"o{v}" for v in rng.integers(0, 3, 90)]).split()
    utility = Ridge(train, test=test, task="classification")
    held, answers = train.load(), test.load()
    model = RidgeClassifier(alpha=1.0).fit(held.features, held.target)
    assert utility.evaluate(np.ones((1, 3), bool))[0] == model.score(answers.features, answers.target)


@pytest.mark.parametrize("pool", [regression(3), digits()], ids=["R²", "accuracy"])
def test_unit_scores_add_up_to_the_score(pool):
    train, test = pool.split()
    utility = Ridge(train, test=test)
    s = np.random.default_rng(0).random((20, len(pool.owners))) < 0.5
    numerator, denominator = utility.unit_scores(s)
    np.testing.assert_allclose(numerator.sum(1) / denominator.sum(1), utility.evaluate(s), atol=1e-12)
    assert numerator.shape == (20, test.n_works) == denominator.shape
    assert [utility.owners[i] for i in utility.unit_owner] == test.load().column("owner").to_pylist()
    np.testing.assert_array_equal(utility.unit_work, test.load().number)


def test_a_row_scores_the_same_alone_in_any_batch_and_with_any_workers():
    train, test = digits().split()
    one, two = Ridge(train, test=test), Ridge(train, test=test, workers=Workers(2))
    s = np.random.default_rng(0).random((300, 6)) < 0.5
    together = one.evaluate(s)
    np.testing.assert_array_equal(together, two.evaluate(s))
    np.testing.assert_array_equal(together, [one.evaluate(row[None])[0] for row in s])


def test_another_base_is_the_same_as_built_anew():
    """with_base reads only the new base; labels that only a base has are still test labels."""
    pool = digits()
    train, test = pool.split()
    base, other = digits(seed=5).split(0.02)[1], digits(seed=6).split(0.1)[1]
    s = every(6)[::7]
    moved = Ridge(train, test=test, base=base).with_base(other)
    np.testing.assert_array_equal(moved.evaluate(s), Ridge(train, test=test, base=other).evaluate(s))
    alone = moved.with_base(None)
    np.testing.assert_array_equal(alone.evaluate(s), Ridge(train, test=test).evaluate(s))


def test_co_owned_works_need_all_or_any_of_their_owners():
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(80, 2)), rng.normal(size=80)
    owner = [["a"], ["b"], ["a", "b"], ["c"]] * 20
    for consent in ("all", "any"):
        train, test = table(x, y, owner, consent=consent).split()
        scores = Ridge(train, test=test).evaluate(every(3))
        np.testing.assert_allclose(scores, [refitted(train, test, s, 1.0) for s in every(3)], atol=1e-10)
        np.testing.assert_allclose(Ridge(train, test=test).sizes.sum(), train.n_works)


def test_large_means_cost_no_digits():
    """Features around 10⁶ and around 0 give the same R² to nine digits."""
    near, far = regression(7).split(), regression(7, shift=1e6).split()
    s = every(4)[1:]
    a, b = Ridge(near[0], test=near[1]).evaluate(s), Ridge(far[0], test=far[1]).evaluate(s)
    np.testing.assert_allclose(a, b, rtol=1e-8)


def test_memory_does_not_grow_with_the_number_of_works(tmp_path):
    """Three times the works in a folder of shards: the peak of numpy's memory stays."""
    peaks = []
    for shards in (2, 6):
        folder = tmp_path / str(shards)
        folder.mkdir()
        for k in range(shards):
            rng = np.random.default_rng(k)
            columns = {name: rng.normal(size=70_000) for name in ("x0", "x1", "y")}
            owner = pa.array([f"o{v}" for v in rng.integers(0, 3, 70_000)])
            pq.write_table(
                pa.table({**columns, "owner": owner}), folder / f"{k}.parquet", row_group_size=35_000
            )
        train = Pool.read(folder, owner="owner", features=["x0", "x1"], target="y")
        test = table(np.eye(2), [0.0, 1.0], ["o0", "o1"])
        tracemalloc.start()
        utility = Ridge(train, test=test)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert utility.sizes.sum() == 70_000 * shards
    assert peaks[1] < 1.2 * peaks[0]


def test_slices_name_the_units():
    train, test = digits().split()
    utility = Ridge(train, test=test, slice="page")
    assert utility.unit_slice == test.load().column("page").to_pylist()


def test_what_it_can_not_use_is_refused_with_a_mend():
    train, test = regression().split()
    text = Pool.from_frame({"o": ["a", "b"], "t": ["x", "y"]}, owner="o", text="t")
    with pytest.raises(InputError, match="NaiveBayes or Ngram"):
        Ridge(text, test=text)
    with pytest.raises(InputError, match="above zero"):
        Ridge(train, test=test, alpha=0)
    with pytest.raises(InputError, match="not numbers"):
        Pool.from_frame(
            {"o": ["a", "b"], "x": ["p", "q"], "y": [1.0, 2.0]}, owner="o", features=["x"], target="y"
        )
    with pytest.raises(InputError, match="no finite number in column 'x0': the frame row 2"):
        table(np.array([[1.0], [np.nan]]), [1.0, 2.0], ["a", "b"])
    seen = table(np.eye(2), ["p", "q"], ["a", "b"])
    unseen = table(np.eye(2), ["p", "r"], ["a", "b"])
    with pytest.raises(InputError, match="no training work"):
        Ridge(seen, test=unseen)
    with pytest.raises(InputError, match="lacks the features"):
        Ridge(train, test=test, base=regression(d=2))
