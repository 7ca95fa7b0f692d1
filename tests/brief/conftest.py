"""The cases that this room's tests share."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for `brief_cases`


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write a brief of every case, and one of two pools; return the paths of their pages."""
    import brief_cases

    from commonweal.briefing import brief

    where = tmp_path_factory.mktemp("briefs")
    made = {name: brief(make()).write(where / name) for name, make in brief_cases.ALL.items()}
    both = brief(brief_cases.language(), brief_cases.ratings())
    return {**made, "two pools": both.write(where / "two pools")}
