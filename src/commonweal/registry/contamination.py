"""Test questions found in training data: contained in a text of it, near one, or quoted in one.

The questions are digested and kept (they are few); the training data streams past. For each of its texts
the shared shingles of 5 words are counted exactly, question by question, so containment and Jaccard
similarity are exact and short questions are seen too; runs of 16 words and more come from an index of the
questions.
"""

from __future__ import annotations

import secrets
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from commonweal.errors import InputError
from commonweal.registry.find import COMMON_FROM, find
from commonweal.registry.index import Index, Work
from commonweal.registry.kernels import SHINGLE, serial
from commonweal.registry.reading import Row, batches
from commonweal.registry.spans import Places, Span, union
from commonweal.registry.texts import KEY_BYTES, Key, digest

CONTAINED = 0.8
NEAR = 0.8
MOST = 20


@dataclass(frozen=True)
class Match:
    """A text of the training data that holds something of a question.

    Attributes
    ----------
    number : int
        Row of the training data, from 0 over all files.
    key : str
    kinds : tuple of {"containment", "near", "passage"}
    containment : float
        Share of the question's different shingles of 5 words that stand in the text; exact.
    jaccard : float
        Shared shingles among those of either; exact.
    spans : tuple of (question start, question end, text start, text end)
        Runs of 16 words and more, in characters.
    """

    number: int
    key: str
    kinds: tuple[str, ...]
    containment: float
    jaccard: float
    spans: tuple[tuple[int, int, int, int], ...]


@dataclass
class Question:
    """A question, and where in the training data it was found.

    Attributes
    ----------
    number : int
        Row of the benchmark, from 0 over all files.
    key : str
    words : int
    texts : int
        Texts of the training data with a match.
    matches : list of Match
        The `MOST` of highest containment.
    quoted : list of (start, end)
        Places of the question that runs of all texts cover, in characters.
    covered : int
        Words within them.
    """

    number: int
    key: str
    words: int
    texts: int = 0
    matches: list[Match] = field(default_factory=list)
    quoted: list[Span] = field(default_factory=list)
    covered: int = 0

    @property
    def kinds(self) -> tuple[str, ...]:
        """All ways in which it was found."""
        return tuple(sorted({kind for match in self.matches for kind in match.kinds}))

    @property
    def containment(self) -> float:
        """Highest containment in one text; 0 where nothing was found."""
        return max((m.containment for m in self.matches), default=0.0)

    def to_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "question": self.number,
            "key": self.key,
            "words": self.words,
            "kinds": list(self.kinds),
            "texts": self.texts,
            "covered": self.covered,
            "matches": [
                {
                    "text": m.number, "key": m.key, "kinds": list(m.kinds), "containment": m.containment,
                    "jaccard": m.jaccard, "spans": [list(s) for s in m.spans],
                }
                for m in self.matches
            ],
        }  # fmt: skip


@dataclass(frozen=True)
class Report:
    """What was found.

    Attributes
    ----------
    questions : int
        That were looked for.
    short : tuple of Question
        Of fewer than 5 words: they were not looked for, since so few words tell nothing.
    texts : int
        Of the training data.
    found : tuple of Question
        The surest first.
    """

    questions: int
    short: tuple[Question, ...]
    texts: int
    found: tuple[Question, ...]


def contamination(
    questions: Iterable[Row],
    training: Iterable[Row],
    *,
    contained: float = CONTAINED,
    near: float = NEAR,
    common_from: int = COMMON_FROM,
) -> Report:
    """Return which questions stand in the training data.

    Parameters
    ----------
    questions : iterable of Row
        The benchmark; digests of it stay in memory (about 70 bytes a word).
    training : iterable of Row
        Streamed: memory is bounded by a batch, whatever its size.
    contained, near : float
        Containment and Jaccard similarity from which a text counts as a match.
    common_from : int
        Questions from which on a shared run is common to the benchmark (its instructions, say).

    Raises
    ------
    InputError
        For thresholds outside 0 to 1, and a benchmark without a question long enough to look for.
    """
    for value in (contained, near):
        if not 0 < value <= 1:
            raise InputError(f"a threshold of {value:g}", mend="above 0, and 1 at most")
    key = Key(secrets.token_bytes(KEY_BYTES))
    with tempfile.TemporaryDirectory(prefix="commonweal-") as folder:
        index = Index.create(Path(folder) / "questions", key=key)
        with index:
            asked, short = _register(index, questions)
            if not asked.questions:
                raise InputError(
                    "no question of 5 words or more",
                    mend="fewer words are in every text: join each question with its answer",
                )
            count = 0
            for batch in batches(iter(training)):
                count += len(batch)
                _look(index, asked, batch, contained, near, common_from)
    found = [q for q in asked.questions if q.matches]
    for q in found:
        q.matches.sort(key=lambda m: (-m.containment, -m.jaccard, m.number))
    found.sort(key=lambda q: (-q.containment, -q.covered / q.words, q.number))
    return Report(len(asked.questions), tuple(short), count, tuple(found))


@dataclass(frozen=True)
class _Asked:
    """The questions' shingles: different ones in order, and which questions hold each."""

    questions: list[Question]
    starts: list[Any]
    marks: Any
    bounds: Any
    holders: Any
    different: Any


