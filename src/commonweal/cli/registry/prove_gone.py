"""`commonweal registry prove-gone`: what was withdrawn, taken out of the files, and looked for in them."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from commonweal.cli.registry.shared import (
    as_json,
    columns,
    echo,
    index_option,
    key_option,
    read_key,
    text_option,
    texts,
)  # fmt: skip
from commonweal.cli.terminal import out
from commonweal.counts import counted
from commonweal.errors import InputError


@click.command(name="prove-gone")
@click.argument("works", required=False, metavar="[FILE]")
@text_option
@index_option
@key_option
@as_json
def command(works: str | None, text: str | None, folder: Path, key_file: Path | None, as_json: bool) -> None:
    """Take what was withdrawn out of the files, and look for anything left of it; exits 1 if there is.

    FILE, where given, holds the texts of the works that went: they are looked up as well. Copies of the index
    elsewhere (backups, other machines) are beyond this.
    """
    from commonweal.registry.index import Index
    from commonweal.registry.proof import erase

    asked = [row.text for row in texts(works, columns(text))] if works else []
    with Index(folder, key=read_key(key_file)) as index:
        if not any(entry.withdrawn for entry in index.catalog.works()):
            mend = "commonweal registry withdraw first; what was compacted before can't be looked for"
            raise InputError("nothing is withdrawn", mend=mend, where=str(folder))
        proof = erase(index, texts=asked)
    if as_json:
        echo(dataclasses.asdict(proof) | {"holds": proof.holds})
    else:
        _show(proof)
    if not proof.holds:
        sys.exit(1)


def _show(proof: Any) -> None:
    out.print(
        f"{counted(proof.works, 'work')} had {counted(proof.hashes, 'different hash', 'different hashes')}; "
        f"{proof.shared:,} of them are still there, as those of other works.",
        soft_wrap=True,
    )
    if proof.texts:
        out.print(f"{counted(proof.texts, 'text')} looked up: {proof.found:,} found as one of these works.")
    if proof.holds:
        out.print("[bold]Nothing is left of them[/]: no id, no hash of theirs alone, nothing in the catalog.")
        return
    out.print(f"[bold red]Something is left[/]: {proof.left:,} hashes, {proof.known:,} ids in the catalog")
    for file in proof.files:
        out.print(f"  an id stands in {escape(file)}")
