"""Events as W3C PROV, and the fields that say where a dataset comes from in Croissant 1.1.

In PROV (PROV-DM, written as PROV-JSON) a commitment to a work and a dataset are entities, an event is an
activity, and an opaque id is an agent. Registering generates the commitment, withdrawing invalidates it, a
snapshot or a derivation generates a dataset derived from what went into it, and a delivery generates a copy
of the dataset.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from commonweal.errors import InputError
from commonweal.log.events import (
    Classified,
    Consented,
    Delivered,
    Derived,
    Registered,
    Said,
    Set,
    Snapshot,
    Withdrawn,
    as_json,
)

SPACE = "urn:commonweal:"
NAMES = ("work", "set", "dataset", "event", "delivery", "agent", "term")
PREFIXES = {name: f"{SPACE}{name}:" for name in NAMES}
PROV = "http://www.w3.org/ns/prov#"
HASH = "give the hash that its snapshot names"
Members = Mapping[str, Sequence[str]]
"""Root of a set -> the commitments in it, in their order."""


class _Document:
    """A PROV-JSON document in the making."""

    def __init__(self, members: Members) -> None:
        self.parts: dict[str, dict[str, Any]] = {"prefix": dict(PREFIXES)}
        self.members = members
        self._count = 0

    def element(self, kind: str, name: str, **about: Any) -> str:
        """Put an entity, activity or agent in, once, with what is known of it; return its name."""
        self.parts.setdefault(kind, {}).setdefault(name, {}).update(
            {key.replace("_", ":", 1): value for key, value in about.items()}
        )
        return name

    def relation(self, kind: str, **ends: Any) -> None:
        """Put a relation in."""
        self._count += 1
        named = {key.replace("_", ":", 1): value for key, value in ends.items()}
        self.parts.setdefault(kind, {})[f"_:r{self._count}"] = named

    def work(self, commitment: str) -> str:
        """Put a work's commitment in."""
        return self.element("entity", f"work:{commitment}", prov_type=_name("term:Work"))

    def dataset(self, digest: str) -> str:
        """Put a dataset in."""
        return self.element("entity", f"dataset:{digest}", prov_type=_name("term:Dataset"))

    def set(self, found: Set) -> str:
        """Put many works in, as a collection; its members where they are known."""
        fresh = f"set:{found.root}" not in self.parts.get("entity", {})
        name = self.element(
            "entity", f"set:{found.root}", prov_type=_name("prov:Collection"), term_size=_integer(found.size)
        )
        if fresh:
            for work in self.members.get(found.root, ()):
                self.relation("hadMember", prov_collection=name, prov_entity=self.work(work))
        return name

    def subjects(self, event: Said) -> list[str]:
        """Put what an event is about in."""
        return [*map(self.work, event.works), *([self.set(event.set)] if event.set else [])]


def _name(name: str) -> dict[str, str]:
    return {"$": name, "type": "prov:QUALIFIED_NAME"}


def _integer(number: int) -> dict[str, str]:
    return {"$": str(number), "type": "xsd:integer"}


def prov(said: Iterable[tuple[int, Said | None]], members: Members | None = None) -> dict[str, Any]:
    """Return events as a PROV-JSON document (W3C Member Submission of 2013-04-24).

    Parameters
    ----------
    said : iterable of (place in the log, event)
        Entries that are no events are passed over.
    members : mapping, optional
        Root of a set -> its commitments, for those whose members shall be named.
    """
    document = _Document(members or {})
    for place, event in said:
        if event is not None:
            _add(document, place, event)
    return document.parts


def _add(document: _Document, place: int, event: Said) -> None:
    time = as_json(event)["time"]
    kind = as_json(event)["event"]
    act = document.element(
        "activity", f"event:{place}", prov_startTime=time, prov_endTime=time, prov_type=_name(f"term:{kind}")
    )
    actor = document.element("agent", f"agent:{event.actor}")
    document.relation("wasAssociatedWith", prov_activity=act, prov_agent=actor)
    subjects = document.subjects(event)
    made = {"prov_activity": act, "prov_time": time}
    match event:
        case Registered():
            for work in subjects:
                document.relation("wasGeneratedBy", prov_entity=work, **made)
            return
        case Withdrawn():
            for work in subjects:
                document.relation("wasInvalidatedBy", prov_entity=work, **made)
            return
        case Consented(terms=terms) if terms:
            document.element("activity", act, term_terms=terms)
        case Classified(rules=rules, outcome=outcome):
            document.element("activity", act, term_rules=rules, term_outcome=outcome)
        case _:
            pass
    subjects += [document.dataset(source) for source in event.sources] if isinstance(event, Derived) else []
    subjects += [document.dataset(event.dataset)] if isinstance(event, Delivered) else []
    for subject in subjects:
        document.relation("used", prov_entity=subject, **made)
    if isinstance(event, Snapshot | Derived):
        _result(document, document.dataset(event.dataset), subjects, made)
    elif isinstance(event, Delivered):
        terms_of = {"term_terms": event.terms} if event.terms else {}
        copy = document.element("entity", f"delivery:{place}", prov_type=_name("term:Delivery"), **terms_of)
        _result(document, copy, subjects[-1:], made)
        receiver = document.element("agent", f"agent:{event.to}")
        document.relation(
            "wasAssociatedWith", prov_activity=act, prov_agent=receiver, prov_role=_name("term:receiver")
        )


def _result(document: _Document, result: str, sources: list[str], made: dict[str, Any]) -> None:
    document.relation("wasGeneratedBy", prov_entity=result, **made)
    for source in sources:
        document.relation(
            "wasDerivedFrom",
            prov_generatedEntity=result,
            prov_usedEntity=source,
            prov_activity=made["prov_activity"],
        )


def croissant(said: Iterable[tuple[int, Said | None]], dataset: str) -> dict[str, Any]:
    """Return the provenance fields of a dataset's Croissant 1.1 description, to be merged into it.

    Parameters
    ----------
    said : iterable of (place in the log, event)
    dataset : str
        Its hash, as its snapshot or derivation names it.

    Returns
    -------
    dict
        `prov:wasDerivedFrom`, `prov:wasGeneratedBy`, `prov:wasAttributedTo`, and in `@context` what their
        prefix means.

    Raises
    ------
    InputError
        If no event made it.
    """
    made = None
    for place, event in said:
        if isinstance(event, Snapshot | Derived) and event.dataset == dataset:
            made = place, event
    if made is None:
        raise InputError("no event of the log made this dataset", mend=HASH)
    place, event = made
    sources = [f"{PREFIXES['work']}{work}" for work in event.works]
    sources += [f"{PREFIXES['set']}{event.set.root}"] if event.set else []
    sources += [f"{PREFIXES['dataset']}{s}" for s in event.sources] if isinstance(event, Derived) else []
    return {
        "@context": {"prov": PROV},
        "prov:wasDerivedFrom": [{"@id": source} for source in sources],
        "prov:wasGeneratedBy": {
            "@id": f"{PREFIXES['event']}{place}",
            "@type": "prov:Activity",
            "prov:label": as_json(event)["event"],
            "prov:endedAtTime": as_json(event)["time"],
        },
        "prov:wasAttributedTo": {
            "@id": f"{PREFIXES['agent']}{event.actor}",
            "@type": "prov:Agent",
            "prov:label": event.actor,
        },
    }
