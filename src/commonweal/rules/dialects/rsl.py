"""RSL 1.0, Really Simple Licensing: `rsl.xml`, and the pointers by which it is found.

A standard of its own committee (Recommendation of 2025-12-10, amended in place since). Its schema is not at
hand: the vocabulary is taken from descriptions of the specification, and stands as data in `_rsl_words`.

What is written: one `<content>` for each path on which statements differ, and in it a `<license>` for each
set of terms, users and places. `permits` is a closed list. A licence without `<payment>` is free, so every
licence that permits has an explicit payment. What RSL has no words for is linked to as `<standard>`, with the
hash of the terms, under the type `purchase` (if nothing else is to be paid), which no reader takes for free;
where no address of the terms is known it is refused instead. A `server` is never written: with one, even what
is free needs a token.

What is read: see `_rsl_read`. A licence with `prohibits` alone permits nothing by itself here, though other
readers may take the rest for free.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from commonweal.rules.dialects._rsl_read import read_document
from commonweal.rules.dialects._rsl_words import FILE, MEDIA_TYPE, NAMESPACE, TOKENS
from commonweal.rules.dialects._rsl_write import write_document
from commonweal.rules.dialects.base import About, Artefact, Kind, Problem, Reading, Site, Written
from commonweal.rules.robots_txt import parse_robots
from commonweal.rules.signals import Signal
from commonweal.rules.terms import Terms
from commonweal.rules.xml import Element, html_elements

MOST_TAGS = 500
LONGEST_HEADER = 20_000
_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w*-]+(?:=(?:\"[^\"]*\"|[^\s;,\"]*))?)*)")
_PARAMETER = re.compile(r";\s*([\w*-]+)(?:=(?:\"([^\"]*)\"|([^\s;,\"]*)))?")
_XML = re.compile(r"(application|text)/([\w.-]+\+)?xml")

ABOUT = About(
    name="rsl",
    title="Really Simple Licensing (RSL)",
    version="1.0, with errata to 2026-08",
    url="https://rslstandard.org/rsl",
    checked="2026-11",
    status="Recommendation of the RSL Technical Steering Committee, an industry group",
    tokens=TOKENS,
    silence="what a list of permits leaves out is not licensed; a licence with prohibits alone leaves the "
    "rest open, and some readers take it for free: read as unknown",
    conditions="permits with an explicit payment, and reporting; what these can't say by a link to the terms "
    "with their hash, read as consent first",
    cannot=(
        "a grant to researchers alone, to named parties, or for a purpose",
        "several duties at once, revenue shares, watermarks, deletion, limits of flow: by link only",
        "time limits, notice and what happens at the end",
        "crawling and redistribution; evaluation, synthetic data and mining apart from all other uses",
    ),
)


class Rsl:
    """The dialect."""

    about = ABOUT

    def write(self, terms: Terms, site: Site) -> Written:
        """Return `rsl.xml`, and a line of robots.txt, a header and an element that point to it."""
        text, losses = write_document(terms, site)
        if not text:
            return Written((), losses)
        kind = f'rel="license" type="{MEDIA_TYPE}"'
        header = f'<{site.origin}/{FILE}>; rel="license"; type="{MEDIA_TYPE}"'
        artefacts = [
            Artefact(Kind.FILE, text, FILE, media_type=MEDIA_TYPE),
            Artefact(Kind.HEADER, header, name="Link"),
            Artefact(Kind.TAG, f'<link {kind} href="/{FILE}">'),
        ]
        if site.origin:  # robots.txt takes absolute URLs alone
            artefacts.append(Artefact(Kind.ROBOTS, f"License: {site.origin}/{FILE}", name="top"))
        return Written(tuple(artefacts), losses)

    def reads(self, artefact: Artefact) -> bool:
        """Is it XML, a robots.txt, a `Link` header, or an element that names RSL?"""
        if artefact.kind is Kind.FILE:
            kind = artefact.media_type.partition(";")[0].strip().lower()
            named = artefact.path.lower().endswith((".xml", ".rsl", ".rss", ".atom"))
            return named or _XML.fullmatch(kind) is not None or NAMESPACE in artefact.text[:2000]
        if artefact.kind is Kind.HEADER:
            return artefact.name.lower() == "link"
        return artefact.kind is Kind.ROBOTS or "rsl" in artefact.text.lower()

    def read(self, artefact: Artefact) -> Reading:
        """Return what a document says. A pointer says nothing by itself: its reading holds problems alone."""
        if artefact.kind is Kind.FILE:
            return _from_file(artefact)
        if artefact.kind is Kind.TAG:
            return _from_html(artefact)
        problems = _in_robots(artefact) if artefact.kind is Kind.ROBOTS else _in_header(artefact)
        return Reading((), tuple(problems))


DIALECT = Rsl()


def _from_file(artefact: Artefact) -> Reading:
    media_type = artefact.media_type.partition(";")[0].strip().lower()
    named = artefact.path.lower().endswith((FILE, ".rsl"))
    reading = read_document(
        artefact.text, artefact, "file", line=artefact.line, sure=named or media_type == MEDIA_TYPE
    )
    if not (reading.signals or reading.problems) or media_type in ("", MEDIA_TYPE):
        return reading
    is_feed = re.search(r"<(rss|feed|rdf:RDF)\b", artefact.text[:5000])
    if is_feed:
        return Reading(tuple(replace(s, channel="feed") for s in reading.signals), reading.problems)
    problem = Problem(
        "rsl-media-type", f"served as {media_type[:60]}: readers look for {MEDIA_TYPE}",
        f"serve it as {MEDIA_TYPE}", artefact.where, artefact.line, "warning",
    )  # fmt: skip
    return Reading(reading.signals, (*reading.problems, problem))


def _from_html(artefact: Artefact) -> Reading:
    """Read RSL that stands in a page, and check the elements that point to it."""
    signals: list[Signal] = []
    problems: list[Problem] = []
    for element in islice(html_elements(artefact.text, "link", "script"), MOST_TAGS):
        line = artefact.line + element.line - 1
        media_type = element.attributes.get("type", "").strip().lower()
        if element.name == "link":
            rel = element.attributes.get("rel", "")
            problems += _pointer(element.attributes.get("href", ""), rel, media_type, artefact.where, line)
        elif media_type == MEDIA_TYPE:
            reading = _from_script(element, artefact, line)
            signals += reading.signals
            problems += reading.problems
        elif NAMESPACE in element.content:
            message = f"RSL in a script of type {media_type[:40]!r}: no reader looks there"
            problems.append(
                Problem("rsl-media-type", message, f'write type="{MEDIA_TYPE}"', artefact.where, line)
            )
    return Reading(tuple(signals), tuple(problems))


def _from_script(element: Element, artefact: Artefact, line: int) -> Reading:
    text = element.content.lstrip()
    skipped = element.content[: len(element.content) - len(text)].count("\n")
    page = artefact.path if artefact.path.startswith(("/", "*", "http://", "https://")) else "/"
    return read_document(text, artefact, "html", line=line + skipped, page=page)


def _in_robots(artefact: Artefact) -> Iterator[Problem]:
    robots = parse_robots(artefact.text)
    lines = [*robots.outside, *(line for group in robots.groups for line in group.lines)]
    for line in lines:
        number = artefact.line + line.number - 1
        if line.key == "license" and not re.match(r"https?://[^\s/]", line.value):
            yield Problem(
                "rsl-relative-url", "License: takes absolute URLs alone", "write https:// and the host too",
                artefact.where, number,
            )  # fmt: skip
        elif line.key == "license" and line.value.startswith("http:"):
            yield _not_https(artefact.where, number)


def _in_header(artefact: Artefact) -> Iterator[Problem]:
    for url, parameters in _LINK.findall(artefact.text[:LONGEST_HEADER]):
        found = {name.lower(): a or b for name, a, b in reversed(_PARAMETER.findall(parameters))}
        media_type = found.get("type", "").strip().lower()
        yield from _pointer(url, found.get("rel", ""), media_type, artefact.where, artefact.line)


def _pointer(url: str, rel: str, media_type: str, where: str, line: int | None) -> Iterator[Problem]:
    """Check a link; one that has nothing to do with RSL is no problem."""
    is_rsl = media_type == MEDIA_TYPE
    is_license = "license" in rel.lower().split()
    if not is_rsl and (re.search(r"[/.]rsl\b", url) or "rsl" in media_type) and is_license:
        message = (
            f"a link to RSL of type {media_type[:40]!r}" if media_type else "a link to RSL without a type"
        )
        yield Problem("rsl-pointer-type", message, f'write type="{MEDIA_TYPE}"', where, line)
    elif is_rsl and not is_license:
        message = f"a link to RSL with rel {rel[:40]!r} is not followed"
        yield Problem("rsl-pointer-rel", message, 'write rel="license"', where, line)
    elif is_rsl and not url.strip():
        yield Problem("rsl-pointer-url", "a link to RSL without a URL", "name it", where, line)
    elif is_rsl and url.startswith("http:"):
        yield _not_https(where, line)


def _not_https(where: str, line: int | None) -> Problem:
    message = "RSL is fetched over https alone"
    return Problem("rsl-not-https", message, "write https://", where, line, "warning")
