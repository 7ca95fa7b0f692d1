"""`commonweal rules check`: what a site's signals say, contradict, and leave open."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import click
from rich.markup import escape

from commonweal.cli.terminal import out

COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}
COLOURS_OF = {"allow": "green", "conditional": "yellow", "deny": "red", "unknown": "magenta"}
SHOWN = 10


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
    alike: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for path, effects in effective.items():
        alike.setdefault(tuple(effects.items()), []).append(path)
    for effects, paths in list(alike.items())[:SHOWN]:
        more = f" and {len(paths) - SHOWN:,} more" if len(paths) > SHOWN else ""
        out.print(f"\n[bold]{escape(', '.join(paths[:SHOWN]))}[/]{more}")
        for effect in COLOURS_OF:
            acts = [act for act, said in effects if said == effect]
            if acts:
                out.print(f"  [{COLOURS_OF[effect]}]{effect:12}[/]{', '.join(acts)}")
    if len(alike) > SHOWN:
        out.print(f"and {len(alike) - SHOWN:,} more kinds of paths: --json lists them")
    if not findings:
        out.print("Nothing to mend.")
