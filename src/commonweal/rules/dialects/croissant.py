"""Croissant 1.1 (MLCommons): the part of a dataset's description that says how it may be used.

`usageInfo` holds an ODRL Offer, as the specification recommends, in the profile of `odrl`: nothing is lost.
`license` links to the terms, `conditionsOfAccess` says it to people. Others' descriptions are read by their
Offer, or, where they name a licence alone, by a short table of licences; a licence that is not in it, and
conditions that are not understood, grant nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from commonweal.rules.dialects._json import Node, parse
from commonweal.rules.dialects._jsonld import SCHEMA, Graph, name_of
from commonweal.rules.dialects._licences import rules_of
from commonweal.rules.dialects._odrl_words import KINDS
from commonweal.rules.dialects.base import (
    About,
    Artefact,
    Kind,
    Problem,
    Reading,
    Site,
    Token,
    Written,
    located,
)
from commonweal.rules.dialects.odrl import CONTEXT as ODRL_CONTEXT
from commonweal.rules.dialects.odrl import offer, read_policies
from commonweal.rules.signals import Signal
from commonweal.rules.terms import Rule, Terms
from commonweal.rules.vocabulary import Act, Effect, Scope

FILE = "croissant.rules.json"
VERSION = "http://mlcommons.org/croissant/1.1"
_CR = (
    "citeAs column dataType equivalentProperty extract field fileProperty fileObject fileSet format includes "
    "isArray isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated replace "
    "samplingRate separator source subField transform arrayShape containedIn"
)
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": SCHEMA,
    "sc": SCHEMA,
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    **{name: f"cr:{name}" for name in _CR.split()},
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    "description": {"@container": "@language"},
}
"""Context of the specification's appendix, as its validator expects it."""

ABOUT = About(
    name="croissant",
    title="Croissant",
    version="1.1, 2026-01-29",
    url="https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html",
    checked="2026-11",
    status="MLCommons specification",
    tokens=tuple(Token(f"cw:{act}", frozenset({act})) for act in Act),
    silence="the licence alone: unknown for training unless it dedicates the data to the public domain",
    conditions="an ODRL Offer under `usageInfo`, in the profile of Commonweal",
    cannot=("tools that don't read `usageInfo` see the link under `license` and a sentence",),
    whole=True,
)


class Croissant:
    """The dialect."""

    about = ABOUT

    def write(self, terms: Terms, site: Site) -> Written:
        """Return the part of a Croissant description that holds the terms; see `complete`."""
        said = {"@context": CONTEXT, "@type": "sc:Dataset", "conformsTo": VERSION, **part(terms, site)}
        return Written((Artefact(Kind.FILE, _dump(said), FILE, media_type="application/ld+json"),))

    def reads(self, artefact: Artefact) -> bool:
        """Is it a JSON file that names Croissant?"""
        return (
            artefact.kind is Kind.FILE
            and "mlcommons.org/croissant" in artefact.text
            and artefact.text.lstrip("\ufeff \t\r\n").startswith(("{", "["))
        )

    def read(self, artefact: Artefact) -> Reading:
        """Return what a description says of use."""
        value, problems = parse(artefact.text, "croissant-json", artefact.where, artefact.line)
        if problems:
            return Reading((), problems)
        graph = Graph(value, SCHEMA)
        found = [n for n in graph.roots if any(_named(t, "Dataset") for t in n.get("@type", ()))]
        if len(found) != 1:
            message = "no dataset is described" if not found else "several datasets are described"
            return Reading(
                (), (_problem(artefact, "no-dataset", message, "describe one sc:Dataset", artefact.line),)
            )
        return _of_dataset(graph, found[0], artefact)


DIALECT = Croissant()


# Writing --------------------------------------------------------------------------------------------------


def part(terms: Terms, site: Site) -> dict[str, Any]:
    """Return `license`, `usageInfo` and `conditionsOfAccess` of terms, to be put into a description."""
    policy = offer(terms)
    url = site.terms_url or terms.url
    where = f" at {url}" if url else ""
    return {
        "license": url or policy["uid"],
        # Names of the description around it would change the meaning of the Offer's.
        "usageInfo": {
            "@context": [None, ODRL_CONTEXT],
            **policy,
            "@type": [SCHEMA + "CreativeWork", "Offer"],
        },
        "conditionsOfAccess": f"Use is on the terms{where}, SHA-256 {terms.sha256}; usageInfo holds them.",
    }


