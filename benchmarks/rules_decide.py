"""Decisions per second: a policy of 200 rules, 100,000 distinct requests, one core, reasons included.

    python -m benchmarks rules_decide

Beside it, the same rules gone through one by one, as a first version would; both must give the same effects.
No answer is cached: every request names another URL.
"""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from typing import Any

from commonweal.rules import (
    Act,
    Attribute,
    Effect,
    Life,
    Party,
    Pay,
    Policy,
    Request,
    Rule,
    Scope,
    Terms,
    Who,
)
from commonweal.rules.patterns import parse

NOW = datetime(2026, 11, 1, tzinfo=UTC)
PLACES = ("DE", "US", "EU", "JP")


def rules(n: int, seed: int = 0) -> Terms:
    """Return n different rules over sections of a site, kinds of files, classes, places and years."""
    rng, found = random.Random(seed), set()
    while len(found) < n:
        effect = rng.choice([Effect.ALLOW, Effect.DENY, Effect.CONDITIONAL])
        owed = frozenset([Pay("fixed"), Attribute()]) if effect is Effect.CONDITIONAL else frozenset()
        pattern = rng.choice(["/", f"/s{rng.randint(0, 60)}/", f"/s{rng.randint(0, 60)}/a", "/*.pdf$", "/x$"])
        places = frozenset(rng.sample(PLACES, rng.randint(0, 1)))
        who = Who(frozenset(rng.sample(list(Party), rng.randint(0, 2))), places)
        life = Life(effective=datetime(rng.randint(2024, 2026), 1, 1, tzinfo=UTC))
        acts = frozenset(rng.sample(list(Act), rng.randint(1, 3)))
        found.add(Rule(acts, effect, who, scope=Scope(frozenset([pattern])), duties=owed, life=life))
    return Terms(tuple(found))


def requests(n: int, seed: int = 1) -> list[Request]:
    """Return n requests, no two alike."""
    rng, acts, parties = random.Random(seed), list(Act), list(Party)
    return [
        Request(
            rng.choice(acts), frozenset([rng.choice(parties)]), rng.choice(["DE", "US", "FR"]),
            url=f"/s{rng.randint(0, 80)}/a/{i}" + rng.choice(["", ".pdf"]), at=NOW,
        )
        for i in range(n)
    ]  # fmt: skip


def one_by_one(terms: Terms, request: Request) -> Effect:
    """Decide as a first version would: every rule in turn."""
    here = {request.geo, "EU"} if request.geo in ("DE", "FR") else {request.geo}
    effects = set()
    for rule in terms.rules:
        if (
            request.act in rule.acts
            and rule.life.holds(request.moment)
            and (not rule.who.parties or rule.who.parties & (request.parties or frozenset()))
            and (not rule.who.geo or rule.who.geo & here)
            and any(parse(p).matches("", request.url or "") for p in rule.scope.urls)
        ):
            effects.add(rule.effect)
    order = (Effect.DENY, Effect.CONDITIONAL, Effect.ALLOW)
    return next((e for e in order if e in effects), Effect.UNKNOWN)


def run(quick: bool = False) -> dict[str, Any]:
    """Return decisions per second of both, and that they agree."""
    terms, asked = rules(200), requests(5_000 if quick else 100_000)
    start = time.perf_counter()
    policy = Policy.of(terms)
    policy.decide(asked[0])
    compiled = time.perf_counter() - start
    best, answers = float("inf"), []
    for _ in range(1 if quick else 5):
        start = time.perf_counter()
        answers = [policy.decide(request) for request in asked]
        best = min(best, time.perf_counter() - start)
    some = asked[:2_000]
    start = time.perf_counter()
    slow = [one_by_one(terms, request) for request in some]
    plain = (time.perf_counter() - start) / len(some)
    if slow != [a.effect for a in answers[: len(some)]]:
        raise RuntimeError("the two do not decide alike")
    return {
        "rules": len(terms.rules),
        "requests": len(asked),
        "compiled in s": compiled,
        "per second": len(asked) / best,
        "one by one, per second": 1 / plain,
        "decided": {str(e): sum(a.effect is e for a in answers) for e in Effect},
        "reasons, mean": sum(len(a.reasons) for a in answers) / len(answers),
    }


def table(result: dict[str, Any]) -> str:
    """Return the figures as a Markdown table."""
    rows = [("what", "figure"), ("---", "---:")]
    rows += [("decisions per second, reasons included", f"{result['per second']:,.0f}")]
    rows += [("one rule after the other, without reasons", f"{result['one by one, per second']:,.0f}")]
    rows += [("compiling the policy", f"{1e3 * result['compiled in s']:.0f} ms")]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
