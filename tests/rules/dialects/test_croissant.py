"""Croissant: terms inside of a dataset's description come back whole; others' descriptions grant little."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rule_strategies as strategies
from commonweal.rules import Act, Attribute, Effect, Party, Policy, Request, Rule, Terms
from commonweal.rules.dialects.base import Artefact, Kind, Reading, Site
from commonweal.rules.dialects.croissant import CONTEXT, DIALECT, complete
from commonweal.rules.dialects.odrl import DIALECT as ODRL

SITE = Site("https://guild.example", "https://guild.example/terms.json", strategies.NOW)
FACTS = {
    "name": "Corpus",
    "description": "Texts.",
    "url": "https://guild.example/corpus",
    "creator": "Guild",
    "published": "2026-11-01",
}
TERMS = Terms(
    (
        Rule(frozenset({Act.TRAIN_GEN}), Effect.CONDITIONAL, duties=frozenset({Attribute("by name")})),
        Rule(frozenset({Act.SEARCH}), Effect.ALLOW),
        Rule(frozenset({Act.SYNTH}), Effect.DENY),
    ),
    title="House terms",
)
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


def read(value: object) -> Reading:
    text = value if isinstance(value, str) else json.dumps(value)
    return DIALECT.read(Artefact(Kind.FILE, text, "croissant.json", where="croissant.json"))


def dataset(**more) -> dict:
    return {"@context": CONTEXT, "@type": "sc:Dataset", "name": "Corpus", **more}


def effects(value: object, **asked) -> dict[Act, Effect]:
    asked = {"dataset": "Corpus", "at": strategies.NOW} | asked
    policy = Policy.of(read(value).signals)
    found = {act: policy.decide(Request(act, **asked)).effect for act in Act}
    return {act: effect for act, effect in found.items() if effect is not Effect.UNKNOWN}


# Our own --------------------------------------------------------------------------------------------------


def test_the_part_and_the_whole_description_give_the_terms_back():
    (artefact,) = DIALECT.write(TERMS, SITE).artefacts
    for text in (artefact.text, complete(TERMS, SITE, **FACTS)):
        reading = read(text)
        assert not reading.problems
        assert [s.terms for s in reading.signals] == [TERMS]
    written = json.loads(artefact.text)
    assert written["license"] == "https://guild.example/terms.json"
    assert written["conditionsOfAccess"] == (
        f"Use is on the terms at https://guild.example/terms.json, SHA-256 {TERMS.sha256}; "
        "usageInfo holds them."
    )
    assert written["usageInfo"]["@type"] == ["https://schema.org/CreativeWork", "Offer"]
    assert written["usageInfo"]["prohibition"][0]["action"] == ["cw:synth"]


@given(terms=strategies.terms)
@settings(max_examples=100)
def test_any_terms_come_back_from_a_description(terms):
    found = read(complete(terms, SITE, **FACTS)).signals
    assert (found[0].terms if found else Terms()) == terms


@pytest.mark.parametrize("terms", [TERMS, Terms()])
def test_the_smallest_description_passes_the_validator_of_mlcommons(terms, tmp_path):
    import mlcroissant

    path = tmp_path / "croissant.json"
    path.write_text(complete(terms, SITE, **FACTS))
    found = mlcroissant.Dataset(jsonld=path)
    assert not found.metadata.ctx.issues.errors
    assert (found.metadata.name, found.metadata.license) == ("Corpus", ["https://guild.example/terms.json"])
    broken = json.loads(path.read_text()) | {"distribution": [{"@type": "cr:FileObject", "@id": "f"}]}
    path.write_text(json.dumps(broken))
    with pytest.raises(mlcroissant.ValidationError):  # so the validator does look
        mlcroissant.Dataset(jsonld=path)


def test_as_rdf_the_offer_is_the_one_of_the_odrl_dialect():
    import rdflib
    from pyld import jsonld

    text = complete(TERMS, SITE, **FACTS)
    graph = rdflib.Graph().parse(data=text, format="json-ld")
    odrl = rdflib.Namespace("http://www.w3.org/ns/odrl/2/")
    (offer,) = graph.subjects(rdflib.RDF.type, odrl.Offer)
    alone = rdflib.Graph().parse(data=ODRL.write(TERMS, SITE).artefacts[0].text, format="json-ld")
    count = len(list(alone.triples((None, odrl.action, None))))
    assert len(list(graph.triples((None, odrl.action, None)))) == count
    assert list(graph.objects(offer, odrl.conflict)) == [odrl.prohibit]
    assert [s.terms for s in read(jsonld.expand(json.loads(text))).signals] == [TERMS]


# Others' --------------------------------------------------------------------------------------------------

USES = set(Act) - {Act.CRAWL}
PASSING = {Act.REDISTRIBUTE: Effect.CONDITIONAL}


@pytest.mark.parametrize(
    ("licence", "said"),
    [
        ("https://creativecommons.org/publicdomain/zero/1.0/", dict.fromkeys(USES, Effect.ALLOW)),
        ("https://spdx.org/licenses/PDDL-1.0.html", dict.fromkeys(USES, Effect.ALLOW)),
        ("CC0-1.0", dict.fromkeys(USES, Effect.ALLOW)),
        ("https://creativecommons.org/licenses/by/4.0/", PASSING),
        ("http://creativecommons.org/licenses/by-nd/3.0/legalcode", PASSING),
        ("https://www.apache.org/licenses/LICENSE-2.0", PASSING),
        ("ODbL-1.0", PASSING),
        ({"@type": "sc:CreativeWork", "url": "https://creativecommons.org/licenses/by/4.0/"}, PASSING),
        (["CC0-1.0", "CC-BY-4.0"], PASSING),
        ("https://creativecommons.org/licenses/by-nc/4.0/", {}),
        (["CC0-1.0", "https://guild.example/own"], {}),
        ("https://creativecommons.org/publicdomain/mark/1.0/", {}),
        ("proprietary", {}),
        ("", {}),
        (7, {}),
        ([], {}),
    ],
)
def test_what_a_licence_alone_says(licence, said):
    assert effects(dataset(license=licence)) == said


def test_a_licence_for_non_commercial_use_is_for_such_parties():
    said = dataset(license="CC-BY-NC-SA-4.0")
    assert effects(said, parties=frozenset({Party.NON_COMMERCIAL})) == PASSING
    assert effects(said, parties=frozenset({Party.COMMERCIAL})) == {}
    (rule,) = read(said).signals[0].terms.rules
    assert (rule.duties, rule.flow.share_alike) == ({Attribute()}, True)
    (both,) = read(dataset(license=["CC-BY-NC-4.0", "CC-BY-SA-4.0"])).signals[0].terms.rules
    assert (both.who.parties, both.flow.share_alike) == ({Party.NON_COMMERCIAL}, True)


OFFER = {
    "@type": ["CreativeWork", "odrl:Offer"],
    "odrl:permission": {"@type": "odrl:Permission", "odrl:action": {"@id": "odrl:gen-ai"}},
}


def test_an_offer_without_a_target_is_about_the_dataset():
    assert effects(dataset(usageInfo=OFFER)) == {Act.TRAIN_GEN: Effect.ALLOW}
    assert effects(dataset(usageInfo=OFFER), dataset="Another") == {}
    anonymous = dataset(usageInfo=OFFER)
    del anonymous["name"]
    assert effects(anonymous) == {}


def test_the_example_of_the_specification_grants_nothing():
    health = {
        "@type": ["CreativeWork", "odrl:Offer"],
        "odrl:permission": {
            "odrl:action": {"@id": "duo:0000006", "name": "Health or Medical or Biomedical Use"},
            "odrl:constraint": [
                {"odrl:operator": {"@id": "odrl:eq"}, "odrl:rightOperand": {"@id": "duo:0000018"}}
            ],
        },
    }
    assert effects(dataset(usageInfo=health)) == {}


@pytest.mark.parametrize(
    "more",
    [
        {"usageInfo": [OFFER, {"@type": "DefinedTerm", "termCode": "DUO_0000042"}]},
        {"usageInfo": "https://guild.example/how"},
        {"license": "CC0-1.0", "conditionsOfAccess": "on request"},
        {"license": "CC0-1.0", "usageInfo": {"@type": "DefinedTerm", "termCode": "DUO_0000042"}},
        {"license": "CC0-1.0", "distribution": [{"@type": "cr:FileObject", "license": "proprietary"}]},
        {"usageInfo": OFFER, "distribution": [{"@type": "cr:FileObject", "sc:usageInfo": "ask us"}]},
        {"@context": "https://other.example/context.jsonld", "license": "CC0-1.0"},
    ],
)
def test_conditions_that_are_not_understood_leave_nothing_granted(more):
    assert effects(dataset(**more)) == {}


def test_beside_conditions_that_are_not_understood_a_refusal_stands():
    refused = {"@type": "odrl:Offer", "odrl:prohibition": {"odrl:action": {"@id": "odrl:gen-ai"}}}
    assert effects(dataset(usageInfo=[refused, "https://guild.example/how"])) == {Act.TRAIN_GEN: Effect.DENY}


def test_names_in_several_languages_and_data_that_looks_like_names():
    said = dataset(license="CC-BY-4.0", data={"@graph": [{"@id": 1}], "license": "x"})
    said["name"] = {"en": "Corpus", "fr": "Corpus"}
    assert effects(said) == PASSING


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ('{\n"a": }', "croissant-json", 2),
        ('{"a": 1, "a": 2}', "croissant-json", None),
        ('{"a":' * 100_000, "croissant-json", None),
        ("[]", "croissant-no-dataset", 1),
        ("[" + " " * 50_000_000 + "]", "croissant-json", None),
        (json.dumps([dataset(), dataset()]), "croissant-no-dataset", 1),
    ],
)
def test_malformed_descriptions_become_problems(text, code, line):
    assert [(p.code, p.line) for p in read(text).problems] == [(code, line)]


def test_odrl_leaves_descriptions_to_this_dialect():
    artefact = DIALECT.write(TERMS, SITE).artefacts[0]
    assert DIALECT.reads(artefact)
    assert not ODRL.reads(artefact)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1, 3)
    | st.sampled_from(["CC0-1.0", "sc:Dataset", "odrl:Offer", "x", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["@type", "@id", "@value", "license", "usageInfo", "name", "url", "odrl:permission"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(value=VALUES)
@settings(max_examples=200)
def test_any_json_is_read_without_an_exception(value):
    read(value)
    for key in ("name", "license", "usageInfo", "conditionsOfAccess", "url", "distribution", "@id"):
        read(dataset() | {key: value})


@given(at=st.integers(0, 8000), text=st.text(max_size=5))
def test_mutated_texts_are_read_without_an_exception(at, text):
    said = complete(TERMS, SITE, **FACTS)
    read(said[:at] + text + said[at + 1 :])
