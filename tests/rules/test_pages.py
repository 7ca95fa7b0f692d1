"""The pages of the reference are what the code says."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from commonweal.rules import from_toml
from commonweal.rules.terms import schema

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"


def script(name: str):
    spec = importlib.util.spec_from_file_location(f"scripts_{name}", ROOT / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_terms_is_what_the_types_say():
    assert (REFERENCE / "terms.md").read_text(encoding="utf-8") == script("terms").page(), "run: make docs"
    assert json.loads((REFERENCE / "terms.schema.json").read_text(encoding="utf-8")) == json.loads(
        json.dumps(schema())
    )


def test_the_example_on_the_page_of_terms_can_be_read():
    page = (REFERENCE / "terms.md").read_text(encoding="utf-8")
    assert len(from_toml(page.split("```toml\n")[1].split("```")[0]).rules) == 2


@pytest.mark.parametrize("name", script("dialects").pages())
def test_each_dialect_has_a_page_of_what_it_wrote_and_read_back(name):
    page = REFERENCE / "dialects" / name
    assert page.read_text(encoding="utf-8") == script("dialects").pages()[name], "run: make docs"
