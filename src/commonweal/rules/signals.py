"""A signal: terms with where they were found, and by which standard they speak."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from commonweal.rules.terms import Terms


class Binding(StrEnum):
    """What a signal is bound to."""

    AGREEMENT = "agreement"
    """A signed agreement with a named party: it stands before public signals."""
    LOCATION = "location"
    """The place a work is fetched from: governs acquisition and use."""
    UNIT = "unit"
    """The work itself (metadata inside the file): governs use wherever it is found."""


@dataclass(frozen=True)
class Signal:
    """Terms as one source states them.

    Parameters
    ----------
    terms : Terms
    standard : str
        Name of the dialect; signals of one standard combine by its own rule.
    where : str
        File or URL it was read from.
    lines : tuple of int or None
        For each of `terms.rules`, the line that says it (from 1).
    channel : str
        How it was announced: "robots.txt", "file", "header", "html", "embedded", "feed".
    rank : int
        Inside a standard whose channels override each other, the highest that speaks wins; equal ranks meet.
    binding : Binding
    verified : bool
        Was the claim checked (a signature, control of the site)? An unverified mark on a unit restricts and
        never grants. What stands at the location itself counts as verified.
    party : str
        For an agreement, with whom; by domain or registered name.
    seen : datetime, optional
        When it was fetched; judged by the newest that is not later than the request.
    """

    terms: Terms
    standard: str = "commonweal"
    where: str = ""
    lines: tuple[int | None, ...] = field(default=())
    channel: str = "file"
    rank: int = 0
    binding: Binding = Binding.LOCATION
    verified: bool = True
    party: str = ""
    seen: datetime | None = None

    def line(self, rule: int) -> int | None:
        """Return the line of a rule, or None where it is not known."""
        return self.lines[rule] if rule < len(self.lines) else None
