"""A contract: who agrees to which terms, in which words, from when; JSON that several parties sign.

What is signed is the canonical JSON (RFC 8785) without the signatures. So that one content has one hash, a
contract is read in one way of writing only: no repeated keys, no fractions, times in UTC, sets in order.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from commonweal.errors import InputError
from commonweal.rules.terms import Terms, check_size, load_json, to_json
from commonweal.sealed import PublicKey, canonical_json

FORMAT: Literal["commonweal-contract/1"] = "commonweal-contract/1"
MOST_TEXT = 1_000_000
"""Longest text of a contract, in characters."""
LARGEST = 2**53 - 1
"""Largest whole number that every reader of JSON holds exactly (RFC 8785, RFC 7493)."""

Role = Literal["licensor", "licensee", "steward", "witness"]


def plain_line(text: str, what: str) -> str:
    """Return a line of text, composed (NFC) and without blanks at its ends.

    Raises
    ------
    ValueError
        For line breaks, control characters and marks that are not seen or reorder what is: a name must not be
        able to add a clause, or look like another one.
    """
    for character in text:
        if _hidden(character):
            raise ValueError(
                f"{what} holds the character U+{ord(character):04X}: write one line of plain text"
            )
    return unicodedata.normalize("NFC", text).strip()


def _hidden(character: str) -> bool:
    kinds = ("Cc", "Cf", "Cs", "Zl", "Zp")
    return unicodedata.category(character) in kinds and character not in _JOINERS


_JOINERS = "\u200c\u200d"  # Persian and Indic names are spelt with them


def in_utc(value: Any, *names: str) -> None:
    """Put the times of a struct into UTC; ValueError for one without a time zone."""
    for name in names:
        moment = getattr(value, name)
        if moment is not None:
            if moment.tzinfo is None:
                raise ValueError(f"{name} needs a time zone: write 2027-01-01T00:00:00Z")
            msgspec.structs.force_setattr(value, name, moment.astimezone(UTC))


class Signatory(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A party of a contract.

    Parameters
    ----------
    name : str
        The registered name; how the contract and requests call the party.
    role : str
        licensor (whose works, or outputs, they are), licensee (who uses them), steward or witness.
    public_key : str
        Ed25519, 64 hex digits: whose signature counts.
    domain : str
        Another name by which requests may call the party.
    address : str
        Where notices reach it.
    """

    name: str
    role: Role
    public_key: str
    domain: str = ""
    address: str = ""

    def __post_init__(self) -> None:
        for field in ("name", "domain", "address"):
            msgspec.structs.force_setattr(self, field, plain_line(getattr(self, field), field))
        if not self.name:
            raise ValueError("a party has a name")
        try:
            PublicKey.from_hex(self.public_key)
        except InputError as error:
            raise ValueError(f"the key of {self.name}: {error.problem} — {error.mend}") from None

    @property
    def key(self) -> PublicKey:
        """The public key."""
        return PublicKey.from_hex(self.public_key)


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A party's signature.

    Parameters
    ----------
    party : str
        Its name.
    signed : datetime
        When, by the signer's own clock; part of what is signed.
    sha256 : str
        Hash of the contract that was signed, as `Contract.sha256`.
    value : str
        Ed25519, 128 hex digits, over `message`.
    """

    party: str
    signed: datetime
    sha256: str
    value: str

    def __post_init__(self) -> None:
        in_utc(self, "signed")


class Contract(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A contract, with the signatures it has so far; made by `draft` or by a template.

    Parameters
    ----------
    parties : tuple of Signatory
    terms : Terms
        What may be done, for machines.
    text : str
        What was agreed, for people.
    text_sha256 : str
        SHA-256 of the text's UTF-8, 64 hex digits.
    effective : datetime
        In force from then on, once all have signed.
    ends : datetime, optional
        And before then.
    title : str
    template : str
        Name of the template it was made from.
    blanks : mapping
        What was filled into the template, as JSON.
    amends : str
        SHA-256 of the contract that this one replaces.
    signatures : tuple of Signature
        In any order.
    """

    parties: tuple[Signatory, ...]
    terms: Terms
    text: str
    text_sha256: str
    effective: datetime
    ends: datetime | None = None
    title: str = ""
    template: str = ""
    blanks: dict[str, Any] = msgspec.field(default_factory=dict)
    amends: str = ""
    signatures: tuple[Signature, ...] = ()
    format: Literal["commonweal-contract/1"] = FORMAT

    def __post_init__(self) -> None:
        in_utc(self, "effective", "ends")
        if self.ends is not None and self.ends <= self.effective:
            raise ValueError("ends is not after effective")
        if len(self.text) > MOST_TEXT:
            raise ValueError(f"a text of {len(self.text):,} characters: at most {MOST_TEXT:,} can be read")
        if self.amends and (len(self.amends) != 64 or set(self.amends) - set("0123456789abcdef")):
            raise ValueError("amends is the SHA-256 of a contract: 64 hex digits")
        ordered = tuple(sorted(self.signatures, key=lambda s: (s.party, s.signed, s.value)))
        msgspec.structs.force_setattr(self, "signatures", ordered)
        msgspec.structs.force_setattr(self, "blanks", _lists(self.blanks))

    def to_json(self) -> dict[str, Any]:
        """Return the contract as plain JSON values."""
        out: dict[str, Any] = _lists(msgspec.to_builtins(msgspec.structs.replace(self, terms=Terms())))
        terms = {**to_json(self.terms), "rules": [to_json(rule) for rule in self.terms.rules]}
        return {**out, "terms": terms}

    def body(self) -> bytes:
        """Return what is signed: the canonical JSON (RFC 8785) without `signatures`, UTF-8."""
        value = self.to_json()
        del value["signatures"]
        return canonical_json(value)

    def canonical(self) -> bytes:
        """Return the canonical JSON with the signatures: the file to keep."""
        return canonical_json(self.to_json())

    @property
    def sha256(self) -> str:
        """SHA-256 of `body()`, 64 hex digits: the same before and after signing."""
        return hashlib.sha256(self.body()).hexdigest()

    def party(self, name: str) -> Signatory | None:
        """Return the party of that name, or None."""
        return next((p for p in self.parties if p.name == name), None)


