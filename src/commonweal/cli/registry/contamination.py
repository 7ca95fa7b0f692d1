"""`commonweal registry contamination`: test questions found in training data."""

from __future__ import annotations

import sys
from typing import Any

import click
from rich.markup import escape

from commonweal.cli.registry.shared import (
    as_json,
    columns,
    echo,
    id_option,
    percent,
    say_left_out,
    shown,
    texts,
)  # fmt: skip
from commonweal.cli.terminal import out
from commonweal.counts import agree, counted

SHOWN = 20


@click.command(name="contamination")
@click.argument("benchmark", metavar="BENCHMARK")
@click.argument("training", nargs=-1, required=True, metavar="TRAINING...")
@click.option("--question", metavar="COLUMN", help="Column of the questions, where it isn't plain which.")
@click.option("--text", metavar="COLUMN", help="Column of the training texts, where it isn't plain which.")
@id_option
@click.option("--train-id", metavar="COLUMN", help="Column that names each training text.")
@click.option(
    "--contained", type=float, default=0.8, show_default=True, help="Share of a question within one text."
)
@click.option(
    "--threshold", type=float, default=0.8, show_default=True, help="Jaccard similarity of near duplicates."
)
@click.option(
    "--common-from", type=click.IntRange(2), default=10, show_default=True,
    help="Questions from which on a shared run tells of none: instructions, say.",
)  # fmt: skip
@as_json
def command(
    benchmark: str,
    training: tuple[str, ...],
    question: str | None,
    text: str | None,
    key: str | None,
    train_id: str | None,
    contained: float,
    threshold: float,
    common_from: int,
    as_json: bool,
) -> None:
    """Find test questions in training data: contained, near duplicates, quoted. Exits 1 if there are any.

    The training data may be of any size: it streams past. With --json, one line per question that was found.
    """
    from commonweal.registry.contamination import contamination

    asked = texts(benchmark, columns(question, key))
    data = texts(training[0] if len(training) == 1 else list(training), columns(text, train_id))
    with shown("training texts looked at") as passing:
        report = contamination(
            asked, passing(data), contained=contained, near=threshold, common_from=common_from
        )
    say_left_out(asked)
    say_left_out(data)
    if as_json:
        for found in report.found:
            echo(found.to_json())
    else:
        _show(report)
    if report.found:
        sys.exit(1)


def _show(report: Any) -> None:
    for question in report.found[:SHOWN]:
        _question(question)
    if len(report.found) > SHOWN:
        out.print(f"and {counted(len(report.found) - SHOWN, 'more question')}: --json lists them")
    n = len(report.found)
    out.print(
        f"{n:,} of {counted(report.questions, 'question')} {agree(n, 'stands', 'stand')} in the training "
        "data "
        f"({counted(report.texts, 'text')}).",
        soft_wrap=True,
    )
    if report.short:
        said = counted(len(report.short), "question")
        out.print(
            f"[yellow]{said} of fewer than 5 words: too short to look for; join them with their answers.[/]"
        )


def _question(question: Any) -> None:
    out.print(f"[bold]{escape(question.key)}[/] ({counted(question.words, 'word')})")
    for match in question.matches[:3]:
        told = {
            "containment": f"{percent(match.containment)} of it is in",
            "near": f"{percent(match.jaccard)} alike to",
            "passage": f"{counted(len(match.spans), 'passage')} in",
        }
        said = next(told[kind] for kind in ("near", "containment", "passage") if kind in match.kinds)
        out.print(f"  {said} [cyan]{escape(match.key)}[/]", soft_wrap=True)
    if question.texts > 3:
        out.print(f"  and in {counted(question.texts - 3, 'more text')}")
    if question.covered:
        out.print(f"  {question.covered:,} of its words stand in runs of 16 words or more")
