"""`commonweal archive stats`: what is in an archive, counted."""

from __future__ import annotations

import json
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from commonweal.cli.terminal import out
from commonweal.counts import counted

GROUPS = {
    "nodes": "messages by role",
    "characters": "letters of text by role",
    "parts": "parts by kind",
    "works": "works by kind",
    "models": "messages by model",
    "years": "messages and works by year",
}

NOUNS = {
    "thread": ("conversation",),
    "node": ("message",),
    "part": ("part",),
    "work": ("work",),
    "memory": ("memory", "memories"),
    "asset": ("file",),
    "vanished": ("row that newer exports no longer hold", "rows that newer exports no longer hold"),
}


@click.command(name="stats")
@click.argument("archive", metavar="ARCHIVE")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(archive: str, as_json: bool) -> None:
    """Count what an archive holds: by role, kind, model and year."""
    from commonweal.intake import Archive
    from commonweal.intake.stats import stats

    told = stats(Archive(archive))
    if as_json:
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    _show(told)


def _show(told: dict[str, Any]) -> None:
    rows = [counted(told["rows"][name], *nouns) for name, nouns in NOUNS.items() if told["rows"][name]]
    out.print(", ".join(rows) or "nothing")
    if told["first"]:
        out.print(f"from {told['first']} to {told['last']}; {told['undated']:,} undated")
    for name, title in GROUPS.items():
        if told[name]:
            out.print(f"\n[bold]{title}[/]")
            table = Table(show_header=False)
            table.add_column()
            table.add_column(justify="right")
            for key, n in list(told[name].items())[:15]:
                table.add_row(escape(str(key)), f"{n:,}")
            out.print(table)
