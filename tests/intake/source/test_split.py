"""Elements of arrays, cut as a parser reads them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.intake.source.split import CutOffError, elements

text = st.text(st.sampled_from('ab"\\[]{},: \n\t\u00e9\U0001f600\u2028')) | st.text()
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)
SPACE = st.text(" \t\r\n", max_size=3)


@st.composite
def arrays(draw: st.DrawFn) -> tuple[list[Any], bytes]:
    """An array, and one of the ways to write it."""
    parts = draw(st.lists(values, max_size=6))
    indent = draw(st.sampled_from([None, 0, 2]))
    ascii_only = draw(st.booleans())
    written = [
        draw(SPACE) + json.dumps(p, indent=indent, ensure_ascii=ascii_only) + draw(SPACE) for p in parts
    ]
    body = "[" + (",".join(written) or draw(SPACE)) + "]"
    whole = draw(SPACE) + body + draw(SPACE)
    return parts, draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + whole.encode("utf-8", "surrogatepass")


def cut(data: bytes, window: int, longest: int = 1 << 20) -> list[bytes | None]:
    return list(elements(io.BytesIO(data), where="x.json", longest=longest, window=window))


@given(arrays(), st.integers(1, 64))
@settings(max_examples=400)
def test_elements_are_those_that_a_parser_finds(array: tuple[list[Any], bytes], window: int) -> None:
    parts, data = array
    found = cut(data, window)
    assert [json.loads(part) for part in found if part is not None] == parts
    assert len(found) == len(parts)


@given(arrays(), st.integers(1, 64), st.data())
@settings(max_examples=400)
def test_what_comes_before_a_cut_is_whole_and_the_cut_is_told(
    array: tuple[list[Any], bytes], window: int, data: st.DataObject
) -> None:
    parts, whole = array
    end = whole.rindex(b"]")
    start = whole.index(b"[")
    short = whole[: data.draw(st.integers(start + 1, end))]
    stream, found = elements(io.BytesIO(short), where="x.json", longest=1 << 20, window=window), []
    with pytest.raises(CutOffError):
        for part in stream:
            assert part is not None
            found.append(json.loads(part))
    assert found == parts[: len(found)]
    assert len(found) >= sum(1 for i in range(len(parts)) if len(short) > _end_of(whole, i)) - 1


def _end_of(whole: bytes, ix: int) -> int:
    """Where the element of this number ends at the latest, found by parsing ever longer beginnings."""
    text = whole.decode("utf-8-sig", "surrogatepass")
    at, decoder = text.index("[") + 1, json.JSONDecoder()
    for _ in range(ix + 1):
        while text[at] in " \t\r\n,":
            at += 1
        _, at = decoder.raw_decode(text, at)
    return len(text[:at].encode("utf-8", "surrogatepass")) + 3


@given(arrays(), st.integers(1, 64), st.integers(1, 40))
@settings(max_examples=400)
def test_elements_over_the_limit_are_left_out_in_their_place(
    array: tuple[list[Any], bytes], window: int, longest: int
) -> None:
    parts, data = array
    every, some = cut(data, window), cut(data, window, longest)
    assert len(some) == len(every) == len(parts)
    for whole, kept in zip(every, some, strict=True):
        assert whole is not None
        if kept is None:
            assert len(whole) + 6 > longest  # the spaces around it count
        else:
            assert kept == whole
            assert len(kept) <= longest


@given(st.binary(max_size=60), st.integers(1, 8))
@settings(max_examples=400)
def test_any_bytes_are_cut_or_refused(data: bytes, window: int) -> None:
    try:
        found = cut(b"[" + data, window)
    except InputError as error:
        assert error.where == "x.json"
    else:
        assert all(part is None or isinstance(part, bytes) for part in found)


@pytest.mark.parametrize("data", [b"", b"{}", b"1", b"\xff\xfe[\x00]\x00", b'"[]"', b"\xef\xbb\xbf"])
def test_what_is_no_array_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match="not a JSON array"):
        cut(data, 7)


@pytest.mark.parametrize("data", [b"[1]2", b"[1] []", b"[1]]", b'[{"a":1}],'])
def test_what_follows_an_array_is_refused(data: bytes) -> None:
    for window in range(1, 9):
        with pytest.raises(InputError, match="follows"):
            cut(data, window)


def test_what_follows_an_array_far_behind_is_refused() -> None:
    with pytest.raises(InputError, match="follows"):
        cut(b"[1]" + b" " * 100 + b"2", 8)


@pytest.mark.parametrize("depth", [100, 100_000])
def test_depth_is_no_matter(depth: int) -> None:
    deep = b"[" * depth + b"]" * depth
    assert cut(b"[1," + deep + b",2]", 1 << 12) == [b"1", deep, b"2"]


def test_strings_over_many_windows_stay_whole(tmp_path: Path) -> None:
    long = json.dumps('\\"[{,' * 5_000).encode()
    for window in (1, 2, 3, 64, 1 << 20) if len(long) < 1_000 else (61, 64, 1 << 20):
        assert cut(b"[" + long + b"," + long + b"]", window) == [long, long]
