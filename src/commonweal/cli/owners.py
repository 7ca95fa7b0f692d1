"""`commonweal owners`: the owner table alone, before anything is computed."""

from __future__ import annotations

import json
from typing import Any

import click

from commonweal.cli.options import ROLES, roles_of
from commonweal.cli.terminal import out, show_owners
from commonweal.errors import InputError
from commonweal.pool import Pool
from commonweal.results import jsonable


def _with_roles(command: Any) -> Any:
    for option in reversed(ROLES):
        command = option(command)
    return command


@click.command(name="owners")
@_with_roles
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs instead of tables.")
def command(as_json: bool, **given: Any) -> None:
    """Print who owns what, and names that may be one person or several."""
    if not given["works"]:
        raise InputError("no works to list", mend="give the path of a table of works")
    pool = Pool.read(given["works"], **roles_of(given))
    if not as_json:
        show_owners(out, pool)
        return
    warnings = [{"kind": kind, "names": list(names), "why": why} for kind, names, why in pool.name_warnings()]
    value = {"owners": pool.owner_table().to_pylist(), "left_out": dict(pool.left_out), "warnings": warnings}
    click.echo(json.dumps(jsonable(value), indent=2, ensure_ascii=False))
