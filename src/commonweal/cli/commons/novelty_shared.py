"""What the questions of `commons novelty` have in common: the commons asked, and tables written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from commonweal.cli.registry.shared import columns, read_key, say_left_out, shown, texts
from commonweal.cli.terminal import err
from commonweal.errors import InputError
from commonweal.registry import Index, Work

SHOWN = 40
NAMED = 44


def is_index(path: str) -> bool:
    """Tell whether a path is an index."""
    return (Path(path) / "index.json").exists()


def against(given: dict[str, Any]) -> str:
    """Return the path of the commons."""
    if not given["against"]:
        raise InputError("no commons", mend="name its index or its table", where="--against")
    return str(given["against"])


@contextmanager
def commons(given: dict[str, Any]) -> Iterator[Index]:
    """Open the commons' index, or make one of a table, for as long as it is needed."""
    path = against(given)
    if is_index(path):
        with Index(path, key=read_key(given["key_file"])) as index:
            yield index
        return
    read = texts(path, columns(given["against_text"], given["against_id"]))
    with TemporaryDirectory() as folder, Index.create(Path(folder) / "index") as index:
        with shown("commons") as passing:
            index.add(Work(row.text, "", row.key) for row in passing(read))
        say_left_out(read)
        yield index


def write(table: Any, path: Path | None) -> None:
    """Write a table as Parquet, where a path is given."""
    if path is None:
        return
    import pyarrow.parquet as pq

    try:
        pq.write_table(table, path, compression="zstd")
    except OSError as error:
        raise InputError(
            f"can't be written ({error.strerror})", where=str(path), mend="check the path"
        ) from None
    err.print(f"written: {path}", markup=False)


def cut(name: str) -> str:
    """Return a name, its end left out where it is long."""
    return name if len(name) <= NAMED else f"{name[: NAMED - 1]}…"


def share(value: float) -> str:
    """Return a share in percent."""
    return f"{value:.1%}"
