"""The relations of an archive: columns, types, and what each means. DuckDB, pandas and polars read them.

Ids are hashes of content (BLAKE2b, 128 bits, hexadecimal): the same message imported twice is one row.
Times are microseconds since 1970 in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pyarrow as pa

STR, INT, BOOL = pa.string(), pa.int64(), pa.bool_()


class Column(NamedTuple):
    """A column: its type, and what it means."""

    type: Any
    means: str


def _c(kind: Any, means: str) -> Column:
    return Column(kind, means)


_ID = _c(STR, "hash of content")
_SOURCE = _c(STR, "the import that brought this row, or last changed it")
_NATIVE = _c(STR, "what the export calls it")
_CREATED = _c(INT, "null where the export tells no time")
_QUALITY = _c(STR, '"exact"; "local": the zone is unknown, counted as UTC; "day": a date alone')
_JSON = _c(STR, "everything that the export says of it and no column holds")
_SEQ = _c(INT, "place in the export's order")

RELATIONS: Mapping[str, Mapping[str, Column]] = {
    "source": {
        "id": _c(STR, "hash of all files' paths and contents, of the format and the owner"),
        "reader": _c(STR, "the format"),
        "name": _c(STR, "name of the file or folder that was imported"),
        "owner": _c(STR, "whose export it is, as given by `--as`"),
        "bytes": _c(INT, "of all files, unpacked"),
        "imported_us": _c(INT, "when it was imported"),
        "ledger": _c(STR, "JSON: what was found, kept and lost"),
    },
    "thread": {
        "id": _c(STR, "hash of reader, owner and native id; of content where there is none"),
        "source_id": _SOURCE,
        "native_id": _NATIVE,
        "kind": _c(
            STR, '"chat", "session", "channel"; "unread": an item that could not be mapped, whole in `json`'
        ),
        "seq": _SEQ,
        "title": _c(STR, ""),
        "model": _c(STR, "the conversation's, where it has one"),
        "created_us": _CREATED,
        "updated_us": _CREATED,
        "time_quality": _QUALITY,
        "json": _JSON,
    },
    "node": {
        "id": _ID,
        "source_id": _SOURCE,
        "thread_id": _c(STR, "thread.id"),
        "native_id": _NATIVE,
        "parent_id": _c(STR, "node.id of what it answers; null at a root"),
        "seq": _c(INT, "place in the thread, in the export's order"),
        "role": _c(
            STR,
            '"user" is the person whose export it is; "assistant", "system", "tool"; "other": another '
            'person; "none": holds the tree together',
        ),
        "author": _c(STR, "name, where the export gives one"),
        "channel": _c(STR, "the model's channel"),
        "created_us": _CREATED,
        "time_quality": _QUALITY,
        "model": _c(STR, ""),
        "hidden": _c(BOOL, "the service does not show it"),
        "on_active_path": _c(BOOL, "on the branch that the service shows"),
        "json": _JSON,
    },
    "part": {
        "node_id": _c(STR, "node.id"),
        "ix": _c(INT, "place in the message"),
        "kind": _c(
            STR,
            '"text", "thinking", "code", "tool_call", "tool_result", "image", "audio", "file", '
            '"artifact", "citation", "other"',
        ),
        "text": _c(STR, ""),
        "mime": _c(STR, "media type"),
        "asset_id": _c(STR, "asset.id; null if the export does not hold the file"),
        "call_id": _c(STR, "joins a tool's call and its result"),
        "json": _JSON,
    },
    "asset": {
        "id": _c(STR, "SHA-256 of content; the file is `assets/<first two digits>/<id>`"),
        "source_id": _SOURCE,
        "path": _c(STR, "in the export"),
        "mime": _c(STR, "media type, by its ending"),
        "bytes": _c(INT, ""),
    },
    "work": {
        "id": _ID,
        "source_id": _SOURCE,
        "native_id": _NATIVE,
        "kind": _c(STR, '"post", "comment", "edit", "commit", "mail", "feed_item", "note"'),
        "seq": _SEQ,
        "title": _c(STR, ""),
        "text": _c(STR, "plain; markup is in `json`"),
        "url": _c(STR, ""),
        "author": _c(STR, "name, where the export gives one"),
        "mine": _c(BOOL, "written by the person whose export it is"),
        "license": _c(STR, "SPDX id or address, where the export says one"),
        "visibility": _c(STR, '"public", "unlisted", "private", "draft", where the export tells'),
        "in_reply_to": _c(STR, "id or address of what it answers"),
        "language": _c(STR, "BCP 47, where the export tells"),
        "created_us": _CREATED,
        "time_quality": _QUALITY,
        "json": _JSON,
    },
    "memory": {
        "id": _ID,
        "source_id": _SOURCE,
        "scope": _c(STR, '"account", or the project or thread it is for'),
        "kind": _c(STR, '"instruction", "fact", "project_doc"'),
        "text": _c(STR, ""),
        "created_us": _CREATED,
        "time_quality": _QUALITY,
        "json": _JSON,
    },
    "loss": {
        "source_id": _SOURCE,
        "native_path": _c(STR, "where in the export: files, keys, `[]`; never a value"),
        "reason": _c(STR, ""),
        "n": _c(INT, "how many"),
    },
    "vanished": {
        "source_id": _c(STR, "the newer export that no longer holds the row"),
        "relation": _c(STR, ""),
        "id": _c(STR, "of the row, which is kept"),
    },
}

SCHEMAS: Mapping[str, Any] = {
    name: pa.schema([(column, what.type) for column, what in columns.items()])
    for name, columns in RELATIONS.items()
}

KEYED = ("thread", "node", "work", "memory", "asset")
"""Relations with an `id` that a newer export updates; `part` follows its node."""
