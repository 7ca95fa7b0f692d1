"""Verification: everything that is wrong is found, and said in words."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
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
    SIGNED,
    START,
    THIRD,
    WITNESS,
    WRITERS,
    drafted,
    from_template,
    signed,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.rules.contracts import Contract, Signatory, amend, sign, verify
from commonweal.sealed import PrivateKey

WHOLE = signed(drafted())


def said(contract: Contract | bytes | str, *earlier: Contract, at: datetime = START, **more: Any) -> str:
    return "\n".join(verify(contract, earlier, at, **more).problems)


def test_a_contract_that_all_signed_is_good_while_it_runs() -> None:
    for form in (WHOLE, WHOLE.canonical(), json.dumps(WHOLE.to_json(), indent=1)):
        found = verify(form, at=START)
        assert found.ok, found
        assert found.sha256 == WHOLE.sha256
        assert [s.state for s in found.signatures] == ["valid", "valid"]
        assert found.chain == (WHOLE.sha256,)
    assert verify(WHOLE, at=START, known=KNOWN).known == ("Writers", "Builder Ltd")


def test_what_was_found_reads_as_text_and_as_json() -> None:
    good, bad = verify(WHOLE, at=START), verify(drafted(), at=START)
    assert "Signed by all" in str(good)
    assert str(bad) == "- the signature of Writers is missing\n- the signature of Builder Ltd is missing"
    assert json.loads(json.dumps(bad.to_json()))["ok"] is False
    assert good.to_json()["signatures"][0]["signed"] == "2027-01-02T00:00:00Z"


def test_a_missing_signature_names_the_party() -> None:
    half = sign(drafted(), WRITERS, "Writers", at=SIGNED)
    assert said(half) == "the signature of Builder Ltd is missing"


def test_a_signature_of_somebody_else_is_an_unknown_party() -> None:
    guest = signed(drafted(parties=[LICENSOR, LICENSEE, THIRD])).signatures
    mixed = msgspec.structs.replace(WHOLE, signatures=guest)
    assert "Witness signed and is an unknown party" in said(mixed)


def test_two_signatures_of_a_party_are_one_too_many() -> None:
    again = sign(drafted(), WRITERS, "Writers", at=START).signatures
    assert "Writers has 2 signatures" in said(
        msgspec.structs.replace(WHOLE, signatures=WHOLE.signatures + again)
    )


def test_an_altered_field_says_which_hash_was_signed_and_which_there_is() -> None:
    altered = msgspec.structs.replace(WHOLE, terms=FREE)
    found = said(altered)
    assert f"Writers signed the contract with the hash {WHOLE.sha256}" in found
    assert f"this one has {altered.sha256}: a field was altered after signing" in found


def test_a_hash_adjusted_after_altering_does_not_help() -> None:
    altered = msgspec.structs.replace(WHOLE, terms=FREE)
    adjusted = tuple(msgspec.structs.replace(s, sha256=altered.sha256) for s in WHOLE.signatures)
    found = said(msgspec.structs.replace(altered, signatures=adjusted))
    assert "the signature of Writers does not fit" in found
    assert "the signature of Builder Ltd does not fit" in found


def test_a_text_that_does_not_match_its_hash_says_both_hashes() -> None:
    found = said(msgspec.structs.replace(WHOLE, text="Other.\n"))
    assert f"text_sha256 says {WHOLE.text_sha256}" in found
    assert "was altered after signing" in found


def test_before_its_date_after_its_end_and_before_signing_it_is_not_in_force() -> None:
    assert (
        said(WHOLE, at=START - timedelta(seconds=1))
        == "not yet in force: it takes effect on 2027-02-01T00:00:00Z"
    )
    assert said(WHOLE, at=END) == "ended on 2030-01-01T00:00:00Z"
    late = signed(drafted(), at=LATER)
    assert "Writers signed only on 2027-06-01T00:00:00Z" in said(late, at=START)
    assert verify(late, at=LATER).ok
    with pytest.raises(InputError, match="time zone"):
        verify(WHOLE, at=datetime(2027, 1, 1))


def test_without_a_time_it_is_judged_now() -> None:
    now = datetime.now(UTC)
    fresh = signed(drafted(effective=now - timedelta(days=1), ends=None), at=now - timedelta(hours=1))
    assert verify(fresh).ok


def test_repeated_keys_fractions_and_other_ways_of_writing_are_told() -> None:
    raw = WHOLE.canonical().decode()
    assert "'text' is said twice" in said(raw[:-1] + ',"text":"Other."}')
    assert "fraction 0.1" in said(raw.replace('"blanks":{}', '"blanks":{"a":0.1}'))
    assert "beyond the whole numbers" in said(raw.replace('"blanks":{}', '"blanks":{"a":9007199254740993}'))
    assert "effective is not written as this format" in said(
        raw.replace("02-01T00:00:00Z", "02-01T00:00:00+00:00")
    )
    assert "no JSON" in said("junk")
    broken = msgspec.structs.replace(WHOLE, blanks={"a": float("nan")})
    assert "fraction nan" in said(broken)


def test_a_key_that_is_not_the_one_known_is_told() -> None:
    stranger = PrivateKey.generate()
    contract = drafted(parties=[msgspec.structs.replace(LICENSOR, public_key=stranger.public.hex), LICENSEE])
    contract = sign(contract, stranger, "Writers", at=SIGNED)
    contract = sign(contract, KEYS["Builder Ltd"], "Builder Ltd", at=SIGNED)
    assert verify(contract, at=START).ok  # the file alone can't tell
    assert "the key of Writers is not the one known for it" in said(contract, known=KNOWN)


def test_upper_case_in_a_signature_is_another_way_of_writing_it() -> None:
    first = msgspec.structs.replace(WHOLE.signatures[0], value=WHOLE.signatures[0].value.upper())
    assert "does not fit" in said(msgspec.structs.replace(WHOLE, signatures=(first, *WHOLE.signatures[1:])))


# Chains -----------------------------------------------------------------------------------------------------

SECOND = signed(amend(WHOLE, terms=FREE, effective=LATER), at=LATER)
AFTER = LATER + timedelta(days=1)


def test_an_amendment_is_good_with_what_it_amends_and_broken_without() -> None:
    found = verify(SECOND, [WHOLE], AFTER)
    assert found.ok, found
    assert found.chain == (WHOLE.sha256, SECOND.sha256)
    assert f"chain of amendments is broken: the contract {WHOLE.sha256} is not at hand" in said(
        SECOND, at=AFTER
    )


def test_a_contract_that_was_replaced_says_since_when_and_by_which() -> None:
    assert f"replaced by its amendment {SECOND.sha256[:16]} since 2027-06-01" in said(WHOLE, SECOND, at=AFTER)
    assert verify(WHOLE, [SECOND], START).ok


def test_a_draft_that_amends_replaces_nothing_until_all_have_signed() -> None:
    half = sign(amend(WHOLE, terms=CLOSED, effective=LATER), WRITERS, "Writers", at=LATER)
    assert verify(WHOLE, [half], AFTER).ok
    assert verify(SECOND, [WHOLE, half], AFTER).ok


def test_two_amendments_of_one_contract_that_all_signed_are_a_fork() -> None:
    rival = signed(amend(WHOLE, terms=CLOSED, effective=LATER), at=LATER)
    for one, other in ((SECOND, rival), (rival, SECOND)):
        assert "the chain of amendments forks" in said(one, WHOLE, other, at=AFTER)
    third = signed(amend(SECOND, terms=CLOSED, effective=AFTER), at=AFTER)
    assert "the chain of amendments forks" in said(third, WHOLE, SECOND, rival, at=AFTER)


def test_an_earlier_contract_that_is_not_signed_or_was_altered_breaks_the_chain() -> None:
    unsigned = amend(drafted(), terms=FREE, effective=LATER)
    assert "in the earlier contract" in said(signed(unsigned, at=LATER), drafted(), at=AFTER)
    altered = msgspec.structs.replace(WHOLE, terms=CLOSED)
    assert "is not at hand" in said(SECOND, altered, at=AFTER)


def test_an_amendment_needs_all_earlier_parties_with_their_keys_and_no_earlier_date() -> None:
    instead = Signatory("Witness", "licensor", WITNESS.public.hex)
    dropped = drafted(parties=[instead, LICENSEE], amends=WHOLE.sha256, effective=LATER)
    assert "Writers is party to the contract" in said(signed(dropped, at=LATER), WHOLE, at=AFTER)
    stolen = msgspec.structs.replace(LICENSOR, public_key=WITNESS.public.hex)
    taken = drafted(parties=[stolen, LICENSEE], amends=WHOLE.sha256, effective=LATER)
    taken = sign(taken, WITNESS, "Writers", at=LATER)
    taken = sign(taken, KEYS["Builder Ltd"], "Builder Ltd", at=LATER)
    assert "names another key for Writers" in said(taken, WHOLE, at=AFTER)
    early = drafted(amends=WHOLE.sha256, effective=START - timedelta(days=9))
    assert "takes effect before" in said(signed(early, at=LATER), WHOLE, at=AFTER)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 6), st.randoms())
def test_amendments_chain_in_whatever_order_they_are_given(n: int, random: Any) -> None:
    line = [WHOLE]
    for i in range(n):
        moment = LATER + timedelta(days=i)
        line.append(signed(amend(line[-1], text=f"Version {i}.", effective=moment), at=moment))
    last, earlier = line[-1], line[:-1]
    random.shuffle(earlier)
    found = verify(last, earlier, LATER + timedelta(days=n))
    assert found.ok, found
    assert found.chain == tuple(c.sha256 for c in line)
    gone = earlier.pop()
    assert f"the contract {gone.sha256} is not at hand" in said(last, *earlier, at=LATER + timedelta(days=n))


# Any change -----------------------------------------------------------------------------------------------

RICH = signed(from_template("data-dividend"))
RICH_JSON = RICH.to_json()


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from leaves(inner, (*path, key))


PATHS = list(leaves(RICH_JSON))
ANY = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=5), st.just([]), st.just({}), st.floats()
)


def edit(path: tuple[Any, ...], value: Any) -> str | None:
    """Return the JSON with one field changed (or gone, for ...); None where that changes nothing."""
    changed = copy.deepcopy(RICH_JSON)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    if value is ...:
        del holder[path[-1]]
    else:
        if type(holder[path[-1]]) is type(value) and holder[path[-1]] == value:
            return None
        holder[path[-1]] = value
    return json.dumps(changed)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(PATHS), ANY | st.just(...))
def test_any_single_change_after_signing_is_found(path: tuple[Any, ...], value: Any) -> None:
    raw = edit(path, value)
    if raw is not None:
        assert not verify(raw, at=START).ok, path


@pytest.mark.parametrize("path", PATHS, ids=lambda p: ".".join(map(str, p)))
def test_a_slight_change_of_each_field_is_found(path: tuple[Any, ...]) -> None:
    value: Any = RICH_JSON
    for key in path:
        value = value[key]
    if isinstance(value, str):
        flipped = chr(ord(value[-1]) ^ 1) if value else "x"
        changed: Any = value[:-1] + flipped
    elif isinstance(value, bool):
        changed = not value
    elif isinstance(value, int):
        changed = value + 1
    elif isinstance(value, dict):
        changed = {**value, "new": 1}
    elif isinstance(value, list):
        changed = [*value, value[-1]] if value else [1]
    else:
        changed = "x"
    raw = edit(path, changed)
    assert raw is not None
    assert not verify(raw, at=START).ok


def test_the_unchanged_contract_is_good() -> None:
    assert verify(json.dumps(RICH_JSON), at=START).ok
