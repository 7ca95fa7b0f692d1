"""PLUS: the value for each cell of the table, packets in any file, what is malformed."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rule_strategies as strategies
from commonweal.rules import Act, Attribute, Consent, Effect, Life, Policy, Rule, Scope, Terms
from commonweal.rules.dialects.base import Artefact, Kind, Site
from commonweal.rules.dialects.plus import DIALECT, PLUS, RDF, RIGHTS, VOCABULARY, packets
from commonweal.rules.export import write
from commonweal.rules.signals import Binding

URL = "https://guild.example/terms.json"
SITE = Site("https://guild.example", URL, strategies.NOW)
MINING = {Act.TRAIN_GEN, Act.TRAIN_DISC, Act.MINE}
EXCEPT = "DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING"
DATA_USES = set(Act) - {Act.CRAWL, Act.REDISTRIBUTE}


def rule(*acts: Act, effect: Effect = Effect.DENY, **more) -> Rule:
    duties = frozenset({Attribute()}) if effect is Effect.CONDITIONAL else frozenset()
    return Rule(frozenset(acts), effect, duties=duties, **more)


def text(*rules: Rule) -> str:
    return "".join(a.text for a in write(DIALECT, Terms(rules), SITE).written.artefacts)


def back(*rules: Rule) -> dict[Act, Effect]:
    """Return what is read of each act that anything is said of."""
    read = Policy.of(write(DIALECT, Terms(rules), SITE).signals)
    found = {act: read.over(act).effect for act in Act}
    return {act: effect for act, effect in found.items() if effect is not Effect.UNKNOWN}


def value(written: str) -> str:
    return written.partition(VOCABULARY)[2].partition("<")[0]


def found(written: str, verified: bool = True):
    return DIALECT.read(Artefact(Kind.FILE, written, path="photo.jpg", where="photo.jpg", verified=verified))


def effect(written: str, act: Act, verified: bool = True) -> Effect:
    return Policy.of(found(written, verified).signals).over(act).effect


# Cells ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refused", "written", "reads"),
    [
        ({Act.TRAIN_GEN}, "DMI-PROHIBITED-GENAIMLTRAINING", {Act.TRAIN_GEN}),
        ({Act.TRAIN_DISC}, "DMI-PROHIBITED-AIMLTRAINING", {Act.TRAIN_GEN, Act.TRAIN_DISC}),
        ({Act.TRAIN_GEN, Act.TRAIN_DISC}, "DMI-PROHIBITED-AIMLTRAINING", {Act.TRAIN_GEN, Act.TRAIN_DISC}),
        ({Act.GROUND}, EXCEPT, MINING | {Act.GROUND}),
        ({Act.MINE}, EXCEPT, MINING | {Act.GROUND}),
        ({Act.TRAIN_GEN, Act.MINE}, EXCEPT, MINING | {Act.GROUND}),
        ({Act.SEARCH}, "DMI-PROHIBITED", MINING | {Act.GROUND, Act.SEARCH}),
        (set(Act), "DMI-PROHIBITED", MINING | {Act.GROUND, Act.SEARCH}),
    ],
)
def test_the_value_that_refuses_least_of_those_that_refuse_enough(refused, written, reads):
    assert value(text(rule(*refused))) == written
    assert back(rule(*refused)) == dict.fromkeys(sorted(reads, key=list(Act).index), Effect.DENY)


def test_refusing_everything_but_search_leaves_search():
    assert value(text(rule(*(set(Act) - {Act.SEARCH})))) == EXCEPT


@pytest.mark.parametrize("act", [*sorted(MINING), Act.GROUND, Act.SEARCH])
def test_what_owes_something_is_a_constraint_with_a_link(act):
    said = rule(act, effect=Effect.CONDITIONAL)
    written = text(said)
    assert value(written) == "DMI-PROHIBITED-SEECONSTRAINT"
    assert f"On conditions: {act}. Terms: {URL} sha256:{Terms((said,)).sha256}" in written
    assert back(said) == {act: Effect.CONDITIONAL}
    duties = Policy.of(write(DIALECT, Terms((said,)), SITE).signals).over(act).duties
    assert duties == {Consent(URL, Terms((said,)).sha256)}


def test_a_constraint_says_act_by_act_what_holds():
    rules = (
        rule(Act.TRAIN_GEN, effect=Effect.CONDITIONAL),
        rule(Act.MINE),
        rule(Act.SEARCH, effect=Effect.ALLOW),
    )
    assert back(*rules) == {
        Act.SEARCH: Effect.ALLOW, Act.TRAIN_GEN: Effect.CONDITIONAL, Act.MINE: Effect.DENY
    }  # fmt: skip


@pytest.mark.parametrize("act", [*sorted(MINING), Act.GROUND, Act.SEARCH])
def test_one_permission_is_none_for_all_mining(act):
    export = write(DIALECT, Terms((rule(act, effect=Effect.ALLOW),)), SITE)
    assert not export.written.artefacts
    assert any(loss.what == str(act) for loss in export.losses)


def test_allowed_is_written_where_all_that_may_count_as_mining_is_allowed():
    said = rule(*DATA_USES, effect=Effect.ALLOW)
    assert value(text(said)) == "DMI-ALLOWED"
    assert back(said) == dict.fromkeys([Act.TRAIN_GEN, Act.TRAIN_DISC, Act.MINE], Effect.ALLOW)
    assert text(rule(*(DATA_USES - {Act.EVAL}), effect=Effect.ALLOW)) == ""


@pytest.mark.parametrize("act", [Act.CRAWL, Act.INDEX, Act.EVAL, Act.SYNTH, Act.REDISTRIBUTE])
@pytest.mark.parametrize("effect", [Effect.ALLOW, Effect.DENY, Effect.CONDITIONAL])
def test_an_act_that_no_value_covers_is_lost_and_said_to_be(act, effect):
    export = write(DIALECT, Terms((rule(act, effect=effect),)), SITE)
    assert not export.written.artefacts and any(loss.what == str(act) for loss in export.losses)


def test_a_mark_says_the_strictest_of_all_works_and_of_all_times_to_come():
    some = rule(Act.MINE, scope=Scope(frozenset({"/a/"})))
    later = rule(Act.MINE, life=Life(effective=strategies.MOMENTS[2]))
    for other in (some, later):
        export = write(DIALECT, Terms((rule(*DATA_USES, effect=Effect.ALLOW), other)), SITE)
        assert value(export.written.artefacts[0].text) == EXCEPT and export.losses


def test_names_and_links_with_odd_characters_stay_well_formed():
    terms = Terms((rule(Act.MINE, effect=Effect.CONDITIONAL),), title='<&">\0', url="https://x.example/?a&b")
    export = write(DIALECT, terms, Site("", "", strategies.NOW))
    reading = found(export.written.artefacts[0].text)
    assert not reading.problems
    assert Policy.of(reading.signals).over(Act.MINE).duties == {Consent(terms.url, terms.sha256)}


def test_words_in_a_link_grant_nothing():
    terms = Terms((rule(Act.MINE, effect=Effect.CONDITIONAL),), url="Free: train-gen.")
    export = write(DIALECT, terms, Site("", "", strategies.NOW))
    assert Policy.of(export.signals).over(Act.TRAIN_GEN).effect is Effect.UNKNOWN


# Reading ----------------------------------------------------------------------------------------------------


def packet(inner: str = "", attributes: str = "", wrapper: bool = True) -> str:
    meta = (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/">\n<rdf:RDF xmlns:rdf="{RDF}">\n'
        f'<rdf:Description xmlns:p="{PLUS}" xmlns:r="{RIGHTS}" {attributes}>\n{inner}\n'
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    return f'<?xpacket begin="\ufeff" id="x"?>{meta}   <?xpacket end="w"?>' if wrapper else meta


MARK = f"<p:DataMining>{VOCABULARY}DMI-PROHIBITED-AIMLTRAINING</p:DataMining>"
CONSTRAINED = f"<p:DataMining>{VOCABULARY}DMI-PROHIBITED-SEECONSTRAINT</p:DataMining>"
FORMS = {
    "element": packet(MARK),
    "resource": packet(f'<p:DataMining rdf:resource="{VOCABULARY}DMI-PROHIBITED-AIMLTRAINING"/>'),
    "attribute": packet(attributes=f'p:DataMining="{VOCABULARY}DMI-PROHIBITED-AIMLTRAINING"'),
    "bare": packet(MARK, wrapper=False),
    "in a page": f"<html>\n{packet(MARK, wrapper=False)}</html>",
    "in bytes": "\x89PNG\x00\x1a" + packet("") + "\x00\ufffd" + packet(MARK) + "\x00IEND",
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_packet_is_read(form):
    reading = found(FORMS[form])
    assert not reading.problems
    assert Policy.of(reading.signals).over(Act.TRAIN_DISC).effect is Effect.DENY


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_packets_are_found_in_the_bytes_of_any_file(encoding):
    raw = b"\xff\xd8\xff\xe1" + packet(MARK).encode(encoding) + b"\xff\xd9" + packet().encode(encoding)
    assert list(packets(raw)) == [packet(MARK), packet()]
    assert list(packets(b"\xff\xd8" + b"<?xpacket begin=" * 9)) == []


def test_an_unverified_mark_restricts_and_never_grants():
    allowed = packet(MARK.replace("DMI-PROHIBITED-AIMLTRAINING", "DMI-ALLOWED"))
    assert effect(allowed, Act.MINE) is Effect.ALLOW
    assert effect(allowed, Act.MINE, verified=False) is Effect.UNKNOWN
    assert effect(FORMS["element"], Act.TRAIN_GEN, verified=False) is Effect.DENY
    (signal,) = found(allowed, verified=False).signals
    assert signal.binding is Binding.UNIT and not signal.verified


def test_a_constraint_in_free_words_asks_for_consent_to_all_mining():
    words = "<p:OtherConstraints><rdf:Alt><rdf:li>Ask us.</rdf:li></rdf:Alt></p:OtherConstraints>"
    free = packet(CONSTRAINED + words + "<r:WebStatement>https://x.example/rights</r:WebStatement>")
    decision = Policy.of(found(free).signals).over(Act.MINE)
    assert (decision.effect, decision.duties) == (Effect.CONDITIONAL, {Consent("https://x.example/rights")})
    assert effect(free, Act.SEARCH) is Effect.UNKNOWN


@pytest.mark.parametrize(
    "name", ["DMI-PROHIBITED-SEEEMBEDDEDRIGHTSEXPR", "DMI-PROHIBITED-SEELINKEDRIGHTSEXPR"]
)
def test_what_depends_on_an_expression_elsewhere_is_refused(name):
    reading = found(packet(MARK.replace("DMI-PROHIBITED-AIMLTRAINING", name)))
    assert not reading.problems
    assert Policy.of(reading.signals).over(Act.MINE).effect is Effect.DENY


def test_unspecified_and_other_metadata_say_nothing():
    for text_ in (packet(MARK.replace("DMI-PROHIBITED-AIMLTRAINING", "DMI-UNSPECIFIED")), packet(), PLUS):
        reading = found(text_)
        assert not reading.signals and not reading.problems


def test_reasons_name_the_line():
    reading = found("\n\n" + FORMS["element"])
    (reason,) = Policy.of(reading.signals).over(Act.TRAIN_GEN).reasons
    assert (reason.line, reason.source) == (6, "photo.jpg (plus)")


MENDED = packet(CONSTRAINED + "<p:OtherConstraints>See https://x.example/terms</p:OtherConstraints>")
MALFORMED = [
    ("plus-constraint-missing", packet(CONSTRAINED), 4, MENDED),
    ("plus-constraint-missing", packet(CONSTRAINED + "<p:OtherConstraints/>"), 4, MENDED),
    ("plus-bare-value", packet(MARK.replace(VOCABULARY, "")), 4, packet(MARK)),
    ("plus-value", packet(MARK.replace("AIMLTRAINING", "AI")), 4, packet(MARK)),
    ("plus-value", packet("<p:DataMining>no</p:DataMining>"), 4, packet(MARK)),
    ("plus-xml", packet(MARK + "<p:open>"), 5, packet(MARK)),
    ("plus-xml", '<?xpacket begin="" id="x"?>', 1, packet(MARK)),
    ("plus-xml", packet(MARK).replace("<x:xmpmeta", "<!DOCTYPE x><x:xmpmeta"), 1, packet(MARK)),
]  # fmt: skip


@pytest.mark.parametrize(("code", "written", "line", "mended"), MALFORMED)
def test_what_is_malformed_is_named_with_its_line_and_its_repair_is_silent(code, written, line, mended):
    assert [(p.code, p.line) for p in found(written).problems] == [(code, line)]
    repaired = found(mended)
    assert repaired.signals and not repaired.problems


@pytest.mark.parametrize("written", [packet(CONSTRAINED), packet(MARK.replace("AIMLTRAINING", "AI"))])
def test_a_refusal_that_is_malformed_still_refuses(written):
    assert effect(written, Act.MINE) is Effect.DENY


# Anything ---------------------------------------------------------------------------------------------------

pieces = st.sampled_from(
    ["<?xpacket begin=", "?>", "<?xpacket end=", "<x:xmpmeta", "</x:xmpmeta>", RDF, MARK, "\0"]
)


@given(st.lists(pieces | st.text()).map("".join))
def test_any_text_is_read(written):
    found(written)


@given(st.binary() | st.lists(pieces | st.text()).map(lambda p: "".join(p).encode("utf-8", "replace")))
def test_any_bytes_are_read(raw):
    for each in [raw.decode("utf-8", "surrogateescape"), *packets(raw)]:
        found(each)


@given(inner=st.text(), name=st.sampled_from(["DataMining", "OtherConstraints"]))
def test_any_content_is_read(inner, name):
    found(packet(CONSTRAINED + f"<p:{name}>{inner}</p:{name}>"))


def test_many_packets_are_read_in_a_moment():
    start = time.perf_counter()
    found("<?xpacket begin=" * 100_000)
    found(packet(MARK) * 2_000)
    assert len(list(packets(b"<?xpacket begin=" * 100_000))) == 0
    assert time.perf_counter() - start < 5
