"""The same figures in the terminal: tables and sentences of the brief as rich renderables."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from commonweal.briefing.case import Case, alone
from commonweal.briefing.headlines import headlines
from commonweal.briefing.sections import Section, sections
from commonweal.briefing.sure import verdicts
from commonweal.briefing.tables import Table
from commonweal.results import Result


def print_case(console: Console, case: Case, *, owners_shown: int = 60) -> None:
    """Print a case: the three numbers, how sure we are, each section's tables and sentences, warnings."""
    for part in renderables(case, owners_shown=owners_shown):
        console.print(part)


def print_result(console: Console, result: Result) -> None:
    """Print one result by itself: its section's tables and sentences, and its warnings."""
    case = alone(result)
    wanted = next(name for name, found in case.results.items() if found is result)
    for section in sections(case):
        if section.id == SECTIONS[wanted]:
            for part in _section(section):
                console.print(part)
    for warning in result.facts.get("warnings", ()):
        console.print(Text(f"Warning: {warning}", style="yellow"))


SECTIONS = {
    "appraisal": "owners",
    "strike": "strikes",
    "contribution": "rivals",
    "critical_mass": "enough",
    "scaling": "scaling",
    "choices": "choices",
}
"""Result → the section that shows it."""


def renderables(case: Case, *, owners_shown: int = 60) -> Iterator[RenderableType]:
    """Yield what `print_case` prints, in order; owners' names are printed as they are, never as markup."""
    yield Text(f"\n{case.heading}", style="bold")
    for line in (case.about.pool, case.about.builder):
        if line:
            yield Text(line)
    for item in headlines(case):
        yield Text(f"\n{item.title}", style="bold cyan")
        yield Text(item.body)
        if item.small:
            yield Text(item.small, style="dim")
    yield Text("\nHow sure are we?", style="bold")
    for v in verdicts(case):
        yield Padding(Text.assemble((f"{v.verdict}: ", "bold"), v.text), (0, 0, 0, 2))
    for section in sections(case, owners_shown=owners_shown):
        yield from _section(section)
    for warning in case.warnings:
        yield Text(f"Warning: {warning}", style="yellow")


def _section(section: Section) -> Iterator[RenderableType]:
    yield Text(f"\n{section.heading}", style="bold")
    if section.missing:
        yield Text(section.missing, style="dim italic")
    for table in section.tables:
        yield grid(table)
    for sentence in section.sentences:
        yield Text(sentence, style="bold" if sentence == section.strong else "")


def grid(table: Table) -> RichTable:
    """Return a table of the brief for the terminal."""
    out = RichTable(
        title=Text(table.caption, style="italic"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        caption=table.more or None,
    )
    for i, name in enumerate(table.columns):
        out.add_column(Text(name), justify="left" if i in table.words else "right", overflow="fold")
    for row in table.rows:
        out.add_row(*(Text(cell) for cell in row))
    return out
