"""TDMRep: what is written for each effect, what is read of it, and of files as strangers write them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rule_strategies as strategies
from commonweal.rules import (
    Act,
    Attribute,
    Consent,
    Effect,
    Flow,
    Pay,
    Policy,
    Request,
    Rule,
    Scope,
    Terms,
)
from commonweal.rules.dialects.base import Artefact, Kind, Reading, Site
from commonweal.rules.dialects.tdmrep import DIALECT, FILE, MINING, follow
from commonweal.rules.export import write

SITE = Site("https://guild.example", "https://guild.example/terms.json", strategies.NOW)
ALL = MINING.acts | MINING.touches
MINED = sorted(MINING.acts)


def rule(effect: Effect, *urls: str, acts=ALL, **more) -> Rule:
    if effect is Effect.CONDITIONAL:
        more.setdefault("duties", frozenset({Attribute()}))
    return Rule(frozenset(acts), effect, scope=Scope(urls=frozenset(urls)), **more)


def rows(*rules: Rule) -> list[dict]:
    return json.loads(file_of(*rules).text)


def file_of(*rules: Rule) -> Artefact:
    return next(a for a in DIALECT.write(Terms(rules), SITE).artefacts if a.path == FILE)


def read(text: str, kind=Kind.FILE, path=FILE, name="") -> Policy:
    return Policy.of(DIALECT.read(Artefact(kind, text, path, name)).signals)


def codes(text: str, **more) -> list[tuple[str, int | None]]:
    found = DIALECT.read(Artefact(Kind.FILE, text, FILE, where="tdmrep.json", **more)).problems
    return [(p.code, p.line) for p in found]


def header(text: str, name: str, path: str = "/") -> Artefact:
    return Artefact(Kind.HEADER, text, path, name)


# What is written --------------------------------------------------------------------------------------------


def test_allowed_mining_is_zero_in_file_header_and_page():
    file, header_, tag = DIALECT.write(Terms((rule(Effect.ALLOW),)), SITE).artefacts
    assert json.loads(file.text) == [{"location": "/", "tdm-reservation": 0}]
    assert (header_.name, header_.text, header_.path) == ("tdm-reservation", "0", "/")
    assert tag.text == '<meta name="tdm-reservation" content="0">'
    for artefact in (file, header_, tag):
        policy = Policy.of(DIALECT.read(artefact).signals)
        assert {policy.over(a).effect for a in MINED} == {Effect.ALLOW}
        assert {policy.over(a).effect for a in set(Act) - MINING.acts} == {Effect.UNKNOWN}


@pytest.mark.parametrize("act", MINED)
def test_one_refused_leaf_reserves_all_of_them_and_never_search(act):
    others = rule(Effect.ALLOW, acts=frozenset(Act) - {act})
    export = write(DIALECT, Terms((rule(Effect.DENY, acts={act}), others)), SITE)
    assert json.loads(export.written.artefacts[0].text) == [{"location": "/", "tdm-reservation": 1}]
    back = Policy.of(export.signals)
    assert {back.over(a, "/").effect for a in MINED} == {Effect.DENY}
    assert back.over(Act.SEARCH, "/").effect is Effect.UNKNOWN
    other = next(a for a in MINED if a != act)
    assert (f"{other}", "allow reads as deny") in [(x.what, x.why) for x in export.losses]


@pytest.mark.parametrize("act", sorted(MINING.touches))
def test_disputed_leaves_hold_back_the_zero_and_reserve_nothing(act):
    others = rule(Effect.ALLOW, acts=frozenset(Act) - {act})
    assert not DIALECT.write(Terms((rule(Effect.DENY, acts={act}), others)), SITE).artefacts


def test_conditional_mining_is_reserved_with_a_policy_that_asks_for_consent_and_compensation():
    pay = Pay("per-training")
    file, first, second, tag, policy = DIALECT.write(
        Terms((rule(Effect.CONDITIONAL, duties=frozenset({pay})),)), SITE
    ).artefacts
    url = f"https://guild.example/{policy.path}"
    assert json.loads(file.text) == [{"location": "/", "tdm-reservation": 1, "tdm-policy": url}]
    assert (first.name, first.text, second.name, second.text) == ("tdm-reservation", "1", "tdm-policy", url)
    assert tag.text == (
        f'<meta name="tdm-reservation" content="1">\n<meta name="tdm-policy" content="{url}">'
    )
    assert json.loads(policy.text) == {
        "@context": ["http://www.w3.org/ns/odrl.jsonld", {"tdm": "http://www.w3.org/ns/tdmrep#"}],
        "uid": url,
        "@type": "Offer",
        "profile": "http://www.w3.org/ns/tdmrep",
        "assigner": {"uid": "https://guild.example", "vcard:hasURL": "https://guild.example/terms.json"},
        "permission": [
            {"action": "tdm:mine", "duty": [{"action": "obtainConsent"}, {"action": "compensate"}]}
        ],
    }


@pytest.mark.parametrize("channel", ["file", "header", "html", "all"])
def test_a_policy_reads_as_consent_first(channel):
    export = write(DIALECT, Terms((rule(Effect.CONDITIONAL),)), SITE)
    policy = Policy.of([s for s in export.signals if channel in (s.channel, "all")])
    url = f"https://guild.example/{export.written.artefacts[-1].path}"
    found = policy.decide(Request(Act.MINE, url="/x"))
    assert (found.effect, found.duties) == (Effect.CONDITIONAL, frozenset({Consent(url)}))


def test_without_an_address_of_the_site_a_condition_is_a_refusal():
    written = DIALECT.write(Terms((rule(Effect.CONDITIONAL),)), Site(at=strategies.NOW))
    assert json.loads(written.artefacts[0].text) == [{"location": "/", "tdm-reservation": 1}]
    assert "the site's address" in written.losses[0].why


def test_the_longest_location_stands_first_and_speaks_for_itself_alone():
    assert rows(rule(Effect.DENY, "/archive/")) == [{"location": "/archive/", "tdm-reservation": 1}]
    inner = Rule(ALL, Effect.DENY, scope=Scope(but=frozenset({"/open/"})))
    assert rows(inner, rule(Effect.ALLOW, "/open/")) == [
        {"location": "/open/", "tdm-reservation": 0},
        {"location": "/", "tdm-reservation": 1},
    ]


def test_where_nothing_is_said_inside_of_what_is_granted_it_is_reserved():
    granted = Rule(ALL, Effect.ALLOW, scope=Scope(but=frozenset({"/private/"})))
    assert rows(granted) == [
        {"location": "/private/", "tdm-reservation": 1},
        {"location": "/", "tdm-reservation": 0},
    ]


def test_a_header_never_offers_a_policy_where_a_longer_path_refuses():
    but = Rule(ALL, Effect.CONDITIONAL, scope=Scope(but=frozenset({"/no/"})), flow=Flow(depth=0))
    written = DIALECT.write(Terms((but, rule(Effect.DENY, "/no/"))), SITE)
    assert not [a for a in written.artefacts if a.kind is Kind.HEADER]
    assert "headers" in [loss.what for loss in written.losses]


# What is read -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "effect"),
    [
        ({"tdm-reservation": 0}, Effect.ALLOW),
        ({"tdm-reservation": 1}, Effect.DENY),
        ({"tdm-reservation": "1"}, Effect.DENY),
        ({"tdm-reservation": "0"}, Effect.UNKNOWN),
        ({"tdm-reservation": True}, Effect.UNKNOWN),
        ({"tdm-reservation": 2}, Effect.UNKNOWN),
        ({"tdm-reservation": None}, Effect.UNKNOWN),
        ({}, Effect.UNKNOWN),
        ({"tdm-reservation": 1, "tdm-policy": "https://a.example/p"}, Effect.CONDITIONAL),
        ({"tdm-reservation": 1, "tdm-policy": "soon"}, Effect.DENY),
        ({"tdm-reservation": 0, "tdm-policy": "https://a.example/p"}, Effect.ALLOW),
    ],
)
def test_values_of_the_file(row, effect):
    assert read(json.dumps([{"location": "/", **row}])).over(Act.MINE).effect is effect


def test_the_first_match_counts_and_where_it_is_not_the_longest_the_stricter():
    longest_first = '[{"location":"/a/","tdm-reservation":0},{"location":"/","tdm-reservation":1}]'
    policy = read(longest_first)
    assert policy.decide(Request(Act.MINE, url="/a/x")).effect is Effect.ALLOW
    assert policy.decide(Request(Act.MINE, url="/b")).effect is Effect.DENY
    for first, second in ((0, 1), (1, 0)):
        text = json.dumps(
            [{"location": "/", "tdm-reservation": first}, {"location": "/a/", "tdm-reservation": second}]
        )
        assert read(text).decide(Request(Act.MINE, url="/a/x")).effect is Effect.DENY
        assert "tdmrep-order" in [code for code, _ in codes(text)]


def test_patterns_match_as_in_robots_txt():
    policy = read('[{"location":"/directory-b/images/*.jpg$","tdm-reservation":0}]')
    asked = {url: policy.decide(Request(Act.MINE, url=url)).effect for url in
             ("/directory-b/images/x.jpg", "/directory-b/images/x.jpg?1", "/x.jpg")}  # fmt: skip
    assert list(asked.values()) == [Effect.ALLOW, Effect.UNKNOWN, Effect.UNKNOWN]


def test_channels_override_the_file_then_header_then_page():
    file = Artefact(Kind.FILE, '[{"location":"/","tdm-reservation":1}]', FILE)
    free, page = header("0", "TDM-Reservation"), Artefact(Kind.TAG, "<META NAME=tdm-reservation CONTENT=1>")
    signals = [DIALECT.read(a).signals[0] for a in (file, free, page)]
    assert Policy.of(signals[:1]).over(Act.MINE).effect is Effect.DENY
    assert Policy.of(signals[:2]).over(Act.MINE).effect is Effect.ALLOW
    assert Policy.of(signals).over(Act.MINE).effect is Effect.DENY


def test_the_header_of_the_longest_path_is_the_one_that_is_sent():
    found = [header("1", "tdm-reservation"), header("https://a.example/p", "tdm-policy"),
             header("1", "tdm-reservation", "/a/"), header("0", "tdm-reservation", "/a/b/")]  # fmt: skip
    policy = Policy.of([s for a in found for s in DIALECT.read(a).signals])
    asked = [policy.decide(Request(Act.MINE, url=url)).effect for url in ("/", "/a/x", "/a/b/c")]
    assert asked == [Effect.CONDITIONAL, Effect.DENY, Effect.ALLOW]


def test_a_page_that_says_two_things_is_read_strictly():
    page = """<!doctype html><html><head>
    <meta name="tdm-reservation" content="0"><meta name="tdm-reservation" content="1"></head>"""
    reading = DIALECT.read(Artefact(Kind.TAG, page, where="page.html"))
    assert Policy.of(reading.signals).over(Act.MINE).effect is Effect.DENY
    assert [(p.code, p.line) for p in reading.problems] == [("tdmrep-disagree", 2)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [("tdmrep-json", 1)]),
        ('[\n{"location": "/",}]', [("tdmrep-json", 2)]),
        ('{"location": "/", "tdm-reservation": 1}', [("tdmrep-no-list", 1)]),
        ('[\n{"location": "/", "tdm-reservation": 1, "tdm-reservation": 0}]', [("tdmrep-json", None)]),
        ("[" * 100_000, [("tdmrep-json", None)]),
        ("[" * 150 + "]" * 150, [("tdmrep-json", None)]),
        ("[" + "9" * 5000 + "]", [("tdmrep-json", None)]),
        ('["\\ud800"]', [("tdmrep-json", None)]),
        ('["\udcff"]', [("tdmrep-json", None)]),
        ("[NaN]", [("tdmrep-json", None)]),
        ("[1,\n2]", [("tdmrep-no-rule", 1)] * 2),
        ('[{"location": "x", "tdm-reservation": 1}]', [("tdmrep-location", 1)]),
        ('[\n\n{"location": "/", "tdm-reservation": 2}]', [("tdmrep-value", 3)]),
        ('[{"location": "/", "tdm-reservation": 1, "policy": "x"}]', [("tdmrep-unknown-key", 1)]),
        ('[{"location": "/", "tdm-reservation": 1, "tdm-policy": "/p"}]', [("tdmrep-policy", 1)]),
        ('[{"location": "/", "tdm-reservation": 0, "tdm-policy": "https://p/"}]', [("tdmrep-policy-unused", 1)]),  # noqa: E501
        (json.dumps([{"location": "/", "tdm-reservation": 1}] * 2), [("tdmrep-repeated", 1)]),
        (json.dumps([{"location": f"/{i}", "tdm-reservation": 1} for i in range(501)]),
         [("tdmrep-too-many", 1)]),
    ],
)  # fmt: skip
def test_malformed_files_become_problems_with_their_line(text, found):
    assert codes(text) == found


def test_fifty_megabytes_are_refused_at_once():
    assert codes("[" + " " * 50_000_000 + "]") == [("tdmrep-json", None)]
    assert DIALECT.read(Artefact(Kind.TAG, '<meta name="tdm-reservation">' * 2_000_000)).problems


def test_a_full_file_of_locations_that_all_overlap_is_read_in_bounds():
    text = json.dumps([{"location": f"/*{i}*", "tdm-reservation": i % 2} for i in range(500)])
    assert DIALECT.read(Artefact(Kind.FILE, text, FILE)).signals


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("tdm-reservation", "yes", "tdmrep-value"),
        ("tdm-reservation", "", "tdmrep-value"),
        ("tdm-policy", "javascript:1", "tdmrep-policy"),
        ("tdm-policy", "https://a b", "tdmrep-policy"),
    ],
)
def test_malformed_headers_say_nothing(name, text, code):
    reading = DIALECT.read(header(text, name))
    assert (reading.signals, [p.code for p in reading.problems]) == ((), [code])


def test_lines_count_from_where_the_text_starts():
    assert codes("[\n{}]", line=10) == [("tdmrep-location", 11)]


# Policies -------------------------------------------------------------------------------------------------


def offered(*permissions: dict) -> Artefact:
    policy = {
        "@context": ["http://www.w3.org/ns/odrl.jsonld", {"tdm": "http://www.w3.org/ns/tdmrep#"}],
        "@type": "Offer",
        "profile": "http://www.w3.org/ns/tdmrep",
        "uid": "https://a.example/p",
        "permission": list(permissions),
    }
    return Artefact(Kind.FILE, json.dumps(policy), "p", where="p")


LINKED = '[{"location":"/a/","tdm-reservation":1,"tdm-policy":"https://a.example/p"}]'


def followed(policy: Artefact) -> Policy:
    reading = DIALECT.read(Artefact(Kind.FILE, LINKED, FILE))
    return Policy.of(follow(reading, {"https://a.example/p": policy}).signals)


def test_a_policy_at_hand_says_what_is_owed_where_the_link_stands():
    policy = followed(offered({"action": "tdm:mine", "duty": [{"action": "compensate"}]}))
    found = policy.decide(Request(Act.TRAIN_GEN, url="/a/x"))
    assert found.duties == {Pay("fixed", note="as the policy says", url="https://a.example/p")}
    assert policy.decide(Request(Act.TRAIN_GEN, url="/b")).effect is Effect.UNKNOWN


def test_a_policy_for_research_alone():
    research = {"leftOperand": "purpose", "operator": "eq", "rightOperand": "tdm:research"}
    policy = followed(
        offered({"action": "tdm:mine", "constraint": [research], "target": "https://a.example/all"})
    )
    asked = [
        policy.decide(Request(Act.MINE, url="/a/x", purpose=p)).effect for p in ("research", "ads", None)
    ]
    assert asked == [Effect.ALLOW, Effect.UNKNOWN, Effect.UNKNOWN]


@pytest.mark.parametrize(
    "policy",
    [
        offered(),
        offered({"action": "tdm:mine", "constraint": ["ask us"]}),
        offered({"action": "print"}),
        Artefact(Kind.FILE, "<html>", "p"),
        Artefact(Kind.FILE, "[]", "p"),
    ],
)
def test_a_policy_that_permits_nothing_leaves_consent_first(policy):
    found = followed(policy).decide(Request(Act.MINE, url="/a/x"))
    assert (found.effect, found.duties) == (Effect.CONDITIONAL, {Consent("https://a.example/p")})


def test_the_policies_that_are_written_are_understood():
    terms = Terms((rule(Effect.CONDITIONAL, duties=frozenset({Pay("fixed")})),))
    file, *_, policy = DIALECT.write(terms, SITE).artefacts
    url = f"https://guild.example/{policy.path}"
    found = follow(DIALECT.read(file), {url: policy})
    assert not found.problems
    duties = Policy.of(found.signals).over(Act.MINE).duties
    assert duties == {Consent(url), Pay("fixed", note="as the policy says", url=url)}


# At random ------------------------------------------------------------------------------------------------

values = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 2) | st.text(max_size=5) | st.sampled_from(["/", "/a", "1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["location", "tdm-reservation", "tdm-policy", "x"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@given(value=values)
def test_any_json_is_read_without_an_exception(value):
    assert isinstance(DIALECT.read(Artefact(Kind.FILE, json.dumps(value), FILE)), Reading)
    assert isinstance(DIALECT.read(Artefact(Kind.FILE, json.dumps([value]), FILE)), Reading)


@given(text=st.text(max_size=60), at=st.integers(0, 200), path=st.text(max_size=5))
@settings(max_examples=200)
def test_mutated_artefacts_are_read_without_an_exception(text, at, path):
    written = DIALECT.write(Terms((rule(Effect.CONDITIONAL),)), SITE).artefacts
    for a in written:
        mutated = a.text[:at] + text + a.text[at + len(text) :]
        assert isinstance(
            DIALECT.read(Artefact(a.kind, mutated, FILE if a.kind is Kind.FILE else path, a.name)), Reading
        )


@given(terms=strategies.terms, url=st.sampled_from(["/", "/a/b", "/a/x.pdf", "/x?y=1"]))
@settings(max_examples=100)
def test_what_a_server_sends_for_one_url_never_grants_more_than_the_source(terms, url):
    """As a client sees it: of each header the value of the longest matching path, and nothing else."""
    from commonweal.rules.patterns import parse, specificity

    sent: dict[str, Artefact] = {}
    for artefact in DIALECT.write(terms, SITE).artefacts:
        if artefact.kind is Kind.HEADER and parse(artefact.path).matches("", url):
            best = sent.get(artefact.name)
            if best is None or specificity(artefact.path) > specificity(best.path):
                sent[artefact.name] = artefact
    received = [Artefact(Kind.HEADER, a.text, url, name) for name, a in sent.items()]
    back = Policy.of([s for a in received for s in DIALECT.read(a).signals])
    for act in Act:
        asked = Request(act, url=url, at=strategies.NOW)
        assert back.decide(asked).effect.grant <= Policy.of(terms).decide(asked).effect.grant
