"""Files that are whole or absent, whatever stops the writer."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

FEW = 64


def write(path: Path, content: bytes) -> None:
    """Write a file beside its place and rename it; a reader sees the old one or the new one, never a part.

    What it holds is on disk for good after `settle` alone.
    """
    draft = path.with_name(f".{path.name}.tmp")
    draft.write_bytes(content)
    draft.replace(path)


def settle(paths: Sequence[Path], root: Path) -> None:
    """Return when files, and their names in folders from `root` downwards, will outlast a loss of power."""
    if len(paths) > FEW and sys.platform == "linux":  # there, and not everywhere, sync waits for the disk
        os.sync()
        return
    folders = {folder for path in paths for folder in path.parents if folder.is_relative_to(root)}
    for path in [*paths, *sorted(folders)]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def replace(path: Path, content: bytes) -> None:
    """Put a file in place for good: what it holds first, its name after that."""
    draft = path.with_name(f".{path.name}.tmp")
    draft.write_bytes(content)
    settle([draft], path.parent)
    draft.replace(path)
    settle([path], path.parent)
