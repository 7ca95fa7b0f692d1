"""Terms that a wiki under CC BY-SA, or an open-source project, could not keep."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from check_sites import Site

from commonweal.rules import Act, Attribute, Effect, Flow, Life, Party, Pay, Rule, Scope, Signal, Terms, Who
from commonweal.rules.check import breaches
from commonweal.rules.vocabulary import USES

ALL = frozenset(Act)
PASS_ON = frozenset({Act.REDISTRIBUTE})
FREE = Rule(ALL, Effect.ALLOW)
NAMED = Rule(ALL, Effect.CONDITIONAL, duties=frozenset({Attribute("by name")}))
ALIKE = Rule(ALL, Effect.CONDITIONAL, duties=frozenset({Attribute()}), flow=Flow(share_alike=True))
LATER = datetime(2030, 1, 1, tzinfo=UTC)
PAID = Rule(PASS_ON, Effect.CONDITIONAL, duties=frozenset({Pay("per-use")}))


@pytest.mark.parametrize("rule", [FREE, NAMED, ALIKE])
def test_freedom_attribution_and_share_alike_can_be_kept(rule: Rule) -> None:
    assert breaches(Terms((rule,))) == []


def test_what_nobody_says_is_no_breach() -> None:
    assert breaches(Terms()) == []
    assert breaches(Terms((Rule(frozenset({Act.CRAWL}), Effect.DENY),))) == []


@pytest.mark.parametrize("act", sorted(USES))
def test_refusing_any_use_to_anyone_is_a_breach_for_both(act: Act) -> None:
    found = breaches(Terms((FREE, Rule(frozenset({act}), Effect.DENY))))
    assert len(found) == 2
    assert len({b.host for b in found}) == 2
    assert all(str(act) in b.what and "denies" in b.rule for b in found)


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        (Rule(PASS_ON, Effect.DENY, who=Who(parties=frozenset({Party.COMMERCIAL}))), "refused to some"),
        (Rule(PASS_ON, Effect.ALLOW, who=Who(parties=frozenset({Party.RESEARCH}))), "granted to some only"),
        (Rule(PASS_ON, Effect.ALLOW, who=Who(purposes=frozenset({"research"}))), "granted to some only"),
        (Rule(PASS_ON, Effect.ALLOW, unless=Who(names=frozenset({"a.example"}))), "granted to some only"),
        (PAID, "duty `pay`"),
        (Rule(PASS_ON, Effect.CONDITIONAL, flow=Flow(depth=0)), "flow.depth"),
        (Rule(PASS_ON, Effect.CONDITIONAL, flow=Flow(synthetic=1)), "flow.synthetic"),
        (Rule(PASS_ON, Effect.CONDITIONAL, flow=Flow(weights=False)), "flow.weights"),
        (Rule(PASS_ON, Effect.ALLOW, life=Life(expiry=LATER)), "ends on 2030-01-01"),
        (Rule(PASS_ON, Effect.ALLOW, life=Life(notice_days=30)), "can be ended"),
    ],
)  # fmt: skip
def test_the_limit_that_makes_it_impossible_is_named(rule: Rule, what: str) -> None:
    found = breaches(Terms((rule,)))
    assert len(found) == 2
    assert all(what in b.what for b in found)


def test_a_grant_to_some_limits_nobody_beside_a_grant_to_all() -> None:
    some = Rule(PASS_ON, Effect.ALLOW, who=Who(parties=frozenset({Party.RESEARCH})))
    assert breaches(Terms((FREE, some))) == []


def test_a_limit_on_some_works_is_a_breach_for_these() -> None:
    found = breaches(Terms((FREE, Rule(PASS_ON, Effect.DENY, scope=Scope(urls=frozenset({"/paid/"}))))))
    assert all("/paid/" in b.rule for b in found)
    assert len(found) == 2


def test_rules_that_have_ended_do_not_count() -> None:
    ended = Rule(PASS_ON, Effect.DENY, life=Life(expiry=datetime(2020, 1, 1, tzinfo=UTC)))
    assert breaches(Terms((ended,))) == []
    assert breaches(Terms((ended,)), at=datetime(2019, 1, 1, tzinfo=UTC))


def test_signals_say_where_the_rule_stands() -> None:
    signal = Signal(Terms((PAID,)), where="https://guild.example/rsl.xml", lines=(7,))
    assert {(b.where, b.line) for b in breaches(signal)} == {("https://guild.example/rsl.xml", 7)}


def test_blocking_crawlers_by_name_is_no_term_of_the_works() -> None:
    site = Site({"/robots.txt": "User-agent: GPTBot\nDisallow: /\n"})
    assert "open-commons-breach" not in site.codes()
