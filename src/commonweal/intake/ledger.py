"""The loss ledger: what an export holds is imported, kept as JSON, or listed here with a reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from commonweal.errors import CommonwealError
from commonweal.intake.records import Lost


class UnaccountedError(CommonwealError):
    """The sums of an import don't come out: a defect of the reader, which must not pass for a success."""


@dataclass
class Ledger:
    """What an import found, kept and lost.

    Attributes
    ----------
    source : str
        Name of what was imported.
    source_id : str
    reader : str
        Names of the formats found in it, joined by "+".
    tried : bool
        Whether each of these readers was tried on real exports.
    counts : Counter of str
        "files", "files_read", "files_lost", "items", "items_lost", "threads", "nodes", "nodes_seen",
        "nodes_lost", "parts", "works", "memories", "assets", "unread".
    losses : Counter of (path, reason)
    unchanged : bool
        Whether the archive held all of it before, so that nothing was written.
    added, changed, vanished, back : Counter of str
        Rows by relation, against what the archive held before; `back` had been marked as vanished.
    note : str
        How this import joined earlier ones, if not as a newer export does; else "".
    """

    source: str
    source_id: str = ""
    reader: str = ""
    tried: bool = True
    counts: Counter[str] = field(default_factory=Counter)
    losses: Counter[tuple[str, str]] = field(default_factory=Counter)
    unchanged: bool = False
    added: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    vanished: Counter[str] = field(default_factory=Counter)
    back: Counter[str] = field(default_factory=Counter)
    note: str = ""

    def lose(self, *losses: Lost) -> None:
        """Count losses."""
        for lost in losses:
            self.losses[lost.path, lost.reason] += lost.n

    def merge(self, counts: Counter[str], losses: Iterable[tuple[tuple[str, str], int]]) -> None:
        """Add what a worker counted."""
        self.counts.update(counts)
        for key, n in losses:
            self.losses[key] += n

    def check(self) -> None:
        """Compare the sums.

        Raises
        ------
        UnaccountedError
            If files, items or messages are neither kept nor listed.
        """
        c = self.counts
        sums = {
            "files": (c["files"], c["files_read"] + c["assets"] + c["files_lost"]),
            "items": (c["items"], c["items_mapped"] + c["unread"] + c["items_lost"]),
            "messages": (c["nodes_seen"], c["nodes"] + c["nodes_lost"]),
        }
        for what, (found, accounted) in sums.items():
            if found != accounted:
                raise UnaccountedError(
                    f"{self.source}: {found:,} {what} in the export, {accounted:,} accounted for: this is a "
                    f"defect of the reader {self.reader!r}; nothing was written"
                )

    def to_json(self) -> dict[str, Any]:
        """Return the ledger as plain values."""
        c = self.counts
        losses = [
            {"path": path, "reason": reason, "n": n} for (path, reason), n in sorted(self.losses.items())
        ]
        return {
            "source": self.source,
            "reader": self.reader,
            **{
                name: c[name]
                for name in ("threads", "nodes", "parts", "works", "memories", "assets", "files")
            },
            "unread": c["unread"],
            "tried_on_real_exports": self.tried,
            "unchanged": self.unchanged,
            "added": dict(sorted(self.added.items())),
            "changed": dict(sorted(self.changed.items())),
            "vanished": dict(sorted(self.vanished.items())),
            "back": dict(sorted(self.back.items())),
            "note": self.note,
            "losses": losses,
        }
