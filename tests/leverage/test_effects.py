from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.leverage.draws import first, ladder, permutations, sizes_of
from commonweal.leverage.effects import ALL, OTHERS, SIMILAR, STRIKERS, Panel, measure, unique_rows
from commonweal.parallel import Workers
from commonweal.pool import Pool
from commonweal.utility import Ridge


def by_hand(game, row, weights, part):
    """Score of one coalition on one part of the test units, unit by unit."""
    score = game.unit_scores(row[None])[0][0]
    kept = [u for u in range(len(score)) if part(game.unit_owner[u])]
    w = np.array([weights[u] for u in kept])
    return (w * score[kept]).sum() / w.sum()


def test_parts_are_the_means_over_their_units(additive):
    game = additive.random(6)
    game.unit_owner = np.where(np.arange(18) % 7 == 0, -1, game.unit_owner)
    panel = Panel.of(game, resamples=5)
    row = np.array([True, False, True, True, False, True])
    effects = measure(panel, row[None], watched=np.array([True, True, True, False, False, False]))
    cluster = panel.gather.toarray().argmax(1)
    for b in (0, 3):
        w = panel.weights[b][cluster]
        parts = {
            ALL: lambda o: True,
            OTHERS: lambda o: o < 0 or row[o],
            STRIKERS: lambda o: o >= 0 and not row[o],
            SIMILAR: lambda o: o in (0, 2),
        }
        for part, inside in parts.items():
            assert effects.after[0, part, b] == pytest.approx(by_hand(game, row, w, inside), rel=1e-12)
            everyone = np.ones(6, bool)
            assert effects.before[0, part, b] == pytest.approx(by_hand(game, everyone, w, inside), rel=1e-12)


def test_units_of_one_owner_are_resampled_together_and_units_of_nobody_by_work(additive):
    game = additive.random(4)
    game.unit_owner = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2, -1, -1, -1])
    game.unit_work = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 10])
    panel = Panel.of(game)
    assert panel.gather.shape == (12, 5)
    assert sorted(panel.owner.tolist()) == [-1, -1, 0, 1, 2]
    assert panel.clusters == "3 test owners and 2 test works"


def test_everyone_changes_nothing_to_the_last_bit(additive):
    panel = Panel.of(additive.random(9))
    rows = np.concatenate([np.random.default_rng(0).random((40, 9)) < 0.5, np.ones((1, 9), bool)])
    assert (measure(panel, rows).change(ALL)[-1] == 0).all()


def test_equal_coalitions_are_evaluated_once(additive):
    game = additive.random(5)
    panel = Panel.of(game)
    game.asked = 0
    effects = measure(panel, np.repeat(np.eye(5, dtype=bool)[:2], 10, axis=0))
    assert effects.evaluated == 2
    assert game.asked == 3  # and everyone, for reference
    assert effects.after.shape[0] == 20


def test_chunks_do_not_change_the_numbers(additive, monkeypatch):
    panel = Panel.of(additive.random(8))
    rows = np.random.default_rng(0).random((50, 8)) < 0.5
    whole = measure(panel, rows)
    monkeypatch.setattr("commonweal.leverage.effects.CHUNK", 24 * 7)
    np.testing.assert_allclose(measure(panel, rows).after, whole.after, rtol=1e-12)


class Shared:
    """A utility without workers of its own."""

    def __init__(self, inner):
        self.owners, self.metric = inner.owners, inner.metric
        self.unit_owner, self.unit_work = inner.unit_owner, inner.unit_work
        self.evaluate, self.unit_scores = inner.evaluate, inner.unit_scores


def ridge():
    rng = np.random.default_rng(0)
    table = {f"x{j}": rng.normal(size=120) for j in range(3)}
    table["y"] = table["x0"] + 0.3 * rng.normal(size=120)
    table["who"] = [f"o{i % 6}" for i in range(120)]
    pool = Pool.from_frame(table, owner="who", features=["x0", "x1", "x2"], target="y")
    train, test = pool.split(0.3, seed=0)
    return Ridge(train, test=test)


def test_a_utility_with_workers_of_its_own_is_not_sent_to_others(monkeypatch):
    panel, asked = Panel.of(ridge(), resamples=200), []
    monkeypatch.setattr(Workers, "map", lambda self, f, tasks: asked.append(self.n_jobs) or map(f, tasks))
    measure(panel, np.ones((1, 6), bool), workers=Workers(2))
    measure(replace(panel, utility=Shared(panel.utility)), np.ones((1, 6), bool), workers=Workers(2))
    assert asked == [None, 2]


def test_halves_count_each_cluster_once(additive):
    left, right = Panel.of(additive.random(9)).halves(seed=0)
    assert (left.weights[0] + right.weights[0] == 1).all()


@given(st.integers(1, 30), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_draws_are_nested_and_of_their_size(m, seed):
    orders = permutations(m, 5, seed)
    for n in range(m + 1):
        rows = first(orders, n)
        assert (rows.sum(1) == n).all()
        if n:
            assert not (first(orders, n - 1)[:1] & ~rows[:1]).any()


@given(st.integers(1, 5_000))
@settings(max_examples=60, deadline=None)
def test_a_ladder_rises_from_one_to_everyone_and_never_more_than_doubles(m):
    sizes = ladder(m)
    assert sizes[0] == 1 and sizes[-1] == m
    assert all(a < b <= 2 * a for a, b in pairwise(sizes))


def test_participation_that_means_nobody_or_everybody_is_said():
    sizes, said = sizes_of([0.01, 0.5, 0.99], 20)
    assert sizes == [0, 10, 20]
    assert len(said) == 2


@given(st.lists(st.lists(st.booleans(), min_size=9, max_size=9), min_size=1, max_size=20))
@settings(max_examples=40, deadline=None)
def test_unique_rows_give_the_rows_back(rows):
    rows = np.array(rows)
    kept, back = unique_rows(rows)
    assert (kept[back] == rows).all()
    assert len(np.unique(kept, axis=0)) == len(kept)
