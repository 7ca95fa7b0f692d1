"""Refit: any model fitted on base ∪ coalition, once per coalition, the same on one machine and on Ray."""

from __future__ import annotations

import warnings
from itertools import product

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.linear_model import Ridge as SkRidge
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

from commonweal.errors import InputError, MissingCapabilityError
from commonweal.parallel import Workers
from commonweal.pool.pool import Pool
from commonweal.utility import NaiveBayes, Ngram, Refit, Ridge


def every(m):
    return np.array(list(product([False, True], repeat=m)))


def iris(m=4, seed=0, by_label=False, labels=True):
    x, y = load_iris(return_X_y=True)
    owner = y if by_label else np.random.default_rng(seed).integers(0, m, len(y))
    columns = {f"x{j}": x[:, j] for j in range(4 if labels else 3)}
    target = [f"iris {v}" for v in y] if labels else x[:, 3]
    frame = {**columns, "owner": [f"o{v}" for v in owner], "y": target}
    return Pool.from_frame(frame, owner="owner", features=list(columns), target="y")


@pytest.mark.parametrize("labels", [True, False], ids=["accuracy", "R²"])
def test_a_refitted_ridge_is_the_ridge_of_summed_statistics(labels):
    """Two independent ways to the same scores and unit scores, with a base and without."""
    train, test = iris(labels=labels).split()
    base = iris(seed=1, labels=labels).split(0.1)[1]
    model = RidgeClassifier(alpha=2.0) if labels else SkRidge(alpha=2.0)
    refit, ridge = Refit(train, test=test, estimator=model), Ridge(train, test=test, alpha=2.0)
    for a, b in ((refit, ridge), (refit.with_base(base), ridge.with_base(base))):
        np.testing.assert_allclose(a.evaluate(every(4)), b.evaluate(every(4)), atol=1e-10)
        for mine, theirs in zip(a.unit_scores(every(4)), b.unit_scores(every(4)), strict=True):
            np.testing.assert_allclose(mine, theirs, atol=1e-10)
    assert refit.bounds == ridge.bounds
    np.testing.assert_array_equal(refit.sizes, ridge.sizes)


def test_nothing_is_a_guess_and_one_label_is_always_said():
    train, test = iris(by_label=True).split()
    scores = Refit(train, test=test, estimator=LogisticRegression()).evaluate(every(3))
    assert scores[0] == pytest.approx(1 / 3)
    share = np.mean(test.load().target == "iris 0")
    assert scores[4] == pytest.approx(share)


def test_a_pipeline_gets_texts():
    texts = ["good fine", "bad poor", "fine good good", "poor bad bad", "good", "bad"] * 4
    frame = {"o": ["a", "b", "c"] * 8, "t": texts, "y": ["yes", "no"] * 12}
    pool = Pool.from_frame(frame, owner="o", text="t", target="y")
    train, test = pool.split(0.4)
    utility = Refit(train, test=test, estimator=make_pipeline(CountVectorizer(), MultinomialNB()))
    assert utility.evaluate(np.ones((1, 3), bool))[0] == 1.0


def test_seeds_are_paired_and_averaged():
    """The same seeds for all coalitions; the score is their mean."""
    train, test = iris().split()
    forest = RandomForestClassifier(n_estimators=3, max_depth=2)
    both = Refit(train, test=test, estimator=forest, seeds=(3, 4)).evaluate(every(4)[5:8])
    each = [Refit(train, test=test, estimator=forest, seeds=(s,)).evaluate(every(4)[5:8]) for s in (3, 4)]
    np.testing.assert_allclose(both, np.mean(each, axis=0))
    held, answers = train.load(), test.load()
    inside = every(4)[6][held.block]
    alone = RandomForestClassifier(n_estimators=3, max_depth=2, random_state=3)
    alone.fit(held.features[inside], held.target[inside])
    assert each[0][1] == pytest.approx(alone.score(answers.features, answers.target))


def test_each_coalition_is_fitted_once(tmp_path):
    """In memory, and between runs in a folder, where another model or another pool does not meet them."""
    train, test = iris().split()
    one = Refit(train, test=test, estimator=RidgeClassifier(), cache=tmp_path)
    first = one.evaluate(np.concatenate([every(4), every(4)]))
    assert one.fits == 16
    one.evaluate(every(4))
    assert one.fits == 16
    kept = len(list(tmp_path.rglob("output.pkl")))
    assert kept == 16
    again = Refit(*iris().split()[:1], test=test, estimator=RidgeClassifier(), cache=tmp_path)
    np.testing.assert_array_equal(again.evaluate(every(4)), first[:16])
    assert len(list(tmp_path.rglob("output.pkl"))) == kept
    Refit(train, test=test, estimator=RidgeClassifier(alpha=9.0), cache=tmp_path).evaluate(every(4))
    assert len(list(tmp_path.rglob("output.pkl"))) == 2 * kept


def count(train, test, seed):
    return len(train) + 1000 * seed


def per_work(train, test, seed):
    return np.full(len(test), len(train) / 100)


