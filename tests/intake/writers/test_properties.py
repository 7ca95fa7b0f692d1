"""Whatever an archive holds: each item is told of once, and what is lossless is there to the letter."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
import yaml
from archives import anything, apart, lost, memories, mixed, moved, spoken, threads, works, written
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from commonweal.intake.records import Memory, Node, Part, PartKind, Record, Role, Thread, Work
from commonweal.intake.switching import KINDS, targets

SOME = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("target", ["agents-md", "librechat", "markdown", "memory-text", "open-webui"])
@SOME
@given(data=st.data())
def test_every_item_of_an_archive_has_one_verdict_and_every_loss_a_reason(
    target: str, data: st.DataObject
) -> None:
    with moved(data.draw(mixed(anything)), target) as (archive, report, out):
        for kind in KINDS:
            assert sum(report.of(kind).values()) == archive.count(kind), kind
        rows = report.table.to_pylist()
        ids = [(row["kind"], row["id"]) for row in rows]
        assert len(set(ids)) == len(ids) == report.items.total()
        assert all(bool(row["reasons"]) == (row["verdict"] != "lossless") for row in rows)
        assert 0 <= report.friction <= 1
        assert 0 <= report.friction_of_text <= 1
        assert json.loads((out / "report" / "report.json").read_text("utf-8")) == report.to_json()


def test_all_targets_are_known() -> None:
    assert targets() == ["agents-md", "librechat", "markdown", "memory-text", "open-webui"]


@SOME
@given(st.lists(threads(written) | works | memories, min_size=1, max_size=3).map(apart))
def test_markdown_holds_all_text_of_any_kind_speaker_and_time_without_friction(records: list[Record]) -> None:
    with moved(records, "markdown") as (_, report, _out):
        assert lost(report) == {}
        assert report.friction == 0


@SOME
@given(threads(spoken, created=st.none(), updated=st.none()))
def test_a_plain_conversation_goes_to_open_webui_without_friction(thread: Thread) -> None:
    with moved([thread], "open-webui") as (_, report, _out):
        assert lost(report) == {}
        assert report.friction == 0


@SOME
@given(threads(spoken, created=st.none(), updated=st.none()))
def test_a_plain_conversation_goes_to_librechat_with_no_friction_but_in_which_branch_is_shown(
    thread: Thread,
) -> None:
    with moved([thread], "librechat") as (_, report, _out):
        assert set(lost(report)) <= {"thread lossy: which branch is shown"}


Said = tuple[str, str, "str | None", "int | None"]


def told(thread: Thread) -> list[Said]:
    """What was said: by whom, what, in answer to what text, in which second."""
    texts = {node.key: node.parts[0].text or "" for node in thread.nodes}
    return [
        (
            node.role.value,
            texts[node.key],
            None if node.parent is None else texts[node.parent],
            None if node.created is None else node.created.us // 1_000_000,
        )
        for node in thread.nodes
    ]


def in_open_webui(out: Path) -> list[Said]:
    """The same, by looking into the file with nothing of ours."""
    found = []
    for path in sorted((out / "chats").glob("*.json")):
        for chat in json.loads(path.read_text("utf-8")):
            messages: dict[str, dict[str, Any]] = chat["chat"]["history"]["messages"]
            assert chat["chat"]["history"]["currentId"] in messages
            for key, message in messages.items():
                assert message["id"] == key == str(uuid.UUID(key))
                parent = message["parentId"]
                assert parent is None or key in messages[parent]["childrenIds"]
                assert all(messages[child]["parentId"] == key for child in message["childrenIds"])
                answered = None if parent is None else messages[parent]["content"]
                found.append((message["role"], message["content"], answered, message.get("timestamp")))
    return found


def in_librechat(out: Path) -> list[Said]:
    """The same, as LibreChat's importer walks it: what has no text takes all that is below with it."""
    found: list[Said] = []
    for path in (out / "conversations").glob("*.json"):
        raw = json.loads(path.read_text("utf-8"))
        assert raw["conversationId"]
        assert raw["recursive"]
        stack: list[tuple[dict[str, Any], str | None]] = [(m, None) for m in raw["messagesTree"]]
        while stack:
            message, answered = stack.pop()
            if not message["text"] and not message.get("content"):
                continue
            when = message.get("createdAt")
            role = "user" if message["isCreatedByUser"] else "assistant"
            found.append((role, message["text"], answered, None if when is None else _second(when)))
            stack += [(child, message["text"]) for child in message["children"]]
    return found


