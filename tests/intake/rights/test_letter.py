"""Letters: every kind in every language, whole, with its provision named and nothing left blank."""

from __future__ import annotations

import re
from datetime import date
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.intake.rights import LANGUAGES, Blanks, Kind, Recipient, compose
from commonweal.intake.rights.letter import day

IDENTIFIER = "e-mail: ada@example.org"
GROUNDS = "I publish under my own name."  # both as `write` fills them in
SENT = date(2026, 11, 21)
CASES = [(kind, language) for kind in Kind for language in LANGUAGES]
ARTICLE = {
    "en": "Article {} GDPR",
    "de": "Art. {} DSGVO",
    "fr": "article {} du RGPD",
    "es": "artículo {} del RGPD",
}
NUMBER = {Kind.ACCESS: 15, Kind.ERASURE: 17, Kind.PORTABILITY: 20, Kind.OBJECTION: 21}
SECTION = {Kind.CCPA_OPTOUT: "1798.120", Kind.CCPA_DELETE: "1798.105"}
DUE = {
    "en": "21 December 2026",
    "de": "21. Dezember 2026",
    "fr": "21 décembre 2026",
    "es": "21 de diciembre de 2026",
}
TITLE = re.compile(r"^\*\*(.+)\*\*$", re.M)


@pytest.mark.parametrize(("kind", "language"), CASES)
def test_a_letter_has_no_blank_left_and_names_its_provision_in_the_title(write, kind, language):
    text = write(kind, language, sent=SENT).text
    assert not re.search(r"[{}]|None|undefined", text)
    [title] = TITLE.findall(text)
    wanted = SECTION.get(kind) or ARTICLE[language].format(NUMBER[kind])
    assert wanted in title
    assert "Acme Chat" in title


@pytest.mark.parametrize(("kind", "language"), CASES)
def test_a_letter_says_who_writes_to_whom_and_by_when_an_answer_is_due(write, kind, language):
    letter = write(kind, language, sent=SENT)
    for needed in ("Ada Example", "2 Side Street", "Acme Ltd", "1 Main Street", IDENTIFIER, "user: ada"):
        assert needed in letter.text
    assert day(letter.due, language) in letter.text
    assert day(SENT, language) in letter.text
    if letter.deadline.confirm:
        assert day(letter.deadline.confirm, language) in letter.text
    if kind in NUMBER:
        assert DUE[language] in letter.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_in_one_language_make_the_same_demands_as_in_another(write, language):
    """Sections of the law that the English letter cites are cited in each translation."""
    for kind in Kind:
        cited = set(
            re.findall(r"1798\.\d+|70\d\d|\b(?:1[2-9]|2[01]|77)\b", write(kind, "en", sent=SENT).text)
        )
        assert cited <= set(
            re.findall(r"1798\.\d+|70\d\d|\b(?:1[2-9]|2[01]|77)\b", write(kind, language, sent=SENT).text)
        )


def test_there_is_a_whole_text_per_kind_and_language_and_no_other():
    folder = resources.files("commonweal.intake.rights").joinpath("letters")
    assert {f.name for f in folder.iterdir()} == {f"{kind}.{language}.md" for kind, language in CASES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_portability_asks_for_a_structured_commonly_used_and_machine_readable_format(write, language):
    words = {
        "en": "structured, commonly used and machine-readable format",
        "de": "strukturierten, gängigen und maschinenlesbaren Format",
        "fr": "format structuré, couramment utilisé et lisible par machine",
        "es": "formato estructurado, de uso común y lectura mecánica",
    }
    assert words[language] in write(Kind.PORTABILITY, language, sent=SENT).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_objection_states_the_grounds_of_its_writer(write, language):
    assert GROUNDS in write(Kind.OBJECTION, language, sent=SENT).text


@pytest.mark.parametrize("grounds", ["", "  \n "])
def test_an_objection_without_grounds_is_refused(write, grounds):
    with pytest.raises(InputError, match=r"particular situation .* --grounds"):
        write(Kind.OBJECTION, blanks=Blanks("Ada", (IDENTIFIER,), grounds=grounds), sent=SENT)


@pytest.mark.parametrize(
    ("blanks", "said"),
    [
        (Blanks(" ", (IDENTIFIER,)), "the name is empty"),
        (Blanks("Ada", ()), "which account is yours"),
        (Blanks("Ada", (IDENTIFIER, " ")), "which account is yours"),
        (Blanks("Ada\nLovelace", (IDENTIFIER,)), "more than one line"),
        (Blanks("Ada", (IDENTIFIER,), grounds="I object"), "no place for grounds"),
    ],
    ids=["no name", "no identifier", "an empty identifier", "two lines", "grounds"],
)
def test_a_blank_that_is_missing_or_has_no_place_is_refused_without_repeating_it(write, blanks, said):
    with pytest.raises(InputError, match=said) as error:
        write(Kind.ACCESS, blanks=blanks, sent=SENT)
    assert "Lovelace" not in str(error.value)
    assert "ada@" not in str(error.value)


def test_a_letter_that_arrives_later_is_answered_later_and_says_so(write):
    letter = write(Kind.ACCESS, sent=SENT, received=date(2026, 11, 25))
    assert letter.due == date(2026, 12, 25)
    assert "If it reached you on 25 November 2026, that is by 25 December 2026" in letter.text
    with pytest.raises(InputError, match="before its date"):
        write(Kind.ACCESS, sent=SENT, received=date(2026, 11, 20))


def test_without_an_address_of_the_company_its_email_stands_there(write):
    letter = write(to=Recipient("acme", "Acme", "Acme Ltd", email="p@acme.example"), sent=SENT)
    assert "Acme Ltd  \np@acme.example\n" in letter.text


def test_the_first_of_a_month_is_an_ordinal_in_french():
    assert day(date(2027, 3, 1), "fr") == "1er mars 2027"
    assert day(date(2027, 3, 2), "fr") == "2 mars 2027"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_twelve_months_of_a_year_have_twelve_names(language):
    assert len({day(date(2027, month, 3), language) for month in range(1, 13)}) == 12


LINE = st.text(st.characters(exclude_categories=("C", "Z"))).filter(bool)


@given(name=LINE, identifier=LINE, grounds=LINE)
def test_what_is_filled_in_stands_in_the_letter_as_it_is(name, identifier, grounds):
    """Braces and other marks of templates among it: a blank is text, not a template."""
    to = Recipient("acme", "Acme", "Acme Ltd", email="p@acme.example")
    text = compose(Kind.OBJECTION, to, Blanks(name, (identifier,), grounds=grounds), sent=SENT).text
    assert text.startswith(f"{name}\n")
    assert f"\n- {identifier}\n" in text
    assert f"\n{grounds}\n" in text
