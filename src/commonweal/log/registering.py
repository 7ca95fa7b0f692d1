"""Registering and withdrawing works, written to a log.

What is committed to, and all that is: for each work the object

    {"consent": its version, "key": what its owner calls it, "owner": the owner's name,
     "text_sha256": SHA-256 of the text in UTF-8, 64 hex digits, "what": "commonweal/work/1"}

in canonical JSON (RFC 8785), under a random salt of its own (`commitment`). The log gets one entry for each
work: that a work with this commitment was registered, when, and by which opaque id. Within a batch of 20,000
the entries stand in random order. The salt is kept in `Salts` under the work's id and goes nowhere else;
whoever shall check the registration is given the proof, the salt and the object.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import islice
from typing import Any, Protocol

from commonweal.errors import InputError
from commonweal.log import events
from commonweal.log.commitment import Salts
from commonweal.log.proof import Inclusion
from commonweal.log.store import Log, Receipt

BATCH = 20_000
_CHANCE = secrets.SystemRandom()


class Registrable(Protocol):
    """What is asked of a work; `commonweal.registry.Work` has it."""

    @property
    def text(self) -> str:
        """The work."""

    @property
    def owner(self) -> str:
        """Whose it is."""

    @property
    def key(self) -> str:
        """What its owner calls it."""

    @property
    def consent(self) -> str:
        """Version of the consent it is registered under."""


def committed_to(work: Registrable) -> dict[str, str]:
    """Return the object that a work's commitment is to: see the module."""
    return {
        "consent": work.consent,
        "key": work.key,
        "owner": work.owner,
        "text_sha256": sha256(work.text.encode("utf-8", "surrogatepass")).hexdigest(),
        "what": "commonweal/work/1",
    }


def commit_works(
    log: Log,
    salts: Salts,
    works: Iterable[tuple[bytes, Registrable]],
    *,
    actor: str | None = None,
    time: datetime | None = None,
) -> Receipt:
    """Write to a log that works were registered.

    Parameters
    ----------
    log : Log
    salts : Salts
    works : iterable of (id, work)
        The id is the registry's, 16 bytes. Taken as they come; each batch of 20,000 is committed by itself.
    actor : str, optional
        Opaque id of who registers; by default the log's own.
    time : datetime, optional
        By default now.

    Raises
    ------
    InputError
        If a work is in the log already, or another process writes.
    """

    def said(commitment: bytes) -> events.Registered:
        return events.Registered(time or events.now(), actor or log.actor, (commitment.hex(),))

    return commit_values(log, salts, ((work_id, committed_to(work)) for work_id, work in works), said)


def commit_values(
    log: Log, salts: Salts, values: Iterable[tuple[bytes, Any]], said: Callable[[bytes], events.Said]
) -> Receipt:
    """Write to a log one entry for each value, by its commitment alone.

    Parameters
    ----------
    values : iterable of (subject, JSON value)
    said : function
        Commitment -> event.
    """
    with log.writing() as writer:
        settle(log, salts)
        first, count, note = len(log), 0, log.note()
        for batch in _batches(values):
            # Salts first: an entry whose salt was lost could never be shown to be anything.
            commitments = salts.commit(batch)
            # Entries in the order of the works would be a link that no erasure undoes.
            _CHANCE.shuffle(commitments)
            receipt = writer.append(events.write(said(commitment)) for commitment in commitments)
            salts.place(zip(commitments, range(receipt.first, receipt.first + receipt.count), strict=True))
            count, note = count + receipt.count, receipt.note
    return Receipt(first, count, note)


def withdraw_works(
    log: Log,
    salts: Salts,
    works: Sequence[bytes],
    *,
    erase: bool = False,
    actor: str | None = None,
    time: datetime | None = None,
) -> Receipt:
    """Write to a log that works were withdrawn, and by choice erase what ties them to it.

    Parameters
    ----------
    log : Log
    salts : Salts
    works : sequence of bytes
        Their ids; those without a salt are passed over.
    erase : bool
        After that nobody can tell which entries were these works', we neither.
    actor, time
        As in `commit_works`.
    """
    with log.writing() as writer:
        settle(log, salts)
        known = [opening.commitment.hex() for opening in salts.get(works).values()]
        when, who = time or events.now(), actor or log.actor
        parts = [known[i : i + events.MOST_WORKS] for i in range(0, len(known), events.MOST_WORKS)]
        receipt = writer.append(events.write(events.Withdrawn(when, who, tuple(part))) for part in parts)
    if erase:
        salts.erase(works)
    return receipt


def settle(log: Log, salts: Salts) -> None:
    """Find out what became of commitments whose writer was stopped: some are in the log, the others go.

    Call it while the log is held for writing, so that none of them is on its way.
    """
    waiting = salts.waiting()
    if not waiting:
        return
    first = salts.after()
    said = events.events(log.entries(first), first)
    named = ((bytes.fromhex(work), place) for place, event in said if event for work in event.works)
    salts.place([(commitment, place) for commitment, place in named if commitment in waiting])
    salts.drop_waiting()


def opening(log: Log, salts: Salts, work: bytes) -> tuple[Inclusion, bytes]:
    """Return the proof that a work's registration is in the log, and the salt that shows it to be its own.

    Raises
    ------
    InputError
        If the work is not in the log, or its salt was erased.
    """
    kept = salts.get([work]).get(work)
    if kept is None or kept.place is None:
        raise InputError("no salt of this work", mend="it was not registered here, or the link was erased")
    return log.inclusion(kept.place), kept.salt


def _batches(values: Iterable[tuple[bytes, Any]]) -> Iterator[list[tuple[bytes, Any]]]:
    rest = iter(values)
    while batch := list(islice(rest, BATCH)):
        yield batch
