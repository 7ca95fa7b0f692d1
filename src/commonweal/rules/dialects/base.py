"""What every dialect is: a writer and a reader of one machine-readable form of terms.

The export rule, which `tests/rules/test_dialects.py` holds for all of them:

- Reading back what was written never grants more than the source: allow only what is allowed to everyone that
  the dialect can't tell apart, over every work that the statement covers.
- What is refused is said, wherever the standard has a word for it, with the smallest token that covers it.
  Refusing training never forbids search.
- What differs is a loss, and is listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

import msgspec

from commonweal.rules.patterns import specificity
from commonweal.rules.policy import Policy
from commonweal.rules.request import Request
from commonweal.rules.signals import Binding, Signal
from commonweal.rules.terms import Rule, Terms
from commonweal.rules.vocabulary import TRAINING, Act, Effect


class Kind(StrEnum):
    """Where an artefact goes."""

    FILE = "file"
    """A file on the site, at `path`."""
    ROBOTS = "robots"
    """Lines for robots.txt; see `Artefact.name`."""
    HEADER = "header"
    """An HTTP header `name`, sent for URLs that match `path`."""
    TAG = "tag"
    """An element for the head of HTML pages that match `path`."""


@dataclass(frozen=True)
class Artefact:
    """One thing to publish, or found published.

    Attributes
    ----------
    kind : Kind
    text : str
        Content of the file; value of the header; the HTML element; lines for robots.txt.
    path : str
        FILE: path under the site's root, without the first slash. HEADER, TAG: URL pattern they belong to.
    name : str
        Name of the header. For lines of robots.txt where they go: "group" for `User-agent: *` (and repeated
        in every other group, for an agent obeys one group alone), "top" for outside of groups, "agents" for
        lines that bring groups of their own.
    media_type : str
        Of a file.
    where : str
        For what was found: file or URL, for reasons and findings.
    line : int
        Line in `where` on which `text` starts.
    verified : bool
        Do the bytes come from the declarer? True for what we write and for what a site serves; a mark inside
        a file that anybody may have written (no signature, or none that was checked) is not.
    """

    kind: Kind
    text: str
    path: str = "/"
    name: str = ""
    media_type: str = "text/plain"
    where: str = ""
    line: int = 1
    verified: bool = True


@dataclass(frozen=True, order=True)
class Loss:
    """Something that a dialect can't carry.

    Attributes
    ----------
    what : str
        The field or act: "duties.watermark", "train-gen on /blog/".
    why : str
        What becomes of it.
    """

    what: str
    why: str


@dataclass(frozen=True)
class Problem:
    """Something malformed that a reader met; reading went on.

    Attributes
    ----------
    code : str
        Stable name of the finding, such as "aipref-comma-list".
    message, mend : str
        What is wrong, and what to write instead.
    where : str
    line : int or None
    severity : str
        "error" where the signal is not understood as meant, "warning" where some readers fail, "note".
    """

    code: str
    message: str
    mend: str
    where: str = ""
    line: int | None = None
    severity: str = "error"


@dataclass(frozen=True)
class Site:
    """Where terms are to be published.

    Parameters
    ----------
    origin : str
        "https://example.org", without a slash at the end; "" where it is not known.
    terms_url : str
        Where the full terms can be read by machines; dialects link there for what they can't say.
    at : datetime
        The time for which is written: rules in force then.
    """

    origin: str = ""
    terms_url: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True)
class Written:
    """What a dialect wrote, and what it could not say."""

    artefacts: tuple[Artefact, ...]
    losses: tuple[Loss, ...] = ()


@dataclass(frozen=True)
class Reading:
    """What a dialect read: signals, and what was malformed. Nothing found is an empty reading."""

    signals: tuple[Signal, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Token:
    """One word of a dialect.

    Attributes
    ----------
    name : str
        As it is written.
    acts : frozenset of Act
        The leaves that it refuses, or grants.
    touches : frozenset of Act
        Leaves that granting it may grant besides, in some reading of the standard: it is written as granted
        only where these are granted too, and is never read as granting them.
    grants : bool
        Can it grant? A word of a standard that only refuses can't.
    """

    name: str
    acts: frozenset[Act]
    touches: frozenset[Act] = frozenset()
    grants: bool = True


@dataclass(frozen=True)
class About:
    """What a dialect is, for its page in the documentation.

    Attributes
    ----------
    name : str
        Short name, as in `--to`.
    title, version, url : str
        The standard, the version that is spoken, and where it stands.
    checked : str
        When the facts were last checked, year and month.
    status : str
        Standing of the specification: "W3C Community Group report", "Internet-Draft, no consensus".
    tokens : sequence of Token
        Its words, each a set of leaf acts.
    silence : str
        What absence means.
    conditions : str
        How a conditional grant is written.
    cannot : sequence of str
        What it can never say, in words.
    whole : bool
        Does it carry everything, so that nothing is ever lost?
    """

    name: str
    title: str
    version: str
    url: str
    checked: str
    status: str
    tokens: Sequence[Token]
    silence: str
    conditions: str
    cannot: Sequence[str] = ()
    whole: bool = False


@runtime_checkable
class Dialect(Protocol):
    """One dialect. Modules in this package name theirs `DIALECT`; that is all it takes to add one."""

    about: About

    def write(self, terms: Terms, site: Site) -> Written:
        """Return what to publish, and what of it is lost by the dialect's own knowledge."""
        ...

    def reads(self, artefact: Artefact) -> bool:
        """Could this artefact hold the dialect? Cheap, by kind, path and name."""
        ...

    def read(self, artefact: Artefact) -> Reading:
        """Return what an artefact says; malformed parts become problems, never exceptions."""
        ...


