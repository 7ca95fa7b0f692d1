"""appraise: the ladder, the separate errors, and games at the edges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import games
from commonweal.errors import InputError
from commonweal.utility.base import Metric
from commonweal.valuation import appraise, large
from commonweal.valuation.oracle import Oracle


class Table(games.Game):
    """Any game of few owners, from its scores in bit order."""

    def __init__(self, scores):
        super().__init__(int(np.log2(len(scores))))
        self.scores = np.asarray(scores, dtype=float)

    def score(self, rows):
        return self.scores[rows @ (1 << np.arange(self.m))]


def by_owner(result, column="value"):
    found = dict(zip(result.table["owner"].to_pylist(), result.table[column].to_pylist(), strict=True))
    return np.array([np.nan if found[k] is None else found[k] for k in sorted(found)])


def tables(m):
    score = st.floats(-10, 10, allow_nan=False, width=32)
    return st.lists(score, min_size=2**m, max_size=2**m)


@settings(max_examples=25, deadline=None)
@given(tables(4))
def test_enumeration_is_the_definition(scores):
    game = Table(scores)
    result = appraise(game)
    assert result.method == "enumeration"
    np.testing.assert_allclose(by_owner(result), games.shapley_by_definition(game), atol=1e-9)
    assert by_owner(result).sum() == pytest.approx(scores[-1] - scores[0], abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(tables(3), tables(3), st.floats(-3, 3))
def test_exact_values_are_linear_in_the_game(first, second, k):
    mixed = by_owner(appraise(Table(np.array(first) + k * np.array(second))))
    apart = by_owner(appraise(Table(first))) + k * by_owner(appraise(Table(second)))
    np.testing.assert_allclose(mixed, apart, atol=1e-8)


def test_an_owner_who_adds_nothing_is_worth_nothing():
    scores = np.arange(16.0) % 8  # bit 3 changes nothing
    result = appraise(Table(scores))
    for column in ("value", "banzhaf", "leave_out"):
        assert by_owner(result, column)[3] == pytest.approx(0, abs=1e-12)


def test_banzhaf_and_leave_out_are_their_definitions():
    game = games.Words(8, seed=4)
    result = appraise(game)
    rows = (np.arange(256)[:, None] >> np.arange(8)) & 1 == 1
    v = game.evaluate(rows)
    banzhaf = [v[rows[:, i]].mean() - v[~rows[:, i]].mean() for i in range(8)]
    np.testing.assert_allclose(by_owner(result, "banzhaf"), banzhaf, atol=1e-12)
    np.testing.assert_allclose(by_owner(result, "leave_out"), [v[255] - v[255 ^ (1 << i)] for i in range(8)])


def test_the_owner_interval_is_the_jackknife_over_exact_smaller_games():
    scores = np.random.default_rng(0).normal(size=32)
    result = appraise(Table(scores))
    bits = np.arange(32)
    left = np.full((5, 5), np.nan)
    for j in range(5):
        others = [i for i in range(5) if i != j]
        left[others, j] = games.shapley_by_definition(Table(scores[bits >> j & 1 == 0]))
    for i in range(5):
        kept = left[i][~np.isnan(left[i])]
        se = np.sqrt(3 / 4 * ((kept - kept.mean()) ** 2).sum())
        half = 3.182446305284263 * se  # Student's t, 3 degrees of freedom
        assert by_owner(result, "owner_high")[i] - by_owner(result)[i] == pytest.approx(half, rel=1e-9)


def test_the_test_interval_of_the_total_is_that_of_a_mean_over_whole_works():
    game = games.Words(6, seed=2)
    result = appraise(game)
    ends = np.array([[False] * 6, [True] * 6])
    numerator, denominator = game.unit_scores(ends)
    gain = numerator[1] - numerator[0]
    lean = (gain - gain.sum() / denominator[0].sum() * denominator[0]) / denominator[0].sum()
    se = np.sqrt(20 / 19 * (lean**2).sum())
    assert result.total["test_high"] - result.total["value"] == pytest.approx(
        2.093024054408263 * se, rel=1e-9
    )
    assert result.facts["resampled"] == "whole test works"


def test_the_test_error_of_values_holds_over_fresh_test_sets():
    """The spread over 40 test sets lies within a factor of 1.6 of what one set says; by chance below 1e-4."""
    spread, said = [], []
    for seed in range(40):
        game = games.Words(6, seed=2)
        rng = np.random.default_rng(seed)
        p = game.counts.sum(0) / game.counts.sum()
        game.test = np.stack([rng.multinomial(40, rng.dirichlet(50 * p + 0.01)) for _ in range(20)])
        result = appraise(game)
        spread.append(by_owner(result))
        said.append((by_owner(result, "test_high") - by_owner(result)) / 2.093)
    ratio = np.std(spread, axis=0, ddof=1).mean() / np.mean(said)
    assert 1 / 1.6 < ratio < 1.6


def test_sampling_adds_up_is_repeatable_and_says_what_it_did():
    game = games.Words(20, seed=3)
    first, again = (appraise(game, budget=300, seed=5) for _ in range(2))
    assert first.table.equals(again.table)
    assert first.method == "sampling" and first.evaluations == 300
    assert by_owner(first).sum() == pytest.approx(first.total["value"], abs=1e-9)
    assert {"interval", "proven", "measured", "stopped"} <= set(first.facts["method"])
    assert not appraise(game, budget=300, seed=6).table.equals(first.table)


def test_names_do_not_matter():
    game, order = games.Words(12, seed=3), np.random.default_rng(0).permutation(12)
    other = games.Words(12, seed=3)
    other.counts, other.sizes = game.counts[order], game.sizes[order]
    np.testing.assert_allclose(by_owner(appraise(other)), by_owner(appraise(game))[order], atol=1e-10)


def test_without_a_budget_it_stops_where_the_test_set_is_the_larger_error():
    result = appraise(games.Words(20, seed=3))
    assert "more evaluations buy nothing" in result.facts["method"]["stopped"]
    assert result.evaluations < 2_000


def test_live_looks_stop_early_and_their_intervals_hold_at_every_look():
    """Exact values are known; the intervals of 5 stopped runs hold for at least 9 in 10 owners."""
    game = games.RidgeGame(12, seed=1)
    exact = by_owner(appraise(game))
    held = []
    for seed in range(5):
        result = appraise(game, method="sampling", sure="live", rtol=0.4, budget=500, seed=seed)
        low, high = by_owner(result, "low"), by_owner(result, "high")
        held.append(((low <= exact) & (exact <= high)).mean())
    assert np.mean(held) >= 0.9


def test_group_totals_are_sums_of_owner_values_with_an_interval_of_their_own():
    game = games.Words(20, seed=3)
    mapping = {name: "first" if i < 10 else "second" for i, name in enumerate(game.owners)}
    result = appraise(game, budget=300, groups=mapping)
    value = by_owner(result)
    rows = {r["group"]: r for r in result.groups(mapping).to_pylist()}
    assert rows["first"]["value"] == pytest.approx(value[:10].sum(), abs=1e-12)
    assert rows["first"]["low"] < rows["first"]["value"] < rows["first"]["test_high"]
    assert result.facts["groups"] == result.groups(mapping).to_pylist()
    everyone = result.groups(dict.fromkeys(game.owners, "all")).to_pylist()[0]
    assert everyone["high"] - everyone["low"] == pytest.approx(0, abs=1e-8)  # the total is known exactly


def test_a_hundred_thousand_owners_get_class_sums_and_no_false_digits():
    game = games.Additive(100_000)
    game.sizes = game.worth * 1e6
    mapping = {name: "even" if i % 2 == 0 else "odd" for i, name in enumerate(game.owners)}
    result = appraise(game, budget=150, groups=mapping)
    assert result.method == "class means"
    assert result.table["resolved"].to_numpy(zero_copy_only=False).sum() == 0
    assert result.table["low"].null_count == 100_000
    for row in result.groups(mapping).to_pylist():
        exact = game.worth[::2] if row["group"] == "even" else game.worth[1::2]
        assert row["low"] - 1e-6 <= exact.sum() <= row["high"] + 1e-6
    with pytest.raises(InputError, match="not told apart"):
        result.groups(dict.fromkeys(game.owners, "all"))


def test_class_sums_are_unbiased_and_their_intervals_hold():
    """60 seeds, 4 classes of 60 owners: |z| of a mean above 5, or coverage below .85, chance < 1e-4."""
    game = games.Words(60, seed=1)
    rng = np.random.default_rng(0)
    of = np.arange(60) % 4
    order = np.stack([rng.permutation(60) for _ in range(3_000)])
    exact = np.zeros(60)
    rows = np.zeros((3_000, 60), bool)
    last = game.evaluate(rows)
    for step in range(60):
        rows[np.arange(3_000), order[:, step]] = True
        now = game.evaluate(rows)
        exact += np.bincount(order[:, step], now - last, minlength=60) / 3_000
        last = now
    exact = np.bincount(of, exact)
    ends = game.evaluate(np.array([[False] * 60, [True] * 60]))
    miss, held = [], []
    for seed in range(60):
        found = large.class_values(Oracle(game), ends[:1], ends[1:], of, 100, np.random.default_rng(seed))
        assert found.value[:, 0].sum() == pytest.approx(ends[1] - ends[0], abs=1e-9)
        miss.append(found.value[:, 0] - exact)
        held.append(np.abs(miss[-1]) <= 2.2 * np.sqrt(np.diag(found.covariance)) + 0.01 * np.abs(exact))
    miss = np.array(miss)
    reference_error = 0.01 * np.abs(exact)
    assert (np.abs(miss.mean(0)) <= 5 * miss.std(0, ddof=1) / np.sqrt(60) + reference_error).all()
    assert np.mean(held) >= 0.85


def test_few_evaluations_give_a_labelled_size_curve_without_intervals():
    result = appraise(games.RidgeGame(30), budget=110)
    assert result.method == "size curve"
    assert result.table["low"].null_count == 30
    assert by_owner(result).sum() == pytest.approx(result.total["value"], abs=1e-8)
    assert any("model-based" in w for w in result.facts["warnings"])


@pytest.mark.parametrize("m", [1, 2, 3, 4, 5, 20])
@pytest.mark.parametrize("level", [0.0, 0.7])
def test_a_constant_game_gives_zero_to_everyone(m, level):
    class Constant(games.Game):
        def score(self, rows):
            return np.full(len(rows), level)

    for method in ("auto", "sampling"):
        result = appraise(Constant(m), method=method, budget=200)
        np.testing.assert_allclose(by_owner(result), 0, atol=1e-9)
        assert (
            result.facts["total_zero"] and not result.table["resolved"].to_numpy(zero_copy_only=False).any()
        )


def test_a_closed_form_comes_first_and_record_sums_stand_beside_it():
    class Known(games.Additive):
        def exact_shapley(self):
            return self.worth

        def record_sums(self):
            return 2 * self.worth

    game = Known(30)
    result = appraise(game)
    assert result.method == "closed form" and game.asked == 2 + 30
    np.testing.assert_array_equal(by_owner(result), game.worth)
    np.testing.assert_array_equal(by_owner(result, "record_sum"), 2 * game.worth)


def test_a_score_that_is_not_finite_is_refused_with_the_size_of_the_coalition():
    class Broken(games.Additive):
        def score(self, rows):
            return np.where(rows.sum(1) == 3, np.nan, super().score(rows))

    with pytest.raises(InputError, match="a coalition of 3 owners"):
        appraise(Broken(5))


@pytest.mark.parametrize(
    "options", [{"method": "magic"}, {"rtol": 0}, {"confidence": 1.5}, {"budget": 0}, {"sure": "maybe"}]
)
def test_bad_options_are_refused(options):
    with pytest.raises(InputError):
        appraise(games.Additive(5), **options)


def test_an_empty_base_is_pointed_out():
    game = games.Additive(5)
    game.facts = {"base_works": 0}
    assert any("no base" in w for w in appraise(game).facts["warnings"])


def test_many_workers_give_the_same_numbers():
    game = games.Words(12, seed=3)
    assert appraise(game, n_jobs=2).table.equals(appraise(game).table)


class Recorded:
    metric = Metric("score")

    def __init__(self, game, rows, seeds=2, noise=0.0):
        self.owners, rng = game.owners, np.random.default_rng(0)
        self.rows = np.repeat(rows, seeds, axis=0)
        self.scores = game.evaluate(self.rows) + noise * rng.normal(size=len(self.rows))

    def evaluate(self, rows):
        raise AssertionError("what was not run is not invented")

    def recorded(self):
        return self.rows, self.scores, np.arange(len(self.rows))


def test_recorded_runs_are_used_and_nothing_else_is_asked():
    game, m = games.Additive(8), 8
    rng = np.random.default_rng(1)
    ends = np.array([[False] * m, [True] * m])
    rows = np.concatenate([ends, rng.random((60, m)) < rng.random((60, 1))])
    result = appraise(Recorded(game, rows, noise=0.01))
    assert result.method == "runs" and result.evaluations == 124
    assert np.corrcoef(by_owner(result), game.worth)[0, 1] > 0.7
    assert by_owner(result).sum() == pytest.approx(result.total["value"], abs=1e-9)
    assert (by_owner(result, "low") < by_owner(result, "high")).all()


def test_runs_that_cannot_tell_say_so():
    game, m = games.Additive(8), 8
    result = appraise(Recorded(game, ~np.eye(m, dtype=bool)[:5]))
    assert result.total["value"] is None and np.isnan(by_owner(result)).all()
    assert sum("cannot be told" in w for w in result.facts["warnings"]) == 2


def test_a_complete_table_of_runs_is_enumerated_and_gives_the_values_of_its_game():
    import itertools

    import pyarrow as pa

    from commonweal.utility import Runs

    rng = np.random.default_rng(0)
    rows = list(itertools.product([False, True], repeat=4))
    scores = rng.normal(size=len(rows))
    table = {name: [r[i] for r in rows] for i, name in enumerate("wxyz")} | {"score": scores.tolist()}
    result = appraise(Runs(pa.table(table), owners=list("wxyz")))
    assert result.method == "enumeration"
    game = dict(zip(rows, scores, strict=True))
    marginal = np.zeros(4)
    for order in itertools.permutations(range(4)):
        inside = [False] * 4
        for i in order:
            before = game[tuple(inside)]
            inside[i] = True
            marginal[i] += (game[tuple(inside)] - before) / 24
    found = dict(zip(result.table["owner"].to_pylist(), result.table["value"].to_pylist(), strict=True))
    assert [found[n] for n in "wxyz"] == pytest.approx(marginal)
    assert any("seeds" in w for w in result.facts["warnings"])
