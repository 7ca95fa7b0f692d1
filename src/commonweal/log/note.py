"""Signed notes (c2sp.org/signed-note): text, an empty line, and a line for each signature.

Two kinds of signature are known: Ed25519 over the text, as a log signs (0x01), and the timestamped
cosignature of a witness (0x04, c2sp.org/tlog-cosignature v1).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from commonweal.errors import InputError
from commonweal.sealed import PrivateKey, PublicKey

ED25519, COSIGNATURE = 0x01, 0x04
ID_BYTES, TIME_BYTES, SIGNATURE_BYTES = 4, 8, 64
MOST_BYTES, MOST_SIGNATURES = 1 << 20, 100
DASH = "\u2014 "
UNSIGNED = "no known key has signed it"


def key_id(name: str, kind: int, key: PublicKey) -> bytes:
    """Return the 4 bytes that tell a name's keys apart: SHA-256(name || 0x0A || kind || key)[:4]."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + key.raw).digest()[:ID_BYTES]


def check_name(name: str) -> str:
    """Return a key's name.

    Raises
    ------
    InputError
        If it is empty, or has a space, a plus or a control character.
    """
    if not name or "+" in name or any(c.isspace() or ord(c) < 0x20 for c in name):
        raise InputError("not a name for a key", mend="write an address without scheme: example.org/log")
    return name


@dataclass(frozen=True)
class Verifier:
    """A key to check signatures with.

    Parameters
    ----------
    name : str
        Whose, as an address without scheme.
    kind : int
        `ED25519` for a log, `COSIGNATURE` for a witness.
    key : PublicKey
    """

    name: str
    kind: int
    key: PublicKey

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """Return the key in `name+id+base64`, as logs and witnesses publish it (a vkey).

        Raises
        ------
        InputError
            If it is malformed, of another kind, or its id is not its own.
        """
        mend = "copy the verifier key again, whole: name+id+base64"
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise InputError("not a verifier key", mend=mend)
        raw = decode(parts[2], "a verifier key")
        if not raw or raw[0] not in (ED25519, COSIGNATURE):
            raise InputError("a verifier key of a kind that is not known", mend="kinds 0x01 and 0x04 are")
        found = cls(check_name(parts[0]), raw[0], PublicKey(raw[1:]))
        if parts[1] != found.id.hex():
            raise InputError("a verifier key whose id is not its own", mend=mend)
        return found

    @property
    def id(self) -> bytes:
        """The 4 bytes that stand before its signatures."""
        return key_id(self.name, self.kind, self.key)

    def check(self, text: str, data: bytes) -> int | None:
        """Return when a signature was made (POSIX seconds; 0 where that is not said), or None if false.

        Parameters
        ----------
        text : str
            Of the note, with its last newline.
        data : bytes
            What stands after the key's id.
        """
        message, time = text.encode(), 0
        if self.kind == COSIGNATURE:
            time, data = int.from_bytes(data[:TIME_BYTES], "big"), data[TIME_BYTES:]
            if time >= 1 << 63:
                return None
            message = cosigned(text, time)
        return time if len(data) == SIGNATURE_BYTES and self.key.verify(data, message) else None

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{encode(bytes([self.kind]) + self.key.raw)}"


