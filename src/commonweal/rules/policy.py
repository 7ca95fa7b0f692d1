"""Decisions: signals are compiled once; a request is a few intersections of sets of rules.

A rule that grants counts where it surely applies; one that restricts counts where it may. Rules that meet
combine to the strictest; the conflicts between sources follow docs/how-it-works/rules.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from commonweal.errors import InputError
from commonweal.rules.compiled import Compiled, Masks
from commonweal.rules.decision import Decision
from commonweal.rules.patterns import split
from commonweal.rules.request import Request
from commonweal.rules.signals import Signal
from commonweal.rules.terms import Terms
from commonweal.rules.vocabulary import EU, Act, Effect


def decide(
    given: Terms | Signal | Iterable[Terms | Signal],
    request: Request,
    defaults: Mapping[str, Effect] | None = None,
) -> Decision:
    """Return what terms or signals say of a request; for many requests, make a `Policy` once.

    Parameters
    ----------
    given : Terms, Signal, or several
    request : Request
    defaults : mapping of geo to Effect, optional
        What an unknown counts as by place; the key "" is for all others. Never allow.
    """
    return Policy.of(given, defaults).decide(request)


@dataclass(frozen=True)
class Policy:
    """Signals compiled for decisions."""

    signals: tuple[Signal, ...]
    defaults: Mapping[str, Effect]

    @classmethod
    def of(
        cls, given: Terms | Signal | Iterable[Terms | Signal], defaults: Mapping[str, Effect] | None = None
    ) -> Policy:
        """Compile terms or signals.

        Raises
        ------
        InputError
            If a default is allow: what nobody said grants nothing.
        """
        several = [given] if isinstance(given, Terms | Signal) else list(given)
        signals = tuple(s if isinstance(s, Signal) else Signal(s) for s in several)
        if any(effect is Effect.ALLOW for effect in (defaults or {}).values()):
            raise InputError("a default of 'allow'", mend="choose deny, conditional or unknown")
        return cls(signals, dict(defaults or {}))

    def decide(self, request: Request) -> Decision:
        """Return what the signals say of a request."""
        url = None if request.url is None else split(request.url)
        return self._judge(request, self._compiled.scopes.of_request(request, url))

    def over(self, act: Act, pattern: str | None = None, *, request: Request | None = None) -> Decision:
        """Return the strictest that is said of an act over everything a URL pattern matches (None: over all
        that is covered), for whoever `request` leaves open: what a dialect may write for that pattern."""
        asked = request or Request(act)
        return self._judge(asked, self._compiled.scopes.of_pattern(pattern), act)

    def _judge(self, request: Request, scope: Masks, act: Act | None = None) -> Decision:
        c = self._compiled
        (yes_scope, may_scope), (yes_who, may_who) = scope, c.who.fit(request)
        yes_out, may_out = c.unless.fit(request)
        some = c.acts[act or request.act] & c.in_force(request.moment) & c.current(request.moment)
        possible = some & may_scope & may_who & ~yes_out
        sure = some & yes_scope & yes_who & ~may_out & possible
        agreed = possible & c.agreements
        if agreed:
            agreed &= c.parties(request)
        if agreed:
            possible, sure = agreed, sure & agreed
        else:
            possible, sure = possible & ~c.agreements, sure & ~c.agreements
            possible, sure = c.override(possible, sure)
        return self._told(possible, sure & c.may_grant, request)

    def _told(self, possible: int, sure: int, request: Request) -> Decision:
        c = self._compiled
        if refused := possible & c.deny:
            return Decision(
                Effect.DENY, reasons=c.reasons(refused), disagree=c.others(possible & ~c.deny, refused)
            )
        if not sure:
            waiting = possible & (c.allow | c.conditional)
            return Decision(Effect.UNKNOWN, reasons=c.reasons(waiting), default=self._default(request))
        if owing := possible & c.conditional:
            duties, flow, lives = c.owed(owing)
            others = c.others(sure & c.allow, owing)
            return Decision(Effect.CONDITIONAL, duties, flow, lives, c.reasons(owing), others)
        return Decision(Effect.ALLOW, lives=c.lives(sure), reasons=c.reasons(sure))

    def _default(self, request: Request) -> Effect:
        found = self.defaults.get(request.geo or "")
        if found is None and request.geo in EU:
            found = self.defaults.get("EU")
        return found or self.defaults.get("", Effect.UNKNOWN)

    @cached_property
    def _compiled(self) -> Compiled:
        return Compiled.of(self.signals)
