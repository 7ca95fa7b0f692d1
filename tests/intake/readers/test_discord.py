"""Discord: the package of one's own messages, and a server's channels with everyone's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from commonweal.errors import InputError
from commonweal.intake import Archive, import_export
from exports import Brought, bring, same_from_folder, survives_anything, zipped

CHANNEL = {"id": "77", "type": "GUILD_TEXT", "name": "forge", "guild": {"id": "5", "name": "Smiths"}}


def snowflake(ms: int) -> str:
    return str((ms - 1_420_070_400_000) << 22 | 7)


SECOND, FIRST = snowflake(1_756_000_005_250), snowflake(1_756_000_000_900)
MESSAGES = [
    {"ID": int(SECOND), "Timestamp": "2025-08-24 01:46:45", "Contents": "Later", "Attachments": ""},
    {
        "ID": int(FIRST),
        "Timestamp": "2025-08-24 01:46:40",
        "Contents": "",
        "Attachments": "https://cdn.example/a.png https://cdn.example/b.png",
    },
]
USER = {"id": "1", "username": "ada", "email": "a@example.org", "payments": [], "user_sessions": []}
PACKAGE = {
    "README.txt": "Welcome to your package!",
    "Account/user.json": USER,
    "Account/avatar.png": b"\x89PNG\r\n",
    "Activity/analytics/events-1.json": '{"event_type": "a", "ip": "192.0.2.1"}\n{"event_type": "b"}\n',
    "Messages/index.json": {"77": "forge in Smiths", "78": "Direct Message with bo"},
    "Messages/c77/channel.json": CHANNEL,
    "Messages/c77/messages.json": MESSAGES,
    "Messages/c78/channel.json": {"id": "78", "type": "DM", "recipients": ["1", "2"]},
    "Messages/c78/messages.json": [],
    "Servers/5/guild.json": {"id": "5", "name": "Smiths"},
}


def said(key: str, who: str, text: str, **more: Any) -> dict[str, Any]:
    author = {
        "id": f"u-{who}",
        "name": who,
        "discriminator": "0000",
        "nickname": who.title(),
        "isBot": who == "bot",
    }
    return {"id": key, "type": "Default", "timestamp": "2025-08-24T03:46:40.5+02:00", "timestampEdited": None,
            "isPinned": False, "content": text, "author": author, "attachments": [], "embeds": [],
            "stickers": [], "reactions": [], "mentions": [], **more}  # fmt: skip


SERVER = {
    "guild": {"id": "5", "name": "Smiths", "iconUrl": ""},
    "channel": {"id": "77", "type": "GuildTextChat", "category": "Text", "name": "forge", "topic": None},
    "dateRange": {"after": None, "before": None},
    "exportedAt": "2026-01-01T00:00:00+00:00",
    "messages": [
        said("1", "bo", "joined", type="GuildMemberJoin"),
        said("2", "bo", "Who has the tongs?"),
        said("3", "ada", "I.", type="Reply", reference={"messageId": "2", "channelId": "77", "guildId": "5"}),
        said("4", "bot", "", embeds=[{"title": "t", "description": "A rule."}]),
        said(
            "5",
            "bo",
            "See",
            attachments=[{"id": "9", "url": "forge.json_Files/a%20b.png", "fileName": "a b.png"}],
            reference={"messageId": "0"},
        ),
    ],
    "messageCount": 5,
}


def test_the_package_gives_a_thread_a_channel_oldest_first(tmp_path: Path) -> None:
    found = bring(tmp_path, PACKAGE)
    threads = found.rows("thread")
    assert [(t["native_id"], t["title"], t["kind"]) for t in threads] == [
        ("77", "forge in Smiths", "channel"),
        ("78", "Direct Message with bo", "channel"),
    ]
    nodes = found.rows("node")
    assert [n["native_id"] for n in nodes] == [FIRST, SECOND]
    assert {n["role"] for n in nodes} == {"user"}
    parts = sorted(found.rows("part"), key=lambda p: (p["text"] is not None, p["ix"]))
    assert [(p["kind"], p["text"], json.loads(p["json"] or "{}").get("url")) for p in parts] == [
        ("file", None, "https://cdn.example/a.png"),
        ("file", None, "https://cdn.example/b.png"),
        ("text", "Later", None),
    ]


def test_a_time_without_a_zone_is_exact_where_the_id_says_the_same(tmp_path: Path) -> None:
    strange = [*MESSAGES, {"ID": 7, "Timestamp": "2025-08-24 01:46:39", "Contents": "No such id"}]
    nodes = bring(tmp_path, {**PACKAGE, "Messages/c77/messages.json": strange}).rows("node")
    assert {n["native_id"]: (n["created_us"], n["time_quality"]) for n in nodes} == {
        SECOND: (1_756_000_005_000_000, "exact"),
        FIRST: (1_756_000_000_000_000, "exact"),
        "7": (1_755_999_999_000_000, "local"),
    }


def test_packages_of_old_have_csv_and_give_the_same(tmp_path: Path) -> None:
    csv = (
        "ID,Timestamp,Contents,Attachments\n"
        f'{SECOND},2025-08-24 01:46:45.250000+00:00,"Later,\nin two lines",\n'
        f"{FIRST},2025-08-24 01:46:40.900000+00:00,,https://cdn.example/a.png\n"
    )
    files = {
        "messages/c77/messages.csv": csv,
        "messages/c77/channel.json": CHANNEL,
        "messages/index.json": {"77": "x"},
    }
    found = bring(tmp_path, files)
    assert [n["native_id"] for n in found.rows("node")] == [FIRST, SECOND]
    assert [n["created_us"] for n in found.rows("node")] == [1_756_000_000_900_000, 1_756_000_005_250_000]
    assert "Later,\nin two lines" in found.said()
    same_from_folder(tmp_path, files)


def test_account_and_records_of_use_stay_out_and_the_rest_is_kept(tmp_path: Path) -> None:
    found = bring(tmp_path, PACKAGE)
    assert {path for path, _ in found.ledger.losses} == {
        "Account/user.json",
        "Activity/analytics/events-1.json",
    }
    assert {a["path"] for a in found.rows("asset")} == {
        "README.txt",
        "Account/avatar.png",
        "Servers/5/guild.json",
    }
    for include, kept in ((["logins"], False), (["logins", "payments"], True)):
        (place := tmp_path / "-".join(include)).mkdir()
        assets = {a["path"] for a in bring(place, PACKAGE, include=include).rows("asset")}
        assert ("Account/user.json" in assets) == kept


def test_what_lies_beside_a_package_and_is_none_of_it_is_not_taken(tmp_path: Path) -> None:
    found = bring(tmp_path, {**PACKAGE, "Other/x.json": {"a": 1}})
    assert ("Other/*.json", "a file that no reader knows (json)") in found.ledger.losses


def test_a_server_has_everyone_with_their_names_and_roles(tmp_path: Path) -> None:
    source = zipped(
        {"forge.json": SERVER, "forge.json_Files/a b.png": b"\x89PNG\r\n"}, tmp_path / "export.zip"
    )
    for owner in ("ada", "Ada", "u-ada", "ada#0000"):
        ledger = import_export(source, tmp_path / owner, owner=owner)
        found = Brought(Archive(tmp_path / owner), ledger)
        nodes = found.rows("node")
        assert [(n["author"], n["role"]) for n in nodes] == [
            ("Bo", "system"),
            ("Bo", "other"),
            ("Ada", "user"),
            ("Bot", "tool"),
            ("Bo", "other"),
        ]
        assert [n["parent_id"] for n in nodes] == [None, None, nodes[1]["id"], None, None]
        assert {n["created_us"] for n in nodes} == {1_756_000_000_500_000}
        assert [p["asset_id"] is not None for p in found.rows("part") if p["kind"] == "image"] == [True]
        assert found.rows("thread")[0]["title"] == "Smiths #forge"
        assert ledger.losses == {}


def test_a_direct_conversation_out_of_a_server_export_is_refused(tmp_path: Path) -> None:
    direct = {**SERVER, "channel": {"id": "8", "type": "DirectTextChat", "name": "bo"}}
    files = {"forge.json": SERVER, "bo.json": direct}
    found = bring(tmp_path, files)
    assert [path for path, reason in found.ledger.losses if "--include messages" in reason] == ["bo.json"]
    (asked := tmp_path / "asked").mkdir()
    assert len(bring(asked, files, include=["messages"]).rows("thread")) == 2


def test_a_channel_in_two_files_is_two_threads(tmp_path: Path) -> None:
    one, two = ({**SERVER, "messages": SERVER["messages"][part]} for part in (slice(0, 2), slice(2, 5)))
    threads = bring(tmp_path, {"forge [part 1].json": one, "forge [part 2].json": two}).rows("thread")
    assert [t["native_id"] for t in threads] == ["77/1", "77/3"]


def test_an_empty_list_alone_is_nothing_of_discord(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no reader knows this"):
        bring(tmp_path, {"c1/messages.json": []})


def test_any_spoilt_key_is_survived_with_every_value_accounted_for(tmp_path: Path) -> None:
    for name, value in (("messages.json", MESSAGES), ("forge.json", SERVER)):
        (place := tmp_path / name).mkdir()
        survives_anything(place, value, name)
