"""An n-gram model as a textbook would write it: refitted from the words, counted in dictionaries."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

END = "</s>"


def split_words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


class SlowNgram:
    """Interpolated with Dirichlet weights; contexts reach back to the boundary before the first word."""

    def __init__(self, works: Sequence[tuple[float, list[str]]], mu: Sequence[float], v: int) -> None:
        self.mu, self.v = mu, v
        self.after: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        for weight, words in works:
            if not words:
                continue
            line = [END, *words, END]
            for i in range(1, len(line)):
                for n in range(len(mu)):
                    if i - n >= 0:
                        self.after[tuple(line[i - n : i])][line[i]] += weight

    def p(self, word: str, context: tuple[str, ...]) -> float:
        shorter = self.p(word, context[1:]) if context else 1 / self.v
        counts, mu = self.after.get(context, Counter()), self.mu[len(context)]
        return (counts[word] + mu * shorter) / (sum(counts.values()) + mu)

    def logs(self, words: list[str], cap: int | None) -> list[float]:
        """Return log2 p of each predicted word, the end last unless the work is cut."""
        line = [END, *words, END]
        if cap is not None and len(words) > cap:
            line = line[: 1 + cap]
        reach = len(self.mu) - 1
        return [math.log2(self.p(line[i], tuple(line[max(0, i - reach) : i]))) for i in range(1, len(line))]
