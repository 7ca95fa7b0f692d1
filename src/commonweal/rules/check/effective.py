"""What all signals together say of each path and act, and who says what.

Asked is for a stranger: one whose class is not known and whom no rule names. Signals are compiled once for
each class of pages, and paths on which the same rules speak are judged once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from commonweal.rules.check.evidence import Evidence, of_a_work
from commonweal.rules.check.findings import plain
from commonweal.rules.decision import Reason
from commonweal.rules.patterns import parse, split
from commonweal.rules.policy import Policy
from commonweal.rules.request import Request
from commonweal.rules.signals import Signal
from commonweal.rules.vocabulary import Act, Effect

STRANGER = "stranger.invalid"
"""A name that no rule has (RFC 6761)."""
MOST_JUDGED_IN_FULL = 2_000
MOST_PATTERNS = 2_000
MOST_NAMES = 1_000
LONGEST_PLACE = 100
Effects = Mapping[Act, Effect]


@dataclass(frozen=True)
class Voice:
    """What one standard says of an act, on one channel or (channel "") on all of them together."""

    standard: str
    channel: str
    effect: Effect
    reasons: tuple[Reason, ...]
    unit: bool = False
    """Do all of them speak of one work, wherever it is?"""

    @property
    def told(self) -> str:
        """Who says what, in words."""
        said = f"{self.standard}{f' in {self.channel}' if self.channel else ''} says {self.effect}"
        if not self.reasons:
            return said
        where, line = plain(self.reasons[0].source.rsplit(" (", 1)[0], LONGEST_PLACE), self.reasons[0].line
        return f"{said} ({where}{f', line {line}' if line else ''})"


@dataclass
class Group:
    """Paths of which the same rules speak.

    Attributes
    ----------
    paths : list of str
        Patterns that rules name, and pages.
    effects : mapping of Act to Effect
    reasons : mapping of Act to the rules that decided
    voices : mapping of Act to what each standard says by itself, where it says anything
    channels : mapping of Act to what each channel of each standard says
    pages : int
        How many of the paths are pages that were met.
    """

    paths: list[str]
    effects: Effects
    reasons: Mapping[Act, tuple[Reason, ...]]
    voices: Mapping[Act, tuple[Voice, ...]]
    channels: Mapping[Act, tuple[Voice, ...]]
    pages: int = 0


@dataclass(frozen=True)
class Effective:
    """What all signals say together.

    Attributes
    ----------
    groups : sequence of Group
        In the order of their first paths.
    named : mapping of str to Effects
        Those whom rules name, and what is said to them of "/" where it differs from what a stranger is told.
    """

    groups: Sequence[Group]
    named: Mapping[str, Effects] = field(default_factory=dict)

    @cached_property
    def by_path(self) -> Mapping[str, Group]:
        """The group of each path."""
        return {path: group for group in self.groups for path in group.paths}

    @property
    def root(self) -> Group:
        """What is said of "/"."""
        return self.by_path["/"]

    def to_json(self) -> dict[str, dict[str, str]]:
        """Return {path: {act: effect}}, sorted by path."""
        plain = {id(g): {str(a): str(e) for a, e in g.effects.items()} for g in self.groups}
        return {path: plain[id(group)] for path, group in sorted(self.by_path.items())}


def effective(evidence: Evidence) -> Effective:
    """Return what the signals of a site say of each pattern that they name and of each page."""
    judge = _Judge(evidence)
    for pattern in judge.patterns:
        judge.add(pattern, representative(pattern), 0, page=False)
    for path, number in evidence.pages.items():
        judge.add(path, path, number, page=True)
    groups = sorted(judge.groups.values(), key=lambda g: (len(g.paths[0]), g.paths[0]))
    return Effective(groups, judge.named())


def representative(pattern: str) -> str:
    """Return a path that a pattern matches, and as little else as possible."""
    path = split(pattern)[1].removesuffix("$").replace("*", "x")
    return path if path.startswith("/") else "/" + path


@dataclass(frozen=True)
class _Part:
    """The signals of one standard on one channel ("": on all), compiled; `unit`: all speak of one work."""

    standard: str
    channel: str
    policy: Policy
    unit: bool


class _Judge:
    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self.groups: dict[tuple[int, int], Group] = {}
        self._places: dict[str, tuple[int, int]] = {}
        self._policies: dict[int, tuple[Policy, list[_Part]]] = {}
        named = sorted(_patterns(evidence.site, evidence.origin))
        if len(named) > MOST_PATTERNS:
            evidence.skipped["patterns beyond the number that is shown"] += len(named) - MOST_PATTERNS
        self.patterns = ["/", *(p for p in named[:MOST_PATTERNS] if p != "/")]
        self._parsed = [parse(p) for p in named]

    def add(self, key: str, path: str, number: int, *, page: bool) -> None:
        """Judge a path and put it with those of which the same is said; a page stands for its pattern."""
        place = number, self._matching(path)
        before = self._places.get(key)
        if before is not None and before != place:
            self.groups[before].paths.remove(key)
            if not self.groups[before].paths:
                del self.groups[before]
        group = self.groups.get(place) or self._group(place, path)
        self.groups[place] = group
        if before != place:
            group.paths.append(key)
        self._places[key] = place
        group.pages += page

    def named(self) -> dict[str, Effects]:
        """Return what those whom rules name are told of "/", where it is not what a stranger is told."""
        names = sorted({n for s in self._evidence.site for r in s.terms.rules for n in r.who.names})
        if len(names) > MOST_NAMES:
            self._evidence.skipped["named parties beyond the number that is shown"] += len(names) - MOST_NAMES
        policy, _ = self._compiled(0)
        out: dict[str, Effects] = {}
        for name in names[:MOST_NAMES]:
            told = {a: policy.decide(self._request(a, "/", name)).effect for a in Act}
            if told != {a: policy.decide(self._request(a, "/")).effect for a in Act}:
                out[name] = told
        return out

    def _matching(self, path: str) -> int:
        """Return which patterns match a path, as bits."""
        origin = self._evidence.origin
        found = 0
        for i, pattern in enumerate(self._parsed):
            if pattern.matches(origin or pattern.origin, path):
                found |= 1 << i
        return found

    def _group(self, place: tuple[int, int], path: str) -> Group:
        policy, parts = self._compiled(place[0])
        # Pages of a class share signals that bear the place of the first: here they stand on this page.
        there = {f"{s.where} ({s.standard})": s.standard for s in self._evidence.classes[place[0]]}
        here = self._evidence.absolute(path)

        def placed(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
            return tuple(
                Reason(r.rule, f"{here} ({there[r.source]})", r.line, r.effect) if r.source in there else r
                for r in reasons
            )

        asked = {act: self._request(act, path) for act in Act}
        decided = {act: policy.decide(request) for act, request in asked.items()}
        effects = {act: d.effect for act, d in decided.items()}
        reasons = {act: placed(d.reasons) for act, d in decided.items()}
        if len(self.groups) >= MOST_JUDGED_IN_FULL:
            self._evidence.skipped["pages judged without a search for contradictions"] += 1
            return Group([], effects, reasons, {}, {})
        voices: dict[Act, list[Voice]] = {act: [] for act in Act}
        channels: dict[Act, list[Voice]] = {act: [] for act in Act}
        for part in parts:
            for act, request in asked.items():
                said = part.policy.decide(request)
                if said.effect is not Effect.UNKNOWN:
                    into = channels if part.channel else voices
                    voice = Voice(part.standard, part.channel, said.effect, placed(said.reasons), part.unit)
                    into[act].append(voice)
        return Group(
            [], effects, reasons, {a: tuple(v) for a, v in voices.items()},
            {a: tuple(v) for a, v in channels.items()},
        )  # fmt: skip

    def _request(self, act: Act, path: str, name: str = STRANGER) -> Request:
        origin = self._evidence.origin
        return Request(act, name=name, url=origin + path, at=self._evidence.at)

    def _compiled(self, number: int) -> tuple[Policy, list[_Part]]:
        """Return the policy of a class of pages, and those of each standard and channel by itself."""
        if number not in self._policies:
            # Only the newest answers were kept, so none is judged by its age.
            signals = [replace(s, seen=None) for s in (*self._evidence.site, *self._evidence.classes[number])]
            by: dict[tuple[str, str], list[Signal]] = {}
            for signal in signals:
                for channel in ("", signal.channel):
                    by.setdefault((signal.standard, channel), []).append(signal)
            parts = [
                _Part(s, c, Policy.of(members), all(of_a_work(m) for m in members))
                for (s, c), members in sorted(by.items())
            ]
            self._policies[number] = Policy.of(signals), parts
        return self._policies[number]


def _patterns(signals: Iterable[Signal], origin: str) -> set[str]:
    """Return the patterns that rules name on this site; those of other sites match nothing here."""
    found = {"/"}
    for signal in signals:
        for rule in signal.terms.rules:
            for text in rule.scope.urls | rule.scope.but:
                where, path = split(text)
                if not where or not origin or where == origin:
                    found.add(path if where else ("/" + text if text.startswith("*") else text))
    return found
