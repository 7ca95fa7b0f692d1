"""Readers with faults: each is caught, named, and costs no more than it must."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.errors import InputError
from commonweal.intake import Archive, Ledger, import_export
from commonweal.intake.ledger import UnaccountedError
from commonweal.intake.reader import Claim, Context, Item, Reader
from commonweal.intake.records import Lost, Node, Part, PartKind, Record, Role, Thread, Work, WorkKind
from commonweal.intake.source import Member, Tree

SECRET = "correct horse battery staple"


class Toy(Reader):
    """Reads `[{"id", "say": [...]}]`, with a fault in what is asked to be faulty."""

    NAME = "toy"
    TITLE = "Toy"

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        return Claim(read=[m.path for m in tree if m.shape.has("[].say")])

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        fault = raw.get("fault")
        if fault == "raises":
            raise KeyError(SECRET)
        if fault == "deep":
            raise RecursionError
        nodes = [Node(str(i), Role.USER, [Part(PartKind.TEXT, t)]) for i, t in enumerate(raw["say"])]
        seen = len(nodes)
        if fault == "loses":
            nodes.pop()
        if fault == "miscounts":
            seen += 1
        if fault == "lists":
            nodes.pop()
            yield Lost("say[]", "too bad", nodes=1)
        if fault == "type":
            nodes[0].author = 7  # type: ignore[assignment]
        if fault == "letter":
            nodes[0].parts[0].json = "half \ud83d"
        if fault == "half":
            nodes[0].author = "half \ud83d"
        if fault == "later":
            yield Thread(raw["id"], nodes, seen, json=raw)
            raise ValueError(SECRET)
        yield Thread(raw["id"], nodes, seen, json=None if fault == "drops" else raw)


class Other(Toy):
    NAME = "other"
    TITLE = "Other"


def known(monkeypatch: pytest.MonkeyPatch, *readers: Reader) -> None:
    found = {reader.NAME: reader for reader in readers}
    for module in ("reader", "ingest", "convert"):
        monkeypatch.setattr(f"commonweal.intake.{module}.readers", lambda: found)


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch, Toy())


def bring(tmp_path: Path, *faults: str | None) -> tuple[Ledger, Archive]:
    items = [{"id": f"t{i}", "say": [f"one {i}", f"two {i}"], "fault": f} for i, f in enumerate(faults)]
    (tmp_path / "chats.json").write_text(json.dumps(items))
    ledger = import_export(tmp_path / "chats.json", tmp_path / "archive", owner="me")
    return ledger, Archive(tmp_path / "archive")


FAULTS = {
    "raises": "can't be mapped (KeyError): kept whole, as it is",
    "deep": "nested too deep: kept whole, as it is",
    "later": "can't be mapped (ValueError): kept whole, as it is",
    "loses": "its messages don't add up, a defect of the reader: kept whole, as it is",
    "miscounts": "its messages don't add up, a defect of the reader: kept whole, as it is",
    "type": "can't be mapped (ArrowTypeError): kept whole, as it is",
    "half": "can't be mapped (UnicodeEncodeError): kept whole, as it is",
    "letter": "can't be mapped (UnicodeEncodeError): kept whole, as it is",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_costs_one_item_which_is_kept_whole(tmp_path: Path, fault: str) -> None:
    ledger, archive = bring(tmp_path, None, fault, None)
    assert ledger.losses == {("chats.json[1]", FAULTS[fault]): 1}
    rows = archive.table("thread").to_pylist()
    assert sorted(row["kind"] for row in rows) == ["chat", "chat", "unread"]
    whole = next(row["json"] for row in rows if row["kind"] == "unread")
    assert json.loads(whole) == {"id": "t1", "say": ["one 1", "two 1"], "fault": fault}
    assert {r["seq"] for r in rows} == {0, 1, 2}
    assert archive.count("node") == archive.count("part") == 4
    counts = ledger.counts
    assert (counts["items"], counts["items_mapped"], counts["unread"]) == (3, 2, 1)
    assert SECRET not in json.dumps(ledger.to_json())


def test_all_items_may_be_faulty(tmp_path: Path) -> None:
    ledger, archive = bring(tmp_path, *FAULTS)
    assert ledger.counts["unread"] == archive.count("thread") == len(FAULTS)


def test_messages_that_a_reader_lists_as_lost_add_up(tmp_path: Path) -> None:
    ledger, _ = bring(tmp_path, "lists", None)
    assert ledger.losses == {("chats.json: say[]", "too bad"): 1}
    assert (ledger.counts["nodes_seen"], ledger.counts["nodes"], ledger.counts["nodes_lost"]) == (4, 3, 1)


def test_a_value_that_a_reader_drops_is_listed(tmp_path: Path) -> None:
    ledger, _ = bring(tmp_path, "drops")
    assert ledger.losses == {("chats.json: fault", "a value that the reader did not keep"): 1}


@pytest.mark.parametrize("what", ["files_read", "items_mapped", "items", "nodes", "nodes_seen", "files"])
def test_sums_that_do_not_come_out_stop_the_import_and_write_nothing(
    tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = Ledger.check

    def miscounted(self: Ledger) -> None:
        self.counts[what] += 1
        check(self)

    bring(tmp_path, None)
    files = {p: p.read_bytes() for p in (tmp_path / "archive").rglob("*") if p.is_file()}
    monkeypatch.setattr(Ledger, "check", miscounted)
    with pytest.raises(UnaccountedError, match="toy"):
        bring(tmp_path, None, None)
    assert {p: p.read_bytes() for p in (tmp_path / "archive").rglob("*") if p.is_file()} == files


def test_two_readers_of_one_file_are_both_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch, Toy(), Other())
    with pytest.raises(InputError) as raised:
        bring(tmp_path, None)
    message = str(raised.value)
    assert "'toy'" in message
    assert "'other'" in message
    assert "--format toy" in message
    ledger = import_export(tmp_path / "chats.json", tmp_path / "archive", owner="me", form="other")
    assert ledger.reader == "other"
    with pytest.raises(InputError, match="no reader called 'third'"):
        import_export(tmp_path / "chats.json", tmp_path / "archive", owner="me", form="third")


def test_a_reader_that_stumbles_while_looking_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clumsy(Toy):
        NAME = "clumsy"

        def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
            raise ZeroDivisionError(SECRET)

    known(monkeypatch, Toy(), Clumsy())
    with pytest.raises(InputError, match=r"'clumsy' stumbles over it \(ZeroDivisionError\)") as raised:
        bring(tmp_path, None)
    assert SECRET not in str(raised.value)
    assert import_export(tmp_path / "chats.json", tmp_path / "archive", owner="me", form="toy").counts[
        "items"
    ]


def test_a_reader_that_stumbles_between_items_keeps_what_it_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Halting(Toy):
        def items(self, member: Member) -> Iterator[Item | Lost]:
            for number, item in enumerate(super().items(member)):
                if number == 2:
                    raise ValueError(SECRET)
                yield item

    known(monkeypatch, Halting())
    ledger, archive = bring(tmp_path, None, None, None)
    assert ledger.losses == {("chats.json", "can't be read on (ValueError)"): 1}
    assert archive.count("thread") == 2


def test_items_that_json_cannot_hold_are_kept_as_python_writes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Odd(Toy):
        def items(self, member: Member) -> Iterator[Item | Lost]:
            for value in ({None: ["x"]}, {"half": "\ud83d"}, {"bytes": b"\xff"}, 2**70):
                yield Item(member.path, value)

    known(monkeypatch, Odd())
    ledger, archive = bring(tmp_path, None)
    assert ledger.counts["unread"] == 4
    assert sorted(archive.table("thread")["json"].to_pylist()) == [
        '1180591620717411303424',
        '{"bytes": "b\'\\\\xff\'"}',
        '{"half": "\\ud83d"}',
        '{"null": ["x"]}',
    ]  # fmt: skip


def test_a_work_may_hold_anything_json_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Works(Toy):
        def convert(self, raw: Any, context: Context) -> Iterator[Record]:
            yield Work(raw["id"], WorkKind.POST, "\x00 nul", json=raw)

    known(monkeypatch, Works())
    ledger, archive = bring(tmp_path, None)
    assert not ledger.losses
    assert archive.table("work")["text"].to_pylist() == ["\x00 nul"]
