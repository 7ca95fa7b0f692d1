"""`commonweal archive show`: imports, what they brought and lost; or one conversation, to read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from commonweal.cli.terminal import out

SHOWN = 20


@click.command(name="show")
@click.argument("archive", metavar="ARCHIVE")
@click.option(
    "--thread", "thread_id", metavar="ID", help="Read one conversation; the first letters of its id do."
)
@click.option(
    "--limit", type=click.IntRange(1), default=SHOWN, show_default=True, help="Conversations to list."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(archive: str, thread_id: str | None, limit: int, as_json: bool) -> None:
    """List the imports of an archive, what they lost, and its latest conversations; or read one."""
    from commonweal.intake import Archive
    from commonweal.intake.show import conversation, overview

    held = Archive(archive)
    if thread_id is not None:
        told = conversation(held, thread_id)
        if as_json:
            click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        else:
            _read(told)
        return
    found = overview(held, limit)
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        _list(found)


def _list(found: dict[str, Any]) -> None:
    for source in found["sources"]:
        ledger = source["ledger"]
        out.print(
            f"[bold]{escape(source['name'])}[/], {source['reader']}, of {escape(source['owner'])}",
            soft_wrap=True,
        )
        counts = [
            f"{ledger[k]:,} {k}" for k in ("threads", "nodes", "works", "memories", "assets") if ledger[k]
        ]
        out.print(f"  {', '.join(counts) or 'nothing'}; imported {moment(source['imported_us'])}")
        for loss in sorted(ledger["losses"], key=lambda x: -x["n"])[:5]:
            out.print(f"  not as it was: {loss['n']:,} × {escape(loss['path'])}: {escape(loss['reason'])}")
        if len(ledger["losses"]) > 5:
            out.print(f"  and {len(ledger['losses']) - 5:,} more kinds of losses: --json lists them")
    if found["threads"]:
        table = Table(title="Latest conversations", title_justify="left")
        for name in ("id", "when", "title", "messages"):
            table.add_column(name, justify="right" if name == "messages" else "left")
        for row in found["threads"]:
            table.add_row(
                row["id"][:8], moment(row["created_us"]), escape(row["title"] or "—"), f"{row['nodes']:,}"
            )
        out.print(table)
    if found["works"]:
        table = Table(title="Latest works", title_justify="left")
        for name in ("when", "kind", "title or beginning"):
            table.add_column(name)
        for row in found["works"]:
            table.add_row(
                moment(row["created_us"]), row["kind"], escape(row["title"] or (row["text"] or "")[:60])
            )
        out.print(table)


def _read(told: dict[str, Any]) -> None:
    out.print(f"[bold]{escape(told['title'] or 'without a title')}[/], {moment(told['created_us'])}")
    for node in told["nodes"]:
        who = node["author"] or node["role"]
        branch = "" if node["on_active_path"] else ", on a branch that is not shown"
        out.print(f"\n[cyan]{escape(who)}[/] {moment(node['created_us'])}{branch}", soft_wrap=True)
        for part in node["parts"]:
            label = "" if part["kind"] == "text" else f"[{part['kind']}] "
            out.print(label + (part["text"] or ""), markup=False, soft_wrap=True)


def moment(us: int | None) -> str:
    """Return a time for people, to the minute, in UTC."""
    return "undated" if us is None else datetime.fromtimestamp(us / 1e6, UTC).strftime("%Y-%m-%d %H:%M")
