"""Options that `classify` and `publish` share, and what they make."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from rich.table import Table

from commonweal.cli.terminal import out
from commonweal.counts import counted
from commonweal.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from commonweal.commons.classify import Classification
    from commonweal.commons.counts import Counts
    from commonweal.commons.decisions import Decision
    from commonweal.commons.disputes import Dispute

PATH = click.Path(path_type=Path)
_COLOURS = {"commons": "green", "not": "red", "undecided": "yellow"}
_OPTIONS = [
    click.argument("items", type=PATH),
    click.option("--rules", "rules_file", type=PATH, required=True, help="The rules: commons.toml."),
    click.option("--decisions", type=PATH, help="Record of votes; decisions.jsonl beside the rules."),
    click.option("--disputes", type=PATH, help="Record of disputes; disputes.jsonl beside the rules."),
    click.option("--column", "columns", multiple=True, metavar="FIELD=COLUMN",
                 help="The column of a field: item, licence, published, author_died, government, "
                 "jurisdiction, owner, dedicated_by, decision, title, url. Else the column of its own name."),
    click.option("--json", "as_json", is_flag=True, help="Print JSON for programs."),
]  # fmt: skip


class Given(NamedTuple):
    """What the options name."""

    classification: Classification
    decisions: tuple[Decision, ...]
    disputes: tuple[Dispute, ...]
    sources: dict[str, Path]


def item_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command items, rules, their records and columns."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def need_msgspec() -> None:
    """Raise MissingExtraError where msgspec is absent."""
    try:
        import msgspec  # noqa: F401
    except ImportError:
        raise MissingExtraError("msgspec", "commons", "commonweal commons") from None


def given(
    items: Path, rules_file: Path, decisions: Path | None, disputes: Path | None, columns: Sequence[str]
) -> Given:
    """Return the items under the rules that the options name.

    Raises
    ------
    InputError
        If one of them can't be read, or a file that was named is not there.
    """
    need_msgspec()
    from commonweal.commons import decisions as votes
    from commonweal.commons import disputes as doubts
    from commonweal.commons.classify import Classification
    from commonweal.commons.rules import read

    files = {
        votes.NAME: _beside(decisions, rules_file, votes.NAME),
        doubts.NAME: _beside(disputes, rules_file, doubts.NAME),
    }
    rules = read(rules_file)
    voted, doubted = votes.read(files[votes.NAME]), doubts.read(files[doubts.NAME])
    made = Classification(items, rules, columns=_pairs(columns), decisions=voted, disputes=doubted)
    there = {name: path for name, path in files.items() if path.exists()}
    return Given(made, voted, doubted, {"commons.toml": rules_file, **there})


def show(counts: Counts, title: str, as_json: bool, **more: Any) -> None:
    """Print what was counted."""
    if as_json:
        click.echo(json.dumps({**counts.to_json(), **more}, ensure_ascii=False))
        return
    table = Table(title=title, title_justify="left")
    for name, justify in (("verdict", "left"), ("rule", "left"), ("items", "right")):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for (verdict, rule), n in sorted(counts.rules.items(), key=lambda one: (one[0][0], -one[1])):
        table.add_row(f"[{_COLOURS[verdict]}]{verdict}[/]", rule or "–", f"{n:,}")
    out.print(table)
    if counts.disputed:
        out.print(f"{counted(counts.disputed, 'item')} disputed: undecided until that is decided")
    for column, n in sorted(counts.unread.items()):
        out.print(f"{counted(n, 'item')} whose {column} is not understood: taken as not known")
    if counts.absent:
        out.print(f"no column for {', '.join(counts.absent)}, which rules ask about (--column FIELD=COLUMN)")
    if counts.elsewhere:
        out.print(f"{counted(counts.elsewhere, 'dispute')} on items that are not among these")


def _beside(named: Path | None, rules: Path, name: str) -> Path:
    if named is not None and not named.exists():
        raise InputError("no such file", mend="check the path", where=str(named))
    return named or rules.with_name(name)


def _pairs(columns: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for text in columns:
        field, separator, column = text.partition("=")
        if not separator:
            raise InputError(f"{text!r} is no pair", mend="write FIELD=COLUMN", where="--column")
        pairs[field] = column
    return pairs