# What writers share ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Strict:
    """Terms as one who can't tell askers apart must state them: the strictest for whoever may ask.

    `ever`: for marks that travel with a work and can't be taken back: the strictest from `site.at` on.
    """

    policy: Policy
    site: Site
    ever: bool = False

    @classmethod
    def of(cls, terms: Terms, site: Site, *, ever: bool = False) -> Strict:
        """Compile terms for writing."""
        return cls(Policy.of(terms), site, ever)

    def effect(self, act: Act, pattern: str | None = None, request: Request | None = None) -> Effect:
        """Return what may be written of an act over all that a pattern matches (None: over everything).

        `request` narrows who asks, for dialects that can tell. Where some owe something and of the others
        nothing is said, it is refused: silence would free those who owe.
        """
        moments = [self.site.at, *self._later()] if self.ever else [self.site.at]
        return strictest(
            self._stated(act, pattern, msgspec.structs.replace(request or Request(act), at=moment))
            for moment in moments
        )

    def _stated(self, act: Act, pattern: str | None, request: Request) -> Effect:
        found = self.policy.over(act, pattern, request=request)
        owing = any(reason.effect is Effect.CONDITIONAL for reason in found.reasons)
        return Effect.DENY if found.effect is Effect.UNKNOWN and owing else found.effect

    def effects(
        self, pattern: str | None = None, acts: Iterable[Act] = tuple(Act), request: Request | None = None
    ) -> dict[Act, Effect]:
        """Return the effect of each act."""
        return {act: self.effect(act, pattern, request) for act in acts}

    def _later(self) -> list[datetime]:
        lives = (rule.life for signal in self.policy.signals for rule in signal.terms.rules)
        moments = {m for life in lives for m in (life.effective, life.expiry) if m is not None}
        return sorted(m for m in moments if m > self.site.at)


def strictest(effects: Iterable[Effect]) -> Effect:
    """Return the effect that grants least: deny, then unknown, then conditional, then allow."""
    order = (Effect.DENY, Effect.UNKNOWN, Effect.CONDITIONAL, Effect.ALLOW)
    found = set(effects)
    return next(e for e in order if e in found)


