"""Canonical JSON and its hashes."""

import hashlib

import pytest

from commonweal.sealed import canonical_json, content_hash, file_hash


def test_the_published_example_of_rfc_8785_section_3_2_3_sorts_its_keys_as_printed():
    value = {
        "€": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "😀": "Emoji: Grinning Face",
        "\u0080": "Control",
        "ö": "Latin Small Letter O With Diaeresis",
    }
    order = ["\r", "1", "\u0080", "ö", "€", "😀", "\ufb33"]  # UTF-16 code units, as the RFC sorts
    text = canonical_json(value).decode()
    at = [text.index(f'"{value[key]}"') for key in order]
    assert at == sorted(at)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (333333333.33333329, "333333333.3333333"),
        (1e30, "1e+30"),
        (4.50, "4.5"),
        (2e-3, "0.002"),
        (1e-27, "1e-27"),
        (-0.0, "0"),
    ],
)
def test_numbers_are_written_as_the_rfc_says(number, text):
    assert canonical_json(number).decode() == text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**60, {1: "x"}])
def test_what_json_cannot_say_is_refused(value):
    with pytest.raises(ValueError, match="canonical JSON"):
        canonical_json(value)


def test_the_order_of_keys_does_not_change_the_hash():
    assert content_hash({"a": 1, "b": [1, 2]}) == content_hash({"b": [1, 2], "a": 1})
    assert content_hash({"a": 1}) != content_hash({"a": 2})


def test_a_file_is_hashed_by_its_bytes(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"abc" * 10_000)
    assert file_hash(path) == hashlib.sha256(b"abc" * 10_000).hexdigest()
