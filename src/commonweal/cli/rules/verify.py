"""`commonweal rules verify`: all that is wrong with a contract, or that nothing is."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from commonweal.cli.rules.ask import moment
from commonweal.errors import InputError


@click.command(name="verify")
@click.argument("contract", type=click.Path(path_type=Path))
@click.option(
    "--earlier", multiple=True, type=click.Path(path_type=Path), help="Another contract of its chain."
)
@click.option(
    "--known", multiple=True, metavar="NAME=KEY", help="A party's public key, known from elsewhere."
)
@click.option("--at", help="For which time. Now, where absent.")
@click.option("--html", type=click.Path(path_type=Path), help="Write the contract as a page to read.")
@click.option("--pdf", type=click.Path(path_type=Path), help="Write the contract as PDF.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(contract: Path, earlier: tuple[Path, ...], known: tuple[str, ...], at: str | None, as_json: bool,
            **pages: Path | None) -> None:  # fmt: skip
    """Verify signatures, hashes, the chain of amendments and the time; exit 1 where anything is wrong."""
    from commonweal.rules import contracts

    raw = _bytes(contract)
    found = contracts.verify(raw, [_bytes(p) for p in earlier], moment(at), known=_known(known))
    for kind, path in pages.items():
        if path is not None:
            render = contracts.to_html if kind == "html" else contracts.to_pdf
            content = render(contracts.from_json(raw, str(contract)), found)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=2, ensure_ascii=False))
    else:
        click.echo(str(found))
    if not found.ok:
        sys.exit(1)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", mend="check the path", where=str(path)) from None


def _known(pairs: tuple[str, ...]) -> dict[str, Any]:
    from commonweal.sealed import PublicKey

    out: dict[str, Any] = {}
    for pair in pairs:
        name, sign, key = pair.rpartition("=")
        if not sign:
            raise InputError(f"{pair!r} is no known key", mend="write NAME=KEY, the key as 64 hex digits")
        out[name] = PublicKey.from_hex(key)
    return out
