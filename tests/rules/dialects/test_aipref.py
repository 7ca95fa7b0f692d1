"""AIPREF: labels that are written and read, in robots.txt and as a header."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.rules import Act, Attribute, Effect, Policy, Request, Rule, Scope, Terms
from commonweal.rules.dialects import named
from commonweal.rules.dialects.base import Artefact, Kind, Reading, Site
from commonweal.rules.export import write

AIPREF = named("aipref")
CELLS = {Act.TRAIN_GEN: "train-ai", Act.GROUND: "ai-use", Act.SEARCH: "search"}


def said(effect: Effect, *acts: Act, **fields) -> Terms:
    owed = frozenset({Attribute()}) if effect is Effect.CONDITIONAL else frozenset()
    return Terms((Rule(frozenset(acts), effect, duties=owed, **fields),))


def robots(*lines: str) -> Artefact:
    return Artefact(Kind.ROBOTS, "\n".join(["User-agent: *", *lines, "Allow: /"]), where="robots.txt")


@pytest.mark.parametrize("act", CELLS)
@pytest.mark.parametrize(
    ("effect", "word", "read"),
    [
        (Effect.ALLOW, "y", Effect.ALLOW),
        (Effect.DENY, "n", Effect.DENY),
        (Effect.CONDITIONAL, "n", Effect.DENY),
    ],
)
def test_each_cell_is_written_with_its_label_and_read_back(act, effect, word, read):
    export = write(AIPREF, said(effect, act))
    assert [a.text for a in export.written.artefacts] == [
        f"Content-Usage: / {CELLS[act]}={word}", f"{CELLS[act]}={word}",
    ]  # fmt: skip
    assert Policy.of(export.signals).over(act, "/").effect is read
    assert (export.losses != ()) == (effect is Effect.CONDITIONAL)


def test_search_is_not_granted_where_rankers_may_not_be_trained():
    terms = said(Effect.ALLOW, Act.SEARCH).meet(said(Effect.DENY, Act.TRAIN_DISC))
    export = write(AIPREF, terms)
    assert export.written.artefacts == ()
    assert any("train the models it ranks with" in loss.why for loss in export.losses)


def test_every_line_says_all_that_holds_on_its_path_for_the_longest_match_speaks_alone():
    terms = said(Effect.ALLOW, Act.TRAIN_GEN, Act.GROUND)
    terms = terms.meet(said(Effect.DENY, Act.TRAIN_GEN, scope=Scope(frozenset({"/paid/"}))))
    export = write(AIPREF, terms, Site("https://x.example"))
    lines = [a.text for a in export.written.artefacts if a.kind is Kind.ROBOTS]
    assert lines == [
        "Content-Usage: / train-ai=y, ai-use=y",
        "Content-Usage: /paid/ train-ai=n, ai-use=y",
    ]
    read = Policy.of(AIPREF.read(robots(*lines)).signals)
    assert read.over(Act.TRAIN_GEN, "/paid/").effect is Effect.DENY
    assert read.over(Act.GROUND, "/paid/").effect is Effect.ALLOW


@pytest.mark.parametrize(
    ("line", "code", "repaired"),
    [
        ("Content-Usage: train-ai=n, , search=y", "aipref-syntax", "Content-Usage: train-ai=n, search=y"),
        ("Content-Usage: train-genai=n", "aipref-retired-label", "Content-Usage: train-ai=n"),
        ("Content-Usage: ai-train=n", "aipref-foreign-label", "Content-Usage: train-ai=n"),
        ("Content-Usage: inference=n", "aipref-foreign-label", "Content-Usage: ai-use=n"),
        ("Content-Usage: Train-AI=n", "aipref-syntax", "Content-Usage: train-ai=n"),
        ("Content-Usage: train-ai=no", "aipref-value", "Content-Usage: train-ai=n"),
        ("Content-Usage: train-ai", "aipref-value", "Content-Usage: train-ai=y"),
        ("Content-Usage: colour=n", "aipref-unknown-label", "Content-Usage: train-ai=n"),
        ('Content-Usage: train-ai;has;parameters="?";', "aipref-syntax", "Content-Usage: train-ai=n"),
    ],
)
def test_each_mistake_is_found_with_its_line_and_its_repaired_twin_is_silent(line, code, repaired):
    [problem] = AIPREF.read(robots(line)).problems
    assert (problem.code, problem.line, problem.where) == (code, 2, "robots.txt")
    assert AIPREF.read(robots(repaired)).problems == ()


def test_a_preference_that_belongs_to_no_group_is_found():
    early = Artefact(Kind.ROBOTS, "Content-Usage: train-ai=n\nUser-agent: *\nAllow: /")
    [problem] = AIPREF.read(early).problems
    assert (problem.code, problem.line) == ("aipref-outside-group", 1)


def test_what_one_agent_is_told_restricts_it_alone_and_grants_nothing():
    own = "User-agent: *\nAllow: /\n\nUser-agent: GPTBot\nContent-Usage: train-ai=n, ai-use=y\nAllow: /\n"
    policy = Policy.of(AIPREF.read(Artefact(Kind.ROBOTS, own)).signals)

    def ask(name: str, act: Act) -> Effect:
        return policy.decide(Request(act, name=name, url="/")).effect

    assert ask("GPTBot", Act.TRAIN_GEN) is Effect.DENY
    assert ask("other", Act.TRAIN_GEN) is Effect.UNKNOWN
    assert ask("GPTBot", Act.GROUND) is Effect.UNKNOWN


def test_a_value_that_is_not_understood_grants_nothing():
    for line in ("Content-Usage: train-ai=yes", "Content-Usage: train-ai=?1", "Content-Usage: train-ai=1"):
        assert AIPREF.read(robots(line)).signals == ()


def test_more_lines_than_are_read_are_said_and_none_is_read():
    found = AIPREF.read(robots(*(f"Content-Usage: /{i}/ train-ai=y" for i in range(20_000))))
    assert found.signals == ()
    assert [p.code for p in found.problems] == ["aipref-too-many"]


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda b: b.decode("latin-1")))
@settings(max_examples=300)
def test_nothing_that_stands_in_a_header_or_a_file_makes_the_reader_fail(text):
    assert isinstance(AIPREF.read(Artefact(Kind.HEADER, text, name="Content-Usage")), Reading)
    assert isinstance(AIPREF.read(robots(f"Content-Usage: {text}")), Reading)
