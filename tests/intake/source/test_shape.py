"""Kinds of files and structures of JSON."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.intake.source.shape import Shape, kind_of, shape_of

KINDS = {
    "json": [b"[]", b"{}", b' \r\n\t{"a": 1}', b'[{"a"', b'{\n"a": 1}', b'{"a":1}\n', b'{"a":{"b":1}\n}\n{'],
    "jsonl": [b'{"a":1}\n{"a":2}', b'{"a":1}\r\n{"a":2}\r\n', b'{}\n{"cut": "of'],
    "ytd": [b"window.YTD.tweets.part0 = [ {", b"\nwindow.__THAR_CONFIG = {"],
    "html": [b"<!DOCTYPE html><p>", b"<html>", b"\n<div>", b"<?xml version='1.0'?><html>"],
    "xml": [b"<?xml version='1.0'?><rss>", b"<feed>"],
    "mail": [b"From a@b Mon\r\nDate: x\r\nSubject: y\r\n\r\n", b"Date: x\nSubject: y\n long\n\n"],
    "csv": [b"id,date,body\r\n1,2,3", b'"id","a b"\n', b"id,name"],
    "text": [b"Hello, you. How are you?\n", b"word", b"\xff\xfe broken letters", "Grüße".encode()],
    "binary": [b"\x89PNG\r\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"%PDF-1.7", b"a\x00b", "[]".encode("utf-16")],
    "empty": [b"", b" \r\n\t", b"\n" * 40],
    "car": [b"\x3a\xa2eroots\x81\xd8"],
}


@pytest.mark.parametrize(("head", "kind"), [(h, k) for k, hs in KINDS.items() for h in hs])
def test_kinds_are_told_by_first_bytes(head: bytes, kind: str) -> None:
    assert kind_of(head) == kind


def test_containers_are_told_by_first_bytes() -> None:
    zipped, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("a", "a")
    with tarfile.open(fileobj=tarred, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a"))
    made = {
        "zip": zipped.getvalue(), "tar": tarred.getvalue(), "gzip": gzip.compress(b"a"),
        "bzip2": bz2.compress(b"a"), "xz": lzma.compress(b"a"),
    }  # fmt: skip
    assert {kind_of(head) for head in made.values()} == set(made)
    assert {kind: kind_of(head) for kind, head in made.items()} == {kind: kind for kind in made}


@given(st.binary(max_size=400))
@settings(max_examples=500)
def test_any_bytes_have_a_kind_and_a_shape(head: bytes) -> None:
    kind = kind_of(head)
    for asked in (kind, "json", "jsonl", "ytd"):
        assert isinstance(shape_of(head, asked), Shape)


@given(st.text(max_size=60), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]))
def test_any_text_has_a_kind(text: str, encoding: str) -> None:
    assert kind_of(text.encode(encoding, errors="replace"))


names = st.sampled_from(["a", "b", "c", "id", "x y"])
values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=15,
)
TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}


def slow(value: Any) -> tuple[Any, ...]:
    """The types at each path, from the value itself."""
    found: dict[str, set[str]] = {}

    def walk(here: Any, path: str) -> None:
        found.setdefault(path, set()).add(TYPES.get(type(here), "number"))
        for key, child in here.items() if isinstance(here, dict) else []:
            walk(child, f"{path}/{key}")
        for child in here if isinstance(here, list) else []:
            walk(child, f"{path}/[]")

    walk(value, "")
    return tuple(sorted((path, tuple(sorted(types))) for path, types in found.items()))


def spread(shape: Shape, path: str = "") -> list[tuple[str, tuple[str, ...]]]:
    found = [(path, tuple(sorted(shape.types)))] if shape.types else []
    for key, child in shape.keys.items():
        found += spread(child, f"{path}/{key}")
    return found + (spread(shape.items, f"{path}/[]") if shape.items else [])


@given(values)
@settings(max_examples=300)
def test_a_shape_is_the_types_at_each_path(value: Any) -> None:
    assert tuple(sorted(spread(shape_of(json.dumps(value).encode(), "json")))) == slow(value)


@given(values, st.data())
def test_a_shape_of_a_beginning_is_part_of_the_whole_one(value: Any, data: st.DataObject) -> None:
    whole = json.dumps(value).encode()
    part = shape_of(whole[: data.draw(st.integers(0, len(whole)))], "json")
    everything = dict(slow(value))
    for path, types in spread(part):
        assert set(types) <= set(everything[path])


def test_paths_find_structures() -> None:
    shape = shape_of(b'[{"m": {"k1": {"text": "a"}, "k2": null}}, {"n": 1}]', "json")
    assert shape.has("[].m.*.text", "[].n", "", "[]")
    assert not shape.has("[].o")
    assert not shape.has("m")


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":['])
def test_a_hundred_thousand_levels_are_looked_at_without_falling_in(opening: bytes) -> None:
    depth = 100_000
    shape = shape_of(opening * depth, "json")
    assert shape.types <= {"array", "object"}
    assert shape_of(opening * depth, "jsonl").types == {"array"}


LONG = (b"A: b\n" + b" " * (1 << 20), b"From " + b"x" * (1 << 20), b"window.YTD." + b"a" * (1 << 20))


@pytest.mark.parametrize("head", LONG, ids=["header", "sender", "script"])
def test_long_lines_are_looked_at_once(head: bytes) -> None:
    """A pattern that tries each way to share out a line would not come back."""
    assert kind_of(head) in ("text", "mail")
