"""Companies of a datenanfragen/data checkout."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from commonweal.errors import InputError
from commonweal.intake.rights import Kind, read_companies, read_company

REAL = Path(__file__).parents[4] / "shared" / "data" / "settings"


def test_a_company_is_found_by_short_name_name_or_service(checkout):
    path = checkout()
    for name in ("acme", "Acme Limited", "acme chat", "Acme Notes (notes.acme.example)"):
        assert read_company(path, name).slug == "acme"
    assert read_company(path / "companies", "acme").email == "privacy@acme.example"


def test_a_company_can_be_written_to_and_is_not_verified(checkout, write):
    to = read_company(checkout(), "acme").recipient()
    assert not to.verified
    assert to.source == "datenanfragen/data, companies/acme.json"
    text = write(Kind.ERASURE, "fr", to=to, sent=date(2026, 11, 21)).text
    assert "Acme Limited  \n1 Main Street  \nTown  \nIreland\n" in text


def test_a_name_that_comes_near_is_suggested(checkout):
    with pytest.raises(InputError, match="did you mean acme"):
        read_company(checkout(), "akme")


def test_a_name_cannot_lead_out_of_the_folder(checkout):
    path = checkout()
    (path / "secret.json").write_text('{"slug": "secret", "name": "S"}')
    with pytest.raises(InputError, match="no company is called"):
        read_company(path, "../secret")


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ('{"slug": "beta", "name": "B",}', "JSON"),
        ({"slug": "beta"}, "`name`"),
        ({"slug": "beta", "name": 7}, "`name`"),
        ({"slug": "other", "name": "B"}, "not the name of its file"),
        ({"slug": "beta", "name": "B", "runs": "one"}, "`runs`"),
    ],
    ids=["no JSON", "no name", "a number for a name", "another slug", "a text for a list"],
)
def test_a_broken_record_is_named_and_the_others_are_read(checkout, record, said):
    path = checkout(beta=record)
    read = read_companies(path)
    assert [c.slug for c in read.companies] == ["acme"]
    [problem] = read.problems
    assert problem.where == "companies/beta.json"
    assert said.casefold() in str(problem).casefold()
    with pytest.raises(InputError, match=r"beta\.json"):
        read_company(path, "beta")


def test_a_folder_without_companies_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no companies"):
        read_companies(tmp_path)


@pytest.mark.skipif(not REAL.is_dir(), reason="no checkout of the real data at hand")
def test_real_records_are_read_whole_and_letters_to_them_are_written(write):
    read = read_companies(REAL)
    assert len(read.companies) == len(list((REAL / "companies").glob("*.json")))
    assert read.problems == ()
    for company in read.companies:
        assert company.address or company.email or company.webform
        assert company.name in write(to=company.recipient(), sent=date(2026, 11, 21)).text
