"""`commonweal log append`: events, or commitments to what stays with you."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from commonweal.cli.log.options import about, lines, private
from commonweal.counts import counted
from commonweal.errors import InputError


@click.command(name="append")
@click.argument("folder", metavar="LOG", type=click.Path(path_type=Path))
@click.argument("file", metavar="LINES", type=click.Path(path_type=Path))
@click.option(
    "--commit", is_flag=True, help="Any JSON on each line: its commitment goes into the log, its salt beside."
)
@click.option("--key", type=click.Path(path_type=Path), help="The log's key, where it is kept elsewhere.")
@click.option("--password", is_flag=True, help="Ask for the password that the key is locked with.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(folder: Path, file: Path, commit: bool, key: Path | None, password: bool, as_json: bool) -> None:
    """Add one entry for each line of LINES (JSON Lines; - is standard input).

    A line is an event: {"event": "classified", "works": [...], "rules": "...", "outcome": "open"}. Time and
    actor are now and the log's own where they are left out. With --commit a line is anything; the id under
    which its salt is kept is printed.
    """
    from commonweal.log.store import Log

    log = Log(folder, key=private(key, password))
    if commit:
        _commit(log, file, as_json)
        return
    receipt = log.append(_events(file, log.actor))
    _report(receipt, as_json)


def _events(file: Path, actor: str) -> Iterator[bytes]:
    from commonweal.log import events

    for where, value in lines(file):
        if not isinstance(value, dict):
            raise InputError("not an event", mend="write an object, or give --commit", where=where)
        whole = {"time": events.now().isoformat(), "actor": actor} | value
        yield events.write(events.read(json.dumps(whole).encode(), where))


def _commit(log: Any, file: Path, as_json: bool) -> None:
    from commonweal.log import events
    from commonweal.log.commitment import Salts
    from commonweal.log.registering import commit_values

    values = [(secrets.token_bytes(16), value) for _, value in lines(file)]
    with Salts(log.path / "salts.sqlite") as salts:
        receipt = commit_values(
            log, salts, values, lambda made: events.Registered(events.now(), log.actor, (made.hex(),))
        )
        kept = salts.get([subject for subject, _ in values])
    for subject, _ in values:
        told = {
            "id": subject.hex(),
            "entry": kept[subject].place,
            "commitment": kept[subject].commitment.hex(),
        }
        click.echo(json.dumps(told) if as_json else f"{told['id']}  entry {told['entry']}")
    if not as_json:
        _report(receipt, False)


def _report(receipt: Any, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"first": receipt.first, "count": receipt.count, **about(receipt.note)}))
        return
    click.echo(f"{counted(receipt.count, 'entry', 'entries')} from {receipt.first} on; the log has "
               f"{receipt.checkpoint.size:,}")  # fmt: skip