def test_a_function_gets_the_works_of_base_and_coalition():
    train, test = iris().split()
    base = iris(seed=1).split(0.1)[1]
    utility = Refit(train, test=test, estimator=count, seeds=(0, 2))
    np.testing.assert_array_equal(utility.evaluate(every(4)), every(4) @ train.works + 1000)
    with_base = utility.with_base(base).evaluate(every(4))
    np.testing.assert_array_equal(with_base, every(4) @ train.works + 1000 + base.n_works)
    with pytest.raises(MissingCapabilityError):
        utility.unit_scores(every(4))
    units = Refit(train, test=test, estimator=per_work, empty=0.0)
    np.testing.assert_allclose(units.evaluate(every(4)), every(4) @ train.works / 100)
    numerator, denominator = units.unit_scores(every(4)[1:])
    np.testing.assert_allclose(numerator.sum(1) / denominator.sum(1), units.evaluate(every(4)[1:]))


def test_a_base_may_have_no_owners_and_must_have_the_models_columns():
    train, test = iris().split()
    held = iris(seed=1).split(0.1)[1].load().columns
    features = list(train.roles.features)
    base = Pool.from_frame(held.drop_columns(["owner"]), owner=None, features=features, target="y")
    for model in (Refit, Ridge):
        options = {"estimator": RidgeClassifier()} if model is Refit else {}
        owned = Pool.from_frame(held, owner="owner", features=features, target="y")
        both = [model(train, test=test, base=b, **options).evaluate(every(4)) for b in (base, owned)]
        np.testing.assert_array_equal(*both)
    poor = Pool.from_frame(held, owner="owner", features=["x0"], target="y")
    with pytest.raises(InputError, match="lacks the columns"):
        Refit(train, test=test, base=poor, estimator=RidgeClassifier())


def test_scoring_is_scikit_learns_and_needs_a_score_for_nothing():
    train, test = iris().split()
    held, answers = train.load(), test.load()
    utility = Refit(
        train, test=test, estimator=LogisticRegression(max_iter=500), scoring="neg_log_loss", empty=-2.0
    )
    model = LogisticRegression(max_iter=500).fit(held.features, held.target)
    from sklearn.metrics import log_loss

    expected = -log_loss(answers.target, model.predict_proba(answers.features))
    np.testing.assert_allclose(utility.evaluate(every(4)[[0, 15]]), [-2.0, expected], rtol=1e-6)
    with pytest.raises(InputError, match="empty="):
        Refit(train, test=test, estimator=RidgeClassifier(), scoring="accuracy").evaluate(every(4))
    with pytest.raises(MissingCapabilityError, match="unit_scores"):
        utility.unit_scores(every(4)[:1])


def test_two_processes_give_the_numbers_of_one():
    train, test = iris().split()
    one, two = (Refit(train, test=test, estimator=RidgeClassifier(), workers=Workers(n)) for n in (1, 2))
    np.testing.assert_array_equal(one.evaluate(every(4)), two.evaluate(every(4)))


@pytest.fixture(scope="module")
def cluster():
    """A local Ray of two workers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import ray

        ray.init(
            num_cpus=2,
            include_dashboard=False,
            log_to_driver=False,
            object_store_memory=80 * 2**20,
            configure_logging=False,
        )
    yield Workers(2, cluster="ray")
    ray.shutdown()


@pytest.mark.filterwarnings("ignore")
def test_ray_gives_the_numbers_of_joblib(cluster):
    """Refit sweeps and the statistics of the models that sum, on two Ray workers and here, bit for bit."""
    columns = {"body": [f"w{k % 3} w{k % 5} w{k}" for k in range(40)], "owner": list("abcd") * 10}
    texts = Pool.from_frame(columns, owner="owner", text="body")
    for model, pool, options in (
        (Refit, iris(), {"estimator": RidgeClassifier()}),
        (Ridge, iris(), {}),
        (NaiveBayes, iris(), {}),
        (Ngram, texts, {}),
    ):
        train, test = pool.split()
        near, far = model(train, test=test, **options), model(train, test=test, workers=cluster, **options)
        np.testing.assert_array_equal(near.evaluate(every(4)), far.evaluate(every(4)))


def test_what_it_can_not_use_is_refused_with_a_mend():
    train, test = iris().split()
    ratings = Pool.from_frame(
        {"u": ["a", "b"], "i": ["x", "y"], "r": [1.0, 2.0]}, user="u", item="i", rating="r"
    )
    with pytest.raises(InputError, match="target"):
        Refit(ratings, test=ratings, estimator=RidgeClassifier())
    with pytest.raises(InputError, match="seeds"):
        Refit(train, test=test, estimator=RidgeClassifier(), seeds=0)
    with pytest.raises(InputError, match="scoring"):
        Refit(train, test=test, estimator=count, scoring="accuracy")
    with pytest.raises(InputError, match="per test work"):
        Refit(train, test=test, estimator=lambda a, b, s: [1.0, 2.0]).evaluate(every(4))
