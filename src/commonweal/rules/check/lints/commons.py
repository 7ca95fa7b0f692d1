"""Would these terms put an open commons in breach, if it took such a work in or passed it on?

Two hosts are tried. A wiki passes everything on under CC BY-SA 4.0, in dumps, to anyone, and may add no
further restriction (section 2(a)(5)); the licence is for the whole term of copyright. A project on a forge
takes in what comes under its licence (inbound = outbound), and an open-source licence tells neither persons
nor fields of use apart (Open Source Definition, 5 and 6). Both can carry attribution and share-alike alone.
What nobody says is no breach here: then there is no licence at all, which is another question.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from commonweal.rules.check.effective import Effective
from commonweal.rules.check.evidence import Evidence
from commonweal.rules.check.lints.base import Hit, lint
from commonweal.rules.policy import Policy
from commonweal.rules.request import Request
from commonweal.rules.signals import Signal
from commonweal.rules.terms import Rule, Terms
from commonweal.rules.vocabulary import USES, Act, Attribute, Effect
from commonweal.rules.words import in_words

WIKI = "a wiki under CC BY-SA"
FORGE = "an open-source project"
FULL = ("commonweal", "odrl")
"""Standards in which terms stand whole."""
SHOWN = 3
"""Limits that are named; further ones are counted."""
# What the Open Source Definition and CC BY-SA each say against a limit of that kind.
AGAINST = {
    "act": ("must let anyone do it, machines included", "may not tell fields of use apart"),
    "who": ("must license it to anyone", "may not tell persons or groups apart"),
    "duty": ("may ask for no more than attribution and share-alike", "may ask for no more than its licence"),
    "flow": ("may limit nothing that is made with it", "must let derived works be passed on"),
    "life": ("can't call its copies and dumps back", "can't call released versions back"),
}  # fmt: skip


@dataclass(frozen=True)
class Breach:
    """A rule that a host can't keep.

    Attributes
    ----------
    host : str
    rule : str
        In words.
    what : str
        What of it.
    why : str
        Why the host can't.
    where : str
        File or URL.
    line : int or None
    """

    host: str
    rule: str
    what: str
    why: str
    where: str
    line: int | None


def breaches(given: Terms | Signal | Iterable[Terms | Signal], at: datetime | None = None) -> list[Breach]:
    """Return the rules that a wiki or an open-source project could not keep.

    Parameters
    ----------
    given : Terms, Signal, or several
    at : datetime, optional
        Rules that have ended by then don't count; now where absent.
    """
    policy, moment = Policy.of(given), at or datetime.now(UTC)
    free = Policy.of(Terms(tuple(r for s in policy.signals for r in s.terms.rules if _free(r))))
    # Asked as a host must: for anyone at all, over everything.
    open_ = {act for act in USES if free.over(act, request=Request(act, at=moment)).effect is Effect.ALLOW}
    found = []
    for signal in policy.signals:
        for i, rule in enumerate(signal.terms.rules):
            if not rule.acts & USES or (rule.life.expiry is not None and rule.life.expiry <= moment):
                continue
            for kind, what in _limits(rule, open_):
                for host, why in zip((WIKI, FORGE), AGAINST[kind], strict=True):
                    found.append(Breach(host, in_words(rule), what, why, signal.where, signal.line(i)))
    return list(dict.fromkeys(found))


def _free(rule: Rule) -> bool:
    """Does it grant to anyone, for nothing and for good?"""
    return not list(_limits(rule, set()))


def _limits(rule: Rule, open_: set[Act]) -> Iterator[tuple[str, str]]:
    """Yield (kind, what) for each limit in a rule; `open_` are acts that anyone may do without condition."""
    acts = ", ".join(sorted(rule.acts & USES))
    if rule.effect is Effect.DENY:
        someone = rule.who.anyone and rule.unless is None
        yield ("act", f"{acts} refused") if someone else ("who", f"{acts} refused to some")
        return
    if rule.acts & USES <= open_:
        return  # granted to anyone by another rule, so this one limits nobody
    if not rule.who.anyone or rule.unless is not None:
        yield "who", f"{acts} granted to some only"
    for duty in sorted(str(d.__struct_config__.tag) for d in rule.duties if not isinstance(d, Attribute)):
        yield "duty", f"{acts} owes the duty `{duty}`"
    for name, limited in (
        ("depth", rule.flow.depth is not None),
        ("synthetic", rule.flow.synthetic is not None),
        ("weights", not rule.flow.weights),
    ):
        if limited:
            yield "flow", f"flow.{name} is limited"
    if rule.life.expiry is not None:
        yield "life", f"the grant ends on {rule.life.expiry:%Y-%m-%d}"
    elif rule.life.notice_days is not None or rule.life.after in ("retrain-without", "withdraw-models"):
        yield "life", "the grant can be ended"


@lint(
    "open-commons-breach", "note", "terms that an open commons can't keep",
    why="a wiki or an open-source project that took in or passed on such a work would break these terms, or "
    "its own licence",
    mend="grant redistribution to anyone with attribution or share-alike alone, or say that the works are "
    "not meant for an open commons",
)  # fmt: skip
def open_commons(evidence: Evidence, effective: Effective) -> Iterator[Hit]:
    """Find rules of signals that a wiki or an open-source project could not keep."""
    # robots.txt by agent speaks of fetching: what is had otherwise it does not bind. Where the terms stand in
    # full, what other standards made of them says nothing more.
    signals = [s for s in evidence.signals if s.standard != "agents"]
    full = [s for s in signals if s.standard in FULL]
    found = breaches(full or signals, evidence.at)
    if not found:
        return
    whats = list(dict.fromkeys(f"{b.what} ({b.rule})" for b in found))
    more = f"; and {len(whats) - SHOWN} more" if len(whats) > SHOWN else ""
    whys = dict.fromkeys(f"{b.host} {b.why}" for b in found)
    yield Hit(f"{'; '.join(whats[:SHOWN])}{more}: {'; '.join(whys)}", found[0].where, found[0].line)
