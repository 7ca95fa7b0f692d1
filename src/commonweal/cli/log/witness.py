"""`commonweal log witness`: sign a log's checkpoint, if it continues the last one that was signed."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import click

from commonweal.cli.log.options import about, content, private, put, verifiers
from commonweal.errors import InputError


@click.command(name="witness")
@click.argument("what", metavar="LOG|REQUEST", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="The witness's, such as witness.example.org/w1.")
@click.option(
    "--key", type=click.Path(path_type=Path), required=True, help="File of the witness's private key."
)
@click.option("--password", is_flag=True, help="Ask for the password that the key is locked with.")
@click.option(
    "--memory",
    type=click.Path(path_type=Path),
    required=True,
    help="File that remembers what was signed last.",
)
@click.option(
    "--known", "known", multiple=True, required=True, metavar="KEY", help="Key of a log to sign for."
)
@click.option(
    "--out", "target", type=click.Path(path_type=Path), help="Write the checkpoint with the signature."
)
@click.option("--add", is_flag=True, help="Put the signature under the LOG's own checkpoint.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(
    what: Path,
    name: str,
    key: Path,
    password: bool,
    memory: Path,
    known: tuple[str, ...],
    target: Path | None,
    add: bool,
    as_json: bool,
) -> None:
    """Sign the checkpoint of a LOG's folder, or of a REQUEST that `commonweal log prove --since` wrote.

    Exit 1 where it is refused: the log is unknown, has not signed, or does not continue what was signed last.
    """
    from commonweal.log.proof import Consistency
    from commonweal.log.store import Log
    from commonweal.log.witness import RefusedError, Witness

    signer = private(key, password)
    assert signer is not None
    witness = Witness(memory, name, signer, verifiers(known))
    log = Log(what) if what.is_dir() else None
    if add and log is None:
        raise InputError("no log to add the signature to", mend="give the LOG's folder, or --out")
    try:
        if log is not None:
            size, last = len(log), witness.size(log.origin)
            if last > size:
                raise RefusedError(f"the log has shrunk from {last} entries to {size}", last)
            asked = log.consistency(last)
        else:
            asked = Consistency.parse(content(what), str(what))
        signature = witness.sign(asked, int(time.time()))
    except RefusedError as refused:
        told = {"signed": False, "reason": refused.reason, "last": refused.size}
        click.echo(json.dumps(told) if as_json else f"refused: {refused.reason}")
        sys.exit(1)
    if add and log is not None:
        log.add(signature, witness.verifier)
    if target is not None:
        put(target, bytes(asked.note.and_signed(signature)))
    line, key_text = str(signature).rstrip("\n"), str(witness.verifier)
    if as_json:
        click.echo(json.dumps({"signed": True, "signature": line, "key": key_text, **about(asked.note)}))
        return
    click.echo(line)
    click.echo(f"key {key_text}")
