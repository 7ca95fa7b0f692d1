"""How long work tells those who wait how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int, str], None]
"""Called with (done, total, what is being done); must be quick and must not raise."""


def silent(done: int, total: int, what: str) -> None:
    """Ignore progress."""
