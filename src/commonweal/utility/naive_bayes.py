"""The utility: how often naive Bayes, trained on base ∪ coalition, names the right label."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import joblib
import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from commonweal.errors import InputError
from commonweal.parallel import Workers, one_thread
from commonweal.pool import Pool
from commonweal.pool.labels import check_labels
from commonweal.progress import Progress, silent
from commonweal.utility.base import Bools, Floats, Ints, Metric, as_coalitions
from commonweal.utility.bayes_numbers import Gaussian, NumberReader, Sums
from commonweal.utility.bayes_words import ByClass, Counts, FeatureReader, Multinomial, WordReader, class_of
from commonweal.utility.tokens import RULE
from commonweal.utility.units import HERE, owner_sizes, unit_owners, unit_slices

Kind = Literal["auto", "multinomial", "gaussian"]
LANES = 32  # coalitions at a time, always padded to as many: a row takes the same path in any batch

METRIC = Metric(
    name="accuracy",
    unit="points",
    plain="Share of the test works whose label the model names rightly.",
)


class NaiveBayes:
    """Naive Bayes classifier of base ∪ coalition; score = accuracy on the test works.

    The same predictions as scikit-learn's `MultinomialNB` and `GaussianNB` refitted from scratch: a label
    that no work of the coalition or the base has is never predicted; of equal probabilities the first
    label in the alphabet wins. The vocabulary is fixed over pool, base and test. Without any work the
    model guesses: its score is 1 / number of labels.

    Parameters
    ----------
    train, test : Pool
        Text or table pools with a target of labels.
    base : Pool, optional
        What the builder has already.
    kind : {"auto", "multinomial", "gaussian"}
        Multinomial counts words, or adds up features that are counts; Gaussian takes numbers.
        "auto" is multinomial for text and Gaussian for tables.
    alpha : float
        Added to each count of the multinomial model, above 0.
    var_smoothing : float
        Share of the largest variance added to all variances of the Gaussian model, at least 0.
    slice : str, optional
        Column of the test whose values `unit_slice` gives.
    workers : Workers
        Where the pass runs; `n_jobs` is also the number of threads that evaluate.
    progress : callable
        Told about the pass.

    Attributes
    ----------
    owners : tuple of str
        The m players.
    bounds : (0, 1)
        Least and greatest score.
    sizes : float64[m]
        Works of each owner; co-owned works are shared equally.
    unit_owner, unit_work : int64[u]
        Owner (-1 for no player, and for co-owned works) and number of each test work.
    facts : mapping
        Options, labels, vocabulary, what was left out, memory held.

    Raises
    ------
    InputError
        For a pool without text or features, a label in the test never seen in training, a negative count.
    """

    metric = METRIC
    bounds = (0.0, 1.0)

    def __init__(
        self,
        train: Pool,
        *,
        test: Pool,
        base: Pool | None = None,
        kind: Kind = "auto",
        alpha: float = 1.0,
        var_smoothing: float = 1e-9,
        slice: str | None = None,
        workers: Workers = HERE,
        progress: Progress = silent,
    ) -> None:
        self.kind = _kind_of(kind, train, test, base)
        _check_smoothing(alpha, var_smoothing)
        self._train, self._alpha, self._var_smoothing = train, alpha, var_smoothing
        self._workers, self._progress = workers, progress
        self._labels: tuple[str, ...] = check_labels(train, test, base, numbers=True)
        held = test.load()
        answers = class_of(held, str(test.roles.target), self._labels)
        self._reader = self._make_reader(test, answers)
        rows = self._reader.rows
        self._answers: Ints = answers[rows]
        self.unit_work: Ints = held.number[rows]
        self.unit_owner: Ints = unit_owners(test, train.owners, held.block)[rows]
        slices = unit_slices(held, slice)
        self.unit_slice: list[str] | None = None if slices is None else [slices[r] for r in rows]
        self._pool = self._count(train, one_block=False)
        self._take_base(base)

    @property
    def owners(self) -> tuple[str, ...]:
        """The m players, in the order of the coalitions' columns."""
        return self._train.owners

    def evaluate(self, coalitions: ArrayLike) -> Floats:
        """Return the accuracy of the model of each row's base ∪ coalition: bool[k, m] → float64[k]."""
        found = [right.mean(axis=1) for right in self._rights(coalitions)]
        return np.concatenate(found) if found else np.empty(0)

    def unit_scores(self, coalitions: ArrayLike) -> tuple[Floats, Floats]:
        """Return (right, 1) for each test work, float64[k, u] each; a guess is 1 / number of labels right."""
        found = list(self._rights(coalitions))
        right = np.concatenate(found) if found else np.empty((0, len(self._answers)))
        return right, np.ones_like(right)

    def with_base(self, pool: Pool | None) -> NaiveBayes:
        """Return the utility for a builder with another base; test, labels and vocabulary stay.

        Raises
        ------
        InputError
            If the new base has a label that neither pool nor first base has.
        """
        other = copy.copy(self)
        if pool is not None:
            _kind_of(self.kind, pool)
        other._take_base(pool)
        return other

    def _make_reader(self, test: Pool, answers: Ints) -> WordReader | FeatureReader | NumberReader:
        if self.kind == "gaussian":
            return NumberReader(test, answers, len(self._labels))
        return WordReader(test) if test.roles.text else FeatureReader(test)

    def _count(self, pool: Pool, one_block: bool) -> Any:
        group = ByClass(str(pool.roles.target), self._labels, one_block)
        groups = len(self._labels) * (1 if one_block else len(pool.blocks))
        return self._reader.count(pool, group, groups, self._workers, self._progress)

    def _take_base(self, base: Pool | None) -> None:
        """Count the base; the first one also closes the vocabulary."""
        classes = len(self._labels)
        own: Any
        if base is not None:
            own = self._count(base, one_block=True)
        elif self.kind == "gaussian":
            own = Sums(np.zeros(classes), *np.zeros((2, classes, self._reader.size)))
        else:
            width = self._reader.test.shape[1]
            own = Counts(np.zeros(classes), np.zeros(classes), csr_array((classes, width)))
        self._reader.close()
        self._model = self._make_model(own)
        self.facts: Mapping[str, Any] = self._facts(own)

    def _make_model(self, base: Any) -> Multinomial | Gaussian:
        reader = self._reader
        if isinstance(reader, NumberReader):
            return Gaussian(self._pool, base, reader.test, reader.shift, self._var_smoothing)
        return Multinomial(self._pool, base, reader.test, len(self._labels), reader.size, self._alpha)

    def _rights(self, coalitions: ArrayLike) -> Iterator[Floats]:
        """Yield what is right of each test work, float64[rows, u], for LANES rows of coalitions at a time."""
        blocks = self._train.blocks_of(as_coalitions(coalitions, len(self.owners)))
        parts = [blocks[i : i + LANES] for i in range(0, len(blocks), LANES)]
        threads = min(len(parts), int(joblib.effective_n_jobs(self._workers.n_jobs)))
        with one_thread():
            if threads <= 1:
                yield from map(self._right, parts)
                return
            with ThreadPoolExecutor(threads) as pool:
                yield from pool.map(self._right, parts)

    def _right(self, blocks: Bools) -> Floats:
        member = np.zeros((blocks.shape[1], LANES))
        member[:, : len(blocks)] = blocks.T
        works, logs = self._model.joint(member)
        logs = np.where((works > 0)[:, None, :], logs, -np.inf)
        right = (logs.argmax(axis=0) == self._answers[:, None]).astype(np.float64)
        right[:, works.sum(axis=0) == 0] = 1 / len(self._labels)
        return np.ascontiguousarray(right.T[: len(blocks)])

    @property
    def sizes(self) -> Floats:
        """Works of each owner, float64[m]; co-owned works are shared equally."""
        return owner_sizes(self._train, self._train.works.astype(np.float64))

    def _facts(self, base: Any) -> dict[str, Any]:
        multinomial = self.kind == "multinomial"
        text = isinstance(self._reader, WordReader)
        return {
            "model": f"{self.kind} naive Bayes",
            "labels": list(self._labels),
            "features": None if text else self._reader.size,
            "vocabulary": self._reader.size if text else None,
            "tokens": RULE if text else None,
            "alpha": self._alpha if multinomial else None,
            "var_smoothing": None if multinomial else self._var_smoothing,
            "empty_model": "uniform guess over all labels",
            "test_works": len(self._answers),
            "test_works_without_words": self._reader.left_out,
            "works_without_words": self._pool.wordless + base.wordless,
            "pool_works": int(self._pool.works.sum()),
            "base_works": int(base.works.sum()),
            "memory_bytes": self._model.bytes,
        }


