"""Mail: whose a mail is, mailboxes as streams, charsets, attachments, and mails that are broken."""

from __future__ import annotations

import hashlib
import io
import json
import mailbox
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.intake import Archive, import_export
from commonweal.intake.reader import Item
from commonweal.intake.readers._mail import header, parsed
from commonweal.intake.readers.mail import READER
from commonweal.intake.source import Member
from exports import bring, same_from_folder


def mail(
    number: int = 1, sender: str = "me <me@example.org>", text: str = "Hello.", **headers: str
) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = "Bea <bea@example.org>"
    message["Subject"] = f"Subject {number}"
    message["Date"] = "Tue, 01 Jul 2003 10:52:37 +0200"
    message["Message-ID"] = f"<{number}@example.org>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def box(tmp_path: Path, *messages: Any) -> bytes:
    """Write a mailbox with Python's own module."""
    place = tmp_path / "written.mbox"
    place.unlink(missing_ok=True)
    written = mailbox.mbox(place)
    for message in messages:
        written.add(message)
    written.flush()
    written.close()
    return place.read_bytes()


def test_the_owners_mails_are_read_and_others_refused(tmp_path: Path) -> None:
    data = box(tmp_path, mail(1), mail(2, "Bea <bea@example.org>"), mail(3, In_Reply_To="<2@example.org>"))
    found = bring(tmp_path, {"all.mbox": data})
    one, three = found.rows("work")
    assert (one["title"], one["text"].strip(), one["author"], one["mine"]) == (
        "Subject 1",
        "Hello.",
        "me",
        True,
    )
    assert (one["native_id"], one["kind"], one["visibility"]) == ("1@example.org", "mail", "private")
    assert (one["created_us"], one["time_quality"]) == (1057049557_000_000, "exact")
    assert three["in_reply_to"] == "2@example.org"
    assert {(p, n) for (p, r), n in found.ledger.losses.items() if "--include messages" in r} == {
        ("all.mbox", 1)
    }
    assert "Subject 2" not in json.dumps(found.rows("work") + found.rows("thread") + found.rows("loss"))
    asked = tmp_path / "asked"
    asked.mkdir()
    rows = bring(asked, {"all.mbox": data}, include=["messages"]).rows("work")
    assert [r["mine"] for r in rows] == [True, False, True]


@pytest.mark.parametrize(
    ("owner", "mine"),
    [
        ("me", {"1"}),
        ("ME@example.org", {"1"}),
        ("Ada, me@example.org", {"1"}),
        ("Bea Q. <bea@example.org>", {"2"}),
        ("nobody", set()),
    ],
)
def test_the_owner_is_known_by_name_or_address(tmp_path: Path, owner: str, mine: set[str]) -> None:
    source = tmp_path / "all.mbox"
    source.write_bytes(box(tmp_path, mail(1), mail(2, "Someone <bea@example.org>")))
    import_export(source, tmp_path / "archive", owner=owner)
    rows = Archive(tmp_path / "archive").table("work").to_pylist()
    assert {r["native_id"].split("@")[0] for r in rows} == mine


def test_what_gmail_labels_as_sent_is_the_owners(tmp_path: Path) -> None:
    sent = mail(1, "Ada <ada@example.org>", X_Gmail_Labels="Sent,Opened")
    assert bring(tmp_path, {"a.mbox": box(tmp_path, sent)}).rows("work")[0]["mine"]


def test_a_mailbox_that_python_wrote_comes_back_mail_by_mail(tmp_path: Path) -> None:
    texts = [f"From here on {i}.\n\nFrom there, at 10:52 of 2003\n\n\n" for i in range(20)]
    data = box(tmp_path, *(mail(i, text=text) for i, text in enumerate(texts)))
    member = Member("all.mbox", len(data), lambda: io.BytesIO(data))
    found = [item.data for item in READER.items(member) if isinstance(item, Item)]
    assert [parsed(mail)["text"] for mail in found] == texts


