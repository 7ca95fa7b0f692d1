"""Stack Exchange's data dump: a `Posts.xml` for each site, a row for each question, answer and wiki page.

Source: "Database schema documentation for the public data dump and SEDE", meta.stackexchange.com/q/2677;
licences by date: stackoverflow.com/help/licensing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from commonweal.intake.reader import Claim, Context, Item, Reader
from commonweal.intake.readers._html import html_text
from commonweal.intake.readers._person import is_person
from commonweal.intake.readers._xml import elements
from commonweal.intake.records import Lost, Record, Work, WorkKind, rest
from commonweal.intake.source import Member, Tree
from commonweal.intake.times import time

ROOT = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?<(\w+)\s*>\s*(?=<row ([^>]*))")
READ = {b"posts": (b"PostTypeId=", b"Body="), b"comments": (b"PostId=", b"Text=")}
LEFT = {
    b"posthistory": "earlier versions of the posts: the latest is read",
    b"users": "profiles: works name their authors by number",
    b"votes": "votes: no works",
    b"badges": "badges: no works",
    b"tags": "a list of tags: posts carry theirs",
    b"postlinks": "links between posts: no works",
}
LICENCES = (("2018-05-02", "CC-BY-SA-4.0"), ("2011-04-08", "CC-BY-SA-3.0"), ("", "CC-BY-SA-2.5"))
"""From which day on what is contributed is under which licence."""
SITE = re.compile(
    r"(?:^|/)((?:[\w-]+\.)*(?:stackexchange\.com|stackoverflow\.com|superuser\.com|serverfault\.com"
    r"|askubuntu\.com|mathoverflow\.net|stackapps\.com))/"
)


class StackExchange(Reader):
    """Questions, answers and comments of a Stack Exchange site."""

    NAME = "stackexchange"
    TITLE = "Stack Exchange (data dump)"
    TRIED = "Posts.xml of beer.stackexchange.com and quantumcomputing.stackexchange.com"
    NOTES = (
        "The dump holds the posts of everyone on a site. Yours are those whose author's number (or name, "
        "for accounts that are gone) --as gives; all others are kept as works of others. The licence is "
        "the one that each row names; older dumps name none, and it goes by the date of the last edit "
        "then, as the site's terms say. Addresses are known where a folder is named after the site."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim XML of rows with the attributes of posts or comments, and the dump's tables beside it."""
        tables = {m.path: found for m in tree if m.kind == "xml" and (found := ROOT.match(m.head))}
        claim = Claim()
        for path, table in tables.items():
            if all(key in table[2] for key in READ.get(table[1], (b"\0",))):
                claim.read.append(path)
        folders = {path.rpartition("/")[0] for path in claim.read}
        for path, table in tables.items():
            if table[1] in LEFT and path.rpartition("/")[0] in folders:
                claim.left[path] = LEFT[table[1]]
        return claim

    def items(self, member: Member) -> Iterator[Item | Lost]:
        """Yield rows, as objects of their attributes."""
        found = ROOT.match(member.head)
        assert found is not None  # or it would not have been claimed
        for number, row in enumerate(elements(member, found[1].decode(), "row")):
            if isinstance(row, Lost):
                yield row
            else:
                yield Item(f"{member.path}[{number}]", msgspec.json.encode(dict(row.attrib)))

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield a question, an answer, a wiki page or a comment."""
        site = found[1] if (found := SITE.search(context.path)) else None
        yield _comment(raw, context.owner) if "PostId" in raw else _post(raw, site, context.owner)


def _post(raw: dict[str, str], site: str | None, owner: str) -> Work:
    """Map a post; its `Body` is HTML, and stays in `json`."""
    author = "OwnerUserId" if "OwnerUserId" in raw else "OwnerDisplayName"
    key = raw.get("Id", "")
    answer = "ParentId" in raw
    return Work(
        key=key,
        kind=WorkKind.POST,
        text=html_text(raw.get("Body", "")),
        mine=_mine(owner, raw.get("OwnerUserId"), raw.get("OwnerDisplayName")),
        title=raw.get("Title"),
        url=f"https://{site}/{'a' if answer else 'q'}/{key}" if site and key else None,
        author=raw.get(author),
        license=_license(raw, "LastEditDate", "CreationDate"),
        visibility="public",
        in_reply_to=raw.get("ParentId"),
        created=time(_utc(raw, "CreationDate")),
        json=rest(raw, "Id", "Title", author, *_taken(raw, "ParentId")),
    )


def _comment(raw: dict[str, str], owner: str) -> Work:
    """Map a comment; its `Text` is plain, with a little Markdown."""
    author = "UserId" if "UserId" in raw else "UserDisplayName"
    return Work(
        key=raw.get("Id", ""),
        kind=WorkKind.COMMENT,
        text=raw.get("Text", ""),
        mine=_mine(owner, raw.get("UserId"), raw.get("UserDisplayName")),
        author=raw.get(author),
        license=_license(raw, "CreationDate"),
        visibility="public",
        in_reply_to=raw["PostId"],
        created=time(_utc(raw, "CreationDate")),
        json=rest(raw, "Id", "Text", author, *_taken(raw, "PostId")),
    )


def _taken(raw: dict[str, str], parent: str) -> list[str]:
    """Return the keys whose values went to columns as they are."""
    return [parent] if time(_utc(raw, "CreationDate")) is None else [parent, "CreationDate"]


def _utc(raw: dict[str, str], key: str) -> str | None:
    """Return a time of a row with its zone, which the dump leaves out: its times are all in UTC."""
    text = raw.get(key)
    return f"{text}Z" if text and text[-1:].isdigit() and "T" in text else text


def _license(raw: dict[str, str], *dates: str) -> str | None:
    """Return the SPDX id of what the row names ("CC BY-SA 4.0"), or of what goes by its date."""
    if named := raw.get("ContentLicense"):
        return named.replace(" ", "-")
    day = next((raw[key][:10] for key in dates if raw.get(key)), None)
    return None if day is None else next(spdx for since, spdx in LICENCES if day >= since)


def _mine(owner: str, number: str | None, name: str | None) -> bool:
    return is_person(owner, number, name)


READER = StackExchange()
