"""`commonweal archive search`: words, wherever they stand."""

from __future__ import annotations

import dataclasses
import json
import sys

import click
from rich.markup import escape

from commonweal.cli.archive.show import moment
from commonweal.cli.terminal import out
from commonweal.counts import counted


@click.command(name="search")
@click.argument("archive", metavar="ARCHIVE")
@click.argument("words")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Hits to show.")
@click.option("--exact-case", is_flag=True, help="Kernel and kernel differ.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON Lines for programs.")
def command(archive: str, words: str, limit: int, exact_case: bool, as_json: bool) -> None:
    """Look for words in messages, works, titles and memories; exits 1 if they are nowhere."""
    from commonweal.intake import Archive
    from commonweal.intake.search import search

    hits, total = search(Archive(archive), words, limit=limit, exact_case=exact_case)
    for hit in hits:
        if as_json:
            click.echo(json.dumps(dataclasses.asdict(hit), ensure_ascii=False))
            continue
        who = f", {hit.role}" if hit.role else ""
        place, title = (hit.thread_id or hit.id)[:8], escape(hit.title or "—")
        out.print(f"[cyan]{place}[/] {moment(hit.created_us)}{who}: [bold]{title}[/]")
        line = f"{escape(hit.before)}[yellow]{escape(hit.found)}[/]{escape(hit.after)}"
        out.print("  " + " ".join(line.split()), soft_wrap=True)
    if not as_json:
        more = f", {counted(len(hits), 'text')} shown" if total > len(hits) else ""
        out.print(f"{counted(total, 'text')} with these words{more}")
    if not total:
        sys.exit(1)
