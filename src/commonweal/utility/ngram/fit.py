"""All that is read from train, test and base before the first coalition is scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array

from commonweal.errors import InputError
from commonweal.parallel import Workers
from commonweal.pool import Batch, Pool
from commonweal.progress import Progress
from commonweal.utility.base import Floats, Ints
from commonweal.utility.ngram.counting import UNKNOWN, Numbers, Table, Tally, tally
from commonweal.utility.ngram.index import Index, build
from commonweal.utility.ngram.sample import Sample, Units, fraction, hold_out, read, units
from commonweal.utility.ngram.tuning import HeldOut
from commonweal.utility.ngram.vocabulary import most_frequent
from commonweal.utility.tokens import Memo


@dataclass(frozen=True)
class Options:
    """How text is read; see `Ngram`."""

    order: int
    vocabulary: int | None
    words_per_work: int | None
    train_words_per_work: int | None
    owners_equal: bool
    slice: str | None
    memo: Memo | None = None


@dataclass(frozen=True)
class Fit:
    """What the passes leave.

    Attributes
    ----------
    index : Index
        N-grams of the test.
    units : Units
        How the test is scored.
    test : Sample
        The test's works.
    pool : csc_array[n_blocks, nodes]
        Counts of the test's n-grams by block of the pool.
    held_out : HeldOut or None
        What to tune on; None where it is not asked for or no work could be held out.
    held_works : int
        Works held out to tune on.
    known : list of str
        Words of test and held-out works, in the indexes' order.
    kept : set of str or None
        A limited vocabulary.
    words : frozenset of str
        The vocabulary over pool, base and test.
    wordless : int
        Works of pool and base without any word.
    """

    index: Index
    units: Units
    test: Sample
    pool: csc_array
    held_out: HeldOut | None
    held_works: int
    known: list[str]
    kept: frozenset[str] | None
    words: frozenset[str]
    wordless: int
    memo: Memo | None = None

    @property
    def v(self) -> int:
        """Size of the vocabulary: its words, the boundary of works, and one for all other words."""
        return len(self.words) + 2


@dataclass(frozen=True)
class BaseCounts:
    """Counts of a base over the test's and the held-out works' n-grams, int64[nodes] each."""

    test: Ints
    held_out: Ints | None


def total(counts: csc_array) -> Ints:
    """Return counts summed over groups, int64[nodes]."""
    return np.asarray(counts.sum(axis=0), np.int64)


def by_block(batch: Batch) -> Ints:
    """Group works by block."""
    return batch.block


def together(batch: Batch) -> Ints:
    """Put all works in one group."""
    return np.zeros(len(batch), np.int64)


@dataclass(frozen=True)
class AllBut:
    """Put all works in one group, save some by number."""

    numbers: Ints

    def __call__(self, batch: Batch) -> Ints:
        """Return the group of each work of a batch."""
        return np.where(np.isin(batch.number, self.numbers), -1, 0)


@dataclass(frozen=True)
class Portions:
    """Group works by where their hash falls among rising fractions; works beyond the last are skipped."""

    fractions: tuple[float, ...]
    seed: int

    def __call__(self, batch: Batch) -> Ints:
        """Return the group of each work of a batch."""
        place = np.searchsorted(self.fractions, fraction(batch.number, self.seed), side="right")
        return np.where(place < len(self.fractions), place, -1)


def fit(
    train: Pool,
    test: Pool,
    base: Pool | None,
    options: Options,
    tuning: bool,
    workers: Workers,
    progress: Progress,
) -> tuple[Fit, BaseCounts | None]:
    """Read test, held-out works, pool and base, each once (the pool twice where works are held out).

    Raises
    ------
    InputError
        If the test or the pool holds no word.
    """
    kept = None
    if options.vocabulary is not None:
        pools = [pool for pool in (train, base, test) if pool is not None]
        kept = most_frequent(pools, options.vocabulary, workers)
    tests, held, known = _samples(train, test, options, kept, tuning)
    index = build(tests.stream(), len(known) + 1, options.order)
    tables = [Table(index, by_block, len(train.blocks))]
    if held is not None:
        held_index = build(held.stream(), len(known) + 1, options.order)
        tables.append(Table(held_index, AllBut(np.array(held.number, np.int64)), 1))
    counted = tally(
        train,
        known,
        tables,
        kept=kept,
        cap=options.train_words_per_work,
        memo=options.memo,
        workers=workers,
        progress=progress,
    )
    if not counted.counts[0].nnz:
        raise InputError("the pool holds no word", mend="check which column is the text")
    rest = None
    if base is not None:
        plain = [Table(table.index, together, 1) for table in tables]
        rest = tally(
            base,
            known,
            plain,
            kept=kept,
            memo=options.memo,
            workers=workers,
            progress=progress,
            what="counting the base",
        )
    words = counted.new_words | set(known) - {UNKNOWN} | (rest.new_words if rest else set())
    held_out = None
    if held is not None:
        held_units = units(held, held_index, train, options.owners_equal)
        without = total(counted.counts[1])
        held_out = HeldOut(held_index, held_units.weight, without, float(held_units.words.sum()))
    found = Fit(
        index=index,
        units=units(tests, index, test, options.owners_equal),
        test=tests,
        pool=counted.counts[0],
        held_out=held_out,
        held_works=0 if held is None else len(held.works),
        known=known,
        kept=kept,
        words=frozenset(words) if kept is None else kept,
        wordless=counted.wordless + (rest.wordless if rest else 0),
        memo=options.memo,
    )
    return found, _base_counts(found, rest)


def count_base(base: Pool, found: Fit, workers: Workers, progress: Progress) -> tuple[BaseCounts, int]:
    """Count another base over the same n-grams; return its counts and how many of its words are new."""
    tables = [Table(found.index, together, 1)]
    if found.held_out is not None:
        tables.append(Table(found.held_out.index, together, 1))
    rest = tally(
        base,
        found.known,
        tables,
        kept=found.kept,
        memo=found.memo,
        workers=workers,
        progress=progress,
        what="counting the base",
    )
    counts = _base_counts(found, rest)
    assert counts is not None
    return counts, len(rest.new_words - found.words)


def portions(
    base: Pool, found: Fit, fractions: Sequence[float], seed: int, workers: Workers, progress: Progress
) -> Floats:
    """Return counts over the test's n-grams of growing portions of a base: float64[f, nodes]."""
    table = Table(found.index, Portions(tuple(fractions), seed), len(fractions))
    rest = tally(
        base, found.known, [table], kept=found.kept, memo=found.memo, workers=workers, progress=progress
    )
    return np.cumsum(rest.counts[0].toarray().astype(np.float64), axis=0)


def _samples(
    train: Pool, test: Pool, options: Options, kept: frozenset[str] | None, tuning: bool
) -> tuple[Sample, Sample | None, list[str]]:
    """Read the test and the works to tune on; number their words in alphabetical order."""
    numbers = Numbers(kept=kept, memo=options.memo)
    tests = read(test, numbers, options.words_per_work, options.slice)
    if not tests.works:
        raise InputError(
            "the test holds no word", mend="hold out more works, or check which column is the text"
        )
    held = None
    if tuning and train.n_works > 1:
        held = hold_out(train, numbers, options.words_per_work)
        held = held if held.works else None
    first_seen = [word for word in numbers if word != UNKNOWN]
    known = [UNKNOWN, *sorted(first_seen)]
    new = np.empty(len(numbers) + 1, np.int64)
    new[:2] = 0, 1
    for number, word in enumerate(known[1:], start=2):
        new[numbers[word]] = number
    return tests.relabel(new), None if held is None else held.relabel(new), known


def _base_counts(found: Fit, rest: Tally | None) -> BaseCounts | None:
    if rest is None:
        return None
    held = None
    if found.held_out is not None:
        held = total(rest.counts[1])
    return BaseCounts(total(rest.counts[0]), held)
