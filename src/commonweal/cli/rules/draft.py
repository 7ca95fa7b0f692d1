"""`commonweal rules draft`: a contract from a template, its blanks filled in from a form."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import click

from commonweal.cli.terminal import out
from commonweal.errors import InputError


@click.command(name="draft")
@click.option("--template", required=True, metavar="NAME", help="`commonweal rules new --list` shows them.")
@click.option("--form", is_flag=True, help="Print a form with an example in every blank, to be filled in.")
@click.option("--blanks", type=click.Path(path_type=Path), help="The form, filled in (TOML or JSON).")
@click.option("--amends", default="", metavar="SHA256", help="Hash of the contract that it replaces.")
@click.option(
    "--out", "target", type=click.Path(path_type=Path), help="File to write, such as contract.json."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(
    template: str, form: bool, blanks: Path | None, amends: str, target: Path | None, as_json: bool
) -> None:
    """Draft a contract: first --form > blanks.toml, then --blanks blanks.toml --out contract.json."""
    from commonweal.rules import templates

    chosen = templates.load(template)
    if form:
        click.echo(chosen.form(), nl=False)
        return
    if blanks is None or target is None:
        raise InputError("no form, or nowhere to write", mend="give --blanks FILE and --out FILE, or --form")
    made = chosen.fill(read_blanks(blanks), amends=amends)
    write_new(target, made.canonical() + b"\n")
    if as_json:
        click.echo(json.dumps({"file": str(target), "sha256": made.sha256}))
        return
    out.print(f"{target}: {made.sha256}", markup=False)
    out.print("Nobody has signed it yet: commonweal rules sign FILE --key KEY")


def read_blanks(path: Path) -> dict[str, Any]:
    """Return the values of a form.

    Raises
    ------
    InputError
        If the file can't be read.
    """
    from commonweal.rules.terms import load_json, read_text

    text = read_text(path)
    if path.suffix == ".json":
        value = load_json(text.encode(), str(path))
        return value if isinstance(value, dict) else {}
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"no TOML: {error}", mend="mend the line that is named", where=str(path)) from None


def write_new(path: Path, content: bytes) -> None:
    """Write a file that is not there yet.

    Raises
    ------
    InputError
        If it is there, or can't be written.
    """
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        raise InputError("is there already", mend="choose another name", where=str(path)) from None
    except OSError as error:
        raise InputError(
            f"can't be written: {error.strerror}", mend="check the path", where=str(path)
        ) from None
