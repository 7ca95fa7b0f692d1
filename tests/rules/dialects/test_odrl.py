"""ODRL: our profile loses nothing and is sound RDF; others' policies never grant more than they say."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rule_strategies as strategies
from commonweal.rules import (
    Act,
    Attribute,
    Consent,
    Declarer,
    Delete,
    Effect,
    Flow,
    Life,
    Party,
    Pay,
    Policy,
    Report,
    Request,
    Rule,
    Scope,
    Terms,
    Watermark,
    Who,
)
from commonweal.rules.dialects.base import Artefact, Kind, Reading, Site
from commonweal.rules.dialects.odrl import CONTEXT, DIALECT, FILE
from commonweal.rules.export import write

SITE = Site("https://guild.example", "https://guild.example/terms.json", strategies.NOW)
ODRL = "http://www.w3.org/ns/odrl.jsonld"
FULL = Rule(
    frozenset({Act.TRAIN_GEN, Act.MINE}),
    Effect.CONDITIONAL,
    Who(frozenset({Party.COMMERCIAL}), frozenset({"EU", "CH"}), frozenset({"spam-filter"}),
        frozenset({"b.example"})),
    Who(frozenset({Party.RESEARCH}), frozenset({"DE"})),
    Scope(frozenset({"/a/*.pdf$"}), frozenset({"/a/b"}), frozenset({"doi:10.1/x"}), frozenset({"corpus"})),
    frozenset(
        {
            Attribute("by name"), Pay("per-training", Decimal("0.015"), "EUR", note="n", url="https://p.example/"),
            Pay("revenue-share", share=Decimal("0.05")), Report("audit", "year", "https://r.example/"),
            Watermark("c2pa"), Consent("https://c.example/", "ab"), Delete(30), Delete(),
        }
    ),
    Flow(0, 2, False, True),
    Life(datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC), 30, 0, "retrain-without"),
    "for people: <b>\u2028é",
)  # fmt: skip
EVERYTHING = Terms(
    (FULL, Rule(frozenset({Act.SEARCH}), Effect.ALLOW), Rule(frozenset({Act.SYNTH}), Effect.DENY)),
    "House terms", Declarer("Guild", "https://g.example/", "us@g.example", "mandate"),
    "https://g.example/terms", "contract-1",
)  # fmt: skip


def text_of(terms: Terms) -> str:
    return DIALECT.write(terms, SITE).artefacts[0].text


def read(value: object) -> Reading:
    text = value if isinstance(value, str) else json.dumps(value)
    return DIALECT.read(Artefact(Kind.FILE, text, FILE, where="policy.jsonld"))


def back(value: object) -> Terms:
    found = read(value)
    assert not found.problems
    return found.signals[0].terms if found.signals else Terms()


def policy(*rules: dict, kind="permission", **more) -> dict:
    return {"@context": ODRL, "@type": "Set", "uid": "https://a.example/p", kind: list(rules), **more}


def permit(action: object, **more) -> dict:
    return {"target": "https://a.example/data/", "action": action, **more}


def effect(value: object, act: Act, **asked) -> Effect:
    asked = {"url": "https://a.example/data/", "at": strategies.NOW} | asked
    return Policy.of(read(value).signals).decide(Request(act, **asked)).effect


# Our own --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "terms", [EVERYTHING, Terms(), Terms(title="t"), Terms((FULL,)), Terms((FULL,), url="u")]
)
def test_every_field_comes_back(terms):
    assert back(text_of(terms)) == terms


@given(terms=strategies.terms)
@settings(max_examples=300)
def test_terms_come_back_as_they_were(terms):
    assert back(text_of(terms)) == terms
    assert not write(DIALECT, terms, SITE).losses


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)


@given(words, words, words, words)
def test_whatever_the_texts_are_they_come_back(name, ident, note, purpose):
    who = Who(purposes=frozenset({purpose}), names=frozenset({name}))
    scope = Scope(frozenset({"/" + note}), ids=frozenset({ident}), datasets=frozenset({name}))
    rule = Rule(
        frozenset({Act.EVAL}), Effect.CONDITIONAL, who, who, scope, frozenset({Attribute(note)}), note=note
    )
    terms = Terms((rule,), name, Declarer(ident, note, name, purpose), ident, note)
    assert back(text_of(terms)) == terms


@pytest.mark.parametrize("flow", [Flow(0), Flow(synthetic=0), Flow(weights=False), Flow(share_alike=True)])
def test_each_limit_of_flow_alone(flow):
    terms = Terms((Rule(frozenset({Act.MINE}), Effect.CONDITIONAL, flow=flow),))
    assert back(text_of(terms)) == terms


def test_the_text_of_each_effect():
    rules = [
        (Effect.ALLOW, "permission", {}),
        (Effect.DENY, "prohibition", {}),
        (Effect.CONDITIONAL, "permission", {"duty": [{"@type": "Duty", "action": "obtainConsent"}]}),
    ]
    for said, kind, more in rules:
        duties = frozenset({Consent()}) if more else frozenset()
        written = json.loads(text_of(Terms((Rule(frozenset({Act.TRAIN_GEN}), said, duties=duties),))))
        assert written[kind] == [
            {
                "@type": kind.capitalize(),
                "target": {"@type": "AssetCollection", "source": "cw:works"},
                "action": ["cw:train-gen"],
                **more,
            }
        ]
        assert written["@context"] == CONTEXT


def test_a_policy_that_was_changed_is_found():
    changed = text_of(EVERYTHING).replace("House terms", "My terms")
    assert [p.code for p in read(changed).problems] == ["odrl-changed"]


# As RDF ---------------------------------------------------------------------------------------------------


def validate(value: str):
    import pyshacl
    import rdflib

    graph = rdflib.Graph().parse(data=value, format="json-ld")
    ok, _, text = pyshacl.validate(graph, shacl_graph=shapes(), inference="none")
    return ok, text


@cache
def shapes():
    import rdflib

    return rdflib.Graph().parse(Path(__file__).parent / "shapes" / "odrl22.ttl")


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


def test_it_is_rdf_that_fits_the_information_model():
    ok, text = validate(text_of(EVERYTHING))
    assert ok, text


@given(terms=strategies.terms.filter(lambda t: t.rules))
@settings(max_examples=8, deadline=None)
def test_any_terms_with_a_rule_fit_the_information_model(terms):
    ok, text = validate(text_of(terms))
    assert ok, text


BROKEN = {
    "no rule": lambda d: (d.pop("permission"), d.pop("prohibition")),
    "no identifier": lambda d: d.pop("uid"),
    "no assigner": lambda d: d.pop("assigner"),
    "no action": lambda d: d["permission"][0].pop("action"),
    "no target": lambda d: d["prohibition"][0].pop("target"),
    "a duty on a prohibition": lambda d: d["prohibition"][0].update(duty=[{"action": "delete"}]),
    "an unknown conflict": lambda d: d.update(conflict="cw:never"),
    "a constraint without an operator": lambda d: conditional(d)["constraint"][0].pop("operator"),
    "an unknown operator": lambda d: conditional(d)["constraint"][0].update(operator="cw:near"),
    "a constraint without a right operand": lambda d: conditional(d)["constraint"][0].pop("rightOperand"),
    "a constraint that is a text": lambda d: conditional(d).update(constraint=["only us"]),
    "a logical constraint without operands": lambda d: conditional(d)["constraint"].append({"@id": "_:x"}),
    "a duty without an action": lambda d: conditional(d)["duty"].append({"@type": "Duty"}),
    "a collection without a source": lambda d: d["prohibition"][0]["target"].pop("source"),
}  # fmt: skip


def conditional(document: dict) -> dict:
    return next(p for p in document["permission"] if "duty" in p)


@pytest.mark.parametrize("how", BROKEN)
def test_the_shapes_refuse_broken_twins(how):
    document = json.loads(text_of(EVERYTHING))
    BROKEN[how](document)
    assert not validate(json.dumps(document))[0]


@pytest.mark.parametrize("terms", [EVERYTHING, Terms((FULL,))])
def test_expanded_and_flattened_by_another_processor_it_reads_the_same(terms):
    from pyld import jsonld

    document = json.loads(text_of(terms))
    assert back(jsonld.expand(document)) == terms
    assert back(jsonld.flatten(document)) == terms
    assert back(jsonld.compact(document, {})) == terms


# Others' --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "granted", "refused"),
    [
        (
            "data-mining",
            {"mine", "train-gen", "train-disc", "ground"},
            {"mine", "train-gen", "train-disc", "ground"},
        ),
        ("ai-training", {"train-gen", "train-disc"}, {"train-gen", "train-disc"}),
        ("gen-ai", {"train-gen"}, {"train-gen"}),
        ("ai-augment", {"ground"}, {"ground"}),
        ("index", {"index"}, {"index"}),
        ("search", {"search"}, {"search"}),
        ("distribute", {"redistribute"}, {"redistribute"}),
        ("use", set(), set(Act) - {"crawl"}),
        ("print", set(), set()),
        ("ex:frobnicate", set(), set()),
    ],
)
def test_actions_of_odrl_and_its_ai_vocabulary(action, granted, refused):
    permission, prohibition = policy(permit(action)), policy(permit(action), kind="prohibition")
    assert {a for a in Act if effect(permission, a) is Effect.ALLOW} == granted
    assert {a for a in Act if effect(prohibition, a) is Effect.DENY} == refused


TDM = {
    "@context": [ODRL, {"tdm": "http://www.w3.org/ns/tdmrep#"}],
    "@type": "Offer",
    "profile": "http://www.w3.org/ns/tdmrep",
    "uid": "https://provider.example/policies/1",
    "assigner": {"uid": "https://provider.example", "vcard:fn": "Provider"},
}


def test_a_policy_of_tdmrep_with_compensation_for_other_than_research():
    permission = {
        "target": "https://a.example/data/",
        "action": "tdm:mine",
        "duty": [{"action": "compensate"}],
        "constraint": [{"leftOperand": "purpose", "operator": "eq", "rightOperand": "tdm:non-research"}],
    }
    document = TDM | {"permission": [permission]}
    assert effect(document, Act.MINE) is Effect.UNKNOWN
    assert effect(document, Act.MINE, purpose="research") is Effect.UNKNOWN
    assert effect(document, Act.TRAIN_GEN, purpose="ads") is Effect.CONDITIONAL
    found = read(document).signals[0].terms
    assert found.declarer == Declarer("Provider", "https://provider.example")
    (duty,) = found.rules[0].duties
    assert duty == Pay("fixed", note="as the policy says", url="https://provider.example/policies/1")


def test_consent_of_a_policy_of_tdmrep():
    document = TDM | {"permission": [permit("tdm:mine", duty=[{"action": "obtainConsent"}])]}
    (rule,) = read(document).signals[0].terms.rules
    assert rule.duties == {Consent("https://provider.example/policies/1")}


CONSTRAINT = {"leftOperand": "spatial", "operator": "eq", "rightOperand": "DE"}


@pytest.mark.parametrize(
    ("constraint", "asked", "said"),
    [
        (CONSTRAINT, {"geo": "DE"}, Effect.ALLOW),
        (CONSTRAINT, {"geo": "FR"}, Effect.UNKNOWN),
        (CONSTRAINT, {}, Effect.UNKNOWN),
        (CONSTRAINT | {"operator": "neq"}, {"geo": "FR"}, Effect.ALLOW),
        (CONSTRAINT | {"operator": "neq"}, {"geo": "DE"}, Effect.UNKNOWN),
        (CONSTRAINT | {"operator": "isNoneOf", "rightOperand": ["DE", "US"]}, {"geo": "US"}, Effect.UNKNOWN),
        (CONSTRAINT | {"operator": "isPartOf", "rightOperand": "urn:iso:std:iso:3166:EU"}, {"geo": "FR"},
         Effect.ALLOW),
        (CONSTRAINT | {"rightOperand": "Germany"}, {"geo": "DE"}, Effect.UNKNOWN),
        (CONSTRAINT | {"operator": "hasPart"}, {"geo": "DE"}, Effect.UNKNOWN),
        (CONSTRAINT | {"leftOperand": "count", "operator": "lteq", "rightOperand": 3}, {},
         Effect.UNKNOWN),
        ({"leftOperand": "dateTime", "operator": "lt", "rightOperand": "2027-01-01T00:00:00Z"}, {},
         Effect.ALLOW),
        ({"leftOperand": "dateTime", "operator": "gt", "rightOperand": "2027-01-01T00:00:00Z"}, {},
         Effect.UNKNOWN),
        ({"leftOperand": "dateTime", "operator": "lt", "rightOperand": "2027-01-01"}, {}, Effect.UNKNOWN),
        ({"leftOperand": "dateTime", "operator": "gt", "rightOperand": "9999-12-31T23:59:59.999999Z"}, {},
         Effect.UNKNOWN),
        ({"or": {"@list": [CONSTRAINT, CONSTRAINT]}}, {"geo": "DE"}, Effect.UNKNOWN),
        ({"@id": "https://a.example/elsewhere"}, {}, Effect.UNKNOWN),
        ("in words", {}, Effect.UNKNOWN),
        ({}, {}, Effect.UNKNOWN),
    ],
)  # fmt: skip
def test_constraints_of_permissions(constraint, asked, said):
    assert effect(policy(permit("gen-ai", constraint=[constraint])), Act.TRAIN_GEN, **asked) is said


@pytest.mark.parametrize("constraint", ["in words", {}, CONSTRAINT | {"leftOperand": "count"},
                                        CONSTRAINT | {"rightOperand": "Germany"},
                                        {"or": [CONSTRAINT]}])  # fmt: skip
def test_a_constraint_that_is_not_understood_widens_a_prohibition(constraint):
    said = policy(permit("gen-ai", constraint=[constraint]), kind="prohibition")
    assert effect(said, Act.TRAIN_GEN, geo="JP") is Effect.DENY
    assert "odrl-unknown-constraint" in {p.code for p in read(said).problems}


@pytest.mark.parametrize("conflict", ["perm", "prohibit", "invalid", None])
def test_of_a_permission_and_a_prohibition_the_prohibition_is_read(conflict):
    said = policy(permit("data-mining"), prohibition=[permit("gen-ai")])
    said |= {"conflict": conflict} if conflict else {}
    assert effect(said, Act.TRAIN_GEN) is Effect.DENY
    # A policy that contradicts itself is void where nothing else is said of it.
    assert effect(said, Act.MINE) is (Effect.ALLOW if conflict in ("perm", "prohibit") else Effect.UNKNOWN)


@pytest.mark.parametrize(
    "more",
    [
        {"profile": "https://other.example/profile"},
        {"inheritFrom": "https://a.example/parent"},
        {"@type": "Request"},
        {"odrl:unheardOf": "x"},
        {"@context": "https://other.example/context.jsonld"},
        {"@context": [ODRL, {"verbod": {"@id": "odrl:prohibition", "@container": "@index"}}]},
        {"@context": [ODRL, {"@import": "https://x.example/"}]},
        {"@included": []},
        {"prohibition": [permit("ex:frobnicate")]},
        {"obligation": [{"action": "ex:dance"}]},
    ],
)
def test_what_may_limit_a_policy_and_is_not_understood_leaves_nothing_granted(more):
    said = policy(permit("gen-ai")) | more
    assert effect(said, Act.TRAIN_GEN) is Effect.UNKNOWN
    assert read(said).problems


@pytest.mark.parametrize(
    "more",
    [
        {"duty": [{"action": "ex:dance"}]},
        {"duty": [{"action": "attribute", "constraint": [CONSTRAINT]}]},
        {"duty": ["x"]},
        {"target": {"@type": "AssetCollection", "source": "https://a.example/", "refinement": [CONSTRAINT]}},
        {"target": []},
        {"odrl:unheardOf": "x"},
        {"action": {"rdf:value": {"@id": "odrl:gen-ai"}, "refinement": [CONSTRAINT]}},
        {
            "constraint": [
                CONSTRAINT | {"operator": "neq"},
                CONSTRAINT | {"leftOperand": "purpose", "operator": "neq"},
            ]
        },
    ],
)
def test_what_may_limit_a_permission_and_is_not_understood_drops_it(more):
    said = policy(permit("gen-ai") | more)
    assert effect(said, Act.TRAIN_GEN, geo="DE") is Effect.UNKNOWN
    assert [p.code for p in read(said).problems]


def test_a_target_is_one_address_for_a_permission_and_all_below_it_for_a_prohibition():
    below = {"url": "https://a.example/data/x"}
    assert effect(policy(permit("gen-ai")), Act.TRAIN_GEN, **below) is Effect.UNKNOWN
    assert effect(policy(permit("gen-ai"), kind="prohibition"), Act.TRAIN_GEN, **below) is Effect.DENY
    named = policy(permit("gen-ai", target="urn:isbn:1"))
    assert effect(named, Act.TRAIN_GEN, url=None, id="urn:isbn:1") is Effect.ALLOW
    starred = policy(permit("gen-ai", target="https://a.example/*"))
    assert effect(starred, Act.TRAIN_GEN, **below) is Effect.UNKNOWN


def test_an_agreement_is_for_its_assignee():
    said = policy(permit("gen-ai", assignee="https://builder.example/us")) | {"@type": "Agreement"}
    assert effect(said, Act.TRAIN_GEN, name="builder.example") is Effect.ALLOW
    assert effect(said, Act.TRAIN_GEN, name="other.example") is Effect.UNKNOWN
    nobody = policy(permit("gen-ai")) | {"@type": "Agreement"}
    assert effect(nobody, Act.TRAIN_GEN, name="builder.example") is Effect.UNKNOWN


def test_a_refusal_of_commerce_is_for_commercial_parties():
    said = policy(permit("gen-ai"), prohibition=[permit("commercialize")], conflict="prohibit")
    assert effect(said, Act.TRAIN_GEN, parties=frozenset({Party.COMMERCIAL})) is Effect.DENY
    assert effect(said, Act.TRAIN_GEN, parties=frozenset({Party.RESEARCH})) is Effect.ALLOW


def test_what_a_policy_says_for_all_its_rules_holds_for_each():
    said = policy({"action": "gen-ai"}, target="urn:x", constraint=[CONSTRAINT])
    assert effect(said, Act.TRAIN_GEN, id="urn:x", geo="DE") is Effect.ALLOW
    assert effect(said, Act.TRAIN_GEN, id="urn:x", geo="FR") is Effect.UNKNOWN


def test_a_policy_inside_of_another_node_and_one_in_a_graph():
    inner = policy(permit("gen-ai"), kind="prohibition")
    assert (
        effect({"@context": ODRL, "@graph": [{"@id": "urn:d", "odrl:hasPolicy": inner}]}, Act.TRAIN_GEN)
        is Effect.DENY
    )


def test_references_in_circles_end():
    said = {
        "@context": ODRL,
        "@graph": [
            {"@id": "urn:p", "@type": "Set", "permission": "urn:r", "prohibition": "urn:p"},
            {"@id": "urn:r", "target": "urn:t", "action": "gen-ai", "constraint": "urn:c"},
            {"@id": "urn:c", "or": {"@list": ["urn:c"]}},
        ],
    }
    assert effect(said, Act.TRAIN_GEN, id="urn:t") is Effect.UNKNOWN


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ('{"odrl":\n', "odrl-json", 2),
        ('{"@context": "x",\n"odrl": 1, "odrl": 2}', "odrl-json", None),
        ('{"odrl":' * 100_000, "odrl-json", None),
        ('{"odrl":' * 120 + "1" + "}" * 120, "odrl-json", None),
        ('{"odrl": "\udcff"}', "odrl-json", None),
        ('{"odrl": ' + "9" * 5000 + "}", "odrl-json", None),
        ('{"odrl": 1}', "odrl-no-policy", 1),
        ("[]", "odrl-no-policy", 1),
        ('{"@type": "odrl:Set",\n"odrl:permission": [\n{"odrl:action": {"@id": "odrl:gen-ai"}}]}',
         "odrl-no-target", 3),
    ],
)  # fmt: skip
def test_malformed_documents_become_problems(text, code, line):
    assert [(p.code, p.line) for p in read(text).problems] == [(code, line)]


def test_fifty_megabytes_and_many_rules_are_bounded():
    assert read("[" + " " * 50_000_000 + "]").problems[0].code == "odrl-json"
    many = policy(*[{"action": "gen-ai"}] * 10_001)
    assert [p.code for p in read(many).problems] == ["odrl-too-many"]


def test_it_reads_json_that_names_odrl():
    assert DIALECT.reads(DIALECT.write(EVERYTHING, SITE).artefacts[0])
    assert not DIALECT.reads(Artefact(Kind.FILE, "odrl", "a.txt"))
    assert not DIALECT.reads(Artefact(Kind.HEADER, "{odrl}", "/"))


_KEYS = (
    "@id @type @context @graph @list @value uid permission prohibition duty action target constraint "
    "refinement leftOperand operator rightOperand or assignee assigner profile conflict source rdf:value "
    "unit cw:notice cw:after odrl:obligation"
)
KEYS = st.sampled_from(_KEYS.split())
TEXTS = st.sampled_from(["Set", "Offer", "gen-ai", "cw:mine", "eq", "isAnyOf", "spatial", "dateTime", "DE",
                         ODRL, "urn:x", "https://[x", "", "prohibit", "compensate"])  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 3) | st.floats() | TEXTS | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)


@given(value=VALUES)
@settings(max_examples=400)
def test_any_json_is_read_without_an_exception(value):
    assert isinstance(read(value), Reading)
    assert isinstance(read({"@type": "Set", "permission": value, "prohibition": value}), Reading)


@given(data=st.data())
@settings(max_examples=300)
def test_mutated_policies_are_read_without_an_exception(data):
    document = json.loads(text_of(EVERYTHING))
    for _ in range(data.draw(st.integers(1, 3))):
        node: object = document
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            key = data.draw(st.sampled_from(keys))
            if not (isinstance(node[key], dict | list) and node[key]) or data.draw(st.booleans()):
                node[key] = data.draw(VALUES)
                break
            node = node[key]
    assert isinstance(read(document), Reading)


@given(at=st.integers(0, 6000), text=st.text(max_size=5))
def test_mutated_texts_are_read_without_an_exception(at, text):
    said = text_of(EVERYTHING)
    assert isinstance(read(said[:at] + text + said[at + 1 :]), Reading)
