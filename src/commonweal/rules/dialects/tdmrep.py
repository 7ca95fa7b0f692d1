"""TDMRep: the reservation of text and data mining (W3C Community Group, final report of 10 May 2024).

One bit: mining is reserved (1) or not (0), for paths in `/.well-known/tdmrep.json`, in headers and in `meta`
elements, and a link to a policy that says on which conditions it may be had. The report takes its definition
of mining from Article 2(2) of Directive (EU) 2019/790: any automated analysis that generates information. So
the bit covers mining and both kinds of training. Whether it covers evaluation, synthetic data and retrieval
into answers is disputed: `0` is written only where these are allowed too, and is never read as allowing them.
The group's own explanation leaves out crawling, indexing, searching and archiving.

Channels override each other, the later the stronger: file, header, HTML. Where a header's path is longer, it
is the one that is sent. In the file the first match counts, and the report calls that the most specific one:
files are written with the longest path first, and read by whichever order grants less.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from commonweal.rules.dialects._json import Node, parse
from commonweal.rules.dialects._tdm_policy import dump, follow, policy_of
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
    patterns_of,
    where_longest,
)
from commonweal.rules.patterns import Relation, relation, specificity
from commonweal.rules.terms import MOST_BYTES, Rule, Terms
from commonweal.rules.vocabulary import Act, Consent, Effect, Scope
from commonweal.rules.xml import Element, html_elements

FILE = ".well-known/tdmrep.json"
RESERVATION, POLICY = "tdm-reservation", "tdm-policy"
KEYS = {"location", RESERVATION, POLICY}
MINING = Token(
    RESERVATION,
    frozenset({Act.MINE, Act.TRAIN_GEN, Act.TRAIN_DISC}),
    touches=frozenset({Act.EVAL, Act.SYNTH, Act.GROUND}),
)
MOST_LOCATIONS = 500
RANKS = {"file": 0, "header": 1 << 20, "html": 1 << 24}
"""Each channel above the one before, with room for the lengths of paths between them."""

__all__ = ["DIALECT", "FILE", "MINING", "Tdmrep", "follow"]

ABOUT = About(
    name="tdmrep",
    title="TDM Reservation Protocol",
    version="final report, 2024-05-10",
    url="https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/",
    checked="2026-11",
    status="W3C Community Group report",
    tokens=(MINING,),
    silence="unset: in the EU it may be mined under Article 4 of Directive (EU) 2019/790, elsewhere not; "
    "read as unknown",
    conditions="reserved, with a policy (ODRL) that asks for consent, and for compensation where there is a "
    "price",
    cannot=(
        "mining apart from training, or one kind of training apart from the other",
        "who asks, where and what for",
        "what is owed beyond consent and compensation; limits of flow, time limits, notice",
        "search, indexing, crawling, redistribution",
    ),
)


class Tdmrep:
    """The dialect."""

    about = ABOUT

    def write(self, terms: Terms, site: Site) -> Written:
        """Return the file, its policies, and a header and `meta` elements for each path that differs."""
        patterns, losses = patterns_of(terms, site)
        policies: dict[str, Artefact] = {}
        said: dict[str, tuple[int, str]] = {}
        for pattern in sorted(patterns, key=lambda p: (specificity(p), p)):
            effect = _effect(terms, pattern, site)
            url = ""
            if effect is Effect.CONDITIONAL and site.origin:
                policy = policy_of(terms, pattern, site, MINING.acts)
                url = f"{site.origin}/{policy.path}"
                policies[url] = policy
            elif effect is Effect.CONDITIONAL:
                losses.append(Loss(f"conditions on {pattern}", "a policy needs the site's address: refused"))
            # Nothing said would leave it to a shorter path that grants.
            elif effect is Effect.UNKNOWN and any(
                _grants(value) and relation(shorter, pattern) is not Relation.NO
                for shorter, value in said.items()
            ):
                effect = Effect.DENY
            if effect is not Effect.UNKNOWN:
                said[pattern] = (0 if effect is Effect.ALLOW else 1), url
        if len(set(said.values())) == 1 and "/" in said:
            said = {"/": said["/"]}
        artefacts = _artefacts(said, losses) if said else []
        return Written((*artefacts, *(policies[url] for url in sorted(policies))), tuple(losses))

    def reads(self, artefact: Artefact) -> bool:
        """Is it the file, one of the headers, or an element that names the reservation?"""
        if artefact.kind is Kind.FILE:
            return artefact.path.lstrip("/") == FILE
        if artefact.kind is Kind.HEADER:
            return artefact.name.lower() in (RESERVATION, POLICY)
        return artefact.kind is Kind.TAG and RESERVATION in artefact.text.lower()

    def read(self, artefact: Artefact) -> Reading:
        """Return what a file, a header, or the elements of a page say."""
        if artefact.kind is Kind.FILE:
            return _from_file(artefact)
        return _from_header(artefact) if artefact.kind is Kind.HEADER else _from_html(artefact)


DIALECT = Tdmrep()


# Writing --------------------------------------------------------------------------------------------------


def _effect(terms: Terms, pattern: str, site: Site) -> Effect:
    """Return allow, conditional, deny, or unknown for nothing, where no longer path matches."""
    strict = Strict.of(where_longest(terms, pattern, site), site)
    effects = strict.effects(pattern, MINING.acts | MINING.touches)
    inside = {effects[a] for a in MINING.acts}
    if set(effects.values()) == {Effect.ALLOW}:
        return Effect.ALLOW
    if inside == {Effect.ALLOW} or not inside & {Effect.DENY, Effect.CONDITIONAL}:
        return Effect.UNKNOWN
    return Effect.CONDITIONAL if all(e.grant for e in inside) else Effect.DENY


def _grants(said: tuple[int, str]) -> bool:
    return said[0] == 0 or bool(said[1])


def _artefacts(said: dict[str, tuple[int, str]], losses: list[Loss]) -> list[Artefact]:
    rows: list[dict[str, Any]] = []
    headers, tags = [], []
    for path in sorted(said, key=lambda p: (-specificity(p)[0], p)):
        value, url = said[path]
        rows.append({"location": path, RESERVATION: value} | ({POLICY: url} if url else {}))
        headers.append(Artefact(Kind.HEADER, str(value), path=path, name=RESERVATION))
        if url:
            headers.append(Artefact(Kind.HEADER, url, path=path, name=POLICY))
        meta = f'<meta name="{RESERVATION}" content="{value}">'
        meta += f'\n<meta name="{POLICY}" content="{escape(url)}">' if url else ""
        tags.append(Artefact(Kind.TAG, meta, path=path))
    # A server sends of each header the one of the longest path that has it: a policy of a shorter path would
    # be offered where mining is refused.
    offered = [path for path, (_, url) in said.items() if url]
    refused = [path for path, value in said.items() if not _grants(value)]
    if any(specificity(r) >= specificity(o) for r in refused for o in offered):
        losses.append(
            Loss("headers", "a path refuses what a shorter one offers: use the file or the elements")
        )
        headers = []
    file = Artefact(Kind.FILE, dump(rows), FILE, media_type="application/json")
    return [file, *headers, *tags]


# Reading --------------------------------------------------------------------------------------------------


def _from_file(artefact: Artefact) -> Reading:
    rows, problems = parse(artefact.text, "tdmrep-json", artefact.where, artefact.line)
    if problems:
        return Reading((), problems)
    if not isinstance(rows, list):
        message = "the file holds no list: other readers ignore it"
        mend = "put brackets around the rules, for one rule too"
        return Reading((), (Problem("tdmrep-no-list", message, mend, artefact.where, artefact.line),))
    if len(rows) > MOST_LOCATIONS:
        message = f"{len(rows):,} locations: no more than {MOST_LOCATIONS} are read, so all are ignored"
        mend = "use patterns with *, or headers"
        return Reading((), (Problem("tdmrep-too-many", message, mend, artefact.where, artefact.line),))
    found: list[tuple[str, int, str, int]] = []
    wrong: list[Problem] = []
    for row in rows:
        line = row.line if isinstance(row, Node) else artefact.line
        said = _row(row, artefact.where, line, wrong)
        if said is not None:
            found.append((*said, line))
    rules: list[tuple[Rule, int | None]] = []
    for i, (path, value, url, line) in enumerate(found):
        before = {p for p, *_ in found[:i] if p != path and relation(p, path) is not Relation.NO}
        if path in {p for p, *_ in found[:i]}:
            wrong.append(
                Problem("tdmrep-repeated", f"{path} is said twice: the first counts, the stricter is read",
                        "say each location once", artefact.where, line, "warning")
            )  # fmt: skip
        if any(relation(p, path) is Relation.YES and p != path for p in before):
            wrong.append(
                Problem("tdmrep-order", f"{path} stands after a location that covers it and is never reached",
                        "put the longest locations first", artefact.where, line)
            )  # fmt: skip
        # Where the first match is not the longest, readers differ: both speak, and the stricter wins.
        but = frozenset(p for p in before if specificity(p) >= specificity(path))
        rules.append((_rule(value, url, _scope(path, but)), line))
    return Reading(located(rules, ABOUT.name, artefact, "file", RANKS["file"]), tuple(wrong))


def _row(row: object, where: str, line: int, wrong: list[Problem]) -> tuple[str, int, str] | None:
    """Return (location, reservation, policy or ""); None for what says nothing."""

    def problem(code: str, message: str, mend: str, severity: str = "error") -> None:
        wrong.append(Problem(f"tdmrep-{code}", message, mend, where, line, severity))

    if not isinstance(row, Mapping):
        problem(
            "no-rule", "an entry is no object and is ignored", f"write objects with {', '.join(sorted(KEYS))}"
        )
        return None
    for key in sorted(row.keys() - KEYS):
        problem(
            "unknown-key",
            f"`{key[:80]}` is no key of the report",
            f"use {', '.join(sorted(KEYS))}",
            "warning",
        )
    path, value, url = row.get("location"), row.get(RESERVATION), row.get(POLICY, "")
    if not isinstance(path, str) or not path.startswith(("/", "*")):
        problem("location", "a location that is no path: the rule is ignored", "start the location with /")
        return None
    if isinstance(value, bool) or value not in (0, 1):
        if value != "1":
            problem("value", f"{RESERVATION} is neither 0 nor 1: nothing is said of {path}", "write 0 or 1")
            return None
        problem("value", f'{RESERVATION} is the text "1": other readers take it as unset', "write 1")
    if url and not _absolute(url):
        problem("policy", f"{POLICY} of {path} is no URL: mining is refused", "write an absolute URL")
        url = ""
    if url and value == 0:
        problem("policy-unused", f"{path} is not reserved: its policy is not read", "leave it out", "note")
    return path, int(value), url or ""


def _from_header(artefact: Artefact) -> Reading:
    text, channel = artefact.text.strip(), "header"
    rank = RANKS[channel] + 2 * min(specificity(artefact.path)[0], 1 << 16)
    scope = _scope(artefact.path)
    if artefact.name.lower() == POLICY:
        if not _absolute(text):
            return _wrong(artefact, "tdmrep-policy", f"{POLICY} is no URL", "write an absolute URL")
        # It comes beside a reservation, and turns the refusal there into an offer.
        return Reading(
            located([(_rule(1, text, scope), artefact.line)], ABOUT.name, artefact, channel, rank + 1)
        )
    if text not in ("0", "1"):
        return _wrong(artefact, "tdmrep-value", f"{RESERVATION} is neither 0 nor 1", "write 0 or 1")
    return Reading(
        located([(_rule(int(text), "", scope), artefact.line)], ABOUT.name, artefact, channel, rank)
    )


def _from_html(artefact: Artefact) -> Reading:
    """Return what the `meta` elements say together; of several that differ, the stricter."""
    raw = artefact.text.encode(errors="replace")
    if len(raw) > MOST_BYTES:
        return _wrong(artefact, "tdmrep-too-large", "the page is too large to be read", "make it smaller")
    metas = list(html_elements(artefact.text, "meta"))
    values = [(_content(m), m.line) for m in metas if _named(m, RESERVATION)]
    urls = [_content(m) for m in metas if _named(m, POLICY)]
    if not values:
        return Reading()
    line = values[0][1] + artefact.line - 1
    wrong = []
    if any(value not in ("0", "1") for value, _ in values):
        wrong.append(Problem("tdmrep-value", f"{RESERVATION} is neither 0 nor 1 and says nothing",
                             "write 0 or 1", artefact.where, line))  # fmt: skip
    said = {value for value, _ in values} & {"0", "1"}
    if len(said) > 1 or len(set(urls)) > 1:
        wrong.append(Problem("tdmrep-disagree", "the page says different things: the stricter is read",
                             f"keep one {RESERVATION} and one {POLICY}", artefact.where, line))  # fmt: skip
    if not said:
        return Reading((), tuple(wrong))
    url = urls[0] if len(set(urls)) == 1 else ""
    if url and not _absolute(url):
        wrong.append(Problem("tdmrep-policy", f"{POLICY} is no URL: mining is refused",
                             "write an absolute URL", artefact.where, line))  # fmt: skip
        url = ""
    scope = _scope(artefact.path)
    rank = RANKS["html"] + min(specificity(artefact.path)[0], 1 << 16)
    rules = [(_rule(int(max(said)), url, scope), line)]
    return Reading(located(rules, ABOUT.name, artefact, "html", rank), tuple(wrong))


def _rule(value: int, url: str, scope: Scope) -> Rule:
    if value == 0:
        return Rule(MINING.acts, Effect.ALLOW, scope=scope)
    if not url:
        return Rule(MINING.acts, Effect.DENY, scope=scope)
    return Rule(MINING.acts, Effect.CONDITIONAL, scope=scope, duties=frozenset({Consent(url)}))


def _scope(path: str, but: frozenset[str] = frozenset()) -> Scope:
    if path in ("/", "*", "/*"):
        return Scope(but=but)
    known = path.startswith(("/", "*", "http://", "https://"))
    return Scope(urls=frozenset({path if known else f"/{path}"}), but=but)


def _absolute(url: object) -> bool:
    return (
        isinstance(url, str) and url.startswith(("https://", "http://")) and not any(c.isspace() for c in url)
    )


def _named(element: Element, name: str) -> bool:
    return element.attributes.get("name", "").strip().lower() == name


def _content(element: Element) -> str:
    return element.attributes.get("content", "").strip()


def _wrong(artefact: Artefact, code: str, message: str, mend: str) -> Reading:
    message += ": it says nothing"
    return Reading((), (Problem(code, message, mend, artefact.where, artefact.line),))
