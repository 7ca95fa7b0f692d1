"""The deadline of a letter as a calendar file (RFC 5545)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, time, timedelta
from typing import Any

from commonweal.errors import MissingExtraError
from commonweal.intake.rights.kinds import LAWS
from commonweal.intake.rights.letter import Letter

WARN = timedelta(days=3)
"""How long before the deadline the alarm is."""


def to_ics(letter: Letter) -> bytes:
    """Return a calendar with the deadline: an event of a day, and a task with DUE, each with an alarm.

    Both, because calendars of phones and offices pass over tasks on import. Nothing personal is in it, and
    the same letter gives the same bytes.

    Raises
    ------
    MissingExtraError
        If icalendar is absent.
    """
    try:
        import icalendar
    except ImportError:
        raise MissingExtraError("icalendar", "intake", "a calendar file") from None
    calendar: Any = icalendar.Calendar()
    calendar.add("prodid", "-//Commonweal//rights//EN")
    calendar.add("version", "2.0")
    event: Any = icalendar.Event()
    event.add("dtstart", letter.due)
    event.add("dtend", letter.due + timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    task: Any = icalendar.Todo()
    task.add("dtstart", letter.sent)
    task.add("due", letter.due)
    task.add("status", "NEEDS-ACTION")
    for item, related in ((event, "START"), (task, "END")):
        item.add("uid", _uid(letter, item.name))
        item.add("dtstamp", datetime.combine(letter.sent, time(), UTC))
        item.add("summary", f"{letter.recipient.company}: answer due on {LAWS[letter.kind].title}")
        item.add("description", f"{letter.deadline.rule}. {letter.deadline.source}")
        alarm: Any = icalendar.Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", "An answer is due soon")
        alarm.add("trigger", -WARN, parameters={"RELATED": related})
        item.add_component(alarm)
        calendar.add_component(item)
    return bytes(calendar.to_ical())


def _uid(letter: Letter, part: str) -> str:
    content = "|".join((letter.recipient.slug, letter.kind, str(letter.sent), str(letter.due), part))
    return f"{hashlib.sha256(content.encode()).hexdigest()[:32]}@rights.commonweal"
