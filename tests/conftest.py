"""What holds for all tests: no time limits on examples, and one browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

# Machines are busy at times: how long an example takes is no property of the code.
settings.register_profile("commonweal", deadline=None)
settings.load_profile("commonweal")

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
    """Yield the browser of this process: Playwright runs once in each."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.fail("no Chromium: run scripts/system.sh, or install Chromium and put it on PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        browser.close()