def draft(
    parties: Sequence[Signatory],
    terms: Terms,
    text: str,
    effective: datetime,
    *,
    ends: datetime | None = None,
    title: str = "",
    template: str = "",
    blanks: Mapping[str, Any] | None = None,
    amends: str = "",
) -> Contract:
    """Return a contract that nobody signed yet; the parameters are those of `Contract`.

    Raises
    ------
    InputError
        If a party, a time or a number can't stand in a contract, there is no party or no text, or two parties
        share a name or a key.
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip() + "\n"
    try:
        made = Contract(
            tuple(parties), terms, text, text_hash(text), effective, ends, plain_line(title, "title"),
            template, dict(blanks or {}), amends,
        )  # fmt: skip
    except ValueError as error:
        raise InputError(str(error), mend="mend it and draft again") from None
    for problem in content_problems(made):
        raise InputError(problem, mend="mend it and draft again")
    return made


def text_hash(text: str) -> str:
    """Return the SHA-256 of a text's UTF-8, 64 hex digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def content_problems(contract: Contract) -> list[str]:
    """Return what is wrong with a contract apart from its signatures, chain and time, in words."""
    found = list(_unfit(contract.blanks, "blanks")) or list(_unfit(contract.to_json()))
    if not contract.parties:
        found.append("no party is named")
    elif all(p.role != "licensor" for p in contract.parties):
        found.append("no party is the licensor: nobody can license works to themselves")
    if not contract.text.strip():
        found.append("the text is empty")
    for what, values in (
        ("the name", [p.name.casefold() for p in contract.parties]),
        ("the public key", [p.public_key for p in contract.parties]),
    ):
        found += [f"two parties share {what} {v}" for v in sorted(set(values)) if values.count(v) > 1]
    if (right := text_hash(contract.text)) != contract.text_sha256:
        said = contract.text_sha256
        found.append(f"the text does not match its hash: text_sha256 says {said}, and the text has {right}")
    return found


