"""`commonweal rules diff`: two versions of terms, axis by axis."""

from __future__ import annotations

import json

import click

from commonweal.cli.rules.ask import moment
from commonweal.cli.terminal import out

COLOURS = {"more permissive": "green", "less permissive": "red", "different": "yellow"}


@click.command(name="diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--at", help="For which time: 2027-01-01. Now, where absent.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(old: str, new: str, at: str | None, as_json: bool) -> None:
    """Say what became more or less permissive, for whom, and on which works."""
    from commonweal.rules import read
    from commonweal.rules.algebra import diff

    changes = diff(read(old), read(new), moment(at))
    if as_json:
        rows = [
            {
                "axis": c.axis,
                "what": c.what,
                "before": c.before,
                "after": c.after,
                "direction": str(c.direction),
                "who": list(c.who),
                "works": list(c.works),
            }
            for c in changes
        ]
        click.echo(json.dumps({"changes": rows}, indent=2, ensure_ascii=False))
        return
    if not changes:
        out.print("The two say the same.")
    for c in changes:
        way = str(c.direction)
        label = c.what if c.axis in ("act", c.what) else f"{c.what}, {c.axis}"
        out.print(f"[{COLOURS[way]}]{way}[/]  [bold]{label}[/]: {c.before or 'none'} → {c.after or 'none'}")
        for name, values in (("for", c.who), ("on", c.works)):
            if values:
                more = f" and {len(values) - 8} more" if len(values) > 8 else ""
                out.print(f"    {name} {'; '.join(values[:8])}{more}", markup=False)
