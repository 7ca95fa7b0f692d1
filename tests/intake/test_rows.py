"""Records become rows: links, circles, paths and ids, each against a slow definition."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.intake.reader import Context
from commonweal.intake.records import Node, Part, PartKind, Role, Thread, Work, WorkKind
from commonweal.intake.rows import Rows, digest
from commonweal.intake.times import time

CONTEXT = Context("me", None, "chats.json")

keys = st.sampled_from(["", "a", "b", "c", "d", "#0", "#1"])
nodes = st.builds(
    Node,
    key=keys,
    role=st.sampled_from([Role.USER, Role.ASSISTANT]),
    parts=st.lists(st.builds(Part, st.just(PartKind.TEXT), st.sampled_from(["x", "y"])), max_size=2),
    parent=st.none() | keys | st.just("nowhere"),
    created=st.sampled_from([None, time(1_700_000_000)]),
)
threads = st.builds(
    Thread,
    key=st.sampled_from(["", "t"]),
    nodes=st.lists(nodes, max_size=7),
    seen=st.just(0),
    current=st.none() | keys | st.just("nowhere"),
    chain=st.booleans(),
)


def rows_of(*records: Any) -> tuple[dict[str, list[dict[str, Any]]], Rows]:
    rows = Rows("toy", "me", "s")
    for seq, record in enumerate(records):
        rows.add(record, seq, CONTEXT, f"chats.json[{seq}]")
    return {name: table.to_pylist() for name, table in rows.tables().items()}, rows


@given(threads)
@settings(max_examples=300)
def test_every_message_has_an_id_of_its_own_and_its_place(thread: Thread) -> None:
    found, _ = rows_of(thread)
    made = found.get("node", [])
    assert len({row["id"] for row in made}) == len(made) == len(thread.nodes)
    assert [row["seq"] for row in made] == list(range(len(made)))
    assert len(found.get("part", [])) == sum(len(n.parts) for n in thread.nodes)
    assert found == rows_of(thread)[0], "and the same ones each time"


@given(threads)
@settings(max_examples=300)
def test_links_lead_to_the_first_of_their_name_and_never_in_a_circle(thread: Thread) -> None:
    found, rows = rows_of(thread)
    made = found.get("node", [])
    place = {row["id"]: i for i, row in enumerate(made)}
    parents = [None if row["parent_id"] is None else place[row["parent_id"]] for row in made]
    for start in range(len(parents)):
        here, steps = parents[start], 0
        while here is not None:
            here, steps = parents[here], steps + 1
            assert steps <= len(parents), "a circle"
    if thread.chain:
        assert parents == [None, *range(len(made) - 1)][: len(made)]
        return
    named = [n.key for n in thread.nodes]
    cut = 0
    for node, parent in zip(thread.nodes, parents, strict=True):
        meant = named.index(node.parent) if node.parent and node.parent in named else None
        assert parent in (meant, None)
        cut += parent is None and meant is not None
    told = {reason: n for (_, reason), n in rows.losses.items()}
    assert told.get("messages that answer each other in a circle: cut", 0) == cut == circles(thread)
    lost = sum(n.parent is not None and (not n.parent or n.parent not in named) for n in thread.nodes)
    assert told.get("the message that it answers is not in the export", 0) == lost


def circles(thread: Thread) -> int:
    """Count circles of links: as many steps as there are nodes from any node end in its circle."""
    named = [n.key for n in thread.nodes]
    to = [named.index(n.parent) if n.parent and n.parent in named else None for n in thread.nodes]
    found = set()
    for start in range(len(to)):
        here: int | None = start
        for _ in to:
            here = None if here is None else to[here]
        if here is not None:
            circle, at = {here}, to[here]
            while at != here:
                assert at is not None
                circle.add(at)
                at = to[at]
            found.add(frozenset(circle))
    return len(found)


@given(threads)
@settings(max_examples=300)
def test_the_path_shown_goes_from_the_current_message_up_to_a_root(thread: Thread) -> None:
    found, rows = rows_of(thread)
    made = {row["id"]: row for row in found.get("node", [])}
    named = [n.key for n in thread.nodes]
    last = list(made.values())[-1]["id"] if made else None
    known = bool(thread.current) and thread.current in named
    if known:
        assert thread.current is not None
        last = list(made)[named.index(thread.current)]
    above = set()
    while last is not None:
        above.add(last)
        last = made[last]["parent_id"]
    assert {row["id"] for row in made.values() if row["on_active_path"]} == above
    told = ("chats.json", "the message shown last is not in the export: its order tells") in rows.losses
    assert told == (bool(thread.current) and not known)


pieces = st.lists(st.none() | st.text(st.sampled_from("a1:-\x1f\x00\ud800"), max_size=4), max_size=4)


@given(pieces, pieces)
@settings(max_examples=500)
def test_other_pieces_give_another_digest(one: list[str | None], two: list[str | None]) -> None:
    assert (digest(*one) == digest(*two)) == (one == two)
    assert digest("a", None).isalnum()
    assert len(digest(*one)) == 32


def test_the_owner_and_the_format_are_part_of_an_id() -> None:
    thread = Thread("t", [Node("n", Role.USER, [])], 1)
    ids = set()
    for reader, owner in (("x", "me"), ("x", "you"), ("y", "me")):
        rows = Rows(reader, owner, "s")
        rows.add(thread, 0, CONTEXT, "")
        ids.add(rows.tables()["thread"]["id"][0].as_py())
    assert len(ids) == 3


def test_a_conversation_keeps_its_id_as_it_grows_and_moves() -> None:
    short = Thread("t", [Node("n", Role.USER, [Part(PartKind.TEXT, "hello")])], 1)
    long = Thread("t", [*short.nodes, Node("m", Role.ASSISTANT, [], parent="n")], 2, title="Named")
    one, two = rows_of(short)[0], rows_of(Thread("x", [], 0), long)[0]
    assert one["thread"][0]["id"] == two["thread"][1]["id"]
    assert one["node"][0]["id"] == two["node"][0]["id"]


def test_works_without_an_id_are_told_apart_by_their_times() -> None:
    works = [Work("", WorkKind.POST, "same", created=time(f"2026-01-0{day}")) for day in (1, 2, 2)]
    ids = [row["id"] for row in rows_of(*works)[0]["work"]]
    assert ids[0] != ids[1] == ids[2]


def test_a_file_that_a_message_names_is_found_by_path_name_or_alias_or_listed() -> None:
    context = Context("me", None, "chats.json", {"pics/a.png": "1", "b.png": "2", "file-9": "3"})
    parts = [Part(PartKind.IMAGE, asset=a) for a in ("pics/a.png", "else/b.png", "file-9", "c.png")]
    rows = Rows("toy", "me", "s")
    rows.add(Thread("t", [Node("n", Role.USER, parts)], 1), 0, context, "chats.json[0]")
    assert rows.tables()["part"]["asset_id"].to_pylist() == ["1", "2", "3", None]
    assert rows.losses["chats.json", "a file that a message names is not in the export"] == 1
