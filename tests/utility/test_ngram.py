"""Ngram against a model refitted from scratch, and its promises."""

from __future__ import annotations

import pickle
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.utility.slow_ngram import SlowNgram, split_words

from commonweal.errors import InputError
from commonweal.parallel import Workers
from commonweal.pool import Pool
from commonweal.utility import Ngram
from commonweal.utility.base import Utility
from commonweal.utility.ngram import counting, kernel, sample
from commonweal.utility.ngram import index as index_module
from commonweal.utility.ngram.counting import join

WORDS = ["a", "b", "c", "d", "e"]
text = st.lists(st.sampled_from(WORDS), min_size=1, max_size=7).map(" ".join)
owner = st.lists(st.sampled_from(["P", "Q", "R"]), min_size=1, max_size=2, unique=True)
works = st.lists(st.tuples(owner, text), min_size=1, max_size=8)


def pool_of(rows, consent="all", **more):
    frame = {"who": [list(o) for o, _ in rows], "text": [t for _, t in rows], **more}
    return Pool.from_frame(frame, owner="who", text="text", consent=consent)


def every_coalition(m):
    return ((np.arange(2**m)[:, None] >> np.arange(m)) & 1).astype(bool)


def slow_score(utility, rows, tests, base, coalition, consent, cap=None, equal=True):
    names = {name for name, inside in zip(utility.owners, coalition, strict=True) if inside}
    rule = all if consent == "all" else any
    model = [(1.0, split_words(t)) for o, t in rows if rule(name in names for name in o)]
    model += [(utility.weights.base, split_words(t)) for _, t in base or []]
    v = len({w for part in (rows, tests, base or []) for _, t in part for w in split_words(t)}) + 2
    slow = SlowNgram(model, utility.weights.mu, v)
    logs = [(o, slow.logs(split_words(t), cap)) for o, t in tests]
    shares: dict[str, float] = {}
    for o, found in logs:
        for name in o:
            shares[name] = shares.get(name, 0.0) + len(found) / len(o)
    weight = [sum((1 / shares[n] if equal else 1) / len(o) for n in o) for o, _ in logs]
    top = sum(w * sum(found) for w, (_, found) in zip(weight, logs, strict=True))
    return top / sum(w * len(found) for w, (_, found) in zip(weight, logs, strict=True))


@pytest.fixture(params=["numba", "numpy"])
def use_kernel(request, monkeypatch):
    if request.param == "numba":
        pytest.importorskip("numba")
    monkeypatch.setattr(kernel, "fast", request.param == "numba")
    return request.param


@settings(max_examples=60, deadline=None)
@given(
    rows=works,
    tests=works,
    base=st.none() | works,
    consent=st.sampled_from(["all", "any"]),
    order=st.integers(1, 4),
    weight=st.sampled_from([0.0, 0.3, 1.0]),
    cap=st.none() | st.integers(1, 5),
    equal=st.booleans(),
    fast=st.booleans(),
)
def test_every_coalition_scores_as_a_model_refitted_from_its_words(
    rows, tests, base, consent, order, weight, cap, equal, fast
):
    kernel.fast, before = fast and kernel.score_rows is not None, kernel.fast
    try:
        utility = Ngram(
            pool_of(rows, consent),
            test=pool_of(tests),
            base=None if base is None else pool_of(base),
            order=order,
            smoothing=[5.0, 3.0, 2.0, 1.5][:order],
            base_weight=weight,
            words_per_work=cap,
            owners_equal=equal,
        )
        coalitions = every_coalition(len(utility.owners))
        scores = utility.evaluate(coalitions)
        numerator, denominator = utility.unit_scores(coalitions)
    finally:
        kernel.fast = before
    expected = [slow_score(utility, rows, tests, base, c, consent, cap, equal) for c in coalitions]
    np.testing.assert_allclose(scores, expected, rtol=1e-11)
    np.testing.assert_allclose(numerator.sum(1) / denominator.sum(1), expected, rtol=1e-11)
    low, high = utility.bounds
    assert (scores >= low - 1e-9).all() and (scores <= high).all()


