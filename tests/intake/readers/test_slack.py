"""Slack: days of channels, answers in threads, whose words they are; direct messages stay out."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from commonweal.errors import InputError
from commonweal.intake import Archive, import_export
from exports import Brought, bring, brought, content, same_from_folder, survives_anything, zipped

FIXTURES = Path(__file__).parents[4] / "shared" / "fixtures" / "slack"


def user(key: str, name: str, shown: str) -> dict[str, Any]:
    profile = {
        "real_name": shown,
        "display_name": shown,
        "email": f"{name}@example.org",
        "phone": "+15550100",
    }
    return {"id": key, "team_id": "T1", "name": name, "profile": profile}


def said(ts: str, who: str, text: str, **more: Any) -> dict[str, Any]:
    return {"type": "message", "ts": ts, "user": who, "text": text, **more}


USERS = [user("U1", "ada", "Ada"), user("U2", "bo", "Bo Smith")]
CHANNELS = [
    {"id": "C1", "name": "general", "created": 1750000000, "members": ["U1", "U2"], "topic": {"value": "all"}}
]
DAY = [
    said("1756000000.000100", "U2", "<@U2> has joined the channel", subtype="channel_join"),
    said("1756000001.000200", "U2", "Who &amp; when, <@U1>? <http://a.example|The list> is in <#C1|general>"),
    said("1756000002.000300", "U1", "I, today.", thread_ts="1756000001.000200", parent_user_id="U2"),
    said("1756000003.000400", "U1", "<!here> done", blocks=[{"type": "rich_text", "elements": []}]),
    {"type": "message", "subtype": "bot_message", "ts": "1756000004.000500", "text": "", "bot_id": "B1",
     "username": "builder",
     "attachments": [{"fallback": "built", "text": "Build <http://b.example|7> done"}]},
    said("1756000005.000600", "U9", "", files=[{"id": "F1", "name": "a.png", "mimetype": "image/png"}]),
]  # fmt: skip
NEXT = [said("1756090000.000100", "U2", "Thanks.", thread_ts="1756000001.000200")]
FILES = {
    "users.json": USERS,
    "channels.json": CHANNELS,
    "general/2025-08-24.json": DAY,
    "general/2025-08-25.json": NEXT,
}


def test_a_day_is_a_thread_in_which_answers_are_linked_and_all_is_shown(tmp_path: Path) -> None:
    found = bring(tmp_path, FILES)
    assert [(t["native_id"], t["title"], t["kind"]) for t in found.rows("thread")] == [
        ("C1/2025-08-24", "#general, 2025-08-24", "channel"),
        ("C1/2025-08-25", "#general, 2025-08-25", "channel"),
    ]
    nodes = {n["native_id"]: n for n in found.rows("node")}
    ids = {n["id"]: key for key, n in nodes.items()}
    answers = {key: ids[n["parent_id"]] for key, n in nodes.items() if n["parent_id"]}
    assert answers == {"1756000002.000300": "1756000001.000200"}
    assert all(n["on_active_path"] for n in nodes.values())
    assert nodes["1756000001.000200"]["created_us"] == 1756000001_000_200
    assert json.loads(nodes["1756090000.000100"]["json"])["thread_ts"] == "1756000001.000200"


def test_texts_name_people_and_channels_as_slack_shows_them(tmp_path: Path) -> None:
    found = bring(tmp_path, FILES)
    assert found.said() == [
        "@Bo Smith has joined the channel",
        "Who & when, @Ada? The list is in #general",
        "I, today.",
        "@here done",
        "Build 7 done",
        None,
        "Thanks.",
    ]
    assert any("<http://a.example|The list>" in (p["json"] or "") for p in found.rows("part"))


@pytest.mark.parametrize("owner", ["ada", "Ada", "U1", "ada@example.org"])
def test_yours_is_what_the_member_wrote_that_is_named(tmp_path: Path, owner: str) -> None:
    source = zipped(FILES, tmp_path / "export.zip")
    ledger = import_export(source, tmp_path / "a", owner=owner)
    found = Brought(Archive(tmp_path / "a"), ledger)
    assert found.said("user") == ["I, today.", "@here done"]
    assert found.said("other") == ["Who & when, @Ada? The list is in #general", None, "Thanks."]
    assert (found.said("tool"), len(found.said("system"))) == (["Build 7 done"], 1)
    authors = {n["author"] for n in found.rows("node")}
    assert authors == {"Ada", "Bo Smith", "builder", "U9"}


def test_addresses_and_telephones_of_members_are_nowhere_in_the_archive(tmp_path: Path) -> None:
    found = bring(tmp_path, FILES)
    everything = json.dumps([found.rows(r) for r in ("thread", "node", "part", "asset", "loss")])
    assert "example.org" not in everything
    assert "15550100" not in everything


def test_direct_messages_are_refused_unless_asked_for(tmp_path: Path) -> None:
    direct = {
        "dms.json": [{"id": "D1", "created": 1, "members": ["U1", "U2"]}],
        "mpims.json": [{"id": "G1", "name": "mpdm-ada--bo--cy-1", "created": 1, "members": ["U1"]}],
        "D1/2025-08-24.json": [said("1756000001.000200", "U2", "Between us.")],
        "mpdm-ada--bo--cy-1/2025-08-24.json": [said("1756000001.000300", "U2", "Among three.")],
    }
    found = bring(tmp_path, {**FILES, **direct})
    assert "Between us." not in found.said()
    refused = {path for path, reason in found.ledger.losses if "--include messages" in reason}
    assert refused == {"D1/2025-08-24.json", "mpdm-ada--bo--cy-1/2025-08-24.json"}
    (asked := tmp_path / "asked").mkdir()
    assert {"Between us.", "Among three."} <= set(
        bring(asked, {**FILES, **direct}, include=["messages"]).said()
    )


def test_a_zip_and_a_folder_give_the_same_rows(tmp_path: Path) -> None:
    same_from_folder(tmp_path, {f"Guild Slack export/{path}": value for path, value in FILES.items()})


def test_messages_without_lists_beside_them_are_not_taken(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no reader knows this"):
        bring(tmp_path, {"general/2025-08-24.json": DAY})


def test_any_spoilt_key_is_survived_with_every_value_accounted_for(tmp_path: Path) -> None:
    def archive(day: Any) -> bytes:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as file:
            for path, value in {**FILES, "general/2025-08-24.json": day}.items():
                file.writestr(path, content(value))
        return packed.getvalue()

    survives_anything(tmp_path, DAY, "export.zip", write=archive)


def test_the_examples_of_others_are_read_with_nothing_unaccounted_for(tmp_path: Path) -> None:
    if not FIXTURES.is_dir():
        pytest.skip("no examples here")
    source = next(FIXTURES.rglob("*.zip"))
    found = brought(source, tmp_path / "archive")
    assert found.ledger.losses == {}
    with zipfile.ZipFile(source) as file:
        days = [json.loads(file.read(n)) for n in file.namelist() if n.endswith(".json") and "/" in n]
    assert len(found.rows("node")) == sum(map(len, days))
    assert not any("<@U" in (text or "") for text in found.said())
