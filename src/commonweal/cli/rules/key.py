"""`commonweal rules key`: a new key to sign with."""

from __future__ import annotations

import json
from pathlib import Path

import click

from commonweal.cli.terminal import out


@click.command(name="key")
@click.option(
    "--out", "target", type=click.Path(path_type=Path), required=True, help="File to write: guild.key."
)
@click.option("--password", is_flag=True, help="Ask for a password that the file is locked with.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(target: Path, password: bool, as_json: bool) -> None:
    """Make an Ed25519 key, in a file that only you can read; print its public half."""
    from commonweal.sealed import PrivateKey

    key = PrivateKey.generate()
    locked = (
        click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True) if password else None
    )
    key.save(target, locked)
    if as_json:
        click.echo(json.dumps({"file": str(target), "public_key": key.public.hex}))
        return
    out.print(f"public key {key.public.hex}", markup=False)
    out.print(f"{target} holds the private key: keep it to yourself, and keep a copy.", markup=False)
