"""`commonweal log show`: what a log holds, and where a dataset comes from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from commonweal.cli.log.options import about, content, put
from commonweal.counts import counted
from commonweal.errors import InputError


@click.command(name="show")
@click.argument("folder", metavar="LOG", type=click.Path(path_type=Path))
@click.option("--entries", is_flag=True, help="Print the entries, one on each line.")
@click.option("--from", "first", type=click.IntRange(min=0), default=0, help="The first entry to print.")
@click.option("--prov", type=click.Path(path_type=Path), help="Write all events as PROV-JSON (W3C).")
@click.option("--croissant", metavar="HASH", help="Print a dataset's provenance fields for Croissant 1.1.")
@click.option("--draw", metavar="HASH", help="Draw a dataset's chain from works to delivery (SVG, to --out).")
@click.option(
    "--members",
    multiple=True,
    type=click.Path(path_type=Path),
    help="File with the commitments of a set, one on each line: they are named in --prov and --draw.",
)
@click.option("--out", "target", type=click.Path(path_type=Path), help="File for the drawing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(
    folder: Path,
    entries: bool,
    first: int,
    prov: Path | None,
    croissant: str | None,
    draw: str | None,
    members: tuple[Path, ...],
    target: Path | None,
    as_json: bool,
) -> None:
    """Show a log's checkpoint, its entries, or what they say of where a dataset comes from."""
    from commonweal.log import events
    from commonweal.log.store import Log

    if (draw is None) != (target is None):
        raise InputError(
            "a drawing needs a file, and a file a drawing", mend="give --draw HASH and --out FILE"
        )
    log = Log(folder)
    named = _members(members)
    if croissant:
        from commonweal.log.provenance import croissant as fields

        click.echo(json.dumps(fields(events.events(log.entries()), croissant), indent=None if as_json else 2))
    elif entries:
        _entries(log, first)
    else:
        _summary(log, as_json)
    if prov:
        from commonweal.log.provenance import prov as written

        put(prov, json.dumps(written(events.events(log.entries()), named), indent=1).encode() + b"\n")
    if draw and target:
        from commonweal.log import chain

        found = chain.chain(events.events(log.entries()), draw, named)
        put(target, chain.draw(found, named).encode())
        click.echo(chain.describe(found), err=True)


def _entries(log: Any, first: int) -> None:
    from commonweal.log import events

    for place, entry in enumerate(log.entries(first), first):
        try:
            said = events.as_json(events.read(entry))
        except InputError:
            said = {"hex": entry.hex()}
        click.echo(json.dumps({"entry": place, **said}))


def _summary(log: Any, as_json: bool) -> None:
    note = log.note()
    signed, _ = note.verify([log.verifier])
    others = sorted({s.name for s in note.signatures if s.name != log.origin})
    told = about(note) | {"key": str(log.verifier), "signed": bool(signed), "witnesses": others}
    if as_json:
        click.echo(json.dumps(told))
        return
    click.echo(f"{told['origin']}: {counted(told['size'], 'entry', 'entries')}, root {told['root']}")
    click.echo(f"key {told['key']}" if signed else "not signed by its own key")
    for name in others:
        click.echo(f"witness {name} (not checked: commonweal log verify --key)")


def _members(paths: tuple[Path, ...]) -> dict[str, list[str]]:
    from commonweal.log.events import Set

    found = {}
    for path in paths:
        works = content(path).decode("ascii", "replace").split()
        if not works or any(len(w) != 64 or set(w) - set("0123456789abcdef") for w in works):
            raise InputError("not commitments", mend="write 64 hex digits on each line", where=str(path))
        found[Set.of(works).root] = works
    return found
