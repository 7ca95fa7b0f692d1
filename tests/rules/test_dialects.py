"""What holds for every dialect: no export grants more than its source, and what differs is a loss."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rule_strategies as strategies
from commonweal.rules import Act, Consent, Effect, Policy, Rule, Terms
from commonweal.rules.dialects import every
from commonweal.rules.dialects.base import Dialect, Site
from commonweal.rules.export import write

SITE = Site("https://guild.example", "https://guild.example/terms.json", strategies.NOW)
DIALECTS = pytest.mark.parametrize("dialect", every().values(), ids=every())


@given(strategies.terms, st.lists(strategies.requests, min_size=4, max_size=4))
@settings(max_examples=250, deadline=None)
def test_what_is_read_back_never_grants_more_than_the_source_and_what_differs_is_lost(terms, requests):
    source = Policy.of(terms)
    for name, dialect in every().items():
        export = write(dialect, terms, SITE)
        back = Policy.of(export.signals)
        for request in requests:
            said, read = source.decide(request), back.decide(request)
            assert read.effect.grant <= said.effect.grant, name
            if read.effect is said.effect is Effect.CONDITIONAL:
                asks_first = any(isinstance(duty, Consent) for duty in read.duties)
                owes_all = read.duties >= said.duties and read.flow.meet(said.flow) == read.flow
                assert asks_first or owes_all, name
            if (said.effect, said.duties, said.flow) != (read.effect, read.duties, read.flow):
                assert export.losses, name


@given(strategies.terms)
@settings(max_examples=20, deadline=None)
def test_writing_is_the_same_whatever_the_order_of_rules(terms):
    turned = Terms(terms.rules[::-1], terms.title, terms.declarer, terms.url)
    for name, dialect in every().items():
        assert write(dialect, terms, SITE) == write(dialect, turned, SITE), name


@DIALECTS
def test_refusing_training_never_forbids_search(dialect: Dialect):
    refused = Terms((Rule(frozenset({Act.TRAIN_GEN, Act.TRAIN_DISC}), Effect.DENY),))
    read = Policy.of(write(dialect, refused, SITE).signals)
    assert read.over(Act.SEARCH, "/").effect is not Effect.DENY


@DIALECTS
def test_terms_that_say_nothing_grant_nothing_anywhere(dialect: Dialect):
    read = Policy.of(write(dialect, Terms(), SITE).signals)
    assert all(read.over(act, "/").effect.grant == 0 for act in Act)


@DIALECTS
def test_every_word_of_the_dialect_is_written_and_read_for_allow_and_deny(dialect: Dialect):
    """For each token: its leaves allowed (if it can grant), then refused; it stands in what is written."""
    for token in dialect.about.tokens:
        for effect in (Effect.ALLOW, Effect.DENY) if token.grants else (Effect.DENY,):
            said = Terms((Rule(token.acts | token.touches, effect),))
            export = write(dialect, said, SITE)
            assert any(token.name in a.text for a in export.written.artefacts), (token, effect)
            read = Policy.of(export.signals)
            assert {read.over(act, "/").effect for act in token.acts} == {effect}, (token, effect)
