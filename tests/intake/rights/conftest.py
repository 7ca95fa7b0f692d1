import json

import pytest

from commonweal.intake.rights import LAWS, Blanks, Kind, Recipient, compose

IDENTIFIER = "e-mail: ada@example.org"
GROUNDS = "I publish under my own name."


@pytest.fixture(scope="session")
def write():
    """Write a letter to an invented company; arguments of `compose` override."""

    def made(kind=Kind.ACCESS, language="en", **given):
        to = given.pop(
            "to", Recipient("acme", "Acme Chat", "Acme Ltd", "1 Main Street\nTown", "p@acme.example")
        )
        grounds = GROUNDS if kind is Kind.OBJECTION else ""
        blanks = given.pop(
            "blanks", Blanks("Ada Example", (IDENTIFIER, "user: ada"), "2 Side Street", grounds)
        )
        return compose(kind, to, blanks, language=language, **given)

    assert set(LAWS) == set(Kind)
    return made


@pytest.fixture
def checkout(tmp_path):
    """A folder shaped like datenanfragen/data, with an invented company and records given as keywords."""

    def made(**records):
        folder = tmp_path / "data" / "companies"
        folder.mkdir(parents=True)
        acme = {
            "slug": "acme",
            "relevant-countries": ["all"],
            "categories": ["social media"],
            "name": "Acme Limited",
            "runs": ["Acme Chat", "Acme Notes (notes.acme.example)"],
            "address": "1 Main Street\nTown\nIreland",
            "email": "privacy@acme.example",
            "request-language": "en",
            "sources": ["https://acme.example/privacy"],
            "quality": "verified",
            "suggested-transport-medium": "email",
        }
        for slug, record in {"acme": acme, **records}.items():
            text = record if isinstance(record, str) else json.dumps(record)
            (folder / f"{slug}.json").write_text(text, encoding="utf-8")
        return tmp_path / "data"

    return made
