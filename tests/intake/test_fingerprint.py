"""A fingerprint shows a structure, and nothing that is in it."""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.intake.fingerprint import KNOWN, fingerprint
from commonweal.intake.source import Tree

SECRETS = ("zebedee", "Marrakesh", "hunter2hunter2", "4929103847561029", "ana@example.org", "7c1e-44aa")

secret = st.sampled_from(SECRETS)
schema = st.sampled_from(["id", "posts", "weird_key", "createdOn", "Body"])


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Objects of a service's keys, and objects whose keys are people and ids."""
    named = st.dictionaries(secret, inner, min_size=1, max_size=4)
    return st.dictionaries(schema, inner, max_size=4) | named | st.lists(inner, max_size=4)


values = st.recursive(secret | st.integers(0, 9) | st.none(), objects, max_leaves=25)


def of(tmp_path: Path, files: dict[str, bytes]) -> str:
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    with Tree(tmp_path) as tree:
        return fingerprint(tree)


def clean(text: str) -> None:
    for word in SECRETS:
        assert word not in text, text


@given(values, st.sampled_from(["doc", "lines", "array", "script"]), secret)
@settings(max_examples=200)
def test_no_value_no_name_of_a_file_and_no_lone_key_is_shown(
    tmp_path_factory: pytest.TempPathFactory, value: Any, form: str, name: str
) -> None:
    text = json.dumps(value)
    data = {
        "doc": text,
        "lines": f'{{"a": {text}}}\n{{"b": 1}}\n',
        "array": f"[{text}, 1]",
        "script": f"window.YTD.{name}.part0 = [{text}]",
    }[form]
    tmp_path = tmp_path_factory.mktemp("export")
    files = {f"{name}/{name}.json": data.encode(), f"{name}.{name}": b"x", "x.csv": f"{name},b\n".encode()}
    shown = of(tmp_path, files)
    keys = [line.split()[0] for line in shown.splitlines() if line.startswith("  ")]
    assert not [k for k in keys if k in SECRETS] or _repeats(value), shown
    if not _repeats(value):
        clean(shown)


def _repeats(value: Any) -> bool:
    """Whether a planted key stands in two objects, so that it may pass for a schema's word."""
    found: list[str] = []

    def walk(here: Any) -> None:
        for key, child in here.items() if isinstance(here, dict) else []:
            found.append(key)
            walk(child)
        for child in here if isinstance(here, list) else []:
            walk(child)

    walk(value)
    return any(found.count(word) > 1 for word in SECRETS)


def test_people_as_keys_of_many_objects_are_counted_and_not_shown(tmp_path: Path) -> None:
    """Ids and names differ from object to object, where a schema's keys are the same in each."""
    people = [f"{a}{b}" for a in ("Ana", "Ben", "Cleo") for b in string.ascii_lowercase]
    rooms = [
        {"title": "x", "roomKind": 1, "members": {p: {"since": 1} for p in people[i : i + 3]}}
        for i in range(60)
    ]
    shown = of(tmp_path, {"rooms.json": json.dumps(rooms).encode()})
    assert "title" in shown
    assert "members" in shown
    assert "keys not shown" in shown
    assert not [p for p in people if p in shown]


def test_names_that_two_objects_of_three_share_are_not_shown(tmp_path: Path) -> None:
    members = [{"Ana": 1, "Ben": 2}, {"Ana": 3, "Cleo": 1}, {"Ben": 1}]
    rooms = [{"roomKind": "x", "members": m} for m in members]
    shown = of(tmp_path, {"rooms.json": json.dumps(rooms).encode()})
    assert "members" in shown
    for name in ("Ana", "Ben", "Cleo"):
        assert name not in shown, shown


def test_a_schema_is_shown_with_its_types(tmp_path: Path) -> None:
    one = {"weirdKey": "zebedee", "Nested": {"deepOne": [1, None], "other": 1}}
    rows = [one, {"weirdKey": None, "Nested": {"deepOne": [], "other": 2}}]
    shown = of(tmp_path, {"zebedee.json": json.dumps(rows).encode()})
    for line in ("weirdKey null|string", "Nested object", "deepOne array", "[] null|number"):
        assert line in shown
    clean(shown)
    assert "json json × 1" in shown


def test_the_same_structure_has_the_same_fingerprint(tmp_path: Path) -> None:
    one = of(tmp_path / "a", {"x.json": b'[{"k": 1}, {"k": 2}]'})
    two = of(tmp_path / "b", {"y.json": b'[{"k": 7}, {"k": 8}]'})
    assert one == two
    assert one != of(tmp_path / "c", {"x.json": b'[{"k": "1"}, {"k": 2}]'})


def test_words_that_may_be_shown_alone_are_no_names() -> None:
    assert all(word.islower() for word in KNOWN)
