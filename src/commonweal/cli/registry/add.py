"""`commonweal registry add`: works into an index, which is made where there is none."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.markup import escape

from commonweal.cli.registry.logged import Committed, log_key_option, log_option, open_log
from commonweal.cli.registry.shared import (
    as_json,
    columns,
    echo,
    index_option,
    make_key,
    owner_options,
    say_left_out,
    shown,
    sources,
    texts,
)  # fmt: skip
from commonweal.cli.terminal import out
from commonweal.counts import counted
from commonweal.errors import InputError


@click.command(name="add")
@click.argument("works", nargs=-1, required=True, metavar="FILE|FOLDER...")
@owner_options
@index_option
@click.option(
    "--key",
    "key_file",
    type=click.Path(path_type=Path),
    help="Keep the key in this file, not in the index; made where absent. Indexes under one key can be "
    "merged.",
)
@click.option("--consent", default="", help="Version of the consent that the works are registered under.")
@click.option("--again", is_flag=True, help="Register works anew whose owner and --id are there already.")
@click.option("--jobs", type=click.IntRange(1), help="Shards digested at a time; into a new index alone.")
@click.option(
    "--cluster",
    type=click.Choice(["loky", "ray"]),
    help="Where shards are digested: on this machine's cores, or on a Ray cluster that shares the files.",
)
@log_option
@log_key_option
@as_json
def command(
    works: tuple[str, ...],
    owner: str,
    text: str | None,
    key: str | None,
    separator: str | None,
    folder: Path,
    key_file: Path | None,
    consent: str,
    again: bool,
    jobs: int | None,
    cluster: str | None,
    log_folder: Path | None,
    log_key: Path | None,
    as_json: bool,
) -> None:
    """Register works: Parquet, CSV or JSON Lines (.gz too), or folders of shards.

    The index holds keyed hashes, never texts. A work of several owners is registered once, under all their
    names. With --id, works that are there already are passed over, so that what was interrupted can be run
    again.
    """
    from commonweal.registry.index import Index, Work
    from commonweal.registry.reading import people

    read = texts(sources(works), columns(text, key, owner, separator))
    fresh = not (folder / "index.json").exists()
    spread = jobs is not None or cluster is not None
    if spread and (log_folder is not None or not fresh):
        raise InputError(
            "shards digested side by side are neither logged nor compared with works that are there",
            mend="build a new index without --log, or leave --jobs and --cluster out",
        )
    if log_folder is not None:
        open_log(log_folder, log_key)[1].close()  # before anything is made: is there a log?
    secret = make_key(key_file) if key_file else None
    with Index.create(folder, key=secret) if fresh else Index(folder, key=secret) as index:
        new = _New(index.catalog, key is not None and not again)
        if spread:
            count = _side_by_side(index, read, consent, jobs, cluster or "loky")
        else:
            with shown("works read") as passing:
                found = (Work(r.text, r.owner, r.key, consent) for r in new.only(passing(read)))
                log = log_folder
                count = index.add(found) if log is None else _logged(index, found, log, log_key)
        owners, held = len(people(index.catalog.owners())), len(index)
    say_left_out(read)
    place = key_file or folder / "key"
    if as_json:
        echo({
            "index": str(folder), "made": fresh, "added": count, "there_already": new.known,
            "left_out": read.left_out, "works": held, "owners": owners, "key": str(place),
            "log": log_folder and str(log_folder),
        })  # fmt: skip
        return
    there = f"; {counted(new.known, 'work')} there already" if new.known else ""
    out.print(
        f"{counted(count, 'work')} registered{there}. {escape(str(folder))} holds {counted(held, 'work')} of "
        f"{counted(owners, 'owner')}.",
        soft_wrap=True,
    )
    if log_folder is not None:
        out.print(f"{escape(str(log_folder))} holds a salted commitment for each; its salts stay with you.")
    if fresh:
        _say_key(place, inside=key_file is None)


def _side_by_side(index: Any, read: Any, consent: str, jobs: int | None, cluster: str) -> int:
    from commonweal.parallel import Workers
    from commonweal.registry.cluster import build

    workers = Workers(n_jobs=jobs, cluster=cluster)
    built = build(index, [f.path for f in read.files], read.columns, consent=consent, workers=workers)
    read.left_out.update(built.left_out)
    return built.works


def _logged(index: Any, works: Iterable[Any], folder: Path, key: Path | None) -> int:
    log, salts = open_log(folder, key)
    with salts:
        committed = Committed(index, log, salts)
        count: int = index.add(committed.passing(works))
    return count


def _say_key(place: Path, *, inside: bool) -> None:
    out.print(
        f"[bold]The key is {escape(str(place))}[/]: 32 bytes that only you can read. Whoever has it and "
        "the index "
        "can test texts of their choice; without it the index answers nobody. Keep a copy elsewhere (it "
        "can't be "
        "made again), and hand the index on without it"
        + (
            f": move {escape(str(place))} away and give it with --key FILE."
            if inside
            else "; every command takes it with --key."
        ),
        soft_wrap=True,
    )


class _New:
    """Lets works pass whose owner and key the catalog does not hold."""

    def __init__(self, catalog: Any, wanted: bool) -> None:
        self.known = 0
        held = (_print(e.owner, e.key) for e in catalog.works() if not e.withdrawn) if wanted else ()
        self.held = np.unique(np.fromiter(held, np.uint64))

    def only(self, rows: Iterable[Any]) -> Iterator[Any]:
        for row in rows:
            own = np.uint64(_print(row.owner, row.key))
            at = int(np.searchsorted(self.held, own))
            if at < len(self.held) and self.held[at] == own:
                self.known += 1
            else:
                yield row


def _print(owner: str, key: str) -> int:
    digest = hashlib.blake2b(f"{owner}\0{key}".encode(), digest_size=8)
    return int.from_bytes(digest.digest())
