"""What a steward should know of a pool before money is split by what is in it. Nothing here is a verdict.

Copies inside and across members, works that mostly stand in others' works too, accounts that look like one,
and an estimate of machine-made text where there are labelled examples to measure it by.
"""

from __future__ import annotations

import secrets
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from commonweal.errors import InputError
from commonweal.progress import Progress, silent
from commonweal.registry.accounts import Accounts, Alike
from commonweal.registry.find import COMMON_FROM, THRESHOLD, Hit, find
from commonweal.registry.index import Index, Work
from commonweal.registry.machine_made import Estimate, Statistic, estimate
from commonweal.registry.reading import Row, batches, owners_of
from commonweal.registry.spans import Places, Span
from commonweal.registry.texts import KEY_BYTES, Key

MOSTLY = 0.5
SOURCES = 3
EVERY = 512


@dataclass(frozen=True)
class Cluster:
    """Works that are near duplicates, each of at least one other among them.

    Attributes
    ----------
    works : tuple of (key, owner)
    owners : int
        Different owners; 1: copies inside one member's works.
    least, most : float
        Jaccard similarity of the least and the most similar pair that links them.
    """

    works: tuple[tuple[str, str], ...]
    owners: int
    least: float
    most: float

    def to_json(self) -> dict[str, Any]:
        """Return it for programs."""
        works = [{"work": key, "owner": owner} for key, owner in self.works]
        return {
            "kind": "cluster", "works": works, "owners": self.owners, "least": self.least, "most": self.most,
        }  # fmt: skip


@dataclass(frozen=True)
class Borrowed:
    """A work most of whose words stand in works of other owners too.

    Attributes
    ----------
    work, owner : str
    words : int
    share : float
        Share of its words within runs of 16 words or more that works of other owners hold.
    common : float
        Share within runs that so many works hold that they tell of nobody; not in `share`.
    sources : tuple of (owner, share, "earlier" | "later" | "")
        With whom, the most first; whether theirs is the earlier by the dates given.
    """

    work: str
    owner: str
    words: int
    share: float
    common: float
    sources: tuple[tuple[str, float, str], ...]

    def to_json(self) -> dict[str, Any]:
        """Return it for programs."""
        sources = [{"owner": o, "share": s, "dated": d or None} for o, s, d in self.sources]
        return {
            "kind": "mostly shared", "work": self.work, "owner": self.owner, "words": self.words,
            "share": self.share, "common": self.common, "sources": sources,
        }  # fmt: skip


@dataclass(frozen=True)
class Report:
    """What a steward reads.

    Attributes
    ----------
    works, owners, words : int
    clusters : tuple of Cluster
        Those of several owners first, then the largest.
    borrowed : tuple of Borrowed
        The highest share first.
    accounts : tuple of Alike
    machine : Estimate or None
        None without labelled examples.
    left_out : dict
        Rows that were not looked at, by reason.
    """

    works: int
    owners: int
    words: int
    clusters: tuple[Cluster, ...]
    borrowed: tuple[Borrowed, ...]
    accounts: tuple[Alike, ...]
    machine: Estimate | None
    left_out: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> Iterator[dict[str, Any]]:
        """Yield one record for each finding, the summary first."""
        yield {
            "kind": "summary", "works": self.works, "owners": self.owners, "words": self.words,
            "clusters": len(self.clusters), "mostly_shared": len(self.borrowed),
            "accounts": len(self.accounts), "left_out": self.left_out,
            "machine_made": self.machine and self.machine.to_json(),
        }  # fmt: skip
        yield from (cluster.to_json() for cluster in self.clusters)
        yield from (work.to_json() for work in self.borrowed)
        yield from (pair.to_json() for pair in self.accounts)


def quality(
    rows: Iterable[Row],
    *,
    threshold: float = THRESHOLD,
    mostly: float = MOSTLY,
    common_from: int = COMMON_FROM,
    statistic: Statistic | None = None,
    progress: Progress = silent,
) -> Report:
    """Return what a steward should know of a pool.

    Parameters
    ----------
    rows : iterable of Row
        Read twice: once to register them in an index that is thrown away after, once to look each of them
        up. Texts are not held; keys, owners and dates are.
    threshold : float
        Jaccard similarity of near duplicates.
    mostly : float
        Share of a work's words in others' works from which on it is reported.
    common_from : int
        Works from which on a run is common.
    statistic : Statistic, optional
        Fitted to labelled examples (`machine_made.learn`).
    progress : callable

    Raises
    ------
    InputError
        Where there are no works, and for a share outside 0 to 1.
    """
    if not 0 < mostly <= 1:
        raise InputError(f"a share of {mostly:g}", mend="above 0, and 1 at most")
    with tempfile.TemporaryDirectory(prefix="commonweal-") as folder:
        index = Index.create(Path(folder) / "pool", key=Key(secrets.token_bytes(KEY_BYTES)))
        with index:
            read = _Read(statistic, progress)
            if not index.add(read.works(rows)):
                raise InputError("no works", mend="name another file, or another column")
            looked = _Looked(read, index, threshold, mostly, common_from)
            for batch in batches(iter(rows)):
                looked.batch(batch)
                progress(looked.done, len(read.seen), "works compared")
    return Report(
        len(read.seen),
        len(read.accounts.works),
        looked.words,
        looked.clusters(),
        tuple(sorted(looked.borrowed, key=lambda b: (-b.share, b.work))),
        tuple(read.accounts.report()),
        None if statistic is None else estimate(statistic, read.above, read.scored, read.short),
    )


