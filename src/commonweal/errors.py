"""Errors that say what is wrong, where, and what to do about it."""

from __future__ import annotations


class CommonwealError(Exception):
    """Base of every error that Commonweal raises on purpose."""


class InputError(CommonwealError):
    """Input that can't be used; on the command line it exits 2.

    Parameters
    ----------
    problem : str
        What is wrong, in a sentence.
    mend : str
        What the reader can do about it.
    where : str, optional
        The file, and the row or column in it. Never the content of a work: that may be personal.
    """

    def __init__(self, problem: str, *, mend: str, where: str | None = None) -> None:
        self.problem, self.mend, self.where = problem, mend, where
        super().__init__(": ".join(p for p in (where, problem) if p) + f" — {mend}")


class MissingCapabilityError(CommonwealError, TypeError):
    """A utility lacks an optional capability that a function needs; the message names both."""

    def __init__(self, utility: object, capability: str, needed_by: str) -> None:
        self.capability = capability
        super().__init__(
            f"{needed_by} needs a utility with `{capability}`, and {type(utility).__name__} has none — "
            f"see docs/how-it-works/utilities.md for what `{capability}` must return"
        )


class MissingExtraError(CommonwealError, ImportError):
    """An optional package is absent; the message names the extra that installs it."""

    def __init__(self, package: str, extra: str, needed_by: str) -> None:
        super().__init__(f"{needed_by} needs {package} — install it with: pip install 'commonweal[{extra}]'")