def _second(written: str) -> int:
    from datetime import datetime

    return int(datetime.fromisoformat(written).timestamp() // 1)


@SOME
@given(threads(spoken))
def test_the_files_hold_the_tree_seen_with_other_eyes(thread: Thread) -> None:
    key = lambda said: tuple(str(x) for x in said)  # noqa: E731
    before = sorted(told(thread), key=key)
    for target, look in (("open-webui", in_open_webui), ("librechat", in_librechat)):
        with moved([thread], target) as (_, _report, out):
            assert sorted(look(out), key=key) == before


@SOME
@given(threads(written) | works)
def test_front_matter_is_yaml_that_says_the_title(record: Thread | Work) -> None:
    with moved([record], "markdown") as (_, _report, out):
        for path in [*out.glob("conversations/*.md"), *out.glob("works/*.md")]:
            text = path.read_bytes().decode()
            told = yaml.safe_load(text.split("\n---\n", 1)[0].removeprefix("---\n"))
            assert told.get("title") == record.title
            assert told["kind"] == str(record.kind)


@SOME
@given(st.lists(threads(spoken), min_size=2, max_size=5), st.booleans())
def test_titles_make_no_path_outside_and_no_file_twice(found: list[Thread], equal: bool) -> None:
    for i, thread in enumerate(found):
        thread.key = f"t{i}"
        if equal:
            thread.title, thread.created = "Same", None
    for target in ("markdown", "librechat"):
        with moved(found, target) as (archive, _report, out):
            notes = [p for p in out.rglob("*") if p.is_file() and p.parent.name == "conversations"]
            assert len(notes) == archive.count("thread")
            assert len({p.name.lower() for p in notes}) == len(notes)
            assert all(
                len(p.name.encode()) < 200 and p.resolve().is_relative_to(out.resolve()) for p in notes
            )
            assert all(p.parent == out / "conversations" for p in notes)
            assert {p.name for p in out.parent.iterdir()} == {"archive", "moved"}


@SOME
@given(st.lists(memories, min_size=1, max_size=5, unique_by=lambda m: " ".join(m.text.split())))
def test_agents_md_holds_every_text_to_the_letter(found: list[Memory]) -> None:
    with moved(found, "agents-md") as (_, report, out):
        assert not any("line breaks" in reason or "not there" in reason for reason in lost(report))
        assert (out / "AGENTS.md").read_bytes() == (out / "CLAUDE.md").read_bytes()


LINES = (
    "```", "````py", "~~~", "~~~ x", "<!--", "-->", "<pre>", "</pre>", "<script>x", "<style>", "<?", "?>",
    "]]>", "<![CDATA[", "<!DOCTYPE", "<div>", "- item", "    code", "> quoted", "> ```", "- ```", "  ```",
    "1. x", "# head", "a", "", "===", "[x]: y",
)  # fmt: skip


@settings(max_examples=150)
@given(
    st.lists(st.lists(st.sampled_from(LINES), min_size=1, max_size=6).map("\n".join), min_size=2, max_size=4)
)
def test_no_text_hides_a_message_after_it_from_a_markdown_parser(said: list[str]) -> None:
    nodes = [Node(f"n{i}", Role.USER, [Part(PartKind.TEXT, words or "x")]) for i, words in enumerate(said)]
    with moved([Thread("t", nodes, len(nodes), chain=True)], "markdown") as (_, _report, out):
        note = next((out / "conversations").iterdir()).read_bytes().decode().split("\n---\n", 1)[1]
    tokens = MarkdownIt("commonmark").parse(note)
    headings = [
        tokens[i + 1].content for i, token in enumerate(tokens) if token.tag == "h2" and token.nesting == 1
    ]
    assert [h.partition(" ")[0] for h in headings if h.endswith(" · Me")] == [
        str(i + 1) for i in range(len(said))
    ]
