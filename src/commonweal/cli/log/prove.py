"""`commonweal log prove`: a file with which others check an entry, or that the log only grew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from commonweal.cli.log.options import about, put
from commonweal.errors import InputError


@click.command(name="prove")
@click.argument("folder", metavar="LOG", type=click.Path(path_type=Path))
@click.option("--entry", type=click.IntRange(min=0), help="That an entry is in the log; they count from 0.")
@click.option("--work", metavar="ID", help="That this work is: its id, 32 hex digits. Prints its salt.")
@click.option(
    "--since", type=click.IntRange(min=0), help="That the log continues itself as it was at this size."
)
@click.option("--out", "target", type=click.Path(path_type=Path), required=True, help="File to write.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(
    folder: Path, entry: int | None, work: str | None, since: int | None, target: Path, as_json: bool
) -> None:
    """Write a proof: c2sp.org/tlog-proof for an entry, a request to witnesses (tlog-witness) for --since."""
    from commonweal.log.store import Log

    if sum(asked is not None for asked in (entry, work, since)) != 1:
        raise InputError("nothing, or more than one thing, to prove", mend="give --entry, --work or --since")
    log = Log(folder)
    told: dict[str, Any] = {"file": str(target)}
    proof: Any
    if since is not None:
        proof = log.consistency(since)
        told |= {"since": since}
    elif entry is not None:
        proof = log.inclusion(entry)
        told |= {"entry": entry}
    else:
        proof, salt = _work(log, work or "")
        told |= {"entry": proof.index, "salt": salt.hex()}
    put(target, bytes(proof))
    if as_json:
        click.echo(json.dumps(told | about(proof.note)))
        return
    click.echo(str(target))
    if "salt" in told:
        click.echo(f"salt {told['salt']}")
        click.echo("Whoever has the salt and the object committed to can tell this entry to be of that work.")


def _work(log: Any, work: str) -> tuple[Any, bytes]:
    from commonweal.log.commitment import Salts
    from commonweal.log.registering import opening

    try:
        subject = bytes.fromhex(work)
    except ValueError:
        raise InputError("not a work's id", mend="give its 32 hex digits", where="--work") from None
    path = log.path / "salts.sqlite"
    if not path.exists():
        raise InputError("no salts", mend="this log has no commitments of its own", where=str(path))
    with Salts(path) as salts:
        return opening(log, salts, subject)
