"""`commonweal commons novelty`: what works add, what a plan would, and what a release takes away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from commonweal.cli.commons.novelty_shared import SHOWN, commons, cut, share, write
from commonweal.cli.registry.shared import as_json, columns, echo, read_key, say_left_out, shown, texts
from commonweal.cli.terminal import out
from commonweal.counts import counted
from commonweal.errors import InputError
from commonweal.registry import Index


@click.command(name="novelty")
@click.argument("works", required=False)
@click.option("--owner", metavar="COLUMN", help="Column of the owners.")
@click.option("--text", metavar="COLUMN", help="Column of the texts, where it isn't plain which.")
@click.option("--id", "key", metavar="COLUMN", help="Column that names each work; else file and row.")
@click.option("--separator", help='Between several owners in one field: ";". Lists need none.')
@click.option("--against", metavar="PATH", help="The commons: a registry's index, or a table of its works.")
@click.option("--against-text", metavar="COLUMN", help="Column of the texts in that table.")
@click.option("--against-id", metavar="COLUMN", help="Column that names each work in that table.")
@click.option("--key", "key_file", type=click.Path(path_type=Path), help="File of the index's key.")
@click.option("--members", metavar="INDEX", help="Index of more members' works, to tell what is shared.")
@click.option("--members-key", type=click.Path(path_type=Path), help="File of that index's key.")
@click.option("--each", is_flag=True, help="A row for each work instead of each owner.")
@click.option(
    "--raw", is_flag=True, help="Count every run; set nothing aside for what unrelated works share."
)
@click.option("--plan", type=click.Path(path_type=Path), help="An outline, before anything is written.")
@click.option("--topic", help="The same for a topic, in a few words.")
@click.option("--release", "released", metavar="TABLE", help="What would become free: its effect on worth.")
@click.option("--release-text", metavar="COLUMN", help="Column of the texts in that table.")
@click.option("--base", metavar="TABLE", help="With --release: what builders have already.")
@click.option("--base-text", metavar="COLUMN", help="Column of the texts in that table.")
@click.option("--splits", default=10, show_default=True, help="With --release: how often works are held out.")
@click.option("--jobs", default=-1, help="With --release: processes; all cores by default.")
@click.option("--confidence", default=0.95, show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--out", "path", type=click.Path(path_type=Path), help="Write the table as Parquet.")
@as_json
def command(
    works: str | None, plan: Path | None, topic: str | None, released: str | None, **given: Any
) -> None:
    """Tell how much of each owner's WORKS is new, shared with other members, or in the commons already.

    With --plan or --topic: what the commons says of it already. With --release: what each owner's works are
    worth to a builder before and after something is released to all.
    """
    asked = [name for name, value in (("--plan", plan), ("--topic", topic), ("--release", released)) if value]
    if len(asked) > 1:
        raise InputError("two questions at once", mend="ask one at a time", where=" and ".join(asked))
    if released:
        from commonweal.cli.commons import novelty_release

        novelty_release.ask(_needed(works), _owner(given), released, given)
    elif plan or topic:
        if works:
            raise InputError("a plan and works at once", mend="leave out WORKS", where=asked[0])
        from commonweal.cli.commons import novelty_plan

        novelty_plan.ask(_read(plan) if plan else str(topic), given)
    else:
        _novelty(_needed(works), given)


def _needed(works: str | None) -> str:
    if not works:
        raise InputError("no works", mend="give the path of a table of works, or --plan or --topic")
    return works


def _owner(given: dict[str, Any]) -> str:
    if not given["owner"]:
        raise InputError("nobody owns the works", mend="name the column of owners", where="--owner")
    return str(given["owner"])


def _read(plan: Path) -> str:
    try:
        return plan.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise InputError("no text can be read", where=str(plan), mend="name a file of UTF-8 text") from None


def _novelty(works: str, given: dict[str, Any]) -> None:
    from commonweal.commons.novelty import novelty

    read = texts(works, columns(given["text"], given["key"], _owner(given), given["separator"]))
    members = Index(given["members"], key=read_key(given["members_key"])) if given["members"] else None
    with commons(given) as held, shown("works") as passing:
        found = novelty(
            passing(read),
            held,
            members=members,
            baseline=not given["raw"],
            confidence=given["confidence"],
            seed=given["seed"],
        )
    if members is not None:
        members.close()
    say_left_out(read)
    table = found.works if given["each"] else found.table
    write(table, given["path"])
    if given["as_json"]:
        for row in table.to_pylist():  # type: ignore[union-attr]
            echo({"kind": "work" if given["each"] else "owner"} | row)
        echo({"kind": "pool"} | dict(found.facts))
        return
    _show(table, found.facts, given["each"])


def _show(table: Any, facts: Any, each: bool) -> None:
    base = facts["baseline"]
    out.print(
        f"Against {counted(facts['commons_works'], 'work')} in the commons. "
        f"Set aside, what unrelated works share: {share(base['commons'])} with the commons, "
        f"{share(base['members'])} with other members."
    )
    if facts["one_run_in"] > 1:
        out.print(f"Looked at: one run of {facts['run_words']} words in {facts['one_run_in']}.")
    listed = Table("work" if each else "owner", title_justify="left")
    names = ["words", "new", "shared with others", "in the commons"] if each else [
        "works", "words", "new", "shared with others", "in the commons",
    ]  # fmt: skip
    for name in names:
        listed.add_column(name, justify="right")
    rows = table.slice(0, SHOWN).to_pylist()
    for row in rows if each else [facts["pool"], *rows]:
        cells = [f"{row['words']:,}", *(_interval(row, name) for name in ("new", "shared", "commons"))]
        listed.add_row(
            escape(cut(row["work" if each else "owner"])), *([] if each else [f"{row['works']:,}"]), *cells
        )
    out.print(listed)
    if table.num_rows > SHOWN:
        out.print(f"and {table.num_rows - SHOWN:,} more: see --out or --json")
    if not each:
        out.print(
            f"In brackets: {facts['confidence']:.0%} intervals, had owners' works been others like them.",
            style="dim",
        )
    for warning in facts["warnings"]:
        out.print(f"note: {warning}", style="yellow", markup=False)


def _interval(row: dict[str, Any], name: str) -> str:
    value, low, high = row[name], row[f"{name}_low"], row[f"{name}_high"]
    if value is None:
        return "–"
    told = share(value)
    return told if low is None else f"{told} ({100 * low:.1f}–{100 * high:.1f})"
