"""Utilities: what a model builder gains from a coalition of owners. One file per model, loaded on use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from commonweal.utility.base import Floor, Metric, Utility

if TYPE_CHECKING:
    from commonweal.utility.adapters import FromFunction
    from commonweal.utility.ease import EASE
    from commonweal.utility.naive_bayes import NaiveBayes
    from commonweal.utility.neighbors import KNeighbors
    from commonweal.utility.ngram import Ngram
    from commonweal.utility.refit import Refit
    from commonweal.utility.ridge import Ridge
    from commonweal.utility.runs import Runs
    from commonweal.utility.slices import Sliced, slice_scores
    from commonweal.utility.splits import Splits

_WHERE = {
    "EASE": "ease",
    "FromFunction": "adapters",
    "KNeighbors": "neighbors",
    "NaiveBayes": "naive_bayes",
    "Ngram": "ngram",
    "Refit": "refit",
    "Ridge": "ridge",
    "Runs": "runs",
    "Sliced": "slices",
    "Splits": "splits",
    "slice_scores": "slices",
}

__all__ = [
    "EASE",
    "Floor",
    "FromFunction",
    "KNeighbors",
    "Metric",
    "NaiveBayes",
    "Ngram",
    "Refit",
    "Ridge",
    "Runs",
    "Sliced",
    "Splits",
    "Utility",
    "slice_scores",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return __all__
