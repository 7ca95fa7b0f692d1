"""Google AI Studio: prompts of chunks, with thoughts, code, files in Drive, and branches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from exports import bring, brought, same_from_folder, survives_anything

FIXTURES = Path(__file__).parents[4] / "shared/fixtures"


def prompt(**more: Any) -> dict[str, Any]:
    stretches = [{"text": "I think "}, {"text": "so.", "thoughtSignature": "c2ln"}]
    return {
        "runSettings": {"temperature": 0.7, "model": "models/model-3", "topP": 0.95},
        "systemInstruction": {"text": "Be brief."},
        "chunkedPrompt": {
            "chunks": [
                {
                    "text": "Draw a line.", "role": "user", "tokenCount": 4,
                    "createTime": "2026-08-01T10:00:00.000Z",
                    "branchParent": {"promptId": "prompts/abc", "displayName": "Earlier"},
                },
                {"driveImage": {"id": "1AbC"}, "role": "user", "tokenCount": 258},
                {"text": "Consider.", "role": "model", "isThought": True, "thinkingBudget": -1},
                {"text": "I think so.", "role": "model", "parts": stretches, "finishReason": "STOP"},
                {
                    "role": "model", "text": "Here: done",
                    "parts": [
                        {"text": "Here: "},
                        {"executableCode": {"language": "PYTHON", "code": "print(1)"}},
                        {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}},
                        {"inlineData": {"mimeType": "image/png", "data": "iVBORw0K"}},
                        {"text": "done"},
                    ],
                },
                {"role": "model", "errorMessage": "Stopped by the service."},
            ],
            "pendingInputs": [{"text": "And then", "role": "user"}],
        },
        **more,
    }  # fmt: skip


def test_a_prompt_is_a_thread_with_thoughts_code_and_pictures_in_their_places(tmp_path: Path) -> None:
    found = bring(tmp_path, {"A line": prompt()})
    assert {reason for _, reason in found.ledger.losses} == {
        "a file that a message names is not in the export"
    }
    thread = found.rows("thread")[0]
    assert (thread["title"], thread["model"]) == ("A line", "models/model-3")
    assert found.said("user") == ["Draw a line.", None, "And then"]
    order = {n["id"]: n["seq"] for n in found.rows("node")}
    parts = sorted(found.rows("part"), key=lambda p: (order[p["node_id"]], p["ix"]))
    assert [(p["kind"], p["text"]) for p in parts if p["text"] or p["kind"] == "image"] == [
        ("text", "Be brief."), ("text", "Draw a line."), ("image", None), ("thinking", "Consider."),
        ("text", "I think so."), ("text", "Here: "), ("code", "print(1)"), ("tool_result", "1"),
        ("image", None), ("text", "done"), ("other", "Stopped by the service."), ("text", "And then"),
    ]  # fmt: skip


def test_a_branch_names_where_it_comes_from_and_what_was_not_sent_is_marked(tmp_path: Path) -> None:
    nodes = bring(tmp_path, {"A line": prompt()}).rows("node")
    assert "prompts/abc" in nodes[1]["json"]
    assert '"pending":true' in nodes[-1]["json"]


def test_prompts_lie_beside_their_uploads_and_a_folder_is_as_good_as_a_zip(tmp_path: Path) -> None:
    files = {
        "Google AI Studio/One": prompt(id="1"),
        "Google AI Studio/Two.json": prompt(id="2"),
        "Google AI Studio/photo.png": b"\x89PNG\r\n1",
        "Photos/other.png": b"\x89PNG\r\n2",
    }
    same_from_folder(tmp_path, files)
    found = bring(tmp_path, files)
    assert [t["title"] for t in found.rows("thread")] == ["One", "Two"]
    assert [a["path"] for a in found.rows("asset")] == ["Google AI Studio/photo.png"]


def test_the_examples_of_others_are_read_with_nothing_unaccounted_for(tmp_path: Path) -> None:
    paths = list(FIXTURES.glob("gemini/*/tests/fixtures/origin-capability/aistudio-*.json"))
    if not paths:
        pytest.skip("the examples are not here")
    for path in paths:
        found = brought(path, tmp_path / path.stem)
        assert found.ledger.reader == "ai-studio"
        assert not found.ledger.losses
        assert len(found.said("user")) == len(found.said("assistant")) == 1


def test_any_spoilt_key_is_survived_with_every_value_accounted_for(tmp_path: Path) -> None:
    survives_anything(tmp_path, prompt(), "prompt.json")
