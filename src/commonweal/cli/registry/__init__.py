"""`commonweal registry`: whose works are in a text, a dataset, a model's output."""

from __future__ import annotations

import click

from commonweal.cli.lazy import Lazy
from commonweal.errors import MissingExtraError

COMMANDS = {
    "add": "Register works: keyed hashes of them, never the texts.",
    "find": "Whose works are in these texts: near duplicates, passages with their places.",
    "watch": "What a model's outputs repeat word for word, and whose it is.",
    "contamination": "Test questions found in training data.",
    "withdraw": "Take a member's works out: found no more from the next query on.",
    "compact": "Take what was withdrawn out of the files as well.",
    "prove-gone": "Show that nothing findable is left of what was withdrawn.",
    "info": "What an index holds, and whether its files are whole.",
    "quality": "What a steward should know of a pool: copies, shared text, accounts that look like one.",
    "iscc": "ISCC codes (ISO 24138) of texts and files, by choice.",
    "public-sketch": "A file that tells anybody how many hold a text, silent on what few hold.",
    "how-many": "How many hold this text, by a public sketch, on your own machine.",
}


@click.group(cls=Lazy, package=__name__, names=COMMANDS, name="registry")
def command() -> None:
    """Register works without giving them away; find them again anywhere."""
    try:
        import numba  # noqa: F401
    except ImportError:
        raise MissingExtraError("numba", "registry", "commonweal registry") from None
