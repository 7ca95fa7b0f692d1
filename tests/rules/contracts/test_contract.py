"""Contracts as JSON: one content has one way of writing it, and everything else is refused in words."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from cases import BUILDER, LICENSEE, LICENSOR, PAID, START, drafted, from_template, signed

from commonweal.errors import InputError
from commonweal.rules import templates
from commonweal.rules.contracts import Contract, Signatory, from_json, read


def test_a_contract_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    contract = signed(drafted())
    (tmp_path / "contract.json").write_bytes(contract.canonical())
    assert read(tmp_path / "contract.json") == contract
    assert from_json(json.dumps(contract.to_json(), indent=2)) == contract


@pytest.mark.parametrize("name", templates.names())
def test_contracts_from_every_template_are_read_back(name: str) -> None:
    contract = signed(from_template(name))
    again = from_json(contract.canonical())
    assert again == contract
    assert again.sha256 == contract.sha256


def test_the_file_is_canonical_json_and_the_hash_is_that_of_it_without_signatures() -> None:
    contract = signed(drafted())
    value = json.loads(contract.canonical())
    assert rfc8785.dumps(value) == contract.canonical()
    assert contract.sha256 == drafted().sha256
    assert value["format"] == "commonweal-contract/1"


PARTY = {"name": "A", "role": "licensor", "public_key": LICENSOR.public_key}


def edited(contract: Contract, **changes: Any) -> str:
    return json.dumps({**contract.to_json(), **changes})


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (edited(drafted())[:-1] + ', "text": "another"}', "said twice"),
        (edited(drafted(), blanks={"x": 0.5}), "fraction 0.5"),
        (edited(drafted(), blanks={"x": 1.0}), "fraction 1.0"),
        (edited(drafted(), blanks={"x": 2**53}), "beyond the whole numbers"),
        (edited(drafted(), blanks={"x": 1}).replace('"x": 1', '"x": ' + "9" * 5000), "beyond the whole"),
        (edited(drafted(), blanks={"x": 1}).replace('"x": 1', '"x": NaN'), "fraction nan"),
        (edited(drafted(), title="\ud800"), "half a character"),
        (edited(drafted(), effective="2027-02-01T01:00:00+01:00"), "effective is not written"),
        (edited(drafted(), effective="2027-02-01T00:00:00"), "time zone"),
        (edited(drafted(), more=1), "more"),
        (edited(drafted(), format="commonweal-contract/2"), "format"),
        (edited(drafted(), amends="abc"), "64 hex digits"),
        (edited(drafted(), ends="2027-01-01T00:00:00Z"), "ends is not after effective"),
        (edited(drafted(), parties=[{**PARTY, "role": "king"}]), "king"),
        (edited(drafted(), parties=[{**PARTY, "public_key": "00" * 32}]), "small order"),
        ("[" * 100_000, "nested"),
        ('{"blanks":' + '{"a":' * 700 + "1" + "}" * 700 + "}", ""),
        ("{}", "missing required field"),
        ("nonsense", "no JSON"),
        ("[]", "Expected `object`"),
        (b"\xff", "no JSON"),
    ],
)  # fmt: skip
def test_what_is_written_otherwise_is_refused_in_words(raw: str | bytes, said: str) -> None:
    with pytest.raises(InputError) as caught:
        from_json(raw, "c.json")
    assert said in str(caught.value)


def test_a_default_that_is_spelt_out_or_a_set_in_another_order_is_seen() -> None:
    value = drafted().to_json()
    value["parties"][0]["address"] = ""
    with pytest.raises(InputError, match=r"parties\[0\].address is not written"):
        from_json(json.dumps(value))
    value = from_template("no-ai").to_json()
    value["terms"]["rules"].reverse()
    with pytest.raises(InputError, match=r"terms.rules\[0\]"):
        from_json(json.dumps(value))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"parties": []}, "no party"),
        ({"parties": [LICENSEE]}, "nobody can license works to themselves"),
        ({"parties": [LICENSOR, LICENSOR]}, "share the name"),
        ({"parties": [LICENSOR, Signatory("WRITERS", "licensee", BUILDER.public.hex)]}, "share the name"),
        ({"parties": [LICENSEE, Signatory("Other", "licensor", BUILDER.public.hex)]}, "share the public key"),
        ({"text": " \n"}, "text is empty"),
        ({"text": "x" * 1_000_001}, "1,000,000"),
        ({"effective": datetime(2027, 1, 1)}, "time zone"),
        ({"ends": START}, "ends is not after"),
        ({"title": "a\nb"}, "U\\+000A"),
        ({"blanks": {"share": 0.1}}, "fraction"),
        ({"blanks": {"n": 2**60}}, "beyond"),
        ({"blanks": {"n": {1, 2}}}, "set"),
        ({"blanks": {1: 2}}, "no text"),
        ({"text": "half \ud800"}, "half a character"),
        ({"amends": "x"}, "64 hex"),
    ],
)
def test_a_draft_that_could_not_be_signed_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        drafted(**change)


@pytest.mark.parametrize("name", ["", " ", "A\u202eB", "A\nB", "A\u200bB", "A\x00B"])
def test_a_party_has_a_name_of_one_line_without_hidden_characters(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        Signatory(name, "licensor", LICENSOR.public_key)


def test_names_and_texts_are_composed_so_that_what_looks_alike_is_alike() -> None:
    assert Signatory("Cafe\u0301", "licensor", LICENSOR.public_key).name == "Café"
    assert drafted(text="Cafe\u0301\r\n").text == "Café\n"
    assert drafted(text="Cafe\u0301").sha256 == drafted(text="Café").sha256


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="check the path"):
        read(tmp_path / "no.json")


def test_one_content_has_one_hash_however_terms_were_built() -> None:
    twice = type(PAID)(rules=PAID.rules * 2)
    assert drafted(terms=twice).sha256 == drafted().sha256


def test_a_contract_has_the_same_hash_in_every_process() -> None:
    """Sets have another order in each process; what is signed in one is verified in another."""
    import os
    import subprocess
    import sys

    code = (
        "import tomllib\nfrom commonweal.rules import templates\n"
        "for n in templates.names(): t = templates.load(n); print(t.fill(tomllib.loads(t.form())).sha256)"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(runs) == 1


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\u2066", "\x07"])
def test_a_text_or_rule_that_hides_what_is_signed_is_refused(hidden: str) -> None:
    with pytest.raises(InputError, match=re.escape(f"text holds the hidden character U+{ord(hidden):04X}")):
        drafted(text=f"Pay {hidden}001.")
    with pytest.raises(InputError, match=r"terms\.title holds the hidden character"):
        drafted(terms=type(PAID)(rules=PAID.rules, title=hidden))