RNG = np.random.default_rng(7)
BIG = [
    ([f"O{i % 6}"], " ".join(RNG.choice(40, p=np.arange(1, 41) / 820, size=60).astype(str)))
    for i in range(60)
]
TEST = [
    ([f"O{i % 6}"], " ".join(RNG.choice(40, p=np.arange(1, 41) / 820, size=50).astype(str)))
    for i in range(12)
]
BASE = [(["x"], " ".join(RNG.choice(50, size=80).astype(str))) for _ in range(20)]


def big(**options):
    return Ngram(pool_of(BIG), test=pool_of(TEST), **options)


def test_a_coalition_scores_the_same_bits_alone_in_a_batch_and_with_threads(use_kernel):
    utility = big()
    coalitions = every_coalition(6)
    together = utility.evaluate(coalitions)
    assert all(utility.evaluate(row)[0] == score for row, score in zip(coalitions, together, strict=True))
    threaded = big(workers=Workers(n_jobs=2))
    assert (threaded.evaluate(np.tile(coalitions, (3, 1))) == np.tile(together, 3)).all()


def test_both_kernels_agree_to_rounding():
    pytest.importorskip("numba")
    utility, before = big(base=pool_of(BASE)), kernel.fast
    coalitions = every_coalition(6)
    try:
        scores = []
        for kernel.fast in (True, False):
            scores.append((utility.evaluate(coalitions), utility.unit_scores(coalitions)[0]))
    finally:
        kernel.fast = before
    for quick, plain in zip(*scores, strict=True):
        np.testing.assert_allclose(quick, plain, rtol=1e-12)


def test_without_a_base_the_empty_coalition_is_uniform_over_the_vocabulary():
    utility = big()
    assert utility.evaluate(np.zeros(6, bool))[0] == pytest.approx(
        -np.log2(utility.facts["vocabulary"]), rel=1e-12
    )


def test_it_follows_the_protocol():
    utility = big()
    assert isinstance(utility, Utility) and utility.metric.exponential and utility.metric.sign == -1
    assert utility.sizes.sum() == pytest.approx(utility.facts["pool_words"])
    assert len(utility.unit_owner) == len(utility.unit_work) == 12 and utility.unit_slice is None
    assert pickle.loads(pickle.dumps(utility)).evaluate(np.ones(6, bool)) == utility.evaluate(
        np.ones(6, bool)
    )


def test_tuning_finds_weights_no_worse_than_any_nearby_and_ignores_the_test():
    utility = big(base=pool_of(BASE))
    other = Ngram(pool_of(BIG), test=pool_of([(["O1"], "1 2 3")]), base=pool_of(BASE))
    held, v = utility._fit.held_out, utility.facts["vocabulary"]
    np.testing.assert_allclose(utility.weights.mu, other.weights.mu, rtol=1e-9)
    assert utility.weights.base == pytest.approx(other.weights.base, rel=1e-9)
    base = utility._base_counts.held_out
    best = held.bits(base, utility.weights.mu, utility.weights.base, v)
    assert utility.facts["tuned"] == ["smoothing", "base_weight"]
    for factor in (0.7, 1.4):
        assert best <= held.bits(base, utility.weights.mu, factor * utility.weights.base, v) + 1e-3
        assert (
            best <= held.bits(base, [factor * m for m in utility.weights.mu], utility.weights.base, v) + 1e-3
        )


def test_given_weights_are_kept():
    utility = big(base=pool_of(BASE), smoothing=(9.0, 8.0, 7.0), base_weight=0.25)
    assert (
        utility.weights.mu == (9.0, 8.0, 7.0) and utility.weights.base == 0.25 and not utility.facts["tuned"]
    )