def examine(raw: bytes | str, where: str | None = None) -> tuple[Contract | None, list[str]]:
    """Return the contract in a JSON text, None if it holds none, with what is wrong in how it is written."""
    raw = raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw
    try:
        check_size(raw, where)
        value = load_json(raw, where)
        found = list(_unfit(value))
        if found:  # before types are read: a reader that rounds would hide it
            return None, found
        contract = msgspec.convert(value, Contract)
    except InputError as error:
        return None, [str(error)]
    except msgspec.ValidationError as error:
        problem, _, at = str(error).partition(" - at ")
        return None, [f"{problem}, at {at.strip('`').removeprefix('$').removeprefix('.')}" if at else problem]
    except ValueError:  # Python reads no number of thousands of digits
        return None, ["a number is beyond the whole numbers that canonical JSON holds"]
    except RecursionError:
        return None, ["nested too deeply to be a contract"]
    ordered = dict(value)
    if isinstance(written := value.get("signatures"), list):
        ordered["signatures"] = sorted(written, key=lambda s: (s["party"], s["signed"], s["value"]))
    normal = contract.to_json()
    normal["signatures"] = sorted(normal["signatures"], key=lambda s: (s["party"], s["signed"], s["value"]))
    return contract, [
        f"{at} is not written as this format writes it, so that its hash would differ"
        for at in _unlike(ordered, normal, "")
    ]


def from_json(raw: bytes | str, where: str | None = None) -> Contract:
    """Return the contract in a JSON text; whether it is signed and valid is for `verify`.

    Raises
    ------
    InputError
        If it holds no contract, repeats a key, or has a number, a time or an order that canonical JSON would
        not keep.
    """
    contract, problems = examine(raw, where)
    if contract is None or problems:
        raise InputError(problems[0], mend="ask for the file as it was signed", where=where)
    return contract


def read(path: str | Path) -> Contract:
    """Return the contract in a JSON file.

    Raises
    ------
    InputError
        If the file can't be read, or as for `from_json`.
    """
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", mend="check the path", where=str(path)) from None
    return from_json(raw, str(path))


def _unfit(value: Any, at: str = "") -> Iterator[str]:
    """Yield where a JSON value holds what canonical JSON can't, or what readers round differently."""
    here = at or "the contract"
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                yield f"{here} has the key {key!r}, which is no text"
            elif not _encodes(key):
                yield f"{here} has a key with half a character (a lone surrogate)"
            else:
                yield from _unfit(inner, f"{at}.{key}" if at else key)
    elif isinstance(value, list | tuple):
        for i, inner in enumerate(value):
            yield from _unfit(inner, f"{at}[{i}]")
    elif isinstance(value, float):
        yield f'{here} is the fraction {value!r}, which readers round: write it as text, such as "0.05"'
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) > LARGEST:
        yield f"{here} is {value}, beyond the whole numbers that canonical JSON holds: write it as text"
    elif isinstance(value, str):
        if not _encodes(value):
            yield f"{here} holds half a character (a lone surrogate)"
        elif hidden := next((c for c in value if c not in "\n\t" and _hidden(c)), None):
            # What is shown to people must be what they sign.
            yield f"{here} holds the hidden character U+{ord(hidden):04X}"
    elif value is not None and not isinstance(value, bool | int):
        yield f"{here} is a {type(value).__name__}, which JSON has no word for"


def _lists(value: Any) -> Any:
    """Return a value with lists for tuples, as JSON reads them back."""
    if isinstance(value, dict):
        return {key: _lists(inner) for key, inner in value.items()}
    return [_lists(inner) for inner in value] if isinstance(value, list | tuple) else value


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unlike(a: Any, b: Any, at: str) -> Iterator[str]:
    """Yield the paths at which two JSON values differ; a default that is left out is a difference."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted(a.keys() | b.keys()):
            yield from _unlike(a.get(key, ...), b.get(key, ...), f"{at}.{key}" if at else key)
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for i, (x, y) in enumerate(zip(a, b, strict=True)):
            yield from _unlike(x, y, f"{at}[{i}]")
    elif type(a) is not type(b) or a != b:
        yield at or "the contract"
