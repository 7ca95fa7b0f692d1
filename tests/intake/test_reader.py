"""Files cut into items and read as JSON, however they are written."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.intake import Archive, import_export
from commonweal.intake.reader import Item, array, decode_json, lines
from commonweal.intake.records import Lost
from commonweal.intake.source import Limits, Member
from memory import in_little_memory

from chats import chat  # isort: skip


def member(data: bytes, **limits: int) -> Member:
    return Member("x.json", len(data), lambda: io.BytesIO(data), Limits(**limits))


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.lists(values, max_size=8), st.sampled_from(["\n", "\r\n", "\n\n", "\n \n"]), st.booleans())
def test_lines_are_read_one_by_one(items: list[Any], end: str, last: bool) -> None:
    data = end.join(json.dumps(i) for i in items) + (end if last and items else "")
    found = list(lines(member(data.encode())))
    assert [decode_json(i.data) for i in found if isinstance(i, Item)] == items


def test_a_line_too_long_is_listed_and_the_next_is_read() -> None:
    data = b'"a"\n"' + b"x" * 100 + b'"\n"b"\n"' + b"y" * 9 + b'"'
    found = list(lines(member(data, item_bytes=8)))
    assert [i.data if isinstance(i, Item) else i.path for i in found] == [
        b'"a"\n',
        "x.json:2",
        b'"b"\n',
        "x.json:4",
    ]


def test_an_element_too_long_and_an_array_cut_off_are_listed() -> None:
    found = list(array(member(b'[1,"' + b"x" * 50 + b'",2,"cut', item_bytes=8)))
    assert [i.data if isinstance(i, Item) else i.path for i in found] == [b"1", "x.json[1]", b"2", "x.json"]
    assert isinstance(found[-1], Lost)
    assert "cut off" in found[-1].reason


@given(values)
def test_json_is_read_as_a_parser_reads_it(value: Any) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False), json.dumps(value, indent=1)):
        data = text.encode("utf-8", errors="surrogatepass")
        assert decode_json(data) == value
        assert decode_json(b"\xef\xbb\xbf" + data) == value


HALVES = {
    rb'"\ud83d"': "\ufffd",
    rb'"a\udc00b"': "a\ufffdb",
    rb'"\ud83d\ude00"': "\U0001f600",
    rb'"\ud83d\ud83d\ude00"': "\ufffd\U0001f600",
    rb'"\\ud83d\ud83d"': "\\ud83d\ufffd",
    rb'["\ud83d", "\\\ud83d"]': ["\ufffd", "\\\ufffd"],
    b'"\xff\xfe caf\xe9"': "\ufffd\ufffd caf\ufffd",
    b'"\xff \\ud83d"': "\ufffd \ufffd",
}


@pytest.mark.parametrize(("data", "value"), HALVES.items(), ids=range(len(HALVES)))
def test_halves_of_letters_are_replaced(data: bytes, value: Any) -> None:
    assert decode_json(data) == value


@given(st.lists(st.sampled_from(["\\\\", "\\n", "\\ud83d", "\\ude00", "a", '\\"', "\\u0041"]), max_size=8))
@settings(max_examples=300)
def test_halves_are_told_from_letters_as_python_tells_them(pieces: list[str]) -> None:
    text = '"' + "".join(pieces) + '"'
    mended = "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in json.loads(text))
    assert decode_json(text.encode()) == mended


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[1,]", b"NaN", "[1]".encode("utf-16"), b"1 2", b'{"a":1}}', b'"\x01"']
)
def test_what_is_no_json_is_an_error(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_json(data)


def test_a_hundred_thousand_levels_are_an_error() -> None:
    with pytest.raises(RecursionError):
        decode_json(b"[" * 100_000 + b"]" * 100_000)


# Whole imports


def bring(
    tmp_path: Path, data: bytes, name: str = "conversations.json", **options: Any
) -> tuple[Any, Archive]:
    (tmp_path / name).write_bytes(data)
    ledger = import_export(tmp_path / name, tmp_path / "archive", owner="me", **options)
    return ledger, Archive(tmp_path / "archive")


GOOD = chat("a", "Grüße", "日本")


@pytest.mark.parametrize("write", [
    lambda text: text.encode(),
    lambda text: b"\xef\xbb\xbf" + text.encode(),
    lambda text: text.replace("\n", "\r\n").encode(),
    lambda text: b" \r\n\t" + text.encode() + b"\r\n",
], ids=["plain", "mark", "crlf", "space"])  # fmt: skip
def test_an_export_is_the_same_however_it_is_written(tmp_path: Path, write: Any) -> None:
    _, archive = bring(tmp_path, write(json.dumps([GOOD], indent=1, ensure_ascii=False)))
    assert archive.table("part")["text"].to_pylist() == ["Grüße", "日本"]


def test_letters_that_are_not_utf8_are_replaced_and_listed(tmp_path: Path) -> None:
    text = json.dumps([GOOD, chat("b", "caf\xe9")], ensure_ascii=False)
    ledger, archive = bring(tmp_path, text.encode("latin-1", "replace"))
    assert "caf\ufffd" in archive.table("part")["text"].to_pylist()
    assert ledger.losses["conversations.json", "letters that are not UTF-8: U+FFFD in their place"] == 2


def test_one_conversation_too_deep_or_broken_costs_no_other(tmp_path: Path) -> None:
    good = json.dumps(GOOD).encode()
    deep = b'{"mapping":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    ledger, archive = bring(tmp_path, b"[" + b",".join([good, deep, b'{"mapping":{"a" 1}}', b"null"]) + b"]")
    assert archive.count("part") == 2
    assert ledger.counts["unread"] == 3
    assert {reason for _, reason in ledger.losses} >= {
        "nested too deep: kept whole, as it is",
        "not JSON: kept whole, as it is",
    }
    assert deep.decode() in archive.table("thread")["json"].to_pylist()


def test_an_export_cut_off_keeps_what_came_before(tmp_path: Path) -> None:
    whole = json.dumps([GOOD, chat("b", "secret words")]).encode()
    ledger, archive = bring(tmp_path, whole[:-40])
    assert archive.count("thread") == 1
    assert ledger.losses == {("conversations.json", "cut off before its end"): 1}
    assert "secret" not in json.dumps(ledger.to_json())


def test_a_conversation_of_300_mb_is_listed_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "conversations.json"
    with path.open("wb") as stream:
        stream.write(b"[" + json.dumps(GOOD).encode() + b',{"mapping":{"x":"')
        for _ in range(300):
            stream.write(b"x" * (1 << 20))
        stream.write(b'"}},' + json.dumps(chat("b", "after")).encode() + b"]")
    work = (
        f"ledger = import_export({str(path)!r}, {str(tmp_path / 'archive')!r}, owner='me')\n"
        "print(ledger.counts['threads'], dict(ledger.losses))\n"
    )
    said = in_little_memory(work, 700)
    assert said == "2 {('conversations.json[1]', 'longer than 268,435,456 bytes'): 1}\n"


def test_a_large_export_comes_through_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "conversations.json"
    body = json.dumps(chat("key", *["words " * 200] * 20)).encode()
    with path.open("wb") as stream:
        stream.write(b"[" + body)
        for number in range(150 * (1 << 20) // len(body)):
            stream.write(b"," + body.replace(b"key", b"k%06d" % number))
        stream.write(b"]")
    work = f"import_export({str(path)!r}, {str(tmp_path / 'archive')!r}, owner='me', jobs=1)\n"
    in_little_memory(work, 220)


def test_names_in_a_ledger_forge_no_lines(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "conversations.json").write_text(json.dumps([GOOD]))
    (folder / "a\nb\x1b[31m\u202e.xyz").write_text("<x/>")
    ledger = import_export(folder, tmp_path / "archive", owner="me")
    assert [path for path, _ in ledger.losses] == ["a\ufffdb\ufffd[31m\ufffd.xyz"]
