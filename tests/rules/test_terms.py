"""Terms: one content, one hash; order never matters; bad input says what, where and how to mend it."""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
from decimal import Decimal

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rule_strategies as strategies
from commonweal.errors import InputError
from commonweal.rules import Act, Effect, Pay, Rule, Terms, from_json, from_toml, read
from commonweal.rules.terms import schema

SEARCH = '[[rule]]\nacts = ["search"]\neffect = "allow"\n'


@given(strategies.terms)
def test_terms_come_back_from_toml_and_from_json(terms):
    assert from_toml(terms.toml()) == terms
    assert from_json(terms.canonical()) == terms


@given(strategies.terms, st.randoms())
def test_the_hash_does_not_depend_on_the_order_or_repetition_of_rules(terms, chance: random.Random):
    rules = [*terms.rules, *terms.rules[:1]]
    chance.shuffle(rules)
    again = Terms(tuple(rules), terms.title, terms.declarer, terms.url)
    assert (again, again.sha256) == (terms, terms.sha256)


@given(strategies.terms, strategies.terms)
def test_different_terms_have_different_hashes(one, other):
    assert (one == other) == (one.sha256 == other.sha256)


def test_the_hash_is_the_same_on_every_machine_and_day():
    terms = from_toml(SEARCH)
    assert terms.canonical() == b'{"rules":[{"acts":["search"],"effect":"allow"}]}'
    assert terms.sha256 == "cf9d2c120098f93d024ef97e0bdbf39a6ad5a61e6b1d62af10a26c08580aa3fd"


def test_the_hash_is_the_same_in_every_process():
    """Sets are ordered by a seed that Python draws anew for each process."""
    code = (
        "from commonweal.rules import *; from commonweal.rules.terms import to_json;"
        "owed = frozenset([Attribute(), Watermark(), Delete(3), Consent(), Report('audit')]);"
        "who = Who(frozenset(Party), frozenset(['DE', 'US', 'FR']), frozenset('abc'), frozenset('xyz'));"
        "rule = Rule(frozenset(Act), Effect.CONDITIONAL, who, who, Scope(frozenset(['/a', '/b'])), owed);"
        "print(Terms((rule,)).sha256)"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in range(4)
    }  # fmt: skip
    assert len(found) == 1


def test_amounts_written_differently_are_one_amount():
    one, other = Pay("fixed", Decimal("10.00"), "EUR"), Pay("fixed", Decimal("1E1"), "EUR")
    owed = [
        Terms((Rule(frozenset({Act.CRAWL}), Effect.CONDITIONAL, duties=frozenset({p})),))
        for p in (one, other)
    ]
    assert owed[0].sha256 == owed[1].sha256


@given(strategies.terms)
@settings(max_examples=50)
def test_the_json_schema_holds_for_whatever_can_be_written(terms):
    jsonschema.validate(json.loads(terms.canonical()), schema())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            '[[rule]]\nacts = ["serch"]\neffect = "allow"',
            "rule 1, line 1, acts[0]: Invalid enum value 'serch'",
        ),
        (
            SEARCH + "\n" + SEARCH.replace("allow", "conditional"),
            "rule 2, line 5: a conditional rule names a duty",
        ),
        (SEARCH + 'duties = [{duty = "attribute"}]', "duties or limits of flow beside 'allow'"),
        (SEARCH + "life.expiry = 2027-01-01T00:00:00", "expiry needs a time zone"),
        (SEARCH + 'who.geo = ["de"]', "two capital letters"),
        (SEARCH + 'scope.urls = ["blog"]', "starts with neither / nor https://"),
        (SEARCH + 'efect = "deny"', "unknown field `efect`"),
        ("[[rule]]\nacts = []\neffect = 'deny'", "names at least one act"),
        ("[[rule]]\nacts = ['search']\neffect = 'unknown'", "can't say 'unknown'"),
        ("[[rule]\nacts = 1", "no TOML"),
        ("x = " + "[" * 20_000, "no TOML"),
    ],
)
def test_bad_toml_is_refused_with_the_place_and_the_mend(text, says):
    with pytest.raises(InputError) as caught:
        from_toml(text, "terms.toml")
    assert says in str(caught.value)
    assert str(caught.value).startswith("terms.toml")


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b'{"rules": [], "rules": []}', "'rules' is said twice"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"rules": [', "no JSON, line 1"),
        (b'{"title": "\xff"}', "no JSON"),
        (b" " * 5_000_000, "more than the"),
    ],
)
def test_bad_json_is_refused_in_bounded_time(raw, says):
    with pytest.raises(InputError, match=says):
        from_json(raw, "terms.json")


def test_a_file_that_is_not_there_or_not_utf8_is_refused(tmp_path):
    with pytest.raises(InputError, match="can't be read"):
        read(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes("title = 'Füße'".encode("latin-1"))
    with pytest.raises(InputError, match="not UTF-8"):
        read(tmp_path / "latin.toml")


@given(st.binary(max_size=300))
@settings(max_examples=200)
def test_arbitrary_bytes_are_terms_or_refused_and_nothing_else(raw):
    for reader, given_ in ((from_json, raw), (from_toml, raw.decode("utf-8", "replace"))):
        with contextlib.suppress(InputError):
            assert isinstance(reader(given_), Terms)
