"""Verdicts: order never matters, nothing is guessed, and what is commons stays so whatever is learnt."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.commons.facts import Facts, both, days, facts_of, holds
from commonweal.commons.judge import judge
from commonweal.commons.licences import Licence, recognise
from commonweal.commons.rules import Rule, Rules, Verdict, When

LICENCES = ("CC0-1.0", "CC-BY-4.0", "CC-BY-3.0", "CC-BY-NC-4.0", "MIT")
WANTED = (*LICENCES, "dedication", "cc-by", "cc-by-nc", "permissive")
DAY = st.dates(date(1920, 1, 1), date(1940, 1, 1))
CODES = st.sets(st.sampled_from(["US", "DE"]), min_size=1)
known = st.sampled_from([next(iter(recognise(name))) for name in LICENCES])


def subset(of: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(of), max_size=2, unique=True).map(tuple)


whens = st.builds(
    dict,
    licence=subset(WANTED),
    published_before=st.none() | DAY,
    published_after=st.none() | DAY,
    author_died_before=st.none() | DAY,
    government=subset(("US", "DE")),
    jurisdiction=subset(("US", "DE")),
    dedicated_by_owner=st.booleans(),
    decision=subset(("a", "b")),
).filter(lambda given: any(given.values())).map(lambda given: When(**given))  # fmt: skip


@st.composite
def rule_sets(draw: st.DrawFn) -> Rules:
    verdicts = draw(st.lists(st.sampled_from(list(Verdict)), min_size=1, max_size=5))
    rules = [
        Rule(id=f"r{i}", verdict=v, when=draw(whens), unless=draw(st.none() | whens), reason="r", source="s")
        for i, v in enumerate(verdicts)
    ]
    return Rules(rules=tuple(rules))


spans = st.tuples(DAY, st.integers(0, 400)).map(lambda s: (s[0], s[0] + timedelta(s[1])))
facts = st.builds(
    Facts,
    licences=st.frozensets(st.none() | known | st.just(Licence("", "cc-by")), max_size=2),
    published=st.none() | spans,
    died=st.none() | spans,
    government=st.frozensets(st.sampled_from(["US", "DE"]), max_size=1),
    jurisdiction=st.frozensets(st.sampled_from(["US", "DE"]), max_size=1),
    dedicated=st.booleans(),
    decision=st.frozensets(st.sampled_from(["a", "b"]), max_size=1),
)


@st.composite
def learnt(draw: st.DrawFn, before: Facts) -> Facts:
    """Facts in which everything that was open is settled somehow."""

    def day(span: tuple[date, date] | None) -> tuple[date, date]:
        first, last = span or (date(1920, 1, 1), date(1940, 1, 1))
        one = draw(st.dates(first, last))
        return one, one

    def licence(one: Licence | None) -> Licence:
        if one is None:
            return draw(known)
        return one if one.spdx else Licence(draw(st.sampled_from(["CC-BY-4.0", "CC-BY-3.0"])), one.family)

    return replace(
        before,
        licences=frozenset(map(licence, before.licences)),
        published=day(before.published),
        died=day(before.died),
        jurisdiction=before.jurisdiction or frozenset(draw(CODES)),
    )


@given(rules=rule_sets(), work=facts, data=st.data())
def test_what_is_commons_stays_commons_whatever_is_learnt(
    rules: Rules, work: Facts, data: st.DataObject
) -> None:
    if judge(rules, work).verdict is Verdict.COMMONS:
        assert judge(rules, data.draw(learnt(work))).verdict is Verdict.COMMONS


@given(rules=rule_sets(), work=facts, data=st.data())
def test_order_never_matters(rules: Rules, work: Facts, data: st.DataObject) -> None:
    mixed = Rules(rules=tuple(data.draw(st.permutations(rules.rules))))
    assert judge(mixed, work) == judge(rules, work)


def fits(rule: Rule, work: Facts) -> bool:
    """A slow second opinion on works of which everything is known."""

    def all_of(when: When) -> bool:
        (licence,) = work.licences or [None]
        published, died = work.published, work.died
        assert published and died
        checks = {
            "licence": lambda v: licence is not None and bool({licence.spdx, licence.family} & set(v)),
            "published_before": lambda v: published[0] < date.fromisoformat(v),
            "published_after": lambda v: published[0] > date.fromisoformat(v),
            "author_died_before": lambda v: died[0] < date.fromisoformat(v),
            "government": lambda v: bool(work.government & set(v)),
            "jurisdiction": lambda v: bool(work.jurisdiction & set(v)),
            "dedicated_by_owner": lambda v: work.dedicated,
            "decision": lambda v: bool(work.decision & set(v)),
        }  # fmt: skip
        return all(checks[name](value) for name, value in msgspec.to_builtins(when).items())

    return all_of(rule.when) and not (rule.unless and all_of(rule.unless))


@given(rules=rule_sets(), work=facts, data=st.data())
def test_where_all_is_known_the_verdict_is_what_the_fitting_rules_agree_on(
    rules: Rules, work: Facts, data: st.DataObject
) -> None:
    whole = data.draw(learnt(replace(work, licences=frozenset([*work.licences][:1]))))
    fitting = [rule for rule in rules.rules if fits(rule, whole)]
    verdicts = {rule.verdict for rule in fitting}
    found = judge(rules, whole)
    assert found.verdict == (verdicts.pop() if len(verdicts) == 1 else Verdict.UNDECIDED)
    assert found.rules == tuple(sorted(rule.id for rule in fitting))


def rule(name: str, verdict: str, **when: object) -> Rule:
    return Rule(id=name, verdict=Verdict(verdict), when=When(**when), reason=f"{name}!", source="s")


FREE = rule("free", "commons", licence=("cc-by",))
OLD = rule("old", "commons", published_before=date(1931, 1, 1))
CLOSED = rule("closed", "not", licence=("cc-by-nc",))
NEW = rule("new", "not", published_after=date(2020, 1, 1))


@pytest.mark.parametrize(
    ("row", "verdict", "cited", "words"),
    [
        ({"licence": "CC BY 4.0", "published": 1999}, "commons", "free", "free!"),
        ({"licence": "CC BY 4.0", "published": "1930-05"}, "commons", "free old", "free! old!"),
        ({"published": "1900"}, "commons", "old", "old!"),
        ({"licence": "house rules", "published": "1900"}, "undecided", "closed old", "licence not known"),
        ({"licence": "CC BY-NC 4.0", "published": "1900"}, "undecided", "closed old", "rules disagree"),
        ({"licence": "CC BY-NC 4.0"}, "not", "closed", "closed!"),
        (
            {"licence": "CC BY 4.0"},
            "undecided",
            "free new",
            "free fits, but new may fit, published not known",
        ),
        (
            {"licence": "CC BY 4.0 AND CC BY-NC 4.0", "published": 1999},
            "undecided",
            "closed free",
            "not known",
        ),
        ({"published": 1999}, "undecided", "", "no rule fits"),
        ({"published": "1931"}, "undecided", "", "no rule fits"),
        ({"published": "13-Jun-1930"}, "undecided", "new old", "published not known"),
        ({"published": 2020}, "undecided", "new", "new may fit, published not known"),
        ({}, "undecided", "new old", "published not known"),
    ],
)
def test_verdicts_cite_their_rules(row: dict[str, object], verdict: str, cited: str, words: str) -> None:
    found = judge(Rules(rules=(FREE, OLD, CLOSED, NEW)), facts_of(row))
    assert (str(found.verdict), found.rules) == (verdict, tuple(sorted(cited.split())))
    assert words in found.reason


def test_a_rule_that_may_be_excepted_from_puts_nothing_into_the_commons() -> None:
    excepted = Rule(id="x", verdict=Verdict.COMMONS, when=FREE.when, unless=NEW.when, reason="r", source="s")
    rules = Rules(rules=(excepted,))
    assert judge(rules, facts_of({"licence": "CC BY 4.0"})).verdict is Verdict.UNDECIDED
    assert judge(rules, facts_of({"licence": "CC BY 4.0", "published": 2010})).verdict is Verdict.COMMONS
    assert judge(rules, facts_of({"licence": "CC BY 4.0", "published": 2022})).rules == ()


@pytest.mark.parametrize(
    ("row", "dedicated"),
    [
        ({"owner": "a", "dedicated_by": "a"}, True),
        ({"owner": ["a", "b"], "dedicated_by": "a"}, False),
        ({"owner": ["a", "b"], "dedicated_by": ["b", "a"]}, True),
        ({"owner": "a", "dedicated_by": "b"}, False),
        ({"dedicated_by": "a"}, False),
        ({"owner": "a"}, False),
    ],
)
def test_only_all_owners_together_dedicate_a_work(row: dict[str, object], dedicated: bool) -> None:
    assert holds(When(dedicated_by_owner=True), facts_of(row)) == {"dedicated_by_owner": dedicated}


def test_of_several_authors_the_last_to_die_counts() -> None:
    when = When(author_died_before=date(1950, 1, 1))
    for died, truth in (
        (["1930", "1949"], True),
        (["1930", "1950"], False),
        (["1930", None], None),
        ([], None),
    ):
        assert holds(when, facts_of({"author_died": died})) == {"author_died_before": truth}


@pytest.mark.parametrize(
    "text", ["", "01/02/1930", "13-Jun-2000", "19300", "1930-13", "1930-02-30", True, 1930.5]
)
def test_what_is_no_iso_date_is_no_date(text: object) -> None:
    assert days(text) is None


def test_dates_are_as_long_as_they_are_written() -> None:
    assert days("1932-02") == (date(1932, 2, 1), date(1932, 2, 29))
    assert days(1930) == (date(1930, 1, 1), date(1930, 12, 31))
    assert days("2014-01-21T20:26:05.383") == (date(2014, 1, 21), date(2014, 1, 21))


@given(st.lists(st.sampled_from([True, False, None])))
def test_all_hold_only_if_each_surely_does(truths: list[bool | None]) -> None:
    if both(truths) is None:
        assert None in truths
        assert False not in truths
    else:
        assert both(truths) == all(t is True for t in truths)
