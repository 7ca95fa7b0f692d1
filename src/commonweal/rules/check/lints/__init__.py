"""Lints: one small function each, that finds one mistake in what a site says.

Mistakes inside one standard are found by its reader and passed on; lints find what no reader of a single
standard can see.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from commonweal.rules.check.effective import Effective
from commonweal.rules.check.evidence import Evidence
from commonweal.rules.check.findings import Finding
from commonweal.rules.check.lints.base import Hit, Lint


@cache
def every() -> dict[str, Lint]:
    """Return all lints by code."""
    modules = [import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__)]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, Lint)]
    return {lint.code: lint for lint in sorted(found, key=lambda found: found.code)}


def run(evidence: Evidence, effective: Effective) -> Iterator[Finding]:
    """Yield what all lints find."""
    for lint in every().values():
        for hit in lint.find(evidence, effective):
            yield Finding(
                lint.code, lint.severity, hit.where, hit.line, f"{lint.title}: {hit.message}",
                hit.mend or lint.mend, hit.count,
            )  # fmt: skip


__all__ = ["Hit", "Lint", "every", "run"]
