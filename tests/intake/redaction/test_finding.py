"""What is found, what is left, and that batches, encodings and overlaps change nothing."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban as stdnum_iban
from stdnum import luhn as stdnum_luhn

from commonweal.intake.redaction import Find, Finder, Kind, resolve
from commonweal.intake.redaction.accounts import LENGTHS, luhn, mod97

FINDER = Finder()


def seen(text: str, finder: Finder = FINDER) -> list[tuple[str, str]]:
    return [(str(f.kind), text[f.start : f.end]) for f in finder.find(text)]


WHOLE = [
    ("email", "ann.b+list@mail.example.co.uk"),
    ("email", "ann@müller.de"),
    ("email", "o'brien@example.org"),
    ("email", "ann (at) example (dot) org"),
    ("email", "ann [at] example.org"),
    ("card", "4111 1111 1111 1111"),
    ("card", "4111-1111-1111-1111"),
    ("card", "378282246310005"),
    ("card", "3782 822463 10005"),
    ("card", "30569309025904"),
    ("card", "6011111111111117"),
    ("card", "3530111333300000"),
    ("card", "5555555555554444"),
    ("card", "2223003122003222"),
    ("iban", "DE89 3704 0044 0532 0130 00"),
    ("iban", "GB29NWBK60161331926819"),
    ("iban", "NO9386011117947"),
    ("iban", "FR14 2004 1010 0505 0001 3M02 606"),
    ("iban", "MT84MALT011000012345MTLCAST001S"),
    ("iban", "nl91 abna 0417 1643 00"),
    ("ip", "86.121.97.248"),
    ("ip", "10.0.0.5"),
    ("ip", "::ffff:8.8.4.4"),
    ("ip", "2a02:8109:9ac0:2ef0:f91c:3b1:2e1:77"),
    ("ip", "fe80::1ff:fe23:4567:890a"),
    ("device", "00:1A:2B:3C:4D:5E"),
    ("device", "00-1A-2B-3C-4D-5E"),
    ("phone", "+49 (0)30 1234567"),
    ("phone", "(212) 555-0143 ext. 44"),
    ("phone", "212-555-2143"),
    ("phone", "001-518-640-0854x12"),
    ("phone", "+33 1 84 17 61 18"),
    ("phone", "020 7946 0958"),
    ("phone", "+৮৮০ ১৫৮৮ ৫৭০৯৫১"),
    ("iban", "AR67HBUN12526061788191901537"),
    ("national_id", "054-28-6917"),
    ("national_id", "12345678Z"),
    ("national_id", "X1234567L"),
    ("national_id", "RSSMRA85T10A562S"),
    ("national_id", "1 85 05 78 006 084 91"),
    ("national_id", "756.9217.0769.85"),
    ("national_id", "AB123456C"),
    ("national_id", "131052-308T"),
    ("national_id", "811218-9876"),
    ("national_id", "529.982.247-25"),
    ("national_id", "15070649C103"),
    ("national_id", "ABCPE1234F"),
    ("address", "10 Downing Street, London SW1A 2AA"),
    ("address", "Hauptstr. 12a, 10115 Berlin"),
    ("address", "12 rue de la Paix, 75002 Paris"),
    ("address", "Calle de Alcalá 45, 28014 Madrid"),
    ("address", "Mannerheimintie 5, 00100 Helsinki"),
    ("address", "ul. Długa 3"),
    ("address", "Postfach 1234"),
    ("address", "PSC 6293, Box 8158\nAPO AP 04336"),
    ("address", "Suite 464"),
    ("key", "sk-" + "ant-api03-" + "a1B2c3D4e5F6g7H8i9J0k1L2"),
    ("key", "AKIA" + "IOSFODNN7EXAMPLE"),
    ("key", "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"),
    ("key", "hf_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7"),
    ("key", "xoxb-" + "123456789012-abcdefABCDEF"),
    ("key", "sk_" + "live_a1B2c3D4e5F6g7H8i9J0k1L2"),
    ("key", "AIza" + "SyA1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q"),
    ("key", "glpat-" + "a1B2c3D4e5F6g7H8i9J0"),
    ("key", "123456789:AA" + "F-a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P"),
    ("key", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcDEF_123"),
    ("key", "-----BEGIN RSA PRIVATE KEY-----\nMIIabc==\n-----END RSA PRIVATE KEY-----"),
]


@pytest.mark.parametrize(("kind", "value"), WHOLE)
@pytest.mark.parametrize(
    "around", ["{}", "see {} then.", "«{}»", "\n{}\n", "a: {}, b", "ünï {} – 日本", "({})"]
)
def test_a_value_is_found_whole_whatever_is_around_it(kind: str, value: str, around: str) -> None:
    assert seen(around.format(value)) == [(kind, value)]


BY_CUE = [
    ("phone", "you can reach me at ", "467 3395"),
    ("phone", "Telefon: ", "72 128 827"),
    ("phone", "Desk: ", "5403926876"),
    ("phone", "WhatsApp ", "9472 7916"),
    ("phone", "it's my new number, ", "11319017"),
    ("phone", "Phone:\n", "(37) 788-063"),
    ("national_id", "BSN ", "111222333"),
    ("national_id", "NHS number ", "943 476 5919"),
    ("national_id", "PESEL: ", "44051401359"),
    ("national_id", "my SSN is ", "054 28 6917"),
    ("card", "the card ", "675984103431"),
    ("card", "credit card ", "1234 5678 9012 3456"),
    ("document", "driver's license number is ", "F162823540116"),
    ("document", "Passport no. ", "C01X00T47"),
    ("birthdate", "born on ", "12 March 1985"),
    ("birthdate", "DOB: ", "12/03/1985"),
    ("address", "my zip code is ", "76400"),
    ("password", "password: ", "hunter2!"),
    ("password", "Passwort ist ", "Sommer2024!"),
    ("key", "Authorization: Bearer ", "abcdef.123456.xyz987"),
    ("key", "https://x.example/z?access_token=", "abcdef1234567"),
    ("key", "api_key = '", "abc12345defg"),
    ("iban", "my IBAN is ", "GB56HXDO88167774656110"),
]


@pytest.mark.parametrize(("kind", "cue", "value"), BY_CUE)
def test_what_its_shape_does_not_tell_the_words_before_it_do(kind: str, cue: str, value: str) -> None:
    assert seen(f"Well, {cue}{value}") == [(kind, value)]
    assert (kind, value) not in seen(f"Well, {value}")


NOTHING = [
    "on 2026-11-01 12:30:45 and 01.11.2026, 1999-2024",
    "π is 3.14159265358979, e 2.71828",
    "it costs $1234567 or 1,234.50",
    "1763683200123456 ns",
    "id 1234567890123456",
    "version 1.2.3.4 and v1.2.3.4, 1.2.3.4.5",
    "127.0.0.1 and 255.255.255.0",
    "std::vector<a::b> x[::2] ::1 12:30:45",
    "ISBN 978-3-16-148410-0",
    "order number 12345678",
    "git@github.com:a/b.git",
    "password is required",
    "password = os.environ['X']",
    "password: str",
    "token: {{ secrets.TOKEN }}",
    "4111 1111 1111 1112",
    "Lat 52.520008, 13.404954",
    "During 2017 and on Platz 1, Spring 12",
    "react@18.2.0 a@b @name",
    "192.0.2.7 2001:db8::7 x@example.invalid +1-212-555-0143",
    "123-45-67890",
    "0x7fff5fbff8c0 deadbeef",
    "10 Downing",
    "the house is 2 blocks down the road",
    "-8.90384387e-02, 1.20546865e-15",
    "09122343-1611-4688-e843-a0b1c2d3e4f5 and 1a2b-0912-2343-1611",
    "pp. 170, p. 173 (1994)",
    "000-12-3456",
    "call me maybe",
    "Passport control at gate 12",
]


@pytest.mark.parametrize("text", NOTHING)
def test_what_only_resembles_a_private_value_is_left(text: str) -> None:
    assert seen(text) == []


PHONES = [
    (region, kind, form)
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
    for form in (phonenumbers.PhoneNumberFormat.INTERNATIONAL, phonenumbers.PhoneNumberFormat.E164)
]


def test_every_country_s_example_number_is_found_in_both_international_forms() -> None:
    missed = []
    for region, kind, form in PHONES:
        number = phonenumbers.example_number_for_type(region, kind)
        if number:
            written = phonenumbers.format_number(number, form)
            if seen(f"We met, then {written}, bye") != [("phone", written)]:
                missed.append((region, written))
    assert missed == []


def test_after_a_word_for_a_phone_every_national_number_of_seven_digits_is_found() -> None:
    missed = []
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
        written = number and phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
        if written and sum(c.isdigit() for c in written) >= 7:
            text = f"my phone is {written}, bye"
            finds = [f for f in FINDER.find(text) if f.kind is Kind.PHONE]
            if sum(f.end - f.start for f in finds) < 0.8 * len(written):
                missed.append((region, written))
    assert missed == []


@pytest.mark.parametrize(
    "numbers",
    [
        ["212-555-2143", "646-555-7788", "(917) 555-3321"],
        ["4111 1111 1111 1111", "5555 5555 5555 4444", "378282246310005"],
        ["86.121.97.248", "10.1.2.3"],
        ["054-28-6917", "125-17-4954"],
    ],
)
def test_values_that_follow_each_other_are_found_one_by_one(numbers: list[str]) -> None:
    for many in (numbers, numbers * 40):
        assert [value for _, value in seen("See " + " ".join(many))] == many


@given(st.text("0123456789", min_size=2, max_size=25))
def test_luhn_s_digit_is_as_python_stdnum_has_it(digits: str) -> None:
    assert luhn(digits) == stdnum_luhn.is_valid(digits)


@pytest.mark.parametrize("country", sorted(LENGTHS))
def test_an_iban_of_any_country_is_found_and_its_check_digits_are_as_python_stdnum_has_them(
    country: str,
) -> None:
    rng = random.Random(country)
    rest = "".join(rng.choice("0123456789") for _ in range(LENGTHS[country] - 4))
    account = country + stdnum_iban.calc_check_digits(f"{country}00{rest}") + rest
    grouped = " ".join(account[i : i + 4] for i in range(0, len(account), 4))
    assert mod97(account)
    assert seen(f"send to {grouped} please") == [("iban", grouped)]
    assert not mod97(account[:-1] + str((int(account[-1]) + 1) % 10))


@given(st.lists(st.one_of(st.sampled_from([v for _, v in WHOLE]), st.text(max_size=30)), max_size=12))
def test_texts_gone_over_together_are_as_each_by_itself(texts: list[str]) -> None:
    assert list(FINDER.find_many(texts)) == [FINDER.find(text) for text in texts]


@given(st.text(max_size=200))
def test_any_text_can_be_gone_over(text: str) -> None:
    finds = FINDER.find(text)
    assert all(0 <= f.start < f.end <= len(text) for f in finds)
    assert all(a.end <= b.start for a, b in itertools.pairwise(finds))


KINDS = st.sampled_from(list(Kind))
SPANS = st.tuples(st.integers(0, 30), st.integers(1, 12), KINDS).map(
    lambda t: Find(t[0], t[0] + t[1], t[2], "w", "v")
)


@given(st.lists(SPANS, max_size=12), st.text("ab .", min_size=42, max_size=42))
def test_overlaps_are_resolved_without_laying_a_letter_bare(finds: list[Find], text: str) -> None:
    left = resolve(text, finds)
    assert left == sorted(left)
    assert all(a.end <= b.start for a, b in itertools.pairwise(left))

    def covered(some: list[Find]) -> set[int]:
        return {i for f in some for i in range(f.start, f.end) if text[i].isalnum()}

    assert covered(left) == covered(finds)
    longest = max((f.end - f.start for f in finds), default=0)
    assert all(f in left for f in finds if f.end - f.start == longest and finds.count(f) == len(finds))


def test_the_longer_find_wins_and_the_rest_of_the_other_stays_covered() -> None:
    text = "Ann ann@example.org"
    finds = [Find(4, 19, Kind.EMAIL, "", "e"), Find(0, 7, Kind.PERSON, "", "p")]
    assert [(f.start, f.end, f.kind) for f in resolve(text, finds)] == [
        (0, 4, Kind.PERSON),
        (4, 19, Kind.EMAIL),
    ]


def test_a_recogniser_that_is_plugged_in_is_asked_of_every_text() -> None:
    def towns(text: str) -> list[Find]:
        at = text.find("Paris")
        return [Find(at, at + 5, Kind.OTHER, "town", "paris")] if at >= 0 else []

    finder = Finder(recognisers=[towns])
    assert [seen(t, finder) for t in ("In Paris", "ann@example.org in Paris", "no")] == [
        [("other", "Paris")],
        [("email", "ann@example.org"), ("other", "Paris")],
        [],
    ]


def test_a_value_has_one_form_however_it_is_written() -> None:
    for several in (
        ["Ann@Example.org", "ann@example.org"],
        ["4111 1111 1111 1111", "4111-1111-1111-1111", "4111111111111111"],
        ["DE89 3704 0044 0532 0130 00", "DE89370400440532013000"],
        ["+49 30 1234567", "+49 (0)30 1234567", "0049 30 1234567"],
        ["2a02:8109::1:2:3", "2A02:8109:0:0:0:1:2:3"],
    ):
        assert len({f.value for text in several for f in FINDER.find(text)}) == 1


def test_a_private_key_that_is_cut_off_is_found_as_far_as_it_goes() -> None:
    cut = "-----BEGIN PRIVATE KEY-----\nMIIabc+/=\nMIIdef"
    assert seen(f"{cut}... and more words") == [("key", cut)]
    assert len(seen("-----BEGIN PRIVATE KEY----- " * 20)) == 20


def test_no_reason_tells_the_value() -> None:
    for kind, value in WHOLE:
        for find in FINDER.find(value):
            assert find.kind == kind
            assert find.value not in find.why


LABELLED = Path(__file__).parents[4] / "shared/data/pii/presidio_research_synth_half.json"


@pytest.mark.skipif(not LABELLED.exists(), reason="the labelled texts are not here")
def test_the_figures_owed_are_reached_on_the_labelled_half() -> None:
    from commonweal.intake.redaction import measure

    scored = measure.score(measure.load(LABELLED), FINDER.find_many)
    for name in ("EMAIL_ADDRESS", "CREDIT_CARD", "IBAN_CODE", "IP_ADDRESS"):
        assert scored.recall[name].value >= 0.98
    assert scored.recall["PHONE_NUMBER"].value >= 0.9
    for kind in (Kind.EMAIL, Kind.CARD, Kind.IBAN, Kind.IP, Kind.PHONE):
        assert scored.precision[kind].value >= 0.95
    assert len(json.loads(LABELLED.read_text())) == 750
