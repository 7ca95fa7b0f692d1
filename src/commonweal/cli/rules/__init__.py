"""`commonweal rules`: terms written once, in every dialect, with decisions and checks."""

from __future__ import annotations

import click

from commonweal.cli.lazy import Lazy
from commonweal.errors import MissingExtraError

COMMANDS = {
    "new": "Terms from a template, or answer by answer.",
    "export": "Terms in every dialect that machines read, with what each can't say.",
    "ask": "May this be done with that? Yes, no, or on which conditions, and which rule says so.",
    "check": "What a site's signals say, where they contradict each other, what they leave open.",
    "snippets": "What was exported, as lines for nginx, Caddy or Apache.",
    "diff": "What became more or less permissive from one version to another.",
    "draft": "A contract from a template, its blanks filled in.",
    "sign": "Sign a contract.",
    "verify": "Is a contract signed, unaltered and in force?",
    "key": "A new key to sign with.",
}


@click.group(cls=Lazy, package=__name__, names=COMMANDS, name="rules")
def command() -> None:
    """Write terms once, speak every dialect, decide with reasons."""
    try:
        import msgspec  # noqa: F401
    except ImportError:
        raise MissingExtraError("msgspec", "rules", "commonweal rules") from None
