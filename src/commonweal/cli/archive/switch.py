"""`commonweal archive switch`: written for another tool, read back, compared."""

from __future__ import annotations

import json
from pathlib import Path

import click

from commonweal.cli.terminal import out


def _target(context: click.Context, _: click.Parameter, value: str) -> str:
    from commonweal.intake.switching import targets

    if value not in targets():
        raise click.BadParameter(f"one of {', '.join(targets())}", ctx=context)
    return value


@click.command(name="switch")
@click.argument("archive", metavar="ARCHIVE")
@click.option(
    "--to",
    "target",
    required=True,
    callback=_target,
    metavar="TARGET",
    help="open-webui, librechat, markdown, memory-text or agents-md.",
)
@click.option("--out", "folder", type=click.Path(path_type=Path), required=True, help="New folder to write.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON for programs.")
def command(archive: str, target: str, folder: Path, as_json: bool) -> None:
    """Write an archive for another tool, read it back, and say item by item what did not survive."""
    from commonweal.intake import Archive
    from commonweal.intake.switching import switch

    report = switch(Archive(archive), target, folder)
    if as_json:
        click.echo(json.dumps(report.to_json(), indent=2, ensure_ascii=False))
    else:
        out.print(report.text(), markup=False, soft_wrap=True)
