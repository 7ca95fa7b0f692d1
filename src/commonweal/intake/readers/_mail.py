"""A mail as plain values, however broken: headers decoded, bodies as text, attachments by name."""

from __future__ import annotations

import codecs
import hashlib
import re
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from typing import Any

FOLD = re.compile(r"\r?\n[ \t]+")
NO_CHARSETS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"})
"""Codecs of Python that are no charsets of mails."""


def parsed(data: bytes) -> dict[str, Any]:
    """Return a mail's `headers` as pairs, its `text` and `html`, and its `attachments`.

    Attachments are named, with media type, size and SHA-256; a mail within the mail is one.
    """
    message = message_from_bytes(data)
    found: dict[str, Any] = {"headers": [[name, header(value)] for name, value in message.raw_items()]}
    text: list[str] = []
    html: list[str] = []
    attachments: list[dict[str, Any]] = []
    _walk(message, text, html, attachments)
    if text:
        found["text"] = "\n\n".join(text)
    if html:
        found["html"] = "\n".join(html)
    if attachments:
        found["attachments"] = attachments
    return found


def _walk(part: Message, text: list[str], html: list[str], attachments: list[dict[str, Any]]) -> None:
    kind = part.get_content_type()
    inner = part.get_payload()
    if kind.startswith("multipart/") and isinstance(inner, list):
        for child in inner:
            if isinstance(child, Message):
                _walk(child, text, html, attachments)
        return
    if kind == "message/rfc822":
        data = (
            b"".join(m.as_bytes() for m in inner if isinstance(m, Message))
            if isinstance(inner, list)
            else b""
        )
    else:
        payload = part.get_payload(decode=True)
        data = payload if isinstance(payload, bytes) else b""
    kept = part.get_content_disposition() != "attachment" and part.get_filename() is None
    if kept and kind == "text/html":
        html.append(_text(data, part))
    elif kept and (kind.startswith("text/") or kind.startswith("multipart/")):
        text.append(_text(data, part))
    else:
        name = part.get_filename()
        attachments.append({
            "name": header(name) if isinstance(name, str) else None,
            "type": kind,
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        })  # fmt: skip


def _text(data: bytes, part: Message) -> str:
    try:
        charset = part.get_content_charset()
    except (LookupError, ValueError, UnicodeError):
        charset = None
    return decoded(data, charset).replace("\r\n", "\n")


def decoded(data: bytes, charset: str | None) -> str:
    """Return text in the charset that a mail declares, or where that fails in UTF-8 or Windows-1252."""
    for name in (charset, "utf-8"):
        try:
            if name and codecs.lookup(name).name not in NO_CHARSETS:
                return data.decode(name)
        except (LookupError, ValueError):
            continue
    return data.decode("cp1252", errors="replace")


def header(value: Any) -> str:
    """Return a header's value unfolded and decoded; one that can't be, as it is written."""
    plain = FOLD.sub(" ", str(value)).strip()
    plain = decoded(plain.encode("utf-8", errors="surrogateescape"), None)
    if "=?" not in plain:
        return plain
    try:
        pieces = decode_header(plain)
    except (HeaderParseError, ValueError, LookupError):
        return plain
    return "".join(p if isinstance(p, str) else decoded(p, charset) for p, charset in pieces)
