"""Names that a person gives are found however they are written."""

from __future__ import annotations

import unicodedata

import pytest

from commonweal.errors import InputError
from commonweal.intake.redaction import Finder

FINDER = Finder(names=["Ada Lovelace", "Müller, Jürgen", "José María de la Cruz", "王伟", "Ada Byron"])


def seen(text: str, finder: Finder = FINDER) -> list[tuple[str, str]]:
    return [(text[f.start : f.end], f.value) for f in finder.find(text)]


@pytest.mark.parametrize(
    "written",
    [
        "Ada Lovelace",
        "ADA LOVELACE",
        "lovelace, ada",
        "A. Lovelace",
        "Ada\n Lovelace",
        "Ada\u00a0Lovelace",
        "Lovelace",
    ],
)
def test_every_way_to_write_a_name_stands_for_the_person(written: str) -> None:
    assert seen(f"with {written}!") == [(written, "ada lovelace")]


@pytest.mark.parametrize(
    "written", ["Jürgen Müller", "Jurgen Muller", "JUERGEN MUELLER", "J. Müller", "Müller"]
)
def test_accents_may_be_there_decomposed_spread_or_missing(written: str) -> None:
    for form in ("NFC", "NFD"):
        text = unicodedata.normalize(form, written)
        assert seen(f"with {text}.") == [(text, "jurgen muller")]


def test_a_part_that_two_people_share_stands_for_neither() -> None:
    assert seen("Ada was here") == [("Ada", "ada")]
    assert seen("Ada Byron") == [("Ada Byron", "ada byron")]


def test_possessives_are_found_and_longer_words_are_not() -> None:
    assert seen("Lovelace's and Müllers") == [("Lovelace", "ada lovelace"), ("Müller", "jurgen muller")]
    assert seen("Lovelaces' adamant Adam lovelaced Canada") == [("Lovelace", "ada lovelace")]


def test_names_within_handles_are_found() -> None:
    assert seen("@ada_lovelace and lovelace_1815") == [
        ("ada", "ada"),
        ("lovelace", "ada lovelace"),
        ("lovelace", "ada lovelace"),
    ]


def test_particles_and_initials_alone_are_not_found() -> None:
    assert seen("de la A. J.") == []
    assert seen("José Maria de la Cruz") == [("José Maria de la Cruz", "jose maria de la cruz")]
    assert seen("王伟 来了") == [("王伟", "王伟")]


def test_many_names_are_found_as_few_are() -> None:
    names = [
        f"Xa{chr(97 + i // 26)}{chr(97 + i % 26)} Yo{chr(97 + i % 26)}{chr(97 + i // 26)}m"
        for i in range(600)
    ]
    finder = Finder(names=names)
    assert all(seen(f"it was {n}.", finder) == [(n, n.lower())] for n in names[::37])


def test_a_name_of_single_letters_is_refused() -> None:
    with pytest.raises(InputError):
        Finder(names=["A B"])


def test_titles_are_no_part_of_a_name() -> None:
    finder = Finder(names=["Dr. Grace Hopper", "Prof. Emmy Noether"])
    assert seen("The Dr. and the Prof. met Dr. Hopper", finder) == [("Hopper", "grace hopper")]
