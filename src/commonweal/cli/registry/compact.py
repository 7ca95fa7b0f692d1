"""`commonweal registry compact`: one segment, without what was withdrawn."""

from __future__ import annotations

from pathlib import Path

import click

from commonweal.cli.registry.shared import as_json, echo, index_option, key_option, read_key
from commonweal.cli.terminal import out
from commonweal.counts import counted


@click.command(name="compact")
@index_option
@key_option
@as_json
def command(folder: Path, key_file: Path | None, as_json: bool) -> None:
    """Write the index anew as one segment, without the works that were withdrawn."""
    from commonweal.registry.index import Index

    with Index(folder, key=read_key(key_file)) as index:
        gone = index.compact()
        held, segments = len(index), len(index.segments())
    if as_json:
        echo({"removed": gone, "works": held, "segments": segments})
        return
    out.print(f"{counted(gone, 'work')} taken out of the files; {counted(held, 'work')} left.")
