"""`commonweal rights`: settings that stop training, letters, and a log of what is due."""

from __future__ import annotations

import click

from commonweal.cli.lazy import Lazy
from commonweal.errors import MissingExtraError

COMMANDS = {
    "settings": "For each service: which settings stop training, where, and what they do not stop.",
    "letter": "A letter under the GDPR or the CCPA, with its deadline as a calendar file.",
    "log": "What was asked of whom, when it is due, what is overdue.",
    "companies": "The companies of a datenanfragen/data checkout that letters can go to.",
}


@click.group(cls=Lazy, package=__name__, names=COMMANDS, name="rights")
def command() -> None:
    """Settings, letters and deadlines. No lawyer has read the letters."""
    try:
        import msgspec  # noqa: F401
    except ImportError:
        raise MissingExtraError("msgspec", "intake", "commonweal rights") from None
