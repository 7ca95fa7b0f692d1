"""Mail: mailboxes in one file (mbox), and a file a mail (eml, maildir)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import getaddresses
from typing import Any

from commonweal.intake.reader import Claim, Context, Item, Reader
from commonweal.intake.readers._html import html_text
from commonweal.intake.readers._mail import parsed
from commonweal.intake.readers._person import is_person, written
from commonweal.intake.records import Lost, Record, Work, WorkKind
from commonweal.intake.source import Member, Tree

BEGIN = re.compile(rb"From \S+ .*\d\d:\d\d.*\d{4}\s*$|From \S+ .*\d{4}.*\d\d:\d\d\s*$")
"""The line before each mail of an mbox: sender and date, which no sentence that begins with "From" has."""
QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
HEADER = re.compile(rb"^([A-Za-z][A-Za-z0-9-]*):", re.MULTILINE)
TELLING = {b"date", b"message-id", b"received", b"return-path", b"delivered-to", b"mime-version"}
IDS = re.compile(r"<([^<>\s]+)>")


class Mail(Reader):
    """Mails, each a work of who sent it."""

    NAME = "mail"
    TITLE = "Mail (mbox, as of Google Takeout and Thunderbird; eml; maildir)"
    TRIED = ""
    NOTES = (
        "Mails whose From is the name or address that --as gives (several with commas between), and those "
        "that Gmail labels as sent, are yours. All others are other people's messages: refused unless asked "
        "for with --include messages. What you quote of others stays in your text. Of attachments the names, "
        "types, sizes and hashes are kept, not the content."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim files that begin with the headers of a mail."""
        claim = Claim(read=[m.path for m in tree if m.kind == "mail" and _is_mail(m.head)])
        claim.context = {"others": "messages" in include}
        return claim

    def items(self, member: Member) -> Iterator[Item | Lost]:
        """Yield mails as they are."""
        if not member.head.startswith(b"From "):
            yield Item(member.path, member.read())
            return
        for number, data in enumerate(_cut(member)):
            where = f"{member.path}[{number}]"
            limit = member.limits.item_bytes
            yield Item(where, data) if data is not None else Lost(where, f"longer than {limit:,} bytes")

    def decode(self, data: Any) -> Any:
        """Return a mail as plain values."""
        return parsed(data) if isinstance(data, bytes) else data

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield a mail, if the owner sent it or others' are asked for."""
        headers = {name.casefold(): value for name, value in reversed(raw["headers"])}  # the first counts
        author, address = _sender(headers)
        labels = {label.strip() for label in headers.get("x-gmail-labels", "").split(",")}
        mine = is_person(context.owner, author, address) or "Sent" in labels
        if not mine and not context.claimed["others"]:
            yield Lost("", "mails of other people: not read unless asked for with --include messages")
            return
        attachments = raw.get("attachments") or []
        if attachments:
            yield Lost("attachments", "attachments: their content is not kept", len(attachments))
        answers = IDS.search(headers.get("in-reply-to", "")) or _last(headers.get("references", ""))
        key = IDS.search(headers.get("message-id", ""))
        yield Work(
            key=key[1] if key else "",
            kind=WorkKind.MAIL,
            text=raw.get("text") or html_text(raw.get("html") or ""),
            mine=mine,
            title=headers.get("subject") or None,
            author=author or address or None,
            visibility="draft" if labels & {"Drafts", "Draft"} else "private",
            in_reply_to=answers[1] if answers else None,
            language=headers.get("content-language") or None,
            created=written(headers.get("date")),
            json={k: v for k, v in raw.items() if k != "text"},
        )


def _is_mail(head: bytes) -> bool:
    top = re.split(rb"\r?\n\r?\n", head.lstrip()[:65_536], maxsplit=1)[0]
    names = {name.lower() for name in HEADER.findall(top)}
    return b"from" in names and bool(names & TELLING)


def _cut(member: Member) -> Iterator[bytes | None]:
    """Yield an mbox's mails, without the lines between them; None for one that is too long."""
    limit = member.limits.item_bytes
    held: list[bytes] = []
    size, blank, begun = 0, True, False
    with member.open() as stream:
        while line := stream.readline(1 << 20):
            if blank and line.startswith(b"From ") and BEGIN.match(line):
                if begun:
                    yield _whole(held, size, limit)
                held, size, begun = [], 0, True
                continue
            size += len(line)
            if size <= limit:
                held.append(line)
            blank = not line.strip()
    if begun or held:
        yield _whole(held, size, limit)


def _whole(held: list[bytes], size: int, limit: int) -> bytes | None:
    if size > limit:
        return None
    if len(held) > 1 and not held[-1].strip():
        held.pop()  # the empty line before the next mail belongs to the mailbox
    return QUOTED.sub(rb"\1", b"".join(held))


def _sender(headers: dict[str, str]) -> tuple[str, str]:
    """Return name and address of who wrote a mail."""
    for name, address in getaddresses([headers.get("from", "")]):
        if name or address:
            return name, address
    return "", ""


def _last(references: str) -> re.Match[str] | None:
    """Return the last of the mails that one answers, the nearest."""
    found = list(IDS.finditer(references))
    return found[-1] if found else None


READER = Mail()
