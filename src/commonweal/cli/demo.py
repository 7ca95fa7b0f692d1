"""`commonweal demo`: both demonstration pools in one brief."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from commonweal.briefing import Case, brief
from commonweal.briefing.terminal import print_case
from commonweal.cli.terminal import err, out, progress_bar, show_owners
from commonweal.parallel import Workers, one_thread
from commonweal.study import Inputs, Plan, case_of, read, run
from commonweal.study.demonstration import prepare


@click.command(name="demo")
@click.option(
    "--out", "folder", type=click.Path(file_okay=False, path_type=Path), default="demo", show_default=True
)
@click.option("--jobs", type=int, default=-1, help="Processes; all cores by default.")
def command(folder: Path, jobs: int) -> None:
    """Appraise the demonstration's pools and write one brief: presidential addresses, and film ratings."""
    cores = (os.cpu_count() or 1) if jobs < 0 else jobs
    plans = prepare(folder / "data")
    pools = [read(plan) for plan in plans]
    for plan, inputs in zip(plans, pools, strict=True):
        err.print(f"\n[bold]{plan.words['title']}[/]")
        show_owners(err, inputs.pool, shown=12)
    with progress_bar() as progress, one_thread(), ThreadPoolExecutor(2) as side_by_side:

        def study(plan: Plan, inputs: Inputs) -> Case:
            def named(done: int, total: int, what: str) -> None:
                progress(done, total, f"{plan.words['works']}: {what}")

            return case_of(run(plan, inputs=inputs, workers=Workers(max(1, cores // 2)), progress=named))

        cases = list(side_by_side.map(study, plans, pools))
    for case in cases:
        print_case(out, case, owners_shown=12)
    path = brief(*cases, title="What two pools are worth").write(folder)
    click.echo(path)
