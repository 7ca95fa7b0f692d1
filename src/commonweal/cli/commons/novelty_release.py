"""What a release of works to all does to a pool's worth: appraised without them in the base, and with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rich.markup import escape
from rich.table import Table

from commonweal.cli.commons.novelty_shared import SHOWN, cut, write
from commonweal.cli.registry.shared import columns, echo, texts
from commonweal.cli.terminal import out, progress_bar
from commonweal.errors import InputError
from commonweal.pool import Pool
from commonweal.registry.reading import Columns, Texts, batches
from commonweal.study import appraise
from commonweal.valuation import Appraisal
from commonweal.valuation.figures import test_half


@dataclass(frozen=True)
class Asked:
    """Which works, whose, what the builder has already, what is released, and how it is appraised."""

    works: str
    owner: str
    text: str
    separator: str | None
    base: str | None
    base_text: str | None
    released: str
    released_text: str | None
    splits: int
    seed: int
    confidence: float
    jobs: int


def release(asked: Asked) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return each owner's worth before and after, and the facts of both appraisals.

    Both are measured on the same held-out works; the interval of a change is that of the paired difference:
    which works were held out, and the sampling of coalitions where there is any.
    """
    pool = Pool.read(asked.works, owner=asked.owner, text=asked.text, owner_sep=asked.separator)
    base = [(asked.base, asked.base_text)] if asked.base else []
    before = _worth(asked, pool, base)
    after = _worth(asked, pool, [*base, (asked.released, asked.released_text)])
    rows, half = _changes(before, after, asked.confidence)
    return rows, _facts(before, after, half, asked)


def _worth(asked: Asked, pool: Pool, base: list[tuple[str, str | None]]) -> Appraisal:
    options = {
        "splits": asked.splits,
        "seed": asked.seed,
        "confidence": asked.confidence,
        "n_jobs": asked.jobs,
    }
    with TemporaryDirectory() as folder, progress_bar() as progress:
        held = _base(Path(folder) / "base.parquet", base) if base else None
        return appraise(pool, base=held, progress=progress, **options)  # type: ignore[arg-type]


def _base(path: Path, parts: list[tuple[str, str | None]]) -> Pool:
    """Return the texts of several files as one pool that nobody owns."""
    schema = pa.schema([("text", pa.large_string())])
    with pq.ParquetWriter(path, schema, compression="zstd") as out:
        for source, column in parts:
            for rows in batches(iter(Texts(source, Columns(text=column)))):
                out.write_table(pa.table({"text": [row.text for row in rows]}, schema=schema))
    return Pool.read(path, owner=None, text="text")


def _changes(before: Appraisal, after: Appraisal, confidence: float) -> tuple[list[dict[str, Any]], float]:
    """Return the change of each owner's worth, largest loss first, and the half-width of that of all."""
    if before.sums is None or after.sums is None:
        raise InputError("an appraisal without its sums", mend="report this: it is a fault of Commonweal")
    old, new = before.sums.findings, after.sums.findings
    half = _half(old, new, confidence)
    was, now = (
        dict(zip(a.table["owner"].to_pylist(), a.table.to_pylist(), strict=True)) for a in (before, after)
    )
    rows = []
    for i, owner in enumerate(before.sums.owners):
        change = now[owner]["value"] - was[owner]["value"]
        rows.append(
            {
                "owner": owner,
                **{f"before{end}": was[owner][name] for end, name in ENDS.items()},
                **{f"after{end}": now[owner][name] for end, name in ENDS.items()},
                "change": change,
                "change_low": None if np.isnan(half[i]) else change - float(half[i]),
                "change_high": None if np.isnan(half[i]) else change + float(half[i]),
            }
        )
    same = old.value.shape == new.value.shape
    whole = test_half((new.value - old.value).sum(axis=0)[None], confidence)[0] if same else np.nan
    return sorted(rows, key=lambda row: (row["change"], row["owner"])), float(whole)


ENDS = {"": "value", "_low": "test_low", "_high": "test_high"}


def _half(old: Any, new: Any, confidence: float) -> Any:
    """Return the half-width of each owner's change; NaN where owners or test works can't be told apart."""
    if old.value.shape != new.value.shape or not (old.per_owner and new.per_owner):
        return np.full(len(old.value), np.nan)
    test = test_half(new.value - old.value, confidence)
    return np.sqrt(test**2 + old.half(old.factor) ** 2 + new.half(new.factor) ** 2)


def _facts(before: Appraisal, after: Appraisal, half: float, asked: Asked) -> dict[str, Any]:
    change = after.total["value"] - before.total["value"]
    return {
        "before": dict(before.total),
        "after": dict(after.total),
        "change": change,
        "change_low": None if np.isnan(half) else change - half,
        "change_high": None if np.isnan(half) else change + half,
        "unit": before.facts["metric"]["unit"],
        "metric": before.facts["metric"]["name"],
        "confidence": asked.confidence,
        "splits": asked.splits,
        "seed": asked.seed,
        "method": before.method,
        "warnings": list(dict.fromkeys([*before.facts["warnings"], *after.facts["warnings"]])),
    }


def ask(works: str, owner: str, released: str, given: dict[str, Any]) -> None:
    """Print, or write, what a release does to worth."""
    if given["against"]:
        raise InputError(
            "what is in the commons already is the builder's", mend="name it with --base", where="--against"
        )
    text = given["text"] or texts(works, columns(None)).columns.text
    rows, facts = release(
        Asked(
            works, owner, str(text), given["separator"], given["base"], given["base_text"], released,
            given["release_text"], given["splits"], given["seed"], given["confidence"], given["jobs"],
        )
    )  # fmt: skip
    if given["path"]:
        write(pa.Table.from_pylist(rows), given["path"])
    if given["as_json"]:
        for row in rows:
            echo({"kind": "owner"} | row)
        echo({"kind": "pool"} | facts)
        return
    listed = Table("owner", title=f"worth before and after, in {facts['unit']}", title_justify="left")
    for name in ("before", "after", "change"):
        listed.add_column(name, justify="right")
    total = [_total(facts[name]) for name in ("before", "after")]
    listed.add_row("all owners", *total, _change(facts))
    for row in rows[:SHOWN]:
        listed.add_row(
            escape(cut(row["owner"])), *(f"{row[name]:.4g}" for name in ("before", "after")), _change(row)
        )
    out.print(listed)
    if len(rows) > SHOWN:
        out.print(f"and {len(rows) - SHOWN:,} more: see --out or --json")
    out.print(
        f"In brackets: {facts['confidence']:.0%} intervals of the change, on the same held-out works.",
        style="dim",
    )
    for warning in facts["warnings"]:
        out.print(f"note: {warning}", style="yellow", markup=False, soft_wrap=True)


def _change(row: dict[str, Any]) -> str:
    told = f"{row['change']:+.3g}"
    return (
        told
        if row["change_low"] is None
        else f"{told} ({row['change_low']:+.2g} to {row['change_high']:+.2g})"
    )


def _total(total: dict[str, Any]) -> str:
    value, low, high = (total.get(name) for name in ("value", "test_low", "test_high"))
    if value is None:
        return "–"
    return f"{value:.4g}" if low is None else f"{value:.4g} ({low:.3g}–{high:.3g})"
