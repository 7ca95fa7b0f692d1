"""The cases that this room's tests share, and one browser for all of them."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for `brief_cases`

# Chromium as the system has it (scripts/system.sh), with nothing that would touch the network or a GPU.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.fail("no Chromium: run scripts/system.sh, or install Chromium and put it on PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write a brief of every case, and one of two pools; return the paths of their pages."""
    import brief_cases

    from commonweal.briefing import brief

    where = tmp_path_factory.mktemp("briefs")
    made = {name: brief(make()).write(where / name) for name, make in brief_cases.ALL.items()}
    both = brief(brief_cases.language(), brief_cases.ratings())
    return {**made, "two pools": both.write(where / "two pools")}
