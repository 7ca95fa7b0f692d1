"""Vega-Lite specifications of the results' charts; data inlined, no drawing done here.

Each function takes a result's table and facts and returns a specification as wide as its container. A
result with nothing to draw gives a chart with no marks; `has_marks` tells.
"""

from commonweal.charts.curves import contributions, scaling, strikes
from commonweal.charts.dots import choices, critical_mass, shares, strike_groups

__all__ = [
    "choices",
    "contributions",
    "critical_mass",
    "has_marks",
    "scaling",
    "shares",
    "strike_groups",
    "strikes",
]


def has_marks(spec: dict[str, object]) -> bool:
    """Tell whether a specification has anything to draw."""
    layers = spec.get("layer")
    return isinstance(layers, list) and any(layer["data"]["values"] for layer in layers)
