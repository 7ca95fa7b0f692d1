"""`commonweal registry public-sketch`: how many hold what, for anybody to ask, silent on what few hold."""

from __future__ import annotations

from pathlib import Path

import click
from rich.markup import escape

from commonweal.cli.registry.shared import (
    as_json,
    columns,
    echo,
    owner_options,
    say_left_out,
    shown,
    sources,
    texts,
)  # fmt: skip
from commonweal.cli.terminal import out
from commonweal.counts import counted


@click.command(name="public-sketch")
@click.argument("works", nargs=-1, required=True, metavar="FILE|FOLDER...")
@owner_options
@click.option(
    "--out", "target", type=click.Path(path_type=Path), required=True, help="File to write: guild.sketch."
)
@click.option(
    "--k",
    type=click.IntRange(2),
    default=10,
    show_default=True,
    help="Owners that must hold what is told of.",
)
@as_json
def command(
    works: tuple[str, ...],
    owner: str,
    text: str | None,
    key: str | None,
    separator: str | None,
    target: Path,
    k: int,
    as_json: bool,
) -> None:
    """Write a public sketch of works: for runs of 5 words that k owners or more hold, how many hold them.

    Made from the works, not from an index: its hashes stand under a secret key, and these must not.
    """
    from commonweal.registry.public import publish

    read = texts(sources(works), columns(text, key, owner, separator))
    with shown("works read") as passing:
        sketch = publish(passing(read), target, k=k)
    say_left_out(read)
    if as_json:
        echo({
            "sketch": str(target), "k": k, "owners": sketch.owners, "works": sketch.works,
            "shingles": len(sketch.marks), "bytes": target.stat().st_size,
        })  # fmt: skip
        return
    out.print(
        f"{escape(str(target))}: {len(sketch.marks):,} runs of 5 words that {k} or more of "
        f"{counted(sketch.owners, 'owner')} hold, {target.stat().st_size / 1024:,.0f} KiB. Anybody can "
        "test guesses "
        f"against it; of what fewer than {k} hold nothing is in it.",
        soft_wrap=True,
    )
