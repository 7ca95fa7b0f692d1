"""Surrogates: the same for the same value, of nobody, and nothing that is found again."""

from __future__ import annotations

import ipaddress
import re
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.intake.redaction import Find, Finder, Kind, Surrogates, redact

KEY = bytes(range(32))
FINDER = Finder()
TEXT = (
    "Mail Ann@example.org or ann@EXAMPLE.org, call +49 30 1234567 or 0049 30 1234567; 4111 1111 1111 1111, "
    "DE89 3704 0044 0532 0130 00, 86.121.97.248, 2a02:8109:9ac0:2ef0:f91c:3b1:2e1:77, 054-28-6917, "
    "password: hunter2!"
)


@pytest.mark.parametrize("shaped", [False, True])
def test_the_same_value_becomes_the_same_and_nothing_private_is_left_or_found_again(shaped: bool) -> None:
    surrogates = Surrogates(KEY, shaped=shaped)
    finds = FINDER.find(TEXT)
    clean = redact(TEXT, finds, surrogates)
    assert len(finds) == 10
    assert len({surrogates.of(f) for f in finds}) == 8
    assert not any(TEXT[f.start : f.end] in clean for f in finds)
    assert FINDER.find(clean) == []


@given(st.sampled_from(list(Kind)), st.text(max_size=20), st.binary(min_size=32, max_size=32), st.booleans())
def test_a_surrogate_of_any_value_is_not_found_again(
    kind: Kind, value: str, key: bytes, shaped: bool
) -> None:
    surrogate = Surrogates(key, shaped=shaped).of(Find(0, 1, kind, "", value))
    assert FINDER.find(f"call my phone {surrogate} or card, password: {surrogate}, token={surrogate}") == []


@given(st.text(max_size=40))
def test_shaped_surrogates_lie_in_ranges_that_belong_to_nobody(value: str) -> None:
    surrogates = Surrogates(KEY, shaped=True)
    assert surrogates.of(Find(0, 1, Kind.EMAIL, "", value)).endswith("@example.invalid")
    assert re.fullmatch(r"\+1-[2-9]\d\d-555-01\d\dx\d{6}", surrogates.of(Find(0, 1, Kind.PHONE, "", value)))
    address = ipaddress.ip_address(surrogates.of(Find(0, 1, Kind.IP, "", value)))
    networks = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"]
    assert any(address in ipaddress.ip_network(n) for n in networks)


def test_another_key_gives_others_and_kinds_do_not_meet() -> None:
    find = Find(0, 1, Kind.EMAIL, "", "a@b.org")
    one, other = Surrogates(KEY), Surrogates(bytes(32))
    assert one.of(find) != other.of(find)
    assert one.of(find).split()[-1] != one.of(find._replace(kind=Kind.PERSON)).split()[-1]
    assert one.mark("x") != other.mark("x")


def test_ten_thousand_values_get_as_many_surrogates() -> None:
    surrogates = Surrogates(KEY)
    assert len({surrogates.of(Find(0, 1, Kind.PERSON, "", str(i))) for i in range(10_000)}) == 10_000


@given(st.lists(st.sampled_from([*"ab ", "ann@example.org", "+49 30 1234567", "é", "日"]), max_size=20))
def test_all_but_the_finds_stays_as_it_was(pieces: list[str]) -> None:
    text = " ".join(pieces)
    finds, surrogates = FINDER.find(text), Surrogates(KEY)
    clean, at = redact(text, finds, surrogates), 0
    for find in finds:
        kept = text[at : find.start] + surrogates.of(find)
        assert clean.startswith(kept)
        clean, at = clean[len(kept) :], find.end
    assert clean == text[at:]


def test_overlapping_finds_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        redact("abcd", [Find(0, 3, Kind.PERSON, "", "a"), Find(2, 4, Kind.PERSON, "", "b")], Surrogates(KEY))


def test_a_key_is_made_once_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "key"
    key = Surrogates.key_in(path)
    assert Surrogates.key_in(path) == key
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("no key")
    with pytest.raises(InputError):
        Surrogates.key_in(path)
    with pytest.raises(InputError):
        Surrogates(b"short")
