"""What the commands of the registry have in common: columns, keys, what was left out, excerpts."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.markup import escape
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from commonweal.cli.terminal import err
from commonweal.counts import counted
from commonweal.errors import InputError
from commonweal.registry.reading import Columns, Row, Texts
from commonweal.registry.texts import KEY_BYTES, Key

F = TypeVar("F", bound=Callable[..., Any])
EVERY = 512
EXCERPT = 110

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON Lines for programs.")
key_option = click.option(
    "--key",
    "key_file",
    type=click.Path(path_type=Path),
    help="File of the key, where it is not in the index.",
)
index_option = click.option(
    "--index", "folder", type=click.Path(path_type=Path), required=True, help="Folder of the index."
)
text_option = click.option(
    "--text", "text", metavar="COLUMN", help="Column of the texts, where it isn't plain which."
)
id_option = click.option(
    "--id", "key", metavar="COLUMN", help="Column that names each text; else file and row."
)


def owner_options(command: F) -> F:
    """Add the options of a file of works with owners."""
    for option in (
        click.option("--separator", help='Between several owners in one field: ";". Lists need none.'),
        id_option,
        text_option,
        click.option("--owner", metavar="COLUMN", required=True, help="Column of the owners."),
    ):
        command = option(command)
    return command


def sources(paths: tuple[str, ...]) -> Any:
    """Return what `Texts` takes: one path, or several."""
    return paths[0] if len(paths) == 1 else list(paths)


def read_key(path: Path | None) -> Key | None:
    """Return the key in a file; None for no file.

    Raises
    ------
    InputError
        If there is none, or it is no key.
    """
    if path is None:
        return None
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"can't be read ({error.strerror})", where=str(path), mend="check the path"
        ) from None
    if len(data) != KEY_BYTES:
        raise InputError("no key of an index", where=str(path), mend=f"a key is {KEY_BYTES} bytes")
    return Key(data)


def make_key(path: Path) -> Key:
    """Return the key in a file, or a new one that is written there for its owner alone."""
    if path.exists():
        found = read_key(path)
        assert found is not None
        return found
    key = Key(secrets.token_bytes(KEY_BYTES))
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(key.data)
    return key


def columns(
    text: str | None, key: str | None = None, owner: str | None = None, separator: str | None = None,
    date: str | None = None,
) -> Columns:  # fmt: skip
    """Return which column plays which part."""
    return Columns(text, owner, key, date, separator)


def texts(source: Any, wanted: Columns) -> Texts:
    """Return the texts of files; says which column was taken where none was named."""
    found = Texts(source, wanted)
    if wanted.text is None and found.columns.text is not None:
        err.print(f"texts: column {found.columns.text}", style="dim", markup=False)
    return found


@contextmanager
def shown(what: str) -> Iterator[Callable[[Iterable[Row]], Iterator[Row]]]:
    """Count rows on standard error as they pass."""
    parts = (SpinnerColumn(), TextColumn("{task.description}: {task.completed:,.0f}"), TimeElapsedColumn())
    with Bar(*parts, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task(what, total=None)

        def passing(rows: Iterable[Row]) -> Iterator[Row]:
            for n, row in enumerate(rows, start=1):
                if n % EVERY == 0:
                    bar.update(task, completed=n)
                yield row

        yield passing


def say_left_out(read: Texts) -> None:
    """Say on standard error which rows were left out, and where the first of them are."""
    for reason, count in read.left_out.items():
        places = read.places.get(reason, [])  # shards digested elsewhere tell how many, not where
        more = ", …" if places and count > len(places) else ""
        where = f": {', '.join(places)}{more}" if places else ""
        err.print(
            f"left out: {counted(count, 'row')} with {reason}{where}",
            style="yellow", markup=False, soft_wrap=True,
        )  # fmt: skip


def echo(record: Any) -> None:
    """Print a record as a line of JSON."""
    click.echo(json.dumps(record, ensure_ascii=False))


def excerpt(text: str, start: int, end: int) -> str:
    """Return a passage on one line, its middle left out where it is long."""
    passage = " ".join(text[start:end].split())
    half = EXCERPT // 2
    return escape(passage if len(passage) <= EXCERPT else f"{passage[:half]} … {passage[-half:]}")


def percent(share: float) -> str:
    """Return a share in percent; what is little but something is no 0 %."""
    return "<1 %" if 0 < share < 0.005 else f"{share:.0%}".replace("%", " %")