def cosigned(text: str, time: int) -> bytes:
    """Return what a witness signs: a header, the time, and the note's text."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


@dataclass(frozen=True)
class Signature:
    """A line under a note.

    Attributes
    ----------
    name : str
    id : bytes
        4 of them.
    data : bytes
    """

    name: str
    id: bytes
    data: bytes

    def __str__(self) -> str:
        return f"{DASH}{self.name} {encode(self.id + self.data)}\n"


@dataclass(frozen=True)
class Signed:
    """A signature that holds: whose, of which kind, and when (POSIX seconds; None where that is not said)."""

    name: str
    kind: int
    time: int | None


@dataclass(frozen=True)
class Note:
    """A text with signatures, not checked yet.

    Attributes
    ----------
    text : str
        Ends with a newline.
    signatures : tuple of Signature
    """

    text: str
    signatures: tuple[Signature, ...] = ()

    @classmethod
    def parse(cls, raw: bytes, where: str | None = None) -> Note:
        """Return the note in bytes.

        Raises
        ------
        InputError
            If it is none: no UTF-8, control characters, no empty line, a line that is no signature, or too
            large.
        """
        if len(raw) > MOST_BYTES:
            raise _no_note(f"over {MOST_BYTES} bytes", where)
        try:
            whole = raw.decode()
        except UnicodeDecodeError:
            raise _no_note("no UTF-8", where) from None
        if any(c < " " and c != "\n" for c in whole):
            raise _no_note("control characters", where)
        text, gap, lines = whole.rpartition("\n\n")
        if not gap or not lines.endswith("\n"):
            raise _no_note("no signatures after an empty line", where)
        listed = lines[:-1].split("\n")
        if len(listed) > MOST_SIGNATURES:
            raise _no_note(f"over {MOST_SIGNATURES} signatures", where)
        return cls(text + "\n", tuple(_signature(line, where) for line in listed))

    def verify(self, known: Iterable[Verifier]) -> tuple[list[Signed], list[str]]:
        """Return which of the known keys signed, and what is wrong.

        Signatures of other keys are passed over, as the format says; a known key's signature that is false is
        a problem, and so is it if no known key signed.
        """
        keys = {(verifier.name, verifier.id): verifier for verifier in known}
        signed: dict[tuple[str, int], Signed] = {}
        problems = []
        for signature in self.signatures:
            verifier = keys.get((signature.name, signature.id))
            if verifier is None:
                continue
            time = verifier.check(self.text, signature.data)
            if time is None:
                problems.append(f"the signature of {signature.name} is false")
            else:
                dated = time if verifier.kind == COSIGNATURE else None
                signed[verifier.name, verifier.kind] = Signed(verifier.name, verifier.kind, dated)
        if not signed and not problems:
            problems.append(UNSIGNED)
        return list(signed.values()), problems

    def lacks(self, wanted: Iterable[Verifier]) -> list[str]:
        """Return what is wrong if each of these keys has to have signed."""
        keys = list(wanted)
        signed, problems = self.verify(keys)
        there = {(s.name, s.kind) for s in signed}
        missing = [f"{key.name} has not signed it" for key in keys if (key.name, key.kind) not in there]
        return [p for p in problems if p != UNSIGNED] + missing if keys else problems

    def and_signed(self, *more: Signature) -> Note:
        """Return the note with further signatures; one of the same key is replaced."""
        fresh = {(s.name, s.id) for s in more}
        return Note(self.text, (*(s for s in self.signatures if (s.name, s.id) not in fresh), *more))

    def __bytes__(self) -> bytes:
        return (self.text + "\n" + "".join(map(str, self.signatures))).encode()


def sign(text: str, name: str, key: PrivateKey) -> Signature:
    """Return a log's signature over a note's text.

    Raises
    ------
    InputError
        If the text can't be a note's, or the name a key's.
    """
    _check_text(text)
    return Signature(check_name(name), key_id(name, ED25519, key.public), key.sign(text.encode()))


def cosign(text: str, name: str, key: PrivateKey, time: int) -> Signature:
    """Return a witness's signature over a note's text, made at a time (POSIX seconds).

    Raises
    ------
    InputError
        As `sign`.
    """
    _check_text(text)
    data = time.to_bytes(TIME_BYTES, "big") + key.sign(cosigned(text, time))
    return Signature(check_name(name), key_id(name, COSIGNATURE, key.public), data)


def _check_text(text: str) -> None:
    if not text.endswith("\n") or any(c < " " and c != "\n" for c in text):
        raise InputError(
            "not the text of a note", mend="end it with a newline, without other control characters"
        )


def _no_note(problem: str, where: str | None) -> InputError:
    return InputError(f"not a signed note: {problem}", mend="fetch it again, whole", where=where)


def _signature(line: str, where: str | None) -> Signature:
    name, _, rest = line.removeprefix(DASH).partition(" ")
    try:
        raw = decode(check_name(name) and rest, "a signature")
    except InputError:
        raw = b""
    if not line.startswith(DASH) or len(raw) <= ID_BYTES:
        raise _no_note("a line that is no signature", where)
    return Signature(name, raw[:ID_BYTES], raw[ID_BYTES:])


def encode(raw: bytes) -> str:
    """Return base64 (RFC 4648, 4)."""
    return base64.b64encode(raw).decode()


def decode(text: str, what: str) -> bytes:
    """Return what base64 holds; no other spelling of the same bytes is taken.

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raw = None
    if raw is None or encode(raw) != text:
        raise InputError(f"{what} that is no base64", mend="copy it again, whole")
    return raw
