"""A vocabulary of the most frequent words, where one is asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from commonweal.parallel import Workers
from commonweal.pool import Pool
from commonweal.utility.ngram.counting import BATCH, check_memory
from commonweal.utility.tokens import words


def most_frequent(pools: Iterable[Pool], size: int, workers: Workers) -> frozenset[str]:
    """Return the `size` most frequent words of some pools together; ties go by the alphabet."""
    total: Counter[str] = Counter()
    for pool in pools:
        for part in workers.map(_frequencies, pool.shards(16)):
            total.update(part)
            check_memory(len(total))
    ranked = sorted(total.items(), key=lambda item: (-item[1], item[0]))
    return frozenset(word for word, _ in ranked[:size])


def _frequencies(pool: Pool) -> Counter[str]:
    counts: Counter[str] = Counter()
    for batch in pool.batches(BATCH):
        for text in batch.text:
            counts.update(words(text))
        check_memory(len(counts))
    return counts
