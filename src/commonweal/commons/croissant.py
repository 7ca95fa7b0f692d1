"""A snapshot's description in Croissant 1.1 (MLCommons): its file, its columns, who publishes it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pyarrow as pa

from commonweal.commons.rules import Publisher
from commonweal.rules.dialects.croissant import CONTEXT, VERSION

_TYPES = {"bool": "sc:Boolean", "string": "sc:Text"}
_FILE, _RECORDS = "snapshot", "items"


def describe(
    *,
    title: str,
    description: str,
    publisher: Publisher,
    published: date,
    file: str,
    sha256: str,
    size: int,
    schema: pa.Schema,
) -> str:
    """Return the description as JSON-LD.

    Parameters
    ----------
    title, description : str
    publisher : Publisher
        What it leaves empty is not said.
    published : date
    file, sha256, size
        Of the Parquet file, beside the description; bytes.
    schema : pyarrow.Schema
        Its columns, each with a `description`.
    """
    said: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": VERSION,
        "name": title,
        "description": description,
        "datePublished": published.isoformat(),
        "version": f"{published.year}.{published.month}.{published.day}",
        **_publisher(publisher),
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": _FILE,
                "name": _FILE,
                "contentUrl": file,
                "contentSize": f"{size} B",
                "encodingFormat": "application/x-parquet",
                "sha256": sha256,
            }
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": _RECORDS,
                "name": _RECORDS,
                "key": {"@id": f"{_RECORDS}/item"},
                "field": [_column(column) for column in schema],
            }
        ],
    }
    return json.dumps(said, indent=1, ensure_ascii=False) + "\n"


def _publisher(publisher: Publisher) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if publisher.name:
        said["creator"] = {"@type": "sc:Organization", "name": publisher.name}
    if publisher.url:
        said["url"] = publisher.url
    if publisher.licence:
        said["license"] = f"https://spdx.org/licenses/{publisher.licence}"
    return said


def _column(column: pa.Field) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"{_RECORDS}/{column.name}",
        "name": column.name,
        "description": column.metadata[b"description"].decode(),
        "dataType": _TYPES[str(column.type)],
        "source": {"fileObject": {"@id": _FILE}, "extract": {"column": column.name}},
    }
