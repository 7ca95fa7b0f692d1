"""What works add: how much of each owner's is in the commons, with other members, or new, and how surely.

Figures are shares of what goes beyond that which unrelated works share (the *baseline*), weighed by document
frequency (`novelty_masses`). With c and s the weighed containment in the commons and in other members' works
alone, and b and d the same of unrelated works, the three shares are max(c - b, 0), max(s - d, 0) and 1 - c -
s over their sum: the correction for chance of Cohen's kappa (1960), with two ways to agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from scipy import stats

from commonweal.charts import marks
from commonweal.commons.novelty_masses import Masses, Others, others_of, weigh
from commonweal.commons.novelty_runs import MOST, WORDS, Runs, gather, shelves
from commonweal.counts import counted
from commonweal.errors import InputError
from commonweal.registry.index import Index
from commonweal.registry.reading import Row
from commonweal.results import Result

DRAWS = 1_000
SHOWN = 60
AT_ONCE = 1 << 20
ENOUGH_REFERENCES = 20
ENOUGH_OWNERS = 10
MOST_BY_CHANCE = 0.1
"""More is no chance, even where most works share it: else a pool of copies would pass for unrelated works."""
SHARES = ("new", "shared", "commons")
POOL = "all owners"
INTERVAL = (
    "bootstrap over each owner's works (of all: over owners), and over what the baseline was measured on"
)

MEANINGS = {
    "works": "works of the owner that were read; a co-owned work counts with each of its owners",
    "words": "words of those works",
    "short": f"works of fewer than {WORDS} words, of which nothing can be told",
    "new": "share that is neither in the commons nor in works of others; the three shares add up to one; "
    "null where nothing goes beyond what unrelated works share",
    "new_low": "lower end of its interval; null for a single work, which can't be drawn anew",
    "new_high": "upper end of the same",
    "shared": "share that is not in the commons and in works of other members",
    "shared_low": "lower end of its interval",
    "shared_high": "upper end of the same",
    "commons": "share that is in the commons",
    "commons_low": "lower end of its interval",
    "commons_high": "upper end of the same",
    "held_commons": "weighed share of runs that the commons holds, nothing set aside",
    "held_others": "the same of runs that only works of others hold",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Novelty(Result):
    """What each owner's works add to a commons and to other members' works.

    `facts` holds: `pool` (the row of all owners together: each work counts once, a run that several members
    hold in the works of each), `commons_works`, `members_works`, `baseline` (commons, members, and the
    medians they come from), `run_words`, `one_run_in`, `confidence`, `draws`, `seed`, `interval`, `warnings`.
    """

    schema: ClassVar[str] = "commonweal/novelty/1"
    columns: ClassVar[Mapping[str, str]] = {
        "owner": "name of the owner",
        "work": "what the owner calls the work",
        **MEANINGS,
    }

    works: pa.Table | None = field(default=None, repr=False, compare=False)
    """The same of each work with each of its owners, without intervals: a work can't be drawn anew."""

    def plot(self) -> dict[str, Any]:
        """Return the chart of what is new: a dot with its interval per owner."""
        rows = [
            {**row, "text": f"{row['owner']}: {row['new']:.1%} new"}
            for row in self.table.slice(0, SHOWN).to_pylist()
            if row["new"] is not None
        ]
        names = [row["owner"] for row in rows]
        y = marks.rows_axis("owner", names)
        x = {"field": "new", "type": "quantitative", "axis": marks.axis("new, by weight", format="%")}
        layers = [
            *marks.bars(rows, y, x, low="new_low", high="new_high", colour=marks.PALE[marks.BLUE], width=7),
            marks.dots(rows, y, x, colour=marks.BLUE),
        ]
        return marks.chart(
            layers, title="What is new", description="Share of each owner's works that is new.",
            height=40 + 24 * len(rows),
        )  # fmt: skip


@dataclass(frozen=True)
class _Baseline:
    """What unrelated works share with the commons, and with other members: measured, and drawn anew."""

    commons: float
    members: float
    commons_drawn: Any
    members_drawn: Any
    told: Mapping[str, float | None]


