"""Is this in the commons already? Asked of a topic or a plan, before anything is written.

A plan has no text that could be matched word by word, so what can be told is which of its words and phrases
the works of the commons use, how many do, and which stretch of which work uses most of those of one point.
Words aren't ideas: the same thing said in other words, or in another language, is not found; a stretch that
uses the words may be about something else. So the answer is a list of what to read first, not a verdict.

A registry's index can't answer this: it holds runs of five words and longer, and no words.
"""

from __future__ import annotations

import heapq
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from commonweal.charts import marks
from commonweal.commons.novelty_masses import weights
from commonweal.errors import InputError
from commonweal.registry.letters import UNSPACED
from commonweal.registry.reading import Row
from commonweal.results import Result

STRETCH = 300
"""Words of a stretch. Longer works would else hold all words of any point."""
LONGEST_TERM = 3
UNKNOWN = (
    "Words are compared, not ideas: what the commons says in other words, or in another language, is not "
    "found, and a stretch that uses the words may be about something else."
)
CLOSEST = 3
MARKS = re.compile(r"^\s*(?:#+|[-*+•]|\d+[.)])\s+")


@dataclass(frozen=True, kw_only=True)
class Topic(Result):
    """What the commons says in the words of a plan, point by point.

    `facts` holds: `commons_works`, `commons_words`, `stretch_words`, `nowhere` (the plan's words that no work
    uses), `cannot_know` (in a sentence).
    """

    schema: ClassVar[str] = "commonweal/topic/1"
    columns: ClassVar[Mapping[str, str]] = {
        "point": "a line of the plan",
        "words": "different words of it",
        "nowhere": "those that no work of the commons uses",
        "phrases": "phrases of two and three words in a row in it",
        "phrases_used": "those that some work uses",
        "works": "works with a stretch that uses at least half of the point, by weight",
        "rank": "1 for the closest stretch of all, then 2, …",
        "covered": "share of the point that the stretch uses, by weight; rare words weigh more",
        "owner": "whose work that is",
        "work": "what the owner calls it",
        "missing": "words of the point that the stretch does not use, the rarest first",
    }

    def plot(self) -> dict[str, Any]:
        """Return the chart of points: how much of each the nearest stretch uses."""
        rows = [
            {**row, "text": f"{row['covered']:.0%}: {row['work'] or 'nowhere'}"}
            for row in self.table.to_pylist()
            if row["rank"] in (None, 1)
        ]
        y = marks.rows_axis("point", [row["point"] for row in rows])
        x = {
            "field": "covered",
            "type": "quantitative",
            "axis": marks.axis("used by the nearest", format="%"),
        }
        return marks.chart(
            [marks.dots(rows, y, x, colour=marks.BLUE)],
            title="What the commons says in these words",
            description="Share of each point, by weight, that the nearest stretch of a work uses.",
            height=40 + 24 * len(rows),
        )


def points_of(plan: str) -> list[str]:
    """Return the points of a plan: its lines with words in them, without marks of headings and lists."""
    lines = (MARKS.sub("", line).strip() for line in plan.splitlines())
    return [line for line in lines if words_of(line)]


def words_of(text: str) -> list[str]:
    """Return a text's words, folded; in scripts without spaces each letter is one."""
    return _word().findall(unicodedata.normalize("NFKC", text).casefold())


@cache
def _word() -> re.Pattern[str]:
    alone = "".join(f"{chr(first)}-{chr(end - 1)}" for first, end in UNSPACED)
    return re.compile(f"[{alone}]|[^\\W_{alone}]+")


def topic(points: Sequence[str], works: Iterable[Row], *, closest: int = CLOSEST) -> Topic:
    """Return what the works of a commons say in the words of a plan.

    Parameters
    ----------
    points : sequence of str
        Each is looked up by itself.
    works : iterable of Row
        The commons; read twice, so it must be more than an iterator. Memory holds the plan's terms and what
        is closest, and one work.
    closest : int
        Stretches to name for each point, of different works.

    Raises
    ------
    InputError
        Without points that have words, or without works.
    """
    if not points or not all(map(words_of, points)):
        raise InputError("a plan without words", mend="give a topic or an outline in words")
    terms = _Terms(points)
    holders, count, words = np.zeros(len(terms.place), np.int64), 0, 0
    for row in works:
        spoken = words_of(row.text)
        holders[list({term for term, _ in terms.found(spoken)})] += 1
        count += 1
        words += len(spoken)
    if not count:
        raise InputError("no works in the commons", mend="name a table with its texts")
    weight = terms.weights(holders, count)
    nearest, half = _nearest(terms, works, weight, closest)
    rows = [row for p in range(len(points)) for row in _told(terms, p, holders, weight, nearest[p], half[p])]
    nowhere = sorted(t[0] for t, i in terms.place.items() if len(t) == 1 and not holders[i])
    facts = {
        "commons_works": count,
        "commons_words": words,
        "stretch_words": STRETCH,
        "nowhere": nowhere,
        "cannot_know": UNKNOWN,
    }
    return Topic(table=pa.Table.from_pylist(rows, schema=SCHEMA), facts=facts)


