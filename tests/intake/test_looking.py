"""What an archive shows: words found, counts, conversations to read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.intake import Archive
from commonweal.intake.search import search
from commonweal.intake.show import conversation, overview
from commonweal.intake.stats import stats
from exports import bring

SAID = ("Why is the Sky blue?", "It scatters. \u00dcber allem: blue light more.", "sky")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    nodes: dict[str, Any] = {}
    for i, text in enumerate(SAID):
        role = "assistant" if i == 1 else "user"
        message = {"author": {"role": role}, "content": {"content_type": "text", "parts": [text]}}
        message["create_time"] = 1_600_000_000 + i * 40_000_000 if i else None
        nodes[f"n{i}"] = {
            "id": f"n{i}",
            "parent": f"n{i - 1}" if i else None,
            "children": [],
            "message": message,
        }
    talk = {
        "id": "a",
        "title": "On the sky",
        "create_time": 1_600_000_000,
        "mapping": nodes,
        "current_node": "n2",
    }
    other = {"id": "b", "title": None, "mapping": {}}
    return bring(tmp_path_factory.mktemp("looking"), {"c.json": [talk, other]}).archive


def test_words_are_found_whatever_their_case_with_their_conversation(archive: Archive) -> None:
    hits, total = search(archive, "SKY")
    assert total == 3
    assert [(h.relation, h.before + h.found + h.after) for h in hits] == [
        ("part", SAID[0]), ("part", SAID[2]), ("thread", "On the sky"),
    ]  # fmt: skip
    assert {h.title for h in hits} == {"On the sky"}
    assert {h.thread_id for h in hits} == {conversation(archive, hits[0].thread_id or "")["id"]}


def test_case_counts_when_asked(archive: Archive) -> None:
    assert search(archive, "Sky", exact_case=True)[1] == 1


def test_a_limit_bounds_what_is_shown_and_not_what_is_counted(archive: Archive) -> None:
    hits, total = search(archive, "sky", limit=1)
    assert (len(hits), total) == (1, 3)


@given(st.text(min_size=1, max_size=5))
def test_search_finds_what_a_plain_look_finds(archive: Archive, words: str) -> None:
    texts = [*SAID, "On the sky"]
    if not words.strip():
        with pytest.raises(InputError, match="nothing to look for"):
            search(archive, words)
        return
    assert search(archive, words, exact_case=True)[1] == sum(words in text for text in texts)


def test_stats_count_by_role_kind_and_year(archive: Archive) -> None:
    told = stats(archive)
    assert told["nodes"] == {"user": 2, "assistant": 1}
    assert told["characters"] == {"user": len(SAID[0]) + len(SAID[2]), "assistant": len(SAID[1])}
    assert told["years"] == {"2021": 1, "2023": 1}
    assert (told["undated"], told["first"], told["last"]) == (1, "2021-12-20", "2023-03-28")


def test_a_conversation_is_shown_in_order_and_found_by_the_first_letters_of_its_id(archive: Archive) -> None:
    key = overview(archive)["threads"][0]["id"]
    told = conversation(archive, key[:10])
    assert [n["parts"][0]["text"] for n in told["nodes"]] == list(SAID)
    with pytest.raises(InputError, match="no such conversation"):
        conversation(archive, "zz")
    with pytest.raises(InputError, match="2 conversations"):
        conversation(archive, "")


def test_the_overview_lists_undated_ones_last(archive: Archive) -> None:
    assert [t["title"] for t in overview(archive)["threads"]] == ["On the sky", None]