def test_another_base_keeps_test_vocabulary_and_smoothing():
    utility = big(base=pool_of(BASE), base_weight=0.5)
    rival = [(["x"], "1 2 3 novel words " * 5)]
    moved = utility.with_base(pool_of(rival))
    assert moved.facts["vocabulary"] == utility.facts["vocabulary"]
    assert moved.weights.mu == utility.weights.mu
    assert moved.facts["base_words_outside_vocabulary"] == 2
    rows = [(o, t) for o, t in BIG if o != ["O0"]]
    v = utility.facts["vocabulary"]
    slow = SlowNgram(
        [(1.0, split_words(t)) for _, t in rows] + [(0.5, split_words(t)) for _, t in rival],
        utility.weights.mu,
        v,
    )
    logs = [slow.logs(split_words(t), None) for _, t in TEST]
    without_first = np.arange(6) != 0
    assert moved.evaluate(without_first)[0] == pytest.approx(np.mean([np.mean(x) for x in logs]), rel=1e-11)
    alone = utility.with_base(None)
    assert alone.evaluate(np.zeros(6, bool))[0] == pytest.approx(-np.log2(v), rel=1e-12)
    back = alone.with_base(pool_of(BASE))
    assert (back.evaluate(every_coalition(6)) == utility.evaluate(every_coalition(6))).all()


def test_portions_of_the_base_grow_to_the_empty_coalitions_score():
    utility = big(base=pool_of(BASE))
    sizes, scores = utility.base_curve([0.25, 0.5, 1.0], seed=3)
    assert (np.diff(sizes) >= 0).all() and sizes[-1] == utility.facts["base_words"]
    assert scores[-1] == pytest.approx(utility.evaluate(np.zeros(6, bool))[0], rel=1e-12)
    with pytest.raises(InputError, match="rise"):
        utility.base_curve([0.5, 0.2])
    sizes, scores = big().base_curve([0.5, 1.0])
    assert sizes.tolist() == [0, 0] and np.ptp(scores) == 0


def test_self_prediction_is_what_an_owners_own_test_text_loses_without_their_works():
    utility = big()
    full, den = utility.unit_scores(np.ones(6, bool))
    expected = np.zeros(6)
    for i in range(6):
        without = utility.unit_scores(np.arange(6) != i)[0]
        own = utility.unit_owner == i
        expected[i] = (full - without)[0, own].sum() / den.sum()
    np.testing.assert_allclose(utility.self_prediction(), expected, rtol=1e-9, atol=1e-15)


def test_a_limited_vocabulary_turns_rare_words_into_one():
    rows, tests = [(["P"], "a a a b b c"), (["Q"], "a b d")], [(["P"], "a z b")]
    utility = Ngram(pool_of(rows), test=pool_of(tests), vocabulary=2, smoothing=(2.0, 1.0, 1.0))
    known = [(1.0, ["a", "a", "a", "b", "b", "U"]), (1.0, ["a", "b", "U"])]
    slow = SlowNgram(known, (2.0, 1.0, 1.0), 4)
    assert utility.facts["vocabulary"] == 4
    assert utility.evaluate([[True, True]])[0] == pytest.approx(
        np.mean(slow.logs(["a", "U", "b"], None)), rel=1e-12
    )


def test_units_name_their_owner_work_and_slice_and_strangers_are_no_players():
    tests = Pool.from_frame(
        {"who": [["P", "Stranger"], ["Q"]], "text": ["a b", "c"], "topic": ["x", "y"]},
        owner="who",
        text="text",
        keep=["topic"],
    )
    utility = Ngram(pool_of([(["P"], "a b c"), (["Q"], "c d")]), test=tests, slice="topic")
    assert utility.unit_owner.tolist() == [0, -1, 1]
    assert utility.unit_work.tolist() == [0, 0, 1]
    assert utility.unit_slice == ["x", "x", "y"]
    _, den = utility.unit_scores([[True, True]])
    assert den[0] == pytest.approx(den[0].mean() * np.ones(3))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"smoothing": (1.0, 2.0)}, "give 3 numbers"),
        ({"smoothing": (1.0, 0.0, 1.0)}, "1e-6"),
        ({"smoothing": "best"}, "tuned"),
        ({"base_weight": -1.0}, "from 0 to"),
        ({"order": 0}, "order"),
        ({"words_per_work": 0}, "at least 1"),
    ],
)
def test_bad_options_are_refused_with_a_way_out(options, message):
    with pytest.raises(InputError, match=message):
        big(**options)


