"""The interview: its answers become the terms they say, and the usual answers are safe."""

from __future__ import annotations

import pytest

from commonweal.errors import InputError
from commonweal.rules import Act, Attribute, Effect, Party, Request, decide, from_toml
from commonweal.rules.interview import interview


def answering(**told: str):
    """Answer by a word of the question, else as proposed."""

    def choose(question: str, choices: tuple[str, ...], default: str) -> str:
        answer = next((v for k, v in told.items() if k in question), default)
        assert not choices or answer in choices
        return answer

    return choose


def test_the_usual_answers_let_search_in_and_keep_training_out():
    terms = interview(answering())
    assert decide(terms, Request(Act.SEARCH, url="/")).effect is Effect.ALLOW
    assert decide(terms, Request(Act.TRAIN_GEN, url="/")).effect is Effect.DENY
    owed = decide(terms, Request(Act.GROUND, url="/"))
    assert owed.effect is Effect.CONDITIONAL
    assert Attribute() in owed.duties
    assert decide(terms, Request(Act.REDISTRIBUTE, url="/")).effect is Effect.UNKNOWN
    assert from_toml(terms.toml()) == terms


def test_research_can_be_freed_without_freeing_companies_that_do_research():
    terms = interview(answering(trained="conditions", research="yes", pay="fixed", much="1000"))

    def ask(*parties: Party) -> Effect:
        return decide(terms, Request(Act.TRAIN_GEN, parties=frozenset(parties), url="/")).effect

    assert ask(Party.RESEARCH) is Effect.ALLOW
    assert ask(Party.RESEARCH, Party.COMMERCIAL) is Effect.CONDITIONAL
    assert ask(Party.COMMERCIAL) is Effect.CONDITIONAL
    assert ask() is Effect.CONDITIONAL


def test_a_price_that_is_no_number_is_refused():
    with pytest.raises(InputError, match="is no number"):
        interview(answering(trained="conditions", pay="per-use", much="a lot"))
