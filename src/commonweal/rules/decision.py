"""The answer to a request, with the rules that gave it."""

from __future__ import annotations

from typing import Any

import msgspec

from commonweal.rules.terms import to_json
from commonweal.rules.vocabulary import Duty, Effect, Flow, Life

FREE = Flow()


class Reason(msgspec.Struct, frozen=True):
    """A rule that decided: what it says, and where it stands.

    Attributes
    ----------
    rule : str
        What it says, in words.
    source : str
        File or URL, and the standard.
    line : int or None
    effect : Effect
    """

    rule: str
    source: str
    line: int | None
    effect: Effect


class Decision(msgspec.Struct, frozen=True):
    """The answer to a request.

    Attributes
    ----------
    effect : Effect
        allow, deny, conditional, or unknown where nothing speaks for it.
    duties : frozenset of Duty
        What a conditional use owes; duties of all rules that may apply unite.
    flow : Flow
        Limits on what becomes of what is made.
    lives : tuple of Life
        Notice, cure and end of the rules that grant, where they say any.
    reasons : tuple of Reason
        The rules that decided; for unknown, those that would grant if what is open were known.
    disagree : tuple of Reason
        Rules of other sources that say otherwise and lost.
    default : Effect
        For unknown: what the user's setting for the place says; never allow.
    """

    effect: Effect
    duties: frozenset[Duty] = frozenset()
    flow: Flow = FREE
    lives: tuple[Life, ...] = ()
    reasons: tuple[Reason, ...] = ()
    disagree: tuple[Reason, ...] = ()
    default: Effect = Effect.UNKNOWN

    def to_json(self) -> dict[str, Any]:
        """Return {"effect", "duties", "reasons": [{"rule", "source", "line"}], ...}."""
        out: dict[str, Any] = {
            "effect": str(self.effect),
            "duties": to_json(sorted(self.duties, key=str)),
            "reasons": [_reason_json(r) for r in self.reasons],
        }
        if not self.flow.free:
            out["flow"] = to_json(self.flow)
        if self.lives:
            out["life"] = [to_json(life) for life in self.lives]
        if self.disagree:
            out["disagree"] = [_reason_json(r) for r in self.disagree]
        if self.effect is Effect.UNKNOWN:
            out["default"] = str(self.default)
        return out


def _reason_json(reason: Reason) -> dict[str, Any]:
    return {
        "rule": reason.rule,
        "source": reason.source,
        "line": reason.line,
        "effect": str(reason.effect),
    }
