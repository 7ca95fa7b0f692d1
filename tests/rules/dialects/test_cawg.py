"""CAWG: each cell of the table, unverified marks, what is malformed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rule_strategies as strategies
from commonweal.rules import Act, Attribute, Consent, Effect, Life, Policy, Rule, Scope, Terms
from commonweal.rules.dialects.base import Artefact, Kind, Site
from commonweal.rules.dialects.cawg import ACTS, DIALECT, LABEL
from commonweal.rules.export import write
from commonweal.rules.signals import Binding

URL = "https://guild.example/terms.json"
SITE = Site("https://guild.example", URL, strategies.NOW)
CELLS = [
    (Act.TRAIN_GEN, "cawg.ai_generative_training"),
    (Act.TRAIN_DISC, "cawg.ai_training"),
    (Act.GROUND, "cawg.ai_inference"),
    (Act.MINE, "cawg.data_mining"),
]


def terms(act: Act, effect: Effect, **more) -> Terms:
    duties = frozenset({Attribute()}) if effect is Effect.CONDITIONAL else frozenset()
    return Terms((Rule(frozenset({act}), effect, duties=duties, **more),))


def entries(said: Terms, site: Site = SITE) -> dict:
    (mark,) = write(DIALECT, said, site).written.artefacts
    assertion = json.loads(mark.text)
    assert assertion["label"] == LABEL and mark.path == "cawg.json"
    return assertion["data"]["entries"]


def found(text: str, verified: bool = True) -> Artefact:
    return Artefact(Kind.FILE, text, path="photo.json", where="photo.json", verified=verified)


def mark(**uses) -> str:
    data = {"entries": {f"cawg.{k}": v if isinstance(v, dict) else {"use": v} for k, v in uses.items()}}
    return json.dumps({"label": LABEL, "data": data}, indent=1)


def effect(artefact: Artefact, act: Act) -> Effect:
    return Policy.of(DIALECT.read(artefact).signals).over(act).effect


@pytest.mark.parametrize(("act", "entry"), CELLS)
@pytest.mark.parametrize(
    ("effect", "use"),
    [(Effect.ALLOW, "allowed"), (Effect.DENY, "notAllowed"), (Effect.CONDITIONAL, "constrained")],
)
def test_each_cell_is_written_and_read(act, entry, effect, use):
    said = terms(act, effect)
    assert {key: e["use"] for key, e in entries(said).items()} == {entry: use}
    read = Policy.of(write(DIALECT, said, SITE).signals)
    assert read.over(act).effect is effect
    assert {a for a in Act if read.over(a).effect is not Effect.UNKNOWN} == {act}


def test_a_constraint_links_to_the_full_terms_and_their_hash():
    said = terms(Act.TRAIN_GEN, Effect.CONDITIONAL)
    info = entries(said)["cawg.ai_generative_training"]["constraint_info"]
    assert info == f"{URL} sha256:{said.sha256}"
    decision = Policy.of(write(DIALECT, said, SITE).signals).over(Act.TRAIN_GEN)
    assert decision.duties == {Consent(URL, said.sha256)}


@pytest.mark.parametrize("act", [Act.CRAWL, Act.SEARCH, Act.INDEX, Act.EVAL, Act.SYNTH, Act.REDISTRIBUTE])
@pytest.mark.parametrize("effect", [Effect.ALLOW, Effect.DENY, Effect.CONDITIONAL])
def test_an_act_without_an_entry_is_lost_and_said_to_be(act, effect):
    export = write(DIALECT, terms(act, effect), SITE)
    assert not export.written.artefacts
    assert any(loss.what == str(act) for loss in export.losses)


@pytest.mark.parametrize("act", [Act.EVAL, Act.SYNTH])
def test_inference_is_not_allowed_in_general_where_a_kind_of_it_is_refused(act):
    both = Terms(terms(Act.GROUND, Effect.ALLOW).rules + terms(act, Effect.DENY).rules)
    assert not write(DIALECT, both, SITE).written.artefacts


def test_a_mark_says_the_strictest_of_all_works_and_of_all_times_to_come():
    free, some = (
        terms(Act.MINE, Effect.ALLOW),
        terms(Act.MINE, Effect.DENY, scope=Scope(frozenset({"/a/"}))),
    )
    later = terms(Act.MINE, Effect.DENY, life=Life(effective=strategies.MOMENTS[2]))
    for other in (some, later):
        export = write(DIALECT, free.meet(other), SITE)
        assert Policy.of(export.signals).over(Act.MINE, "/b").effect is Effect.DENY
        assert export.losses


def test_an_unverified_mark_restricts_and_never_grants():
    both = mark(data_mining="allowed", ai_training="notAllowed")
    assert effect(found(both), Act.MINE) is Effect.ALLOW
    assert effect(found(both, verified=False), Act.MINE) is Effect.UNKNOWN
    assert effect(found(both, verified=False), Act.TRAIN_DISC) is Effect.DENY
    (signal,) = DIALECT.read(found(both, verified=False)).signals
    assert signal.binding is Binding.UNIT and not signal.verified


def test_a_manifest_and_a_store_of_manifests_are_read():
    one = json.loads(mark(ai_training="notAllowed"))
    manifest = {"assertions": [{"label": "c2pa.actions", "data": {}}, one]}
    store = {"active_manifest": "urn:1", "manifests": {"urn:1": manifest}}
    for value in (one, manifest, store):
        assert effect(found(json.dumps(value)), Act.TRAIN_DISC) is Effect.DENY


def test_permission_for_an_ingredient_is_none_for_the_whole():
    part = {"assertions": [json.loads(mark(data_mining="allowed", ai_training="notAllowed"))]}
    store = json.dumps({"active_manifest": "b", "manifests": {"a": part, "b": {"assertions": []}}})
    assert effect(found(store), Act.MINE) is Effect.UNKNOWN
    assert effect(found(store), Act.TRAIN_DISC) is Effect.DENY


def test_reasons_name_the_line():
    reading = DIALECT.read(found(mark(ai_training="notAllowed")))
    (reason,) = Policy.of(reading.signals).over(Act.TRAIN_DISC).reasons
    assert (reason.line, reason.source) == (5, "photo.json (cawg)")


OLD = mark(data_mining="allowed", ai_training="notAllowed").replace("cawg.", "c2pa.")
MALFORMED = [
    ("cawg-json", "{", 1, mark(ai_training="notAllowed")),
    ("cawg-entries", '{"label": "cawg.training-mining",\n "data": []}', 1, mark(ai_training="notAllowed")),
    ("cawg-use", mark(ai_training="notallowed"), 5, mark(ai_training="notAllowed")),
    ("cawg-use", mark(ai_training={}), 5, mark(ai_training="notAllowed")),
    ("cawg-unknown-entry", mark(train="notAllowed"), 5, mark(ai_training="notAllowed")),
    ("cawg-constraint-missing", mark(ai_training="constrained"), 5,
     mark(ai_training={"use": "constrained", "constraint_info": "CC BY 4.0"})),
    ("cawg-old-label", OLD, 2, OLD.replace("c2pa.", "cawg.")),
]  # fmt: skip


@pytest.mark.parametrize(("code", "text", "line", "mended"), MALFORMED)
def test_what_is_malformed_is_named_with_its_line_and_its_repair_is_silent(code, text, line, mended):
    assert [(p.code, p.line) for p in DIALECT.read(found(text)).problems] == [(code, line)]
    repaired = DIALECT.read(found(mended))
    assert repaired.signals and not repaired.problems


def test_an_unexplained_constraint_reads_as_refused():
    assert effect(found(mark(ai_training="constrained")), Act.TRAIN_DISC) is Effect.DENY


def test_the_old_label_restricts_and_never_grants():
    assert effect(found(OLD), Act.MINE) is Effect.UNKNOWN
    assert effect(found(OLD), Act.TRAIN_DISC) is Effect.DENY


def test_keys_of_other_vocabularies_say_nothing():
    text = json.dumps({"label": LABEL, "data": {"entries": {"org.example.nft": {"use": "notAllowed"}}}})
    reading = DIALECT.read(found(text))
    assert not reading.signals and not reading.problems


values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from(["constrained", "allowed"]),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["label", "data", "entries", "assertions", "manifests", "active_manifest", "use",
                         "constraint_info", *ACTS]) | st.text(), inner),
)  # fmt: skip


@given(text=st.text() | st.binary().map(lambda b: b.decode("utf-8", "surrogateescape")))
def test_any_bytes_are_read(text):
    DIALECT.read(found(text))


@given(value=values, entry=values)
def test_any_json_is_read(value, entry):
    shaped = {"label": LABEL, "data": {"entries": {"cawg.ai_training": entry, "cawg.data_mining": value}}}
    for each in (value, shaped, {"label": LABEL, "data": value}, {"assertions": [value, shaped]}):
        DIALECT.read(found(json.dumps(each)))