@dataclass(frozen=True)
class _Seen:
    key: str
    owner: str
    date: Any


class _Read:
    """The first pass: what is kept of each work, and its score where there is a statistic."""

    def __init__(self, statistic: Statistic | None, progress: Progress) -> None:
        self.statistic, self.progress = statistic, progress
        self.accounts = Accounts()
        self.seen: dict[int, _Seen] = {}
        self.above = self.scored = self.short = 0

    def works(self, rows: Iterable[Row]) -> Iterator[Work]:
        for row in rows:
            self.accounts.work(row.owners, row.date)
            self.seen[row.number] = _Seen(row.key, row.owner, row.date)
            if len(self.seen) % EVERY == 0:
                self.progress(len(self.seen), len(self.seen), "works read")
            if self.statistic is not None:
                self._score(self.statistic.reads_so(row.text))
            yield Work(row.text, row.owner, str(row.number))

    def _score(self, above: bool | None) -> None:
        self.short += above is None
        self.scored += above is not None
        self.above += above is True


class _Looked:
    """The second pass: each work looked up among the others."""

    def __init__(self, read: _Read, index: Index, threshold: float, mostly: float, common_from: int) -> None:
        self.read, self.index = read, index
        self.threshold, self.mostly, self.common_from = threshold, mostly, common_from
        self.parent: dict[int, int] = {}
        self.linked: dict[int, tuple[float, float]] = {}
        self.borrowed: list[Borrowed] = []
        self.words = self.done = 0

    def batch(self, rows: list[Row]) -> None:
        texts = [row.text for row in rows]
        places = Places(texts, self.index.key)
        hits: dict[int, list[Hit]] = defaultdict(list)
        for hit in find(self.index, texts, threshold=self.threshold, common_from=self.common_from):
            hits[hit.query].append(hit)
        for d, row in enumerate(rows):
            self.words += places.words(d)
            self.done += 1
            others = [h for h in hits[d] if h.key != str(row.number)]
            for hit in others:
                if hit.kind == "near":
                    self._near(row, hit)
            self._share(d, row, others, places)

    def _near(self, row: Row, hit: Hit) -> None:
        other, similar = int(hit.key or 0), hit.jaccard or 0.0
        self.read.accounts.alike(row.number, row.owners, other, owners_of(hit.owner or ""))
        a, b = self._root(row.number), self._root(other)
        low, high = self.linked.pop(b, (1.0, 0.0)) if a != b else (1.0, 0.0)
        low_a, high_a = self.linked.get(a, (1.0, 0.0))
        self.parent[b] = a
        self.linked[a] = (min(low, low_a, similar), max(high, high_a, similar))

    def _root(self, row: int) -> int:
        parent = self.parent.setdefault(row, row)
        while parent != row:
            self.parent[row] = row = self.parent[parent]
            parent = self.parent[row]
        return row

    def _share(self, d: int, row: Row, hits: list[Hit], places: Places) -> None:
        spans: dict[str, list[Span]] = defaultdict(list)
        first: dict[str, str] = {}
        common: list[Span] = []
        for hit in hits:
            if hit.kind != "passage":
                continue
            here = [(s[0], s[1]) for s in hit.spans]
            if hit.common:
                common += here
            elif not set(owners_of(hit.owner or "")) & set(row.owners):
                spans[hit.owner or ""] += here
                first[hit.owner or ""] = _order(row.date, self.read.seen[int(hit.key or 0)].date)
        words = places.words(d)
        whole = places.covered(d, [s for own in spans.values() for s in own])
        if not words or whole < self.mostly * words:
            return
        shares = {owner: places.covered(d, own) / words for owner, own in spans.items()}
        most = sorted(shares, key=lambda o: (-shares[o], o))[:SOURCES]
        self.borrowed.append(
            Borrowed(
                row.key, row.owner, words, whole / words, places.covered(d, common) / words,
                tuple((o, shares[o], first[o]) for o in most),
            )
        )  # fmt: skip

    def clusters(self) -> tuple[Cluster, ...]:
        """Return the clusters: those of most owners first, then the largest."""
        members: dict[int, list[int]] = defaultdict(list)
        for row in sorted(self.parent):
            members[self._root(row)].append(row)
        out = []
        for root, found in members.items():
            seen = [self.read.seen[row] for row in found]
            works = tuple((s.key, s.owner) for s in seen)
            out.append(Cluster(works, len({s.owner for s in seen}), *self.linked[root]))
        return tuple(sorted(out, key=lambda c: (-c.owners, -len(c.works), c.works)))


def _order(own: Any, other: Any) -> str:
    if own is None or other is None or type(own) is not type(other) or own == other:
        return ""
    return "earlier" if other < own else "later"
