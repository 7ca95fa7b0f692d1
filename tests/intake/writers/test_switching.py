"""Each thing that may be lost is told of; tampering is noticed; files, depth, sizes, hostile text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from archives import lost, moved
from markdown_it import MarkdownIt

from commonweal.errors import InputError
from commonweal.intake import Archive
from commonweal.intake.records import Memory, Node, Part, PartKind, Record, Role, Thread, Work, WorkKind
from commonweal.intake.switching import KINDS, Report, switch, targets
from commonweal.intake.times import Quality, Time
from commonweal.intake.writers import _chat, librechat, markdown, open_webui
from commonweal.intake.writers._left_open import left_open
from commonweal.intake.writers._scratch import archive_of
from commonweal.intake.writers._source import Source
from commonweal.intake.writers._writer import Writer
from exports import Brought, bring, brought

SHARED = Path(__file__).parents[4] / "shared" / "fixtures"
NOON = Time(1_785_578_400_000_000, Quality.EXACT)


def text(words: str, kind: PartKind = PartKind.TEXT, **more: Any) -> Part:
    return Part(kind, words, **more)


def node(key: str, role: Role, *parts: Part, parent: str | None = None, **more: Any) -> Node:
    return Node(key, role, list(parts), parent=parent, **more)


def thread(*nodes: Node, **more: Any) -> Thread:
    return Thread("t", list(nodes), len(nodes), **more)


def asked(**more: Any) -> Node:
    return node("q", Role.USER, text("How?"), **more)


def answered(*parts: Part, **more: Any) -> Thread:
    return thread(asked(), node("a", Role.ASSISTANT, *parts, parent="q", **more))


HIDDEN = node("h", Role.SYSTEM, text("Be brief."), parent="q", hidden=True)
LOSSES: list[tuple[str, Record, str]] = [
    ("librechat", thread(asked(), created=NOON), "thread lossy: when it began"),
    ("librechat", thread(asked(), updated=NOON), "thread lossy: when it last changed"),
    ("open-webui", thread(asked(), kind="channel"), "thread lossy: that it is a channel: it becomes a chat"),
    ("open-webui", thread(node("h", Role.NONE)), "thread impossible: it has no message that can be shown"),
    ("memory-text", thread(asked()), "thread impossible: the target takes no conversations"),
    (
        "librechat",
        thread(
            asked(),
            node("a", Role.ASSISTANT, text("1"), parent="q", created=NOON),
            node("b", Role.ASSISTANT, text("2"), parent="q", created=Time(NOON.us + 10**6, Quality.EXACT)),
            current="a",
        ),
        "thread lossy: which branch is shown",
    ),
    ("open-webui", thread(node("q", Role.TOOL, text("x"))), "node lossy: who speaks: tool becomes assistant"),
    (
        "librechat",
        thread(node("q", Role.OTHER, text("."))),
        "node lossy: who speaks: other becomes assistant",
    ),
    ("open-webui", thread(asked(author="Ada")), "node lossy: the speaker's name"),
    ("librechat", thread(asked(channel="analysis")), "node lossy: the model's channel"),
    (
        "open-webui",
        thread(asked(created=Time(NOON.us, Quality.LOCAL))),
        "node lossy: when it was said: that the zone is unknown",
    ),
    (
        "librechat",
        thread(asked(created=Time(NOON.us, Quality.DAY))),
        "node lossy: when it was said: that the time of day is unknown",
    ),
    (
        "open-webui",
        thread(asked(), HIDDEN),
        "node impossible: not shown by the service; the target has no hidden messages",
    ),
    (
        "open-webui",
        thread(asked(), HIDDEN),
        "part impossible: not shown by the service; the target has no hidden messages",
    ),
    ("markdown", thread(asked(), node("e", Role.SYSTEM)), "node lossy: an empty message: left out"),
    (
        "markdown",
        thread(asked(), node("o", Role.TOOL, Part(PartKind.OTHER, json={"x": "y"}))),
        "node impossible: nothing of it is text or a file that is there",
    ),
    (
        "markdown",
        answered(text("See."), Part(PartKind.OTHER, json={"x": "y"})),
        "part impossible: no text: the archive keeps what the service says of it",
    ),
    (
        "open-webui",
        answered(text("See."), Part(PartKind.IMAGE, asset="gone.png")),
        "part impossible: a file that the export does not hold",
    ),
    (
        "open-webui",
        answered(text("1 + 1", PartKind.CODE)),
        "part lossy: that it is code: it becomes text",
    ),
    (
        "open-webui",
        thread(node("q", Role.USER, text("one"), text("two"))),
        "part lossy: where it begins and ends: it becomes one text with others",
    ),
    (
        "librechat",
        answered(text("x", PartKind.ARTIFACT, json={"command": "create"})),
        "part lossy: details that the export keeps beside the text",
    ),
    (
        "open-webui",
        answered(text("x", PartKind.CITATION, call_id="k")),
        "part lossy: which call and result belong together",
    ),
    ("open-webui", answered(text("x", PartKind.FILE, mime="text/csv")), "part lossy: its media type"),
    ("librechat", Work("w", WorkKind.POST, "Text."), "work impossible: the target takes no works"),
    ("memory-text", Memory("account", "fact", "one\ntwo"), "memory lossy: its line breaks and spaces"),
    ("memory-text", Memory("account", "fact", "x", NOON), "memory lossy: when it was kept (time of day)"),
    ("agents-md", Memory("account", "fact", "x", NOON), "memory lossy: when it was kept"),
    ("agents-md", Memory("a\nb", "fact", "x"), "memory lossy: what it is for"),
    (
        "memory-text",
        Memory("P", "project_doc", "x"),
        "memory manual: add the file from projects/ to a project",
    ),
    (
        "librechat",
        Memory("account", "fact", "x"),
        "memory manual: add it in the side panel, Memories: it is in memory.txt or instructions.txt",
    ),
]


@pytest.mark.parametrize(("target", "record", "loss"), LOSSES, ids=lambda x: x if isinstance(x, str) else "")
def test_what_a_target_can_not_hold_is_told(target: str, record: Record, loss: str) -> None:
    with moved([record], target) as (_, report, _out):
        assert loss in lost(report), sorted(lost(report))


def test_thinking_and_tools_go_to_open_webui_and_librechat_as_what_they_are() -> None:
    told = answered(
        text("Hm.\nSo.", PartKind.THINKING),
        text('{"a": 1}', PartKind.TOOL_CALL, call_id="k", json={"name": "add"}),
        text("2", PartKind.TOOL_RESULT, call_id="k"),
        text("Two."),
    )
    for target in ("open-webui", "librechat"):
        with moved([told], target) as (_, report, _out):
            assert lost(report) == {}


def test_an_answer_to_a_message_that_does_not_go_answers_what_that_answered() -> None:
    told = thread(asked(), HIDDEN, node("a", Role.ASSISTANT, text("So."), parent="h"))
    for target in ("open-webui", "librechat"):
        with moved([told], target) as (_, report, _out):
            assert report.of("node") == {"lossless": 2, "lossy": 0, "manual": 0, "impossible": 1}


def _edit(change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    def spoil(out: Path) -> None:
        place = out / "chats" / "chats-001.json"
        raw = json.loads(place.read_text("utf-8"))
        change(raw[0])
        place.write_text(json.dumps(raw), "utf-8")

    return spoil


def _messages(chat: dict[str, Any]) -> list[dict[str, Any]]:
    return list(chat["chat"]["history"]["messages"].values())


def _invent(chat: dict[str, Any]) -> None:
    messages = chat["chat"]["history"]["messages"]
    messages["new"] = {**next(iter(messages.values())), "id": "new"}


SPOILT: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "text": (
        lambda c: _messages(c)[1].update(content="So"),
        "part impossible: its text is not there any more",
    ),
    "role": (lambda c: _messages(c)[1].update(role="user"), "node lossy: who speaks: assistant becomes user"),
    "time": (lambda c: _messages(c)[0].update(timestamp=7), "node lossy: when it was said"),
    "no time": (lambda c: _messages(c)[0].pop("timestamp"), "node lossy: when it was said"),
    "made-up time": (
        lambda c: _messages(c)[1].update(timestamp=7),
        "node lossy: when it was said: a time is made up",
    ),
    "model": (lambda c: _messages(c)[1].update(model="n"), "node lossy: the message's model"),
    "parent": (lambda c: _messages(c)[1].update(parentId=None), "node lossy: what it answers"),
    "title": (lambda c: c.update(title="T"), "thread lossy: its title"),
    "chat's model": (lambda c: c["chat"].update(models=[]), "thread lossy: the conversation's model"),
    "invented": (
        _invent,
        "thread lossy: that nothing else was said: there are messages that were not",
    ),
    "gone": (
        lambda c: c["chat"]["history"]["messages"].popitem(),
        "node impossible: it is not there any more",
    ),
}


@pytest.mark.parametrize("name", sorted(SPOILT))
def test_the_verdict_comes_from_what_is_read_back_and_not_from_the_writer(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change, loss = SPOILT[name]
    whole = open_webui.OpenWebUI.write

    def write(self: Writer, source: Source, out: Path) -> None:
        whole(open_webui.WRITER, source, out)
        _edit(change)(out)

    told = thread(
        asked(created=NOON),
        node("a", Role.ASSISTANT, text("So."), parent="q", model="m"),
        title="X",
        model="m",
    )
    archive = archive_of([told], tmp_path / "archive")
    assert lost(switch(archive, "open-webui", tmp_path / "plain")) == {}
    monkeypatch.setattr(open_webui.OpenWebUI, "write", write)
    report = switch(archive, "open-webui", tmp_path / "spoilt")
    assert loss in lost(report), lost(report)


PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def with_files(tmp_path: Path) -> Brought:
    """Import a conversation of ChatGPT with a picture, a file, and an instruction."""
    pointer = {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_1"}
    context = {"content_type": "user_editable_context", "user_instructions": "Be brief."}
    messages: list[tuple[str, Any]] = [
        ("user", {
            "author": {"role": "user"}, "content": {"content_type": "text", "parts": [pointer, "See."]},
        }),
        ("file", {
            "author": {"role": "user"}, "content": {"content_type": "text", "parts": ["Read."]},
            "metadata": {"attachments": [{"id": "file_2", "mime_type": "text/plain"}]},
        }),
        ("system", {"author": {"role": "user"}, "content": context, "metadata": {}}),
    ]  # fmt: skip
    mapping = {key: {"id": key, "parent": None, "children": [], "message": m} for key, m in messages}
    return bring(
        tmp_path,
        {
            "conversations.json": [{"id": "c", "title": "Files", "mapping": mapping}],
            "file_1-photo.png": PICTURE,
            "file_2-notes.txt": "words",
        },
    )


def test_pictures_go_into_open_webui_and_other_files_beside_it(tmp_path: Path) -> None:
    report = switch(with_files(tmp_path).archive, "open-webui", tmp_path / "moved")
    assert report.of("asset") == {"lossless": 1, "lossy": 0, "manual": 1, "impossible": 0}
    parts = {row["verdict"]: row["reasons"] for row in report.table.to_pylist() if row["kind"] == "part"}
    assert parts["manual"] == ["attach it to its chat: it is in files/"]
    assert [p.read_bytes() for p in (tmp_path / "moved" / "files").iterdir()] == [b"words"]
    assert "data:image/png;base64,iVBORw0KGgo" in (tmp_path / "moved" / "chats" / "chats-001.json").read_text(
        "utf-8"
    )


def test_files_are_linked_from_notes_and_lie_where_the_link_says(tmp_path: Path) -> None:
    report = switch(with_files(tmp_path).archive, "markdown", tmp_path / "moved")
    assert lost(report) == {}
    note = next((tmp_path / "moved" / "conversations").glob("*.md"))
    links = re.findall(r"!?\[[^\]]*\]\(<([^>]+)>\)", note.read_text("utf-8"))
    assert sorted((note.parent / link).read_bytes() for link in links) == sorted([PICTURE, b"words"])


def test_a_picture_that_is_not_there_any_more_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = markdown.Markdown.write

    def write(self: Writer, source: Source, out: Path) -> None:
        whole(markdown.WRITER, source, out)
        next((out / "files").glob("*.png")).write_bytes(b"spoilt")

    monkeypatch.setattr(markdown.Markdown, "write", write)
    report = switch(with_files(tmp_path).archive, "markdown", tmp_path / "moved")
    assert "asset impossible: the file is not there any more" in lost(report)
    assert "part impossible: its file is not there any more" in lost(report)


@pytest.mark.parametrize("target", ["open-webui", "librechat", "markdown"])
def test_a_conversation_of_thousands_of_messages_in_one_line_goes_and_comes_back(target: str) -> None:
    nodes = [asked()] + [
        node(f"n{i}", [Role.USER, Role.ASSISTANT][i % 2], text(f"{i}"), parent=f"n{i - 1}" if i > 1 else "q")
        for i in range(1, 3_000)
    ]
    with moved([thread(*nodes)], target) as (_, report, _out):
        assert report.friction == 0
        assert report.of("node")["lossless"] == 3_000


def test_librechat_gets_a_nested_tree_up_to_a_depth_and_beyond_it_a_list_with_parents_first() -> None:
    for count, name in ((librechat.DEEPEST, "messagesTree"), (librechat.DEEPEST + 1, "messages")):
        nodes = [node(f"n{i}", Role.USER, text(f"{i}"), parent=f"n{i + 1}") for i in range(count)]
        with moved([thread(*nodes)], "librechat") as (_, report, out):
            raw = json.loads(next((out / "conversations").iterdir()).read_text("utf-8"))
            assert raw["recursive"] == (name == "messagesTree")
            assert report.of("node")["lossless"] == count
            if name == "messages":
                seen = {librechat.ROOT}
                for message in raw[name]:
                    assert message["parentMessageId"] in seen
                    seen.add(message["messageId"])


def test_open_webui_gets_files_below_a_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_webui, "LIMIT", 5_000)
    chats = [Thread(f"t{i}", [node("q", Role.USER, text("x" * 900))], 1) for i in range(20)]
    report = switch(archive_of(chats, tmp_path / "archive"), "open-webui", tmp_path / "moved")
    files = sorted((tmp_path / "moved" / "chats").iterdir())
    assert len(files) > 3
    assert all(f.stat().st_size < 5_100 for f in files)
    assert (report.of("thread")["lossless"], report.friction) == (20, 0)


def test_a_conversation_that_is_too_large_for_most_servers_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(librechat, "LIMIT", 1_000)
    archive = archive_of([thread(node("q", Role.USER, text("x" * 2_000)))], tmp_path / "archive")
    report = switch(archive, "librechat", tmp_path / "moved")
    assert any("CONVERSATION_IMPORT_MAX_FILE_SIZE_BYTES" in note for note in report.notes)


def rendered(out: Path) -> list[tuple[str, str]]:
    """Return what a Markdown parser makes of a note: its headings of messages, and its blocks of code."""
    note = next((out / "conversations").iterdir()).read_bytes().decode().split("\n---\n", 1)[1]
    tokens = MarkdownIt("commonmark").parse(note)
    found = []
    for i, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h2":
            found.append(("heading", tokens[i + 1].content.partition(" ·")[0]))
        elif token.type == "fence":
            found.append(("code", token.content))
    return found


@pytest.mark.parametrize("words", ["```\nx\n```", "`````", "~~~\n```", "# x\n```py\n1\n```\n```"])
def test_code_stays_in_its_fence_whatever_is_in_it(words: str) -> None:
    with moved([answered(text(words, PartKind.CODE), text("After."))], "markdown") as (_, report, out):
        assert rendered(out) == [("heading", "1"), ("heading", "2"), ("code", words + "\n")]
        assert report.friction == 0


@pytest.mark.parametrize(
    "words", ["```py\nopen", "~~~\n```\nopen", "````\n```\nopen", "<!-- open", "a\n```x\n\n"]
)
def test_a_text_that_leaves_a_fence_or_comment_open_hides_no_message_after_it(words: str) -> None:
    told = thread(node("q", Role.USER, text(words)), node("a", Role.ASSISTANT, text("After."), parent="q"))
    with moved([told], "markdown") as (_, report, out):
        assert [name for name in rendered(out) if name[0] == "heading"] == [
            ("heading", "1"),
            ("heading", "2"),
        ]
        assert report.friction == 0


def test_branches_are_sections_and_the_one_that_is_shown_comes_first() -> None:
    told = thread(
        asked(),
        node("a", Role.ASSISTANT, text("First."), parent="q"),
        node("b", Role.ASSISTANT, text("Second."), parent="q"),
        node("c", Role.USER, text("Thanks."), parent="b"),
        current="c",
        title="T",
    )
    with moved([told], "markdown") as (_, _report, out):
        note = next((out / "conversations").iterdir()).read_text("utf-8")
    order = [
        note.index(words) for words in ("How?", "Second.", "Thanks.", "# Branch 2, after message 1", "First.")
    ]
    assert order == sorted(order)


def test_agents_md_has_instructions_facts_and_projects_in_sections() -> None:
    told = [
        Memory("account", "fact", "Is a smith."),
        Memory("account", "instruction", "Be brief.\nNo lists."),
        Memory("Garden", "instruction", "# Metric units."),
    ]
    with moved(told, "agents-md") as (_, report, out):
        assert report.friction == 0
        assert (out / "AGENTS.md").read_text("utf-8") == (
            "# Notes for agents\n\n## Instructions\n\n- Be brief.\n  No lists.\n"
            "\n## What to know\n\n- Is a smith.\n"
            "\n## Instructions (for Garden)\n\n- # Metric units.\n"
        )


def test_memory_text_has_a_line_for_each_memory_as_claude_asks_for_them() -> None:
    told = [
        Memory("account", "fact", "Is a smith."),
        Memory("Garden", "fact", "Grows kale.", Time(NOON.us, Quality.DAY)),
        Memory("account", "instruction", "Be brief."),
    ]
    with moved(told, "memory-text") as (_, report, out):
        lines = (out / "memory.txt").read_text("utf-8").splitlines()
        assert lines == ["[unknown] - Is a smith.", "[2026-08-01] - (for Garden) Grows kale."]
        assert (out / "instructions.txt").read_text("utf-8") == "Be brief."
        assert "instructions.txt has 9 characters" in report.notes


def test_more_instructions_than_a_field_takes_are_told() -> None:
    with moved([Memory("account", "instruction", "x" * 1_501)], "memory-text") as (_, report, _out):
        assert any("1,500 characters" in note for note in report.notes)


def test_friction_is_the_mean_over_kinds_and_of_text_the_share_of_characters() -> None:
    counted = Report("x", Path())
    counted.items.update({("thread", "lossless"): 1, ("node", "lossless"): 3, ("node", "lossy"): 1})
    counted.items.update({("memory", "manual"): 1, ("memory", "lossless"): 1})
    counted.characters.update({"lossless": 30, "impossible": 10})
    assert counted.friction == pytest.approx((0 + 0.25 + 0.5) / 3)
    assert counted.friction_of_text == pytest.approx(0.25)
    assert Report("x", Path()).friction == 0


def test_the_text_for_people_names_counts_and_reasons() -> None:
    with moved([answered(text("1", PartKind.CODE))], "open-webui") as (_, report, out):
        assert (out / "report" / "report.txt").read_text("utf-8") == report.text()
        assert "1 conversation: 1 lossless" in report.text()
        assert "1 lossy: that it is code: it becomes text" in report.text()


def test_a_folder_with_something_in_it_and_an_unknown_target_are_refused(tmp_path: Path) -> None:
    archive = archive_of([thread(asked())], tmp_path / "archive")
    with pytest.raises(InputError, match="not an empty folder"):
        switch(archive, "markdown", tmp_path)
    with pytest.raises(InputError, match="one of agents-md, librechat"):
        switch(archive, "nowhere", tmp_path / "moved")
    assert not (tmp_path / "moved").exists()


def test_an_empty_archive_goes_everywhere_without_friction(tmp_path: Path) -> None:
    archive = Archive.create(tmp_path / "archive")
    assert {
        target: switch(archive, target, tmp_path / target).friction for target in targets()
    } == dict.fromkeys(targets(), 0)


def test_rows_of_one_thread_that_lie_in_several_files_are_one_thread(tmp_path: Path) -> None:
    from commonweal.intake import import_export

    def export(*answers: str) -> list[dict[str, Any]]:
        said = [("q", None, "user", "How?"), *((a, "q", "assistant", a) for a in answers)]
        return [{"id": "c", "title": "T", "mapping": {
            key: {"id": key, "parent": parent, "children": [], "message": {
                "author": {"role": role}, "content": {"content_type": "text", "parts": [words]}}}
            for key, parent, role, words in said}}]  # fmt: skip

    for number, answers in enumerate([("one",), ("one", "two"), ("one", "two", "three")]):
        place = tmp_path / f"{number}.json"
        place.write_text(json.dumps(export(*answers)), "utf-8")
        import_export(place, tmp_path / "archive", owner="me")
    archive = Archive(tmp_path / "archive")
    assert len(archive.files("node")) == 3
    report = switch(archive, "open-webui", tmp_path / "moved")
    assert (report.of("node")["lossless"], report.friction) == (4, 0)


def test_a_fence_is_longer_than_any_run_in_it_and_an_open_one_is_found() -> None:
    assert _chat.fenced("a ```` b") == "`````\na ```` b\n`````"
    assert left_open("```\na\n```") == ""
    assert left_open("```\na\n``` b") == "```"
    assert left_open("~~~~\n```\n~~~") == "~~~~"
    assert left_open("```\n<!--\n```\n<pre>") == "</pre>"
    assert left_open("a\n<!-- b\n--> c") == ""
    assert left_open("- ```\n  a\n  ```\n") == ""
    assert left_open("- ```\n  a\n  ```\n```\n") == "```"


CHATGPT = "chatgpt/Sinity__polylogue"
CLAUDE = "claude/Sinity__polylogue/polylogue/schemas/providers/claude-ai/representatives"
EXAMPLES = {
    f"{CHATGPT}/tests/fixtures/chatgpt/native-conversation-v1.json": (0.4306, 0.6806, 0.0833),
    "bot-knows/Snezhana__bot-knows/tests/fixtures/chatgpt_export.json": (0.0, 0.3333, 0.0),
    "bot-knows/Snezhana__bot-knows/tests/fixtures/claude_export.json": (0.0, 0.3333, 0.0),
    "chatlectify/0x1Adi__chatlectify/tests/fixtures/chatgpt_export.json": (0.0, 0.0, 0.0),
    "chatlectify/0x1Adi__chatlectify/tests/fixtures/claude_export.json": (0.0, 0.0, 0.0),
}
"""Friction to Open WebUI, LibreChat and Markdown."""

OTHERS = [
    f"{CHATGPT}/polylogue/schemas/providers/chatgpt/representatives/sample-00.json",
    f"{CHATGPT}/polylogue/schemas/providers/chatgpt/representatives/sample-01.json",
    f"{CLAUDE}/sample-00.json",
    f"{CLAUDE}/sample-01.json",
    "switch-targets/librechat-current/chatgpt-modern-export.json",
    "switch-targets/librechat-current/openwebui-export.json",
]
"""With values made up for a schema, or of types that readers may come to know better."""


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared examples are not here")
@pytest.mark.parametrize("example", [*sorted(EXAMPLES), *OTHERS])
def test_the_examples_of_others_go_to_each_target_with_the_friction_that_is_stated(
    example: str, tmp_path: Path
) -> None:
    archive = brought(SHARED / example, tmp_path / "archive", strict=False).archive
    reports = {target: switch(archive, target, tmp_path / target) for target in targets()}
    measured = [round(reports[name].friction, 4) for name in ("open-webui", "librechat", "markdown")]
    assert measured[2] <= measured[0] <= measured[1]
    if example in EXAMPLES:
        assert measured == list(EXAMPLES[example])
    for report in reports.values():
        assert all(sum(report.of(kind).values()) == archive.count(kind) for kind in KINDS)
        assert not any("any more" in reason for reason in lost(report)), "what was written is read back"
    for name in ("memory-text", "agents-md"):
        assert reports[name].of("memory")["lossless"] == archive.count("memory")
