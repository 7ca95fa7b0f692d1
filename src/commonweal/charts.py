"""Vega-Lite specifications of the results' charts; data inlined, no drawing done here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa


def shares(table: pa.Table, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return dots with bars for owner values and a line at the equal share."""
    raise NotImplementedError


def strikes(table: pa.Table, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return loss for others and for strikers against participation, median line with band."""
    raise NotImplementedError


def contributions(table: pa.Table, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return rival and builder on one axis against participation."""
    raise NotImplementedError


def critical_mass(table: pa.Table, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the number of owners that suffices for each part of the worth, with intervals."""
    raise NotImplementedError


def scaling(table: pa.Table, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the learning curve, log-log, with other text beside it and the extrapolation dotted."""
    raise NotImplementedError


def choices(table: pa.Table, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the worth with its interval in each setting."""
    raise NotImplementedError
