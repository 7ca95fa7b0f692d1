"""Amending: a whole new contract that replaces an earlier one by its hash."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from cases import CLOSED, FREE, LATER, drafted, from_template, signed

from commonweal.errors import InputError
from commonweal.rules import Pay, Terms
from commonweal.rules.contracts import amend, verify

OLD = signed(from_template("training-commercial-standard"))
AFTER = datetime(2028, 1, 2, tzinfo=UTC)
FROM = datetime(2028, 1, 1, tzinfo=UTC)


def test_changed_blanks_change_text_and_terms_and_leave_the_others() -> None:
    sum_ = [{"kind": "fixed", "amount": "99000", "currency": "EUR"}]
    new = amend(OLD, blanks={"compensation": sum_}, effective=FROM)
    assert new.amends == OLD.sha256
    assert not new.signatures
    assert f"replaces the contract whose SHA-256 is {OLD.sha256}" in new.text
    assert "pay EUR 99,000" in new.text
    pays = {d for r in new.terms.rules for d in r.duties if isinstance(d, Pay)}
    assert {(p.amount, p.currency) for p in pays} == {(99000, "EUR")}
    assert new.blanks["ending"] == OLD.blanks["ending"]
    assert new.ends == OLD.ends
    assert verify(signed(new, at=FROM), [OLD], AFTER).ok


def test_amendments_from_blanks_chain() -> None:
    second = signed(amend(OLD, blanks={"attribution": {"form": "W"}}, effective=FROM), at=FROM)
    third = amend(second, blanks={"attribution": {"form": "X"}}, effective=AFTER)
    assert third.amends == second.sha256
    assert "as X." in third.text
    assert verify(signed(third, at=AFTER), [OLD, second], AFTER).ok


def test_new_terms_without_a_text_are_said_in_the_text_and_stand_before_it() -> None:
    new = amend(signed(drafted()), terms=FREE, effective=LATER)
    assert new.text.startswith("# Licence\n\nTrain, and pay.")
    assert "they stand before whatever is said above" in new.text
    assert "- The licensee may freely: train or tune generative models with the works." in new.text
    assert new.terms == FREE


def test_new_terms_with_a_text_of_their_own_keep_it() -> None:
    new = amend(signed(drafted()), terms=CLOSED, text="No training.", effective=LATER)
    assert new.text == "No training.\n"


def test_an_end_can_be_moved() -> None:
    end = datetime(2031, 1, 1, tzinfo=UTC)
    assert amend(signed(drafted()), ends=end, effective=LATER).ends == end
    assert "ends on 1 January 2031" in amend(signed(drafted()), ends=end, effective=LATER).text
    assert amend(OLD, blanks={}, ends=end, effective=LATER).ends == end


def test_it_takes_effect_now_where_no_time_is_given() -> None:
    now = datetime.now(UTC)
    contract = drafted(effective=now - timedelta(days=1), ends=None)
    assert abs((amend(contract, terms=FREE).effective - now).total_seconds()) < 60


def test_what_can_not_be_amended_so_is_refused() -> None:
    with pytest.raises(InputError, match="nothing is amended"):
        amend(OLD)
    with pytest.raises(InputError, match="blanks alone"):
        amend(OLD, blanks={}, terms=FREE)
    with pytest.raises(InputError, match="from no template"):
        amend(drafted(), blanks={})
    with pytest.raises(InputError, match="no longer what the template"):
        amend(amend(OLD, terms=FREE, effective=FROM), blanks={}, effective=AFTER)
    with pytest.raises(InputError, match="not filled: law"):
        amend(OLD, blanks={"law": None}, effective=FROM)
    with pytest.raises(InputError, match="time zone"):
        amend(OLD, terms=FREE, effective=datetime(2028, 1, 1))
    with pytest.raises(InputError, match="ends is not after"):
        amend(OLD, terms=FREE, effective=datetime(2040, 1, 1, tzinfo=UTC))


def test_the_earlier_contract_is_left_as_it_was() -> None:
    before = OLD.canonical()
    amend(OLD, blanks={"attribution": {"form": "W"}}, effective=FROM)
    amend(OLD, terms=Terms(), effective=FROM)
    assert OLD.canonical() == before
    assert msgspec.structs.replace(OLD) == OLD
