"""The Brief: cases in, a folder out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from commonweal.briefing import page
from commonweal.briefing.anonymous import anonymous
from commonweal.briefing.case import About, Case
from commonweal.briefing.figures import figures
from commonweal.briefing.headlines import headlines
from commonweal.briefing.sections import sections
from commonweal.briefing.sentences import not_said
from commonweal.briefing.sure import verdicts
from commonweal.counts import counted
from commonweal.errors import InputError
from commonweal.leverage.results import Choices, Contribution, CriticalMass, Scaling, Strike
from commonweal.results import Result, jsonable
from commonweal.valuation.appraisal import Appraisal

SCHEMA = "commonweal/brief/1"


@dataclass(frozen=True, kw_only=True)
class Brief:
    """What a person reads at the bargaining table, about one pool or several.

    Attributes
    ----------
    cases : tuple of Case
        One for each pool, in the order of the page.
    title : str
        Title of the page.
    owners_shown : int
        How many owners the page names; the files have them all.
    """

    cases: tuple[Case, ...]
    title: str
    owners_shown: int = 60

    @property
    def made(self) -> str:
        """The date of the brief: the latest that a case gives, else today."""
        dates = [case.about.made for case in self.cases if case.about.made]
        return str(max(dates) if dates else date.today())

    def html(self) -> str:
        """Return the page.

        Raises
        ------
        MissingExtraError
            If Jinja2 or vl-convert is absent (extra `brief`).
        """
        return page.render(
            self.cases, title=self.title, made=self.made, version=_version(), owners_shown=self.owners_shown
        )

    def to_dict(self) -> dict[str, Any]:
        """Return all results, figures and sentences as docs/reference/brief-json.md has them."""
        return {
            "schema": SCHEMA,
            "title": self.title,
            "made": self.made,
            "version": _version(),
            "cases": [self._case(case) for case in self.cases],
        }

    def _case(self, case: Case) -> dict[str, Any]:
        return {
            "id": case.id,
            "title": case.heading,
            "pool": case.about.pool,
            "builder": case.about.builder,
            "headlines": [vars(h) for h in headlines(case)],
            "figures": [jsonable(f.to_dict()) for f in figures(case)],
            "sure": [vars(v) for v in verdicts(case)],
            "sections": [_section(s) for s in sections(case, owners_shown=self.owners_shown)],
            "not_said": [" ".join(pair) for pair in not_said(case)],
            "method": [": ".join(pair) for pair in page.method_lines(case)],
            "left_out": page.left_out(case),
            "warnings": case.warnings,
            "sources": list(case.about.sources),
            "receipt": case.about.receipt,
            "recompute": case.about.recompute,
            "tables": {name: f"tables/{self._name(case, name)}.parquet" for name in case.results},
            "results": {name: result.to_dict() for name, result in case.results.items()},
        }

    def _name(self, case: Case, name: str) -> str:
        return name if len(self.cases) == 1 else f"{case.id}-{name}"

    def write(self, folder: str | Path) -> Path:
        """Write brief.html, brief.json, tables/<name>.parquet and .json; receipt.json if given.

        Returns
        -------
        Path
            The path of brief.html.
        """
        out = Path(folder)
        html = self.html()  # first, so that a missing extra leaves nothing half written
        (out / "tables").mkdir(parents=True, exist_ok=True)
        for case in self.cases:
            for name, result in case.results.items():
                where = out / "tables" / self._name(case, name)
                pq.write_table(_described(result), where.with_suffix(".parquet"))
                where.with_suffix(".json").write_text(result.to_json(indent=1), "utf-8")
            if case.receipt is not None:
                _write_json(out / f"{self._name(case, 'receipt')}.json", jsonable(dict(case.receipt)))
        _write_json(out / "brief.json", self.to_dict())
        path = out / "brief.html"
        path.write_text(html, "utf-8")
        return path


def brief(
    first: Appraisal | Case,
    *more: Case,
    strike: Strike | None = None,
    contribution: Contribution | None = None,
    critical_mass: CriticalMass | None = None,
    scaling: Scaling | None = None,
    choices: Choices | None = None,
    about: About | None = None,
    receipt: Mapping[str, Any] | None = None,
    title: str = "",
    owners_shown: int = 60,
    anonymise: bool = False,
) -> Brief:
    """Make a brief of an appraisal and what its owners can do, or of several cases.

    Parameters
    ----------
    first : Appraisal or Case
        The appraisal of one pool, with the results beside it as keywords; or the first of several cases.
    *more : Case
        Further pools.
    strike, contribution, critical_mass, scaling, choices : optional
        Results on the same pool; what is absent is said to be absent.
    about : About, optional
        Words, sources and dates.
    receipt : mapping, optional
        Written beside the brief.
    title : str
        Title of the page; by default the heading of the only case, or one that counts the pools.
    owners_shown : int
        How many owners the page names, the largest; the files have them all.
    anonymise : bool
        Replace owners' names by numbers, in the page and in all files.

    Returns
    -------
    Brief
        `.html()`, `.to_dict()`, `.write(folder)`.

    Raises
    ------
    InputError
        If results are given beside cases, two cases have the same title, or `owners_shown` is below one.
    """
    results = {
        "strike": strike,
        "contribution": contribution,
        "critical_mass": critical_mass,
        "scaling": scaling,
        "choices": choices,
    }
    if isinstance(first, Case):
        if about or receipt or any(r is not None for r in results.values()):
            raise InputError("results beside a Case", mend="put them into the Case")
        cases = (first, *more)
    else:
        cases = (Case(appraisal=first, about=about or About(), receipt=receipt, **results), *more)  # type: ignore[arg-type]
    if owners_shown < 1:
        raise InputError(f"owners_shown is {owners_shown}", mend="show at least one")
    if len({case.id for case in cases}) < len(cases):
        raise InputError("two cases have the same title", mend="give each case a title of its own")
    if len(cases) > 1:
        cases = tuple(_own_receipt(case) for case in cases)
    if anonymise:
        cases = tuple(anonymous(case) for case in cases)
    page_title = title or (
        cases[0].heading
        if len(cases) == 1
        else f"What {counted(len(cases), 'pool')} are worth to a model builder"
    )
    return Brief(cases=cases, title=page_title, owners_shown=owners_shown)


def _own_receipt(case: Case) -> Case:
    """Return the case with the name that its receipt has beside those of other cases."""
    name = f"{case.id}-receipt.json"
    if case.receipt is None or case.about.receipt not in ("", "receipt.json"):
        return case
    command = case.about.recompute.replace("receipt.json", name)
    return replace(case, about=replace(case.about, receipt=name, recompute=command))


def _section(section: Any) -> dict[str, Any]:
    tables = [
        {
            "id": t.id,
            "caption": t.caption,
            "columns": list(t.columns),
            "rows": [list(r) for r in t.rows],
            "more": t.more,
        }
        for t in section.tables
    ]
    return {
        "id": section.id,
        "heading": section.heading,
        "missing": section.missing,
        "sentences": list(section.sentences),
        "tables": tables,
    }


def _described(result: Result) -> pa.Table:
    """Return the table with its schema's name and the meaning of each column in the file's metadata."""
    described = [
        field.with_metadata({"description": result.columns[field.name]}) for field in result.table.schema
    ]
    return result.table.cast(pa.schema(described, metadata={"schema": result.schema}))


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1), "utf-8")


def _version() -> str:
    return metadata.version("commonweal")
