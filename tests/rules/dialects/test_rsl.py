"""RSL: the words that are written, what they read as, and the mistakes that are found."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

import rule_strategies as strategies
from commonweal.rules import (
    Act,
    Attribute,
    Consent,
    Declarer,
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
from commonweal.rules.dialects import named
from commonweal.rules.dialects._rsl_words import NAMESPACE, TOKENS, USAGE
from commonweal.rules.dialects.base import Artefact, Kind, Reading, Site
from commonweal.rules.export import write

RSL = named("rsl")
SITE = Site("https://guild.example", "https://guild.example/terms.json", strategies.NOW)
NOWHERE = Site(at=strategies.NOW)
STANDIN = Path(__file__).parents[4] / "shared" / "data" / "rsl" / "rsl_standin.rnc"
TRAINING = frozenset({Act.TRAIN_GEN, Act.TRAIN_DISC})
PER_USE = Pay("per-use", amount=Decimal("0.015"), currency="EUR")

# The column of the reference's table: which word says which leaf.
LEAVES = {
    Act.TRAIN_GEN: "ai-train", Act.TRAIN_DISC: "ai-train", Act.GROUND: "ai-input", Act.INDEX: "ai-index",
    Act.SEARCH: "search",
}  # fmt: skip
WIDE = {Act.MINE: "all", Act.EVAL: "ai-all", Act.SYNTH: "ai-all"}

# What RSL 1.0 has, and where: written down again here, apart from the code.
ALLOWED = {
    "rsl": (["content"], ["max-age"]),
    "content": (["license", "copyright", "terms"], ["url"]),
    "license": (["permits", "prohibits", "payment", "reporting", "legal"], []),
    "permits": ([], ["type"]),
    "prohibits": ([], ["type"]),
    "payment": (["standard", "custom", "amount"], ["type"]),
    "standard": ([], []), "custom": ([], []), "terms": ([], []),
    "amount": ([], ["currency"]),
    "reporting": ([], ["type", "profile"]),
    "legal": ([], ["type"]),
    "copyright": ([], ["contactEmail", "contactUrl"]),
}  # fmt: skip
VALUES = {
    "usage": r"(all|ai-all|ai-train|ai-input|ai-index|search)",
    "user": r"(commercial|non-commercial|education|government|personal)",
    "geo": r"[A-Z]{2}",
}
PAYMENT = ["purchase", "subscription", "training", "crawl", "use", "contribution", "attribution", "free"]


def written(terms: Terms, site: Site = SITE) -> str:
    return next((a.text for a in RSL.write(terms, site).artefacts if a.kind is Kind.FILE), "")


def read(text: str, **more: object) -> Reading:
    fields = {"path": "rsl.xml", "media_type": "application/rsl+xml", "where": "rsl.xml", **more}
    return RSL.read(Artefact(Kind.FILE, text, **fields))  # type: ignore[arg-type]


def effect(reading: Reading, act: Act, url: str = "/x", **who: object) -> Effect:
    request = Request(act, url=url, at=strategies.NOW, **who)  # type: ignore[arg-type]
    return Policy.of(reading.signals).decide(request).effect


def words(text: str, name: str) -> list[list[str]]:
    return [m.split() for m in re.findall(f'<{name} type="usage">([^<]*)<', text)]


def document(body: str, root: str = f'<rsl xmlns="{NAMESPACE}">') -> str:
    return f"{root}\n{body}\n</rsl>"


def place(license_: str, url: str = "/") -> str:
    return f'<content url="{url}">\n<license>{license_}</license></content>'


# Words ----------------------------------------------------------------------------------------------------


def _rule(token: str, of: Effect) -> Terms:
    acts = USAGE[token].acts | (USAGE[token].touches if of is not Effect.DENY else frozenset())
    duties = frozenset({PER_USE}) if of is Effect.CONDITIONAL else frozenset()
    return Terms((Rule(acts, of, duties=duties),))


@pytest.mark.parametrize("of", [Effect.ALLOW, Effect.DENY, Effect.CONDITIONAL])
@pytest.mark.parametrize(("act", "token"), [*LEAVES.items(), *WIDE.items()])
def test_each_leaf_of_the_table_is_written_and_read(act: Act, token: str, of: Effect):
    text = written(_rule(token, of))
    if of is Effect.DENY:
        assert (words(text, "permits"), words(text, "prohibits")) == ([], [[token]])
        assert "<payment" not in text
    else:
        assert (words(text, "permits"), words(text, "prohibits")) == ([[token]], [])
        assert f'<payment type="{"free" if of is Effect.ALLOW else "use"}"' in text
    back = read(text)
    assert not back.problems
    assert effect(back, act) is of
    others = {a for a in Act if a not in USAGE[token].acts}
    assert {effect(back, a) for a in others} == {Effect.UNKNOWN}
    if of is Effect.CONDITIONAL:
        assert Policy.of(back.signals).over(act, "/").duties == {PER_USE}


def test_a_wide_word_refuses_only_where_all_in_it_is_refused():
    assert words(written(Terms((Rule(frozenset({Act.EVAL}), Effect.DENY),))), "prohibits") == []
    most = USAGE["ai-all"].acts - {Act.INDEX}
    text = written(Terms((Rule(most, Effect.DENY),)))
    assert words(text, "prohibits") == [["ai-train", "ai-input"]]


def test_refusing_training_never_forbids_search():
    terms = Terms((Rule(TRAINING, Effect.DENY), Rule(frozenset({Act.SEARCH}), Effect.ALLOW)))
    text = written(terms)
    assert words(text, "prohibits") == [["ai-train"]]
    assert effect(read(text), Act.SEARCH) is Effect.ALLOW


def test_prohibits_all_stands_alone():
    text = written(Terms((Rule(frozenset(Act), Effect.DENY),)))
    assert words(text, "prohibits") == [["all"]]
    assert "permits" not in text


def test_nothing_is_written_where_nothing_is_said():
    assert RSL.write(Terms(), SITE).artefacts == ()


# Payment and duties ---------------------------------------------------------------------------------------

EXACT = {
    "purchase": {Pay("fixed", amount=Decimal("10"), currency="USD")},
    "subscription": {Pay("subscription")},
    "training": {Pay("per-training")},
    "crawl": {Pay("per-crawl", amount=Decimal("0.01"), currency="EUR")},
    "use": {Pay("per-use")},
    "contribution": {Pay("in-kind")},
    "attribution": {Attribute()},
    "free": {Report("telemetry", profile="https://guild.example/telemetry")},
}


@pytest.mark.parametrize("site", [SITE, NOWHERE])
@pytest.mark.parametrize("kind", EXACT)
def test_duties_that_rsl_can_say_are_read_back_exactly(kind: str, site: Site):
    text = written(Terms((Rule(TRAINING, Effect.CONDITIONAL, duties=frozenset(EXACT[kind])),)), site)
    assert f'<payment type="{kind}"' in text
    assert Policy.of(read(text).signals).over(Act.TRAIN_GEN, "/").duties == EXACT[kind]


INEXACT = [
    {Watermark()}, {Attribute("by name")}, {Attribute(), Pay("per-use")}, {Consent()},
    {Pay("per-use", note="x")}, {Pay("revenue-share", share=Decimal("0.05"))}, {Report("ablation")},
    {Report("audit", "year")}, {Report("audit")},
]  # fmt: skip


@pytest.mark.parametrize("duties", INEXACT)
def test_other_duties_are_linked_to_with_the_hash_of_the_terms(duties: set):
    terms = Terms((Rule(TRAINING, Effect.CONDITIONAL, duties=frozenset(duties)),))
    found = Policy.of(read(written(terms)).signals).over(Act.TRAIN_GEN, "/")
    assert Consent("https://guild.example/terms.json", terms.sha256) in found.duties
    assert effect(read(written(terms, NOWHERE)), Act.TRAIN_GEN) is Effect.DENY  # nowhere to link to


def test_limits_of_flow_are_linked_to():
    terms = Terms((Rule(TRAINING, Effect.CONDITIONAL, flow=Flow(depth=1)),))
    assert "#sha256=" + terms.sha256 in written(terms)
    assert 'type="free"' not in written(terms)


@given(strategies.terms)
@settings(max_examples=100, deadline=None)
def test_what_is_conditional_is_never_free(terms: Terms):
    root = etree.fromstring((written(terms) or f'<rsl xmlns="{NAMESPACE}"/>').encode())
    for license_ in root.iter(f"{{{NAMESPACE}}}license"):
        usage = license_.find(f"{{{NAMESPACE}}}permits[@type='usage']")
        assert (usage is None) == (license_.find(f"{{{NAMESPACE}}}payment") is None)


# Who, where, when -----------------------------------------------------------------------------------------


def test_classes_get_licences_of_their_own():
    pay = frozenset({Pay("per-training")})
    terms = Terms(
        (
            Rule(TRAINING, Effect.ALLOW, Who(frozenset({Party.NON_COMMERCIAL, Party.EDUCATION}))),
            Rule(TRAINING, Effect.CONDITIONAL, Who(frozenset({Party.COMMERCIAL})), duties=pay),
        )
    )
    text = written(terms)
    assert '<permits type="user">education non-commercial</permits>' in text
    back = read(text)
    for parties, said in (
        ({Party.EDUCATION}, Effect.ALLOW), ({Party.COMMERCIAL}, Effect.CONDITIONAL),
        ({Party.EDUCATION, Party.COMMERCIAL}, Effect.CONDITIONAL), ({Party.PERSONAL}, Effect.UNKNOWN),
    ):  # fmt: skip
        assert effect(back, Act.TRAIN_GEN, parties=frozenset(parties)) is said


def test_what_is_refused_but_to_some_is_prohibited_by_class():
    schools = Who(frozenset({Party.EDUCATION}))
    terms = Terms((Rule(TRAINING, Effect.ALLOW, schools), Rule(TRAINING, Effect.DENY, unless=schools)))
    back = read(written(terms))
    assert effect(back, Act.TRAIN_GEN, parties=frozenset({Party.EDUCATION})) is Effect.ALLOW
    for party in set(Party) - {Party.EDUCATION, Party.RESEARCH}:
        assert effect(back, Act.TRAIN_GEN, parties=frozenset({party})) is Effect.DENY
    assert effect(back, Act.TRAIN_GEN) is Effect.DENY  # it may be a company that asks


def test_an_exception_is_prohibited():
    terms = Terms((Rule(TRAINING, Effect.ALLOW, unless=Who(frozenset({Party.COMMERCIAL}))),))
    back = read(written(terms))
    assert effect(back, Act.TRAIN_GEN, parties=frozenset({Party.COMMERCIAL})) is Effect.DENY
    assert effect(back, Act.TRAIN_GEN, parties=frozenset({Party.EDUCATION})) is Effect.ALLOW


def test_researchers_alone_can_not_be_named():
    terms = Terms((Rule(TRAINING, Effect.ALLOW, Who(frozenset({Party.RESEARCH}))),))
    export = write(RSL, terms, SITE)
    assert not export.written.artefacts
    assert any("research" in loss.what for loss in export.losses)


def test_places_are_named():
    terms = Terms((Rule(TRAINING, Effect.ALLOW, Who(geo=frozenset({"EU"}))),))
    text = written(terms)
    assert '<permits type="geo">EU</permits>' in text
    assert [effect(read(text), Act.TRAIN_GEN, geo=g) for g in ("DE", "US", None)] == [
        Effect.ALLOW, Effect.UNKNOWN, Effect.UNKNOWN
    ]  # fmt: skip


def test_a_place_for_each_path_on_which_statements_differ():
    search = frozenset({Act.SEARCH})
    terms = Terms(
        (Rule(search, Effect.ALLOW), Rule(search, Effect.DENY, scope=Scope(urls=frozenset({"/paid/"}))))
    )
    text = written(terms)
    assert re.findall('url="([^"]*)"', text) == ["/", "/paid/"]
    assert [effect(read(text), Act.SEARCH, url) for url in ("/x", "/paid/x")] == [Effect.ALLOW, Effect.DENY]


def test_what_a_longer_path_leaves_open_is_not_granted_there():
    terms = Terms((Rule(frozenset({Act.SEARCH}), Effect.ALLOW, scope=Scope(but=frozenset({"/drafts/"}))),))
    assert effect(read(written(terms)), Act.SEARCH, "/drafts/x").grant == 0


def test_the_file_is_not_kept_longer_than_the_terms_stand():
    def text(*moments: datetime) -> str:
        lives = [Life(expiry=m) for m in moments]
        return written(Terms(tuple(Rule(TRAINING, Effect.ALLOW, life=life) for life in lives)))

    assert "max-age" not in text(datetime(2028, 1, 1, tzinfo=UTC))
    assert 'max-age="5"' in text(datetime(2026, 11, 25, 12, tzinfo=UTC))
    assert "permits" not in text(datetime(2026, 11, 20, 12, tzinfo=UTC))  # gone before a reader looks again


def test_the_declarer_is_carried():
    who = Declarer(
        "Guild <of> & co", "https://guild.example/", "desk@guild.example", "https://guild.example/mandate"
    )
    export = write(RSL, Terms((Rule(TRAINING, Effect.DENY),), declarer=who), SITE)
    assert export.signals[0].terms.declarer == who
    assert export.signals[0].terms.url == SITE.terms_url
    assert 'type="attestation">true<' in export.written.artefacts[0].text
    assert "legal" not in written(Terms((Rule(TRAINING, Effect.DENY),), declarer=Declarer("Guild")))


# The shape of what is written -----------------------------------------------------------------------------


def _check(element: etree._Element) -> None:
    name = etree.QName(element).localname
    children, attributes = ALLOWED[name]
    assert etree.QName(element).namespace == NAMESPACE
    assert set(element.attrib) <= set(attributes), name
    for child in element:
        assert etree.QName(child).localname in children
        _check(child)
    kind = element.get("type")
    if name in ("permits", "prohibits"):
        assert element.text and all(re.fullmatch(VALUES[kind], word) for word in element.text.split(" "))
    if name == "payment":
        assert kind in PAYMENT
    if name == "license":
        types = [(c.tag, c.get("type")) for c in element if c.tag.endswith(("permits", "prohibits"))]
        assert len(types) == len(set(types))
        assert len(element.findall(f"{{{NAMESPACE}}}payment")) <= 1


@pytest.fixture(scope="module")
def standin() -> etree.RelaxNG | None:
    """The stand-in for the schema, which is not the schema: passing it is no conformance."""
    if not STANDIN.exists():
        return None
    import rnc2rng

    return etree.RelaxNG(etree.fromstring(rnc2rng.dumps(rnc2rng.load(str(STANDIN))).encode()))


@given(terms=strategies.terms, site=st.sampled_from([SITE, NOWHERE]))
@settings(max_examples=150, deadline=None)
def test_only_what_rsl_has_is_written(standin: etree.RelaxNG | None, terms: Terms, site: Site):
    text = written(terms, site)
    if text:
        root = etree.fromstring(text.encode())
        _check(root)
        assert read(text).problems == ()
        if standin is not None:
            standin.assertValid(root)


def test_the_stand_in_refuses_what_is_no_rsl(standin: etree.RelaxNG | None):
    if standin is None:
        pytest.skip("the stand-in is not here")
    wrong = document(place('<permits type="usage">train-ai</permits>'))
    assert not standin.validate(etree.fromstring(wrong))


def test_a_name_may_hold_what_xml_can_not():
    terms = Terms((Rule(TRAINING, Effect.DENY),), declarer=Declarer("Guild\0\x1b\ufffe"))
    assert read(written(terms)).problems == ()


# Pointers -------------------------------------------------------------------------------------------------


def test_pointers():
    artefacts = RSL.write(Terms((Rule(TRAINING, Effect.DENY),)), SITE).artefacts
    by_kind = {a.kind: a for a in artefacts}
    assert by_kind[Kind.FILE].media_type == "application/rsl+xml"
    assert (by_kind[Kind.ROBOTS].text, by_kind[Kind.ROBOTS].name) == (
        "License: https://guild.example/rsl.xml", "top"
    )  # fmt: skip
    assert by_kind[Kind.HEADER].text == (
        '<https://guild.example/rsl.xml>; rel="license"; type="application/rsl+xml"'
    )
    assert by_kind[Kind.TAG].text == '<link rel="license" type="application/rsl+xml" href="/rsl.xml">'
    for artefact in artefacts:
        assert RSL.reads(artefact)
        assert RSL.read(artefact).problems == ()
    unknown = RSL.write(Terms((Rule(TRAINING, Effect.DENY),)), NOWHERE).artefacts
    assert Kind.ROBOTS not in {a.kind for a in unknown}


POINTERS = [
    (Kind.ROBOTS, "User-agent: *\nLicense: /rsl.xml", "rsl-relative-url", 2, "User-agent: *\nLicense: https://a.example/rsl.xml"),
    (Kind.ROBOTS, "License: http://a.example/rsl.xml", "rsl-not-https", 1, "License: https://a.example/rsl.xml"),
    (Kind.HEADER, "</rsl.xml>; rel=license; type=text/xml", "rsl-pointer-type", 1,
     "</rsl.xml>; rel=license; type=application/rsl+xml"),
    (Kind.HEADER, "<a>; rel=preload, </rsl.xml>; rel=next; type=application/rsl+xml", "rsl-pointer-rel", 1,
     "</rsl.xml>; rel=license; type=application/rsl+xml"),
    (Kind.TAG, '<p>\n<link rel="license" href="/rsl.xml">', "rsl-pointer-type", 2,
     '<link rel="license" type="application/rsl+xml" href="/rsl.xml">'),
    (Kind.TAG, '<link rel="alternate" type="application/rsl+xml" href="/rsl.xml">', "rsl-pointer-rel", 1,
     '<link rel="license" type="application/rsl+xml" href="/rsl.xml">'),
    (Kind.TAG, '<link rel="license" type="application/rsl+xml">', "rsl-pointer-url", 1,
     '<link rel="license" href="https://creativecommons.org/licenses/by/4.0/">'),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "wrong", "code", "line", "right"), POINTERS)
def test_mistakes_of_pointers(kind: Kind, wrong: str, code: str, line: int, right: str):
    name = "Link" if kind is Kind.HEADER else ""
    found = RSL.read(Artefact(kind, wrong, name=name))
    assert [(p.code, p.line) for p in found.problems] == [(code, line)]
    assert not found.signals
    assert RSL.read(Artefact(kind, right, name=name)) == Reading()


def test_rsl_inside_a_page():
    body = document(place('<prohibits type="usage">search</prohibits>', url=""))
    page = f'<html>\n<script type="application/rsl+xml">\n{body}</script>'
    found = RSL.read(Artefact(Kind.TAG, page, path="/a/b", where="page"))
    assert not found.problems
    assert [effect(found, Act.SEARCH, url) for url in ("/a/b", "/c")] == [Effect.DENY, Effect.UNKNOWN]
    assert found.signals[0].line(0) == 5
    hidden = RSL.read(Artefact(Kind.TAG, page.replace("application/rsl+xml", "text/xml")))
    assert [(p.code, p.line) for p in hidden.problems] == [("rsl-media-type", 2)]


def test_rsl_inside_a_feed():
    feed = f"""<rss version="2.0" xmlns:rsl="{NAMESPACE}"><channel><item>
    <rsl:content url="/a/"><rsl:license><rsl:permits type="usage">search</rsl:permits></rsl:license>
    </rsl:content>
    </item></channel></rss>"""
    artefact = Artefact(Kind.FILE, feed, "feed.xml", media_type="application/rss+xml")
    assert RSL.reads(artefact)
    found = RSL.read(artefact)
    assert not found.problems
    assert effect(found, Act.SEARCH, "/a/x") is Effect.ALLOW
    assert found.signals[0].channel == "feed"
    plain = Artefact(
        Kind.FILE, "<rss><channel>&nbsp;</channel></rss>", "feed.xml", media_type="application/rss+xml"
    )
    assert RSL.read(plain) == Reading()


# Reading --------------------------------------------------------------------------------------------------


def test_silence_in_a_closed_list_is_not_licensed():
    found = read(document(place('<permits type="usage">search</permits>')))
    assert effect(found, Act.SEARCH) is Effect.ALLOW
    assert effect(found, Act.TRAIN_GEN) is Effect.UNKNOWN


def test_prohibits_alone_grants_nothing():
    found = read(document(place('<prohibits type="usage">ai-train</prohibits>')))
    assert {effect(found, a) for a in Act if a not in TRAINING} == {Effect.UNKNOWN}


def test_specific_beats_general_then_prohibit_beats_permit():
    found = read(
        document(
            place('<prohibits type="usage">ai-train search</prohibits>')
            + place(
                '<permits type="usage">search ai-index</permits><prohibits type="usage">ai-index</prohibits>',
                "/a/",
            )
        )
    )
    assert not found.problems
    assert effect(found, Act.SEARCH, "/a/x") is Effect.ALLOW
    assert effect(found, Act.SEARCH, "/b") is Effect.DENY
    assert effect(found, Act.INDEX, "/a/x") is Effect.DENY
    assert effect(found, Act.TRAIN_GEN, "/a/x") is Effect.DENY  # the specific place does not permit it


def test_prohibited_users_and_places():
    found = read(
        document(
            place(
                '<permits type="usage">search</permits><prohibits type="user">commercial</prohibits>'
                '<prohibits type="geo">US</prohibits>'
            )
        )
    )
    schools, companies = frozenset({Party.EDUCATION}), frozenset({Party.COMMERCIAL})
    assert effect(found, Act.SEARCH, parties=schools, geo="DE") is Effect.ALLOW
    assert effect(found, Act.SEARCH, parties=companies, geo="DE") is Effect.DENY
    assert effect(found, Act.SEARCH, parties=schools, geo="US") is Effect.DENY


def test_a_licence_server_has_to_be_asked_first():
    text = document(place('<permits type="usage">search</permits><payment type="free"/>'))
    found = read(text.replace('url="/"', 'url="/" server="https://olp.example"'))
    assert Policy.of(found.signals).over(Act.SEARCH, "/").duties == {Consent("https://olp.example")}


def test_a_link_to_terms_is_read_as_consent():
    text = document(
        place(
            '<permits type="usage">search</permits><payment type="use"><custom>https://a.example/</custom></payment>'
        )
    )
    assert Policy.of(read(text).signals).over(Act.SEARCH, "/").duties == {
        Pay("per-use"), Consent("https://a.example/")
    }  # fmt: skip


def test_elements_of_other_namespaces_are_extensions():
    body = place('<permits type="usage">search x:more</permits><x:binding y="1"/>')
    found = read(document(body, f'<rsl xmlns="{NAMESPACE}" xmlns:x="https://x.example/">'))
    assert not found.problems
    assert effect(found, Act.SEARCH) is Effect.ALLOW


SEARCH = '<permits type="usage">search</permits>'
# name: what is wrong, its line, its code; and the repaired twin.
MISTAKES = {
    "no license": ('<content url="/"/>', 2, "rsl-no-license", place(SEARCH)),
    "no content": ("", 1, "rsl-no-content", place(SEARCH)),
    "permits beside prohibits all": (
        place(SEARCH + '<prohibits type="usage">all</prohibits>'), 3, "rsl-permits-beside-prohibits-all",
        place(SEARCH + '<prohibits type="usage">ai-all</prohibits>'),
    ),
    "comma list": (
        place('<permits type="usage">search,ai-input</permits>'), 3, "rsl-comma-list",
        place('<permits type="usage">search ai-input</permits>'),
    ),
    "inference": (
        place('<prohibits type="usage">inference</prohibits>'), 3, "rsl-foreign-token",
        place('<prohibits type="usage">ai-input</prohibits>'),
    ),
    "train-ai": (
        place('<permits type="usage">train-ai</permits>'), 3, "rsl-foreign-token",
        place('<permits type="usage">ai-train</permits>'),
    ),
    "retired": (
        place('<prohibits type="usage">train-genai</prohibits>'), 3, "rsl-foreign-token",
        place('<prohibits type="usage">ai-train</prohibits>'),
    ),
    "upper case": (
        place('<permits type="usage">SEARCH</permits>'), 3, "rsl-case", place(SEARCH),
    ),
    "unknown word": (place('<permits type="usage">robots</permits>'), 3, "rsl-unknown-token", place(SEARCH)),
    "unknown payment": (
        place(SEARCH + '<payment type="inference"/>'), 3, "rsl-payment-type",
        place(SEARCH + '<payment type="use"/>'),
    ),
    "payment without a type": (
        place(SEARCH + "<payment/>"), 3, "rsl-payment-type", place(SEARCH + '<payment type="free"/>')
    ),
    "amount without currency": (
        place(SEARCH + '<payment type="use"><amount>1</amount></payment>'), 3, "rsl-currency",
        place(SEARCH + '<payment type="use"><amount currency="EUR">1</amount></payment>'),
    ),
    "amount in words": (
        place(SEARCH + '<payment type="use"><amount currency="EUR">one</amount></payment>'), 3, "rsl-amount",
        place(SEARCH + '<payment type="use"><amount currency="EUR">1.0</amount></payment>'),
    ),
    "a link that is none": (
        place(SEARCH + '<payment type="use"><custom>contact us</custom></payment>'), 3, "rsl-link",
        place(SEARCH + '<payment type="use"><custom>https://a.example/contact</custom></payment>'),
    ),
    "unknown user": (
        place(SEARCH + '<permits type="user">research</permits>'), 3, "rsl-user",
        place(SEARCH + '<permits type="user">education</permits>'),
    ),
    "place in small letters": (
        place(SEARCH + '<permits type="geo">us</permits>'), 3, "rsl-geo",
        place(SEARCH + '<permits type="geo">US</permits>'),
    ),
    "permits without a type": (place("<permits>search</permits>"), 3, "rsl-type", place(SEARCH)),
    "permits twice": (
        place(SEARCH + '<permits type="usage">ai-input</permits>'), 3, "rsl-repeated",
        place('<permits type="usage">search ai-input</permits>'),
    ),
    "payment twice": (
        place(SEARCH + '<payment type="use"/><payment type="crawl"/>'), 3, "rsl-repeated-payment",
        place(SEARCH + '<payment type="use"/>') + place(SEARCH + '<payment type="crawl"/>', "/a"),
    ),
    "content without a url": (
        f"<content><license>{SEARCH}</license></content>", 2, "rsl-content-url", place(SEARCH)
    ),
    "a relative url": (place(SEARCH, "images/"), 2, "rsl-content-url", place(SEARCH, "/images/")),
    "unknown element": (place(SEARCH + "<ai-use/>"), 3, "rsl-unknown-element", place(SEARCH)),
    "unknown attribute": (
        place(SEARCH).replace("<license>", '<license urn="x">'), 3, "rsl-unknown-attribute", place(SEARCH)
    ),
    "unknown report": (
        place(SEARCH + '<reporting type="logs" profile="urn:x"/>'), 3, "rsl-reporting",
        place(SEARCH + '<reporting type="telemetry" profile="urn:x"/>'),
    ),
    "report without a profile": (
        place(SEARCH + '<reporting type="audit"/>'), 3, "rsl-reporting-profile",
        place(SEARCH + '<reporting type="audit" profile="urn:x"/>'),
    ),
    "unknown legal": (
        place(SEARCH + '<legal type="promise">x</legal>'), 3, "rsl-legal",
        place(SEARCH + '<legal type="warranty">ownership</legal>'),
    ),
    "encrypted without a server": (
        place(SEARCH).replace('url="/"', 'url="/" encrypted="true"'), 2, "rsl-server",
        place(SEARCH).replace('url="/"', 'url="/" encrypted="true" server="https://olp.example"'),
    ),
    "not well-formed": (place(SEARCH + "<a>"), 3, "rsl-xml", place(SEARCH)),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_in_the_wild_are_found_and_their_twins_are_not(name: str):
    wrong, line, code, right = MISTAKES[name]
    found = read(document(wrong))
    assert (code, line) in [(p.code, p.line) for p in found.problems], found.problems
    assert all(p.where == "rsl.xml" and p.message and p.mend for p in found.problems)
    assert read(document(right)).problems == ()


@pytest.mark.parametrize("root", ["<rsl>", '<rsl xmlns="http://rslstandard.org/rsl">'])
def test_without_the_namespace_nothing_is_granted(root: str):
    body = place(SEARCH + '<prohibits type="usage">ai-train</prohibits>')
    found = read(document(body, root))
    assert [(p.code, p.line) for p in found.problems] == [("rsl-namespace", 1)]
    assert effect(found, Act.SEARCH) is Effect.UNKNOWN
    assert effect(found, Act.TRAIN_GEN) is Effect.DENY


def test_max_age_is_a_number_of_days():
    for age, codes in (("0", ["rsl-max-age"]), ("P7D", ["rsl-max-age"]), ("7", [])):
        found = read(document(place(SEARCH), f'<rsl xmlns="{NAMESPACE}" max-age="{age}">'))
        assert [p.code for p in found.problems] == codes


@pytest.mark.parametrize("media_type", ["text/xml", "application/xml; charset=utf-8", "text/plain"])
def test_the_media_type_is_checked(media_type: str):
    found = read(document(place(SEARCH)), media_type=media_type)
    assert [(p.code, p.severity) for p in found.problems] == [("rsl-media-type", "warning")]
    assert effect(found, Act.SEARCH) is Effect.ALLOW


def test_other_xml_is_not_for_this_dialect():
    for text in ("<urlset/>", "<urlset>", "<html>&nbsp;</html>"):
        assert RSL.read(Artefact(Kind.FILE, text, "sitemap.xml", media_type="application/xml")) == Reading()


def test_malformed_words_refuse_and_never_grant():
    for word in ("SEARCH", "search,ai-input", "search;"):
        assert (
            effect(read(document(place(f'<prohibits type="usage">{word}</prohibits>'))), Act.SEARCH)
            is Effect.DENY
        )
        granted = read(document(place(f'<permits type="usage">{word}</permits>')))
        assert effect(granted, Act.SEARCH) is Effect.UNKNOWN
    for more in (
        '<permits type="user">friends</permits>',
        '<permits type="geo">Mars</permits>',
        '<permits type="age">18</permits>',
    ):
        assert effect(read(document(place(SEARCH + more))), Act.SEARCH) is Effect.UNKNOWN


def test_other_origins_are_not_for_this_one_to_grant():
    body = place(SEARCH, "https://other.example/") + place(SEARCH, "https://guild.example/a")
    found = read(document(body), where="https://guild.example/rsl.xml")
    assert [p.code for p in found.problems] == ["rsl-other-origin"]
    assert effect(found, Act.SEARCH, "https://other.example/x") is Effect.UNKNOWN
    assert effect(found, Act.SEARCH, "https://guild.example/a") is Effect.ALLOW


def test_what_is_not_the_declarers_own_refuses_and_never_grants():
    found = read(document(place(SEARCH + '<prohibits type="usage">ai-train</prohibits>')), verified=False)
    assert effect(found, Act.SEARCH) is Effect.UNKNOWN
    assert effect(found, Act.TRAIN_GEN) is Effect.DENY


# Hostile --------------------------------------------------------------------------------------------------

HOSTILE = {
    "billion laughs": '<!DOCTYPE r [<!ENTITY a "a"><!ENTITY b "&a;&a;">]>' + document(place("&b;")),
    "external entity": '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + document(place("&a;")),
    "depth": document("<content>" * 100_000),
    "size": document("x" * 50_000_000),
    "attributes twice": document('<content url="/" url="/"/>'),
    "many places": document("".join(place(SEARCH, f"/{i}") for i in range(2000))),
    "many elements": document(place(SEARCH * 100_000)),
    "half a character": document("\ud800"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_are_problems_in_bounded_time(name: str):
    start = time.monotonic()
    found = read(HOSTILE[name])
    assert found.problems
    assert not found.signals
    assert time.monotonic() - start < 20


def test_invalid_utf8_as_it_reaches_a_reader():
    text = document(place(SEARCH)).encode().replace(b"search", b"sea\xffrch").decode("utf-8", "replace")
    found = read(text)
    assert [p.code for p in found.problems] == ["rsl-unknown-token"]
    assert not found.signals


def test_as_many_places_as_are_read_take_bounded_time():
    text = document("".join(place(SEARCH, "/" + "a" * i) for i in range(1, 500)))
    start = time.monotonic()
    assert not read(text).problems
    assert time.monotonic() - start < 20


VALID = [document(right) for *_, right in MISTAKES.values()]
KINDS = [
    Artefact(Kind.FILE, "", "rsl.xml", media_type="application/rsl+xml"), Artefact(Kind.FILE, "", "feed.xml"),
    Artefact(Kind.TAG, ""), Artefact(Kind.HEADER, "", name="Link"), Artefact(Kind.ROBOTS, ""),
]  # fmt: skip


@given(st.sampled_from(KINDS), st.text() | st.binary().map(lambda b: b.decode("utf-8", "surrogateescape")))
def test_any_text_is_read(artefact: Artefact, text: str):
    artefact = Artefact(artefact.kind, text, artefact.path, artefact.name, artefact.media_type)
    assert isinstance(RSL.reads(artefact), bool)
    assert isinstance(RSL.read(artefact), Reading)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from(VALID))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        size = draw(st.integers(0, 20))
        text = text[:at] + draw(st.text(max_size=8) | st.sampled_from(VALID)) + text[at + size :]
    return text


@given(mutated(), st.booleans())
@settings(max_examples=300, deadline=None)
def test_mutated_documents_are_read(text: str, script: bool):
    found = RSL.read(Artefact(Kind.TAG, f"<script type=application/rsl+xml>{text}")) if script else read(text)
    for signal in found.signals:
        assert msgspec.json.encode(signal.terms)


def test_all_words_are_in_the_table():
    assert {t.name for t in TOKENS} == {*LEAVES.values(), *WIDE.values()}
