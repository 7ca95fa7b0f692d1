"""`commonweal appraise`: every question in one command, and the same again from a receipt."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from commonweal.briefing import brief
from commonweal.briefing.terminal import print_case
from commonweal.cli.options import plan_of, pool_options
from commonweal.cli.terminal import err, out, progress_bar, show_owners
from commonweal.counts import counted
from commonweal.errors import InputError
from commonweal.parallel import Workers
from commonweal.study import QUESTIONS, Study, case_of, load_receipt, read, recompute, run
from commonweal.study.receipt import INPUT, bit_for_bit

SHOWN = 20


@click.command(name="appraise")
@pool_options
@click.option(
    "--out",
    "folder",
    type=click.Path(file_okay=False),
    help="Folder for brief.html, brief.json, tables, receipt.",
)
@click.option("--quick", is_flag=True, help="Leave out “had we chosen otherwise”.")
@click.option(
    "--receipt",
    "receipt_path",
    type=click.Path(dir_okay=False),
    help="Recompute the result of a receipt and compare.",
)
@click.option(
    "--inputs", type=click.Path(file_okay=False), help="With --receipt: folder that holds its inputs."
)
def command(
    folder: str | None, quick: bool, receipt_path: str | None, inputs: str | None, **given: Any
) -> None:
    """Appraise a pool of WORKS: worth, shares, strikes, a rival, how many suffice, what would replace it."""
    workers = Workers(given["jobs"], given["cluster"])
    if receipt_path:
        if given["works"] or folder:
            raise InputError(
                "a receipt says itself what is computed", mend="leave out WORKS and --out", where="--receipt"
            )
        _again(receipt_path, inputs, workers, given["as_json"])
        return
    if not given["works"]:
        raise InputError("no works to appraise", mend="give the path of a table of works, or --receipt")
    plan = plan_of(given, [q for q in QUESTIONS if not (quick and q == "choices")])
    pools = read(plan)
    show_owners(err, pools.pool, left_out=pools.left_out)
    with progress_bar() as progress:
        study = run(plan, inputs=pools, workers=workers, progress=progress)
    _show(study, folder, given["as_json"])


def _show(study: Study, folder: str | None, as_json: bool) -> None:
    case = case_of(study)
    if folder:  # first: what reads our output may close it early
        err.print(f"written: {brief(case).write(Path(folder))}")
    if as_json:
        found = {name: result.to_dict() for name, result in study.results.items()}
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        print_case(out, case)


def _again(path: str, inputs: str | None, workers: Workers, as_json: bool) -> None:
    recorded = load_receipt(path)
    with progress_bar() as progress:
        study, differences = recompute(recorded, inputs=inputs, workers=workers, progress=progress)
    bits = bit_for_bit(recorded, study)
    if as_json:
        told = {"same": not differences, "bit_for_bit": bits, "differences": [str(d) for d in differences]}
        click.echo(json.dumps(told, indent=2))
    elif differences:
        many = counted(len(differences), "value differs", "values differ")
        out.print(f"[bold red]not the same[/]: {many}")
        if any(d.where.startswith(INPUT) for d in differences):
            out.print("an input is not the file that the receipt names, so its figures may differ:")
        for difference in differences[:SHOWN]:
            out.print(f"  {difference}")
    else:
        how = "bit for bit" if bits else "within 1e-9 of the recorded one"
        out.print(f"[bold green]the same[/]: every figure {how}, every input by its hash")
    if differences:
        sys.exit(1)
