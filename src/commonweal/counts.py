"""Numbers before nouns: "1 owner", "2 owners", and the verb that goes with them."""

from __future__ import annotations


def agree(n: int, one: str, several: str) -> str:
    """Return the word that goes with a number: `one` for 1, `several` for 0 and above 1."""
    return one if n == 1 else several


def counted(n: int, one: str, several: str = "") -> str:
    """Return the number, thousands separated, with its noun: "1 owner", "1,234 owners".

    Parameters
    ----------
    n : int
        How many.
    one, several : str
        The noun for one and for several; without `several`, `one` and an s.
    """
    return f"{n:,} {agree(n, one, several or one + 's')}"
