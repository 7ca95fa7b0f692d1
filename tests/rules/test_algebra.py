"""The algebra of terms: the meet is a meet, more-permissive-than is an order, diff says what changed."""

from __future__ import annotations

from hypothesis import assume, given, settings

import rule_strategies as strategies
from commonweal.rules import Attribute, Policy, Terms, from_toml
from commonweal.rules.algebra import Direction, at_least_as_permissive, diff, direction
from commonweal.rules.vocabulary import Effect

ALLOW = '[[rule]]\nacts = ["train-gen"]\neffect = "allow"\n'


@given(strategies.terms, strategies.terms, strategies.terms)
def test_the_meet_commutes_associates_and_is_idempotent(a, b, c):
    rules = [t.rules for t in (a.meet(b), b.meet(a))]
    assert rules[0] == rules[1]
    assert a.meet(b).meet(c).rules == a.meet(b.meet(c)).rules
    assert a.meet(a) == a
    assert a.meet(Terms()) == a


@given(strategies.terms, strategies.terms, strategies.requests)
def test_what_either_refuses_the_meet_refuses(a, b, request_):
    both = Policy.of(a.meet(b)).decide(request_).effect
    said = [Policy.of(t).decide(request_).effect for t in (a, b)]
    assert (both is Effect.DENY) == (Effect.DENY in said)


@given(strategies.terms, strategies.terms, strategies.requests)
def test_the_meet_grants_no_more_than_either_that_speaks(a, b, request_):
    both = Policy.of(a.meet(b)).decide(request_)
    for terms in (a, b):
        one = Policy.of(terms).decide(request_)
        if one.effect is not Effect.UNKNOWN:
            assert direction(one, both) in (Direction.LESS, Direction.SAME)


@given(strategies.terms, strategies.terms, strategies.requests)
def test_separate_signals_decide_as_their_meet_does(a, b, request_):
    apart, together = Policy.of([a, b]).decide(request_), Policy.of(a.meet(b)).decide(request_)
    assert (apart.effect, apart.duties, apart.flow) == (together.effect, together.duties, together.flow)


@given(strategies.small_terms, strategies.small_terms, strategies.small_terms)
@settings(max_examples=60, deadline=None)
def test_more_permissive_than_is_reflexive_and_transitive(a, b, c):
    assert at_least_as_permissive(a, a)
    if at_least_as_permissive(a, b) and at_least_as_permissive(b, c):
        assert at_least_as_permissive(a, c)


@given(strategies.small_terms, strategies.small_terms, strategies.requests)
@settings(max_examples=150, deadline=None)
def test_more_permissive_terms_grant_more_for_any_request(a, b, request_):
    assume(at_least_as_permissive(a, b))
    one, other = (Policy.of(t).decide(request_) for t in (a, b))
    assert direction(other, one) in (Direction.MORE, Direction.SAME)


@given(strategies.small_terms, strategies.small_terms)
@settings(max_examples=60, deadline=None)
def test_a_diff_is_empty_exactly_where_no_answer_and_no_field_differs(a, b):
    assert diff(a, a) == []
    changed = [c for c in diff(a, b, strategies.NOW) if c.axis in ("act", "duties", "flow")]
    back = [c for c in diff(b, a, strategies.NOW) if c.axis in ("act", "duties", "flow")]
    flipped = {Direction.MORE: Direction.LESS, Direction.LESS: Direction.MORE}
    assert sorted((c.what, c.before, c.after, c.direction) for c in changed) == sorted(
        (c.what, c.after, c.before, flipped.get(c.direction, c.direction)) for c in back
    )


def test_a_diff_names_act_duty_and_direction():
    before = from_toml(ALLOW)
    after = from_toml(ALLOW.replace("allow", "conditional") + 'duties = [{duty = "attribute"}]')
    [change] = diff(before, after)
    assert (change.axis, change.what, change.before, change.after) == (
        "act",
        "train-gen",
        "allow",
        "conditional",
    )
    assert change.direction is Direction.LESS
    assert (change.who, change.works) == ((), ())


def test_a_diff_says_for_whom_and_where_it_holds():
    refusal = ALLOW.replace("allow", "deny") + 'who.parties = ["commercial"]\nscope.urls = ["/blog/"]'
    [change] = diff(from_toml(ALLOW), from_toml(ALLOW + refusal))
    assert change.who == ("commercial",)
    assert change.works == ("/blog/", "/blog/~")


def test_an_added_duty_is_less_permissive_and_an_exchanged_one_is_neither():
    owed = ALLOW.replace("allow", "conditional")
    one = from_toml(owed + 'duties = [{duty = "attribute"}]')
    two = from_toml(owed + 'duties = [{duty = "attribute"}, {duty = "watermark"}]')
    other = from_toml(owed + 'duties = [{duty = "watermark"}]')
    assert [c.direction for c in diff(one, two)] == [Direction.LESS]
    assert [c.direction for c in diff(two, one)] == [Direction.MORE]
    assert [c.direction for c in diff(one, other)] == [Direction.OTHER]
    assert Attribute() in one.rules[0].duties
