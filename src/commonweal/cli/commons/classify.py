"""`commonweal commons classify`: what the rules say of each item."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from commonweal.cli.commons.options import PATH, given, item_options, show


@click.command(name="classify")
@item_options
@click.option(
    "--out", "file", type=PATH, help="Verdicts, by item: .parquet, .csv or .jsonl. Else counts alone."
)
def command(file: Path | None, as_json: bool, **named: Any) -> None:
    """Say of each item whether it is in the commons, by which rule, and why.

    ITEMS is Parquet, CSV or JSON Lines, or a folder of them. No licence is guessed: one that is not
    recognised leaves undecided what hangs on it.
    """
    from commonweal.commons.classify import count, write

    made = given(**named).classification
    counts = write(made, file) if file else count(made)
    version = made.rules.sha256
    show(counts, f"{counts.items:,} items, rules {version[:16]}", as_json, rules_version=version)
