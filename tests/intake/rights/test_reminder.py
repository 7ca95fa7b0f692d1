"""The calendar file, read back by the library that others use."""

from __future__ import annotations

from datetime import date, timedelta

import icalendar
import pytest

from commonweal.intake.rights import Kind, to_ics

SENT = date(2026, 11, 21)


@pytest.mark.parametrize("kind", list(Kind))
def test_the_deadline_is_an_event_of_a_day_and_a_task_with_due(write, kind):
    letter = write(kind, sent=SENT)
    calendar = icalendar.Calendar.from_ical(to_ics(letter))
    [event] = calendar.walk("VEVENT")
    [task] = calendar.walk("VTODO")
    assert event.decoded("dtstart") == letter.due == task.decoded("due")
    assert event.decoded("dtend") == letter.due + timedelta(days=1)
    for item in (event, task):
        assert "Acme Ltd" in item["summary"]
        assert letter.deadline.source in item["description"]


def test_the_alarm_is_three_days_before(write):
    letter = write(sent=SENT)
    calendar = icalendar.Calendar.from_ical(to_ics(letter))
    for item in (*calendar.walk("VEVENT"), *calendar.walk("VTODO")):
        [alarm] = item.walk("VALARM")
        assert alarm.decoded("trigger") == timedelta(days=-3)
        [when] = item.alarms.times
        moment = when.trigger
        assert (moment.date() if hasattr(moment, "date") else moment) == letter.due - timedelta(days=3)


def test_the_same_letter_gives_the_same_bytes_and_another_another_uid(write):
    assert to_ics(write(sent=SENT)) == to_ics(write(sent=SENT))
    uids = set()
    for kind in Kind:
        for sent in (SENT, SENT + timedelta(days=1)):
            calendar = icalendar.Calendar.from_ical(to_ics(write(kind, sent=sent)))
            uids |= {str(c["uid"]) for c in calendar.subcomponents}
    assert len(uids) == len(Kind) * 2 * 2


def test_nothing_of_the_writer_is_in_the_calendar(write):
    content = to_ics(write(Kind.OBJECTION, sent=SENT)).decode().replace("\r\n ", "")
    for personal in ("Ada", "ada@", "Side Street", "own name"):
        assert personal not in content
