"""Writes docs/reference/commands.md from the commands' own help: `python scripts/commands.py`."""

from __future__ import annotations

from pathlib import Path

import click

from commonweal.cli.main import COMMANDS, group

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "commands.md"


def page() -> str:
    """Return the page: each command's help as it is printed at 100 columns."""
    made = "Made by `python scripts/commands.py` from the commands' own help; a test holds it to them."
    parts = [f"# Commands\n\n{made}\n"]
    parent = click.Context(group, info_name="commonweal")
    for name in COMMANDS:
        command = group.get_command(parent, name)
        assert command is not None
        context = click.Context(
            command, info_name=name, parent=parent, max_content_width=100, terminal_width=100
        )
        parts.append(f"## commonweal {name}\n\n```\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
