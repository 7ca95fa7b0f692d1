"""Writes docs/reference/commands.md from the commands' own help: `python scripts/commands.py`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from commonweal.cli.main import group

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "commands.md"


def page() -> str:
    """Return the page: each command's help as it is printed at 100 columns."""
    made = "Made by `python scripts/commands.py` from the commands' own help; a test holds it to them."
    parent = click.Context(group, info_name="commonweal")
    return "\n".join([f"# Commands\n\n{made}\n", *_below(group, parent, "commonweal", 2)])


def _below(of: click.Group, parent: click.Context, path: str, level: int) -> Iterator[str]:
    """Yield a section for each command of a group, and for those of groups within it."""
    for name in of.list_commands(parent):
        command = of.get_command(parent, name)
        assert command is not None
        context = click.Context(
            command, info_name=name, parent=parent, max_content_width=100, terminal_width=100
        )
        yield f"{'#' * level} {path} {name}\n\n```\n{command.get_help(context)}\n```\n"
        if isinstance(command, click.Group):
            yield from _below(command, context, f"{path} {name}", level + 1)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