def test_a_mailbox_is_read_as_a_stream(tmp_path: Path) -> None:
    one = box(tmp_path, mail(1, text="x" * 60 + "\n" * 2_000))

    class Counting(io.BytesIO):
        seen = 0

        def read(self, size: int | None = -1) -> bytes:
            data = super().read(size)
            Counting.seen += len(data)
            return data

    member = Member("all.mbox", 0, lambda: Counting(one * 2_000))
    assert member.head
    Counting.seen = 0
    next(iter(READER.items(member)))
    assert Counting.seen < len(one) * 2_000 / 5


def test_files_of_one_mail_each_are_read(tmp_path: Path) -> None:
    files = {f"Maildir/cur/{i}:2,S": mail(i).as_bytes() for i in range(3)}
    assert [w["title"] for w in bring(tmp_path, files).rows("work")] == [f"Subject {i}" for i in range(3)]


def test_of_attachments_name_size_and_hash_are_kept(tmp_path: Path) -> None:
    message = mail(1)
    message.add_attachment(b"\x00\x01secret", maintype="application", subtype="pdf", filename="Über.pdf")
    found = bring(tmp_path, {"a.eml": message.as_bytes()})
    (kept,) = json.loads(found.rows("work")[0]["json"])["attachments"]
    assert kept == {
        "name": "Über.pdf",
        "type": "application/pdf",
        "bytes": 8,
        "sha256": hashlib.sha256(b"\x00\x01secret").hexdigest(),
    }
    assert ("a.eml: attachments", "attachments: their content is not kept") in found.ledger.losses


def test_html_alone_gives_plain_text(tmp_path: Path) -> None:
    message = mail(1)
    message.set_content("<p>Dear <b>Bea</b>,</p><p>yes.</p>", subtype="html")
    (row,) = bring(tmp_path, {"a.eml": message.as_bytes()}).rows("work")
    assert row["text"] == "Dear Bea,\n\nyes." and "<b>" in json.loads(row["json"])["html"]


TOP = b"From: me@example.org\r\nDate: Tue, 1 Jul 2003 10:52:37 +0200\r\n"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\ncaf\xe9", "café"),
        (b"Content-Type: text/plain; charset=utf-8\r\n\r\ncaf\xe9", "café"),
        (b"Content-Type: text/plain; charset=no-such\r\n\r\ncaf\xc3\xa9", "café"),
        (b"Content-Type: text/plain; charset=unicode_escape\r\n\r\n\\x41", "\\x41"),
        (b"\r\ncaf\xe9", "café"),
        (b"Content-Transfer-Encoding: base64\r\n\r\nY2Fmw6k=", "café"),
        (b"Content-Transfer-Encoding: quoted-printable\r\n\r\ncaf=C3=A9", "café"),
        (b"Content-Type: multipart/mixed; boundary=none\r\n\r\nno parts", "no parts"),
    ],
)
def test_faults_of_charset_and_form_cost_no_text(tmp_path: Path, data: bytes, text: str) -> None:
    (row,) = bring(tmp_path, {"a.eml": TOP + data}, include=["messages"]).rows("work")
    assert row["text"] == text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("=?utf-8?q?caf=C3=A9?= and =?iso-8859-1?b?Y2Fm6Q==?=", "café and café"),
        ("=?utf-8?b?broken", "=?utf-8?b?broken"),
        ("=?no-such?q?caf=C3=A9?=", "café"),
        ("folded\r\n\tover", "folded over"),
        ("plain", "plain"),
    ],
)
def test_headers_are_decoded(written: str, read: str) -> None:
    assert header(written) == read


@given(st.binary(max_size=2_000))
def test_any_bytes_are_survived(data: bytes) -> None:
    parsed(TOP + data)


def test_a_mail_nested_without_end_is_kept_whole(tmp_path: Path) -> None:
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(3_000)
    )
    found = bring(tmp_path, {"a.eml": TOP + deep}, include=["messages"])
    assert len(found.rows("work")) + len(found.rows("thread")) == 1


def test_a_folder_is_as_good_as_a_zip(tmp_path: Path) -> None:
    same_from_folder(
        tmp_path, {"a.mbox": box(tmp_path, mail(1), mail(2, "x@example.org")), "b.eml": mail(3).as_bytes()}
    )
