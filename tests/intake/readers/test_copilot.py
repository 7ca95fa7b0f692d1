"""Copilot: newest first, one time for prompt and reply, names for ids, three forms of CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exports import NOT_KEPT, bring, brought, same_from_folder

EXAMPLES = Path(__file__).resolve().parents[3].parent / "shared" / "fixtures"
CONSUMER = ["Conversation", "Time", "Author", "Message"]
M365 = ["CreatedAt", "MessageContent", "Author", "ChatName"]


def table(header: list[str], *rows: tuple[str, ...]) -> bytes:
    """Write a CSV as Microsoft does: with a byte order mark, CRLF, and all values in quotes."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerows(rows)
    return b"\xef\xbb\xbf" + (",".join(header) + "\r\n" + out.getvalue()).encode()


LETTERS = st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t")
WORDS = st.text(LETTERS, min_size=1, max_size=20)
ROWS = [
    ("Soup, please", "2026-07-26T23:25:10", "AI", 'Simmer.\n\n"Long".'),
    ("Soup, please", "2026-07-26T23:25:10", "Human", "And then?"),
    ("Gears", "2026-07-20T10:00:00", "AI", "Teeth."),
    ("Gears", "2026-07-20T10:00:00", "Human", "How?"),
    ("Soup, please", "2026-07-01T09:00:00", "AI", "Chop."),
    ("Soup, please", "2026-07-01T09:00:00", "Human", "Soup?"),
]


def test_the_order_of_the_file_is_turned_and_rows_of_one_name_are_one_conversation(tmp_path: Path) -> None:
    found = bring(tmp_path, {"copilot-activity-history.csv": table(CONSUMER, *ROWS)})
    assert [t["title"] for t in found.rows("thread")] == ["Soup, please", "Gears"]
    assert found.said() == ["Soup?", "Chop.", "And then?", 'Simmer.\n\n"Long".', "How?", "Teeth."]
    assert found.said("user") == ["Soup?", "And then?", "How?"]
    assert {n["time_quality"] for n in found.rows("node")} == {"local"}
    assert found.ledger.losses == {}
    same_from_folder(tmp_path, {"copilot-activity-history.csv": table(CONSUMER, *ROWS)})


def test_a_file_whose_times_rise_is_left_in_its_order(tmp_path: Path) -> None:
    found = bring(tmp_path, {"a.csv": table(CONSUMER, *reversed(ROWS))})
    assert found.said() == ["Soup?", "Chop.", "And then?", 'Simmer.\n\n"Long".', "How?", "Teeth."]


def test_one_prompt_and_its_reply_come_out_in_that_order_from_either(tmp_path: Path) -> None:
    for number, rows in enumerate((ROWS[2:4], ROWS[3:1:-1])):
        place = tmp_path / str(number)
        place.mkdir()
        assert bring(place, {"a.csv": table(CONSUMER, *rows)}).said() == ["How?", "Teeth."]


def test_the_files_of_microsoft_365_and_of_windows_are_read_beside_it(tmp_path: Path) -> None:
    files = {
        "copilot-activity-history.csv": table(CONSUMER, *ROWS),
        "copilot-chat-activity.csv": table(
            M365,
            ("7/20/2026 2:00:01 PM +02:00", "Answer", "bot", "Gears"),
            ("7/20/2026 2:00:00 PM +02:00", "Query", "user", "Gears"),
        ),
        "copilot-in-Microsoft-365-apps-activity.csv": table(
            M365, ("1/2/2026 10:00:00 +00:00", "Found", "api_tool", "Gears")
        ),
        "windows-apps-copilot-activity-history.csv": table(
            ["Timestamp", "ClientApp", "Prompt"], ("2026-07-01T00:00:00Z", "Notepad", "Shorten.")
        ),
        "empty.csv": table(M365),
    }
    found = bring(tmp_path, files)
    assert [t["title"] for t in found.rows("thread")] == [
        "Soup, please",
        "Gears",
        "Gears",
        "Gears",
        "Notepad",
    ]
    assert found.said("tool") == ["Found"]
    m365 = [
        n for n in found.rows("node") if n["created_us"] in (1_784_548_800_000_000, 1_784_548_801_000_000)
    ]
    assert len(m365) == 2
    assert found.ledger.losses == {}


def test_rows_with_too_many_columns_or_too_few_keep_all_they_have(tmp_path: Path) -> None:
    data = table(
        CONSUMER, *ROWS[:2], ("Soup, please", "2026-07-01T09:00:00", "Human", "Soup?", "more"), ("Gears",)
    )
    found = bring(tmp_path, {"a.csv": data})
    assert len(found.rows("node")) == 4
    assert any('"more"' in (n["json"] or "") for n in found.rows("node"))


def test_an_author_of_no_known_name_is_another(tmp_path: Path) -> None:
    found = bring(tmp_path, {"a.csv": table(CONSUMER, ("G", "2026-07-01T09:00:00", "A. Smith", "Hello."))})
    assert [n["role"] for n in found.rows("node")] == ["other"]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["A", "B, b", ""]), st.sampled_from(["Human", "AI"]), WORDS),
        min_size=1,
        max_size=8,
    )
)
def test_every_row_comes_out_once_in_turned_order(
    tmp_path_factory: Any, rows: list[tuple[str, str, str]]
) -> None:
    """Against a grouping written plainly: by name, in the order turned, conversations by their oldest row."""
    stamped = [(t, f"2026-07-01T09:00:{59 - i:02}", a, m) for i, (t, a, m) in enumerate(rows)]
    if len(rows) == 1 and rows[0][1] != "AI":
        stamped = stamped[::-1]
    groups: dict[str, list[str]] = {}
    for title, _, _, text in reversed(stamped):
        groups.setdefault(title, []).append(text)
    found = bring(tmp_path_factory.mktemp("x"), {"a.csv": table(CONSUMER, *stamped)})
    assert found.said() == [text for texts in groups.values() for text in texts]


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the examples are not here")
def test_the_examples_of_others_are_read_with_nothing_unaccounted_for(tmp_path: Path) -> None:
    found = brought(EXAMPLES / "copilot/copilot-activity-history.csv", tmp_path / "archive")
    assert found.said("user")[:2] == ["quick soup?", "what does --no-git-tag-version do?"]
    assert len(found.rows("node")) == 6
    assert not any(reason == NOT_KEPT for _, reason in found.ledger.losses)
