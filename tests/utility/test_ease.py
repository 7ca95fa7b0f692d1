"""EASE: the same hits as a dense model solved from scratch, in either form."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.parallel import Workers
from commonweal.pool.pool import Pool
from commonweal.utility import EASE, Sliced, Splits, ease_kernels, ratings


def ratings_pool(seed=0, users=8, items=12, share=0.7, prefix="u"):
    rng = np.random.default_rng(seed)
    u, i = np.nonzero(rng.random((users, items)) < share)
    taste = rng.normal(size=(users, 2)) @ rng.normal(size=(2, items))
    r = np.clip(np.round(3.5 + taste[u, i] + 0.3 * rng.normal(size=len(u))), 1, 5)
    frame = {
        "u": [f"{prefix}{v}" for v in u],
        "i": [f"t{v}" for v in i],
        "r": r,
        "g": [f"g{v % 2}" for v in i],
    }
    return Pool.from_frame(frame, user="u", item="i", rating="r", keep=["g"])


def dense(train, base, test, lam, relevant, visitors=False):
    """Return a function coalition → {user: (hits, relevant)}: Steck's primal EASE, written plainly."""
    train, base, test = ratings.read(train), base and ratings.read(base), ratings.read(test)
    items = sorted({*train.item, *test.item, *(base.item if base else ())})
    at = {name: j for j, name in enumerate(items)}

    def rows(raw):
        total, count = np.zeros((len(raw.names), len(items))), np.zeros((len(raw.names), len(items)))
        for u, i, r in zip(raw.user, raw.item, raw.rating, strict=True):
            total[u, at[i]] += r - (relevant - 1)
            count[u, at[i]] += 1
        return total / np.maximum(count, 1)

    x, fixed = rows(train), rows(base) if base else np.zeros((0, len(items)))
    noise = ratings.JITTER * np.random.default_rng(0).random(len(test.user))

    def score(coalition):
        known = np.concatenate([x[coalition], fixed])
        p = np.linalg.inv(known.T @ known + lam * np.eye(len(items)))
        b = -p / np.diag(p)
        np.fill_diagonal(b, 0)
        out = {}
        for v, name in enumerate(test.names):
            mine = np.flatnonzero(test.user == v)
            liked = test.rating[mine] >= relevant
            if not liked.any():
                continue
            if name in train.names and (coalition[train.names.index(name)] or visitors):
                profile = x[train.names.index(name)] @ b
            elif base and name in base.names:
                profile = fixed[base.names.index(name)] @ b
            else:
                profile = known.sum(0)
            guess = profile[[at[i] for i in test.item[mine]]] + noise[mine]
            out[name] = int(liked[np.argsort(-guess)[: liked.sum()]].sum()), int(liked.sum())
        return out

    return score


def figure(hits):
    return 100 * sum(h for h, _ in hits.values()) / sum(r for _, r in hits.values())


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    items=st.sampled_from([5, 14]),
    lam=st.sampled_from([0.5, 20.0]),
    with_base=st.booleans(),
    visitors=st.booleans(),
)
def test_hits_are_those_of_a_dense_model_from_scratch(seed, items, lam, with_base, visitors):
    """Both forms (users × users and items × items), few and many out, with a base, with visitors."""
    train, test = ratings_pool(seed, items=items).split(0.4, seed=seed)
    base = ratings_pool(seed + 1, users=3, items=items, prefix="b") if with_base else None
    utility = EASE(
        train, test=test, base=base, regularization=lam, outsiders="model" if visitors else "popularity"
    )
    scratch = dense(train, base, test, lam, 4.0, visitors)
    m = len(train.owners)
    coalitions = np.random.default_rng(seed).random((12, m)) < np.linspace(0, 1.1, 12)[:, None]
    expected = [figure(scratch(s)) for s in coalitions]
    np.testing.assert_allclose(utility.evaluate(coalitions), expected, rtol=1e-12)


def scores(utility, coalition):
    """Scores of the held-out pairs before they are ranked."""
    inside = np.append(coalition, np.ones(utility._x.shape[0] - len(coalition), bool))
    row = np.where(inside[utility._pairs.row], utility._pairs.row, -1)
    form = utility._dual if len(utility._gram) else None
    nobody, own = np.zeros(len(row), bool), utility._own[0]
    return form(inside, row, nobody, own) if form else utility._primal(inside, row, own)


@pytest.mark.parametrize("items", [6, 30])
def test_numpy_gives_the_numbers_of_numba(items, monkeypatch):
    """The fallback agrees to rounding, in both forms."""
    train, test = ratings_pool(3, users=15, items=items).split(0.3)
    utility = EASE(train, test=test, regularization=5.0)
    coalition = np.arange(15) % 3 > 0
    with_numba = scores(utility, coalition)
    monkeypatch.setattr(ease_kernels, "FAST", False)
    np.testing.assert_allclose(scores(utility, coalition), with_numba, rtol=1e-11, atol=1e-13)
    assert np.abs(with_numba).max() > 0


def test_the_inverse_corrected_for_few_out_is_the_inverse_computed_anew():
    train, test = ratings_pool(4, users=20, items=60).split(0.3)
    utility = EASE(train, test=test, regularization=2.0)
    inside = np.arange(20) > 2
    members, out = np.flatnonzero(inside), np.flatnonzero(~inside)
    anew = np.linalg.inv(utility._gram[np.ix_(members, members)] + 2.0 * np.eye(17))
    np.testing.assert_allclose(utility._inverse_of(members, out), anew, rtol=1e-9, atol=1e-13)


