"""Pages that are made from the code are as the code makes them now."""

from __future__ import annotations

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_of_formats_is_made_from_the_readers() -> None:
    spec = importlib.util.spec_from_file_location("formats", ROOT / "scripts" / "formats.py")
    assert spec is not None
    assert spec.loader is not None
    formats = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(formats)
    assert formats.PAGE.read_text(encoding="utf-8") == formats.page(), "run `make docs`"
