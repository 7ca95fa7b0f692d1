"""`commonweal registry how-many`: how many hold a text, by a public sketch, on the asker's own machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from commonweal.cli.registry.shared import (
    as_json,
    columns,
    echo,
    id_option,
    percent,
    say_left_out,
    text_option,
    texts,
)
from commonweal.cli.terminal import out
from commonweal.counts import counted


@click.command(name="how-many")
@click.argument("source", metavar="FILE")
@click.option("--sketch", "path", type=click.Path(path_type=Path), required=True, help="The public sketch.")
@text_option
@id_option
@as_json
def command(source: str, path: Path, text: str | None, key: str | None, as_json: bool) -> None:
    """Say how many hold a text (.txt, .md), or each text of a table. Nothing leaves this machine."""
    from commonweal.registry.public import Sketch

    sketch = Sketch(path)
    read = texts(source, columns(text, key))
    for row in read:
        found = sketch.how_many(row.text)
        if as_json:
            echo({"query": row.key if key else row.number} | found.to_json())
        else:
            _show(row.key, found)
    say_left_out(read)
    if not as_json:
        out.print(
            f"[dim]Of {counted(sketch.owners, 'owner')}; you may be one of those counted. The counts are "
            "of the day "
            f"the sketch was made. Below {sketch.k} it can't tell whether one holds it or {sketch.k - 1}, "
            "or nobody.[/]",
            soft_wrap=True,
        )


def _show(name: str, found: Any) -> None:
    out.print(f"[bold]{escape(name)}[/]")
    if not found.shingles:
        out.print("  fewer than 5 words: nothing to ask for")
        return
    out.print(
        f"  {percent(found.share)} of its runs of 5 words ({found.held:,} of {found.shingles:,}) are held by "
        f"{found.k} or more",
        soft_wrap=True,
    )
    if found.median is not None:
        out.print(f"  half of those by {found.median:,} or more")
    whole = (
        f"at most {found.most:,} can hold all of it"
        if found.held == found.shingles
        else f"fewer than {found.k} can hold all of it"
    )
    out.print(f"  {whole}")