SCHEMA = pa.schema(
    [
        ("point", pa.string()), ("words", pa.int64()), ("nowhere", pa.int64()), ("phrases", pa.int64()),
        ("phrases_used", pa.int64()), ("works", pa.int64()), ("rank", pa.int64()), ("covered", pa.float64()),
        ("owner", pa.string()), ("work", pa.string()), ("missing", pa.list_(pa.string())),
    ]
)  # fmt: skip


class _Terms:
    """The words and phrases of a plan's points."""

    def __init__(self, points: Sequence[str]) -> None:
        self.points = points
        self.place: dict[tuple[str, ...], int] = {}
        self.of: list[list[int]] = []
        for point in points:
            spoken = words_of(point)
            terms = dict.fromkeys(term for _, term in _terms(spoken))
            self.of.append([self.place.setdefault(term, len(self.place)) for term in terms])
        self.terms = list(self.place)
        self.sizes = np.array([len(term) for term in self.terms])
        self.words = {term[0] for term in self.terms if len(term) == 1}

    def weights(self, holders: Any, works: int) -> Any:
        """Return each term's weight: a phrase's goes by its plainest word, and is 0 if nobody uses it."""
        weight = weights(holders, works)
        for i, term in enumerate(self.terms):
            if len(term) > 1:
                plainest = min(weight[self.place[word,]] for word in term)
                weight[i] *= plainest * (holders[i] > 0)
        return weight

    def found(self, spoken: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Yield (term, place) of the plan's terms in a text."""
        known = self.words
        here = [i for i, word in enumerate(spoken) if word in known]
        for i in here:
            for size in range(1, LONGEST_TERM + 1):
                term = self.place.get(tuple(spoken[i : i + size]))
                if term is None:
                    continue
                if i + size <= len(spoken):
                    yield term, i


def _terms(spoken: Sequence[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    for size in range(1, LONGEST_TERM + 1):
        for i in range(len(spoken) - size + 1):
            yield i, tuple(spoken[i : i + size])


Near = tuple[float, int, str, str, frozenset[int]]


def _nearest(
    terms: _Terms, works: Iterable[Row], weight: Any, closest: int
) -> tuple[list[list[Near]], list[int]]:
    """Return the closest stretches of each point, and how many works have one that uses half of it."""
    points = [(p, frozenset(of), float(weight[of].sum())) for p, of in enumerate(terms.of)]
    best: list[list[Near]] = [[] for _ in points]
    half = [0] * len(points)
    for number, row in enumerate(works):
        stretches = _stretches(terms.found(words_of(row.text)))
        for p, of, whole in points:
            if not stretches or not whole:
                continue
            used = max(
                (of & stretch for stretch in stretches), key=lambda t: (weight[sorted(t)].sum(), sorted(t))
            )
            covered = float(weight[sorted(used)].sum()) / whole
            half[p] += covered >= 0.5
            if covered > 0:
                near = (covered, -number, row.owner, row.key, frozenset(used))
                (heapq.heappush if len(best[p]) < closest else heapq.heappushpop)(best[p], near)
    return [sorted(each, key=lambda near: (-near[0], -near[1])) for each in best], half


def _stretches(found: Iterable[tuple[int, int]]) -> list[set[int]]:
    """Return the terms of each stretch of a text; they overlap by half."""
    halves: dict[int, set[int]] = {}
    for term, place in found:
        halves.setdefault(place // (STRETCH // 2), set()).add(term)
    return [halves[h] | halves.get(h + 1, set()) for h in halves]


def _told(
    terms: _Terms, p: int, holders: Any, weight: Any, nearest: list[Near], half: int
) -> Iterator[dict[str, Any]]:
    of = terms.of[p]
    single = [t for t in of if terms.sizes[t] == 1]
    phrases = [t for t in of if terms.sizes[t] > 1]
    about = {
        "point": terms.points[p],
        "words": len(single),
        "nowhere": sum(1 for t in single if not holders[t]),
        "phrases": len(phrases),
        "phrases_used": sum(1 for t in phrases if holders[t]),
        "works": half,
    }
    if not nearest:
        yield about | {"rank": None, "covered": 0.0, "owner": None, "work": None, "missing": None}
    for rank, (covered, _, owner, work, used) in enumerate(nearest, 1):
        missing = sorted((t for t in single if t not in used), key=lambda t: (-weight[t], terms.terms[t]))
        yield about | {
            "rank": rank, "covered": covered, "owner": owner, "work": work,
            "missing": [terms.terms[t][0] for t in missing],
        }  # fmt: skip
