"""Works that are registered or withdrawn, written to a transparency log as well."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from commonweal.registry.catalog import Catalog, Entry
from commonweal.registry.index import Index, Work

SALTS = "salts.sqlite"

log_option = click.option(
    "--log", "log_folder", type=click.Path(path_type=Path),
    help="A transparency log (commonweal log new) that gets a salted commitment for each work.",
)  # fmt: skip
log_key_option = click.option(
    "--log-key", type=click.Path(path_type=Path), help="The log's key, where it is kept elsewhere."
)


def open_log(folder: Path, key: Path | None) -> tuple[Any, Any]:
    """Return (log, salts) of a folder."""
    from commonweal.log.commitment import Salts
    from commonweal.log.store import Log
    from commonweal.sealed import PrivateKey

    log = Log(folder, key=PrivateKey.load(key, None) if key else None)
    return log, Salts(log.path / SALTS)


class Committed:
    """An index whose batches go to a log before they go to its catalog.

    The log comes first: after a crash between the two it holds commitments to works that were not registered,
    which tell nobody anything; never is a work registered that the log doesn't hold.

    Attributes
    ----------
    count : int
        Entries written.
    """

    def __init__(self, index: Index, log: Any, salts: Any) -> None:
        self.log, self.salts, self.count = log, salts, 0
        self._catalog: Catalog = index.catalog
        self._waiting: deque[Work] = deque()
        index.catalog = _Through(self)

    def passing(self, works: Iterable[Work]) -> Iterator[Work]:
        """Let works pass, and hold them until their ids are known."""
        for work in works:
            self._waiting.append(work)
            yield work

    def commit(self, segment: str, entries: Sequence[Entry]) -> None:
        """Write a batch to the log, then to the catalog."""
        from commonweal.log.registering import commit_works

        pairs = [(entry.work, self._waiting.popleft()) for entry in entries]
        self.count += commit_works(self.log, self.salts, pairs).count
        self._catalog.commit(segment, entries)


class _Through:
    """A catalog whose commits pass through a log; all else is the catalog's own."""

    def __init__(self, committed: Committed) -> None:
        self._committed = committed

    def commit(self, segment: str, entries: Sequence[Entry]) -> None:
        self._committed.commit(segment, entries)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._committed._catalog, name)
