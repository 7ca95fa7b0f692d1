"""The entry point: finds the command's file, and turns errors into exit codes."""

from __future__ import annotations

import os
import sys

import click

from commonweal.cli.lazy import Lazy
from commonweal.errors import CommonwealError

COMMANDS = {
    "appraise": "What the pool adds, each owner's share, strikes, rivals: one command, one brief.",
    "strike": "What withholding costs, for the others first.",
    "contribute": "What giving the works to a rival does.",
    "critical-mass": "How many owners are enough.",
    "scaling": "The learning curve, and what would replace the pool.",
    "owners": "The owner table, with names that may need merging or splitting.",
    "brief": "One brief from the receipts of one appraisal or several.",
    "demo": "Appraise the demonstration pools.",
    "archive": "Your data from a service: read, looked through, cleaned, carried elsewhere, pooled.",
    "rules": "Terms written once, in every dialect; decisions, checks, contracts.",
    "commons": "What is in the commons, by which rule; snapshots; what works add to it.",
    "rights": "What a service's settings stop; letters that ask for more; what is due when.",
    "registry": "Whose works are in a text, a dataset, a model's output; how sound a pool is.",
    "log": "What was registered when, for anybody to check: append, prove, verify, witness, show.",
}


@click.group(cls=Lazy, package="commonweal.cli", names=COMMANDS)
@click.version_option(package_name="commonweal")
def group() -> None:
    """Collective bargaining for information: what a pool of works is worth, and what its owners can do."""


def main() -> None:
    """Run the command line; exits 0 done, 1 found what it was asked to find wrong, 2 bad input."""
    try:
        group(standalone_mode=False)
    except CommonwealError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(2)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.Abort:
        click.echo("interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