def _register(index: Index, rows: Iterable[Row]) -> tuple[_Asked, list[Question]]:
    kept: list[Question] = []
    short: list[Question] = []
    starts, marks, holders = [], [], []
    for batch in batches(iter(rows)):
        places = Places([row.text for row in batch], index.key)
        works = []
        for d, row in enumerate(batch):
            question = Question(row.number, row.key, places.words(d))
            if question.words < SHINGLE:
                short.append(question)
                continue
            bounds = places.digested.mark_bounds
            own = np.unique(places.digested.marks[bounds[d] : bounds[d + 1]])
            marks.append(own)
            holders.append(np.full(len(own), len(kept), np.int32))
            starts.append(places.starts(d).copy())
            works.append(Work(row.text, "benchmark", str(len(kept))))
            kept.append(question)
        index.add(works)
    if not kept:
        return _Asked([], [], *(np.empty(0, np.int64) for _ in range(4))), short
    flat, who = np.concatenate(marks), np.concatenate(holders)
    order = np.argsort(flat, kind="stable")
    different, first = np.unique(flat[order], return_index=True)
    sizes = np.array([len(own) for own in marks], dtype=np.int64)
    return _Asked(kept, starts, different, np.append(first, len(flat)), who[order], sizes), short


def _look(
    index: Index, asked: _Asked, batch: Sequence[Row], contained: float, near: float, common_from: int
) -> None:
    """Add to the questions what a batch of training data holds of them."""
    texts = [row.text for row in batch]
    digested = digest(texts, index.key)
    at = np.searchsorted(asked.marks, digested.marks)
    at[at == len(asked.marks)] = 0
    at = np.where(asked.marks[at] == digested.marks, at, -1)
    pairs = _pairs(at, digested.mark_bounds, asked, contained, near, digested.different)
    runs: dict[tuple[int, int], list[tuple[int, int, int, int]]] = defaultdict(list)
    for hit in find(index, texts, near=False, common_from=common_from):
        if not hit.common:
            runs[hit.query, int(hit.key or 0)] += [(c, d, a, b) for a, b, c, d in hit.spans]
    shared = {(d, q): both for d, q, both in pairs}
    missing = [pair for pair in runs if pair not in shared]
    shared |= _shared(missing, at, digested.mark_bounds, asked)
    for (d, q), both in sorted(shared.items()):
        either = int(digested.different[d]) + int(asked.different[q]) - both
        share, similar = both / int(asked.different[q]), both / either
        spans = tuple(sorted(runs.get((d, q), ())))
        told = {"containment": share >= contained, "near": similar >= near, "passage": bool(spans)}
        kinds = tuple(kind for kind, holds in told.items() if holds)
        _add(asked, q, Match(batch[d].number, batch[d].key, kinds, share, similar, spans))


def _add(asked: _Asked, q: int, match: Match) -> None:
    question = asked.questions[q]
    question.texts += 1
    question.matches.append(match)
    if len(question.matches) > 2 * MOST:
        question.matches.sort(key=lambda m: (-m.containment, -m.jaccard, m.number))
        del question.matches[MOST:]
    if match.spans:
        question.quoted = union([*question.quoted, *((s[0], s[1]) for s in match.spans)])
        edges = np.searchsorted(asked.starts[q], question.quoted)
        question.covered = int((edges[:, 1] - edges[:, 0]).sum())


def _pairs(
    at: Any, bounds: Any, asked: _Asked, contained: float, near: float, different: Any
) -> list[tuple[int, int, int]]:
    """Return (text, question, shared shingles) of the pairs that reach a threshold."""
    room = 256
    while True:
        out = np.empty((room, 3), np.int64)
        count = _count(
            at, bounds, asked.bounds, asked.holders, asked.different, different, contained, near, out
        )
        if count <= room:
            return [(int(d), int(q), int(both)) for d, q, both in out[:count]]
        room = count


def _shared(
    pairs: Sequence[tuple[int, int]], at: Any, bounds: Any, asked: _Asked
) -> dict[tuple[int, int], int]:
    """Return the shared shingles of pairs that reach no threshold but share a run."""
    out = {}
    for d, q in pairs:
        here = np.unique(at[bounds[d] : bounds[d + 1]])
        out[d, q] = sum(
            q in asked.holders[asked.bounds[m] : asked.bounds[m + 1]] for m in here.tolist() if m >= 0
        )
    return out


@serial
def _count(
    at: Any, bounds: Any, holder_bounds: Any, holders: Any, sizes: Any, different: Any, contained: float,
    near: float, out: Any,
) -> int:  # fmt: skip
    """Fill the pairs of texts and questions whose shared shingles reach a threshold; return how many."""
    both = np.zeros(len(sizes), np.int64)
    touched = np.empty(len(sizes), np.int64)
    seen = np.full(len(holder_bounds) - 1, -1, np.int64)
    found = 0
    for d in range(len(bounds) - 1):
        count = 0
        for i in range(bounds[d], bounds[d + 1]):
            mark = at[i]
            if mark < 0 or seen[mark] == d:
                continue
            seen[mark] = d
            for h in range(holder_bounds[mark], holder_bounds[mark + 1]):
                q = holders[h]
                if both[q] == 0:
                    touched[count] = q
                    count += 1
                both[q] += 1
        for t in range(count):
            q = touched[t]
            either = different[d] + sizes[q] - both[q]
            if both[q] >= contained * sizes[q] or both[q] >= near * either:
                if found < len(out):
                    out[found, 0], out[found, 1], out[found, 2] = d, q, both[q]
                found += 1
            both[q] = 0
    return found
