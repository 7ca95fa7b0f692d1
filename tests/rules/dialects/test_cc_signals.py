"""CC signals: exceptions to a plain refusal, for credit and for contribution."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.rules import Act, Attribute, Effect, Flow, Pay, Policy, Rule, Terms, Watermark
from commonweal.rules.dialects import named
from commonweal.rules.dialects.base import Artefact, Kind, Reading, Site
from commonweal.rules.export import write
from commonweal.rules.publish import publish

CC, AIPREF = named("cc-signals"), named("aipref")


def owing(*duties, act=Act.TRAIN_GEN, flow=Flow()) -> Terms:  # noqa: B008
    return Terms((Rule(frozenset({act}), Effect.CONDITIONAL, duties=frozenset(duties), flow=flow),))


def robots(value: str) -> Artefact:
    return Artefact(Kind.ROBOTS, f"User-agent: *\nContent-Usage: {value}\nAllow: /", where="robots.txt")


@pytest.mark.parametrize(
    ("duties", "exceptions"),
    [
        ((Attribute(),), "cc-cr"),
        ((Attribute(), Pay("in-kind")), "cc-cr-dc"),
    ],
)
@pytest.mark.parametrize(("act", "label"), [(Act.TRAIN_GEN, "train-ai"), (Act.GROUND, "ai-use")])
def test_credit_and_contribution_are_exceptions_and_come_back_exactly(duties, exceptions, act, label):
    export = write(CC, owing(*duties, act=act))
    assert export.written.artefacts[0].text == f"Content-Usage: / {label}=n;exceptions={exceptions}"
    read = Policy.of(export.signals).over(act, "/")
    assert (read.effect, read.duties) == (Effect.CONDITIONAL, frozenset(duties))


def test_a_plain_reader_of_aipref_sees_the_refusal():
    line = write(CC, owing(Attribute())).written.artefacts[0].text.removeprefix("Content-Usage: ")
    assert Policy.of(AIPREF.read(robots(line)).signals).over(Act.TRAIN_GEN, "/").effect is Effect.DENY
    assert AIPREF.read(robots(line)).problems == ()


@pytest.mark.parametrize(
    "terms",
    [
        owing(Watermark()),
        owing(Attribute("by name and link")),
        owing(Attribute(), Pay("fixed")),
        owing(Pay("in-kind")),
        owing(Attribute(), flow=Flow(depth=1)),
    ],
    ids=["watermark", "form", "price", "contribution alone", "flow"],
)
def test_what_an_exception_does_not_say_exactly_is_not_offered(terms):
    assert write(CC, terms).written.artefacts == ()


def test_together_with_aipref_one_line_stands_for_both():
    site = Site("https://x.example")
    text = publish(owing(Attribute()), site, [AIPREF, CC]).files["robots.txt"].decode()
    lines = [line for line in text.splitlines() if line.startswith("Content-Usage")]
    assert lines == ["Content-Usage: / train-ai=n;exceptions=cc-cr"]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("train-ai=n;exceptions=cc-xx", "cc-signals-exception"),
        ("train-ai=n;exceptions=cr", "cc-signals-exception"),
        ("train-ai=n;exceptions=cc-cr-op", "cc-signals-open"),
        ("train-ai=n;exceptions=cc-ec", "cc-signals-open"),
    ],
)
def test_exceptions_that_are_not_understood_grant_nothing_and_are_told_with_their_line(value, code):
    reading = CC.read(robots(value))
    [problem] = reading.problems
    assert (problem.code, problem.line, problem.where) == (code, 2, "robots.txt")
    assert Policy.of(reading.signals).over(Act.TRAIN_GEN, "/").effect is Effect.DENY
    assert CC.read(robots("train-ai=n;exceptions=cc-cr")).problems == ()


def test_a_file_without_exceptions_is_left_to_aipref():
    assert not CC.reads(robots("train-ai=n"))


@given(st.text(max_size=200))
@settings(max_examples=200)
def test_nothing_that_stands_in_a_header_or_a_file_makes_the_reader_fail(text):
    assert isinstance(
        CC.read(Artefact(Kind.HEADER, f"ai-use=n;exceptions={text}", name="Content-Usage")), Reading
    )
    assert isinstance(CC.read(robots(f"train-ai=n;exceptions={text}")), Reading)
