"""Commonweal: collective bargaining for information.

What a pool of works is worth to a model builder, and what its owners can do about it.
"""

from __future__ import annotations

import importlib
from importlib.metadata import version
from typing import Any

__version__ = version("commonweal")

_HOMES = {
    "Pool": "commonweal.pool",
    "Workers": "commonweal.parallel",
    "appraise": "commonweal.study",
    "knn_shapley": "commonweal.valuation",
    "strike": "commonweal.leverage",
    "contribute": "commonweal.leverage",
    "critical_mass": "commonweal.leverage",
    "scaling": "commonweal.leverage",
    "choices": "commonweal.leverage",
    "brief": "commonweal.briefing",
}
_ROOMS = ("briefing", "charts", "errors", "leverage", "pool", "sealed", "study", "utility", "valuation")

__all__ = ["__version__", *_HOMES, *_ROOMS]


def __getattr__(name: str) -> Any:
    """Import a public name, or a room, when it is first asked for."""
    if name in _HOMES:
        found = getattr(importlib.import_module(_HOMES[name]), name)
    elif name in _ROOMS:
        found = importlib.import_module(f"commonweal.{name}")
    else:
        raise AttributeError(f"module 'commonweal' has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
