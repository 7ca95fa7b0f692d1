"""A log to try things on, and small ways to do so."""

from __future__ import annotations

from pathlib import Path

import pytest

from commonweal.log.store import Log

ORIGIN = "guild.example/log"


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """Return a log without entries."""
    return Log.create(tmp_path / "log", ORIGIN)
