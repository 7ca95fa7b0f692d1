"""Dialects of terms, one file each: a module that names its dialect `DIALECT` is found."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from commonweal.errors import InputError
from commonweal.rules.dialects.base import (
    About,
    Artefact,
    Dialect,
    Kind,
    Loss,
    Problem,
    Reading,
    Site,
    Token,
    Written,
)


@cache
def every() -> dict[str, Dialect]:
    """Return all dialects by name."""
    modules = [import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__)]
    found = [module.DIALECT for module in modules if hasattr(module, "DIALECT")]
    return {dialect.about.name: dialect for dialect in sorted(found, key=lambda d: d.about.name)}


def named(name: str) -> Dialect:
    """Return one dialect.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    if name not in every():
        raise InputError(f"no dialect is called {name!r}", mend=f"choose one of {', '.join(every())}")
    return every()[name]


__all__ = [
    "About",
    "Artefact",
    "Dialect",
    "Kind",
    "Loss",
    "Problem",
    "Reading",
    "Site",
    "Token",
    "Written",
    "every",
    "named",
]
