"""NaiveBayes against scikit-learn refitted from scratch, and its promises."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.parallel import Workers
from commonweal.pool import Pool
from commonweal.utility import NaiveBayes
from commonweal.utility.base import Utility
from commonweal.utility.ngram import counting
from commonweal.utility.tokens import words

sklearn_bayes = pytest.importorskip("sklearn.naive_bayes")


def text_pool(rows, consent="all"):
    frame = {
        "who": [list(o) for o, _, _ in rows],
        "text": [t for _, t, _ in rows],
        "y": [y for *_, y in rows],
    }
    return Pool.from_frame(frame, owner="who", text="text", target="y", consent=consent)


def table_pool(owners, x, y):
    frame = {"who": owners, "y": y, **{f"x{j}": x[:, j] for j in range(x.shape[1])}}
    return Pool.from_frame(frame, owner="who", features=[f"x{j}" for j in range(x.shape[1])], target="y")


def every_coalition(m):
    return ((np.arange(2**m)[:, None] >> np.arange(m)) & 1).astype(bool)


def expected_right(model, x, y, x_test, y_test, classes):
    """Return what a refit gets right, and where two labels are too close to call."""
    if not len(y):
        return np.full(len(y_test), 1 / classes), np.zeros(len(y_test), bool)
    model.fit(x, y)
    logs = np.sort(np.asarray(model.predict_joint_log_proba(x_test)), axis=1)
    close = np.zeros(len(y_test), bool) if logs.shape[1] < 2 else logs[:, -1] - logs[:, -2] < 1e-9
    return (model.predict(x_test) == y_test).astype(float), close


def assert_same(utility, coalitions, refit):
    right, ones = utility.unit_scores(coalitions)
    np.testing.assert_array_equal(right.sum(1) / ones.sum(1), utility.evaluate(coalitions))
    for row, coalition in zip(right, coalitions, strict=True):
        expected, close = refit(coalition)
        np.testing.assert_array_equal(row[~close], expected[~close])


OWNER = st.lists(st.sampled_from(["P", "Q", "R"]), min_size=1, max_size=2, unique=True)
TEXT = st.lists(st.sampled_from(["a", "b", "c", "d", "e", "f"]), min_size=1, max_size=6).map(" ".join)
LABEL = st.sampled_from(["x", "y", "z"])


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(st.tuples(OWNER, TEXT, LABEL), min_size=1, max_size=10),
    tests=st.lists(st.tuples(st.just(["P"]), TEXT, LABEL), min_size=1, max_size=5),
    base=st.none() | st.lists(st.tuples(st.just(["B"]), TEXT, LABEL), min_size=1, max_size=4),
    consent=st.sampled_from(["all", "any"]),
    alpha=st.sampled_from([0.3, 1.0]),
)
def test_words_give_the_predictions_of_a_refitted_multinomial_model(rows, tests, base, consent, alpha):
    known = {y for *_, y in rows + (base or [])}
    tests = [t for t in tests if t[2] in known] or [(["P"], "a", sorted(known)[0])]
    utility = NaiveBayes(
        text_pool(rows, consent),
        test=text_pool(tests),
        base=None if base is None else text_pool(base),
        alpha=alpha,
    )
    vocabulary = sorted({w for _, t, _ in rows + tests + (base or []) for w in words(t)})

    def vectors(some):
        return np.array([[words(t).count(w) for w in vocabulary] for _, t, _ in some]).reshape(
            -1, len(vocabulary)
        )

    def refit(coalition):
        names = {n for n, inside in zip(utility.owners, coalition, strict=True) if inside}
        rule = all if consent == "all" else any
        some = [r for r in rows if rule(n in names for n in r[0])] + (base or [])
        model = sklearn_bayes.MultinomialNB(alpha=alpha)
        y_test = np.array([y for *_, y in tests])
        return expected_right(model, vectors(some), [y for *_, y in some], vectors(tests), y_test, len(known))

    assert_same(utility, every_coalition(len(utility.owners)), refit)


def make(seed, n=60, d=4, counts=False):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    scale, centre = 10.0 ** np.arange(d), 100.0 * np.arange(1, d + 1)
    x = rng.poisson(2 + y[:, None] * np.arange(d), (n, d)) if counts else rng.normal(y[:, None], 1, (n, d))
    x = x.astype(float) if counts else centre + scale * x
    return rng.choice(["A", "B", "C", "D"], n).tolist(), x, np.array(["x", "y", "z"])[y].tolist()


@pytest.mark.parametrize("kind", ["multinomial", "gaussian"])
@pytest.mark.parametrize("with_base", [False, True])
def test_numbers_give_the_predictions_of_a_refitted_model(kind, with_base):
    counts = kind == "multinomial"
    owners, x, y = make(1, counts=counts)
    y[0:20:2] = ["x"] * 10
    _, x_test, y_test = make(2, n=40, counts=counts)
    owners_base, x_base, y_base = make(3, n=7, counts=counts)
    base = table_pool(owners_base, x_base, y_base) if with_base else None
    utility = NaiveBayes(
        table_pool(owners, x, y), test=table_pool(["t"] * 40, x_test, y_test), base=base, kind=kind
    )

    def refit(coalition):
        inside = np.isin(owners, np.array(utility.owners)[coalition])
        x_some, y_some = x[inside], np.array(y)[inside]
        if with_base:
            x_some, y_some = np.concatenate([x_some, x_base]), np.concatenate([y_some, y_base])
        model = sklearn_bayes.MultinomialNB() if counts else sklearn_bayes.GaussianNB()
        return expected_right(model, x_some, y_some, x_test, np.array(y_test), 3)

    assert_same(utility, every_coalition(4), refit)


def test_gaussian_agrees_where_a_coalition_holds_a_single_work_of_a_label():
    x = np.array([[0.0, 1.0], [4.0, 3.0], [0.5, 1.5], [4.5, 2.0]])
    pool = table_pool(["A", "B", "C", "C"], x, ["n", "p", "n", "p"])
    x_test, y_test = np.array([[0.0, 1.2], [4.2, 2.5]]), np.array(["n", "p"])
    utility = NaiveBayes(pool, test=table_pool(["t"] * 2, x_test, y_test))

    def refit(coalition):
        inside = np.isin(["A", "B", "C", "C"], np.array(utility.owners)[coalition])
        if inside.sum() == 1:  # scikit-learn's variances are all zero here; the one label is the answer
            return (np.array(["n", "p", "n", "p"])[inside] == y_test).astype(float), np.zeros(2, bool)
        some_y = np.array(["n", "p", "n", "p"])[inside]
        return expected_right(sklearn_bayes.GaussianNB(), x[inside], some_y, x_test, y_test, 2)

    assert_same(utility, every_coalition(3), refit)


def test_a_row_scores_the_same_alone_in_a_batch_and_with_workers():
    owners, x, y = make(4, n=200)
    pool, test = table_pool(owners, x, y), table_pool(["t"] * 60, *make(5, n=60)[1:])
    utility, shared = NaiveBayes(pool, test=test), NaiveBayes(pool, test=test, workers=Workers(n_jobs=2))
    rows = np.tile(every_coalition(4), (5, 1))
    scores = utility.evaluate(rows)
    assert (scores == shared.evaluate(rows)).all()
    assert all(utility.evaluate(row)[0] == score for row, score in zip(rows[:16], scores, strict=False))


def test_it_follows_the_protocol_and_says_what_it_did():
    utility = NaiveBayes(
        text_pool([(["P"], "good fine", "y"), (["Q", "R"], "bad poor", "x"), (["P"], "?!", "x")]),
        test=text_pool([(["P"], "good", "y"), (["Z"], "bad", "x"), (["Q"], "...", "x")]),
    )
    assert isinstance(utility, Utility) and utility.bounds == (0.0, 1.0)
    assert utility.unit_owner.tolist() == [0, -1] and utility.unit_work.tolist() == [0, 1]
    assert utility.sizes.tolist() == [2, 0.5, 0.5]
    assert utility.facts["vocabulary"] == 4
    assert utility.facts["works_without_words"] == utility.facts["test_works_without_words"] == 1
    assert utility.evaluate(every_coalition(3)[[0, 1, 7]]).tolist() == [0.5, 0.5, 1.0]


def test_another_base_keeps_the_vocabulary_and_leaves_the_first_utility_alone():
    rows, tests = [(["P"], "a a b", "x"), (["Q"], "c d", "y")], [(["P"], "a", "x"), (["Q"], "d c", "y")]
    utility = NaiveBayes(text_pool(rows), test=text_pool(tests))
    before = utility.evaluate(every_coalition(2))
    moved = utility.with_base(text_pool([(["B"], "d new words d", "x"), (["B"], "a a", "y")]))
    assert moved.facts["vocabulary"] == utility.facts["vocabulary"] == 4
    assert (utility.evaluate(every_coalition(2)) == before).all()
    assert (moved.with_base(None).evaluate(every_coalition(2)) == before).all()
    x = np.array([[0, 0, 0, 2], [2, 0, 0, 0]])
    model = sklearn_bayes.MultinomialNB().fit(x, ["x", "y"])
    expected = (model.predict([[1, 0, 0, 0], [0, 0, 1, 1]]) == ["x", "y"]).mean()
    assert moved.evaluate([[False, False]])[0] == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [({"kind": "gaussian"}, "text pool"), ({"kind": "best"}, "kind"), ({"alpha": 0.0}, "alpha")],
)
def test_bad_options_are_refused_with_a_way_out(options, message):
    pool = text_pool([(["P"], "a", "x"), (["P"], "b", "y")])
    with pytest.raises(InputError, match=message):
        NaiveBayes(pool, test=pool, **options)


def test_unknown_labels_and_negative_counts_are_refused():
    pool = text_pool([(["P"], "a", "x")])
    with pytest.raises(InputError, match="no training work"):
        NaiveBayes(pool, test=text_pool([(["P"], "a", "q")]))
    table = table_pool(["P", "P"], np.array([[1.0], [-2.0]]), ["x", "y"])
    with pytest.raises(InputError, match="work 1, column 'x0'"):
        NaiveBayes(table, test=table, kind="multinomial")
    with pytest.raises(InputError, match="unknown kind"):
        NaiveBayes(pool, test=pool, kind="other")


def test_memory_does_not_grow_with_the_number_of_works(tmp_path, monkeypatch):
    monkeypatch.setattr(counting, "CHUNK", 20_000)  # words at a time: far below both pools
    test = text_pool([(["O1"], "w1 w2", "x"), (["O2"], "w300", "y")])
    peaks = []
    for works in (2_000, 10_000):
        (tmp_path / str(works)).mkdir()
        for s in range(works // 500):
            rng = np.random.default_rng(s)
            texts = [" ".join(f"w{x}" for x in rng.integers(0, 400, 40)) for _ in range(500)]
            frame = {"who": [f"O{i % 10}" for i in range(500)], "text": texts, "y": ["x", "y"] * 250}
            pq.write_table(pa.table(frame), tmp_path / str(works) / f"{s:03d}.parquet")
        train = Pool.read(tmp_path / str(works), owner="who", text="text", target="y", hold=False)
        tracemalloc.start()
        NaiveBayes(train, test=test)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0]


def test_two_workers_over_shards_give_the_same_scores_for_numbers_and_words():
    owners, x, y = make(6, n=300)
    test = table_pool(["t"] * 60, *make(7, n=60)[1:])
    texts = [(["A"], "a b", "x"), (["B"], "b c c", "y"), (["C"], "c a", "x")] * 20
    for pool, tests in ((table_pool(owners, x, y), test), (text_pool(texts), text_pool(texts[:3]))):
        one, two = (NaiveBayes(pool, test=tests, workers=Workers(n_jobs=n)) for n in (None, 2))
        coalitions = every_coalition(len(one.owners))
        assert (one.unit_scores(coalitions)[0] == two.unit_scores(coalitions)[0]).all()
