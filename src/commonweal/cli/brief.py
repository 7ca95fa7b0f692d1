"""`commonweal brief`: the brief once more, from the receipt of an appraisal."""

from __future__ import annotations

from pathlib import Path

import click

from commonweal.briefing import brief
from commonweal.cli.terminal import err, progress_bar
from commonweal.counts import counted
from commonweal.parallel import Workers
from commonweal.study import case_of, load_receipt, recompute


@click.command(name="brief")
@click.argument("receipts", nargs=-1, required=True, type=click.Path(dir_okay=False))
@click.option(
    "--inputs", type=click.Path(file_okay=False), help="Folder that holds the inputs, if they moved."
)
@click.option(
    "--out", "folder", type=click.Path(file_okay=False, path_type=Path), default="brief", show_default=True
)
@click.option("--title", default="", help="Title of the page.")
@click.option("--anonymise", is_flag=True, help="Number the owners instead of naming them.")
@click.option("--jobs", type=int, default=-1, help="Processes; all cores by default.")
def command(
    receipts: tuple[str, ...], inputs: str | None, folder: Path, title: str, anonymise: bool, jobs: int
) -> None:
    """Write one brief from RECEIPTS, computing them again; several pools stand in one page."""
    cases = []
    for path in receipts:
        with progress_bar() as progress:
            study, differences = recompute(
                load_receipt(path), inputs=inputs, workers=Workers(jobs), progress=progress
            )
        if differences:
            many = counted(len(differences), "value differs", "values differ")
            err.print(f"[yellow]{path}: {many} from the receipt; the brief has the new ones[/]")
        cases.append(case_of(study))
    click.echo(brief(*cases, title=title, anonymise=anonymise).write(folder))
