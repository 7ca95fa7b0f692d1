"""`commonweal archive`: a service's export brought home, read, cleaned, carried on, pooled."""

from __future__ import annotations

import click

from commonweal.cli.lazy import Lazy
from commonweal.errors import MissingExtraError

COMMANDS = {
    "import": "Read an export, whatever its format; everything in it is kept or listed.",
    "show": "What an archive holds, import by import, with what was lost.",
    "stats": "Counts: who said how much, in which years, of which kinds.",
    "search": "Words in messages, works, titles and memories.",
    "redact": "Find what looks private, decide, write a clean copy.",
    "switch": "Write it for another tool, read it back, and say what did not survive.",
    "pool": "The person's own works as a table for `commonweal appraise`.",
}


@click.group(cls=Lazy, package=__name__, names=COMMANDS, name="archive")
def command() -> None:
    """Bring your data out, look at it, clean it, carry it elsewhere, or pool it."""
    try:
        import ijson
        import msgspec  # noqa: F401

        del ijson
    except ImportError:
        raise MissingExtraError("msgspec and ijson", "intake", "commonweal archive") from None
