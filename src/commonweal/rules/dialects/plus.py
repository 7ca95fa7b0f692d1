"""PLUS data mining: one value in the XMP metadata inside a file (IPTC Photo Metadata 2023.1 and later).

`plus:DataMining` takes one term of a closed vocabulary, most of which refuse. Written is the one that refuses
all that is refused, and of these the one that refuses least beyond. Where a use owes something it is
`DMI-PROHIBITED-SEECONSTRAINT`, and `plus:OtherConstraints` says act by act what holds, with a link to the
full terms. The mark stays in the file, so it says the strictest from now on; it governs use, wherever the
file was fetched from. Whoever reads it in a file that nobody has vouched for passes an artefact that is not
verified: it then restricts and never grants.

Read are XMP packets, by themselves or anywhere in the bytes of a file (`packets`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape

from commonweal.rules.dialects.base import (
    About,
    Artefact,
    Kind,
    Loss,
    Problem,
    Reading,
    Site,
    Strict,
    Token,
    Written,
    located,
)
from commonweal.rules.dialects.cawg import consent
from commonweal.rules.signals import Binding
from commonweal.rules.terms import Rule, Terms
from commonweal.rules.vocabulary import TRAINING, Act, Consent, Effect
from commonweal.rules.xml import XmlError, local_name, namespace, parse_xml

VOCABULARY = "http://ns.useplus.org/ldf/vocab/"
PLUS, RIGHTS = "http://ns.useplus.org/ldf/xmp/1.0/", "http://ns.adobe.com/xap/1.0/rights/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

MINING = TRAINING | {Act.MINE}
BUT_SEARCH = MINING | {Act.GROUND}
REFUSALS = {
    "DMI-PROHIBITED-GENAIMLTRAINING": frozenset({Act.TRAIN_GEN}),
    "DMI-PROHIBITED-AIMLTRAINING": TRAINING,
    "DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING": BUT_SEARCH,
    "DMI-PROHIBITED": BUT_SEARCH | {Act.SEARCH},
}
"""What each value refuses, the narrowest first: each holds all that the one before it does."""
ALLOWED, CONSTRAINT, SILENT = "DMI-ALLOWED", "DMI-PROHIBITED-SEECONSTRAINT", "DMI-UNSPECIFIED"
TOUCHED = frozenset({Act.GROUND, Act.SEARCH, Act.INDEX, Act.EVAL, Act.SYNTH})
"""What `DMI-ALLOWED` may allow besides, by how wide data mining is taken to be."""
TOKENS = (
    Token("plus:DataMining", MINING, TOUCHED),  # as DMI-ALLOWED, or as the widest refusal
    *(Token(name, acts, grants=False) for name, acts in REFUSALS.items()),
)
WORDS = {Effect.CONDITIONAL: "On conditions", Effect.DENY: "Refused", Effect.ALLOW: "Free"}

ABOUT = About(
    name="plus",
    title="PLUS Data Mining in IPTC photo metadata (XMP)",
    version="PLUS LDF 2.0.1, IPTC Photo Metadata 2023.1",
    url="https://ns.useplus.org/LDF/ldf-XMPSpecification",
    checked="2026-11",
    status="standard of the PLUS Coalition, adopted by IPTC",
    tokens=TOKENS,
    silence="no value, or DMI-UNSPECIFIED: unknown",
    conditions="DMI-PROHIBITED-SEECONSTRAINT, with a link to the terms in plus:OtherConstraints",
    cannot=(
        "a permission for one use: DMI-ALLOWED is written only where all mining is allowed",
        "who asks, where and what for",
        "which duty is owed: it links to the full terms",
        "a time limit: the mark stays in the file, and says the strictest from the time of writing on",
        "different terms for different works: make one mark for each",
        "fetching, indexing for machines, evaluation, synthetic data, redistribution",
    ),
)


class Plus:
    """The dialect."""

    about = ABOUT

    def write(self, terms: Terms, site: Site) -> Written:
        """Return one XMP packet for all works that the terms cover, or nothing where they say nothing."""
        effects = Strict.of(terms, site, ever=True).effects()
        losses: tuple[Loss, ...] = ()
        if any(not rule.scope.everything for rule in terms.rules):
            losses = (Loss("scope", "one mark for all works says the strictest of any"),)
        value = _value(effects)
        if value is None:
            return Written((), losses)
        text = _packet(value, _constraint(effects, terms, site) if value == CONSTRAINT else "", site, terms)
        mark = Artefact(Kind.FILE, text, path="plus.xmp", media_type="application/rdf+xml")
        return Written((mark,), losses)

    def reads(self, artefact: Artefact) -> bool:
        """Is it a file with metadata of PLUS?"""
        return artefact.kind is Kind.FILE and PLUS in artefact.text

    def read(self, artefact: Artefact) -> Reading:
        """Return what the packets in a file say."""
        rules: list[tuple[Rule, int | None]] = []
        problems: list[Problem] = []
        for start, text in _packets(artefact.text):
            first = artefact.line + artefact.text.count("\n", 0, start)
            try:
                root = parse_xml(text)
            except XmlError as error:
                line = first + (error.line or 1) - 1
                mend = "write the metadata again with a tool for XMP"
                problems.append(Problem("plus-xml", error.problem, mend, artefact.where, line))
                continue
            for found, wrong, line in _marks(root):
                rules += [(rule, first + line - 1) for rule in found]
                problems += [
                    Problem(code, message, mend, artefact.where, first + line - 1, severity)
                    for code, message, mend, severity in wrong
                ]
        signals = located(
            rules, ABOUT.name, artefact, "embedded", binding=Binding.UNIT, verified=artefact.verified
        )
        return Reading(signals, tuple(problems))


DIALECT = Plus()


# Writing ----------------------------------------------------------------------------------------------------


def _value(effects: Mapping[Act, Effect]) -> str | None:
    """Return the one value to write, or None for none."""
    widest = REFUSALS["DMI-PROHIBITED"]
    if any(effects[act] is Effect.CONDITIONAL for act in widest):
        return CONSTRAINT
    refused = {act for act in widest if effects[act] is Effect.DENY}
    if refused:
        return next(value for value, acts in REFUSALS.items() if refused <= acts)
    if all(effects[act] is Effect.ALLOW for act in MINING | TOUCHED):
        return ALLOWED
    return None


def _constraint(effects: Mapping[Act, Effect], terms: Terms, site: Site) -> str:
    """Return what holds act by act, for people and for `_stated`."""
    parts = []
    for effect, word in WORDS.items():
        acts = [act for act in Act if effects[act] is effect and act in REFUSALS["DMI-PROHIBITED"]]
        if acts:
            parts.append(f"{word}: {', '.join(acts)}.")
    return " ".join(
        [*parts, "Terms:", *([_url(terms, site)] if _url(terms, site) else []), f"sha256:{terms.sha256}"]
    )


def _url(terms: Terms, site: Site) -> str:
    return site.terms_url or terms.url


def _packet(value: str, constraint: str, site: Site, terms: Terms) -> str:
    def alternatives(name: str, text: str) -> str:
        inner = f'<rdf:li xml:lang="x-default">{_xml(text)}</rdf:li>'
        return f"   <{name}><rdf:Alt>{inner}</rdf:Alt></{name}>\n"

    lines = f"   <plus:DataMining>{VOCABULARY}{value}</plus:DataMining>\n"
    if constraint:
        lines += alternatives("plus:OtherConstraints", constraint)
    if url := _url(terms, site):
        lines += alternatives("xmpRights:UsageTerms", f"{terms.title or 'Terms of use'}: {url}")
        lines += f"   <xmpRights:WebStatement>{_xml(url)}</xmpRights:WebStatement>\n"
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
        f' <rdf:RDF xmlns:rdf="{RDF}">\n'
        f'  <rdf:Description rdf:about="" xmlns:plus="{PLUS}" xmlns:xmpRights="{RIGHTS}">\n'
        f"{lines}"
        "  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n"
        '<?xpacket end="w"?>\n'
    )


def _xml(text: str) -> str:
    """Return text as it may stand in XML 1.0, without the characters that may not."""
    return escape(re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text))


# Reading ----------------------------------------------------------------------------------------------------

_Wrong = tuple[str, str, str, str]


def packets(raw: bytes) -> Iterator[str]:
    """Yield the XMP packets in the bytes of any file, in UTF-8 or UTF-16, for artefacts to be read.

    Parameters
    ----------
    raw : bytes
        An image, a PDF, a video: packets stand in it as they are, unless it compresses its metadata.
    """
    for encoding, mark in (("utf-8", ""), ("utf-16-le", '"\ufeff'), ("utf-16-be", '"\ufeff')):
        # In UTF-16 only the byte order mark tells one order from the other, a byte further on.
        begin = f"<?xpacket begin={mark}".encode(encoding)
        end, close = "<?xpacket end=".encode(encoding), "?>".encode(encoding)
        at = raw.find(begin)
        while at >= 0:
            last = raw.find(end, at)
            closed = raw.find(close, last) if last >= 0 else -1
            if closed < 0:
                break
            yield raw[at : closed + len(close)].decode(encoding, "replace")
            at = raw.find(begin, closed)


def _packets(text: str) -> Iterator[tuple[int, str]]:
    """Yield (where it starts, XML) of each packet in a text; without any, of the metadata or of the whole."""
    at = text.find("<?xpacket begin=")
    if at < 0:
        start, last = text.find("<x:xmpmeta"), text.rfind("</x:xmpmeta>")
        if 0 <= start < last:
            yield start, text[start : last + len("</x:xmpmeta>")]
        elif RDF in text:
            yield 0, text
    while at >= 0:
        start, end = text.find("?>", at) + 2, text.find("<?xpacket end=", at)
        if not 2 <= start <= end:
            yield at, text[at:]  # it has no end: no XML, and said to be none
            return
        yield start, text[start:end]
        at = text.find("<?xpacket begin=", end)


def _marks(root: Any) -> Iterator[tuple[list[Rule], list[_Wrong], int]]:
    """Yield (rules, what is wrong, line) of each value of `plus:DataMining` in a packet."""
    # A property is an attribute of its description, or an element in it.
    for described in root.iter(f"{{{RDF}}}Description"):
        line = described.sourceline or 1
        said = {(PLUS, "OtherConstraints"): "", (RIGHTS, "WebStatement"): ""}
        values: list[tuple[str, int]] = []
        for name, text in described.attrib.items():
            if name == f"{{{PLUS}}}DataMining":
                values.append((text, line))
            said.update({key: text for key in said if name == f"{{{key[0]}}}{key[1]}"})
        for child in described:
            key, text = (namespace(child), local_name(child)), " ".join("".join(child.itertext()).split())
            text = text or child.get(f"{{{RDF}}}resource", "")
            if key == (PLUS, "DataMining"):
                values.append((text, child.sourceline or line))
            elif key in said:
                said[key] = text
        for value, number in values:
            yield *_says(value.strip(), *said.values()), number


def _says(value: str, constraint: str, statement: str) -> tuple[list[Rule], list[_Wrong]]:
    """Return what a value means, with its constraint and the web statement beside it."""
    wrong: list[_Wrong] = []
    name = value.rsplit("/", 1)[-1]
    if value == name and name.startswith("DMI-"):
        mend = f"write {VOCABULARY}{name}"
        wrong.append(("plus-bare-value", f"`{name}` is no URI: some readers ignore it", mend, "warning"))
    if name in REFUSALS:
        return [Rule(REFUSALS[name], Effect.DENY)], wrong
    if name == ALLOWED:
        return [Rule(MINING, Effect.ALLOW)], wrong
    if name == SILENT:
        return [], wrong
    refused = [Rule(BUT_SEARCH, Effect.DENY)]
    if name in ("DMI-PROHIBITED-SEEEMBEDDEDRIGHTSEXPR", "DMI-PROHIBITED-SEELINKEDRIGHTSEXPR"):
        return refused, wrong  # but for what an expression in some other language says
    if name != CONSTRAINT:
        wrong.append(("plus-value", f"`{value[:80]}` is no value of plus:DataMining",
                      f"use one of {', '.join([ALLOWED, *REFUSALS, CONSTRAINT])}", "error"))  # fmt: skip
        return (refused if name.startswith("DMI-PROHIBITED") else []), wrong
    if not constraint.strip():
        message = f"`{name}` refers to plus:OtherConstraints, and there are none"
        mend = "say the constraint, or link to the terms, in plus:OtherConstraints"
        wrong.append(("plus-constraint-missing", message, mend, "error"))
        return refused, wrong
    asks = consent(constraint)
    if not asks.url:
        asks = Consent(consent(statement).url, asks.sha256)
    return _stated(constraint, asks) or [_owing(BUT_SEARCH, asks, constraint)], wrong


def _stated(constraint: str, asks: Consent) -> list[Rule]:
    """Return what a constraint says act by act, in the form that `_constraint` writes; else nothing."""
    rules = []
    for effect, word in WORDS.items():
        found = re.search(rf"\b{word}: ([a-z, -]+)\.", constraint.partition("Terms:")[0])
        names = {name.strip() for name in found[1].split(",")} if found else set()
        acts = frozenset(act for act in REFUSALS["DMI-PROHIBITED"] if act in names)
        if acts and effect is Effect.CONDITIONAL:
            rules.append(_owing(acts, asks, constraint))
        elif acts:
            rules.append(Rule(acts, effect))
    return rules


def _owing(acts: frozenset[Act], asks: Consent, note: str) -> Rule:
    return Rule(acts, Effect.CONDITIONAL, duties=frozenset({asks}), note=note)
