"""Claude Code: sessions of lines, sub-agents, joined files, parallel calls, who really speaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from commonweal.intake.source import Limits
from exports import as_lines, bring, brought, same_from_folder, survives_anything

FIXTURES = Path(__file__).parents[4] / "shared/fixtures"


def event(of: str, name: str, parent: str | None, content: Any = None, **more: Any) -> dict[str, Any]:
    message = more.pop("message", {"role": of, "content": content})
    second = sum(map(ord, name)) % 60
    return {
        "type": of, "uuid": name, "parentUuid": parent, "sessionId": "s1", "cwd": "/home/someone/p",
        "timestamp": f"2026-08-01T10:00:{second:02}.000Z", "message": message, **more,
    }  # fmt: skip


def answer(name: str, parent: str, *blocks: dict[str, Any], of: str = "m1", **more: Any) -> dict[str, Any]:
    message = {"id": of, "role": "assistant", "model": "model-4", "content": list(blocks)}
    return event("assistant", name, parent, message=message, **more)


def use(call: str, **given: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": call, "name": "Read", "input": given}


def result(call: str, content: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": call, "content": content}


def session() -> list[dict[str, Any]]:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0K"}}
    return [
        {"type": "summary", "summary": "Two files read", "leafUuid": "a4"},
        {"type": "file-history-snapshot", "messageId": "u1", "snapshot": {"messageId": "u1"}},
        event("user", "u1", None, "Read both."),
        answer("a1", "u1", {"type": "thinking", "thinking": "Two files.", "signature": "c2ln"}),
        answer("a2", "a1", use("t1", file_path="a", limit=77)),
        answer("a3", "a2", use("t2", file_path="b")),
        event("user", "r1", "a2", [result("t1", "AA")], toolUseResult={"lines": 5}),
        event("user", "r2", "a3", [result("t2", [{"type": "text", "text": "BB"}, image])]),
        answer("a4", "r2", {"type": "text", "text": "Both read."}, of="m2"),
    ]


def test_a_session_is_a_thread_with_thoughts_calls_and_results(tmp_path: Path) -> None:
    found = bring(tmp_path, {"s1.jsonl": as_lines(session())})
    assert not found.ledger.losses
    assert [(t["native_id"], t["title"]) for t in found.rows("thread")] == [("s1", "Two files read")]
    assert found.said("user") == ["Read both."]
    assert found.said("assistant") == ["Two files.", "a", "b", "Both read."]
    assert found.said("tool") == ["AA", "BB", None]
    calls = {p["call_id"]: p["kind"] for p in found.rows("part") if p["kind"] == "tool_call"}
    assert set(calls) == {"t1", "t2"}
    assert [p["mime"] for p in found.rows("part") if p["kind"] == "image"] == ["image/png"]
    assert len(found.rows("node")) == len(session())


def test_results_of_tools_called_at_the_same_time_are_all_on_the_path_that_is_shown(tmp_path: Path) -> None:
    found = bring(tmp_path, {"s1.jsonl": as_lines(session())})
    assert found.active() == ["Read both.", "Two files.", "a", "b", "AA", "BB", "Both read."]
    moved = [n for n in found.rows("node") if n["native_id"] == "a3"]
    assert '"parentUuid":"a2"' in moved[0]["json"], "the link as it was is kept"


def test_two_results_of_one_line_of_calls_are_both_on_the_path(tmp_path: Path) -> None:
    lines = [
        event("user", "u1", None, "Go."),
        answer("a1", "u1", use("t1", path="a"), use("t2", path="b")),
        event("user", "r1", "a1", [result("t1", "AA")]),
        event("user", "r2", "a1", [result("t2", "BB")]),
        answer("a2", "r2", {"type": "text", "text": "So."}, of="m2"),
    ]
    assert bring(tmp_path, {"s": as_lines(lines)}).active() == ["Go.", "a", "b", "AA", "BB", "So."]


def test_a_turn_begun_anew_is_a_branch(tmp_path: Path) -> None:
    lines = [
        *session(),
        event("user", "u2", "u1", "Stop."),
        answer("a9", "u2", {"type": "text", "text": "Yes."}),
    ]
    found = bring(tmp_path, {"s": as_lines(lines)})
    assert found.active() == ["Read both.", "Stop.", "Yes."]


def test_only_what_the_person_typed_is_theirs(tmp_path: Path) -> None:
    lines = [
        event("user", "1", None, "Mine."),
        event("user", "2", "1", "<local-command-stdout>3 files</local-command-stdout>"),
        event("user", "3", "2", "[Request interrupted by user]"),
        event("user", "4", "3", "context", isMeta=True),
        event("user", "5", "4", "what was said before", isCompactSummary=True),
        event("user", "6", "5", "do this", isSidechain=True),
        event("user", "7", "6", "done", origin={"kind": "task-notification"}),
        event("assistant", "8", "7", "API Error: 500", isApiErrorMessage=True),
        {**event("system", "9", "8", message=None, subtype="compact_boundary"), "content": "Compacted"},
        {
            "type": "attachment", "uuid": "10", "parentUuid": "9", "sessionId": "s1",
            "attachment": {"type": "queued_command", "prompt": "And mine.", "commandMode": "prompt"},
        },
    ]  # fmt: skip
    found = bring(tmp_path, {"s": as_lines(lines)})
    assert found.said("user") == ["Mine.", "And mine."]
    assert found.said("assistant") == []
    assert found.said("tool") == ["<local-command-stdout>3 files</local-command-stdout>"]
    assert len(found.said("system")) == 7


def test_sessions_mixed_in_one_file_are_threads_of_their_own(tmp_path: Path) -> None:
    others = [{**raw, "sessionId": "s2"} for raw in session() if "uuid" in raw]
    mixed = [raw for pair in zip(session()[2:], others, strict=True) for raw in pair]
    found = bring(tmp_path, {"all.jsonl": as_lines(mixed)})
    assert {t["native_id"] for t in found.rows("thread")} == {"s1", "s2"}
    assert len(found.rows("node")) == 14 and not found.ledger.losses


def test_a_sub_agent_is_a_thread_of_its_own_and_files_under_one_name_are_not_mixed(tmp_path: Path) -> None:
    agent = [
        event("user", "x1", None, "Search.", isSidechain=True, agentId="7"),
        answer("x2", "x1", {"type": "text", "text": "Found."}, isSidechain=True, agentId="7"),
    ]
    compact = [event("user", "y1", None, "Sum up."), answer("y2", "y1", {"type": "text", "text": "Summed."})]
    files = {
        "agent-compact.jsonl": as_lines(compact),
        "s1.jsonl": as_lines(session()),
        "copy/s1.jsonl": as_lines(session()[:-2]),
        "s1/subagents/agent-7.jsonl": as_lines(agent),
        "s1/subagents/agent-7.meta.json": {"agentType": "search"},
        "s1/tool-results/t1.txt": "AA",
    }
    same_from_folder(tmp_path, files)
    found = bring(tmp_path, files)
    assert {t["native_id"] for t in found.rows("thread")} == {"s1", "s1/7", "s1/agent-compact"}
    assert len(found.rows("node")) == len(session()) + 4, "a copy of a session adds nothing"
    assert "Search." not in found.said("user")
    assert len(found.rows("asset")) == 2


def test_a_link_into_another_session_is_kept_and_not_followed(tmp_path: Path) -> None:
    lines = [event("user", "u9", "elsewhere", "Go on."), event("user", "u10", "u9", "So.")]
    found = bring(tmp_path, {"s": as_lines(lines)})
    assert '"parentUuid":"elsewhere"' in found.rows("node")[0]["json"]
    assert found.active() == ["Go on.", "So."]


def test_a_line_cut_off_by_a_crash_is_kept_as_it_is(tmp_path: Path) -> None:
    found = bring(tmp_path, {"s1.jsonl": as_lines(session()) + '{"type":"user","uu'})
    assert found.rows("part")[-1]["json"] == '"{\\"type\\":\\"user\\",\\"uu"'


def test_log_ins_are_refused_and_the_list_of_prompts_is_kept(tmp_path: Path) -> None:
    prompts = [{"display": t, "project": "/p", "timestamp": 1785578400000} for t in ("a", "b")]
    files = {
        "projects/p/s1.jsonl": as_lines(session()),
        ".credentials.json": {"claudeAiOauth": {"accessToken": "not-a-token"}},
        "history.jsonl": as_lines(prompts),
    }
    found = bring(tmp_path, files)
    assert ["--include logins" in reason for _, reason in found.ledger.losses] == [True]
    assert [a["path"] for a in found.rows("asset")] == ["history.jsonl"]


def test_the_examples_of_others_are_read_with_nothing_unaccounted_for(tmp_path: Path) -> None:
    paths = [
        *FIXTURES.glob("agents-codex-claudecode/*/tests/fixtures/claude-code"),
        *FIXTURES.glob("gemini/*/tests/fixtures/origin-capability/claude-code-session.jsonl"),
    ]
    if not paths:
        pytest.skip("the examples are not here")
    for number, path in enumerate(paths):
        found = brought(path, tmp_path / str(number))
        assert found.ledger.reader == "claude-code"
        assert {reason for _, reason in found.ledger.losses} <= {"messages of one id: each is kept"}
        assert found.said("user") and found.said("assistant")


def test_any_spoilt_key_is_survived_with_every_value_accounted_for(tmp_path: Path) -> None:
    survives_anything(tmp_path, session(), "s1.jsonl", write=as_lines)


def test_a_session_too_long_for_one_item_is_read_in_pieces(tmp_path: Path) -> None:
    lines = as_lines([event("user", f"u{i}", f"u{i - 1}" if i else None, "word " * 50) for i in range(40)])
    found = bring(tmp_path, {"s1.jsonl": lines}, limits=Limits(item_bytes=4_000))
    assert len(found.rows("node")) == 40 and found.ledger.counts["items"] > 1
