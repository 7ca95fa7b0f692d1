"""`commonweal registry iscc`: ISCC codes, by choice."""

from __future__ import annotations

from pathlib import Path

import click

from commonweal.cli.registry.shared import as_json, columns, echo, id_option, say_left_out, text_option, texts
from commonweal.cli.terminal import err

BITS = tuple(str(n) for n in range(64, 257, 32))
OPEN = (
    "These codes stand under no key: whoever has one can find copies of the work and of what is like it. "
    "Publish those "
    "that you choose to."
)


@click.command(name="iscc")
@click.argument("source", metavar="FILE|FOLDER")
@text_option
@id_option
@click.option(
    "--bits", type=click.Choice(BITS), default="256", show_default=True, help="Length of each code."
)
@click.option(
    "--files", "as_files", is_flag=True, help="Codes of files as they are: images, media, anything."
)
@as_json
def command(source: str, text: str | None, key: str | None, bits: str, as_files: bool, as_json: bool) -> None:
    """Print ISCC codes (ISO 24138): of each text in a table, or with --files of each file in a folder."""
    if as_files:
        _files(Path(source), int(bits), as_json)
    else:
        _texts(source, text, key, int(bits), as_json)
    err.print(OPEN, style="dim", soft_wrap=True)


def _texts(source: str, text: str | None, key: str | None, bits: int, as_json: bool) -> None:
    from commonweal.registry.iscc import text_code

    read = texts(source, columns(text, key))
    for row in read:
        code = text_code(row.text, bits)
        if as_json:
            echo({"work": row.key, "iscc": code})
        else:
            click.echo(f"{code}  {row.key}")
    say_left_out(read)


def _files(source: Path, bits: int, as_json: bool) -> None:
    from commonweal.registry.iscc import file_codes

    paths = sorted(p for p in source.rglob("*") if p.is_file()) if source.is_dir() else [source]
    for path in paths:
        codes = file_codes(path, bits)
        if as_json:
            echo({
                "file": str(path), "iscc": codes.iscc, "content": codes.content, "data": codes.data,
                "instance": codes.instance,
            })  # fmt: skip
        else:
            click.echo(f"{codes.iscc}  {path}")
