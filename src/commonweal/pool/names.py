"""names placeholder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class NameWarning(NamedTuple):
    """One."""

    kind: str
    names: tuple[str, ...]
    why: str


def name_warnings(owners: Sequence[str], years: Mapping[str, Any] | None = None) -> list[NameWarning]:
    """Return."""
    return []
