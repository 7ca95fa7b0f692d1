"""Surrogates: what stands in the place of a private value, the same for the same value everywhere.

A surrogate holds a code of eight signs, from an HMAC of the kind and the value under a key of the person's
own. Who has the key can tell whether a value that they know has a given code; without it nobody comes from
the code to the value, not even by trying all phone numbers. The codes come in no order of first use, so they
tell nothing about time. Among 10,000 values of a kind, two share a code with a chance of about 1 in 10,000.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from commonweal.errors import InputError
from commonweal.intake.redaction.kinds import Find, Kind

SIGNS = "23456789abcdefghjkmnpqrstvwxyz"
"""Digits and letters that are not mistaken for each other."""
LENGTH = 8
KEY_BYTES = 32
MADE = re.compile(
    rf"\[(?:\w+ ){{1,2}}[{SIGNS}]{{{LENGTH}}}\]?|person-[{SIGNS}]{{{LENGTH}}}@example\.invalid"
    rf"|2001:0db8:[0-9a-f:]{{29}}"
    r"|(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d|\+1-\d{3}-555-01\d\dx\d{6}"
)
"""What a surrogate looks like, so that none is taken for a private value."""
TAGS = {
    Kind.NATIONAL_ID: "id", Kind.IBAN: "account", Kind.BIRTHDATE: "birth date", Kind.IP: "ip address",
    Kind.DEVICE: "device address", Kind.OTHER: "private",
}  # fmt: skip


class Surrogates:
    """Surrogates under a key.

    Parameters
    ----------
    key : bytes
        Of 32 random bytes; keep it apart from what is handed on.
    shaped : bool
        Whether e-mail, IP and phone get what has their shape, in ranges that belong to nobody: names at
        example.invalid (RFC 6761), 2001:db8::/32 (RFC 3849), 192.0.2.0/24, 198.51.100.0/24 and 203.0.113.0/24
        (RFC 5737; 768 addresses, so that two may share one), and North American 555-01xx with an extension.
        Everything else gets a tag, for a card or account that checks out might be someone's.

    Raises
    ------
    InputError
        If the key is too short.
    """

    def __init__(self, key: bytes, *, shaped: bool = False) -> None:
        if len(key) < KEY_BYTES:
            raise InputError("a key of fewer than 32 bytes", mend="make one with `Surrogates.key_in`")
        self._key, self._shaped = key, shaped

    @staticmethod
    def key_in(path: str | Path) -> bytes:
        """Return the key in a file, which is made, for its owner's eyes only, if it is not there.

        Raises
        ------
        InputError
            If the file holds no key.
        """
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            os.write(file, secrets.token_hex(KEY_BYTES).encode() + b"\n")
            os.close(file)
        except FileExistsError:
            pass
        try:
            key = bytes.fromhex(Path(path).read_text(encoding="ascii"))
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise InputError(
                "no key for surrogates", where=str(path), mend="name another file, or delete this one"
            )
        return key

    def of(self, find: Find) -> str:
        """Return the surrogate of a find's value."""
        number = int.from_bytes(self._digest(find.kind, find.value), "big")
        if self._shaped and find.kind in (Kind.EMAIL, Kind.IP, Kind.PHONE):
            return _shape(find, number)
        return f"[{TAGS.get(find.kind, str(find.kind))} {_code(number)}]"

    def mark(self, text: str) -> str:
        """Return a digest of a text under the key, by which it is known again and not found out."""
        raw = b"mark\0" + text.encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, raw, sha256).hex()

    def _digest(self, kind: Kind, value: str) -> bytes:
        return hmac.digest(self._key, f"{kind}\0{value}".encode("utf-8", "surrogatepass"), sha256)


def _code(number: int) -> str:
    signs = []
    for _ in range(LENGTH):
        number, at = divmod(number, len(SIGNS))
        signs.append(SIGNS[at])
    return "".join(signs)


def _shape(find: Find, number: int) -> str:
    if find.kind is Kind.EMAIL:
        return f"person-{_code(number)}@example.invalid"
    if find.kind is Kind.PHONE:
        return f"+1-{200 + number % 800}-555-01{number // 800 % 100:02d}x{number // 80_000 % 10**6:06d}"
    if ":" in find.value:
        groups = [f"{number >> 16 * i & 0xFFFF:04x}" for i in range(6)]
        return ":".join(["2001", "0db8", *groups])
    return f"{('192.0.2', '198.51.100', '203.0.113')[number % 3]}.{number // 3 % 256}"


def redact(text: str, finds: Iterable[Find], surrogates: Surrogates) -> str:
    """Return a text with each find replaced.

    Parameters
    ----------
    text : str
    finds : iterable of Find
        In the text, without overlap.
    surrogates : Surrogates

    Raises
    ------
    ValueError
        If two finds overlap, or one lies outside the text.
    """
    out, at = [], 0
    for find in sorted(finds):
        if not at <= find.start <= find.end <= len(text):
            raise ValueError("finds overlap, or lie outside the text")
        out += [text[at : find.start], surrogates.of(find)]
        at = find.end
    return "".join([*out, text[at:]])
