"""The utility: how well a word n-gram model of base ∪ coalition predicts the test text."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import joblib
import numpy as np
from numpy.typing import ArrayLike

from commonweal.errors import InputError
from commonweal.parallel import Workers
from commonweal.pool import Pool
from commonweal.progress import Progress, silent
from commonweal.utility.base import Floats, Ints, Metric, as_coalitions
from commonweal.utility.ngram import kernel
from commonweal.utility.ngram.fit import BaseCounts, Options, count_base, fit, portions, total
from commonweal.utility.ngram.plan import least, make, probabilities
from commonweal.utility.ngram.tuning import Weights, tune
from commonweal.utility.tokens import RULE, Memo
from commonweal.utility.units import owner_sizes

METRIC = Metric(
    name="bits per word",
    unit="bits",
    sign=-1,
    exponential=True,
    plain="How hard the next word is to predict: x bits are as hard as a choice among 2 to the power of x "
    "equally likely words.",
)
ROWS = 256  # coalitions whose unit scores are held at a time


class Ngram:
    """Word n-gram model of base ∪ coalition with Dirichlet interpolation; score = minus bits per word.

    p_n(w|h) = (c(hw) + μ_n p_{n-1}(w|h')) / (c(h) + μ_n), p_0 = 1/V (MacKay and Peto 1995), with counts
    c = base weight · c(base) + Σ c(block) over the coalition's blocks. Counts sum, so the model of any
    coalition is the one that training on its works gives. One vocabulary, over pool, base and test, and one
    setting of the weights serve all coalitions. Without a base the empty coalition's model is uniform.

    Parameters
    ----------
    train, test : Pool
        Text pools. A split's halves share owners; a test read by itself is matched by owner name.
    base : Pool, optional
        What the builder has already.
    order : int
        Longest n-gram, 1 to 8.
    vocabulary : int, optional
        Keep only so many most frequent words of pool, base and test; all others are one word. Takes
        one more pass. None keeps every word.
    base_weight : "tuned" or float
        What a count of the base is worth beside one of the pool.
    smoothing : "tuned" or sequence of `order` floats
        μ_1, μ_2, …. Tuned with everyone in, on works held out of the training half.
    words_per_work : int or None
        Only the first so many words of a *test* work are predicted, so that one long work can't decide.
    train_words_per_work : int or None
        The same cap on the works that are learnt from; None learns from all.
    owners_equal : bool
        Each owner's test text counts the same, however long.
    slice : str, optional
        Column of the test whose values `unit_slice` gives.
    memo : Memo, optional
        Remembers the words of texts that several utilities read (`commonweal.utility.tokens.Memo`); of use
        with one job.
    workers : Workers
        Where the passes run; `n_jobs` is also the number of threads that evaluate.
    progress : callable
        Told about the passes.

    Attributes
    ----------
    owners : tuple of str
        The m players.
    bounds : tuple of float
        Least and greatest possible score: 0, and what empty n-gram counts beside full context counts give.
    sizes : float64[m]
        Words of each owner in the pool; a co-owned work's words are shared equally.
    unit_owner, unit_work : int64[u]
        Owner (-1 for no player) and work of each unit: a test work, once for each of its owners.
    unit_slice : list of str or None
        Test slice of each unit; None where no column was named.
    facts : mapping
        Options, tuned weights, vocabulary, what was capped or left out, memory held.

    Raises
    ------
    InputError
        If a pool is no text pool, the test or the pool holds no word, or an option is out of range.
    """

    metric = METRIC

    def __init__(
        self,
        train: Pool,
        *,
        test: Pool,
        base: Pool | None = None,
        order: int = 3,
        vocabulary: int | None = None,
        base_weight: float | Literal["tuned"] = "tuned",
        smoothing: Sequence[float] | Literal["tuned"] = "tuned",
        words_per_work: int | None = 2000,
        train_words_per_work: int | None = None,
        owners_equal: bool = True,
        slice: str | None = None,
        memo: Memo | None = None,
        workers: Workers | None = None,
        progress: Progress = silent,
    ) -> None:
        _check_pools(train, test, base)
        self._mu, self._base_weight = _check_weights(order, smoothing, base_weight)
        options = Options(order, vocabulary, words_per_work, train_words_per_work, owners_equal, slice, memo)
        _check_numbers(options)
        self._train, self._options = train, options
        self._workers, self._progress = workers or Workers(), progress
        tuning = self._mu is None or self._base_weight is None
        self._fit, counts = fit(train, test, base, options, tuning, self._workers, progress)
        self._describe_units(test)
        self._take_base(base, counts, self._mu, outside=0)

    @property
    def owners(self) -> tuple[str, ...]:
        """The m players, in the order of the coalitions' columns."""
        return self._train.owners

    def evaluate(self, coalitions: ArrayLike) -> Floats:
        """Return minus bits per word of the test under the model of each row's base ∪ coalition.

        Parameters
        ----------
        coalitions : bool[k, m]
            True where the owner is in.

        Returns
        -------
        float64[k]
            The same bits for a row, whatever the other rows and the number of threads.
        """
        blocks = self._train.blocks_of(as_coalitions(coalitions, len(self.owners)))
        units = self._fit.units
        weight: Floats = np.bincount(units.work, units.per_word, len(units.scored)).astype(np.float64)
        return kernel.totals(self._plan, blocks, weight, self._threads) / float(units.words.sum())

    def unit_scores(self, coalitions: ArrayLike) -> tuple[Floats, Floats]:
        """Return each unit's weighted minus bits and weighted words, float64[k, u] each."""
        blocks = self._train.blocks_of(as_coalitions(coalitions, len(self.owners)))
        units = self._fit.units
        numerator = kernel.by_work(self._plan, blocks, self._threads)[:, units.work] * units.per_word
        return numerator, np.broadcast_to(units.words, numerator.shape)

    def with_base(self, pool: Pool | None) -> Ngram:
        """Return the utility for a builder with another base: same test, vocabulary and smoothing.

        The base weight is tuned anew (unless it was given), since what a count of one text is worth says
        nothing about another. Words outside the vocabulary count as words, but as none in particular.
        """
        other = copy.copy(self)
        if pool is None:
            other._take_base(None, None, self.weights.mu, outside=0)
            return other
        _check_pools(pool)
        counts, outside = count_base(pool, self._fit, self._workers, self._progress)
        other._take_base(pool, counts, self.weights.mu, outside)
        return other

    def with_weights(
        self,
        *,
        smoothing: Sequence[float] | Literal["tuned"] | None = None,
        base_weight: float | Literal["tuned"] | None = None,
    ) -> Ngram:
        """Return the utility with other smoothing or another weight of the base; nothing is read again.

        None keeps the option as it was given: what was tuned is tuned anew beside what changes.
        """
        mu, weight = _check_weights(
            self._options.order,
            (self._mu or "tuned") if smoothing is None else smoothing,
            ("tuned" if self._base_weight is None else self._base_weight)
            if base_weight is None
            else base_weight,
        )
        other = copy.copy(self)
        other._mu, other._base_weight = mu, weight
        other._take_base(self._base, self._base_counts, mu, outside=0)
        return other

    def base_curve(self, fractions: Sequence[float], seed: int = 0) -> tuple[Floats, Floats]:
        """Return what growing portions of the base's works would score with nobody's pool.

        Portions are nested: a work belongs to all fractions above its hash. Smoothing and base weight are
        the utility's, so that fraction 1 scores as the empty coalition does.

        Parameters
        ----------
        fractions : sequence of float
            Portions of the base's works, rising, in (0, 1].
        seed : int
            Which works come first.

        Returns
        -------
        sizes, scores : float64[f], float64[f]
            Words of each portion, and minus bits per word of the test. Without a base sizes are 0.

        Raises
        ------
        InputError
            If the fractions do not rise within (0, 1].
        """
        rising = np.asarray(fractions, float)
        if not len(rising) or rising[0] <= 0 or rising[-1] > 1 or (np.diff(rising) <= 0).any():
            raise InputError("fractions must rise within (0, 1]", mend="give for example [0.1, 0.5, 1]")
        if self._base is None:
            return np.zeros(len(rising)), np.full(len(rising), -np.log2(self._fit.v))
        counts = portions(self._base, self._fit, rising.tolist(), seed, self._workers, self._progress)
        scores = [self._score(self.weights.base * c) for c in counts]
        return counts[:, 0], np.array(scores)

    def self_prediction(self) -> Floats:
        """Return how much of the full pool's score comes from owners predicting their own unseen text.

        Entry i is what the score would lose if the model that predicts owner i's own test text, and only
        that, had not learnt from owner i's works: float64[m], in units of the score. Their sum is the
        part of the score that others could not use.
        """
        m = len(self.owners)
        full, words = self.unit_scores(np.ones((1, m), bool))
        gain = np.zeros(m)
        have_test = np.unique(self.unit_owner[self.unit_owner >= 0])
        for some in np.array_split(have_test, max(1, -(-len(have_test) // ROWS))):
            without = np.ones((len(some), m), bool)
            without[np.arange(len(some)), some] = False
            own = self.unit_owner == some[:, None]
            lost = np.where(own, full - self.unit_scores(without)[0], 0.0)
            gain[some] = lost.sum(axis=1) / words.sum()
        return gain

    def _take_base(
        self, base: Pool | None, counts: BaseCounts | None, mu: tuple[float, ...] | None, outside: int
    ) -> None:
        """Tune what is to be tuned for this base and lay out the arrays for evaluation."""
        found = self._fit
        words = float(found.pool[:, [0]].sum())
        self._base, self._base_counts = base, counts
        self.weights: Weights = tune(
            found.held_out,
            None if counts is None else counts.held_out,
            found.v,
            has_base=counts is not None,
            mu=mu,
            base_weight=self._base_weight,
            order=self._options.order,
            total=words,
        )
        weighted: Floats = np.zeros(found.index.nodes)
        if counts is not None:
            weighted += self.weights.base * counts.test
        smoothing = np.array(self.weights.mu)
        self._plan = make(found.index, found.units.by_work, found.pool, weighted, smoothing, found.v)
        self.bounds: tuple[float, float] = (self._least(weighted), 0.0)
        self.sizes: Floats = self._owner_words()
        base_words = 0 if counts is None else int(counts.test[0])
        self.facts: Mapping[str, Any] = self._facts(base_words, outside)

    def _describe_units(self, test: Pool) -> None:
        units, sample = self._fit.units, self._fit.test
        player = {name: i for i, name in enumerate(self.owners)}
        self.unit_owner: Ints = np.array([player.get(test.owners[o], -1) for o in units.owner], np.int64)
        self.unit_work: Ints = np.array(sample.number, np.int64)[units.work]
        named = self._options.slice is not None
        self.unit_slice: list[str] | None = [sample.slice[w] for w in units.work] if named else None

    def _score(self, counts: Floats) -> float:
        p = probabilities(self._fit.index, counts, np.array(self.weights.mu), self._fit.v)
        return self._mean_log(p)

    def _mean_log(self, p: Floats) -> float:
        weight = self._fit.units.weight
        scored = weight > 0
        return float(weight[scored] @ np.log2(p[scored]) / self._fit.units.words.sum())

    def _least(self, base: Floats) -> float:
        """Return a score that no coalition falls below: no n-gram counted, all contexts in full."""
        counts = base + total(self._fit.pool)
        p = least(self._fit.index, counts, np.array(self.weights.mu), self._fit.v)
        return self._mean_log(p)

    def _owner_words(self) -> Floats:
        words: Floats = self._fit.pool[:, [0]].toarray()[:, 0].astype(np.float64)
        return owner_sizes(self._train, words)

    @property
    def _threads(self) -> int:
        return int(joblib.effective_n_jobs(self._workers.n_jobs))

    def _facts(self, base_words: int, outside: int) -> dict[str, Any]:
        found, options = self._fit, self._options
        scored = found.test.scored
        return {
            "model": f"word {options.order}-gram, Dirichlet interpolation",
            "tokens": RULE,
            "vocabulary": found.v,
            "vocabulary_limit": options.vocabulary,
            "smoothing": list(self.weights.mu),
            "base_weight": self.weights.base if self._base is not None else None,
            "tuned": list(self.weights.tuned),
            "tuned_on_works": found.held_works,
            "tuned_bits_per_word": self.weights.held_out_bits,
            "owners_equal": options.owners_equal,
            "words_per_test_work": options.words_per_work,
            "words_per_train_work": options.train_words_per_work,
            "test_works": len(scored),
            "test_words": int(scored.sum()),
            "test_works_cut": int(sum(found.test.cut)),
            "pool_words": int(found.pool[:, [0]].sum()),
            "base_words": base_words,
            "base_words_outside_vocabulary": outside,
            "works_without_words": found.wordless,
            "memory_bytes": self._plan.bytes,
            "kernel": kernel.name(),
        }


def _check_pools(*pools: Pool | None) -> None:
    for pool in pools:
        if pool is not None and pool.kind != "text":
            raise InputError(
                f"an n-gram model needs text, and this is a {pool.kind} pool",
                mend="name the column with text=",
            )


def _check_numbers(options: Options) -> None:
    for name, value in (
        ("words_per_work", options.words_per_work),
        ("train_words_per_work", options.train_words_per_work),
        ("vocabulary", options.vocabulary),
    ):
        if value is not None and value < 1:
            raise InputError(f"{name} is {value}", mend="give a number of at least 1, or None")


def _check_weights(
    order: int, smoothing: Sequence[float] | str, base_weight: float | str
) -> tuple[tuple[float, ...] | None, float | None]:
    """Return (smoothing, base weight) with None for what is to be tuned."""
    if not 1 <= order <= 8:
        raise InputError(
            f"order is {order}, not 1 to 8", mend="give 1 for single words, 2 for pairs, 3 for triples"
        )
    mu = None if isinstance(smoothing, str) else tuple(map(float, smoothing))
    weight = None if isinstance(base_weight, str) else float(base_weight)
    named = [value for value in (smoothing, base_weight) if isinstance(value, str)]
    if any(value != "tuned" for value in named):
        raise InputError(f"unknown setting {named}", mend='give numbers, or "tuned"')
    if mu is not None and (len(mu) != order or not all(1e-6 <= x <= 1e12 for x in mu)):
        raise InputError(f"smoothing {mu} for order {order}", mend=f"give {order} numbers from 1e-6 to 1e12")
    if weight is not None and not 0 <= weight <= 1e6:
        raise InputError(f"base weight {weight}", mend="give a number from 0 to 1e6")
    return mu, weight
