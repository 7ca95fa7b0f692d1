"""X-Robots-Tag: what is refused by which directive, to whom, from when; what is malformed."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rule_strategies as strategies
from commonweal.rules import Act, Attribute, Effect, Life, Policy, Request, Rule, Scope, Terms
from commonweal.rules.dialects.base import Artefact, Kind, Site
from commonweal.rules.dialects.x_robots import DIALECT
from commonweal.rules.export import write

SITE = Site("https://guild.example", "https://guild.example/terms.json", strategies.NOW)
LATER = strategies.MOMENTS[2]


def rule(*acts: Act, effect: Effect = Effect.DENY, **more) -> Rule:
    duties = frozenset({Attribute()}) if effect is Effect.CONDITIONAL else frozenset()
    return Rule(frozenset(acts), effect, duties=duties, **more)


def headers(*rules: Rule) -> dict[str, str]:
    artefacts = write(DIALECT, Terms(rules), SITE).written.artefacts
    tags = {a.path: a.text for a in artefacts if a.kind is Kind.TAG}
    found = {a.path: a.text for a in artefacts if a.kind is Kind.HEADER}
    assert tags == {path: f'<meta name="robots" content="{text}">' for path, text in found.items()}
    return found


def header(value: str) -> Artefact:
    return Artefact(Kind.HEADER, value, name="x-robots-tag", where="headers", line=3)


def page(*elements: str) -> Artefact:
    return Artefact(Kind.TAG, "\n".join(elements), where="page.html")


def refused(artefact: Artefact, name: str = "other.example", at: datetime = strategies.NOW) -> set[Act]:
    """Return what is refused to somebody; nothing may ever be granted."""
    policy = Policy.of(DIALECT.read(artefact).signals)
    found = {act: policy.decide(Request(act, name=name, url="/", at=at)).effect for act in Act}
    assert set(found.values()) <= {Effect.DENY, Effect.UNKNOWN}
    return {act for act, effect in found.items() if effect is Effect.DENY}


# Writing ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("acts", "value"),
    [
        ({Act.TRAIN_GEN}, "noai, noimageai"),
        ({Act.TRAIN_DISC}, "noai, noimageai"),
        ({Act.SEARCH}, "noindex"),
        ({Act.GROUND}, "nosnippet"),
        ({Act.GROUND, Act.TRAIN_GEN}, "noai, noimageai, nosnippet, noarchive"),
        ({Act.MINE, Act.INDEX, Act.EVAL, Act.CRAWL}, None),
    ],
)
@pytest.mark.parametrize("effect", [Effect.DENY, Effect.CONDITIONAL])
def test_each_cell_that_is_refused_or_owes_something(acts, value, effect):
    assert headers(rule(*acts, effect=effect)).get("/") == value


@pytest.mark.parametrize("act", list(Act))
def test_permission_is_never_written(act):
    export = write(DIALECT, Terms((rule(act, effect=Effect.ALLOW),)), SITE)
    assert not export.written.artefacts
    assert any(loss.what == str(act) for loss in export.losses)


def test_answers_are_left_open_where_search_with_its_snippet_is_allowed():
    rules = rule(Act.GROUND), rule(Act.SEARCH, effect=Effect.ALLOW)
    assert headers(*rules) == {}
    assert any("nosnippet" in loss.why for loss in write(DIALECT, Terms(rules), SITE).losses)


def test_a_path_gets_what_the_shorter_one_does_not_say():
    some = Scope(urls=frozenset({"/a/"}))
    assert headers(rule(Act.TRAIN_GEN), rule(Act.SEARCH, scope=some)) == {
        "/": "noai, noimageai",
        "/a/": "noindex",
    }
    assert headers(rule(Act.SEARCH, scope=some)) == {"/a/": "noindex"}


def test_search_that_ends_is_written_with_its_end():
    until = f"unavailable_after: {LATER:%Y-%m-%dT%H:%M:%SZ}"
    allowed = rule(Act.SEARCH, effect=Effect.ALLOW, life=Life(expiry=LATER))
    assert headers(allowed) == {"/": until}
    assert headers(rule(Act.SEARCH, life=Life(effective=LATER))) == {"/": until}
    read = Policy.of(write(DIALECT, Terms((allowed,)), SITE).signals)
    assert read.decide(Request(Act.SEARCH, url="/", at=LATER)).effect is Effect.DENY
    assert read.decide(Request(Act.SEARCH, url="/", at=strategies.NOW)).effect is Effect.UNKNOWN


# Reading ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "acts"),
    [
        ("noai", {Act.TRAIN_GEN, Act.TRAIN_DISC}),
        ("NoImageAI", {Act.TRAIN_GEN, Act.TRAIN_DISC}),
        ("noindex, nofollow", {Act.SEARCH}),
        ("none", {Act.SEARCH}),
        ("nosnippet", {Act.GROUND}),
        ("max-snippet:0", {Act.GROUND}),
        ("max-snippet: 20, max-image-preview:large", set()),
        ("max-snippet:-1", set()),
        ("all", set()),
        ("index, follow", set()),
        ("noarchive", set()),
        ("", set()),
        (" , ,", set()),
    ],
)
def test_what_a_directive_refuses_in_a_header_and_in_a_page(value, acts):
    for artefact in (header(value), page(f'<META Content="{value}" NAME=Robots>')):
        assert refused(artefact) == acts
        assert not DIALECT.read(artefact).problems


def test_noarchive_speaks_to_those_who_heed_it():
    assert refused(header("noarchive"), "microsoft.com") == {Act.GROUND, Act.TRAIN_GEN}
    assert refused(header("noarchive"), "Amazonbot") == {Act.TRAIN_GEN}
    assert refused(header("noarchive, nocache"), "microsoft.com") == set()
    assert refused(header("bingbot: noarchive"), "bingbot") == {Act.GROUND, Act.TRAIN_GEN}
    assert refused(header("bingbot: noarchive"), "amazonbot") == set()


def test_what_is_addressed_to_one_robot_holds_for_its_operator_alone():
    for artefact in (
        header("googlebot: noindex, nosnippet"),
        page('<meta name="googlebot" content="noindex, nosnippet">'),
    ):
        assert refused(artefact, "google.com") == refused(artefact, "Googlebot") == {Act.SEARCH, Act.GROUND}
        assert refused(artefact) == set()
    assert refused(header("noai, otherbot: noindex, a-bot: none"), "otherbot") >= {Act.SEARCH, Act.TRAIN_GEN}
    assert refused(header("googlebot: unavailable_after: 2020-01-01"), "google.com") == {Act.SEARCH}
    assert Act.SEARCH not in refused(header("noai, otherbot: noindex"))


@pytest.mark.parametrize(
    "date",
    [
        "2027-01-01T00:00:00Z", "2027-01-01", "Fri, 01 Jan 2027 00:00:00 GMT",
        "Friday, 01-Jan-27 00:00:00 UTC", "1 Jan 2027 00:00:00", "31 Dec 2026 19:00:00 EST",
    ],
)  # fmt: skip
def test_dates_in_the_formats_that_are_in_use(date):
    artefact = header(f"noai, unavailable_after: {date}, nosnippet")
    assert not DIALECT.read(artefact).problems
    assert Act.SEARCH not in refused(artefact, at=datetime(2026, 12, 31, 23, tzinfo=UTC))
    assert refused(artefact, at=datetime(2027, 1, 1, tzinfo=UTC)) >= {Act.SEARCH, Act.GROUND, Act.TRAIN_GEN}


def test_elements_of_a_page_add_up_and_name_their_lines():
    other, last = '<meta name="description" content="noindex">', '<meta name="robots" content="none">'
    artefact = page('<meta charset="utf-8">', "", '<meta name="robots" content="noai">', other, last)
    (signal,) = DIALECT.read(artefact).signals
    assert signal.channel == "html" and sorted(signal.lines) == [3, 5]
    assert refused(artefact) == {Act.TRAIN_GEN, Act.TRAIN_DISC, Act.SEARCH}


def test_a_header_of_a_path_speaks_of_that_path():
    (signal,) = DIALECT.read(Artefact(Kind.HEADER, "noai", path="/a/", name="X-Robots-Tag")).signals
    assert Policy.of(signal).over(Act.TRAIN_GEN, "/b").effect is Effect.UNKNOWN
    assert Policy.of(signal).over(Act.TRAIN_GEN, "/a/b").effect is Effect.DENY


MALFORMED = [
    ("x-robots-separator", "noindex nofollow", "noindex, nofollow", {Act.SEARCH}),
    ("x-robots-spelling", "no-index", "noindex", set()),
    ("x-robots-spelling", "No_AI", "noai", set()),
    ("x-robots-value", "max-snippet:none", "max-snippet:0", set()),
    ("x-robots-date", "unavailable_after: soon", "unavailable_after: 2027-01-01", set()),
    ("x-robots-date", "unavailable_after: 0001-01-01T00:00:00+23:59", "unavailable_after: 2027-01-01", set()),
    ("x-robots-unknown", "train-ai=n", "noai", set()),
]


@pytest.mark.parametrize(("code", "value", "mended", "acts"), MALFORMED)
def test_what_is_malformed_is_named_with_its_line_and_its_repair_is_silent(code, value, mended, acts):
    assert [(p.code, p.line) for p in DIALECT.read(header(value)).problems] == [(code, 3)]
    assert refused(header(value)) == acts
    repaired = DIALECT.read(header(mended))
    assert repaired.signals and not repaired.problems


def test_a_slip_in_the_name_of_an_element_is_named():
    artefact = page("", '<meta name="robot" content="noai">')
    assert [(p.code, p.line) for p in DIALECT.read(artefact).problems] == [("x-robots-name", 2)]
    assert refused(artefact) == set()


# Anything ---------------------------------------------------------------------------------------------------

words = st.sampled_from(
    ["noai", "none", ",", ":", " ", "unavailable_after", "max-snippet", "googlebot", "fri,", "25 Jun 2010",
     "0", "-1", "<meta name=robots content=", '"', ">", "\0"]
)  # fmt: skip


@given(st.text() | st.lists(words | st.text(max_size=3)).map("".join))
def test_anything_is_read_and_grants_nothing(text):
    for artefact in (header(text), page(text), page(f'<meta name="robots" content="{text}">')):
        refused(artefact)


@given(st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape")))
def test_any_bytes_are_read(text):
    refused(header(text))
    refused(page(text))


def test_endless_values_are_read_in_a_moment():
    start = time.perf_counter()
    for value in ("noindex," * 200_000, "a" * 1_000_000, "x:" * 300_000, "unavailable_after:" * 100_000):
        DIALECT.read(header(value))
        DIALECT.read(page(f'<meta name="robots" content="{value}">' * 3))
    assert time.perf_counter() - start < 5
