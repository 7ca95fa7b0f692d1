"""`commonweal registry find`: whose works are in texts."""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import ExitStack
from itertools import repeat
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
from commonweal.errors import InputError
from commonweal.registry.reading import owners_of

SHOWN = 20
PASSAGES = 3
MEMBERS = 40


@click.command(name="find")
@click.argument("asked", nargs=-1, required=True, metavar="FILE|FOLDER...")
@text_option
@id_option
@click.option(
    "--index", "folders", type=click.Path(path_type=Path), multiple=True, required=True,
    help="Folder of the index; repeat to ask several, each under its own key.",
)  # fmt: skip
@click.option(
    "--key", "key_files", type=click.Path(path_type=Path), multiple=True,
    help="File of the key, where it is not in the index; with several indexes, one for each in their order.",
)  # fmt: skip
@click.option(
    "--threshold", type=float, default=0.8, show_default=True, help="Jaccard similarity of near duplicates."
)
@click.option(
    "--common-from", type=click.IntRange(2), default=10, show_default=True,
    help="Works from which on a passage is common and names nobody.",
)  # fmt: skip
@click.option("--all", "whole", is_flag=True, help=f"Show every text with a hit, not the first {SHOWN}.")
@as_json
def command(
    asked: tuple[str, ...],
    text: str | None,
    key: str | None,
    folders: tuple[Path, ...],
    key_files: tuple[Path, ...],
    threshold: float,
    common_from: int,
    whole: bool,
    as_json: bool,
) -> None:
    """Find whose works are in texts: near duplicates, and passages of 16 words and more. Exits 0 either way.

    With --json, one line per hit: query (row, from 0, or the value of --id), work, owner, kind, common,
    jaccard, containment, spans [[query_start, query_end, work_start, work_end]] in characters. A common
    passage has neither work nor owner.
    """
    from commonweal.registry.find import find_all
    from commonweal.registry.index import Index
    from commonweal.registry.reading import batches

    if key_files and len(key_files) != len(folders):
        problem = f"{len(key_files)} keys for {len(folders)} indexes"
        raise InputError(problem, mend="give one --key for each --index, or none")
    keys = map(read_key, key_files) if key_files else repeat(None)

    read = texts(sources(asked), columns(text, key))
    told = _Told(whole)
    with ExitStack() as opened, shown("texts looked up") as passing:
        indexes = [
            opened.enter_context(Index(folder, key=secret))
            for folder, secret in zip(folders, keys, strict=False)
        ]
        for batch in batches(passing(read)):
            hits: dict[int, list[Any]] = defaultdict(list)
            found = find_all(indexes, [r.text for r in batch], threshold=threshold, common_from=common_from)
            for hit in found:
                if as_json:
                    row = batch[hit.query]
                    echo(_record(hit, row.key if key else row.number))
                else:
                    hits[hit.query].append(hit)
            told.batch(batch, hits)
    say_left_out(read)
    if not as_json:
        told.end()


def _record(hit: Any, query: str | int) -> dict[str, Any]:
    return {
        "query": query, "work": hit.key or hit.work, "owner": hit.owner, "kind": hit.kind,
        "common": hit.common, "jaccard": hit.jaccard, "containment": hit.containment,
        "spans": [list(s) for s in hit.spans],
    }  # fmt: skip


class _Told:
    """What people are shown: text by text, then member by member."""

    def __init__(self, whole: bool) -> None:
        self.whole, self.asked, self.found, self.common = whole, 0, 0, 0
        self.texts: Counter[str] = Counter()
        self.works: dict[str, set[str]] = defaultdict(set)
        self.near: Counter[str] = Counter()
        self.passages: Counter[str] = Counter()

    def batch(self, rows: list[Any], hits: dict[int, list[Any]]) -> None:
        self.asked += len(rows)
        for d, row in enumerate(rows):
            named = [h for h in hits.get(d, ()) if not h.common]
            common = [h for h in hits.get(d, ()) if h.common]
            self.common += bool(common)
            if not named:
                continue
            self.found += 1
            self._count(named)
            if self.whole or self.found <= SHOWN:
                _text(row, named, common)

    def _count(self, named: list[Any]) -> None:
        self.texts.update({owner for h in named for owner in owners_of(h.owner)})
        for hit in named:
            for owner in owners_of(hit.owner):
                self.works[owner].add(hit.work)
                self.near[owner] += hit.kind == "near"
                self.passages[owner] += len(hit.spans)

    def end(self) -> None:
        if self.found > SHOWN and not self.whole:
            out.print(
                f"and {counted(self.found - SHOWN, 'more text')}: --all shows them, --json lists every hit"
            )
        if self.found:
            self._members()
        of = counted(self.asked, "text")
        out.print(
            f"{self.found:,} of {of} {agree(self.found, 'holds', 'hold')} something of a member's work."
        )
        if self.common:
            out.print(f"{self.common:,} of {of} hold passages that many works share: they tell of nobody.")

    def _members(self) -> None:
        table = Table(title="By member", title_justify="left")
        for name in ("member", "texts", "works", "near duplicates", "passages"):
            table.add_column(name, justify="left" if name == "member" else "right")
        ranked = sorted(self.texts, key=lambda o: (-self.texts[o], o))
        for owner in ranked[:MEMBERS]:
            numbers = (self.texts[owner], len(self.works[owner]), self.near[owner], self.passages[owner])
            table.add_row(escape(owner), *(f"{n:,}" for n in numbers))
        out.print(table)
        if len(ranked) > MEMBERS:
            out.print(f"and {counted(len(ranked) - MEMBERS, 'more member')}")


def _text(row: Any, named: list[Any], common: list[Any]) -> None:
    out.print(f"[bold]{escape(row.key)}[/]")
    for hit in sorted((h for h in named if h.kind == "near"), key=lambda h: -h.jaccard):
        out.print(
            f"  near duplicate of [cyan]{escape(hit.key or hit.work)}[/] by [bold]{escape(hit.owner)}[/]: "
            f"{percent(hit.jaccard)} alike, {percent(hit.containment)} of this text",
            soft_wrap=True,
        )
    copies = {h.work for h in named if h.kind == "near"}  # their passages say nothing new
    quoted = sorted(
        (h for h in named if h.kind == "passage" and h.work not in copies), key=lambda h: -_length(h)
    )
    for hit in quoted[:SHOWN]:
        out.print(
            f"  {counted(len(hit.spans), 'passage')} of [cyan]{escape(hit.key or hit.work)}[/] by "
            f"[bold]{escape(hit.owner)}[/], {_length(hit):,} characters",
            soft_wrap=True,
        )
        for start, end, *_ in sorted(hit.spans, key=lambda s: s[0] - s[1])[:PASSAGES]:
            out.print(f"    [dim]{start:,}–{end:,}[/] “{excerpt(row.text, start, end)}”", soft_wrap=True)
        if len(hit.spans) > PASSAGES:
            out.print(f"    and {counted(len(hit.spans) - PASSAGES, 'more passage')}")
    if len(quoted) > SHOWN:
        out.print(f"  and passages of {counted(len(quoted) - SHOWN, 'more work')}")
    if common:
        out.print(f"  [dim]{counted(len(common), 'passage')} that many works share[/]")


def _length(hit: Any) -> int:
    return sum(end - start for start, end, *_ in hit.spans)
