"""Is this in the commons already? A plan or a topic, asked before anything is written."""

from __future__ import annotations

from typing import Any

from rich.markup import escape

from commonweal.cli.commons.novelty_shared import against, commons, is_index, share, write
from commonweal.cli.registry.shared import columns, echo, say_left_out, texts
from commonweal.cli.terminal import out
from commonweal.counts import counted


def ask(plan: str, given: dict[str, Any]) -> None:
    """Print, or write, what the commons says of a plan."""
    if is_index(against(given)):
        _runs(plan, given)
        return
    from commonweal.commons.novelty_topic import points_of, topic

    read = texts(given["against"], columns(given["against_text"], given["against_id"]))
    found = topic(points_of(plan), read)
    say_left_out(read)
    write(found.table, given["path"])
    if given["as_json"]:
        for row in found.table.to_pylist():
            echo({"kind": "point"} | row)
        echo({"kind": "plan"} | dict(found.facts))
        return
    out.print(f"Looked through: {counted(found.facts['commons_works'], 'work')} of the commons.")
    for row in found.table.to_pylist():
        if row["rank"] in (1, None):
            out.print(f"\n[bold]{escape(row['point'])}[/]")
            near = counted(row["works"], "work has", "works have")
            out.print(
                f"  {near} a stretch of {found.facts['stretch_words']} words that uses at least half of it; "
                f"nowhere used: {counted(row['nowhere'], 'word')} of {row['words']}, "
                f"{counted(row['phrases'] - row['phrases_used'], 'phrase')} of {row['phrases']}"
            )
        if row["rank"] is not None:
            lacking = f"; without: {', '.join(row['missing'][:8])}" if row["missing"] else ""
            out.print(f"  {row['covered']:>4.0%}  {escape(row['work'] + lacking)}", soft_wrap=True)
    if found.facts["nowhere"]:
        out.print(f"\nWords that no work uses: {escape(', '.join(found.facts['nowhere']))}", soft_wrap=True)
    out.print(
        f"\n{found.facts['cannot_know']} Read the nearest before you decide.", style="dim", soft_wrap=True
    )


UNTOLD = "An index holds runs of words, not words: whether the commons treats this can't be told from it."


def _runs(plan: str, given: dict[str, Any]) -> None:
    """Tell which runs of six words of a plan stand in an index: all that an index can be asked."""
    from commonweal.commons.novelty import novelty
    from commonweal.registry.reading import Row

    with commons(given) as held:
        found = novelty([Row(0, plan, ("plan",), "plan")], held, baseline=False, draws=1)
    row, facts = found.facts["pool"], found.facts
    if given["as_json"]:
        echo({"kind": "runs", "words": row["words"], "held": row["held_commons"], "cannot_know": UNTOLD})
        return
    if row["held_commons"] is None:
        out.print(f"{counted(row['words'], 'word')}: too few for a run of {facts['run_words']}.")
    else:
        out.print(
            f"{share(row['held_commons'])} of its runs of {facts['run_words']} words stand in the commons."
        )
    out.print(f"{UNTOLD} Give its works instead: --against commons.parquet", style="yellow", soft_wrap=True)
