"""What a model repeats word for word: the longest runs of each output, with the works they stand in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from commonweal.registry.find import COMMON_FROM, Hit, find
from commonweal.registry.index import Index
from commonweal.registry.kernels import PASSAGE
from commonweal.registry.reading import Row, batches, owners_of
from commonweal.registry.spans import Places, Span


@dataclass(frozen=True)
class Place:
    """Where a run stands: the work's key and owner, and the place in it in characters."""

    work: str
    owner: str
    start: int
    end: int


@dataclass(frozen=True)
class Run:
    """A stretch of an output that stands word for word in works.

    Attributes
    ----------
    words : int
    start, end : int
        In the output, in characters.
    places : tuple of Place
        Empty for a common run: what so many works share tells of nobody.
    frequency : int or None
        Works that hold the run's rarest fingerprint.
    """

    words: int
    start: int
    end: int
    places: tuple[Place, ...]
    frequency: int | None


@dataclass(frozen=True)
class Output:
    """An output of a model, as the registry sees it.

    Attributes
    ----------
    number : int
        Row, from 0 over all files.
    key : str
    words : int
    covered : int
        Words within runs that name a work; each word once.
    runs, common : tuple of Run
        Longest first. Common runs are kept apart.
    """

    number: int
    key: str
    words: int
    covered: int
    runs: tuple[Run, ...]
    common: tuple[Run, ...]

    @property
    def share(self) -> float:
        """Share of the words that are covered."""
        return self.covered / self.words if self.words else 0.0

    @property
    def longest(self) -> int:
        """Words of the longest run that names a work; 0 where there is none."""
        return self.runs[0].words if self.runs else 0

    def to_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "output": self.number,
            "key": self.key,
            "words": self.words,
            "covered": self.covered,
            "share": self.share,
            "runs": [_json(run) for run in self.runs],
            "common": [_json(run) for run in self.common],
        }


def _json(run: Run) -> dict[str, Any]:
    told: dict[str, Any] = {"words": run.words, "span": [run.start, run.end], "frequency": run.frequency}
    places = [{"work": p.work, "owner": p.owner, "span": [p.start, p.end]} for p in run.places]
    return told | ({"works": places} if places else {})


@dataclass
class Member:
    """What was repeated of one member: outputs, works, runs, words covered, words of the longest run."""

    outputs: int = 0
    works: set[str] = field(default_factory=set)
    runs: int = 0
    words: int = 0
    longest: int = 0


@dataclass
class Summary:
    """What all outputs together repeat.

    Attributes
    ----------
    outputs, words, found, covered : int
        Outputs read and their words; outputs with a run that names a work, and words within such runs.
    members : dict
        By owner. A run that stands in works of several counts for each: the shares don't add up to one.
    """

    outputs: int = 0
    words: int = 0
    found: int = 0
    covered: int = 0
    members: dict[str, Member] = field(default_factory=dict)

    def add(self, output: Output, words: dict[str, int]) -> None:
        """Count an output; `words` are those covered by each owner's works."""
        self.outputs += 1
        self.words += output.words
        self.found += bool(output.runs)
        self.covered += output.covered
        for owner, count in words.items():
            member = self.members.setdefault(owner, Member())
            member.outputs += 1
            member.words += count
        for run in output.runs:
            for owner in {o for p in run.places for o in owners_of(p.owner)}:
                member = self.members[owner]
                member.runs += 1
                member.longest = max(member.longest, run.words)
            for place in run.places:
                for owner in owners_of(place.owner):
                    self.members[owner].works.add(place.work)

    def ranked(self) -> list[tuple[str, Member]]:
        """Return the members, the one with the most words first."""
        return sorted(self.members.items(), key=lambda item: (-item[1].words, item[0]))

    def to_json(self) -> list[dict[str, Any]]:
        """Return one record for each member."""
        return [
            {
                "member": owner, "outputs": m.outputs, "works": len(m.works), "runs": m.runs,
                "words": m.words, "longest": m.longest,
            }
            for owner, m in self.ranked()
        ]  # fmt: skip


def watch(
    index: Index,
    rows: Iterable[Row],
    summary: Summary,
    *,
    least: int = PASSAGE,
    common_from: int = COMMON_FROM,
) -> Iterator[Output]:
    """Yield outputs in the order read, each with what it repeats; `summary` counts along.

    Parameters
    ----------
    index : Index
    rows : iterable of Row
        Read some at a time; memory is bounded by a batch.
    summary : Summary
        Counts every output, those without a finding too.
    least : int
        Words of the shortest run that is reported; below 16, not all runs are found.
    common_from : int
        Works from which on a run is common.
    """
    for batch in batches(iter(rows)):
        texts = [row.text for row in batch]
        places = Places(texts, index.key)
        hits: dict[int, list[Hit]] = defaultdict(list)
        for hit in find(index, texts, near=False, common_from=common_from):
            hits[hit.query].append(hit)
        for d, row in enumerate(batch):
            output, words = _output(d, row, hits[d], places, least)
            summary.add(output, words)
            yield output


def _output(
    d: int, row: Row, hits: Sequence[Hit], places: Places, least: int
) -> tuple[Output, dict[str, int]]:
    runs = [run for run in _runs(d, hits, places, common=False) if run.words >= least]
    common = [run for run in _runs(d, hits, places, common=True) if run.words >= least]
    spans: dict[str, list[Span]] = defaultdict(list)
    for run in runs:
        for owner in {o for p in run.places for o in owners_of(p.owner)}:
            spans[owner].append((run.start, run.end))
    words = {owner: places.covered(d, own) for owner, own in spans.items()}
    covered = places.covered(d, [(run.start, run.end) for run in runs])
    return Output(row.number, row.key, places.words(d), covered, tuple(runs), tuple(common)), words


def _runs(d: int, hits: Sequence[Hit], places: Places, *, common: bool) -> list[Run]:
    """Return the runs of an output, the longest first; what stands in several works is one run."""
    at: dict[Span, list[Place]] = defaultdict(list)
    rarest: dict[Span, int | None] = {}
    for hit in hits:
        if hit.common is not common:
            continue
        for start, end, there, there_end in hit.spans:
            rarest[start, end] = hit.frequency
            if not common:
                name = hit.key or hit.work or ""
                at[start, end].append(Place(name, hit.owner or "", there, there_end))
    runs = [
        Run(
            places.covered(d, [span]),
            *span,
            tuple(sorted(at[span], key=lambda p: (p.owner, p.work, p.start))),
            frequency,
        )
        for span, frequency in rarest.items()
    ]
    return sorted(runs, key=lambda run: (-run.words, run.start))