def say(token: Token, effects: Mapping[Act, Effect], *, conditions: bool) -> Effect:
    """Return what to write of a token: allow, conditional, deny, or unknown for nothing.

    Parameters
    ----------
    effects : mapping
        What the source says of each act.
    conditions : bool
        Can the dialect say *conditional*? If not, a conditional leaf is refused.

    Allow and conditional need every leaf. A refusal is written where every leaf is refused, or is left open
    by the source and is not search; training is refused whole where either kind is, for a token that lumps
    both would otherwise leave the refused one open.
    """
    inside = [effects[a] for a in token.acts]
    wide = inside + [effects[a] for a in token.touches]
    if all(e is Effect.ALLOW for e in wide):
        return Effect.ALLOW
    if conditions and all(e.grant for e in wide) and Effect.CONDITIONAL in inside:
        return Effect.CONDITIONAL
    refused = {a for a in token.acts if effects[a] is Effect.DENY}
    if not conditions or not all(e.grant for e in inside):
        refused |= {a for a in token.acts if effects[a] is Effect.CONDITIONAL}
    if not refused:
        return Effect.UNKNOWN
    others = token.acts - refused
    if token.acts <= TRAINING or all(
        effects[a] is Effect.UNKNOWN and a not in (Act.SEARCH, Act.CRAWL) for a in others
    ):
        return Effect.DENY
    return Effect.UNKNOWN


def patterns_of(terms: Terms, site: Site) -> tuple[list[str], list[Loss]]:
    """Return the paths for which statements differ, "/" first, and losses for those on other origins."""
    found = {"/"}
    losses = []
    for rule in terms.rules:
        for text in rule.scope.urls | rule.scope.but:
            local = _local(text, site)
            if local.startswith("/"):
                found.add(local)
            else:
                losses.append(Loss(f"scope {text}", "it is on another origin: publish there"))
    return sorted(found, key=lambda p: (len(p), p)), sorted(set(losses))


def where_longest(terms: Terms, pattern: str, site: Site) -> Terms:
    """Return terms as they stand where no longer pattern of theirs matches than `pattern`.

    For dialects in which the longest match speaks alone: what longer patterns name, or leave out, is said on
    their own lines, and must not spill over to the shorter one.
    """
    longer = {p for p in patterns_of(terms, site)[0] if specificity(p) > specificity(pattern)}
    if not longer:
        return terms

    def kept(texts: frozenset[str]) -> frozenset[str]:
        return frozenset(t for t in texts if _local(t, site) not in longer)

    rules = []
    for rule in terms.rules:
        scope = rule.scope
        urls = kept(scope.urls)
        if urls or not scope.urls or scope.ids or scope.datasets:
            scope = msgspec.structs.replace(scope, urls=urls, but=kept(scope.but))
            rules.append(msgspec.structs.replace(rule, scope=scope))
    return msgspec.structs.replace(terms, rules=tuple(rules))


def _local(pattern: str, site: Site) -> str:
    """Return a pattern without the site's own origin."""
    if pattern.startswith("*"):
        return "/" + pattern
    return pattern.removeprefix(site.origin) if site.origin else pattern


# What readers share ---------------------------------------------------------------------------------------


def located(
    rules: Sequence[tuple[Rule, int | None]],
    standard: str,
    artefact: Artefact,
    channel: str,
    rank: int = 0,
    binding: Binding = Binding.LOCATION,
    verified: bool = True,
) -> tuple[Signal, ...]:
    """Return the signal of rules with their lines; nothing for no rules."""
    if not rules:
        return ()
    terms = Terms(tuple(rule for rule, _ in rules))
    line = {rule.key: number for rule, number in reversed(rules)}
    lines = tuple(line[rule.key] for rule in terms.rules)
    return (Signal(terms, standard, artefact.where, lines, channel, rank, binding, verified),)
