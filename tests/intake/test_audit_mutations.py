"""The audit against readers that drop one value, at any place, of any item."""

from __future__ import annotations

import copy
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.intake.audit import missing
from commonweal.intake.records import Memory, Node, Part, PartKind, Record, Role, Thread, Work, WorkKind
from commonweal.intake.times import time

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)
items = st.dictionaries(st.sampled_from(["id", "title", "text", "at", "who", "more"]), values, max_size=6)


def work(raw: dict[str, Any]) -> list[Record]:
    return [Work("k", WorkKind.POST, "", json=raw)]


def thread(raw: dict[str, Any]) -> list[Record]:
    """Scatter an item over a thread, its message, a piece of it, and a memory."""
    keys = sorted(raw)
    held = [{k: raw[k] for k in keys[i::4]} for i in range(4)]
    title = held[0].pop("id", None)
    if not isinstance(title, str):
        held[0]["id"] = title
        title = None
    part = Part(PartKind.OTHER, json=held[2])
    node = Node("n", Role.USER, [part], json=held[1])
    return [Thread("t", [node], 1, title=title, json=held[0]), Memory("account", "fact", "", json=held[3])]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths to strings and numbers."""
    if isinstance(value, dict):
        return [p for k, v in value.items() for p in places(v, (*path, k))]
    if isinstance(value, list):
        return [p for i, v in enumerate(value) for p in places(v, (*path, i))]
    return [] if value is None or isinstance(value, bool) or value == "" else [path]


@given(items, st.sampled_from([work, thread]))
@settings(max_examples=300)
def test_what_is_kept_is_never_blamed(raw: dict[str, Any], reader: Any) -> None:
    assert missing(raw, reader(raw)) == []
    assert missing(raw, reader(copy.deepcopy(raw))) == [], "whether or not it is the same object"


@given(items, st.sampled_from([work, thread]), st.data())
@settings(max_examples=400)
def test_a_reader_that_drops_a_value_is_caught(raw: dict[str, Any], reader: Any, data: st.DataObject) -> None:
    secret = data.draw(st.sampled_from(["nowhere else 7d1f", 271_828_182_845, 0.5772156649]))
    raw["planted"] = data.draw(st.sampled_from([[{"x": secret}], {"deep": {"er": secret}}, secret]))
    kept = copy.deepcopy(raw)
    if kept["planted"] == secret:
        del kept["planted"]
    else:
        kept["planted"] = []
    lost = missing(raw, reader(kept))
    assert sum(one.n for one in lost) == 1
    assert lost[0].path.startswith("planted")
    assert str(secret) not in lost[0].path


@given(items, st.data())
@settings(max_examples=400)
def test_any_one_value_that_is_nowhere_else_is_missed(raw: dict[str, Any], data: st.DataObject) -> None:
    every = places(raw)
    if not every:
        return
    path = data.draw(st.sampled_from(every))
    secret = "the only one of its kind"
    with_secret = _put(raw, path, secret)
    lost = missing(with_secret, work(_put(raw, path, None)))
    assert [one.n for one in lost] == [1]
    assert missing(with_secret, work(with_secret)) == []


def _put(raw: Any, path: tuple[Any, ...], value: Any) -> Any:
    made = copy.deepcopy(raw)
    here = made
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = value
    return made


@given(st.datetimes().map(lambda t: t.replace(year=max(1971, min(2099, t.year)), day=min(28, t.day))))
def test_a_time_is_kept_by_its_moment(moment: Any) -> None:
    written = moment.isoformat()
    assert missing({"at": written}, [Work("k", WorkKind.POST, "", created=time(written))]) == []
    assert len(missing({"at": written}, [Work("k", WorkKind.POST, "", created=time("2150-01-01"))])) == 1


def test_text_that_became_part_of_a_longer_one_is_kept() -> None:
    assert missing({"a": "hello", "b": " there "}, [Work("k", WorkKind.POST, "hello, there you are")]) == []


def test_items_deeper_than_a_stack_are_an_error_and_no_end_of_the_process() -> None:
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    with suppress(RecursionError):
        missing({"a": deep}, [])
    while isinstance(deep, list):  # taken apart by hand: freeing it at once goes as deep
        deep = deep.pop()
