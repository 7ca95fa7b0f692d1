"""Content Signals: what is written, what is read, and each mistake with its repaired twin."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.rules import Act, Attribute, Effect, Policy, Rule, Scope, Terms
from commonweal.rules.dialects import named
from commonweal.rules.dialects.base import Artefact, Kind, Reading
from commonweal.rules.export import write

SIGNALS = named("content-signals")
CELLS = {
    "search": {Act.SEARCH},
    "ai-input": {Act.GROUND, Act.INDEX},
    "ai-train": {Act.TRAIN_GEN, Act.TRAIN_DISC},
}


def said(effect: Effect, *acts: Act, **fields) -> Terms:
    owed = frozenset({Attribute()}) if effect is Effect.CONDITIONAL else frozenset()
    return Terms((Rule(frozenset(acts), effect, duties=owed, **fields),))


def robots(line: str) -> Artefact:
    return Artefact(Kind.ROBOTS, f"User-agent: *\n{line}\nAllow: /", where="robots.txt")


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize(
    ("effect", "word", "read"),
    [
        (Effect.ALLOW, "yes", Effect.ALLOW),
        (Effect.DENY, "no", Effect.DENY),
        (Effect.CONDITIONAL, "no", Effect.DENY),
    ],
)
def test_each_cell_is_written_with_its_signal_and_read_back(name, effect, word, read):
    export = write(SIGNALS, said(effect, *CELLS[name]))
    texts = [a.text for a in export.written.artefacts]
    assert texts == [f"Content-Signal: {name}={word}", f"{name}={word}"]
    assert {Policy.of(export.signals).over(act, "/").effect for act in CELLS[name]} == {read}


def test_the_whole_site_is_told_the_strictest_that_holds_anywhere():
    terms = said(Effect.ALLOW, *CELLS["ai-train"])
    terms = terms.meet(said(Effect.DENY, Act.TRAIN_GEN, scope=Scope(frozenset({"/paid/"}))))
    [line, _] = write(SIGNALS, terms).written.artefacts
    assert line.text == "Content-Signal: ai-train=no"


def test_what_is_allowed_on_some_paths_only_is_not_granted_to_the_site():
    terms = said(Effect.ALLOW, Act.SEARCH, scope=Scope(frozenset({"/open/"})))
    assert write(SIGNALS, terms).written.artefacts == ()


@pytest.mark.parametrize(
    ("line", "code", "repaired"),
    [
        ("Content-Signal: train-ai=no", "foreign-signal", "Content-Signal: ai-train=no"),
        ("Content-Signal: ai_train=no", "foreign-signal", "Content-Signal: ai-train=no"),
        ("Content-Signal: inference=no", "foreign-signal", "Content-Signal: ai-input=no"),
        ("Content-Signal: AI-Train=no", "unknown-signal", "Content-Signal: ai-train=no"),
        ("Content-Signal: ai-train=n", "value", "Content-Signal: ai-train=no"),
        ("Content-Signal: ai-train no", "unknown-signal", "Content-Signal: ai-train=no"),
        ("Content-Signal: use=sometimes", "value", "Content-Signal: use=reference"),
    ],
)
def test_each_mistake_is_found_with_its_line_and_its_repaired_twin_is_silent(line, code, repaired):
    [problem] = SIGNALS.read(robots(line)).problems
    assert (problem.code, problem.line, problem.where) == (f"content-signals-{code}", 2, "robots.txt")
    assert SIGNALS.read(robots(repaired)).problems == ()


def test_what_is_said_twice_is_what_was_refused_once():
    read = Policy.of(SIGNALS.read(robots("Content-Signal: search=no,search=yes")).signals)
    assert read.over(Act.SEARCH, "/").effect is Effect.DENY


@pytest.mark.parametrize(
    ("use", "granted"),
    [
        ("full", {"search", "ai-input"}),
        ("reference", {"search"}),
        ("immediate", set()),
        ("sometimes", set()),
    ],
)
def test_a_level_of_use_is_a_ceiling_on_what_is_granted_and_lifts_no_refusal(use, granted):
    line = f"Content-Signal: search=yes,ai-input=yes,ai-train=no,use={use}"
    read = Policy.of(SIGNALS.read(robots(line)).signals)
    found = {n for n, acts in CELLS.items() if all(read.over(a, "/").effect is Effect.ALLOW for a in acts)}
    assert found == granted
    assert read.over(Act.TRAIN_GEN, "/").effect is Effect.DENY


def test_a_signal_outside_of_groups_is_found():
    [problem] = SIGNALS.read(
        Artefact(Kind.ROBOTS, "Content-Signal: search=yes\nUser-agent: *\nAllow: /")
    ).problems
    assert (problem.code, problem.line) == ("content-signals-outside-group", 1)


@given(st.text(max_size=200))
@settings(max_examples=200)
def test_nothing_that_stands_in_a_header_or_a_file_makes_the_reader_fail(text):
    assert isinstance(SIGNALS.read(Artefact(Kind.HEADER, text, name="Content-Signal")), Reading)
    assert isinstance(SIGNALS.read(robots(f"Content-Signal: {text}")), Reading)
