"""`commonweal log new`: a log without entries."""

from __future__ import annotations

import json
from pathlib import Path

import click

from commonweal.cli.log.options import private
from commonweal.cli.terminal import out


@click.command(name="new")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--origin", required=True, help="Its name for good, such as example.org/log; no https://.")
@click.option("--key", type=click.Path(path_type=Path), help="A key kept elsewhere (commonweal rules key).")
@click.option("--password", is_flag=True, help="Ask for the password that the key is locked with.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(folder: Path, origin: str, key: Path | None, password: bool, as_json: bool) -> None:
    """Make a log; print the key that others check it with."""
    from commonweal.log.store import Log

    log = Log.create(folder, origin, key=private(key, password))
    if as_json:
        click.echo(json.dumps({"folder": str(folder), "origin": origin, "key": str(log.verifier)}))
        return
    click.echo(str(log.verifier))
    out.print(
        f"Publish that key, and serve {log.folder} as it stands; keep the rest to yourself.", markup=False
    )
