"""Columns of a classification and of a snapshot, each with what it means."""

from __future__ import annotations

from typing import Any

import pyarrow as pa


def _field(name: str, kind: Any, description: str) -> pa.Field:
    return pa.field(name, kind, metadata={"description": description})


_TEXT = pa.string()
VERDICTS = pa.schema(
    [
        _field("item", _TEXT, "Identifier of the item, as its publisher gives it."),
        _field("verdict", _TEXT, "commons, not, or undecided."),
        _field(
            "rule", _TEXT, "Ids of the rules that are cited, by semicolon; dispute-N for a decided dispute."
        ),
        _field("rules", _TEXT, "Version of the rules: SHA-256, 64 hexadecimal digits."),
        _field("reason", _TEXT, "Why, for people."),
        _field("disputed", pa.bool_(), "Whether a dispute on the item is open."),
    ]
)
"""Columns of a classification."""
SNAPSHOT = pa.schema(
    [
        *VERDICTS,
        _field(
            "licence", _TEXT, "SPDX identifiers or families that were recognised, by semicolon; else empty."
        ),
        _field("published", _TEXT, "When it was published: a year, month or day (ISO 8601); else empty."),
        _field("title", _TEXT, "Title; else empty."),
        _field("url", _TEXT, "Where it is; else empty."),
    ]
)
"""Columns of a snapshot; the last four are empty for items that are not in the commons."""
