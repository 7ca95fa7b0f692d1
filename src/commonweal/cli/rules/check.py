"""`commonweal rules check`: what a site's signals say, contradict, and leave open."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import click
from rich.table import Table

from commonweal.cli.terminal import out

COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}


@click.command(name="check")
@click.argument("source", metavar="FOLDER|WARC|HAR|URL")
@click.option("--site", default="", help="Where a folder is published: https://example.org.")
@click.option("--pages", type=click.IntRange(1), help="Most requests to a live site.")
@click.option("--delay", type=click.FloatRange(0), help="Seconds between requests to a live site.")
@click.option("--html", type=click.Path(path_type=Path), help="Write a report to read.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(
    source: str, site: str, pages: int | None, delay: float | None, html: Path | None, as_json: bool
) -> None:
    """Check a folder, saved responses, or a live site (at a slow rate, by its robots.txt); 1 on errors."""
    from commonweal.rules.check import Limits, check

    usual = Limits()
    limits = dataclasses.replace(
        usual,
        live_pages=usual.live_pages if pages is None else pages,
        delay=usual.delay if delay is None else delay,
    )
    report = check(source, limits=limits, origin=site)
    if html is not None:
        html.write_text(report.html(), encoding="utf-8")
    if as_json:
        click.echo(json.dumps(report.to_json(), indent=2, ensure_ascii=False))
    else:
        _show(report.to_json())
    if report.failed:
        sys.exit(1)


def _show(found: dict[str, object]) -> None:
    findings, effective = found["findings"], found["effective"]
    assert isinstance(findings, list)
    assert isinstance(effective, dict)
    for f in findings:
        line = f":{f['line']}" if f["line"] else ""
        count = f" ({f['count']} times)" if f["count"] > 1 else ""
        out.print(f"[{COLOURS[f['severity']]}]{f['severity']}[/] [bold]{f['code']}[/]{count}")
        out.print(f"  {f['where']}{line}: {f['message']}", markup=False)
        out.print(f"  → {f['mend']}", markup=False)
    acts = list(next(iter(effective.values()), {}))
    table = Table(title="What holds", title_justify="left")
    for name in ("path", *acts):
        table.add_column(name)
    for path, effects in list(effective.items())[:40]:
        table.add_row(path, *(effects[act] for act in acts))
    out.print(table)
    if len(effective) > 40:
        out.print(f"and {len(effective) - 40:,} more paths: --json lists them")
    if not findings:
        out.print("Nothing to mend.")
