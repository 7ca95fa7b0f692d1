"""What was found on a site: signals, which pages they speak of, and the facts that lints ask for.

Read as a stream: of a page no more is kept than its path and the number of its class. Pages are of one class
if their own headers, elements and marks say the same; a site has few classes, however many pages it has.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from commonweal.rules.check.collect import Response, Source, same_site
from commonweal.rules.check.findings import Findings
from commonweal.rules.check.found import HTML, ROBOTS, Announced, Piece, in_response, path_of
from commonweal.rules.dialects import every
from commonweal.rules.dialects.base import Dialect, Problem, Reading
from commonweal.rules.patterns import split
from commonweal.rules.robots_txt import Robots, parse_robots
from commonweal.rules.signals import Binding, Signal

MOST_REMEMBERED = 20_000
"""Readings that are kept, for the same header stands on every page."""
MOST_SITE_SIGNALS = 2_000
MOST_CLASSES = 2_000
MOST_ANNOUNCED = 1_000
CARDS = frozenset({"croissant", "huggingface"})
"""Standards whose files describe a dataset, and not the site on which they stand."""

Key = tuple[str, str, int, Binding, bool, str]


@dataclass(frozen=True)
class RobotsFile:
    """robots.txt as it was answered."""

    url: str
    status: int
    media_type: str
    raw: bytes
    parsed: Robots
    cut: bool


@dataclass
class Evidence:
    """What a site says.

    Attributes
    ----------
    origin : str
        "" where it is not known.
    whole : bool
        Is what was not met surely not there?
    robots : RobotsFile, optional
    site : list of Signal
        What speaks of the site, with its own scopes.
    classes : list of tuple of Signal
        What pages say of themselves alone; the first class says nothing.
    pages : dict of str to int
        Path of a page, and its class.
    answers : dict of str to (int, str)
        Status and media type of every URL that was met.
    rsl : set of str
        URLs at which RSL was read.
    announced : dict of str to Announced
        RSL documents that are announced, by URL; the first who announces each.
    strays : list of str
        Files called robots.txt that do not stand at the root.
    findings : Findings
        What readers of dialects reported.
    skipped : Counter
        What was left out, and why.
    at : datetime
        The time of the newest answer; signals are judged by it.
    """

    origin: str = ""
    whole: bool = False
    robots: RobotsFile | None = None
    site: list[Signal] = field(default_factory=list)
    classes: list[tuple[Signal, ...]] = field(default_factory=lambda: [()])
    pages: dict[str, int] = field(default_factory=dict)
    answers: dict[str, tuple[int, str]] = field(default_factory=dict)
    rsl: set[str] = field(default_factory=set)
    announced: dict[str, Announced] = field(default_factory=dict)
    strays: list[str] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)
    skipped: Counter[str] = field(default_factory=Counter)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def absolute(self, path: str) -> str:
        """Return the URL of a path, as `answers` has it."""
        return self.origin + path if path.startswith("/") else path

    def key(self, url: str) -> str:
        """Return a URL as `answers` has it: one for http, https and www of this site; a bare path where the
        origin is not known."""
        origin, path = split(url)
        if not self.origin:
            return path
        return self.origin + path if not origin or same_site(origin, self.origin) else origin + path

    @property
    def signals(self) -> list[Signal]:
        """All signals, each once."""
        return [*self.site, *dict.fromkeys(s for members in self.classes for s in members)]


def gather(source: Source) -> Evidence:
    """Read every response of a source.

    Raises
    ------
    InputError
        If the source can't be read.
    """
    reader = _Reader()
    seen = None
    for response in source:
        reader.take(response)
        seen = max(filter(None, (seen, response.seen)), default=None)
    evidence = reader.evidence()
    evidence.origin, evidence.whole = source.collection.origin, source.collection.whole
    evidence.skipped += source.collection.skipped
    evidence.at = seen or evidence.at
    evidence.answers = {evidence.key(url): answer for url, answer in evidence.answers.items()}
    return evidence


class _Reader:
    def __init__(self) -> None:
        self._evidence = Evidence()
        self._remembered: dict[bytes, tuple[tuple[str, Reading], ...]] = {}
        self._silent: set[str] = set()
        self._numbers: dict[frozenset[Key], int] = {frozenset(): 0}
        # Where a URL was answered several times the newest answer stands.
        self._of_site: dict[str, tuple[datetime, list[Signal], list[Problem]]] = {}
        self._of_page: dict[str, datetime] = {}

    def take(self, response: Response) -> None:
        """Read one response."""
        e, path = self._evidence, path_of(response.url)
        seen = response.seen or datetime.min.replace(tzinfo=UTC)
        if path in self._of_page and self._of_page[path] > seen:
            e.skipped["older answers for the same URL"] += 1
            return
        self._of_page[path] = seen
        e.answers[split(response.url)[0] + path] = response.status, response.media_type
        if path == ROBOTS:
            e.robots = _robots(response)
        elif path.endswith("/robots.txt") and response.status == 200:
            e.strays.append(response.url)
        found = in_response(response)
        if found.cut:
            e.skipped["parts of pages, or preferences in robots.txt, beyond what is read"] += 1
        for announced in found.announced:
            if len(e.announced) < MOST_ANNOUNCED:
                e.announced.setdefault(announced.url, announced)
            elif announced.url not in e.announced:
                e.skipped["announcements of further RSL documents"] += 1
        own: dict[Key, Signal] = {}
        site: list[Signal] = []
        problems: list[Problem] = []
        for piece in found.pieces:
            for dialect, reading in self._read(piece):
                wrong = [_placed(p, piece) for p in reading.problems]
                e.findings.extend(wrong) if piece.own else problems.extend(wrong)
                for signal in reading.signals:
                    if dialect == "rsl" and not piece.own:
                        e.rsl.add(response.url)
                    signal = _bound(signal, piece, response.seen)
                    if of_a_work(signal) or (piece.own and not _speaks_wider(signal)):
                        own[_key(signal)] = signal
                    else:
                        site.append(signal)
        if site or problems:
            self._of_site[path] = seen, site, problems
        document = response.status < 300 and response.media_type in HTML | {"application/pdf"}
        if own or document:
            e.pages[path] = self._class(own)

    def evidence(self) -> Evidence:
        """Return what was gathered."""
        e = self._evidence
        for _, signals, problems in self._of_site.values():
            e.findings.extend(problems)
            room = MOST_SITE_SIGNALS - len(e.site)
            if len(signals) > room:
                e.skipped["signals beyond the number that is judged"] += len(signals) - room
            e.site += signals[:room]
        return e

    def _read(self, piece: Piece) -> Iterable[tuple[str, Reading]]:
        """Return what each dialect reads, remembered by content: the same header stands on every page."""
        artefact = piece.artefact
        if not piece.own:
            return _readings(piece)
        if artefact.name and artefact.name in self._silent:
            return ()
        content = "\0".join((artefact.kind, artefact.name, artefact.media_type, artefact.text))
        digest = hashlib.sha256(content.encode("utf-8", "replace")).digest()
        known = self._remembered.get(digest)
        if known is None:
            if artefact.name and not any(d.reads(artefact) for d in every().values()):
                self._silent.add(artefact.name)  # a header that no dialect knows
                return ()
            known = _readings(piece)
            if len(self._remembered) < MOST_REMEMBERED:
                self._remembered[digest] = known
        return known

    def _class(self, own: dict[Key, Signal]) -> int:
        key = frozenset(own)
        if key not in self._numbers:
            if len(self._numbers) >= MOST_CLASSES:
                self._evidence.skipped["pages whose own signals differ from all others, beyond a limit"] += 1
                return 0
            self._numbers[key] = len(self._evidence.classes)
            self._evidence.classes.append(tuple(own.values()))
        return self._numbers[key]


def _readings(piece: Piece) -> tuple[tuple[str, Reading], ...]:
    """Return what each dialect reads, lines and places relative to the artefact."""
    found = []
    for name, dialect in every().items():
        reading = _safely(dialect, piece)
        if reading.signals or reading.problems:
            found.append((name, reading))
    return tuple(found)


def _safely(dialect: Dialect, piece: Piece) -> Reading:
    artefact = replace(piece.artefact, line=1)
    try:
        return dialect.read(artefact) if dialect.reads(artefact) else Reading()
    except Exception as error:  # one reader that fails on hostile input must not end the check of a site
        message = f"the reader of {dialect.about.name} failed on it ({type(error).__name__})"
        return Reading((), (Problem("unreadable", message, "report the file", artefact.where, None),))


def _placed(problem: Problem, piece: Piece) -> Problem:
    return replace(problem, where=piece.artefact.where, line=_line(problem.line, piece))


def _line(line: int | None, piece: Piece) -> int | None:
    if line is None or piece.artefact.kind == "header":
        return None
    return piece.line(line) if piece.lines else line + piece.artefact.line - 1


def _bound(signal: Signal, piece: Piece, seen: datetime | None) -> Signal:
    """Place a signal, and take its word for no more than it can show: marks inside a work were not verified
    here, and restrict only."""
    lines = tuple(_line(line, piece) for line in signal.lines)
    verified = signal.verified and signal.binding is Binding.LOCATION
    return replace(signal, where=piece.artefact.where, lines=lines, verified=verified, seen=seen)


def of_a_work(signal: Signal) -> bool:
    """Does it speak of one work, wherever that is: a mark inside it, or the card of a dataset?"""
    return signal.binding is Binding.UNIT or signal.standard in CARDS


def _speaks_wider(signal: Signal) -> bool:
    """Does it name the paths it speaks of, as RSL inside a page may?"""
    return any(rule.scope.urls for rule in signal.terms.rules)


def _key(signal: Signal) -> Key:
    return (
        signal.standard, signal.channel, signal.rank, signal.binding, signal.verified, signal.terms.sha256
    )  # fmt: skip


def _robots(response: Response) -> RobotsFile:
    return RobotsFile(
        response.url, response.status, response.media_type, response.body, parse_robots(response.body),
        response.cut,
    )  # fmt: skip
