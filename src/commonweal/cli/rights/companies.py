"""`commonweal rights companies`: whom a datenanfragen/data checkout lets letters go to."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from commonweal.cli.terminal import out

SHOWN = 40


@click.command(name="companies")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--find", "wanted", default="", metavar="TEXT", help="Only those whose names hold this text.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(path: Path, wanted: str, as_json: bool) -> None:
    """List the companies of a checkout, for `letter --companies PATH`; exits 1 when one can't be read."""
    import msgspec

    from commonweal.intake.rights import read_companies

    read = read_companies(path)
    text = wanted.casefold()
    found = [c for c in read.companies if any(text in n.casefold() for n in (c.slug, c.name, *c.runs))]
    if as_json:
        value = {"companies": msgspec.to_builtins(found), "problems": [str(p) for p in read.problems]}
        click.echo(json.dumps(value, indent=2, ensure_ascii=False))
    else:
        for c in found[:SHOWN]:
            ways = [way for way in (c.email, c.webform) if way] or ["by post"]
            out.print(f"{c.slug}  {c.name}: {', '.join(ways)}", markup=False, soft_wrap=True)
        if len(found) > SHOWN:
            out.print(f"and {len(found) - SHOWN:,} more: --find TEXT, or --json")
        if not found:
            out.print("None.")
        for problem in read.problems:
            out.print(f"error: {problem}", markup=False, soft_wrap=True)
    if read.problems:
        sys.exit(1)