def test_units_are_users_and_add_up():
    train, test = ratings_pool(5).split(0.4)
    utility = EASE(train, test=test, regularization=3.0, workers=Workers(2))
    s = np.random.default_rng(0).random((10, 8)) < 0.5
    numerator, denominator = utility.unit_scores(s)
    np.testing.assert_allclose(numerator.sum(1) / denominator.sum(1), utility.evaluate(s), rtol=1e-12)
    scratch = dense(train, None, test, 3.0, 4.0)(s[3])
    names = [utility.owners[v] for v in utility.unit_owner]
    assert {n: (h / 100, d) for n, h, d in zip(names, numerator[3], denominator[3], strict=True)} == scratch
    assert utility.bounds == (0.0, 100.0)
    assert utility.sizes.sum() == train.n_works


@pytest.mark.parametrize("with_base", [False, True])
def test_the_floor_is_one_list_of_the_titles_with_most_ratings(with_base):
    """Counted by hand in base and whole pool; it joins over splits and can be seen through a slice."""
    pool = ratings_pool(5, users=9)
    train, test = pool.split(0.4)
    base = ratings_pool(6, users=3, prefix="b") if with_base else None
    utility = EASE(train, test=test, base=base, regularization=3.0, slice="g")
    rated = Counter(item for part in (train, base) if part for item in ratings.read(part).item)
    held, hits, relevant = ratings.read(test), 0, 0
    noise = ratings.JITTER * np.random.default_rng(0).random(len(held.user))
    for v in range(len(held.names)):
        mine = np.flatnonzero(held.user == v)
        liked = held.rating[mine] >= 4
        guess = np.array([rated[item] for item in held.item[mine]]) + noise[mine]
        hits += int(liked[np.argsort(-guess)[: liked.sum()]].sum())
        relevant += int(liked.sum())
    floor = utility.floor()
    assert floor.numerator.sum() == 100 * hits
    assert floor.denominator.sum() == relevant
    np.testing.assert_array_equal(floor.denominator, utility.unit_scores(np.ones((1, 9), bool))[1][0])
    again, rest = pool.split(0.4, seed=1)
    other = EASE(again, test=rest, base=base, regularization=3.0, slice="g")
    joined = Splits([utility, other]).floor()
    scores = [f.numerator.sum() / f.denominator.sum() for f in (floor, other.floor())]
    assert joined.numerator.sum() / joined.denominator.sum() == pytest.approx(np.mean(scores))
    seen = np.array(utility.unit_slice) == "g0"
    np.testing.assert_array_equal(Sliced(utility, "g0").floor().numerator, floor.numerator[seen])


def test_a_slice_cuts_users_into_units():
    train, test = ratings_pool(5).split(0.4)
    whole, cut = (
        EASE(train, test=test, regularization=3.0),
        EASE(train, test=test, regularization=3.0, slice="g"),
    )
    everyone = np.ones((1, 8), bool)
    assert set(cut.unit_slice) == {"g0", "g1"}
    assert cut.evaluate(everyone) == whole.evaluate(everyone)
    numerator, denominator = cut.unit_scores(everyone)
    assert numerator.sum() / denominator.sum() == pytest.approx(whole.evaluate(everyone)[0])
    assert len(cut.unit_work) > len(set(cut.unit_work)) == len(whole.unit_work)


def test_another_base_is_the_same_as_built_anew():
    train, test = ratings_pool(6).split(0.4)
    base = ratings_pool(7, users=4, prefix="b")
    s = np.random.default_rng(0).random((6, 8)) < 0.5
    moved = EASE(train, test=test, regularization=3.0).with_base(base)
    np.testing.assert_array_equal(
        moved.evaluate(s), EASE(train, test=test, base=base, regularization=3.0).evaluate(s)
    )
    asked = EASE(train, test=test, base=base, regularization=3.0, outsiders="model").evaluate(s)
    np.testing.assert_array_equal(moved.for_visitors().evaluate(s), asked)


def test_the_weight_is_tuned_without_the_test():
    """From several weights one is taken, whatever the test; the facts say what was tried."""
    train, test = ratings_pool(8, users=12, items=30).split(0.3)
    first = EASE(train, test=test, regularization=(0.1, 10.0, 1000.0))
    other = EASE(train, test=test.split(0.5)[1], regularization=(0.1, 10.0, 1000.0))
    assert first.regularization == other.regularization
    assert first.facts["tried"] == other.facts["tried"]
    assert first.regularization == float(max(first.facts["tried"], key=first.facts["tried"].get))


def test_a_row_scores_the_same_alone_and_in_any_batch():
    train, test = ratings_pool(9).split(0.4)
    s = np.random.default_rng(0).random((20, 8)) < 0.5
    one, two = (EASE(train, test=test, regularization=3.0, workers=Workers(n)) for n in (1, 2))
    np.testing.assert_array_equal(two.evaluate(s), [one.evaluate(row)[0] for row in s])


def test_what_it_can_not_use_is_refused_with_a_mend():
    train, test = ratings_pool().split(0.4)
    text = Pool.from_frame({"o": ["a", "b"], "t": ["x", "y"]}, owner="o", text="t")
    with pytest.raises(InputError, match="needs ratings"):
        EASE(text, test=text)
    with pytest.raises(InputError, match="above zero"):
        EASE(train, test=test, regularization=0)
    with pytest.raises(InputError, match="no held-out rating reaches"):
        EASE(train, test=test, regularization=1.0, relevant=9.0)
    with pytest.raises(InputError, match="memory="):
        EASE(train, test=test, regularization=1.0, memory=100)
    with pytest.raises(InputError, match="outsiders"):
        EASE(train, test=test, outsiders="nobody")
