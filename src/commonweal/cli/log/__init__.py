"""`commonweal log`: a transparency log that anybody can check, and that names nobody."""

from __future__ import annotations

import importlib.util

import click

from commonweal.cli.lazy import Lazy
from commonweal.errors import MissingExtraError

COMMANDS = {
    "new": "A log without entries, in a new folder.",
    "append": "Add events, or commitments to anything.",
    "prove": "That an entry is in it, or that it only grew, in a file for others to check.",
    "verify": "A proof, or a whole log: exit 1 where anything is wrong.",
    "witness": "Sign a log's checkpoint if it continues the last one signed; exit 1 where it does not.",
    "show": "What it holds; its provenance in PROV and Croissant, and a drawing of a dataset's chain.",
}


@click.group(cls=Lazy, package=__name__, names=COMMANDS, name="log")
def command() -> None:
    """Keep a log of what was registered when: proofs for anybody, works and names for nobody."""
    for package in ("msgspec", "cryptography"):
        if importlib.util.find_spec(package) is None:
            raise MissingExtraError(package, "log", "commonweal log")