def novelty(
    works: Iterable[Row],
    commons: Index,
    *,
    members: Index | None = None,
    baseline: bool = True,
    confidence: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
    most: int = MOST,
) -> Novelty:
    """Return how much of each owner's works is new, shared with other members, and in the commons.

    Parameters
    ----------
    works : iterable of Row
        With owners; read once.
    commons : Index
        Works that were withdrawn from it do not count.
    members : Index, optional
        More works of members, by owner: those of an owner aren't held against the owner's own.
    baseline : bool
        Whether what unrelated works share is set aside.
    confidence : float
    draws : int
        Times that each owner's works are drawn anew, for the interval.
    seed : int
    most : int
        Runs held in memory; above it, one in two, four, … is looked at.

    Raises
    ------
    InputError
        Without works, or for a work without owner.
    """
    if not 0 < confidence < 1:
        raise InputError(f"a confidence of {confidence:g}", mend="give a level between 0 and 1")
    keys = [commons.key] if members is None else [commons.key, members.key]
    pool = gather(_owned(works), keys, most)
    if not pool.owners:
        raise InputError("no works", mend="name a table with texts and owners")
    places = shelves(commons)
    others = Others() if members is None else others_of(pool, members, seed)
    masses = weigh(pool, commons, places, others, seed)
    base = _baseline(masses, others, draws, seed) if baseline else _nothing(draws)
    found, warnings = _owners(pool, masses, base, confidence, seed)
    facts = {
        "pool": found.pop(),
        "commons_works": sum(place.works for place in places),
        "members_works": len(pool.owners) + others.works,
        "baseline": {"commons": base.commons, "members": base.members, **base.told},
        "run_words": WORDS,
        "one_run_in": 1 << pool.halvings,
        "confidence": confidence,
        "draws": draws,
        "seed": seed,
        "interval": INTERVAL,
        "warnings": warnings + _doubts(base, baseline, sum(place.works for place in places)),
    }
    found.sort(key=lambda row: (-row["words"], row["owner"]))
    return Novelty(table=_table(found, "owner"), facts=facts, works=_each(pool, masses, base))


def _owned(works: Iterable[Row]) -> Iterable[Row]:
    for row in works:
        if not row.owners:
            raise InputError("a work without owner", mend="name the column of owners", where=row.key)
        yield row


