"""One pass over a pool: how often each block holds each n-gram of interest.

Memory depends on the vocabulary and on the n-grams that were found, never on the number of works.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from commonweal.errors import InputError
from commonweal.parallel import Workers
from commonweal.pool import Batch, Pool
from commonweal.progress import Progress, silent
from commonweal.utility.base import Ints
from commonweal.utility.ngram.index import BOUNDARY, Index
from commonweal.utility.tokens import Memo, words

CHUNK = 1 << 19  # words looked up at a time: some 50 MB
BATCH = 512  # works read at a time
MOST_WORDS = 20_000_000  # distinct words held in memory: some 2 GB

Group = Callable[[Batch], Ints]


UNKNOWN = "\0"
"""Stands for all words outside a limited vocabulary; no text has it as a word. Its number is 1."""


class Numbers(dict[str, int]):
    """Word → number; a word not seen before gets the next one. Number 0 is the boundary.

    Parameters
    ----------
    known : iterable of str
        Words from number 1 on; the first is `UNKNOWN`.
    kept : set of str, optional
        A limited vocabulary: a word outside it is `UNKNOWN`.
    memo : Memo, optional
        Has split some of the texts already.
    """

    def __init__(
        self,
        known: Iterable[str] = (UNKNOWN,),
        kept: frozenset[str] | None = None,
        memo: Memo | None = None,
    ) -> None:
        super().__init__((word, number) for number, word in enumerate(known, start=1))
        self.kept, self.memo = kept, memo
        self._of_memo = np.zeros(0, np.int64)  # memo's number → number, 0 where it has none yet

    def __missing__(self, word: str) -> int:
        if self.kept is not None and word not in self.kept:
            return 1
        number = self[word] = len(self) + 1
        return number

    def encode(self, text: str, cap: int | None) -> Ints:
        """Return the numbers of the first `cap` words of a text, int64[words]."""
        if self.memo is not None:
            return self._renumber(self.memo.numbers(text)[:cap], self.memo.spelled)
        found = words(text)[:cap]
        return np.fromiter(map(self.__getitem__, found), np.int64, len(found))

    def _renumber(self, given: NDArray[np.int32], spelled: list[str]) -> Ints:
        if len(self._of_memo) < len(spelled):
            self._of_memo = np.pad(self._of_memo, (0, 2 * len(spelled) - len(self._of_memo)))
        found = self._of_memo[given]
        new, first = np.unique(given[found == 0], return_index=True)
        if len(new):
            for word in new[
                np.argsort(first)
            ].tolist():  # as first seen, so that numbers don't depend on the memo
                self._of_memo[word] = self[spelled[word]]
            found = self._of_memo[given]
        return np.asarray(found)


@dataclass(frozen=True)
class Table:
    """What to count: n-grams of an index, by group of works; `group` returns -1 for works to skip."""

    index: Index
    group: Group
    groups: int


@dataclass
class Tally:
    """What a pass leaves: new words, counts [groups, nodes] per table, works without any word."""

    new_words: set[str]
    counts: list[csc_array]
    wordless: int


def tally(
    pool: Pool,
    known: Sequence[str],
    tables: Sequence[Table],
    *,
    kept: frozenset[str] | None = None,
    cap: int | None = None,
    memo: Memo | None = None,
    workers: Workers | None = None,
    progress: Progress = silent,
    what: str = "counting n-grams",
) -> Tally:
    """Count n-grams over a pool.

    Parameters
    ----------
    pool : Pool
        A text pool; read once, in shards.
    known : sequence of str
        Words of interest: number i + 1 in the tables' indexes.
    tables : sequence of Table
        What to count, by which groups.
    kept : set of str, optional
        A limited vocabulary.
    cap : int, optional
        Only the first `cap` words of a work.
    memo : Memo, optional
        Has split some of the texts already.
    workers, progress, what
        Where it runs, and whom to tell how far it is.

    Returns
    -------
    Tally
        The same whatever the number of shards: counts are whole numbers.

    Raises
    ------
    InputError
        If there are more distinct words than memory allows for.
    """
    workers = workers or Workers()
    pieces = pool.shards(1 if workers.n_jobs in (None, 1) and workers.cluster == "loky" else 16)
    job = _Job(list(known), list(tables), kept, cap, memo)
    new: set[str] = set()
    wordless, sums = 0, [_Sum(t) for t in tables]
    for done, part in enumerate(workers.map(job, pieces), start=1):
        new |= part.new_words
        check_memory(len(new))
        wordless += part.wordless
        for total, counts in zip(sums, part.counts, strict=True):
            total.add(counts)
        progress(done, len(pieces), what)
    return Tally(new, [s.counts() for s in sums], wordless)


@dataclass(frozen=True)
class _Job:
    known: list[str]
    tables: list[Table]
    kept: frozenset[str] | None
    cap: int | None
    memo: Memo | None

    def __call__(self, pool: Pool) -> Tally:
        """Count over one shard."""
        numbers = Numbers(self.known, self.kept, self.memo)
        sums = [_Sum(t) for t in self.tables]
        wordless = 0
        for chunk in _chunks(pool, numbers, self.cap, self.tables):
            wordless += chunk.wordless
            for total, table, group in zip(sums, self.tables, chunk.groups, strict=True):
                total.add(_count(table, chunk.stream, group))
            check_memory(len(numbers))
        new = set(list(numbers)[len(self.known) :])
        return Tally(new, [s.counts() for s in sums], wordless)


@dataclass
class _Chunk:
    stream: Ints
    groups: list[Ints]  # one array per table: the group of the work at each place of the stream
    wordless: int


def _chunks(pool: Pool, numbers: Numbers, cap: int | None, tables: list[Table]) -> Iterator[_Chunk]:
    works: list[Ints] = []
    groups: list[list[Ints]] = [[] for _ in tables]
    length = wordless = 0
    for batch in pool.batches(BATCH):
        of_batch = [table.group(batch) for table in tables]
        for row, text in enumerate(batch.text):
            work = numbers.encode(text, cap)
            if not len(work):
                wordless += 1
                continue
            works.append(work)
            for kept, group in zip(groups, of_batch, strict=True):
                kept.append(group[row])
            length += len(work)
            if length >= CHUNK:
                yield _gather(works, groups, wordless)
                works, groups, length, wordless = [], [[] for _ in tables], 0, 0
    yield _gather(works, groups, wordless)


def _gather(works: list[Ints], groups: list[list[Ints]], wordless: int) -> _Chunk:
    stream = join(works)
    lengths = [1 + len(work) for work in works]  # the closing boundary belongs to the work
    spread = [np.repeat(np.array([-1, *group], np.int64), [1, *lengths]) for group in groups]
    return _Chunk(stream, spread, wordless)


def join(works: Sequence[Ints]) -> Ints:
    """Return works as one stream, a boundary before, between and after them."""
    edge = np.array([BOUNDARY])
    return np.concatenate([edge, *(part for work in works for part in (work, edge))]).astype(np.int64)


def _count(table: Table, stream: Ints, group: Ints) -> csc_array:
    """Return counts [groups, nodes]; the opening boundary has group -1, so it is never counted."""
    nodes = table.index.nodes
    keys = []
    for found in table.index.locate(stream):
        at = np.flatnonzero((found >= 0) & (group >= 0))
        keys.append(found[at] * table.groups + group[at])
    unique, count = np.unique(np.concatenate(keys), return_counts=True)
    node, row = np.divmod(unique, table.groups)
    every = np.bincount(group[group >= 0], minlength=table.groups)  # node 0, the empty n-gram: all words
    some = np.flatnonzero(every)
    indptr = np.searchsorted(node, np.arange(nodes + 1)) + len(some)
    indptr[0] = 0
    entries = (
        np.concatenate([every[some], count]).astype(np.uint32),
        np.concatenate([some, row]).astype(np.int32),
    )
    return csc_array((*entries, indptr), shape=(table.groups, nodes))


class _Sum:
    """A sum of sparse counts; what waits is added when it outgrows what is held."""

    def __init__(self, table: Table) -> None:
        self.held = csc_array((table.groups, table.index.nodes), dtype=np.uint32)
        self.waiting: list[csc_array] = []
        self.words = 0

    def add(self, counts: csc_array) -> None:
        self.waiting.append(counts)
        self.words += int(counts[:, [0]].sum())
        if self.words >= 2**32:  # only then can a count be more than four bytes hold
            self.held = self.held.astype(np.int64)
        if sum(part.nnz for part in self.waiting) > max(self.held.nnz, CHUNK):
            self.counts()

    def counts(self) -> csc_array:
        """Return all that was added, each n-gram's groups in rising order."""
        parts = [self.held, *self.waiting]
        while len(parts) > 1:  # pairs of like size: each count is moved few times
            parts = [sum(parts[i : i + 2][1:], parts[i]) for i in range(0, len(parts), 2)]
        self.held, self.waiting = csc_array(parts[0]), []
        return self.held


def check_memory(distinct: int) -> None:
    """Refuse a vocabulary that would not fit in memory."""
    if distinct > MOST_WORDS:
        raise InputError(
            f"more than {MOST_WORDS:,} distinct words",
            mend="check that the text column holds text, not encoded data, or appraise a sample of the works",
        )
