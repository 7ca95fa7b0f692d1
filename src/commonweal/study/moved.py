"""The inputs of a receipt, found again in another folder: by their content, else by their name."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from commonweal.counts import counted
from commonweal.errors import InputError
from commonweal.study.plan import Plan

PARTS = {"works": "pool", "base": "base", "rival_base": "rival_base", "test": "test"}
"""Field of a plan → part of a receipt's inputs."""

Recorded = Sequence[Mapping[str, Any]]


def moved(plan: Plan, recorded: Recorded, folder: Path) -> Plan:
    """Return the plan with the paths that its inputs have in `folder` or below it.

    Parameters
    ----------
    plan : Plan
        With the paths of the time of the receipt.
    recorded : sequence of mapping
        The receipt's inputs: `part`, `path`, `sha256`, `bytes` of each file.
    folder : Path
        Where to look. A file with the recorded content is taken whatever its name; else one of its
        name, whose content then differs.

    Raises
    ------
    InputError
        If an input is not there, several have its name and none its content, or one file would stand for two.
    """
    if not folder.is_dir():
        raise InputError("is no folder", mend="name the folder that holds the inputs", where=str(folder))
    there = [folder, *sorted(folder.rglob("*"))]
    files: dict[str, list[Mapping[str, Any]]] = {
        field: [i for i in recorded if i["part"] == part]
        for field, part in PARTS.items()
        if getattr(plan, field)
    }
    found = {field: _find(field, getattr(plan, field), files[field], there, folder) for field in files}
    _check_apart(found, files)
    return replace(plan, **{field: str(path) for field, path in found.items()})  # type: ignore[arg-type]


def _find(field: str, path: str, files: Recorded, there: Sequence[Path], folder: Path) -> Path:
    """Return where an input lies now."""
    name = Path(path).name
    same = [p for p in there if _holds(p, path, files)]
    if same:
        return min(same, key=lambda p: p.name != name)  # of equal files, one that kept its name
    named = [p for p in there if p.name == name]
    missing = ", ".join(f"{Path(f['path']).name}, SHA-256 {f['sha256'][:16]}…" for f in files[:3])
    if not named:
        raise InputError(
            f"no file in it has the content of the {_said(field)} ({missing}), and none is called {name}",
            mend="put the input there, or name its folder",
            where=str(folder),
        )
    if len(named) > 1:
        raise InputError(
            f"{counted(len(named), 'file')} in it are called {name}, and none has the recorded content of "
            f"the {_said(field)} ({missing}): {', '.join(str(p.relative_to(folder)) for p in named[:3])}",
            mend="leave only the one that is meant there",
            where=str(folder),
        )
    return named[0]


def _holds(path: Path, was: str, files: Recorded) -> bool:
    """Tell whether a file, or a folder of shards, has the recorded content."""
    if not files:
        return False
    if [Path(f["path"]) for f in files] == [Path(was)]:
        return path.is_file() and _kind(path) == _kind(Path(was)) and _same(path, files[0])
    return path.is_dir() and all(_same(path / Path(f["path"]).relative_to(was), f) for f in files)


def _same(path: Path, file: Mapping[str, Any]) -> bool:
    # the size first: a folder may hold much else
    return path.is_file() and path.stat().st_size == file["bytes"] and _sha256(path) == file["sha256"]


def _kind(path: Path) -> tuple[str, ...]:
    """Return the suffix that tells the format, with the one before it where it is gzipped."""
    suffixes = tuple(s.lower() for s in path.suffixes)
    return suffixes[-2:] if suffixes[-1:] == (".gz",) else suffixes[-1:]


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _check_apart(found: Mapping[str, Path], files: Mapping[str, Recorded]) -> None:
    """Raise InputError where one file would stand for two inputs that differed."""
    for field, path in found.items():
        for other in list(found)[: list(found).index(field)]:
            if found[other] == path and _hashes(files[other]) != _hashes(files[field]):
                raise InputError(
                    f"stands for both the {_said(other)} and the {_said(field)}, which were two files called "
                    f"{path.name} with different content",
                    mend="put both there, in folders of their own; they are told apart by content",
                    where=str(path),
                )


def _hashes(files: Recorded) -> list[str]:
    return [f["sha256"] for f in files]


def _said(field: str) -> str:
    return PARTS[field].replace("rival_base", "rival’s base")
