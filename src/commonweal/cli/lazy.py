"""Groups of commands that import a command when it is called."""

from __future__ import annotations

import importlib
import keyword
from collections.abc import Mapping

import click


class Lazy(click.Group):
    """A group whose commands live in modules of their own.

    Parameters
    ----------
    package : str
        Where the modules are; each names its command `command`.
    commands : mapping
        Name of each command, and what it does in a line.
    """

    def __init__(self, *args: object, package: str, names: Mapping[str, str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.package, self.names = package, names

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(self.names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        if cmd_name not in self.names:
            return None
        name = cmd_name.replace("-", "_")
        name += "_" if keyword.iskeyword(name) else ""
        module = importlib.import_module(f"{self.package}.{name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.names.items()))
