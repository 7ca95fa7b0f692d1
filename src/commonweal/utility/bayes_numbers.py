"""Gaussian naive Bayes from sums: of works, of each feature and of its square, by block and class.

Features are shifted by the test's mean of the class before they are squared, so that variances lose few
digits. As in scikit-learn, var_smoothing times the largest variance of a feature over the coalition is
added to every variance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from commonweal.parallel import Workers
from commonweal.pool import Pool
from commonweal.progress import Progress
from commonweal.utility.base import Floats, Ints
from commonweal.utility.bayes_words import ByClass
from commonweal.utility.moments import table_of


@dataclass(frozen=True)
class Sums:
    """Works float64[groups], Σ(x - shift) and Σ(x - shift)² float64[groups, d]."""

    works: Floats
    first: Floats
    second: Floats
    wordless = 0

    @property
    def bytes(self) -> int:
        """Memory held."""
        return int(self.works.nbytes + self.first.nbytes + self.second.nbytes)


class NumberReader:
    """Sums numbers and their squares.

    Parameters
    ----------
    test : Pool
        A table; its features' names and order hold for all.
    answers : int64[t]
        Class of each test work, to shift by.
    classes : int
        Number of classes.
    """

    left_out = 0

    def __init__(self, test: Pool, answers: Ints, classes: int) -> None:
        self.features = tuple(test.roles.features)
        self.test = table_of(test.load(), self.features)
        self.rows: Ints = np.arange(len(self.test))
        self.size = len(self.features)
        means = [self.test[answers == c] for c in range(classes)]
        self.shift = np.array([x.mean(axis=0) if len(x) else self.test.mean(axis=0) for x in means])

    def close(self) -> None:
        """Do nothing: features are fixed."""

    def count(self, pool: Pool, group: ByClass, groups: int, workers: Workers, progress: Progress) -> Sums:
        """Return the sums of a pool, which is read once.

        Shards are cut by works, not by workers, so that sums do not depend on their number.
        """
        pieces = pool.shards(-(-pool.n_works // 131_072))
        job = _Job(self.features, self.shift, group, groups)
        total = _nothing(groups, self.size)
        for done, part in enumerate(workers.map(job, pieces), start=1):
            total = _add(total, part)
            progress(done, len(pieces), "summing features")
        return total


@dataclass(frozen=True)
class _Job:
    features: tuple[str, ...]
    shift: Floats
    group: ByClass
    groups: int

    def __call__(self, pool: Pool) -> Sums:
        """Sum over one shard."""
        total = _nothing(self.groups, len(self.features))
        for batch in pool.batches():
            group = self.group(batch)
            x = table_of(batch, self.features) - self.shift[group % len(self.shift)]
            order = np.argsort(group, kind="stable")
            here, start = np.unique(group[order], return_index=True)
            if not len(here):
                continue
            total.works[here] += np.bincount(group, minlength=self.groups)[here]
            total.first[here] += np.add.reduceat(x[order], start)
            total.second[here] += np.add.reduceat(x[order] ** 2, start)
        return total


class Gaussian:
    """Log probabilities of classes for the test, for some coalitions at a time.

    Parameters
    ----------
    pool, base : Sums
        By group (block * classes + class); the base has one block.
    test : float64[t, d]
        The test's features.
    shift : float64[c, d]
        What was subtracted from each class's features.
    var_smoothing : float
        Share of the largest variance that is added to all.
    """

    def __init__(self, pool: Sums, base: Sums, test: Floats, shift: Floats, var_smoothing: float) -> None:
        classes = len(shift)
        self._test, self._shift, self._smoothing = test, shift, var_smoothing
        self._pool = [_slice(pool, c, classes) for c in range(classes)]
        self._base = [_slice(base, c, classes) for c in range(classes)]
        self.bytes = pool.bytes

    def joint(self, member: Floats) -> tuple[Floats, Floats]:
        """Return (works of each class [c, lanes], log probability of each class [c, t, lanes])."""
        pairs = list(zip(self._pool, self._base, strict=True))
        works = np.array([own.works @ member + base.works[0] for own, base in pairs])
        first = np.array([own.first.T @ member + base.first[0][:, None] for own, base in pairs])
        second = np.array([own.second.T @ member + base.second[0][:, None] for own, base in pairs])
        n = np.maximum(works, 1)[:, None, :]
        offset = first / n  # mean of the class, from its shift
        variance = np.maximum(second / n - offset**2, 0.0)
        mean = self._shift[:, :, None] + offset
        variance += self._epsilon(works, mean, variance)
        logs = np.array([self._log_density(m, v) for m, v in zip(mean, variance, strict=True)])
        return works, logs + np.log(np.maximum(works, 1))[:, None, :]

    def _epsilon(self, works: Floats, mean: Floats, variance: Floats) -> Floats:
        """Return var_smoothing times the largest variance of a feature over all works: float64[lanes]."""
        share = (works / np.maximum(works.sum(axis=0), 1))[:, None, :]
        middle = (share * mean).sum(axis=0)
        overall = (share * (variance + (mean - middle) ** 2)).sum(axis=0)
        return np.asarray(self._smoothing * overall.max(axis=0))

    def _log_density(self, mean: Floats, variance: Floats) -> Floats:
        """Return the log density of each test work, float64[t, lanes]; 0 where no feature varies at all."""
        out = np.empty((len(self._test), mean.shape[1]))
        for lane in range(mean.shape[1]):
            m, v = mean[:, lane], variance[:, lane]
            if not v.all():
                out[:, lane] = 0.0
                continue
            distance = ((self._test - m) ** 2 / v).sum(axis=1)
            out[:, lane] = -0.5 * (np.log(2 * np.pi * v).sum() + distance)
        return out


def _nothing(groups: int, d: int) -> Sums:
    return Sums(np.zeros(groups), np.zeros((groups, d)), np.zeros((groups, d)))


def _add(a: Sums, b: Sums) -> Sums:
    return Sums(a.works + b.works, a.first + b.first, a.second + b.second)


def _slice(sums: Sums, c: int, classes: int) -> Sums:
    return Sums(sums.works[c::classes], sums.first[c::classes], sums.second[c::classes])
