"""Redaction of a whole archive: its texts, one by one, and a clean copy of it.

The copy holds every relation with each text column, and each string and key inside the JSON columns, gone
over. Ids are hashes of content, so that a short private text could be guessed from them: in the copy each is
replaced by an HMAC under the owner's key. Files (images, recordings, attachments) can't be gone over; they
are left out and named. Numbers in JSON, times, and what a service calls its own objects (`native_id`) stay
as they are.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from commonweal.errors import InputError
from commonweal.intake.redaction.finding import Finder
from commonweal.intake.redaction.kinds import Find, Kind
from commonweal.intake.redaction.review import Application, Review, found, load
from commonweal.intake.redaction.surrogates import Surrogates

KEY = "redaction.key"
"""The file with the key, in the folder of the archive that stays with its owner."""

CLEAN = "redacted"
"""The folder of the clean copy, in the archive's, unless another is named."""
REPORT = "redaction.json"
"""What a clean copy says of itself: counts alone."""

PLAIN = {
    "thread": ("title",),
    "node": ("author",),
    "part": ("text",),
    "work": ("title", "text", "url", "author", "in_reply_to"),
    "memory": ("scope", "text"),
}
JSON = {
    "source": "ledger",
    "thread": "json",
    "node": "json",
    "part": "json",
    "work": "json",
    "memory": "json",
}
IDS = {"id", "source_id", "thread_id", "parent_id", "node_id"}
MAYBE_IDS = {"in_reply_to", "scope"}
ID = re.compile(r"[0-9a-f]{32}")
KEPT = ("source", "thread", "node", "part", "work", "memory", "loss", "vanished")

Change = Callable[[str, str], str]
"""From where a text stands, and the text, to the text that takes its place."""


class Applied(NamedTuple):
    """What became of an archive: how many finds were replaced, and the paths of the files left out."""

    path: Path
    replaced: int
    left_out: list[str]


def texts(archive: Any) -> Iterator[tuple[str, str]]:
    """Yield every text of an archive with where it stands: `relation:row id:column`, in JSON a pointer after.

    Parameters
    ----------
    archive : Archive
    """
    for relation in KEPT:
        for batch in archive.batches(relation):
            gathered: list[tuple[str, str]] = []
            _rows(relation, batch.to_pylist(), _noting(gathered))
            yield from gathered


def read(path: str | Path) -> Iterator[tuple[str, str]]:
    """Yield the text of a file, or all texts of an archive, each with where it stands.

    Raises
    ------
    InputError
        If the file is no UTF-8 text, or the folder no archive.
    """
    from commonweal.intake.archive import Archive

    place = Path(path)
    if place.is_dir():
        yield from texts(Archive(place))
        return
    try:
        yield place.name, place.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise InputError(
            "no text in UTF-8", where=str(path), mend="name a text file, or an archive's folder"
        ) from None


def listed(
    given: Iterable[tuple[str, str]], finder: Finder, surrogates: Surrogates
) -> Iterator[dict[str, str | int]]:
    """Yield the finds in texts as objects: where, start and end in characters, kind, surrogate; no value."""
    for where, _, finds in found(given, finder):
        for find in finds:
            yield {
                "where": where, "start": find.start, "end": find.end, "kind": str(find.kind),
                "surrogate": surrogates.of(find),
            }  # fmt: skip


def key_of(path: str | Path) -> bytes:
    """Return the key of an archive, made when it is first asked for."""
    return Surrogates.key_in(Path(path) / KEY)


def review(path: str | Path, finder: Finder, *, shaped: bool = False) -> Review:
    """Return what was found in an archive, ready to be shown to its owner.

    Parameters
    ----------
    path : path
        Of the archive.
    finder : Finder
    shaped : bool
        Whether surrogates have the shape of what they replace, where such are reserved.
    """
    from commonweal.intake.archive import Archive

    archive = Archive(path)
    return Review(texts(archive), finder, Surrogates(key_of(path), shaped=shaped))


