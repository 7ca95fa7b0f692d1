"""`commonweal commons diff`: two snapshots, item by item."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commonweal.cli.commons.options import PATH, need_msgspec
from commonweal.cli.terminal import out
from commonweal.counts import counted

if TYPE_CHECKING:
    from commonweal.commons.diff import Change, Diff, State

_KINDS = {
    "entered": ("green", "entered the commons"),
    "left": ("red", "left the commons"),
    "changed": ("yellow", "changed otherwise"),
    "added": ("dim", "new, not in the commons"),
    "removed": ("dim", "gone, were not in the commons"),
}
_SHOWN = 20


@click.command(name="diff")
@click.argument("old", type=PATH)
@click.argument("new", type=PATH)
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON Lines for programs: changes, then a summary."
)
def command(old: Path, new: Path, as_json: bool) -> None:
    """Say what entered the commons from OLD to NEW, what left, what changed, and by which rule.

    Exits 1 when something left the commons.
    """
    need_msgspec()
    from commonweal.commons.diff import Diff

    diff = Diff(old, new)
    (_print_json if as_json else _print)(diff)
    if diff.counts["left"]:
        click.get_current_context().exit(1)


def _print_json(diff: Diff) -> None:
    import msgspec

    for change in diff.changes():
        click.echo(msgspec.json.encode(change).decode())
    counts = {kind: diff.counts[kind] for kind in _KINDS}
    rules = {"before": diff.before.rules, "after": diff.after.rules}
    click.echo(json.dumps({"summary": counts, "rules": rules}))


def _print(diff: Diff) -> None:
    kept: dict[str, list[Change]] = {kind: [] for kind in _KINDS}
    for change in diff.changes():
        if len(kept[change.kind]) < _SHOWN:
            kept[change.kind].append(change)
    if diff.before.rules != diff.after.rules:
        out.print(f"rules: {diff.before.rules[:16]} → {diff.after.rules[:16]} ({diff.after.standing})")
    if not diff.counts:
        out.print("Nothing changed.")
    for kind, (colour, words) in _KINDS.items():
        n = diff.counts[kind]
        if n:
            out.print(f"[{colour}]{words}[/]: {counted(n, 'item')}")
            for change in kept[kind]:
                told = f"  {change.item}: {_state(change.before)} → {_state(change.after)}"
                out.print(told, markup=False, soft_wrap=True)
        if n > _SHOWN:
            out.print(f"  and {n - _SHOWN:,} more (--json lists all)")


def _state(state: State | None) -> str:
    if state is None:
        return "absent"
    told = f"{state.verdict} ({state.rule})" if state.rule else state.verdict
    return f"{told}, disputed" if state.disputed else told
