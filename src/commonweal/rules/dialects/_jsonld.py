"""As much of JSON-LD as rules need: names made whole, nothing fetched.

A document is turned into nodes whose properties are whole IRIs with lists of values. What a remote context or
a construct that is not handled here may hide is not known: it is told in `unsure`, and who reads the nodes
grants nothing then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from commonweal.rules.dialects._json import Node, listed

ODRL = "http://www.w3.org/ns/odrl/2/"
TDM = "http://www.w3.org/ns/tdmrep#"
XSD = "http://www.w3.org/2001/XMLSchema#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DCT = "http://purl.org/dc/terms/"
VCARD = "http://www.w3.org/2006/vcard/ns#"
CC = "http://creativecommons.org/ns#"
SCHEMA = "https://schema.org/"
CONTEXTS = {
    "www.w3.org/ns/odrl.jsonld": ODRL,
    "www.w3.org/ns/odrl/2/odrl.jsonld": ODRL,
    "schema.org": SCHEMA,
    "www.schema.org": SCHEMA,
}
"""Contexts whose words are known without being fetched: what a bare word of theirs belongs to."""
PREFIXES = {
    "odrl": ODRL, "tdm": TDM, "xsd": XSD, "rdf": RDF, "dct": DCT, "dcterms": DCT, "vcard": VCARD, "cc": CC,
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#", "schema": SCHEMA, "sc": SCHEMA,
    "dc": "http://purl.org/dc/elements/1.1/", "foaf": "http://xmlns.com/foaf/0.1/",
}  # fmt: skip
KEYWORDS = {
    "@id",
    "@type",
    "@context",
    "@value",
    "@language",
    "@direction",
    "@list",
    "@set",
    "@graph",
    "@base",
}
SETTINGS = {"@version", "@language", "@base", "@protected", "@direction"}


class Names:
    """What words and prefixes of a context stand for."""

    def __init__(self, vocab: str, unsure: list[str]) -> None:
        self.vocab, self.unsure = vocab, unsure
        self.prefixes, self.terms, self.typed = dict(PREFIXES), dict[str, str](), dict[str, str]()

    def under(self, context: object) -> Names:
        """Return the names where a context is added."""
        new = Names(self.vocab, self.unsure)
        new.prefixes, new.terms, new.typed = dict(self.prefixes), dict(self.terms), dict(self.typed)
        for entry in [None] if context is None else listed(context):
            if entry is None:
                new.vocab, new.prefixes, new.terms, new.typed = "", dict(PREFIXES), {}, {}
            elif isinstance(entry, str):
                known = CONTEXTS.get(entry.partition("://")[2].rstrip("/#"))
                new.vocab = known or new.vocab
                if known is None:
                    self.unsure.append(f"the context {entry[:120]!r} is not fetched")
            elif isinstance(entry, Mapping):
                new._add(entry)
        return new

    def _add(self, context: Mapping[str, Any]) -> None:
        for name, meaning in context.items():
            if name == "@vocab":
                self.vocab = meaning if isinstance(meaning, str) else ""
            elif name.startswith("@"):
                if name not in SETTINGS:
                    self.unsure.append(f"{name} in a context is not handled")
            else:
                self._define(name, meaning)

    def _define(self, name: str, meaning: object) -> None:
        if isinstance(meaning, Mapping):
            odd = meaning.keys() - {"@id", "@type", "@container", "@language", "@prefix", "@protected"}
            if odd or meaning.get("@container") not in (None, "@list", "@set", "@language"):
                self.unsure.append(f"the word {name!r} is defined in a way that is not handled")
            self.typed[name] = str(meaning.get("@type", ""))
            meaning = meaning.get("@id")
        if isinstance(meaning, str):
            whole = meaning if meaning.startswith("@") else self.iri(meaning)
            self.terms[name] = whole
            self.prefixes[name] = whole

    def iri(self, text: str) -> str:
        """Return the whole name of a word."""
        if text.startswith("@"):
            return text
        if text in self.terms:
            return self.terms[text]
        prefix, colon, rest = text.partition(":")
        if colon:
            whole = rest.startswith("//") or prefix not in self.prefixes
            return text if whole else self.prefixes[prefix] + rest
        return self.vocab + text

    def key(self, text: str) -> str:
        """Return the whole name of a key; `uid` and `type` are words for the keywords."""
        whole = self.iri(text)
        return {ODRL + "uid": "@id", ODRL + "type": "@type"}.get(whole, whole)


class Graph:
    """The nodes of a document.

    Attributes
    ----------
    roots : list of node
        Nodes at the top, or in the top graph.
    unsure : list of str
        What may hide something.
    """

    def __init__(self, document: object, vocab: str = ODRL) -> None:
        self.unsure: list[str] = []
        self._index: dict[str, Node] = {}
        self.roots = [n for n in self._values(document, Names(vocab, self.unsure), "") if isinstance(n, Node)]

    def whole(self, node: Any) -> Any:
        """Return the node that a bare reference refers to, where it is in the document."""
        if isinstance(node, Node) and node.keys() == {"@id"}:
            return self._index.get(node["@id"], node)
        return node

    def all(self, node: Mapping[str, Any], *keys: str) -> list[Any]:
        """Return the values under keys, references resolved."""
        return [self.whole(value) for key in keys for value in node.get(key, ())]

    def one(self, node: Mapping[str, Any], key: str) -> Any:
        """Return the value under a key, None for none or several."""
        found = self.all(node, key)
        return found[0] if len(found) == 1 else None

    def _values(self, value: Any, names: Names, kind: str) -> Iterator[Any]:
        for item in listed(value):
            if isinstance(item, list):
                yield from self._values(item, names, kind)
            elif isinstance(item, Node):
                yield from self._object(item, names, kind)
            elif isinstance(item, str) and kind in ("@id", "@vocab"):
                yield _reference(names.iri(item) if kind == "@vocab" or ":" in item else item)
            elif item is not None:
                yield item

    def _object(self, item: Node, names: Names, kind: str) -> Iterator[Any]:
        if "@context" in item:
            names = names.under(item["@context"])
        pairs = [(names.key(key), key, value) for key, value in item.items() if key != "@context"]
        keys = [whole for whole, _, _ in pairs]
        found = {whole: value for whole, _, value in pairs if whole.startswith("@")}
        if len(found) < sum(whole.startswith("@") for whole in keys):
            self.unsure.append("an identifier or type is said twice")
        self.unsure += [f"{key[:40]} is not handled" for key in found if key not in KEYWORDS]
        if "@value" in found:
            if not isinstance(found["@value"], dict | list):
                yield found["@value"]
            return
        for wrapper in ("@list", "@set"):
            if wrapper in found:
                yield from self._values(found[wrapper], names, kind)
                return
        node = Node()
        node.line = item.line
        if isinstance(found.get("@id"), str):
            node["@id"] = names.iri(found["@id"]) if ":" in found["@id"] else found["@id"]
        types = [names.iri(t) for t in listed(found.get("@type")) if isinstance(t, str)]
        if types:
            node["@type"] = types
        for whole, key, value in pairs:
            # A literal of JSON has no names in it.
            if not whole.startswith("@") and names.typed.get(key) != "@json":
                kind = names.typed.get(key, "") or ("@vocab" if whole in REFERRING else "")
                node.setdefault(whole, []).extend(self._values(value, names, kind))
        if "@id" in node:
            self._merge(node)
        if "@graph" in found:
            yield from self._values(found["@graph"], names, "")
        if len(node) or "@graph" not in found:
            yield node

    def _merge(self, node: Node) -> None:
        known = self._index.setdefault(node["@id"], node)
        if known is not node:
            if node.keys() > {"@id"} and known.keys() > {"@id"}:
                self.unsure.append("a node is described in several places")
            if known.keys() == {"@id"}:
                self._index[node["@id"]] = node


_REFERRING = (
    "profile conflict inheritFrom permission prohibition obligation duty remedy consequence action target "
    "assigner assignee constraint refinement leftOperand operator rightOperandReference unit dataType source "
    "or and xone andSequence"
)
REFERRING = {ODRL + name for name in _REFERRING.split()} | {RDF + "value"}
"""Properties whose values name things: their strings are words, not texts."""


def _reference(iri: str) -> Node:
    node = Node()
    node["@id"] = iri
    return node


def name_of(value: Any) -> str:
    """Return the IRI of a node, or a text as it is; "" for anything else."""
    found = value.get("@id", "") if isinstance(value, Node) else value
    return found if isinstance(found, str) else ""
