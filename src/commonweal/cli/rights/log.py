"""`commonweal rights log`: what was asked, when it is due, and what is overdue."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commonweal.cli.terminal import out
from commonweal.errors import InputError

if TYPE_CHECKING:
    from commonweal.intake.rights import Entry

DEFAULT = "commonweal-rights.jsonl"


@click.command(name="log")
@click.option("--log", type=click.Path(path_type=Path), default=Path(DEFAULT), show_default=True)
@click.option("--answered", type=int, metavar="N", help="Note that request N was answered.")
@click.option("--refused", type=int, metavar="N", help="Note that request N was refused.")
@click.option("--reopen", type=int, metavar="N", help="Note that request N is open after all.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="As of this day.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(
    log: Path,
    answered: int | None,
    refused: int | None,
    reopen: int | None,
    today: datetime | None,
    as_json: bool,
) -> None:
    """Show the requests of a log; exits 1 when the answer to one is overdue."""
    from commonweal.intake import rights

    now = today.date() if today else date.today()
    notes = {"answered": answered, "refused": refused, "open": reopen}
    given = {status: n for status, n in notes.items() if n is not None}
    if len(given) > 1:
        raise InputError("more than one note at a time", mend="call it once for each")
    for status, n in given.items():
        rights.mark(log, n, status, now)  # type: ignore[arg-type]
    entries = rights.read_log(log)
    overdue = [e for e in entries if e.overdue(now)]
    if as_json:
        found = [_entry(e, now) for e in entries]
        click.echo(json.dumps({"log": str(log), "requests": found, "overdue": len(overdue)}, indent=2))
    else:
        _show(entries, now)
    if overdue:
        sys.exit(1)


def _entry(entry: Entry, now: date) -> dict[str, object]:
    import msgspec

    value: dict[str, object] = msgspec.to_builtins(entry)
    return value | {"overdue": entry.overdue(now)}


def _show(entries: tuple[Entry, ...], now: date) -> None:
    from rich.table import Table

    table = Table()
    for name in ("n", "service", "kind", "asked", "due", "state", "letter"):
        table.add_column(name, overflow="fold")
    for e in entries:
        state = f"{e.status} {e.on}" if e.on else e.status
        if e.overdue(now):
            state = f"[red]overdue by {(now - e.due).days} days[/]"
        table.add_row(str(e.n), e.service, str(e.kind), str(e.asked), str(e.due), state, e.letter)
    out.print(table)
