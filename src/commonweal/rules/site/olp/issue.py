"""Whether a licence is granted: what the policy says of a client's question, and whether it was paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from commonweal.rules.policy import Policy
from commonweal.rules.request import Request
from commonweal.rules.site.olp.clients import Client
from commonweal.rules.site.olp.grants import Grant
from commonweal.rules.site.olp.licence import Wanted
from commonweal.rules.site.olp.payments import Payments
from commonweal.rules.vocabulary import Act, Consent, Duty, Effect, Flow, Pay


@dataclass(frozen=True)
class Granted:
    """A grant, with what using it owes and what limits what is made with it."""

    grant: Grant
    duties: frozenset[Duty]
    flow: Flow


@dataclass(frozen=True)
class Refused:
    """Why not: HTTP status, error code, a sentence, and what is still to be paid."""

    status: int
    code: str
    problem: str
    unpaid: frozenset[Pay] = frozenset()


def issue(
    policy: Policy,
    client: Client,
    wanted: Wanted,
    *,
    now: datetime,
    lifetime: timedelta | None,
    payments: Payments | None,
) -> Granted | Refused:
    """Return the licence that a client gets for what it wants.

    Every act must be allowed on all that the resource covers: what nobody said grants nothing. Fetching it
    is part of every use, so a refusal or a price of `crawl` counts even where only uses are asked for;
    silence about it does not. Other duties than payment are taken on with the licence, except consent, which
    comes before anything else.

    Parameters
    ----------
    policy : Policy
    client : Client
    wanted : Wanted
    now : datetime
    lifetime : timedelta or None
        How long the token holds at most; shorter where a rule that grants ends before. None: no end.
    payments : Payments, optional
        Absent: nothing is paid.
    """
    duties: frozenset[Duty] = frozenset()
    flow = Flow()
    ends = [] if lifetime is None else [now + lifetime]
    refused: list[str] = []
    for act in sorted(wanted.acts | {Act.CRAWL}):
        question = client.request(act)
        # Over everything that the pattern covers, not for one URL: the token opens all of it.
        said = policy.over(act, wanted.resource, request=_at(question, now))
        if said.effect is Effect.UNKNOWN and act not in wanted.acts:
            continue
        if said.effect in (Effect.DENY, Effect.UNKNOWN):
            refused.append(f"{act} ({'refused' if said.effect is Effect.DENY else 'not granted'})")
        duties, flow = duties | said.duties, flow.meet(said.flow)
        ends += [life.expiry for life in said.lives if life.expiry is not None]
    if refused:
        return Refused(403, "invalid_license", f"the terms do not grant this client: {', '.join(refused)}")
    if any(isinstance(d, Consent) for d in duties):
        return Refused(403, "invalid_license", "the declarer's consent comes first: see the terms")
    owed = frozenset(d for d in duties if isinstance(d, Pay))
    if owed and not (payments is not None and payments.paid(client.id, wanted.resource, owed)):
        return Refused(402, "payment_required", "the licence is granted once it is paid", owed)
    once = wanted.once or any(d.model == "per-crawl" for d in owed)
    grant = Grant(client.id, wanted.resource, wanted.acts, now, min(ends, default=None), once)
    return Granted(grant, duties, flow)


def _at(question: Request, now: datetime) -> Request:
    return msgspec.structs.replace(question, at=now)