def complete(
    terms: Terms, site: Site, *, name: str, description: str, url: str, creator: str, published: str
) -> str:
    """Return a whole description, as small as the specification allows: files and records are to be added.

    Parameters
    ----------
    terms : Terms
    site : Site
    name, description : str
        Of the dataset.
    url : str
        Its page.
    creator : str
        Name of the organisation that made it.
    published : str
        Date, as 2027-01-31.
    """
    said = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": VERSION,
        "name": name,
        "description": description,
        "url": url,
        "creator": {"@type": "sc:Organization", "name": creator},
        "datePublished": published,
        "version": "1.0.0",
        **part(terms, site),
    }
    return _dump(said)


def _dump(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


# Reading --------------------------------------------------------------------------------------------------


def _of_dataset(graph: Graph, node: Node, artefact: Artefact) -> Reading:
    usage, licences, access = (
        _values(graph, node, name) for name in ("usageInfo", "license", "conditionsOfAccess")
    )
    scope = _scope(graph, node)
    policies = [n for n in usage if isinstance(n, Node) and KINDS & set(n.get("@type", ()))]
    odd = len(usage) > len(policies)
    reading = read_policies(graph, policies, artefact, ABOUT.name, scope)
    signals, problems = list(reading.signals), list(reading.problems)
    if odd or _parts_differ(graph, node):
        message = "conditions that are not understood stand beside what is: nothing is granted"
        problems.append(_problem(artefact, "conditions", message, "say them in an odrl:Offer", node.line))
        signals = [kept for s in signals if (kept := _refusals(s)) is not None]
    if not usage and not access and scope is not None:
        names = [name_of(v) or (_text(graph, v, "url") if isinstance(v, Node) else "") for v in licences]
        rules = rules_of(names, scope) if not _parts_differ(graph, node) and not graph.unsure else None
        if rules:
            signals += located([(rule, node.line) for rule in rules], ABOUT.name, artefact, "file")
        elif licences:
            message = "what the licence says of these acts is not known: nothing is granted"
            mend = "add an odrl:Offer under usageInfo"
            problems.append(_problem(artefact, "licence", message, mend, node.line, "note"))
    return Reading(tuple(signals), tuple(problems))


def _values(graph: Graph, node: Mapping[str, Any], name: str) -> list[Any]:
    return graph.all(node, SCHEMA + name, f"http://schema.org/{name}")


def _named(iri: str, name: str) -> bool:
    return iri in (SCHEMA + name, f"http://schema.org/{name}")


def _text(graph: Graph, node: Mapping[str, Any], name: str) -> str:
    """Return a text; of one in several languages the first."""
    for value in _values(graph, node, name):
        inner = [v for vs in value.values() for v in vs] if isinstance(value, Node) else [value]
        for text in inner:
            if isinstance(text, str) and text:
                return text
    return ""


def _scope(graph: Graph, node: Mapping[str, Any]) -> Scope | None:
    """Return the works: the dataset by its name and identifiers; None where it has none."""
    name, url = _text(graph, node, "name"), _text(graph, node, "url")
    ids = {name_of(node), url, _text(graph, node, "identifier")} - {""}
    return Scope(ids=frozenset(ids), datasets=frozenset({name} - {""})) if name or ids else None


def _parts_differ(graph: Graph, dataset: Node) -> bool:
    """Does a part of the dataset have conditions of its own?"""
    own = {SCHEMA + "usageInfo", "http://schema.org/usageInfo"}
    waiting: list[Any] = [v for key, vs in dataset.items() if key[0] != "@" and key not in own for v in vs]
    seen: set[int] = set()
    while waiting:
        node = graph.whole(waiting.pop())
        if isinstance(node, Node) and id(node) not in seen:
            seen.add(id(node))
            if any(key.rpartition("/")[2] in ("usageInfo", "license", "conditionsOfAccess") for key in node):
                return True
            waiting += [v for key, vs in node.items() if key[0] != "@" for v in vs]
    return False


def _refusals(signal: Signal) -> Signal | None:
    pairs: list[tuple[Rule, int | None]] = [
        (rule, signal.line(n)) for n, rule in enumerate(signal.terms.rules) if rule.effect is Effect.DENY
    ]
    return next(
        iter(located(pairs, signal.standard, Artefact(Kind.FILE, "", where=signal.where), "file")), None
    )


def _problem(
    artefact: Artefact, code: str, message: str, mend: str, line: int, severity: str = "warning"
) -> Problem:
    return Problem(f"croissant-{code}", message, mend, artefact.where, line, severity)
