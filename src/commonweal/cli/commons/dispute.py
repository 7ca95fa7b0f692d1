"""`commonweal commons dispute`: doubts about a verdict, and what became of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commonweal.cli.commons.options import PATH, need_msgspec
from commonweal.cli.terminal import out

if TYPE_CHECKING:
    from commonweal.commons.disputes import Dispute

FILE = click.option(
    "--disputes",
    type=PATH,
    default=Path("disputes.jsonl"),
    show_default=True,
    help="The record; beside the rules.",
)
ON = click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="When; today.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON Lines for programs.")


@click.group(name="dispute")
def command() -> None:
    """Doubt a verdict, decide on a doubt, list them. A disputed item is undecided until that is decided."""
    need_msgspec()


@command.command(name="open")
@click.argument("item")
@click.option("--by", required=True, help="Who: an opaque mark such as a member's number, no name.")
@click.option("--why", required=True, help="Published with the snapshot.")
@ON
@FILE
@JSON
def open_(item: str, by: str, why: str, on: datetime | None, disputes: Path, as_json: bool) -> None:
    """Open a dispute on ITEM."""
    from commonweal.commons import disputes as doubts

    _print([doubts.open_(disputes, item=item, by=by, why=why, on=_day(on))], as_json)


@command.command(name="decide")
@click.argument("number", type=int)
@click.option("--outcome", type=click.Choice(["stands", "commons", "not", "withdrawn"]), required=True)
@click.option("--how", required=True, help="By whom and how: a decision's id, or words.")
@ON
@FILE
@JSON
def decide(number: int, outcome: Any, how: str, on: datetime | None, disputes: Path, as_json: bool) -> None:
    """Note what became of dispute NUMBER."""
    from commonweal.commons import disputes as doubts

    _print([doubts.decide(disputes, number, outcome=outcome, how=how, on=_day(on))], as_json)


@command.command(name="list")
@click.option("--open", "only_open", is_flag=True, help="Those that wait for a decision.")
@FILE
@JSON
def list_(only_open: bool, disputes: Path, as_json: bool) -> None:
    """List the disputes."""
    from commonweal.commons import disputes as doubts

    found = [d for d in doubts.read(disputes) if not (only_open and d.decided)]
    _print(found, as_json)
    if not found and not as_json:
        out.print("None.")


def _day(on: datetime | None) -> Any:
    return (on or datetime.now(UTC)).date()


def _print(found: list[Dispute], as_json: bool) -> None:
    import msgspec

    for dispute in found:
        if as_json:
            click.echo(json.dumps(msgspec.to_builtins(dispute), ensure_ascii=False))
            continue
        outcome = f"{dispute.decided.outcome}, {dispute.decided.on}" if dispute.decided else "open"
        told = f"{dispute.n}  {dispute.item}: {outcome} (opened {dispute.on} by {dispute.by}: {dispute.why})"
        out.print(told, markup=False, soft_wrap=True)
