"""`commonweal commons publish`: a snapshot of the commons as a folder for a site."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from commonweal.cli.commons.options import PATH, given, item_options, show
from commonweal.cli.terminal import out


@click.command(name="publish")
@item_options
@click.option("--out", "folder", type=PATH, required=True, help="A new folder, such as site/.")
@click.option("--date", "on", type=click.DateTime(["%Y-%m-%d"]), help="Day of publication; today.")
def command(folder: Path, on: datetime | None, as_json: bool, **named: Any) -> None:
    """Write the items with their verdicts, the rules and their decisions, a page and a description.

    All items are published by identifier, verdict, rule and reason; licence, date, title and address
    of those in the commons alone.
    """
    made = given(**named)
    from commonweal.commons.publish import publish

    manifest = publish(
        made.classification,
        folder,
        sources=made.sources,
        decisions=made.decisions,
        disputes=made.disputes,
        on=(on or datetime.now(UTC)).date(),
    )
    more = {"rules_version": manifest.rules, "standing": manifest.standing, "out": str(folder)}
    counts = made.classification.counts
    show(counts, f"{counts.items:,} items, rules {manifest.rules[:16]}", as_json, **more)
    if not as_json:
        if manifest.standing != "in force":
            out.print(f"[yellow]The rules are {manifest.standing}[/]; the page says so.")
        out.print(f"{folder / 'index.html'}", markup=False)
