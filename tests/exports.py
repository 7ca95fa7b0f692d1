"""What must hold for every reader, on any export; their tests bring exports and call these."""

from __future__ import annotations

import copy
import json
import random
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commonweal.intake import Archive, Ledger, import_export

Files = Mapping[str, Any]
"""Path in the export to its content: bytes, text, or a value that is written as JSON."""

NOT_KEPT = "a value that the reader did not keep"


@dataclass
class Brought:
    """An import and what it left."""

    archive: Archive
    ledger: Ledger

    def rows(self, relation: str) -> list[dict[str, Any]]:
        """Return a relation's rows, in the export's order."""
        rows = self.archive.table(relation).to_pylist()
        return sorted(rows, key=lambda r: r["seq"]) if rows and "seq" in rows[0] else rows

    def said(self, role: str | None = None) -> list[str]:
        """Return the texts of parts in order, of one role or of all."""
        nodes = {n["id"]: n for n in self.rows("node")}
        threads = {t["id"]: t["seq"] for t in self.rows("thread")}
        parts = [p for p in self.rows("part") if role is None or nodes[p["node_id"]]["role"] == role]
        order = lambda p: (  # noqa: E731
            threads[nodes[p["node_id"]]["thread_id"]],
            nodes[p["node_id"]]["seq"],
            p["ix"],
        )
        return [p["text"] for p in sorted(parts, key=order)]

    def active(self) -> list[str]:
        """Return the texts on the path that is shown."""
        shown = {n["id"]: n["seq"] for n in self.rows("node") if n["on_active_path"]}
        parts = [p for p in self.rows("part") if p["node_id"] in shown and p["text"]]
        return [p["text"] for p in sorted(parts, key=lambda p: (shown[p["node_id"]], p["ix"]))]


def content(value: Any) -> bytes:
    """Return a file's bytes."""
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value)).encode()


def zipped(files: Files, path: Path) -> Path:
    """Write an export as a ZIP."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in files.items():
            archive.writestr(name, content(value))
    return path


def laid_out(files: Files, folder: Path) -> Path:
    """Write an export as a folder."""
    for name, value in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(value))
    return folder


def bring(tmp_path: Path, files: Files, **options: Any) -> Brought:
    """Import an export, given as files, from a ZIP; check what must hold for all; return it."""
    source = zipped(files, tmp_path / "export.zip")
    return brought(source, tmp_path / "archive", **options)


def brought(source: Path, place: Path, strict: bool = True, **options: Any) -> Brought:
    """Import an export twice; check what must hold for all; return it.

    Unless `strict`, values may be listed in the ledger in place of being kept: of exports that are spoilt.
    """
    ledger = import_export(source, place, owner="me", **options)
    found = Brought(Archive(place), ledger)
    hold(found, strict)
    before = {p: p.read_bytes() for p in place.rglob("*") if p.is_file()}
    again = import_export(source, place, owner="me", **options)
    assert again.unchanged, "importing the same export twice changes nothing"
    assert {p: p.read_bytes() for p in place.rglob("*") if p.is_file()} == before
    return found


def hold(found: Brought, strict: bool = True) -> None:
    """Check that an archive is whole: ids are unique, links lead somewhere, everything is accounted for."""
    unkept = [key for key in found.ledger.losses if key[1] == NOT_KEPT]
    assert not (strict and unkept), f"values that the reader dropped: {unkept}"
    for relation in ("thread", "node", "work", "memory", "asset"):
        ids = found.archive.table(relation, ["id"])["id"].to_pylist()
        assert len(set(ids)) == len(ids), f"{relation}: an id twice"
    threads = {t["id"] for t in found.rows("thread")}
    nodes = {n["id"]: n for n in found.rows("node")}
    assets = {a["id"] for a in found.rows("asset")}
    for node in nodes.values():
        assert node["thread_id"] in threads
        assert node["parent_id"] is None or nodes[node["parent_id"]]["thread_id"] == node["thread_id"]
        assert (node["created_us"] is None) == (node["time_quality"] is None)
    for part in found.rows("part"):
        assert part["node_id"] in nodes
        assert part["asset_id"] is None or part["asset_id"] in assets
    for asset in assets:
        assert found.archive.asset(asset).is_file()


def same_from_folder(tmp_path: Path, files: Files) -> None:
    """Check that an export gives the same rows from a folder as from a ZIP."""
    one = brought(zipped(files, tmp_path / "one.zip"), tmp_path / "from-zip")
    two = brought(laid_out(files, tmp_path / "folder"), tmp_path / "from-folder")
    for relation in ("thread", "node", "part", "work", "memory", "loss"):
        assert _plain(one, relation) == _plain(two, relation), relation


def _plain(found: Brought, relation: str) -> list[str]:
    rows = found.rows(relation)
    return sorted(
        json.dumps({k: v for k, v in row.items() if k != "source_id"}, sort_keys=True) for row in rows
    )


def survives_anything(
    tmp_path: Path,
    value: Any,
    name: str,
    rounds: int = 60,
    seed: int = 0,
    write: Callable[[Any], Any] = lambda value: value,
) -> None:
    """Check that a JSON export with a random key or element spoilt is read, every value kept or listed.

    Each round replaces one place by null, a number, a string, an empty list or object, or leaves it out. The
    import must not fail; what can't be mapped is kept whole. An export that no reader knows any more is fine.
    `write` makes a file's content of the value.
    """
    from commonweal.errors import InputError

    rng = random.Random(seed)
    for number in range(rounds):
        spoilt = copy.deepcopy(value)
        _spoil(spoilt, rng)
        place = tmp_path / f"spoilt-{number}"
        place.mkdir()
        try:
            brought(zipped({name: write(spoilt)}, place / "export.zip"), place / "archive", strict=False)
        except InputError as error:
            assert "no reader knows this" in str(error) or "take it for theirs" in str(error), error


def _spoil(value: Any, rng: random.Random) -> None:
    places: list[tuple[Any, Any]] = []
    stack = [value]
    while stack:
        here = stack.pop()
        keys = list(here) if isinstance(here, dict) else range(len(here)) if isinstance(here, list) else []
        for key in keys:
            places.append((here, key))
            stack.append(here[key])
    if not places:
        return
    holder, key = rng.choice(places)
    new = rng.choice([None, 7, "spoilt", [], {}, [None], {"spoilt": [1]}, ...])
    if new is ...:
        del holder[key]
    else:
        holder[key] = new


def as_lines(values: Any) -> Any:
    """Return an array's values as JSON Lines; anything else as it is."""
    return "".join(json.dumps(v) + "\n" for v in values) if isinstance(values, list) else values
