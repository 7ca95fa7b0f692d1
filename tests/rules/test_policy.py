"""Decisions: unknown is never allow, what isn't known restricts, and conflicts follow their rules."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings

import rule_strategies as strategies
from commonweal.errors import InputError
from commonweal.rules import (
    Act,
    Attribute,
    Binding,
    Effect,
    Life,
    Party,
    Pay,
    Policy,
    Request,
    Rule,
    Scope,
    Signal,
    Terms,
    Who,
    decide,
)
from commonweal.rules.patterns import Relation, parse, relation

TRAIN = frozenset({Act.TRAIN_GEN})
ASK = Request(Act.TRAIN_GEN, url="/a", at=strategies.NOW)


def said(effect: Effect, *acts: Act, **fields) -> Terms:
    if effect is Effect.CONDITIONAL:
        fields.setdefault("duties", frozenset({Attribute()}))
    return Terms((Rule(frozenset(acts) or TRAIN, effect, **fields),))


# A slow, separate reading of the same definitions ---------------------------------------------------------


def fits(who: Who, request: Request) -> bool | None:
    """True, False or None for perhaps."""
    answers = []
    if who.parties:
        answers.append(None if request.parties is None else bool(who.parties & request.parties))
    if who.geo:
        here = {request.geo} | ({"EU"} if request.geo in ("DE", "FR") else set())
        partly = request.geo == "EU" and who.geo & {"DE", "FR"} and "EU" not in who.geo
        answers.append(None if request.geo is None or partly else bool(who.geo & here))
    if who.purposes:
        answers.append(None if request.purpose is None else request.purpose in who.purposes)
    if who.names:
        answers.append(None if request.name is None else request.name in who.names)
    return False if False in answers else None if None in answers else True


def slowly(terms: Terms, request: Request) -> tuple[Effect, frozenset]:
    """One rule after the other."""
    may, sure = [], []
    for rule in terms.rules:
        path = request.url or ""
        inside = not rule.scope.urls or any(parse(p).matches("", path) for p in rule.scope.urls)
        left_out = any(parse(p).matches("", path) for p in rule.scope.but)
        excepted = False if rule.unless is None else fits(rule.unless, request)
        who = fits(rule.who, request)
        if request.act not in rule.acts or not inside or left_out or not rule.life.holds(request.moment):
            continue
        if who is False or excepted is True:
            continue
        may.append(rule)
        if who is True and excepted is False:
            sure.append(rule)
    if any(r.effect is Effect.DENY for r in may):
        return Effect.DENY, frozenset()
    if not sure:
        return Effect.UNKNOWN, frozenset()
    owing = [r for r in may if r.effect is Effect.CONDITIONAL]
    if owing:
        return Effect.CONDITIONAL, frozenset().union(*(r.duties for r in owing))
    return Effect.ALLOW, frozenset()


@given(strategies.terms, strategies.requests)
@settings(max_examples=500)
def test_decisions_are_those_of_going_through_the_rules_one_by_one(terms, request_):
    found = decide(terms, request_)
    assert (found.effect, found.duties) == slowly(terms, request_)


@given(strategies.terms, strategies.requests)
def test_knowing_less_of_the_asker_never_grants_more(terms, request_):
    known = decide(terms, request_).effect.grant
    for axis in ("parties", "geo", "purpose", "name"):
        assert decide(terms, msgspec.structs.replace(request_, **{axis: None})).effect.grant <= known


@given(strategies.terms, strategies.requests)
def test_every_answer_but_silence_gives_the_rules_that_decided(terms, request_):
    found = decide(terms, request_)
    assert found.reasons or found.effect is Effect.UNKNOWN
    if found.effect is not Effect.UNKNOWN:
        assert {r.effect for r in found.reasons} == {found.effect}


@given(strategies.terms, strategies.requests)
def test_what_may_be_written_for_a_pattern_grants_no_more_than_any_url_it_matches(terms, request_):
    policy = Policy.of(terms)
    for pattern in strategies.PATHS:
        if parse(pattern).matches("", request_.url):
            written = policy.over(request_.act, pattern, request=request_)
            assert written.effect.grant <= policy.decide(request_).effect.grant


def test_silence_is_unknown_and_a_default_never_makes_it_allow():
    assert decide(Terms(), ASK).effect is Effect.UNKNOWN
    found = decide(Terms(), msgspec.structs.replace(ASK, geo="DE"), {"EU": Effect.DENY, "": Effect.UNKNOWN})
    assert (found.effect, found.default) == (Effect.UNKNOWN, Effect.DENY)
    assert decide(Terms(), ASK, {"EU": Effect.DENY}).default is Effect.UNKNOWN
    with pytest.raises(InputError, match="default of 'allow'"):
        Policy.of(Terms(), {"US": Effect.ALLOW})


def test_reasons_cite_the_file_and_the_line():
    signal = Signal(said(Effect.DENY), "aipref", "robots.txt", (7,), "robots.txt")
    [reason] = decide(signal, ASK).reasons
    assert (reason.source, reason.line) == ("robots.txt (aipref)", 7)
    assert decide(signal, ASK).to_json()["reasons"][0] == {
        "rule": "denies train-gen", "source": "robots.txt (aipref)", "line": 7, "effect": "deny",
    }  # fmt: skip


# Conflicts ----------------------------------------------------------------------------------------------


def agreement(effect: Effect, party: str = "Builder.example", verified: bool = True, **fields) -> Signal:
    return Signal(
        said(effect, **fields), "contract", binding=Binding.AGREEMENT, party=party, verified=verified
    )


def test_a_signed_agreement_stands_before_public_signals_for_its_party_act_and_work():
    signals = [said(Effect.DENY), agreement(Effect.CONDITIONAL, scope=Scope(urls=frozenset({"/a"})))]
    builder = msgspec.structs.replace(ASK, name="builder.example")
    assert decide(signals, builder).effect is Effect.CONDITIONAL
    assert decide(signals, ASK).effect is Effect.DENY
    assert decide(signals, msgspec.structs.replace(builder, name="other.example")).effect is Effect.DENY
    assert decide(signals, msgspec.structs.replace(builder, url="/b")).effect is Effect.DENY
    assert decide(signals, msgspec.structs.replace(builder, act=Act.SEARCH)).effect is Effect.UNKNOWN


def test_an_agreement_that_was_not_verified_counts_for_nothing():
    builder = msgspec.structs.replace(ASK, name="builder.example")
    assert decide([said(Effect.DENY), agreement(Effect.ALLOW, verified=False)], builder).effect is Effect.DENY
    assert decide([agreement(Effect.ALLOW, verified=False)], builder).effect is Effect.UNKNOWN


def test_an_agreement_can_also_be_stricter_than_public_signals():
    builder = msgspec.structs.replace(ASK, name="builder.example")
    assert decide([said(Effect.ALLOW), agreement(Effect.DENY)], builder).effect is Effect.DENY


def test_across_standards_the_strictest_wins_duties_unite_and_the_others_are_named():
    pay = said(Effect.CONDITIONAL, duties=frozenset({Pay("fixed")}))
    credit = said(Effect.CONDITIONAL, duties=frozenset({Attribute()}))
    free = Signal(said(Effect.ALLOW), "content-signals", "robots.txt")
    both = decide([Signal(pay, "rsl"), Signal(credit, "cc-signals"), free], ASK)
    assert (both.effect, both.duties) == (Effect.CONDITIONAL, frozenset({Pay("fixed"), Attribute()}))
    assert [r.source for r in both.disagree] == ["robots.txt (content-signals)"]
    refused = decide([Signal(pay, "rsl"), Signal(said(Effect.DENY), "tdmrep")], ASK)
    assert refused.effect is Effect.DENY
    assert [r.source for r in refused.disagree] == ["rsl"]


def test_inside_a_standard_with_ranks_the_most_specific_that_speaks_stands_alone():
    file = Signal(said(Effect.DENY), "tdmrep", channel="file", rank=0)
    header = Signal(said(Effect.ALLOW), "tdmrep", channel="header", rank=1)
    assert decide([file, header], ASK).effect is Effect.ALLOW
    elsewhere = Signal(said(Effect.ALLOW, scope=Scope(urls=frozenset({"/z"}))), "tdmrep", rank=1)
    assert decide([file, elsewhere], ASK).effect is Effect.DENY
    assert decide([file, header, Signal(said(Effect.DENY), "rsl")], ASK).effect is Effect.DENY


def test_channels_of_a_location_combine_to_the_most_restrictive():
    robots = Signal(said(Effect.ALLOW), "aipref", channel="robots.txt")
    header = Signal(said(Effect.DENY), "aipref", channel="header")
    assert decide([robots, header], ASK).effect is Effect.DENY


def test_a_mark_on_the_work_governs_its_use_and_not_its_fetching():
    mark = Signal(said(Effect.DENY, Act.CRAWL, Act.TRAIN_GEN), "cawg", binding=Binding.UNIT)
    site = Signal(said(Effect.ALLOW, Act.CRAWL, Act.TRAIN_GEN), "rsl")
    crawl = msgspec.structs.replace(ASK, act=Act.CRAWL)
    assert decide([site, mark], crawl).effect is Effect.ALLOW
    assert decide([site, mark], ASK).effect is Effect.DENY


def test_an_unverified_mark_restricts_and_never_grants():
    def mark(effect: Effect) -> Signal:
        return Signal(said(effect), "plus", binding=Binding.UNIT, verified=False)

    assert decide(mark(Effect.ALLOW), ASK).effect is Effect.UNKNOWN
    assert decide([Signal(said(Effect.ALLOW), "rsl"), mark(Effect.DENY)], ASK).effect is Effect.DENY
    owed = decide([Signal(said(Effect.ALLOW), "rsl"), mark(Effect.CONDITIONAL)], ASK)
    assert (owed.effect, owed.duties) == (Effect.CONDITIONAL, frozenset({Attribute()}))


def test_it_is_judged_by_the_signals_in_force_when_it_was_fetched():
    first, then = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    old = Signal(said(Effect.ALLOW), "aipref", "robots.txt", seen=first)
    new = Signal(said(Effect.DENY), "aipref", "robots.txt", seen=then)

    def at(year: int, month: int) -> Effect:
        return decide(
            [old, new], msgspec.structs.replace(ASK, at=datetime(year, month, 2, tzinfo=UTC))
        ).effect

    assert [at(2025, 1), at(2026, 2), at(2026, 7)] == [Effect.UNKNOWN, Effect.ALLOW, Effect.DENY]


def test_a_rule_counts_from_its_first_moment_and_no_longer_at_its_last():
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    policy = Policy.of(said(Effect.ALLOW, life=Life(start, end)))
    moments = [datetime(2025, 12, 31, tzinfo=UTC), start, datetime(2026, 12, 31, tzinfo=UTC), end]
    effects = [policy.decide(msgspec.structs.replace(ASK, at=m)).effect for m in moments]
    assert effects == [Effect.UNKNOWN, Effect.ALLOW, Effect.ALLOW, Effect.UNKNOWN]


# Who and where ------------------------------------------------------------------------------------------


def test_a_member_state_is_in_the_union_and_the_union_is_only_perhaps_in_it():
    union, germany = (said(Effect.ALLOW, who=Who(geo=frozenset({g}))) for g in ("EU", "DE"))

    def ask(terms: Terms, geo: str) -> Effect:
        return decide(terms, msgspec.structs.replace(ASK, geo=geo)).effect

    assert [ask(union, g) for g in ("EU", "DE", "US")] == [Effect.ALLOW, Effect.ALLOW, Effect.UNKNOWN]
    assert [ask(germany, g) for g in ("EU", "DE", "FR")] == [Effect.UNKNOWN, Effect.ALLOW, Effect.UNKNOWN]
    refusal = said(Effect.DENY, who=Who(geo=frozenset({"DE"})))
    assert ask(refusal, "EU") is Effect.DENY


def test_an_asker_of_unknown_class_is_refused_what_one_class_is_refused():
    terms = said(Effect.ALLOW).meet(said(Effect.DENY, who=Who(parties=frozenset({Party.COMMERCIAL}))))
    assert decide(terms, ASK).effect is Effect.DENY
    assert (
        decide(terms, msgspec.structs.replace(ASK, parties=frozenset({Party.RESEARCH}))).effect
        is Effect.ALLOW
    )
    both = frozenset({Party.RESEARCH, Party.COMMERCIAL})
    assert decide(terms, msgspec.structs.replace(ASK, parties=both)).effect is Effect.DENY


@pytest.mark.parametrize(
    ("about", "of", "is_"),
    [
        ("/", "/a", Relation.YES),
        ("/a", "/", Relation.MAYBE),
        ("/a", "/b", Relation.NO),
        ("/a*b", "/a*b", Relation.YES),
        ("/*.pdf$", "/a", Relation.MAYBE),
        ("/a", "/*.pdf$", Relation.MAYBE),
        ("/a/", "/a/*.pdf$", Relation.YES),
        ("/a$", "/a$", Relation.YES),
        ("/a$", "/ab$", Relation.NO),
        ("https://x.example/", "/a", Relation.MAYBE),
        ("https://x.example/", "https://y.example/", Relation.NO),
        ("/", "https://y.example/b", Relation.YES),
    ],
)
def test_one_pattern_covers_touches_or_misses_another(about, of, is_):
    assert relation(about, of) is is_


@pytest.mark.parametrize(
    ("pattern", "url", "matches"),
    [
        ("/a", "/ab", True),
        ("/a$", "/ab", False),
        ("/a/*/c", "/a/b/c/d", True),
        ("*.pdf$", "/x/y.pdf", True),
        ("*.pdf$", "/x/y.pdf?z", False),
        ("/%7Eme", "/~me", True),
        ("/é", "/%C3%A9", True),
        ("/%c3%a9", "/é", True),
        ("/a%2fb", "/a/b", False),
    ],
)
def test_patterns_match_as_rfc_9309_compares_paths(pattern, url, matches):
    rules = said(Effect.DENY, scope=Scope(urls=frozenset({pattern})))
    assert (decide(rules, msgspec.structs.replace(ASK, url=url)).effect is Effect.DENY) == matches


def test_a_work_is_found_by_its_identifier_or_dataset():
    rules = said(Effect.DENY, scope=Scope(ids=frozenset({"ISCC:A"}), datasets=frozenset({"poems"})))
    ask = msgspec.structs.replace(ASK, url=None)
    assert decide(rules, msgspec.structs.replace(ask, id="ISCC:A")).effect is Effect.DENY
    assert decide(rules, msgspec.structs.replace(ask, dataset="poems")).effect is Effect.DENY
    assert decide(rules, msgspec.structs.replace(ask, id="ISCC:B")).effect is Effect.UNKNOWN
    assert decide(rules, ask).effect is Effect.DENY  # asked of everything, it is refused of some