def test_text_without_any_word_is_refused():
    with pytest.raises(InputError, match="the test holds no word"):
        Ngram(pool_of(BIG), test=pool_of([(["O1"], "?!")]))
    with pytest.raises(InputError, match="the pool holds no word"):
        Ngram(pool_of([(["O1"], "...")]), test=pool_of(TEST))


@settings(max_examples=60, deadline=None)
@given(
    known=st.lists(st.lists(st.integers(1, 6), min_size=1, max_size=8), min_size=1, max_size=5),
    other=st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=8), min_size=1, max_size=5),
    order=st.integers(1, 4),
)
def test_ngrams_are_found_where_they_stand_by_either_way(known, other, order):
    index = index_module.build(join([np.array(w) for w in known]), 7, order)
    names = {}
    for work in known:
        line = [0, *work, 0]
        for i in range(1, len(line)):
            for n in range(1, order + 1):
                if i - n + 1 >= 0:
                    names[tuple(line[i - n + 1 : i + 1])] = True
    before = index_module.fast
    try:
        found = []
        for index_module.fast in {before, False}:
            found.append(index.locate(join([np.array(w) for w in other])))
    finally:
        index_module.fast = before
    place = 0
    for work in other:
        line = [0, *work, 0]
        for i in range(1, len(line)):
            place += 1
            for n in range(1, order + 1):
                stands = i - n + 1 >= 0 and tuple(line[i - n + 1 : i + 1]) in names
                assert all(
                    (levels[n - 1][place] >= 0) == (stands or (n == 1 and line[i] < 7)) for levels in found
                )
    for one in found[1:]:
        assert all((a == b).all() for a, b in zip(one, found[0], strict=True))


def folder_of(path, works, shards):
    """Write `works` works of 40 words by 10 owners in Parquet shards."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path.mkdir()
    for s in range(shards):
        rng = np.random.default_rng(s)
        texts = [" ".join(f"w{x}" for x in rng.integers(0, 400, 40)) for _ in range(works // shards)]
        owners = [f"O{i % 10}" for i in range(len(texts))]
        pq.write_table(pa.table({"who": owners, "text": texts}), path / f"{s:03d}.parquet")
    return Pool.read(path, owner="who", text="text", hold=False)


def test_two_workers_over_a_folder_of_shards_give_the_same_bits(tmp_path):
    train = folder_of(tmp_path / "pool", 400, 4)
    test = pool_of([([f"O{i}"], " ".join(f"w{x}" for x in range(i, i + 60))) for i in range(10)])
    coalitions = np.random.default_rng(0).random((40, 10)) < 0.5
    one, two = (Ngram(train, test=test, workers=Workers(n_jobs=n)) for n in (None, 2))
    assert one.facts == two.facts
    assert (one.evaluate(coalitions) == two.evaluate(coalitions)).all()


def test_memory_does_not_grow_with_the_number_of_works(tmp_path, monkeypatch):
    monkeypatch.setattr(counting, "CHUNK", 20_000)  # words at a time: far below both pools
    monkeypatch.setattr(sample, "HELD_OUT_WORDS", 3_000)
    test = pool_of([([f"O{i}"], " ".join(f"w{x}" for x in range(i, i + 60))) for i in range(10)])
    peaks = []
    for works in (3_000, 9_000):
        train = folder_of(tmp_path / str(works), works, works // 500)
        tracemalloc.start()
        Ngram(train, test=test, smoothing=(100.0, 10.0, 10.0))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0]


def test_extreme_smoothing_neither_overflows_nor_underflows(use_kernel):
    utility = big(order=8, smoothing=[1e-6] * 8)
    scores = utility.evaluate(every_coalition(6))
    expected = [
        slow_score(utility, BIG, TEST, None, c, "all", equal=False) for c in every_coalition(6)[[0, 21, 63]]
    ]
    np.testing.assert_allclose(scores[[0, 21, 63]], expected, rtol=1e-9)
