"""Hugging Face cards: the gate names what waits and what is refused; others' cards grant what licences do."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import rule_strategies as strategies
from commonweal.rules import Act, Attribute, Consent, Effect, Pay, Policy, Rule, Scope, Terms
from commonweal.rules.dialects.base import Artefact, Kind, Reading, Site
from commonweal.rules.dialects.huggingface import DIALECT, FILE, _quoted
from commonweal.rules.export import write

SITE = Site("https://guild.example", "https://guild.example/terms.json", strategies.NOW)


def card(*rules: Rule, site: Site = SITE) -> str:
    return DIALECT.write(Terms(rules), site).artefacts[0].text


def parsed(text: str) -> dict:
    _, front, rest = text.split("---\n")
    assert rest == ""
    return yaml.safe_load(front)


def read(text: str) -> Reading:
    return DIALECT.read(Artefact(Kind.FILE, text, "README.md", where="README.md"))


def effects(text: str) -> dict[Act, Effect]:
    policy = Policy.of(read(text).signals)
    found = {act: policy.over(act).effect for act in Act}
    return {act: effect for act, effect in found.items() if effect is not Effect.UNKNOWN}


# Our own --------------------------------------------------------------------------------------------------

PAID = Rule(frozenset({Act.TRAIN_GEN, Act.MINE}), Effect.CONDITIONAL, duties=frozenset({Pay("fixed")}))
REFUSED = Rule(frozenset({Act.SYNTH}), Effect.DENY)
FREE = Rule(frozenset({Act.SEARCH}), Effect.ALLOW)


def test_the_card_of_each_effect():
    digest = Terms((PAID, REFUSED, FREE)).sha256
    assert parsed(card(PAID, REFUSED, FREE)) == {
        "license": "other",
        "license_name": f"terms-{digest[:16]}",
        "license_link": "https://guild.example/terms.json",
        "extra_gated_heading": "Accept the terms of use to get the files",
        "extra_gated_prompt": f"Use is on the terms at https://guild.example/terms.json, SHA-256 {digest}.",
        "extra_gated_fields": {
            "I accept the terms for: mine, train-gen": "checkbox",
            "I will not use it for: synth": "checkbox",
        },
        "extra_gated_button_content": "I accept the terms",
        "tags": ["terms-of-use"],
    }


def test_what_is_read_of_it():
    export = write(DIALECT, Terms((PAID, REFUSED, FREE)), SITE)
    policy = Policy.of(export.signals)
    digest = Terms((PAID, REFUSED, FREE)).sha256
    for act in PAID.acts:
        found = policy.over(act)
        assert found.effect is Effect.CONDITIONAL
        assert found.duties == {Consent("https://guild.example/terms.json", digest)}
    assert policy.over(Act.SYNTH).effect is Effect.DENY
    assert policy.over(Act.SEARCH).effect is Effect.UNKNOWN
    assert ("search", "allow reads as unknown") in [(x.what, x.why) for x in export.losses]


def test_terms_without_conditions_have_no_gate_and_terms_without_rules_no_card():
    assert not [key for key in parsed(card(FREE)) if key.startswith("extra_gated")]
    assert not DIALECT.write(Terms(), SITE).artefacts


def test_without_an_address_the_hash_alone_names_the_terms():
    written = DIALECT.write(Terms((PAID,)), Site(at=strategies.NOW))
    assert "license_link" not in parsed(written.artefacts[0].text)
    assert [loss.what for loss in written.losses] == ["license_link"]
    assert effects(written.artefacts[0].text) == dict.fromkeys(PAID.acts, Effect.CONDITIONAL)


def test_what_is_refused_of_some_files_is_refused_of_all_and_that_is_a_loss():
    some = Terms((Rule(frozenset({Act.SYNTH}), Effect.DENY, scope=Scope(frozenset({"/a/"}))),))
    written = DIALECT.write(some, SITE)
    assert effects(written.artefacts[0].text) == {Act.SYNTH: Effect.DENY}
    assert [loss.what for loss in written.losses] == ["scope"]


@given(st.text(st.characters(exclude_categories=["Cs"])))
@settings(max_examples=300)
def test_texts_are_quoted_as_yaml_reads_them(text):
    assert yaml.safe_load(_quoted(text)) == text


# Others' --------------------------------------------------------------------------------------------------

FREE_USES = dict.fromkeys(set(Act) - {Act.CRAWL}, Effect.ALLOW)
PASSING = {Act.REDISTRIBUTE: Effect.CONDITIONAL}


@pytest.mark.parametrize(
    ("front", "said"),
    [
        ("license: cc0-1.0", FREE_USES),
        ('license: "cc0-1.0"  # a dedication', FREE_USES),
        ("license: cc-by-4.0", PASSING),
        ("license:\n- cc-by-4.0\n- mit", PASSING),
        ("license: [cc-by-4.0, 'odbl']", PASSING),
        ("license:\n  - pddl", FREE_USES),
        ("license: cc-by-nc-4.0", {}),
        ("license: other", {}),
        ("license: unknown", {}),
        ("license: [cc0-1.0, other]", {}),
        ("license: cc0-1.0\nlicense: other", {}),
        ("license: cc0-1.0\n  and more", {}),
        ("license: >-\n  cc0-1.0", {}),
        ("license: !!str cc0-1.0", {}),
        ("dataset_info:\n  license: cc0-1.0", {}),
        ("language: en", {}),
        ("", {}),
        ("license: cc0-1.0\nextra_gated_prompt: ask us", dict.fromkeys(FREE_USES, Effect.CONDITIONAL)),
        ("extra_gated_fields:\n  Name: text", {}),
    ],
)
def test_what_cards_say(front, said):
    assert effects(f"---\n{front}\n---\n# Card\nlicense: cc0-1.0\n") == said


def test_behind_a_gate_consent_is_owed_too():
    text = "---\nlicense: cc-by-4.0\nlicense_link: https://a.example/l\nextra_gated_prompt: x\n---\n"
    (rule,) = read(text).signals[0].terms.rules
    assert rule.duties == {Attribute(), Consent("https://a.example/l")}


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("---\nlicense: mit\n", [("huggingface-no-end", 1)]),
        ("---\nlicense: mit\ntags: []\nlicense: cc0-1.0\n---\n", [("huggingface-repeated", 4)]),
        ("---\n\nlicense: other\n---\n", [("huggingface-licence", 3)]),
        ("---\n" + "a" * 50_000_000, [("huggingface-too-large", 1)]),
        ("---\n" + "[" * 100_000 + "\n---\n", []),
        ("---\nlicense: \udcff\n---\n", [("huggingface-licence", 2)]),
    ],
)
def test_malformed_cards_become_problems_with_their_line(text, codes):
    assert [(p.code, p.line) for p in read(text).problems] == codes


def test_it_reads_cards():
    assert DIALECT.reads(DIALECT.write(Terms((FREE,)), SITE).artefacts[0])
    assert DIALECT.reads(Artefact(Kind.FILE, "---\n", "data/README.md"))
    assert not DIALECT.reads(Artefact(Kind.FILE, "# Title", FILE))


@given(text=st.text(max_size=80))
@settings(max_examples=300)
def test_any_front_matter_is_read_without_an_exception(text):
    read(f"---\n{text}\n---\n")
    read(f"---\nlicense: {text}\nextra_gated_prompt: {text}\n---\n")


@given(at=st.integers(0, 600), text=st.text(max_size=5))
def test_mutated_cards_are_read_without_an_exception(at, text):
    said = card(PAID, REFUSED)
    read(said[:at] + text + said[at + 1 :])
