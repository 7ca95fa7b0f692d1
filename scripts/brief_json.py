#!/usr/bin/env python3
"""Write docs/reference/brief-json.md from the result classes: `python scripts/brief_json.py [--check]`."""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path

from commonweal.briefing import SCHEMA, Figure
from commonweal.leverage.results import Choices, Contribution, CriticalMass, Scaling, Strike
from commonweal.results import Result
from commonweal.valuation.appraisal import Appraisal

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "brief-json.md"
RESULTS: dict[str, type[Result]] = {
    "appraisal": Appraisal,
    "strike": Strike,
    "contribution": Contribution,
    "critical_mass": CriticalMass,
    "scaling": Scaling,
    "choices": Choices,
}
TOP = {
    "schema": f"`{SCHEMA}`; the number rises when a field changes its meaning or goes",
    "title": "title of the page",
    "made": "date, ISO 8601",
    "version": "version of commonweal that wrote it",
    "cases": "one object for each pool, in the order of the page",
}
CASE = {
    "id": "name of the case in links and file names",
    "title": "heading of the case",
    "pool, builder": "what the pool is and whom we imagine across the table, as given",
    "headlines": "the three numbers: `title`, `body`, `small`",
    "figures": "the figures of the page in its order, see below",
    "sure": "how sure we are: `verdict` (firm, not firm, depends on a choice), `text`",
    "sections": "`id`, `heading`, `missing` (why there is nothing, else empty), `sentences`, "
    "`tables` as printed "
    "(`id`, `caption`, `columns`, `rows` of texts, `more`)",
    "not_said": "what the numbers do not say",
    "method, left_out, warnings, sources": "lists of sentences, as printed",
    "receipt, recompute": "name of the receipt and the command that recomputes; empty where there is none",
    "tables": "result → path of its Parquet file, relative to brief.json",
    "results": "result → `schema`, `facts`, `columns` (name → meaning), `rows`; digits in full",
}
FIGURE = {
    "id": "stable name: `worth`, `empty`, `full`, `worth_times`, `strike_others`, "
    "`strike_strikers`, `strike_shrunk`, "
    "`strike_worth_lost`, `strike_gap_lost` (where the gap has a floor of its own), "
    "`enough_80`, `enough_50`, `dlp_contribution`, `dlp_strike`, `doubling`, `overlap`",
    "label": "what it is, in words",
    "text": "as printed in terminal, page and here",
    "value": "the number in full; null where it can't be told",
    "low": "lower end of its interval; null where there is none",
    "high": "upper end of the same",
    "unit": "unit of the three; `share` is 1 for all",
    "covers": "which errors the interval covers",
}


def page() -> str:
    """Return the text of the page."""
    if list(FIGURE) != [f.name for f in fields(Figure)]:
        raise SystemExit("FIGURE does not document the fields of Figure")
    parts = [
        "# brief.json and the tables",
        "Written by `commonweal.brief(...).write(folder)` and by `commonweal appraise --out "
        "folder`. This page is made "
        "by `python scripts/brief_json.py` from the result classes; a test holds it to them.",
        "```\nfolder/\n  brief.html            the page, complete in itself\n  brief.json        "
        "    this schema\n"
        "  receipt.json          what recomputes the figures, where one was given\n  "
        "tables/<result>.parquet and .json\n```",
        "With several pools the names of tables and receipts begin with the case's `id`. Numbers "
        "that are not finite are "
        "null. Each Parquet file carries the schema's name in its metadata and each column its meaning. "
        "A figure that can't be told is absent or null, never zero.",
        "## brief.json\n\n" + _table("field", TOP),
        "## A case\n\n" + _table("field", CASE),
        "## A figure\n\n" + _table("field", FIGURE),
    ]
    parts += [
        f"## {name}: `{result.schema}`\n\n{_facts(result)}\n\n{_table('column', dict(result.columns))}"
        for name, result in RESULTS.items()
    ]
    return "\n\n".join(parts) + "\n"


def _facts(result: type[Result]) -> str:
    return " ".join((result.__doc__ or "").split())


def _table(head: str, rows: dict[str, str]) -> str:
    lines = [f"| {head} | meaning |", "|---|---|"]
    return "\n".join(
        lines + [f"| `{'`, `'.join(name.split(', '))}` | {meaning} |" for name, meaning in rows.items()]
    )


def main(arguments: list[str]) -> int:
    """Write the page, or with `--check` tell whether it is as it would be written."""
    if "--check" in arguments:
        return 0 if PAGE.exists() and PAGE.read_text("utf-8") == page() else 1
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