def _kind_of(kind: Kind, *pools: Pool | None) -> Literal["multinomial", "gaussian"]:
    """Return the kind of model after checking that every pool can feed it."""
    if kind not in ("auto", "multinomial", "gaussian"):
        raise InputError(f"unknown kind {kind!r}", mend='choose "auto", "multinomial" or "gaussian"')
    given = [pool for pool in pools if pool is not None]
    text = bool(given[0].roles.text)
    chosen: Literal["multinomial", "gaussian"]
    chosen = ("multinomial" if text else "gaussian") if kind == "auto" else kind
    for pool in given:
        if pool.kind == "ratings" or (chosen == "gaussian" and not pool.roles.features):
            raise InputError(
                f"{chosen} naive Bayes cannot learn from this {pool.kind} pool",
                mend="name columns of numbers with features=, or a text with text=",
            )
        if bool(pool.roles.text) != text:
            raise InputError("one pool holds text, another numbers", mend="give all pools the same columns")
    return chosen


def _check_smoothing(alpha: float, var_smoothing: float) -> None:
    if not alpha > 0 or not np.isfinite(alpha):
        raise InputError(f"alpha is {alpha}", mend="give a number above 0; 1.0 is usual")
    if not var_smoothing >= 0 or not np.isfinite(var_smoothing):
        raise InputError(
            f"var_smoothing is {var_smoothing}", mend="give a number of 0 or more; 1e-9 is usual"
        )
