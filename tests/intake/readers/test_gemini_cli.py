"""Gemini CLI: session documents, and the logs that came after them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from exports import as_lines, bring, brought, same_from_folder, survives_anything

FIXTURES = Path(__file__).parents[4] / "shared/fixtures"
HEAD = {
    "sessionId": "s1",
    "projectHash": "0123abcd",
    "startTime": "2026-08-01T10:00:00.000Z",
    "lastUpdated": "2026-08-01T10:00:09.000Z",
    "kind": "main",
}


def says(name: str, of: str, content: Any, **more: Any) -> dict[str, Any]:
    return {"id": name, "timestamp": "2026-08-01T10:00:01.500Z", "type": of, "content": content, **more}


def call() -> dict[str, Any]:
    response = {"functionResponse": {"id": "c1", "name": "shell", "response": {"output": "a.py"}}}
    return {
        "id": "c1", "name": "run_shell_command", "args": {"command": "ls", "timeout": 987},
        "status": "success", "result": [response], "resultDisplay": "a.py",
    }  # fmt: skip


def messages() -> list[dict[str, Any]]:
    thought = {"subject": "Plan", "description": "Look first.", "timestamp": "2026-08-01T10:00:02.000Z"}
    image = {"inlineData": {"mimeType": "image/png", "data": "iVBORw0K"}}
    return [
        says("m0", "info", "Signed in."),
        says("m1", "user", [{"text": "What is here?"}, image]),
        says("m2", "gemini", "One file.", model="model-3", thoughts=[thought], toolCalls=[call()]),
    ]


def test_a_session_is_a_thread_with_thoughts_calls_and_results(tmp_path: Path) -> None:
    files = {"chats/session.json": {**HEAD, "summary": "A look", "messages": messages()}}
    same_from_folder(tmp_path, files)
    found = bring(tmp_path, files)
    assert not found.ledger.losses
    assert [(t["native_id"], t["title"]) for t in found.rows("thread")] == [("s1", "A look")]
    assert found.said("user") == ["What is here?", None]
    assert found.said("assistant") == ["Look first.", "One file.", "ls", "a.py"]
    assert found.said("system") == ["Signed in."]
    parts = {p["kind"]: p for p in found.rows("part")}
    assert parts["tool_call"]["call_id"] == parts["tool_result"]["call_id"] == "c1"
    assert parts["image"]["mime"] == "image/png"
    assert [n["model"] for n in found.rows("node")] == [None, None, "model-3"]


def test_a_log_tells_each_message_as_it_was_written_last_and_what_was_taken_back_leaves_the_path(
    tmp_path: Path,
) -> None:
    log = [
        HEAD,
        says("a", "user", "First."),
        says("b", "gemini", "Rep"),
        says("b", "gemini", "Reply."),
        {"$set": {"lastUpdated": "2026-08-01T11:00:00.000Z", "summary": "Two tries"}},
        says("c", "user", "Second."),
        {"$rewindTo": "c"},
        says("d", "user", "Other."),
    ]
    found = bring(tmp_path, {"session.jsonl": as_lines(log)})
    assert not found.ledger.losses
    assert found.said() == ["First.", "Reply.", "Second.", "Other."]
    assert found.active() == ["First.", "Reply.", "Other."]
    thread = found.rows("thread")[0]
    assert thread["title"] == "Two tries" and '"Rep"' in thread["json"]


def test_messages_that_a_log_sets_all_at_once_are_read(tmp_path: Path) -> None:
    log = [
        {**HEAD, "messages": []},
        {"$set": {"messages": messages()[1:]}},
        {"$set": {"messages": messages()}},
    ]
    found = bring(tmp_path, {"session.jsonl": as_lines(log)})
    assert not found.ledger.losses
    assert len(found.rows("node")) == 3 and found.said("user")[0] == "What is here?"


def test_a_sub_agents_client_is_not_the_person(tmp_path: Path) -> None:
    found = bring(tmp_path, {"s.json": {**HEAD, "kind": "subagent", "messages": messages()}})
    assert found.said("user") == []


def test_a_log_in_is_refused_and_the_list_of_prompts_is_kept(tmp_path: Path) -> None:
    prompt = {"sessionId": "s1", "messageId": 0, "type": "user", "message": "a", "timestamp": "2026-08-01"}
    files = {
        "tmp/p/chats/s.json": {**HEAD, "messages": messages()},
        "tmp/p/logs.json": [prompt],
        "oauth_creds.json": {"access_token": "not-a-token", "refresh_token": "not-a-token"},
    }
    found = bring(tmp_path, files)
    assert ["--include logins" in reason for _, reason in found.ledger.losses] == [True]
    assert [a["path"] for a in found.rows("asset")] == ["tmp/p/logs.json"]


def test_the_examples_of_others_are_read_with_nothing_unaccounted_for(tmp_path: Path) -> None:
    paths = list(FIXTURES.glob("gemini/*/tests/fixtures/origin-capability/gemini-cli-session.json"))
    if not paths:
        pytest.skip("the examples are not here")
    for path in paths:
        found = brought(path, tmp_path / "archive")
        assert found.ledger.reader == "gemini-cli"
        assert not found.ledger.losses
        assert len(found.said("user")) == len(found.said("assistant")) == 1


def test_any_spoilt_key_is_survived_with_every_value_accounted_for(tmp_path: Path) -> None:
    survives_anything(tmp_path, {**HEAD, "messages": messages()}, "session.json")
    log = tmp_path / "log"
    log.mkdir()
    survives_anything(log, [HEAD, *messages(), {"$rewindTo": "m2"}], "session.jsonl", write=as_lines)
