"""What a log's entries say: who did what, when, with which works or datasets, in opaque ids and hashes.

Nothing in an event can hold a name, a title or a text: each field is a hash, a random id, a time, a number or
one of a few words. That is checked when an event is written and when it is read.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from commonweal.errors import InputError
from commonweal.log import merkle
from commonweal.log.tiles import MOST_BYTES

Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
"""A commitment, a hash of a file or of a tree: 64 hex digits."""
Agent = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
"""Who: 32 hex digits drawn at random. Who that is, is written down elsewhere, if at all."""
Time = Annotated[datetime, Meta(tz=True)]
MOST_WORKS = 500


def agent() -> str:
    """Return a new opaque id."""
    return secrets.token_hex(16)


class Set(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Many works in one hash: the root of a tree (RFC 6962) over their commitments, 32 bytes each, in order.

    Attributes
    ----------
    root : str
    size : int
        Works.
    """

    root: Hash
    size: Annotated[int, Meta(ge=1)]

    @classmethod
    def of(cls, works: Iterable[str]) -> Set:
        """Return the set of commitments."""
        leaves = [merkle.leaf_hash(bytes.fromhex(work)) for work in works]
        return cls(merkle.root(len(leaves), merkle.nodes(leaves)).hex(), len(leaves))


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="event"):
    """What all events say.

    Attributes
    ----------
    time : datetime
        With its zone; written in UTC.
    actor : str
        Who did it.
    works : tuple of str
        Commitments to the works it is about, 500 at most.
    set : Set, optional
        Works beyond that.
    """

    time: Time
    actor: Agent
    works: Annotated[tuple[Hash, ...], Meta(max_length=MOST_WORKS)] = ()
    set: Set | None = None


class Registered(Event, frozen=True, tag="registered"):
    """Works were registered: here their commitments begin."""


class Consented(Event, frozen=True, tag="consented"):
    """Consent was given for works, under terms that have this hash."""

    terms: Hash | None = None


class Withdrawn(Event, frozen=True, tag="withdrawn"):
    """Works were withdrawn: what follows does not hold them."""


class Classified(Event, frozen=True, kw_only=True, tag="classified"):
    """Works were classified, by rules that have this hash."""

    rules: Hash
    outcome: Literal["open", "restricted", "undecided"]


class Snapshot(Event, frozen=True, kw_only=True, tag="snapshot"):
    """A dataset was made of works; `dataset` is the hash of its manifest or file."""

    dataset: Hash


class Derived(Event, frozen=True, kw_only=True, tag="derived"):
    """A dataset was made of others."""

    dataset: Hash
    sources: Annotated[tuple[Hash, ...], Meta(min_length=1, max_length=MOST_WORKS)]


class Delivered(Event, frozen=True, kw_only=True, tag="delivered"):
    """A dataset was handed to somebody, under terms that have this hash."""

    dataset: Hash
    to: Agent
    terms: Hash | None = None


Said = Registered | Consented | Withdrawn | Classified | Snapshot | Derived | Delivered
KINDS = ("registered", "consented", "withdrawn", "classified", "snapshot", "derived", "delivered")

_ENCODER = msgspec.json.Encoder(order="sorted")
_DECODER = msgspec.json.Decoder(Said)


def now() -> datetime:
    """Return the time, in whole seconds of UTC."""
    return datetime.now(UTC).replace(microsecond=0)


def write(event: Said) -> bytes:
    """Return an event as an entry of a log: JSON, keys in order.

    Raises
    ------
    InputError
        If a field holds what it may not, such as a name where a hash belongs; the message does not repeat it.
    """
    moved = msgspec.structs.replace(event, time=_utc(event.time))
    entry = _ENCODER.encode(moved)
    read(entry)
    return entry


def _utc(time: datetime) -> datetime:
    if time.tzinfo is None:
        raise InputError("a time without zone", mend="say which: 2027-01-01T12:00:00Z")
    return time.astimezone(UTC)


def read(entry: bytes, where: str | None = None) -> Said:
    """Return the event in an entry.

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        if len(entry) > MOST_BYTES:
            raise ValueError("too long")
        event: Said = _DECODER.decode(entry)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        # msgspec's message names the field and what is expected there, and no value but an unknown tag.
        why = str(error) if isinstance(error, msgspec.ValidationError) and "value '" not in str(error) else ""
        problem = "not an event" + (f": {why}" if why else "")
        raise InputError(problem, mend=f"events are {', '.join(KINDS)}", where=where) from None
    return event


def events(entries: Iterable[bytes], first: int = 0) -> Iterator[tuple[int, Said | None]]:
    """Yield the place and the event of each entry; None for an entry that is no event."""
    for index, entry in enumerate(entries, first):
        try:
            yield index, read(entry)
        except InputError:
            yield index, None


def as_json(event: Said) -> dict[str, Any]:
    """Return an event as a JSON object."""
    found: dict[str, Any] = msgspec.to_builtins(event)
    return found
