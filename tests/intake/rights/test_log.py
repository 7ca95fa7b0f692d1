"""The log: added to line by line, nothing personal, read back as requests and how they stand."""

from __future__ import annotations

import json
import threading
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.intake.rights import Kind, append, mark, read_log

SENT = date(2026, 11, 21)


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log.jsonl"


def test_a_letter_becomes_an_open_request_with_its_deadline(write, log):
    letter = write(Kind.ERASURE, sent=SENT)
    entry = append(log, letter, log.parent / "letters" / "a.md")
    assert read_log(log) == (entry,)
    assert (entry.n, entry.service, entry.kind, entry.asked, entry.due) == (
        1,
        "acme",
        "erasure",
        SENT,
        letter.due,
    )
    assert (entry.letter, entry.status, entry.on) == ("letters/a.md", "open", None)


def test_nothing_of_the_writer_is_in_the_log(write, log):
    append(log, write(Kind.OBJECTION, sent=SENT), log.parent / "a.md")
    kept = json.loads(log.read_text())
    assert set(kept) == {"line", "service", "kind", "asked", "due", "letter"}
    for personal in ("Ada", "ada@", "Side Street", "own name"):
        assert personal not in log.read_text()


def test_of_a_letter_elsewhere_only_the_name_is_kept_for_a_path_may_name_a_person(write, log, tmp_path):
    folder = tmp_path / "logs"
    folder.mkdir()
    entry = append(folder / "l.jsonl", write(sent=SENT), tmp_path / "ada-example" / "a.md")
    assert entry.letter == "a.md"
    assert "ada-example" not in (folder / "l.jsonl").read_text()


def test_only_the_owner_can_read_a_new_log(write, log):
    append(log, write(sent=SENT), "a.md")
    assert log.stat().st_mode & 0o077 == 0


def test_what_became_of_a_request_is_added_and_can_be_taken_back(write, log):
    for name in ("a.md", "b.md"):
        append(log, write(sent=SENT), log.parent / name)
    assert mark(log, 2, "answered", date(2026, 12, 1)).on == date(2026, 12, 1)
    assert [e.status for e in read_log(log)] == ["open", "answered"]
    assert mark(log, 2, "open", date(2026, 12, 2)).on is None
    assert mark(log, 1, "refused", date(2026, 12, 3)).status == "refused"
    assert len(log.read_text().splitlines()) == 5


@given(late=st.integers(-60, 60), status=st.sampled_from(["open", "answered", "refused"]))
def test_a_request_is_overdue_when_it_is_open_after_its_last_day(tmp_path_factory, write, late, status):
    log = tmp_path_factory.mktemp("log") / "log.jsonl"
    entry = append(log, write(sent=SENT), "a.md")
    entry = mark(log, 1, status, SENT)
    assert entry.overdue(entry.due + timedelta(days=late)) == (status == "open" and late > 0)


def test_requests_added_at_once_are_all_there(write, log):
    letters = [write(kind, sent=SENT + timedelta(days=n)) for kind in Kind for n in range(5)]
    threads = [threading.Thread(target=append, args=(log, letter, "a.md")) for letter in letters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = read_log(log)
    assert [e.n for e in found] == list(range(1, len(letters) + 1))
    assert {(e.kind, e.asked) for e in found} == {(x.kind, x.sent) for x in letters}


def test_a_log_edited_by_hand_without_a_last_line_break_is_still_added_to(write, log):
    append(log, write(sent=SENT), "a.md")
    log.write_text(log.read_text().rstrip("\n"))
    append(log, write(Kind.ERASURE, sent=SENT), "b.md")
    assert [e.kind for e in read_log(log)] == ["access", "erasure"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2"),
        ('{"line":"asked","service":"x"}', "missing required field `kind`"),
        ('{"line":"became","n":7,"status":"answered","on":"2026-12-01"}', "no request 7"),
        ('{"line":"became","n":1,"status":"lost","on":"2026-12-01"}', "lost"),
        (
            '{"line":"asked","service":"x","kind":"access","asked":"2026-11-21","due":"soon","letter":"a"}',
            "due",
        ),
    ],
    ids=["no JSON", "a field missing", "no such request", "no such status", "no date"],
)
def test_a_line_that_cannot_be_read_is_named_and_nothing_is_added(write, log, line, said):
    append(log, write(sent=SENT), "a.md")
    log.write_text(log.read_text() + line + "\n")
    before = log.read_bytes()
    with pytest.raises(InputError, match=said) as error:
        read_log(log)
    assert error.value.where.endswith("line 2")
    with pytest.raises(InputError):
        append(log, write(sent=SENT), "b.md")
    with pytest.raises(InputError):
        mark(log, 1, "answered", SENT)
    assert log.read_bytes() == before


def test_marking_what_is_not_there_is_refused(write, log):
    with pytest.raises(InputError, match="can't be read"):
        mark(log, 1, "answered", SENT)
    append(log, write(sent=SENT), "a.md")
    for n in (0, 2, -1):
        with pytest.raises(InputError, match=f"no request {n}"):
            mark(log, n, "answered", SENT)
