"""Gemini in Takeout: activities as JSON and HTML, named conversations, dates of many languages."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from commonweal.errors import InputError
from commonweal.intake.readers._activity import read_date
from commonweal.intake.source import Limits
from exports import bring, brought, same_from_folder, survives_anything

FIXTURES = Path(__file__).parents[4] / "shared/fixtures"
NAME = "Takeout/My Activity/Gemini Apps/MyActivity"


def activity(title: str, minute: int = 0, *replies: str, chat: str = "", **more: Any) -> dict[str, Any]:
    link = f"https://gemini.google.com/app/{chat}"
    return {
        "header": "Gemini Apps",
        "title": title,
        "time": f"2026-03-04T05:{minute:02}:07.008Z",
        "products": ["Gemini Apps"],
        **({"safeHtmlItem": [{"html": r} for r in replies]} if replies else {}),
        **({"details": [{"name": link, "url": link}]} if chat else {}),
        **more,
    }


def card(said: str, product: str = "Gemini Apps", small: str = "") -> str:
    cell = '<div class="content-cell mdl-cell mdl-cell--'
    return (
        '<div class="outer-cell mdl-cell mdl-cell--12-col mdl-shadow--2dp"><div class="mdl-grid">'
        f'<div class="header-cell mdl-cell"><p class="mdl-typography--title">{product}<br></p></div>'
        f'{cell}6-col mdl-typography--body-1">{said}</div>'
        f'{cell}6-col mdl-typography--body-1 mdl-typography--text-right"></div>'
        f'{cell}12-col mdl-typography--caption"><b>Products:</b><br>&emsp;{product}<br>{small}'
        "</div></div></div>"
    )


def page(*cards: str) -> str:
    return f'<html><head><title>My Activity</title></head><body><div class="mdl-grid">{"".join(cards)}</div></body></html>'  # fmt: skip  # noqa: E501


def test_an_activity_is_a_thread_of_a_prompt_and_its_reply(tmp_path: Path) -> None:
    files = {f"{NAME}.json": [activity("Prompted Best islands?", 2, "<p>Naxos &amp; <b>Crete</b></p>")]}
    same_from_folder(tmp_path, files)
    found = bring(tmp_path, files)
    assert not found.ledger.losses
    assert (found.said("user"), found.said("assistant")) == (["Best islands?"], ["Naxos & Crete"])
    assert {n["created_us"] for n in found.rows("node")} == {1772600527_008_000}
    assert found.rows("thread")[0]["title"] is None, "the export gives none"


def test_activities_that_name_their_conversation_are_one_thread_in_the_order_of_time(tmp_path: Path) -> None:
    newest_first = [
        activity("Prompted Third", 30, "<p>3</p>", chat="abc"),
        activity("Prompted Else", 20, "<p>other</p>", chat="def"),
        activity("Prompted Second", 10, "<p>2</p>", "<p>2b</p>", chat="abc"),
        activity("Prompted Alone", 5, "<p>alone</p>"),
        activity("Prompted First", 1, "<p>1</p>", chat="abc"),
    ]
    found = bring(tmp_path, {f"{NAME}.json": newest_first})
    assert len(found.rows("thread")) == 3
    one = next(t for t in found.rows("thread") if t["native_id"] == "abc")
    ours = [n["id"] for n in found.rows("node") if n["thread_id"] == one["id"]]
    texts = {n: [p["text"] for p in found.rows("part") if p["node_id"] == n] for n in ours}
    assert [texts[n] for n in ours] == [["First"], ["1"], ["Second"], ["2", "2b"], ["Third"], ["3"]]


def test_what_is_no_prompt_is_not_words_of_the_person_and_an_unknown_verb_stays(tmp_path: Path) -> None:
    log = [
        activity("Gave feedback: Good response", 4),
        activity("Gav instruktionen vilken?", 3, "<p>Denna.</p>", header="Gemini-appar"),
        activity("Prompted ", 2, "<p>A cat.</p>", attachedFiles=["cat.png"], imageFile="cat.png"),
    ]
    found = bring(tmp_path, {f"{NAME}.json": log, "Takeout/My Activity/Gemini Apps/cat.png": b"\x89PNG\r\n1"})
    assert not found.ledger.losses
    assert found.said("system") == ["Gave feedback: Good response"]
    assert found.said("user") == ["Gav instruktionen vilken?", None]
    pictures = [p for p in found.rows("part") if p["kind"] == "image"]
    assert len(pictures) == 1 and pictures[0]["asset_id"]


def test_other_products_do_not_pass_for_conversations(tmp_path: Path) -> None:
    search = activity("Searched for shoes", header="Search", products=["Search"])
    files = {
        f"{NAME}.json": [activity("Prompted Hello", 0, "<p>Hi</p>"), search],
        "Takeout/My Activity/Search/MyActivity.json": [search],
        "Takeout/My Activity/Chrome/MyActivity.html": page(card("Visited&nbsp;x", "Chrome")),
    }
    found = bring(tmp_path, files)
    assert len(found.rows("thread")) == 1
    assert sum(found.ledger.losses.values()) == 3
    assert {reason for _, reason in found.ledger.losses} == {
        "what you did with other Google products: no conversation"
    }
    alone = tmp_path / "alone"
    alone.mkdir()
    with pytest.raises(InputError, match="no reader knows"):
        bring(alone, {"MyActivity.json": [search]})


def test_html_says_the_same_as_json(tmp_path: Path) -> None:
    link = "https://gemini.google.com/app/abc"
    cards = [
        card(
            "Prompted&nbsp;And then?<br>May 19, 2026, 7:08:02\u202fPM GMT-03:00<br><p>This.</p>", small=link
        ),
        card(
            "Prompted&nbsp;a &lt; b &amp; c<br>at 2026-01-01 10:00:00<br>Attached 1 file.<br>"
            '-&nbsp;<a href="note%20one.txt">note one.txt</a><br>May 19, 2026, 7:07:02\u202fPM GMT-03:00<br>'
            "<p>Hi <b>you</b>.</p><div><pre>x = 1\ny = 2</pre></div>",
            small=link,
        ),
    ]
    files = {f"{NAME}.html": page(*cards), "Takeout/My Activity/Gemini Apps/note one.txt": "a note"}
    same_from_folder(tmp_path, files)
    found = bring(tmp_path, files)
    assert not found.ledger.losses
    assert [t["native_id"] for t in found.rows("thread")] == ["abc"]
    assert [t for t in found.said("user") if t] == ["a < b & c\nat 2026-01-01 10:00:00", "And then?"]
    assert found.said("assistant") == ["Hi you.\n\nx = 1\ny = 2", "This."]
    assert [p["asset_id"] is not None for p in found.rows("part") if p["kind"] == "file"] == [True]
    assert found.rows("node")[0]["created_us"] == 1779228422_000_000


def test_a_date_that_cannot_be_read_stays_as_text(tmp_path: Path) -> None:
    files = {
        f"{NAME}.html": page(
            card("Prompted&nbsp;Hola<br>10 de mai. de 2026, 03:46:09 BRT<br><p>Bom dia.</p>")
        )
    }
    found = bring(tmp_path, files)
    assert (found.said("user"), found.said("assistant")) == (["Hola"], ["Bom dia."])
    assert [n["created_us"] for n in found.rows("node")] == [None, None]
    assert "10 de mai. de 2026, 03:46:09 BRT" in found.rows("node")[0]["json"]


def test_without_a_date_a_reply_is_not_told_from_a_prompt_and_nobody_is_said_to_have_said_it(
    tmp_path: Path,
) -> None:
    found = bring(tmp_path, {f"{NAME}.html": page(card("Bad&nbsp;card<br><p>of some kind</p>"))})
    assert found.said("user") == [] and len(found.said("system")) == 1


@pytest.mark.parametrize(
    ("text", "moment", "quality"),
    [
        ("Jan 31, 2018, 10:54:50 PM", "2018-01-31T22:54:50Z", "local"),
        ("Jan 31, 2018, 12:54:50\u202fAM PST", "2018-01-31T08:54:50Z", "exact"),
        ("31 Jan 2018, 22:54:50 PST", "2018-01-31T22:54:50Z", "local"),
        ("18 Sept 2025, 12:02:52 CEST", "2025-09-18T10:02:52Z", "exact"),
        ("3.7.2026, 09:15:00 MESZ", "2026-07-03T07:15:00Z", "exact"),
        ("2026/07/03 9:15:00 JST", "2026-07-03T09:15:00Z", "local"),
        ("May 19, 2026, 7:07:02 PM GMT+05:30", "2026-05-19T13:37:02Z", "exact"),
        ("2026年6月19日 12:23:08 CST", None, None),
        ("4 juli 2026 09:15:00 CEST", None, None),
        ("31.31.2018, 22:54:50 CET", None, None),
        ("Jan 31, 2018, 29:54:50 PM", None, None),
    ],
)
def test_dates_are_read_only_where_their_words_are_known(
    text: str, moment: str | None, quality: str | None
) -> None:
    read = read_date(text)
    assert (None if read is None else read.quality.value) == quality
    if read is not None and moment is not None:
        assert read.us == round(datetime.fromisoformat(moment).timestamp() * 1e6)


def test_cards_are_cut_the_same_whatever_windows_the_page_comes_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards = [
        card(f"Prompted&nbsp;q{i}<br>May {i + 1}, 2026, 7:07:02 PM UTC<br><p>r{i}</p>") for i in range(9)
    ]
    files = {f"{NAME}.html": page(*cards)}
    whole = bring(tmp_path, files).said()
    for window in (1, 7, 64):
        monkeypatch.setattr("commonweal.intake.readers._activity.WINDOW", window)
        place = tmp_path / str(window)
        place.mkdir()
        assert bring(place, files).said() == whole


@pytest.mark.parametrize("window", [100, 1 << 20])
def test_a_card_too_long_is_listed_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: int
) -> None:
    monkeypatch.setattr("commonweal.intake.readers._activity.WINDOW", window)
    cards = [
        card(f"Prompted&nbsp;{text}<br>May 1, 2026, 7:07:02 PM UTC<br><p>r</p>")
        for text in ("a", "b" * 9_000, "c")
    ]
    found = bring(tmp_path, {f"{NAME}.html": page(*cards)}, limits=Limits(item_bytes=5_000))
    assert found.said("user") == ["a", "c"]
    assert any("longer than" in reason for _, reason in found.ledger.losses)


def test_the_examples_of_others_hold_no_conversations_and_say_so(tmp_path: Path) -> None:
    paths = list(FIXTURES.glob("gemini/takeout/**/MyActivity.html"))
    if not paths:
        pytest.skip("the examples are not here")
    with pytest.raises(InputError, match="no reader knows"):
        brought(paths[0], tmp_path / "archive")
    files = {
        "My Activity/Gemini Apps/MyActivity.json": [activity("Prompted Hello", 0, "<p>Hi</p>")],
        "My Activity/Chrome/MyActivity.html": paths[0].read_bytes(),
    }
    assert len(bring(tmp_path, files).rows("thread")) == 1


def test_any_spoilt_key_is_survived_with_every_value_accounted_for(tmp_path: Path) -> None:
    log = [
        activity("Prompted a", 2, "<p>1</p>", chat="abc"),
        activity("Prompted b", 1, "<p>2</p>", chat="abc"),
    ]
    survives_anything(tmp_path, [*log, activity("Used x", 0, attachedFiles=["a.png"])], "MyActivity.json")
