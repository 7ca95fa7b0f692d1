"""Codex CLI: sessions of lines, what the tool says in the person's name, rollbacks, older forms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from exports import as_lines, bring, brought, same_from_folder, survives_anything

FIXTURES = Path(__file__).parents[4] / "shared/fixtures"
CALL = '{"command":["ls"]}'
SAID = {"user": "input_text", "assistant": "output_text"}


def line(kind: str, second: int = 0, **payload: Any) -> dict[str, Any]:
    return {"timestamp": f"2026-08-01T10:00:{second:02}.000Z", "type": kind, "payload": payload}


def says(role: str, text: str, second: int = 0, **more: Any) -> dict[str, Any]:
    content = [{"type": SAID.get(role, "input_text"), "text": text}]
    return line("response_item", second, type="message", role=role, content=content, **more)


def session(name: str = "s1", **meta: Any) -> list[dict[str, Any]]:
    return [
        line("session_meta", id=name, cwd="/home/someone/p", timestamp="2026-08-01T10:00:00.000Z", **meta),
        line("turn_context", 1, cwd="/home/someone/p", model="m-5", user_instructions="Use tabs."),
        says("developer", "<permissions instructions>all</permissions instructions>", 1),
        says("user", "<environment_context>linux</environment_context>", 1),
        says("user", "Mend it.", 2),
        line("event_msg", 2, type="user_message", message="Mend it.", images=[]),
        line(
            "response_item", 3, type="reasoning", content=None, encrypted_content="gAAA",
            summary=[{"type": "summary_text", "text": "Look first."}],
        ),
        line("event_msg", 3, type="agent_reasoning", text="Look first."),
        line("response_item", 4, type="function_call", name="shell", arguments=CALL, call_id="c1"),
        line("response_item", 5, type="function_call_output", call_id="c1", output="a.py"),
        line("event_msg", 5, type="token_count", info={"total_token_usage": {"input_tokens": 1234}}),
        says("assistant", "Mended.", 6, id="msg_1", phase="final_answer"),
    ]  # fmt: skip


def test_a_session_is_a_thread_with_thoughts_calls_and_results(tmp_path: Path) -> None:
    found = bring(tmp_path, {"rollout.jsonl": as_lines(session())})
    assert not found.ledger.losses
    assert [(t["kind"], t["native_id"]) for t in found.rows("thread")] == [("session", "s1")]
    assert found.said("user") == ["Mend it."]
    assert found.said("assistant") == ["Look first.", CALL, "Mended."]
    assert found.said("tool") == ["a.py"]
    assert {p["call_id"] for p in found.rows("part") if p["kind"].startswith("tool_")} == {"c1"}
    assert {n["model"] for n in found.rows("node") if n["role"] == "assistant"} == {"m-5"}
    assert len(found.rows("node")) == 12, "each line is a node"


def test_what_the_tool_says_in_the_persons_name_is_not_theirs_and_instructions_are_memories(
    tmp_path: Path,
) -> None:
    found = bring(tmp_path, {"rollout.jsonl": as_lines(session())})
    assert len(found.said("system")) == 2
    assert all(n["hidden"] for n in found.rows("node") if n["role"] == "system")
    assert [(m["scope"], m["text"]) for m in found.rows("memory")] == [("/home/someone/p", "Use tabs.")]


def test_events_alone_say_what_was_said_where_messages_are_missing(tmp_path: Path) -> None:
    lines = [
        line("session_meta", id="s"),
        line("event_msg", 1, type="user_message", message="Hello."),
        line("event_msg", 2, type="agent_message", message="Good day."),
    ]
    found = bring(tmp_path, {"rollout.jsonl": as_lines(lines)})
    assert (found.said("user"), found.said("assistant")) == (["Hello."], ["Good day."])


def test_turns_that_were_taken_back_leave_the_path_that_is_shown(tmp_path: Path) -> None:
    back = line("event_msg", 7, type="thread_rolled_back", num_turns=1)
    found = bring(tmp_path, {"rollout.jsonl": as_lines([*session(), back, says("user", "Differently.", 8)])})
    assert "Mend it." in found.said("user")
    assert "Mend it." not in found.active() and found.active()[-1] == "Differently."


def test_sessions_joined_in_one_file_are_threads_and_a_fork_keeps_the_lines_that_it_copied(
    tmp_path: Path,
) -> None:
    fork = [line("session_meta", id="s2", forked_from_id="s1"), *session()]
    found = bring(tmp_path, {"all.jsonl": as_lines([*session("s0"), *fork])})
    assert [t["native_id"] for t in found.rows("thread")] == ["s0", "s2"]
    assert len(found.rows("node")) == 12 + 13


def test_a_sub_agents_client_is_not_the_person(tmp_path: Path) -> None:
    source = {"subagent": {"thread_spawn": {"parent_thread_id": "s0", "depth": 1}}}
    found = bring(tmp_path, {"rollout.jsonl": as_lines(session(source=source))})
    assert found.said("user") == []
    assert "Mend it." in found.said("system")


def test_flat_lines_and_whole_documents_of_older_versions_are_read(tmp_path: Path) -> None:
    items: list[dict[str, Any]] = [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Old."}]},
        {"type": "local_shell_call", "call_id": "c", "action": {"type": "exec", "command": ["ls", "-a"]}},
        {"type": "local_shell_call_output", "call_id": "c", "output": "x"},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Older."}]},
    ]
    head = {"id": "s", "timestamp": "2025-06-01T10:00:00.000Z", "instructions": "Be brief.", "git": None}
    flat = [head, {"record_type": "state"}, *items]
    for number, content in enumerate((as_lines(flat), {"session": head, "items": items})):
        place = tmp_path / str(number)
        place.mkdir()
        found = bring(place, {"rollout": content})
        assert not found.ledger.losses
        assert found.rows("thread")[0]["native_id"] == "s"
        assert (found.said("user"), found.said("assistant")) == (["Old."], ["ls -a", "Older."])
        assert [m["text"] for m in found.rows("memory")] == ["Be brief."]


def test_a_line_cut_off_by_a_crash_is_kept_as_it_is(tmp_path: Path) -> None:
    found = bring(tmp_path, {"rollout.jsonl": as_lines(session()) + '{"timestamp":"2026-08-01T1'})
    assert len(found.rows("node")) == 13
    assert found.rows("node")[-1]["json"] == '{"line":"{\\"timestamp\\":\\"2026-08-01T1"}'


def test_a_log_in_is_refused_and_a_folder_is_as_good_as_a_zip(tmp_path: Path) -> None:
    files = {
        "sessions/2026/rollout.jsonl": as_lines(session()),
        "auth.json": {"OPENAI_API_KEY": None, "tokens": {"access_token": "not-a-token"}},
        "history.jsonl": as_lines([{"session_id": "s1", "ts": 1785578400, "text": t} for t in ("a", "b")]),
    }
    same_from_folder(tmp_path, files)
    found = bring(tmp_path, files)
    assert ["--include logins" in reason for _, reason in found.ledger.losses] == [True]
    assert [a["path"] for a in found.rows("asset")] == ["history.jsonl"]


def test_the_examples_of_others_are_read_with_nothing_unaccounted_for(tmp_path: Path) -> None:
    paths = list(FIXTURES.glob("gemini/*/tests/fixtures/origin-capability/codex-session.jsonl"))
    if not paths:
        pytest.skip("the examples are not here")
    for path in paths:
        found = brought(path, tmp_path / "archive")
        assert found.ledger.reader == "codex"
        assert not found.ledger.losses
        assert len(found.said("user")) == len(found.said("assistant")) == 1


def test_any_spoilt_key_is_survived_with_every_value_accounted_for(tmp_path: Path) -> None:
    survives_anything(tmp_path, session(), "rollout.jsonl", write=as_lines)