def apply(path: str | Path, decisions: str | Path, out: str | Path | None = None) -> Applied:
    """Write a clean copy of an archive after its owner's decisions.

    Parameters
    ----------
    path : path
        Of the archive.
    decisions : path
        The `review.json`.
    out : path, optional
        Of the copy, a new folder; `CLEAN` in the archive's own unless given.

    Raises
    ------
    InputError
        If the archive changed since the review, or `out` exists; nothing is left there then.
    """
    from commonweal.intake.archive import Archive

    archive, target = Archive(path), Path(path) / CLEAN if out is None else Path(out)
    if target.exists():
        raise InputError("this folder exists", where=str(target), mend="name a new one, or delete it")
    surrogates = Surrogates(key_of(path))
    application = Application(load(decisions), surrogates)
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".redacting-", dir=target.parent))
    try:
        copy = Archive.create(staging)
        for relation in KEPT:
            for file in archive.files(relation):
                _copy(relation, file, copy.path / relation / file.name, application, surrogates)
        application.done()
        left_out = sorted(p for p in archive.table("asset", ["path"])["path"].to_pylist() if p)
        _report(copy.path / REPORT, application, len(left_out))
        staging.chmod(0o755)
        staging.rename(target)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    return Applied(target, application.replaced.total(), left_out)


def _report(path: Path, application: Application, left_out: int) -> None:
    """Write what a copy says of itself. Names of files may be private: `apply` tells them, this counts."""
    said = {
        "format": "commonweal-redaction",
        "version": 1,
        "replaced": {str(kind): n for kind, n in sorted(application.replaced.items())},
        "files_left_out": left_out,
    }
    path.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


def _copy(relation: str, file: Path, to: Path, application: Application, surrogates: Surrogates) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from commonweal.intake.relations import SCHEMAS

    to.parent.mkdir(exist_ok=True)
    with (
        pq.ParquetFile(file) as parquet,
        pq.ParquetWriter(to, SCHEMAS[relation], compression="zstd") as writer,
    ):
        for batch in parquet.iter_batches():
            rows = _rows(relation, batch.to_pylist(), application.clean)
            for row in rows:
                _hide(relation, row, surrogates)
            writer.write_table(pa.Table.from_pylist(rows, schema=SCHEMAS[relation]))


def _hide(relation: str, row: dict[str, Any], surrogates: Surrogates) -> None:
    """Replace a row's ids, and what names the owner or a file that is left out."""
    for column in IDS & row.keys():
        if row[column] is not None:
            row[column] = surrogates.mark(row[column])[:32]
    for column in MAYBE_IDS & row.keys():
        if row[column] and ID.fullmatch(row[column]):
            row[column] = surrogates.mark(row[column])[:32]
    if relation == "source":
        row["name"] = row["reader"]
        row["owner"] = surrogates.of(Find(0, 0, Kind.PERSON, "", row["owner"] or ""))
    if relation == "part":
        row["asset_id"] = None


def _rows(relation: str, rows: list[dict[str, Any]], change: Change) -> list[dict[str, Any]]:
    """Return rows with every text changed."""
    return [_row(relation, row, change) for row in rows]


def _row(relation: str, row: dict[str, Any], change: Change) -> dict[str, Any]:
    name = f"{row['node_id']}/{row['ix']}" if relation == "part" else row.get("id", "")
    changed = dict(row)
    for column in PLAIN.get(relation, ()):
        if row[column]:
            changed[column] = change(f"{relation}:{name}:{column}", row[column])
    column = JSON.get(relation, "")
    if column and row[column]:
        inside = _inside(json.loads(row[column]), f"{relation}:{name}:{column}#", change)
        changed[column] = json.dumps(inside, separators=(",", ":"))
    return changed


def _inside(value: Any, where: str, change: Change) -> Any:
    """Return a JSON value with every string in it changed, keys too."""
    if isinstance(value, str):
        return change(where, value) if value else value
    if isinstance(value, list):
        return [_inside(v, f"{where}/{i}", change) for i, v in enumerate(value)]
    if isinstance(value, dict):
        changed: dict[str, Any] = {}
        for key, v in value.items():
            at = where + "/" + key.replace("~", "~0").replace("/", "~1")
            new = change(at + "~key", key) if key else key
            while new in changed:  # two keys with one surrogate stay two
                new += "'"
            changed[new] = _inside(v, at, change)
        return changed
    return value


def _noting(gathered: list[tuple[str, str]]) -> Change:
    def note(where: str, text: str) -> str:
        gathered.append((where, text))
        return text

    return note
