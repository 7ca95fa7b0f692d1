"""`commonweal registry watch`: what a model's outputs repeat word for word."""

from __future__ import annotations

import heapq
import sys
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from commonweal.cli.registry.shared import (
    as_json,
    columns,
    echo,
    excerpt,
    id_option,
    key_option,
    percent,
    read_key,
    say_left_out,
    shown,
    sources,
    text_option,
    texts,
)  # fmt: skip
from commonweal.cli.terminal import out
from commonweal.counts import agree, counted

SHOWN = 15
RUNS = 3
PLACES = 4
MEMBERS = 40


@click.command(name="watch")
@click.argument("folder", type=click.Path(path_type=Path), metavar="INDEX")
@click.argument("outputs", nargs=-1, required=True, metavar="FILE|FOLDER...")
@text_option
@id_option
@key_option
@click.option(
    "--words", type=click.IntRange(1), default=16, show_default=True,
    help="Words of the shortest run; below 16 not all are found.",
)  # fmt: skip
@click.option(
    "--common-from", type=click.IntRange(2), default=10, show_default=True,
    help="Works from which on a run is common and names nobody.",
)  # fmt: skip
@as_json
def command(
    folder: Path,
    outputs: tuple[str, ...],
    text: str | None,
    key: str | None,
    key_file: Path | None,
    words: int,
    common_from: int,
    as_json: bool,
) -> None:
    """List the longest verbatim runs of a model's outputs, with the works; exits 1 if there are any.

    With --json, one line per output with a run, in the order read, then one per member.
    """
    from commonweal.registry.index import Index
    from commonweal.registry.watch import Summary, watch

    read = texts(sources(outputs), columns(text, key))
    summary, longest = Summary(), _Longest()
    with Index(folder, key=read_key(key_file)) as index, shown("outputs looked up") as passing:
        rows = longest.remembering(passing(read))
        for output in watch(index, rows, summary, least=words, common_from=common_from):
            if as_json and (output.runs or output.common):
                echo(output.to_json())
            longest.add(output)
    say_left_out(read)
    if as_json:
        for record in summary.to_json():
            echo(record)
    else:
        _show(summary, longest)
    if summary.found:
        sys.exit(1)


class _Longest:
    """The outputs with the longest runs, with as much of their text as is shown."""

    def __init__(self) -> None:
        self.heap: list[tuple[int, int, Any, list[str]]] = []
        self.texts: dict[int, str] = {}

    def remembering(self, rows: Any) -> Any:
        """Let rows pass, and hold their texts until the output is known."""
        for row in rows:
            self.texts[row.number] = row.text
            yield row

    def add(self, output: Any) -> None:
        text = self.texts.pop(output.number)
        if output.runs:
            passages = [excerpt(text, run.start, run.end) for run in output.runs[:RUNS]]
            heapq.heappush(self.heap, (output.longest, -output.number, output, passages))
            if len(self.heap) > SHOWN:
                heapq.heappop(self.heap)

    def ranked(self) -> list[tuple[Any, list[str]]]:
        return [(output, passages) for *_, output, passages in sorted(self.heap, key=lambda e: e[:2])[::-1]]


def _show(summary: Any, longest: _Longest) -> None:
    for output, passages in longest.ranked():
        out.print(
            f"[bold]{escape(output.key)}[/]: {output.covered:,} of {counted(output.words, 'word')} "
            f"({percent(output.share)}) stand in works",
            soft_wrap=True,
        )
        for run, passage in zip(output.runs, passages, strict=False):
            out.print(f"  [bold red]{run.words:,} words[/] “{passage}”", soft_wrap=True)
            for place in run.places[:PLACES]:
                out.print(
                    f"    in [cyan]{escape(place.work)}[/] by [bold]{escape(place.owner)}[/]", soft_wrap=True
                )
            if len(run.places) > PLACES:
                out.print(f"    and in {counted(len(run.places) - PLACES, 'more work')}")
        if len(output.runs) > RUNS:
            out.print(f"  and {counted(len(output.runs) - RUNS, 'more run')}")
    if summary.found > SHOWN:
        out.print(f"and {counted(summary.found - SHOWN, 'more output')}: --json lists them")
    if summary.members:
        _members(summary)
    out.print(
        f"{summary.found:,} of {counted(summary.outputs, 'output')} "
        f"{agree(summary.found, 'repeats', 'repeat')} a "
        f"registered work word for word; {summary.covered:,} of {counted(summary.words, 'word')}.",
        soft_wrap=True,
    )


def _members(summary: Any) -> None:
    table = Table(title="By member", title_justify="left")
    for name in ("member", "outputs", "works", "runs", "words", "longest"):
        table.add_column(name, justify="left" if name == "member" else "right")
    ranked = summary.ranked()
    for owner, m in ranked[:MEMBERS]:
        numbers = (m.outputs, len(m.works), m.runs, m.words, m.longest)
        table.add_row(escape(owner), *(f"{n:,}" for n in numbers))
    out.print(table)
    if len(ranked) > MEMBERS:
        out.print(f"and {counted(len(ranked) - MEMBERS, 'more member')}")
