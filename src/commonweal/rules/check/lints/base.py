"""What a lint is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from commonweal.rules.check.effective import Effective
from commonweal.rules.check.evidence import Evidence
from commonweal.rules.check.findings import Severity


@dataclass(frozen=True)
class Hit:
    """One place where a lint found its mistake.

    Attributes
    ----------
    message : str
        What stands there.
    where : str
        File or URL.
    line : int or None
    count : int
        On how many pages.
    mend : str
        What to write here, if it is more than the lint says of all.
    """

    message: str
    where: str
    line: int | None = None
    count: int = 1
    mend: str = ""


Find = Callable[[Evidence, Effective], Iterable[Hit]]


@dataclass(frozen=True)
class Lint:
    """A mistake that can be found.

    Attributes
    ----------
    code : str
        Stable name.
    severity : "error", "warning" or "note"
    title : str
        The mistake in a few words.
    why : str
        What comes of it.
    mend : str
        What to do.
    find : callable
        Given evidence and what holds, yields hits.
    """

    code: str
    severity: Severity
    title: str
    why: str
    mend: str
    find: Find


def lint(code: str, severity: Severity, title: str, *, why: str, mend: str) -> Callable[[Find], Lint]:
    """Make a lint of the function below."""
    return lambda find: Lint(code, severity, title, why, mend, find)
