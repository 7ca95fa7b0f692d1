"""Several collectives' indexes: asked together, or made one where they agreed on a key beforehand.

Under one key, the same words have the same hashes: indexes can be merged, and whoever holds both files sees
what they have in common. Under keys of their own nothing can be compared, and a text is looked up in each:
`find_all`.
"""

from __future__ import annotations

from collections.abc import Sequence

from commonweal.errors import InputError
from commonweal.registry.find import find_all
from commonweal.registry.index import Index

__all__ = ["find_all", "merge"]


def merge(into: Index, parts: Sequence[Index]) -> int:
    """Add the works of indexes that were made under the same key; return how many.

    Withdrawn works are left behind. Each part is committed whole; one that was merged before is refused,
    since its works' ids are there already.

    Parameters
    ----------
    into : Index
    parts : sequence of Index

    Raises
    ------
    InputError
        If one was made under another key or merged before, or another process is writing.
    """
    for part in parts:
        if part.key != into.key:
            raise InputError(
                "made under another key",
                where=str(part.path),
                mend="ask both with find_all, or make both anew under a key agreed on: Index.create(key=…)",
            )
    return sum(into.take(part) for part in parts)
