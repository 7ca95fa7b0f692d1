"""`commonweal registry quality`: what a steward should know of a pool."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from commonweal.cli.registry.shared import (
    as_json,
    columns,
    echo,
    owner_options,
    percent,
    say_left_out,
    sources,
    texts,
)  # fmt: skip
from commonweal.cli.terminal import out, progress_bar
from commonweal.counts import counted

SHOWN = 15
WORKS = 4


@click.command(name="quality")
@click.argument("works", nargs=-1, required=True, metavar="FILE|FOLDER...")
@owner_options
@click.option(
    "--date", metavar="COLUMN", help="Column of dates: who was earlier, who wrote at the same moments."
)
@click.option(
    "--labelled",
    metavar="FILE",
    help='Examples labelled "machine" or "human", to estimate machine-made text by.',
)
@click.option("--label", default="label", show_default=True, metavar="COLUMN", help="Column of their labels.")
@click.option(
    "--threshold", type=float, default=0.8, show_default=True, help="Jaccard similarity of near duplicates."
)
@click.option(
    "--mostly", type=float, default=0.5, show_default=True,
    help="Share of a work in others' works from which on it is listed.",
)  # fmt: skip
@click.option(
    "--html", "page", type=click.Path(path_type=Path), help="Write the report as a page to read offline."
)
@as_json
def command(
    works: tuple[str, ...],
    owner: str,
    text: str | None,
    key: str | None,
    separator: str | None,
    date: str | None,
    labelled: str | None,
    label: str,
    threshold: float,
    mostly: float,
    page: Path | None,
    as_json: bool,
) -> None:
    """Report copies, works mostly shared with others, accounts that look like one: reasons, no verdicts.

    Exits 0 whatever is found. With --json, a summary and then a line for each finding.
    """
    from commonweal.registry.machine_made import learn
    from commonweal.registry.quality import quality

    read = texts(sources(works), columns(text, key, owner, separator, date))
    statistic = learn(texts(labelled, columns(None, None, label))) if labelled else None
    with progress_bar() as progress:
        report = quality(read, threshold=threshold, mostly=mostly, statistic=statistic, progress=progress)
    report = dataclasses.replace(report, left_out=dict(read.left_out))
    say_left_out(read)
    if page is not None:
        from commonweal.registry.page import render

        page.write_text(render(report, Path(works[0]).name), encoding="utf-8")
    if as_json:
        for record in report.to_json():
            echo(record)
    else:
        _show(report, page)


def _show(report: Any, page: Path | None) -> None:
    out.print(f"{counted(report.works, 'work')} of {counted(report.owners, 'owner')}, {report.words:,} words")
    _clusters(report.clusters)
    _borrowed(report.borrowed)
    _accounts(report.accounts)
    _machine(report.machine)
    out.print("\nEach line is a reason to look and to ask, none is a verdict.")
    if page is not None:
        out.print(f"Page: {escape(str(page))}", soft_wrap=True)


def _clusters(found: Any) -> None:
    out.print(f"\n[bold]Works that look like copies[/]: {counted(len(found), 'group')}")
    for cluster in found[:SHOWN]:
        where = "one owner's" if cluster.owners == 1 else f"{cluster.owners:,} owners'"
        out.print(f"  {len(cluster.works):,} works, {where}, {percent(cluster.least)} alike or more")
        for key, owner in cluster.works[:WORKS]:
            out.print(f"    [cyan]{escape(key)}[/] by {escape(owner)}", soft_wrap=True)
        if len(cluster.works) > WORKS:
            out.print(f"    and {len(cluster.works) - WORKS:,} more")
    _more(found, "group")


def _borrowed(found: Any) -> None:
    out.print(f"\n[bold]Works mostly made of words that stand in others' works too[/]: {len(found):,}")
    if not found:
        return
    table = Table()
    for name, side in (("work", "left"), ("owner", "left"), ("words", "right"), ("shared", "right"),
                       ("most with", "left")):  # fmt: skip
        table.add_column(name, justify=side)  # type: ignore[arg-type]
    for work in found[:SHOWN]:
        most, share, dated = work.sources[0]
        when = f", dated {dated}" if dated else ""
        table.add_row(
            escape(work.work), escape(work.owner), f"{work.words:,}", percent(work.share),
            f"{escape(most)} ({percent(share)}{when})",
        )  # fmt: skip
    out.print(table)
    _more(found, "work")


def _accounts(found: Any) -> None:
    out.print(f"\n[bold]Accounts that look like one[/]: {counted(len(found), 'pair')}")
    for pair in found[:SHOWN]:
        said = "; ".join(e.said for e in pair.evidence)
        one, other = map(escape, pair.accounts)
        out.print(f"  [bold]{one}[/] and [bold]{other}[/]: {escape(said)}", soft_wrap=True)
    _more(found, "pair")


def _machine(found: Any) -> None:
    out.print("\n[bold]Text that reads as machine-made[/]")
    if found is None:
        out.print("  no estimate without examples labelled by hand to measure its errors by: --labelled FILE")
        return
    if found.share is None:
        out.print("  no estimate: on the examples given, machines and people can't be told apart")
    else:
        out.print(
            f"  about {percent(found.share)} of the works ({percent(found.low)} to "
            f"{percent(found.high)}), if the "
            "pool is like the examples",
            soft_wrap=True,
        )
    alarms, misses = found.statistic.false_alarms, found.statistic.misses
    out.print(
        f"  {percent(found.above.value)} of {counted(found.above.n, 'work')} scored above the threshold; "
        "on examples "
        f"it was not fitted to, so did {alarms.value:.1%} of {alarms.n:,} texts by people, and "
        f"{misses.value:.1%} of "
        f"{misses.n:,} by machines did not",
        soft_wrap=True,
    )
    if found.short:
        out.print(f"  {counted(found.short, 'work')} too short to score")


def _more(found: Any, noun: str) -> None:
    if len(found) > SHOWN:
        out.print(f"  and {counted(len(found) - SHOWN, f'more {noun}')}: --json and --html list them")
