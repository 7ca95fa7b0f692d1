"""Microsoft Copilot's exports from the privacy dashboard: CSV files without ids, newest first.

A prompt and its reply often share one time, so rows are never sorted: a file's order is turned round where
its times fall, and left as it is where they rise. Rows of one conversation need not stand together: its name
gathers them. Structure as published for exports of 2026.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import msgspec

from commonweal.intake.reader import Claim, Context, Item, Reader
from commonweal.intake.readers._csv import header, rows
from commonweal.intake.records import Lost, Node, Part, PartKind, Record, Role, Thread
from commonweal.intake.source import Member, Tree
from commonweal.intake.times import Time, time


@dataclass(frozen=True)
class Form:
    """Names of the columns of one of the files."""

    key: str
    title: str
    time: str
    text: str
    author: str = ""

    @property
    def columns(self) -> set[str]:
        """All of them."""
        return {self.title, self.time, self.text, self.author} - {""}


FORMS = (
    Form("copilot", "Conversation", "Time", "Message", "Author"),
    Form("m365", "ChatName", "CreatedAt", "MessageContent", "Author"),
    Form("windows", "ClientApp", "Timestamp", "Prompt"),
)
ROLES = {
    **dict.fromkeys(("human", "user", "you"), Role.USER),
    **dict.fromkeys(("ai", "assistant", "bot", "copilot", "microsoft copilot"), Role.ASSISTANT),
    **dict.fromkeys(("api_tool", "tool"), Role.TOOL),
    "system": Role.SYSTEM,
}
AMERICAN = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2}):(\d\d):(\d\d)(?: ([AP]M))?(?: ([+-]\d\d:\d\d))?"
)


class Copilot(Reader):
    """Copilot conversations, of the consumer service, of Microsoft 365 and of Windows."""

    NAME = "copilot"
    TITLE = "Copilot (Microsoft)"
    TRIED = ""
    NOTES = (
        "The CSV files of the privacy dashboard: activity history, chat activity, Microsoft 365 apps, "
        "Windows apps (prompts alone). They hold no ids: conversations of one name are one here. "
        "Times of the activity history have no zone. Pictures, files and citations are not in the export."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim CSV files with exactly the columns of a form."""
        claim = Claim(read=[m.path for m in tree if _form(m) is not None])
        seen: dict[str, int] = {}
        claim.context = {}
        for path in claim.read:
            form = _form(tree.members[path])
            assert form is not None
            seen[form.key] = seen.get(form.key, 0) + 1
            claim.context[path] = form.key if seen[form.key] == 1 else f"{form.key}-{seen[form.key]}"
        return claim

    def items(self, member: Member) -> Iterator[Item | Lost]:
        """Yield conversations, oldest first; rows wait in a temporary database, whatever their number."""
        form = _form(member)
        assert form is not None
        with closing(sqlite3.connect("")) as waiting:
            waiting.execute("create table row (title text, content text)")
            for row in rows(member):
                if isinstance(row, Lost):
                    yield row
                    continue
                title = msgspec.json.decode(row.data).get(form.title, "")
                waiting.execute("insert into row values (?, ?)", (title, row.data.decode()))
            waiting.execute("create index by_title on row (title)")
            yield from _gathered(waiting, form, member.path)

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield a conversation."""
        form = next(form for form in FORMS if form.key in raw)
        said = raw[form.key]
        title = said[0].get(form.title) or ""
        label = context.claimed[context.path]
        yield Thread(
            key=f"{label}: {title}",
            title=title or None,
            nodes=[_message(row, form) for row in said],
            seen=len(said),
            chain=True,
            json={"file": label},
        )


def _form(member: Member) -> Form | None:
    """Return the form whose columns a CSV file has."""
    names = header(member)
    return next((form for form in FORMS if form.columns == names), None)


def _gathered(waiting: sqlite3.Connection, form: Form, path: str) -> Iterator[Item]:
    """Yield the rows of each name as one item."""
    turned = _newest_first(waiting, form)
    place, order = ("max(rowid) desc", "desc") if turned else ("min(rowid)", "asc")
    titles = waiting.execute(f"select title from row group by title order by {place}").fetchall()
    select = f"select content from row where title = ? order by rowid {order}"
    for number, (title,) in enumerate(titles):
        content = ",".join(row for (row,) in waiting.execute(select, (title,)))
        yield Item(f"{path}[{number}]", f'{{"{form.key}":[{content}]}}'.encode())


def _newest_first(waiting: sqlite3.Connection, form: Form) -> bool:
    """Return whether times fall from the first row to the last; of one time, whether a reply comes first."""
    ends = "select content from row where rowid in (1, (select max(rowid) from row)) order by rowid"
    found = [msgspec.json.decode(row) for (row,) in waiting.execute(ends)] or [{}]
    one, two = _time(found[0].get(form.time)), _time(found[-1].get(form.time))
    if one is None or two is None or one.us == two.us:
        return _role(found[0], form) is Role.ASSISTANT
    return one.us > two.us


def _message(row: dict[str, Any], form: Form) -> Node:
    taken = {form.title, form.text}
    moment = _time(row.get(form.time))
    if moment is not None and time(row[form.time]) is not None:
        taken.add(form.time)
    text = row.get(form.text) or ""
    return Node(
        key="",
        role=_role(row, form),
        parts=[Part(PartKind.TEXT, text)] if text else [],
        created=moment,
        json={key: value for key, value in row.items() if key not in taken} or None,
    )


def _role(row: dict[str, Any], form: Form) -> Role:
    author = row.get(form.author) if form.author else "user"
    return ROLES.get(author.strip().lower(), Role.OTHER) if isinstance(author, str) else Role.OTHER


def _time(value: Any) -> Time | None:
    """Return the moment of ISO 8601, or as Microsoft 365 writes it: `2/17/2026 14:36:11 +00:00`."""
    found = AMERICAN.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return time(value)
    month, day, year, hour, minute, second, half, zone = found.groups()
    hours = int(hour) if half is None else int(hour) % 12 + 12 * (half == "PM")
    return time(f"{year}-{month:0>2}-{day:0>2}T{hours:02}:{minute}:{second}{zone or ''}")


READER = Copilot()
