"""`commonweal registry withdraw`: a member's works, or some of them, out of the index."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from commonweal.cli.registry.logged import log_key_option, log_option, open_log
from commonweal.cli.registry.shared import as_json, echo, index_option, key_option, read_key
from commonweal.cli.terminal import out
from commonweal.counts import counted
from commonweal.errors import InputError


@click.command(name="withdraw")
@index_option
@key_option
@click.option("--owner", help="Whose works: all of them.")
@click.option("--work", "works", multiple=True, metavar="ID", help="One work, by its --id; repeat for each.")
@click.option("--own-only", is_flag=True, help="Leave works that others own too.")
@log_option
@log_key_option
@click.option("--erase", is_flag=True, help="With --log: erase what ties the works to their entries.")
@as_json
def command(
    folder: Path,
    key_file: Path | None,
    owner: str | None,
    works: tuple[str, ...],
    own_only: bool,
    log_folder: Path | None,
    log_key: Path | None,
    erase: bool,
    as_json: bool,
) -> None:
    """Withdraw works: they are found no more from the next query on; `compact` takes them out of the files.

    Works that a member owns together with others go too: nothing of a member's is found after they left. With
    --owner and --work, the works of that name that are the owner's.
    """
    from commonweal.registry.index import Index

    if owner is None and not works:
        raise InputError("nothing to withdraw", mend="give --owner NAME, or --work ID")
    with Index(folder, key=read_key(key_file)) as index:
        found = [e for e in index.catalog.works() if not e.withdrawn and _meant(e, owner, works, own_only)]
        if not found:
            raise _absent(index, owner, works)
        joint = sum(e.owner != owner for e in found) if owner is not None else 0
        ids = [e.work for e in found]
        if log_folder is not None:  # first: what stops halfway is then done again by the same command
            _record(log_folder, log_key, ids, erase)
        gone = index.withdraw(works=ids)
    if as_json:
        echo({"withdrawn": gone, "joint": joint})
        return
    more = f", {joint:,} of them owned with others" if joint else ""
    out.print(f"{counted(gone, 'work')} withdrawn{more}: found no more from now on.")
    out.print(f"To take them out of the files too: commonweal registry compact --index {escape(str(folder))}")


def _record(folder: Path, key: Path | None, ids: list[bytes], erase: bool) -> None:
    from commonweal.log.registering import withdraw_works

    log, salts = open_log(folder, key)
    with salts:
        withdraw_works(log, salts, ids, erase=erase)


def _meant(entry: Any, owner: str | None, works: tuple[str, ...], own_only: bool) -> bool:
    from commonweal.registry.reading import owners_of

    whose = owner is None or entry.owner == owner or (not own_only and owner in owners_of(entry.owner))
    return whose and (not works or entry.key in works or entry.work.hex() in works)


def _absent(index: Any, owner: str | None, works: tuple[str, ...]) -> InputError:
    from difflib import get_close_matches

    from commonweal.registry.reading import people

    names = list(people(index.catalog.owners()))
    if owner is not None and owner not in names:
        near = get_close_matches(owner, names, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "check the name"
        return InputError(f"no work of {owner!r} is in force", mend=hint)
    return InputError(
        "none of these works is in force", mend="check the ids: registry find --json shows them"
    )