def shares(mass: Any, commons: Any, members: Any) -> Any:
    """Return new, shared and in the commons, from masses float64[…, 3] (all, commons, others) and baselines.

    Returns
    -------
    float64[…, 3]
        NaN where nothing goes beyond the baseline.
    """
    total = mass[..., 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        in_commons, with_others = mass[..., 1] / total, mass[..., 2] / total
        new = np.maximum(1 - in_commons - with_others, 0)
        parts = np.stack(
            [new, np.maximum(with_others - members, 0), np.maximum(in_commons - commons, 0)], axis=-1
        )
        whole = parts.sum(axis=-1, keepdims=True)
        return np.where(whole > 1e-12, parts / whole, np.nan)


def _baseline(masses: Masses, others: Others, draws: int, seed: int) -> _Baseline:
    """Measure what unrelated works share: the lowest of several medians, which related works only raise.

    With the commons: of the commons' own works with the rest of it, and of the pool's owners with it. With
    other members: of the owners with each other, and of the members' index with the rest of it. It is
    `MOST_BY_CHANCE` at most.
    """
    rng = np.random.default_rng([seed, 2])
    sums = np.zeros((len(masses.owners), 3))
    np.add.at(sums, masses.owner, masses.mass)
    sums = sums[sums[:, 0] > 0]
    of_commons = _median(masses.references, ENOUGH_REFERENCES, draws, rng)
    of_pool = _median(sums[:, 1] / sums[:, 0], ENOUGH_OWNERS, draws, rng)
    of_members = _median(sums[:, 2] / sums[:, 0], ENOUGH_OWNERS, draws, rng)
    commons = _lowest([of_commons, of_pool], draws)
    of_others = _median(others.references, ENOUGH_REFERENCES, draws, rng)
    members = _lowest([of_members, of_others], draws)
    told = {
        "commons_in_commons": None if of_commons is None else of_commons[0],
        "owners_in_commons": None if of_pool is None else of_pool[0],
        "owners_in_others": None if of_members is None else of_members[0],
        "members_in_members": None if of_others is None else of_others[0],
    }
    return _Baseline(commons[0], members[0], commons[1], members[1], told)


def _nothing(draws: int) -> _Baseline:
    none = np.zeros(draws)
    return _Baseline(0.0, 0.0, none, none, {})


def _median(values: Any, enough: int, draws: int, rng: Any) -> tuple[float, Any] | None:
    """Return the median and the medians of values drawn anew; None where there are too few."""
    if len(values) < enough:
        return None
    drawn = np.array([np.median(values[rng.integers(len(values), size=len(values))]) for _ in range(draws)])
    return float(np.median(values)), drawn


def _lowest(found: Sequence[tuple[float, Any] | None], draws: int) -> tuple[float, Any]:
    known = [each for each in found if each is not None]
    if not known:
        return 0.0, np.zeros(draws)
    value, drawn = min(known, key=lambda each: each[0])
    return min(value, MOST_BY_CHANCE), np.minimum(drawn, MOST_BY_CHANCE)


def _owners(
    pool: Runs, masses: Masses, base: _Baseline, confidence: float, seed: int
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the row of each owner, and last the row of all, and what to know of them."""
    order = np.argsort(masses.owner, kind="stable")
    edges = np.searchsorted(masses.owner[order], np.arange(len(masses.owners) + 1))
    rows, parts, singles = [], np.zeros((len(masses.owners), 3)), 0
    for i, name in enumerate(masses.owners):
        mine = order[edges[i] : edges[i + 1]]
        mass = masses.mass[mine]
        parts[i] = masses.part[mine] @ mass
        row = _figures(mass, base, confidence, np.random.default_rng([seed, 3, i]))
        singles += row["new_low"] is None
        rows.append({"owner": name} | _size(pool, masses.work[mine]) | row)
    single = len(masses.owners) == 1
    whole = rows[0] if single else _figures(parts, base, confidence, np.random.default_rng([seed, 4]))
    rows.append(whole | {"owner": POOL} | _size(pool, np.arange(len(pool.owners))))
    warnings = []
    if singles:
        warnings.append(
            f"{singles} of {counted(len(masses.owners), 'owner')}: a single work, or none, that anything can "
            "be told of, and so no interval."
        )
    return rows, warnings


def _size(pool: Runs, works: Any) -> dict[str, int]:
    words = pool.words[works]
    return {"works": len(works), "words": int(words.sum()), "short": int((words < WORDS).sum())}


def _drawn(mass: Any, draws: int, rng: Any) -> Any:
    """Return sums over works drawn anew with replacement: float64[works, k] → float64[draws, k]."""
    n = len(mass)
    out = np.empty((draws, mass.shape[1]))
    at_once = max(AT_ONCE // n, 1)
    for first in range(0, draws, at_once):
        here = out[first : first + at_once]
        picks = rng.integers(n, size=(len(here), n)) + n * np.arange(len(here))[:, None]
        here[:] = np.bincount(picks.ravel(), minlength=n * len(here)).reshape(len(here), n) @ mass
    return out


def _figures(mass: Any, base: _Baseline, confidence: float, rng: Any | None) -> dict[str, Any]:
    """Return shares of works float64[works, 3], with intervals where several can be drawn anew."""
    mass = mass[mass[:, 0] > 0]
    whole = mass.sum(axis=0)
    found, ends = shares(whole, base.commons, base.members), np.full((2, 3), np.nan)
    if rng is not None and len(mass) > 1 and np.isfinite(found).all():
        anew = shares(_drawn(mass, len(base.commons_drawn), rng), base.commons_drawn, base.members_drawn)
        anew = anew[np.isfinite(anew).all(axis=1)]
        if len(anew):
            tail = _tail(confidence, len(mass))
            ends = np.quantile(anew, [tail, 1 - tail], axis=0)
    out: dict[str, Any] = {}
    for k, name in enumerate(SHARES):
        out |= {name: found[k], f"{name}_low": ends[0, k], f"{name}_high": ends[1, k]}
    with np.errstate(invalid="ignore"):
        out |= {"held_commons": whole[1] / whole[0], "held_others": whole[2] / whole[0]}
    return {name: float(value) if np.isfinite(value) else None for name, value in out.items()}


def _tail(confidence: float, n: int) -> float:
    """Return the chance beyond each end, lowered for few works: Hesterberg's (2015) expanded percentiles."""
    return float(stats.norm.cdf(np.sqrt(n / (n - 1)) * stats.t.ppf((1 - confidence) / 2, n - 1)))


def _each(pool: Runs, masses: Masses, base: _Baseline) -> pa.Table:
    rows = []
    for owner, work, mass in zip(masses.owner.tolist(), masses.work.tolist(), masses.mass, strict=True):
        about = {"owner": masses.owners[owner], "work": pool.titles[work]} | _size(pool, np.array([work]))
        rows.append(about | _figures(mass[None], base, 0.95, None))
    return _table(rows, "owner", "work")


def _table(rows: list[dict[str, Any]], *first: str) -> pa.Table:
    kinds = {name: pa.string() for name in first} | {
        name: pa.int64() if name in ("works", "words", "short") else pa.float64() for name in MEANINGS
    }
    return pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in kinds.items()})


def _doubts(base: _Baseline, asked: bool, works: int) -> list[str]:
    """Return what the reader should know of the baseline."""
    if not works:
        return ["The commons is empty: nothing can be in it."]
    if not asked:
        return ["Nothing was set aside for what unrelated works share: every run counts."]
    out = []
    if base.told["commons_in_commons"] is None and base.told["owners_in_commons"] is None:
        out.append(
            f"Fewer than {ENOUGH_REFERENCES} works in the commons and than {ENOUGH_OWNERS} owners: what "
            "unrelated works share with it can't be measured, and every run counts."
        )
    if base.told["owners_in_others"] is None and base.told["members_in_members"] is None:
        out.append(
            f"Fewer than {ENOUGH_OWNERS} owners: what unrelated members share can't be measured, and every "
            "run that another member holds counts as shared."
        )
    return out


__all__ = ["Novelty", "novelty", "shares"]
