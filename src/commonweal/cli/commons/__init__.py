"""`commonweal commons`: what is in the commons, by which rule, and what works add to it."""

from __future__ import annotations

import click

from commonweal.cli.lazy import Lazy

COMMANDS = {
    "classify": "Which items are in the commons, by which rule; undecided where the rules don't say.",
    "publish": "A snapshot: table, description, page with search, rules and decisions, hashes.",
    "diff": "What entered the commons from one snapshot to another, what left, by which rule.",
    "dispute": "Doubt a verdict, decide on a doubt, list them.",
    "decide": "Record a vote on the rules or on works: one member, one voice.",
    "novelty": "How much of each owner's works is new against the commons and the other members.",
}


@click.group(cls=Lazy, package=__name__, names=COMMANDS, name="commons")
def command() -> None:
    """Say what is commons and why, and what works add to it."""
