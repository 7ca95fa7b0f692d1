"""`commonweal demo`: both demonstration pools in one brief."""

from __future__ import annotations

from pathlib import Path

import click

from commonweal.briefing import brief
from commonweal.briefing.terminal import print_case
from commonweal.cli.terminal import err, out, progress_bar, show_owners
from commonweal.parallel import Workers
from commonweal.study import case_of, read, run
from commonweal.study.demonstration import prepare


@click.command(name="demo")
@click.option(
    "--out", "folder", type=click.Path(file_okay=False, path_type=Path), default="demo", show_default=True
)
@click.option("--jobs", type=int, default=-1, help="Processes; all cores by default.")
def command(folder: Path, jobs: int) -> None:
    """Appraise the demonstration's pools and write one brief: presidential addresses, and film ratings."""
    cases = []
    for plan in prepare(folder / "data"):
        inputs = read(plan)
        err.print(f"\n[bold]{plan.words['title']}[/]")
        if len(inputs.pool.owners) <= 60:
            show_owners(err, inputs.pool)
        with progress_bar() as progress:
            study = run(plan, inputs=inputs, workers=Workers(jobs), progress=progress)
        cases.append(case_of(study))
    for case in cases:
        print_case(out, case)
    path = brief(*cases).write(folder)
    click.echo(path)
