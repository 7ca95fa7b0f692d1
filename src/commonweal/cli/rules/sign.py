"""`commonweal rules sign`: one party's signature under a contract."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import click

from commonweal.cli.rules.ask import moment
from commonweal.cli.terminal import out
from commonweal.errors import InputError


@click.command(name="sign")
@click.argument("contract", type=click.Path(path_type=Path))
@click.option("--key", type=click.Path(path_type=Path), required=True, help="File of the private key.")
@click.option("--password", is_flag=True, help="Ask for the password that the key is locked with.")
@click.option("--party", help="Who signs; the party of that key, where absent.")
@click.option("--at", help="Time of signing. Now, where absent.")
@click.option(
    "--out", "target", type=click.Path(path_type=Path), help="Write elsewhere than to the contract itself."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(
    contract: Path,
    key: Path,
    password: bool,
    party: str | None,
    at: str | None,
    target: Path | None,
    as_json: bool,
) -> None:
    """Sign a contract. Read it first: `commonweal rules verify CONTRACT --html page.html`."""
    from commonweal.rules import contracts
    from commonweal.sealed import PrivateKey

    found = contracts.read(contract)
    signer = PrivateKey.load(key, click.prompt("Password", hide_input=True, err=True) if password else None)
    name = party or next((p.name for p in found.parties if p.public_key == signer.public.hex), None)
    if name is None:
        raise InputError(
            "no party has this key", mend="use the key that the contract names", where=str(contract)
        )
    signed = contracts.sign(found, signer, name, at=moment(at))
    _replace(target or contract, signed.canonical() + b"\n")
    state = contracts.verify(signed, at=moment(at))
    waiting = [s.party for s in state.signatures if s.signed is None]
    if as_json:
        click.echo(json.dumps({"sha256": signed.sha256, "signed": name, "waiting": waiting}))
        return
    click.echo(f"{name} signed {signed.sha256}")
    out.print(f"still to sign: {', '.join(waiting)}" if waiting else "all have signed", markup=False)


def _replace(path: Path, content: bytes) -> None:
    """Put the new content in place at once, so that a fault leaves the old one whole."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(name).replace(path)
