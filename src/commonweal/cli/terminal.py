"""What people see while they wait, and the owner table that comes before any work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table

from commonweal.counts import counted
from commonweal.pool import Pool
from commonweal.progress import Progress

SHOWN = 60

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Show one bar per step on standard error; yields the callback that moves them."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=err, transient=not err.is_terminal) as bar:
        tasks: dict[str, int] = {}

        def move(done: int, total: int, what: str) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done, total=total)  # type: ignore[arg-type]

        yield move


def show_owners(
    console: Console, pool: Pool, shown: int = SHOWN, left_out: Mapping[str, int] | None = None
) -> None:
    """Print who owns what, what was left out (of the pool, or as given), and names to look at."""
    table = pool.owner_table()
    listed = Table(
        title=f"{counted(len(pool.owners), 'owner')} of {counted(pool.n_works, 'work')}", title_justify="left"
    )
    for name in table.column_names:
        listed.add_column(name.replace("_", " "), justify="left" if name == "owner" else "right")
    for row in table.slice(0, shown).to_pylist():
        listed.add_row(*(_cell(v) for v in row.values()))
    console.print(listed)
    if table.num_rows > shown:
        console.print(f"and {counted(table.num_rows - shown, 'more owner')}")
    for reason, count in (pool.left_out if left_out is None else left_out).items():
        console.print(f"left out: {counted(count, 'work')} ({reason})")
    warnings = pool.name_warnings()
    for kind, names, why in warnings[:20]:
        console.print(f"[yellow]{kind}[/]: {', '.join(names)}: {why}")
    if len(warnings) > 20:
        console.print(f"and {counted(len(warnings) - 20, 'more name')} to look at")


def _cell(value: object) -> str:
    if value is None:
        return ""
    return (
        f"{value:,}"
        if isinstance(value, int)
        else f"{value:,.0f}"
        if isinstance(value, float)
        else str(value)
    )
