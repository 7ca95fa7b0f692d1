"""What a brief is made of: the results on one pool, and what only people know about it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pyarrow as pa

from commonweal.counts import agree, counted
from commonweal.leverage.results import Choices, Contribution, CriticalMass, Scaling, Strike
from commonweal.results import Result
from commonweal.valuation.appraisal import Appraisal


@dataclass(frozen=True, kw_only=True)
class About:
    """What only people know about a pool: words, sources, dates. All of it is printed as it is given.

    Parameters
    ----------
    pool : str
        What the pool is, as a sentence: "249 presidential addresses, 2.03 million words."
    builder : str
        Whom we imagine across the table and what they have already, as a sentence.
    owner, owners : str
        What an owner is called: "writer", "writers".
    works : str
        What works are called: "addresses", "ratings".
    size : str
        The unit of the `size` column: "words", "rows", "ratings".
    title : str
        Heading; by default one made of the counts.
    made : date, optional
        The date of the brief; today by default.
    sources : sequence of str
        A line for each source, with its licence.
    left_out : mapping
        What was left out → how many; `facts["left_out"]` of the appraisal is added.
    method : sequence of str
        Sentences on the method that the results do not know.
    receipt : str
        What names the receipt: a file name or a hash.
    recompute : str
        The command that recomputes the figures.
    """

    pool: str = ""
    builder: str = ""
    owner: str = "owner"
    owners: str = "owners"
    works: str = "works"
    size: str = ""
    title: str = ""
    made: date | None = None
    sources: tuple[str, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    method: tuple[str, ...] = ()
    receipt: str = ""
    recompute: str = ""

    def __post_init__(self) -> None:
        for name in ("sources", "method"):
            object.__setattr__(self, name, tuple(getattr(self, name)))

    def count(self, n: int) -> str:
        """Return "1 writer", "13 writers"."""
        return counted(n, self.owner, self.owners)

    def name(self, n: int) -> str:
        """Return what n owners are called, without their number."""
        return agree(n, self.owner, self.owners)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One pool: its appraisal, what its owners can do, and what people know about it.

    Parameters
    ----------
    appraisal : Appraisal
        Worth and shares; the only result a brief can't do without.
    strike, contribution, critical_mass, scaling, choices : optional
        Results of the leverage room on the same utility. What is absent is said in the brief to be absent.
    about : About
        Words, sources and dates.
    title : str
        Heading; by default `about.title`, or one made of the counts.
    receipt : mapping, optional
        Written beside the brief as `receipt.json`.
    """

    appraisal: Appraisal
    strike: Strike | None = None
    contribution: Contribution | None = None
    critical_mass: CriticalMass | None = None
    scaling: Scaling | None = None
    choices: Choices | None = None
    about: About = field(default_factory=About)
    title: str = ""
    receipt: Mapping[str, Any] | None = None

    @property
    def heading(self) -> str:
        """The title of the case."""
        if self.title or self.about.title:
            return self.title or self.about.title
        return (
            f"What the {self.about.works} of {self.about.count(self.owners)} are worth to the "
            "maker of a model"
        )

    @property
    def id(self) -> str:
        """A name for links and files: letters, digits and hyphens."""
        words = re.findall(r"[a-z0-9]+", self.heading.lower())
        return textwrap.shorten(" ".join(words), 32, placeholder="").replace(" ", "-") or "pool"

    @property
    def owners(self) -> int:
        """How many owners the pool has."""
        return int(self.appraisal.table.num_rows)

    @property
    def of_all(self) -> str:
        """Return " of 43", nothing where the owners are not known (a result printed by itself)."""
        return f" of {self.owners:,}" if self.owners else ""

    @property
    def results(self) -> dict[str, Result]:
        """The results that there are, by name."""
        names = ("appraisal", "strike", "contribution", "critical_mass", "scaling", "choices")
        return {name: result for name in names if (result := getattr(self, name)) is not None}

    @property
    def size_name(self) -> str:
        """What the `size` column counts."""
        unit = str(self.scaling.facts.get("unit", "size")) if self.scaling else "size"
        return self.about.size or ("size" if "own unit" in unit else unit)

    def unstable(self, *names: str) -> bool:
        """Tell whether the sign of one of these figures varies over the settings that were tried."""
        found = self.choices.facts.get("unstable", ()) if self.choices else ()
        return bool(set(map(str, found)) & set(names))

    @property
    def worth_unstable(self) -> bool:
        """Whether the worth changes its sign over the settings."""
        totals = self.choices.table["total"].to_pylist() if self.choices else []
        signs = {total > 0 for total in totals if total is not None}
        return len(signs) > 1 and self.unstable("total", "worth")

    @property
    def strike_unstable(self) -> bool:
        """Whether what a random strike does to the others changes its sign over the settings."""
        return self.unstable("strike_others", "others_change", "strike")

    @property
    def warnings(self) -> list[str]:
        """The warnings of all results, each once."""
        found = [str(w) for result in self.results.values() for w in result.facts.get("warnings", ())]
        return list(dict.fromkeys(found))


def alone(result: Result) -> Case:
    """Return a case of one result, to print it by itself; its appraisal names no owners."""
    if isinstance(result, Appraisal):
        return Case(appraisal=result)
    facts, gap = result.facts, result.facts.get("gap")
    ends = [facts.get("empty", facts.get("worst")), facts.get("full", facts.get("best"))]
    total = None if None in ends else ends[1] - ends[0]
    known = {"value": total, **({"test_low": gap.get("low"), "test_high": gap.get("high")} if gap else {})}
    table = pa.table({name: pa.array([], _TYPES.get(name, pa.float64())) for name in Appraisal.columns})
    kept = {k: facts[k] for k in ("metric", "confidence") if k in facts}
    empty = Appraisal(table=table, facts={**kept, "empty": ends[0], "full": ends[1], "total": known})
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(result).__name__).lower()
    return replace(Case(appraisal=empty), **{name: result})  # type: ignore[arg-type]


_TYPES = {"owner": pa.string(), "works": pa.int64(), "resolved": pa.bool_()}
