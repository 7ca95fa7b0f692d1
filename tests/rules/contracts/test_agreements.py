"""From contracts to decisions: a signed agreement stands before public signals, the newest valid one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from cases import (
    CLOSED,
    END,
    FREE,
    KEYS,
    KNOWN,
    LATER,
    LICENSEE,
    LICENSOR,
    PAID,
    START,
    WRITERS,
    drafted,
    from_template,
    signed,
)
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.rules import Act, Binding, Effect, Life, Request, Signal, decide
from commonweal.rules.contracts import Contract, Signatory, amend, sign, to_signals
from commonweal.sealed import PrivateKey

PUBLIC = Signal(CLOSED, where="robots.txt")
FIRST = signed(drafted())
SECOND = signed(amend(FIRST, terms=FREE, effective=LATER), at=LATER)
MID, AFTER = START + timedelta(days=1), LATER + timedelta(days=1)


def asked(*contracts: Contract, name: str | None = "Builder Ltd", at: datetime = MID, **more: Any) -> Effect:
    request = Request(Act.TRAIN_GEN, name=name, at=at)
    return decide([PUBLIC, *to_signals(contracts, **more)], request).effect


def test_a_signed_agreement_stands_before_public_signals_for_its_licensee_alone() -> None:
    assert asked(FIRST) is Effect.CONDITIONAL
    assert asked(FIRST, name="builder ltd") is Effect.CONDITIONAL
    assert asked(FIRST, name="builder.example") is Effect.CONDITIONAL
    assert asked(FIRST, name="Writers") is Effect.DENY
    assert asked(FIRST, name="other.example") is Effect.DENY
    assert asked(FIRST, name=None) is Effect.DENY


def test_it_stands_while_it_runs() -> None:
    assert asked(FIRST, at=START - timedelta(seconds=1)) is Effect.DENY
    assert asked(FIRST, at=START) is Effect.CONDITIONAL
    assert asked(FIRST, at=END) is Effect.DENY


def test_it_does_not_speak_before_all_have_signed() -> None:
    late = signed(drafted(), at=LATER)
    assert asked(late, at=MID) is Effect.DENY
    assert asked(late, at=LATER) is Effect.CONDITIONAL


def test_the_newest_valid_amendment_speaks_from_its_start() -> None:
    for order in ((FIRST, SECOND), (SECOND, FIRST)):
        assert asked(*order, at=MID) is Effect.CONDITIONAL
        assert asked(*order, at=LATER - timedelta(seconds=1)) is Effect.CONDITIONAL
        assert asked(*order, at=LATER) is Effect.ALLOW


def test_an_amendment_that_not_all_signed_is_passed_over() -> None:
    half = sign(amend(FIRST, terms=FREE, effective=LATER), WRITERS, "Writers", at=LATER)
    assert asked(FIRST, half, at=AFTER) is Effect.CONDITIONAL


def test_an_amendment_that_takes_effect_at_once_leaves_nothing_of_the_earlier_contract() -> None:
    now = signed(amend(FIRST, terms=FREE, effective=START))
    assert asked(FIRST, now, at=START) is Effect.ALLOW


@pytest.mark.parametrize(
    "contracts",
    [
        (drafted(),),
        (sign(drafted(), WRITERS, "Writers"),),
        (msgspec.structs.replace(FIRST, terms=FREE),),
        (msgspec.structs.replace(FIRST, text="Other.\n"),),
        (SECOND,),  # what it amends is not at hand
        (FIRST, SECOND, signed(amend(FIRST, terms=PAID, text="Rival.", effective=LATER), at=LATER)),
    ],
    ids=["unsigned", "half signed", "altered terms", "altered text", "broken chain", "forked chain"],
)
def test_what_does_not_pass_verification_is_no_agreement(contracts: tuple[Contract, ...]) -> None:
    found = to_signals(contracts)
    assert found
    assert not any(s.verified for s in found)
    assert asked(*contracts, at=AFTER) is Effect.DENY


def test_a_contract_with_a_key_that_is_not_the_one_known_is_not_verified() -> None:
    stranger = PrivateKey.generate()
    forged = drafted(parties=[Signatory("Writers", "licensor", stranger.public.hex), LICENSEE])
    forged = sign(forged, stranger, "Writers", at=START)
    forged = sign(forged, KEYS["Builder Ltd"], "Builder Ltd", at=START)
    assert asked(forged, known=KNOWN) is Effect.DENY
    assert asked(FIRST, known=KNOWN) is Effect.CONDITIONAL


def test_who_knows_keys_takes_no_licensor_they_do_not_know() -> None:
    only_builder = {"Builder Ltd": KNOWN["Builder Ltd"]}
    assert asked(FIRST, known=only_builder) is Effect.DENY
    assert asked(FIRST, known={}) is Effect.DENY
    assert asked(FIRST, known={"WRITERS": KNOWN["Writers"]}) is Effect.CONDITIONAL


def test_signals_name_the_contract_the_party_and_its_rules_lives() -> None:
    signals = to_signals([FIRST, SECOND])
    assert {s.binding for s in signals} == {Binding.AGREEMENT}
    assert {s.party for s in signals} == {"Builder Ltd", "builder.example"}
    assert signals[0].where == f"contract {FIRST.sha256[:16]}"
    assert signals[0].terms.rules[0].life == Life(START, LATER)
    assert signals[-1].terms.rules[0].life == Life(LATER, END)


def test_a_rule_with_a_life_of_its_own_keeps_to_it() -> None:
    life = Life(START + timedelta(days=10), START + timedelta(days=20))
    rule = msgspec.structs.replace(FREE.rules[0], life=life)
    contract = signed(drafted(terms=type(FREE)(rules=(rule,))))
    assert to_signals(contract)[0].terms.rules[0].life == life


def test_a_copy_with_more_signatures_counts() -> None:
    assert asked(drafted(), FIRST) is Effect.CONDITIONAL
    assert asked(FIRST, drafted()) is Effect.CONDITIONAL


def test_json_is_taken_as_well_and_what_is_no_contract_is_refused() -> None:
    assert to_signals(FIRST.canonical()) == to_signals([FIRST])
    with pytest.raises(InputError):
        to_signals("{}")


def test_an_offer_to_everybody_grants_only_where_the_licensors_key_is_known() -> None:
    offer = signed(from_template("commons-open", licensee=None))
    at = datetime(2028, 1, 1, tzinfo=UTC)
    request = Request(Act.TRAIN_GEN, name="anyone.example", at=at, url="https://writers.example/texts/1")
    assert [s.binding for s in to_signals(offer)] == [Binding.UNIT]
    assert decide(to_signals(offer), request).effect is Effect.UNKNOWN
    assert decide(to_signals(offer, known=KNOWN), request).effect is Effect.CONDITIONAL


def test_contracts_with_several_builders_are_kept_apart() -> None:
    other = signed(
        drafted(parties=[LICENSOR, Signatory("Witness", "licensee", KNOWN["Witness"].hex)], terms=FREE)
    )
    assert asked(FIRST, other, name="Builder Ltd") is Effect.CONDITIONAL
    assert asked(FIRST, other, name="Witness") is Effect.ALLOW


@given(st.permutations([FIRST, SECOND, signed(amend(SECOND, terms=CLOSED, effective=AFTER), at=AFTER)]))
def test_the_order_of_the_contracts_does_not_matter(contracts: list[Contract]) -> None:
    effects = [asked(*contracts, at=at) for at in (MID, LATER, AFTER)]
    assert effects == [Effect.CONDITIONAL, Effect.ALLOW, Effect.DENY]


def test_a_contract_from_a_template_decides_as_its_terms_do() -> None:
    contract = signed(from_template("training-commercial-standard"))
    about = {
        "name": "Builder Ltd",
        "at": datetime(2028, 1, 1, tzinfo=UTC),
        "url": "https://writers.example/texts/1",
    }
    found = decide([PUBLIC, *to_signals(contract)], Request(Act.TRAIN_GEN, **about))
    assert found.effect is Effect.CONDITIONAL
    assert len(found.duties) == 7
    assert decide([PUBLIC, *to_signals(contract)], Request(Act.GROUND, **about)).effect is Effect.DENY
