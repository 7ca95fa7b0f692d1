"""`commonweal registry info`: what an index holds."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from commonweal.cli.registry.shared import as_json, echo, index_option, key_option, read_key
from commonweal.cli.terminal import out
from commonweal.counts import counted

OWNERS = 20


@click.command(name="info")
@index_option
@key_option
@click.option("--check", is_flag=True, help="Compare every file with its checksum.")
@as_json
def command(folder: Path, key_file: Path | None, check: bool, as_json: bool) -> None:
    """Say what an index holds; with --check, exits 1 if a file is not as it was written."""
    from commonweal.registry.index import Index
    from commonweal.registry.reading import people

    with Index(folder, key=read_key(key_file)) as index:
        segments = index.segments()
        gone = sum(len(index.catalog.withdrawn(s.name)) for s in segments)
        told: dict[str, Any] = {
            "index": str(folder),
            "works": len(index),
            "owners": people(index.catalog.owners()),
            "withdrawn": gone,
            "segments": len(segments),
            "bytes": sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()),
            "key_inside": (folder / "key").exists(),
        }
        if check:
            told["damaged"] = [f"{s.name}/{name}" for s in segments for name in s.check()]
    if as_json:
        echo(told)
    else:
        _show(told)
    if told.get("damaged"):
        sys.exit(1)


def _show(told: dict[str, Any]) -> None:
    owners = told["owners"]
    out.print(
        f"{counted(told['works'], 'work')} of {counted(len(owners), 'owner')} in "
        f"{counted(told['segments'], 'segment')}, {told['bytes'] / 2**20:,.1f} MiB",
        soft_wrap=True,
    )
    if told["withdrawn"]:
        said = counted(told["withdrawn"], "withdrawn work")
        out.print(f"[yellow]{said} still in the files, found by nobody: compact takes them out[/]")
    out.print("key: in the folder" if told["key_inside"] else "key: kept elsewhere")
    table = Table(show_header=False)
    table.add_column()
    table.add_column(justify="right")
    ranked = sorted(owners, key=lambda o: (-owners[o], o))
    for owner in ranked[:OWNERS]:
        table.add_row(escape(owner), f"{owners[owner]:,}")
    if owners:
        out.print(table)
    if len(ranked) > OWNERS:
        out.print(f"and {counted(len(ranked) - OWNERS, 'more owner')}")
    if "damaged" in told:
        for file in told["damaged"]:
            out.print(f"[red]not as it was written: {escape(file)}[/]")
        if not told["damaged"]:
            out.print("every file is as it was written")
