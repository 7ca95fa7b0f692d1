"""`commonweal archive import`: an export becomes an archive, and its ledger is printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from commonweal.cli.terminal import out, progress_bar
from commonweal.counts import counted

SHOWN = 30


def _list(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if not wanted or context.resilient_parsing:
        return
    from commonweal.intake.reader import readers

    for name, reader in readers().items():
        tried = reader.TRIED or "untested on real exports"
        click.echo(f"{name:16} {reader.TITLE} ({tried})")
    context.exit()


@click.command(name="import")
@click.argument("source", metavar="EXPORT")
@click.option(
    "--as", "owner", metavar="NAME", required=True, help="Whose export it is; owns the works in a pool."
)
@click.option(
    "--out", "folder", type=click.Path(path_type=Path), required=True, help="Folder of the archive."
)
@click.option("--format", "form", metavar="NAME", help="Which format it is, where two readers claim a file.")
@click.option(
    "--include",
    multiple=True,
    type=click.Choice(["logins", "messages", "payments"]),
    help="Read files with log-ins, messages of third parties, or payment data as well.",
)
@click.option("--jobs", type=click.IntRange(1), help="Processes; 1 reads as a stream, in the least memory.")
@click.option(
    "--list-formats",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list,
    help="List the formats.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the ledger as JSON for programs.")
def command(
    source: str,
    owner: str,
    folder: Path,
    form: str | None,
    include: tuple[str, ...],
    jobs: int | None,
    as_json: bool,
) -> None:
    """Read a ZIP, folder or file that a service gave; its format is told by its structure.

    A newer export of the same person adds what is new; what vanished from it is kept and marked.
    """
    from commonweal.intake import import_export

    with progress_bar() as progress:
        ledger = import_export(
            source, folder, owner=owner, form=form, include=include, jobs=jobs, progress=progress
        )
    told = ledger.to_json()
    if as_json:
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    _show(told, folder)


def _show(told: dict[str, Any], folder: Path) -> None:
    found = [counted(told[name], *nouns) for name, nouns in FOUND.items() if told[name]]
    out.print(f"[bold]{escape(told['source'])}[/], read as {told['reader']}: {', '.join(found) or 'nothing'}")
    if not told["tried_on_real_exports"]:
        out.print(
            "[yellow]A reader here was never tried on a real export: look closely at what is listed below.[/]"
        )
    if told["unchanged"]:
        out.print("The archive held all of it already: nothing was changed.")
    if told["note"]:
        out.print(f"[yellow]{escape(told['note'])}[/]")
    for what in ("added", "changed", "vanished", "back"):
        some = [f"{n:,} {relation}" for relation, n in told[what].items() if n]
        if some:
            out.print(f"{what}: {', '.join(some)}")
    losses = told["losses"]
    if losses:
        table = Table(title="Not imported, or not as it was", title_justify="left")
        for name, side in (("where", "left"), ("why", "left"), ("n", "right")):
            table.add_column(name, justify=side, overflow="fold")  # type: ignore[arg-type]
        for loss in sorted(losses, key=lambda x: -x["n"])[:SHOWN]:
            table.add_row(escape(loss["path"]), escape(loss["reason"]), f"{loss['n']:,}")
        out.print(table)
        if len(losses) > SHOWN:
            out.print(f"and {counted(len(losses) - SHOWN, 'more kind')} of losses: --json lists them")
    else:
        out.print("Nothing was lost.")
    out.print(f"Archive: {escape(str(folder))}", soft_wrap=True)


FOUND = {
    "threads": ("conversation",),
    "nodes": ("message",),
    "parts": ("part",),
    "works": ("work",),
    "memories": ("memory", "memories"),
    "assets": ("file",),
}
