"""Multinomial naive Bayes from counts that sum: of words in texts, or of features that are counts.

ln p(c|x) = ln n_c + Σ_j x_j ln(N_cj + α) - Σ_j x_j ln(N_c + αJ) + a constant (Manning, Raghavan and Schütze
2008, chapter 13), with n_c works and N_c words of class c. Only words that occur in the test matter one by
one; of the others their number is enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import csr_array

from commonweal.errors import InputError
from commonweal.parallel import Workers
from commonweal.pool import Batch, Pool
from commonweal.progress import Progress
from commonweal.utility.base import Floats, Ints
from commonweal.utility.moments import table_of
from commonweal.utility.ngram.counting import BATCH, UNKNOWN, Numbers, Table, Tally, tally
from commonweal.utility.ngram.index import Index


@dataclass(frozen=True)
class Counts:
    """Sums over works, by group of works: a group is a block and a class.

    Attributes
    ----------
    works, total : float64[groups]
        Works, and words (or the sum of all features).
    each : csr_array[groups, J_test]
        Counts of the words (features) that matter.
    wordless : int
        Works without any word, which are left out.
    """

    works: Floats
    total: Floats
    each: csr_array
    wordless: int = 0

    @property
    def bytes(self) -> int:
        """Memory held."""
        return int(self.works.nbytes + self.total.nbytes + self.each.data.nbytes + self.each.indices.nbytes)


@dataclass(frozen=True)
class ByClass:
    """Group works by block and class: block * classes + class; a base counts as one block."""

    target: str
    classes: tuple[str, ...]
    one_block: bool = False

    def __call__(self, batch: Batch) -> Ints:
        """Return the group of each work of a batch."""
        found = class_of(batch, self.target, self.classes)
        block = np.zeros(len(batch), np.int64) if self.one_block else batch.block
        return block * len(self.classes) + found


def class_of(batch: Batch, target: str, classes: tuple[str, ...]) -> Ints:
    """Return the class of each work as an index into `classes`."""
    labels = batch.column(target).cast(pa.string()).combine_chunks()
    found = pc.index_in(labels, value_set=pa.array(classes, pa.string()))
    return np.asarray(found.fill_null(-1).to_numpy(zero_copy_only=False), np.int64)


class WordReader:
    """Counts words of texts.

    Parameters
    ----------
    test : Pool
        Its words are counted one by one.
    """

    def __init__(self, test: Pool) -> None:
        numbers = Numbers()
        works = [numbers.encode(text, None) for batch in test.batches(BATCH) for text in batch.text]
        kept = np.array([len(work) > 0 for work in works], bool)
        self.known: list[str] = list(numbers)
        self.index = Index(len(self.known) + 1, ())
        self.rows: Ints = np.flatnonzero(kept)
        works = [work for work in works if len(work)]
        if not works:
            raise InputError("the test holds no word", mend="check which column is the text")
        row = np.repeat(np.arange(len(works)), [len(work) for work in works])
        shape = (len(works), self.index.words)
        self.test: csr_array = csr_array((np.ones(len(row)), (row, np.concatenate(works))), shape=shape)
        self.words: set[str] = set(self.known) - {UNKNOWN}
        self.kept: frozenset[str] | None = None
        self.left_out = int((~kept).sum())

    def count(self, pool: Pool, group: ByClass, groups: int, workers: Workers, progress: Progress) -> Counts:
        """Return the counts of a pool, which is read once."""
        tables = [Table(self.index, group, groups)]
        found = tally(pool, self.known, tables, kept=self.kept, workers=workers, progress=progress)
        self.words |= found.new_words
        return _from_tally(found)

    def close(self) -> None:
        """Fix the vocabulary: words that come later are left out."""
        self.kept = frozenset(self.words)

    @property
    def size(self) -> int:
        """Number of words in the vocabulary so far."""
        return len(self.words)


def _from_tally(found: Tally) -> Counts:
    """Return counts by group.

    Node 0 counts everything; node 1, the boundary that closes each work, the works; node 2 unknown words.
    """
    table = csr_array(found.counts[0].astype(np.float64))
    everything, works, unknown = table[:, [0, 1, 2]].toarray().T
    each = csr_array(table[:, 1:])  # column j is word number j; the test has neither boundary nor unknown
    return Counts(works, everything - works - unknown, each, found.wordless)


class FeatureReader:
    """Sums features that are counts.

    Parameters
    ----------
    test : Pool
        A table; its features' names and order hold for all.
    """

    left_out = 0

    def __init__(self, test: Pool) -> None:
        self.features = tuple(test.roles.features)
        self.test: csr_array = csr_array(_non_negative(test.load(), self.features))
        self.rows: Ints = np.arange(self.test.shape[0])
        self.size = len(self.features)

    def close(self) -> None:
        """Do nothing: features are fixed."""

    def count(self, pool: Pool, group: ByClass, groups: int, workers: Workers, progress: Progress) -> Counts:
        """Return the sums of a pool, which is read once."""
        pieces = pool.shards(-(-pool.n_works // 131_072))
        job = _FeatureJob(self.features, group, groups)
        works, each = np.zeros(groups), csr_array((groups, len(self.features)))
        for done, part in enumerate(workers.map(job, pieces), start=1):
            works, each = works + part.works, each + part.each
            progress(done, len(pieces), "summing features")
        return Counts(works, np.asarray(each.sum(axis=1)), csr_array(each))


@dataclass(frozen=True)
class _FeatureJob:
    features: tuple[str, ...]
    group: ByClass
    groups: int

    def __call__(self, pool: Pool) -> Counts:
        """Sum over one shard."""
        works, each = np.zeros(self.groups), csr_array((self.groups, len(self.features)))
        for batch in pool.batches():
            group = self.group(batch)
            x = _non_negative(batch, self.features)
            place, shape = (group, np.arange(len(batch))), (self.groups, len(batch))
            belongs = csr_array((np.ones(len(batch)), place), shape=shape)
            works += np.bincount(group, minlength=self.groups)
            each = each + belongs @ csr_array(x)
        return Counts(works, np.asarray(each.sum(axis=1)), csr_array(each))


class Multinomial:
    """Log probabilities of classes for the test, for LANES coalitions at a time.

    Parameters
    ----------
    pool, base : Counts
        By group; the base has one block.
    test : csr_array[t, J_test]
        Counts of the test's words.
    classes : int
        Number of classes.
    size : int
        J, the number of words or features.
    alpha : float
        Added to each count (Lidstone).
    """

    def __init__(
        self, pool: Counts, base: Counts, test: csr_array, classes: int, size: int, alpha: float
    ) -> None:
        self._test, self._length = test, np.asarray(test.sum(axis=1))
        self._alpha, self._size = alpha, size
        self._by_class = [_slice(pool, c, classes) for c in range(classes)]
        self._base = [_slice(base, c, classes) for c in range(classes)]
        self.bytes = pool.bytes

    def joint(self, member: Floats) -> tuple[Floats, Floats]:
        """Return (works of each class [c, lanes], log probability of each class [c, t, lanes]).

        Parameters
        ----------
        member : float64[n_blocks, lanes]
            Which blocks are in.
        """
        works, logs = [], []
        for own, base in zip(self._by_class, self._base, strict=True):
            n = own.works @ member + base.works[0]
            total = own.total @ member + base.total[0]
            counts = own.each.T @ member + base.each[[0]].toarray().T
            likelihood = self._test @ np.log(counts + self._alpha)
            likelihood -= np.outer(self._length, np.log(total + self._alpha * self._size))
            works.append(n)
            logs.append(likelihood + np.log(np.maximum(n, 1)))
        return np.array(works), np.array(logs)


def _slice(counts: Counts, c: int, classes: int) -> Counts:
    return Counts(counts.works[c::classes], counts.total[c::classes], csr_array(counts.each[c::classes]))


def _non_negative(batch: Batch, features: Sequence[str]) -> Floats:
    x = table_of(batch, features)
    bad = np.argwhere(x < 0)
    if len(bad):
        raise InputError(
            "a count is negative",
            where=f"work {batch.number[bad[0][0]]}, column {features[bad[0][1]]!r}",
            mend='multinomial naive Bayes needs counts; for other numbers choose kind="gaussian"',
        )
    return x
