"""Terms, requests and sites at random, small enough that rules meet."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
from hypothesis import strategies as st

from commonweal.rules import (
    Act,
    Attribute,
    Consent,
    Declarer,
    Delete,
    Effect,
    Flow,
    Life,
    Party,
    Pay,
    Report,
    Request,
    Rule,
    Scope,
    Terms,
    Watermark,
    Who,
)

NOW = datetime(2026, 11, 20, tzinfo=UTC)
MOMENTS = [datetime(y, 1, 1, tzinfo=UTC) for y in (2025, 2026, 2027, 2028)]
PATHS = ["/", "/a/", "/a/b", "/c", "/*.pdf$", "/x?y="]
PLACES = ["DE", "FR", "US", "EU"]

amounts = st.integers(0, 10**6).map(lambda n: Decimal(n) / 100)
pays = st.one_of(
    st.sampled_from(["fixed", "subscription", "per-training", "per-crawl", "per-use"]).flatmap(
        lambda m: st.one_of(
            st.just(Pay(m)), amounts.map(lambda a: Pay(m, amount=a, currency="EUR")), st.just(Pay(m, url="https://pay.example/"))
        )
    ),
    st.integers(1, 100).map(lambda n: Pay("revenue-share", share=Decimal(n) / 100)),
    st.just(Pay("in-kind", note="access to the model")),
)  # fmt: skip
duties = st.one_of(
    st.sampled_from(
        [Attribute(), Attribute("by name & link"), Report("ablation"), Report("telemetry", "quarter"),
         Watermark(), Consent(), Delete(30)]
    ),
    pays,
)  # fmt: skip
levels = st.none() | st.integers(0, 2)
flows = st.builds(Flow, levels, levels, st.booleans(), st.booleans())
people = st.builds(
    Who,
    st.frozensets(st.sampled_from(Party), max_size=2),
    st.frozensets(st.sampled_from(PLACES), max_size=1),
    st.frozensets(st.sampled_from(["research", "spam-filter"]), max_size=1),
    st.frozensets(st.just("builder.example"), max_size=1),
)
someone = st.just(Who()) | people
scopes = st.just(Scope()) | st.builds(
    Scope,
    st.frozensets(st.sampled_from(PATHS), max_size=2),
    st.frozensets(st.sampled_from(PATHS[1:]), max_size=1),
)
lives = st.just(Life()) | st.builds(
    Life,
    st.sampled_from([None, *MOMENTS[:2]]),
    st.sampled_from([None, *MOMENTS[2:]]),
    st.sampled_from([None, 30]),
)  # fmt: skip


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """One rule that holds together."""
    acts = draw(st.frozensets(st.sampled_from(Act), min_size=1, max_size=4) | st.just(frozenset(Act)))
    effect = draw(st.sampled_from([Effect.ALLOW, Effect.DENY, Effect.CONDITIONAL]))
    owed, flow = frozenset(), Flow()
    if effect is Effect.CONDITIONAL:
        owed = draw(st.frozensets(duties, min_size=1, max_size=3))
        flow = draw(st.just(Flow()) | flows)
    unless = draw(st.none() | people.filter(lambda w: not w.anyone))
    return Rule(acts, effect, draw(someone), unless, draw(scopes), owed, flow, draw(lives))


declarers = st.sampled_from([Declarer(), Declarer("Guild <of> & co", "https://guild.example/")])
terms = st.builds(
    Terms,
    st.lists(rules(), max_size=4).map(tuple),
    title=st.sampled_from(["", "House terms"]),
    declarer=declarers,
    url=st.sampled_from(["", "https://guild.example/terms.json"]),
)
requests = st.builds(
    Request,
    st.sampled_from(Act),
    parties=st.none() | st.frozensets(st.sampled_from(Party), max_size=2),
    geo=st.none() | st.sampled_from([*PLACES, "JP"]),
    purpose=st.none() | st.sampled_from(["research", "spam-filter", "other"]),
    name=st.none() | st.sampled_from(["builder.example", "other.example"]),
    url=st.sampled_from(["/", "/a/", "/a/b", "/a/c", "/c/d", "/e", "/a/x.pdf", "/x?y=1"]),
    at=st.just(NOW),
)
small_terms = st.builds(
    Terms, st.lists(rules().map(lambda r: msgspec.structs.replace(r, unless=None)), max_size=2).map(tuple)
)
"""Few rules without exceptions: few enough kinds of requests to compare them all."""
