"""Templates: what each decides, and that its text and its terms say the same."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.rules import Act, Effect, Party, Request, Terms, decide, templates
from commonweal.rules.contracts import wording
from commonweal.rules.templates.template import _DATA, _environment, _read
from commonweal.rules.vocabulary import Attribute, Delete, Pay, Report, Watermark

NAMES = templates.names()
MARKS = {"a": Effect.ALLOW, "c": Effect.CONDITIONAL, "d": Effect.DENY, "u": Effect.UNKNOWN}
ORDER = [
    Act.CRAWL, Act.SEARCH, Act.INDEX, Act.GROUND, Act.TRAIN_GEN, Act.TRAIN_DISC, Act.MINE, Act.EVAL,
    Act.SYNTH, Act.REDISTRIBUTE,
]  # fmt: skip
ASKERS: dict[str, dict[str, Any]] = {
    "commercial": {"parties": frozenset({Party.COMMERCIAL})},
    "research": {"parties": frozenset({Party.RESEARCH})},
    "company lab": {"parties": frozenset({Party.RESEARCH, Party.COMMERCIAL})},
    "school": {"parties": frozenset({Party.EDUCATION, Party.NON_COMMERCIAL})},
    "government": {"parties": frozenset({Party.GOVERNMENT})},
    "not said": {},
    "distiller": {"parties": frozenset({Party.COMMERCIAL}), "purpose": "distillation"},
    "own filter": {"parties": frozenset({Party.COMMERCIAL}), "purpose": "spam-filter"},
}
# One letter for each act of ORDER: allow, conditional, deny, unknown.
TABLE = {
    "training-commercial-standard": {
        "commercial": "aaddccccdd",
        "research": "aaddccccdd",
        "not said": "aaddccccdd",
    },
    "retrieval-attribution": {
        "commercial": "aaccdddcdd",
        "research": "aaccdddcdd",
        "not said": "aaccdddcdd",
    },
    "research-open": {
        "commercial": "aadddddddd",
        "research": "aacccccccc",
        "company lab": "aadddddddd",
        "school": "aacccccccc",
        "government": "aadddddddd",
        "not said": "aadddddddd",
    },
    "eval-public": {
        "commercial": "aaddddccdd",
        "research": "aaddddccdd",
        "not said": "aaddddccdd",
    },
    "commons-open": {
        "commercial": "aaaccccccc",
        "research": "aaaccccccc",
        "not said": "aaaccccccc",
    },
    "commons-use-restricted": {
        "commercial": "aadddddddd",
        "research": "aacccccccc",
        "company lab": "aadddddddd",
        "government": "aacccccccc",
        "not said": "aadddddddd",
    },
    "no-ai": {
        "commercial": "aaddddddd" + "u",
        "research": "aaddddudd" + "u",
        "company lab": "aaddddddd" + "u",
        "school": "aaddddudd" + "u",
        "government": "aaddddddd" + "u",
        "not said": "aaddddddd" + "u",
    },
    "data-dividend": {
        "commercial": "aaccccccdd",
        "research": "aaccccccdd",
        "not said": "aaccccccdd",
    },
    "model-outputs": {
        "distiller": "aaccddcadc",
        "own filter": "aacccccacc",
        "not said": "aaccddcadc",
    },
}


def form(name: str) -> dict[str, Any]:
    return tomllib.loads(templates.load(name).form())


def test_there_are_nine_and_each_says_what_it_is_for() -> None:
    assert set(NAMES) == set(TABLE)
    for name in NAMES:
        template = templates.load(name)
        assert template.name == name
        assert template.title
        assert template.summary.endswith(".")
        assert template.terms.contract == f"commonweal/{name}"


@pytest.mark.parametrize(
    ("name", "asker", "said"), [(n, a, s) for n, rows in TABLE.items() for a, s in rows.items()]
)
def test_what_each_template_decides_for_each_act_and_party(name: str, asker: str, said: str) -> None:
    terms = templates.load(name).terms
    found = [decide(terms, Request(act, **ASKERS[asker])).effect for act in ORDER]
    assert found == [MARKS[letter] for letter in said]


@pytest.mark.parametrize(
    ("name", "asker", "said"),
    [(n, a, s) for n, rows in TABLE.items() for a, s in rows.items() if n != "commons-use-restricted"],
)
def test_filling_the_blanks_changes_no_decision_on_the_works_while_the_contract_runs(
    name: str, asker: str, said: str
) -> None:
    terms = templates.load(name).fill(form(name)).terms
    about = {"at": datetime(2028, 1, 1, tzinfo=UTC), "url": "https://writers.example/texts/1"}
    found = [decide(terms, Request(act, **ASKERS[asker], **about)).effect for act in ORDER]
    assert found == [MARKS[letter] for letter in said]


@pytest.mark.parametrize("name", NAMES)
def test_nobody_is_kept_from_search(name: str) -> None:
    for asker in ASKERS.values():
        assert decide(templates.load(name).terms, Request(Act.SEARCH, **asker)).effect is Effect.ALLOW


def test_a_licence_for_research_gives_commercial_actors_nothing_and_what_is_made_carries_it_on() -> None:
    terms = templates.load("research-open").terms
    for act in ORDER[2:]:
        for others in (set(), {Party.RESEARCH}, {Party.EDUCATION}, {Party.RESEARCH, Party.EDUCATION}):
            request = Request(act, parties=frozenset({Party.COMMERCIAL, *others}))
            assert decide(terms, request).effect is Effect.DENY
        granted = decide(terms, Request(act, parties=frozenset({Party.RESEARCH})))
        assert granted.flow.share_alike
        assert not granted.flow.weights
    loose = {**form("research-open"), "flow": {"weights": True}}
    with pytest.raises(InputError, match="share_alike"):
        templates.load("research-open").fill(loose)


def test_terms_on_outputs_say_how_many_levels_deep() -> None:
    template = templates.load("model-outputs")
    blanks = {**form("model-outputs"), "flow": {"depth": 2, "synthetic": 0}}
    contract = template.fill(blanks)
    asked = Request(Act.TRAIN_GEN, purpose="own-use", at=datetime(2028, 1, 1, tzinfo=UTC))
    decision = decide(contract.terms, asked)
    assert (decision.flow.depth, decision.flow.synthetic) == (2, 0)
    assert any(isinstance(d, Watermark) for d in decision.duties)
    assert "At most 2 further levels of models may be trained on outputs." in contract.text
    assert "No synthetic data is made from outputs." in contract.text


def test_each_axis_of_the_excluded_is_enough_by_itself() -> None:
    excluded = {
        "parties": ["government"],
        "purposes": ["surveillance"],
        "names": ["Bad.Example"],
        "geo": ["US"],
    }
    contract = templates.load("commons-use-restricted").fill(
        {**form("commons-use-restricted"), "excluded": excluded}
    )

    def asked(**about: Any) -> Effect:
        plain: dict[str, Any] = {
            "parties": frozenset({Party.RESEARCH}), "purpose": "teaching", "name": "good.example",
            "geo": "DE", "at": datetime(2028, 1, 1, tzinfo=UTC), "url": "https://writers.example/texts/1",
        }  # fmt: skip
        return decide(contract.terms, Request(Act.TRAIN_GEN, **{**plain, **about})).effect

    assert asked() is Effect.CONDITIONAL
    assert asked(parties=frozenset({Party.RESEARCH, Party.GOVERNMENT})) is Effect.DENY
    assert asked(purpose="surveillance") is Effect.DENY
    assert asked(name="bad.example") is Effect.DENY
    assert asked(geo="US") is Effect.DENY
    assert asked(name=None) is Effect.DENY  # whoever does not say who they are
    for words in ("public bodies", "surveillance", "bad.example", "US"):
        assert words in contract.text.lower() or words in contract.text


@pytest.mark.parametrize("name", NAMES)
def test_every_text_says_that_it_is_no_legal_advice(name: str) -> None:
    assert "a starting point, not legal advice" in templates.load(name).text


@pytest.mark.parametrize("name", NAMES)
def test_the_form_of_a_template_fills_it_and_leaves_no_brace(name: str) -> None:
    contract = templates.load(name).fill(form(name))
    assert not re.search(r"[{}%]{2}|\bNone\b", contract.text)
    assert "  " not in contract.text
    assert not re.search(r"[^\n]\n## |\n{3}| \n", contract.text)
    assert contract.template == name


@pytest.mark.parametrize("name", NAMES)
def test_an_unfilled_blank_is_named(name: str) -> None:
    template, whole = templates.load(name), form(name)
    for blank in template.needs:
        with pytest.raises(InputError, match=f"not filled: {blank} "):
            template.fill({k: v for k, v in whole.items() if k != blank})
    bare = {k: v for k, v in whole.items() if k in template.needs}
    assert template.fill(bare).text  # what may be left out is left out of the text as well


@pytest.mark.parametrize("name", NAMES)
def test_a_blank_that_the_text_has_no_place_for_is_refused(name: str) -> None:
    template = templates.load(name)
    every: dict[str, Any] = {}
    for other in NAMES:
        every |= form(other)
    for blank in every.keys() - template.needs - template.may:
        with pytest.raises(InputError, match=f"no place for {blank}"):
            template.fill({**form(name), blank: every[blank]})


@pytest.mark.parametrize("name", NAMES)
def test_each_text_uses_all_its_blanks_and_no_others(name: str) -> None:
    from jinja2 import meta

    template = templates.load(name)
    used = meta.find_undeclared_variables(_environment().parse(template.text))
    told = used - {"title", "amends", "rules", "excluded_people"}
    blanks = set(template.needs | template.may)
    told |= {"excluded"} & blanks if "excluded_people" in used else set()
    # Shared pieces mention a licensee that some texts never have; flow is said even where it is fixed.
    assert told - blanks <= {"licensee", "flow"}
    assert blanks <= told


@pytest.mark.parametrize("name", NAMES)
def test_no_line_of_a_text_starts_with_a_blank(name: str) -> None:
    """A name that starts with # could otherwise become a heading."""
    assert not re.search(r"^\s*\{\{(?! title)", templates.load(name).text, flags=re.MULTILINE)


@pytest.mark.parametrize(
    ("blank", "value", "where"),
    [
        ("law", {"governing": "Denmark\n\n## 99. All is free", "courts": "x"}, "law"),
        ("law", {"governing": "Den\u202emark", "courts": "x"}, "law"),
        ("law", {"governing": "Den\u200bmark", "courts": "x"}, "law"),
        ("law", {"governing": "Denmark", "court": "x"}, "law"),
        ("ending", {"notice_days": -1, "cure_days": 1, "delete_days": 1, "after": "models-stay"}, "ending"),
        ("ending", {"notice_days": 1, "cure_days": 1, "delete_days": 1, "after": "whatever"}, "ending"),
        ("compensation", [{"kind": "fixed", "amount": "NaN", "currency": "EUR"}], "compensation"),
        ("compensation", [{"kind": "fixed", "amount": "1", "currency": "euro"}], "template"),
        ("compensation", [{"kind": "revenue-share", "share": "2", "of": "all"}], "template"),
        ("compensation", [{"kind": "gift", "what": "love"}], "compensation"),
        ("compensation", [], "template"),
        ("effective", "2027-01-01T00:00:00", "template"),
        ("licensor", {"name": "A", "role": "licensor", "public_key": "00"}, "licensor"),
        ("licensor", {"name": "A", "role": "licensee", "public_key": "3d" * 32}, "template"),
        ("works", {"description": "all", "scope": {"urls": ["/a\nb"]}}, "works"),
        ("nonsense", 1, "template"),
    ],
)
def test_a_wrong_blank_is_refused_and_named(blank: str, value: object, where: str) -> None:
    name = "training-commercial-standard"
    with pytest.raises(InputError) as caught:
        templates.load(name).fill({**form(name), blank: value})
    assert where in (caught.value.where or "")


def test_an_unknown_template_gets_the_list_of_those_there_are() -> None:
    with pytest.raises(InputError, match="no-ai"):
        templates.load("no-such")


# Text and terms ---------------------------------------------------------------------------------------------

days = st.integers(0, 5000)
sums = st.decimals("0", "9999999", places=4, allow_nan=False)
lines = st.text("abc ñ€#*-{}%<&>\"'", min_size=1, max_size=20).map(lambda s: f"x{s}x")
every = st.sampled_from(["month", "quarter", "half-year", "year", "training run", "release"])
currency = st.sampled_from(["EUR", "USD", "JPY"])
ways = st.one_of(
    st.builds(templates.Fixed, sums, currency, lines),
    st.builds(templates.PerQuery, sums, currency, lines),
    st.builds(templates.PerTraining, sums, currency),
    st.builds(templates.RevenueShare, st.decimals("0.0001", "1", places=4), lines, every),
    st.builds(templates.Subscription, sums, currency, every),
    st.builds(templates.InKind, lines),
)
levels = st.none() | st.integers(0, 9)


@st.composite
def filled(draw: st.DrawFn) -> tuple[templates.Template, templates.Blanks]:
    template = templates.load(draw(st.sampled_from(NAMES)))
    kept = draw(st.sets(st.sampled_from(sorted(template.may)))) | template.needs
    plain = msgspec.convert(form(template.name), templates.Blanks)
    end = st.sampled_from(["models-stay", "retrain-without", "withdraw-models"])
    flow = st.fixed_dictionaries(
        {"depth": levels, "synthetic": levels, "weights": st.booleans(), "share_alike": st.just(True)}
    )
    made: dict[str, st.SearchStrategy[Any]] = {
        "compensation": st.lists(ways, min_size=1, max_size=4).map(tuple),
        "settlement": st.builds(
            templates.Settlement, sums, currency, st.just(date(2020, 1, 2)), st.just(date(2021, 3, 4))
        ),
        "attribution": st.builds(templates.Attribution, lines),
        "flow": flow.map(lambda f: msgspec.convert(f, type(plain.flow))) if plain.flow else st.none(),
        "reporting": st.builds(templates.Reporting, every, days),
        "ablation": st.builds(templates.Ablation, every, lines),
        "checkpoints": st.builds(templates.Checkpoints, lines, days),
        "audit": st.builds(templates.Audit, every, days, lines),
        "watermark": st.builds(templates.Mark, lines),
        "ending": st.builds(templates.Ending, days, days, days, end),
    }
    values = {
        name: draw(made[name]) if name in made else getattr(plain, name)
        for name in templates.Blanks.__struct_fields__
        if name in kept
    }
    return template, templates.Blanks(**values)


@settings(max_examples=150, deadline=None)
@given(filled())
def test_text_and_terms_say_the_same_whatever_is_filled_in(
    case: tuple[templates.Template, templates.Blanks],
) -> None:
    template, blanks = case
    contract = template.fill(blanks)
    text, low = contract.text, contract.text.lower()
    for rule in contract.terms.rules:
        assert (rule.life.effective, rule.life.expiry) == (contract.effective, contract.ends)
        assert wording.day(contract.effective) in text
        assert (f"until {wording.day(contract.ends)}" in text) if contract.ends else ", until " not in text
        for duty in rule.duties:
            match duty:
                case Pay(note=note) if note.startswith("settles use"):
                    assert f"it pays {wording.money(duty.amount or Decimal(), duty.currency)}." in text
                case Pay():
                    assert f"- {wording.payment(duty)}." in text
                case Attribute(form=said):
                    assert f"names their source as {said}." in text
                case Report(what="telemetry" | "provenance"):
                    assert f"reports to the licensor {wording.each(duty.every)}, within" in text
                case Report(what="ablation"):
                    assert f"measures, {wording.each(duty.every)}, what is lost" in text
                case Report(what="audit"):
                    assert f"one audit {wording.each(duty.every)}, with" in text
                case Watermark(method=method):
                    assert f"made by {method}." in text
                case Delete(days=n):
                    assert f"deleted within {wording.days(n)} after" in text
                case _:
                    raise AssertionError(f"the text has no words for {duty}")
        for line in wording.flow(rule.flow):
            assert line.lower() in low
        if rule.effect is Effect.CONDITIONAL and rule.life.notice_days is not None:
            assert f"with {wording.days(rule.life.notice_days)} of notice" in text
            assert rule.life.cure_days is not None
            assert f"has {wording.days(rule.life.cure_days)} from notice" in text
            assert f"After the end, {wording.ENDS[rule.life.after]}." in text
    # And the other way round: what the text has a section for, the terms hold where they have words for it.
    owed = {d for r in contract.terms.rules for d in r.duties}
    for item in blanks.compensation or ():
        assert item.pay() in owed
    for blank, kind in ((blanks.ablation, "ablation"), (blanks.audit, "audit")):
        assert (blank is None) or any(isinstance(d, Report) and d.what == kind for d in owed)


@settings(max_examples=60, deadline=None)
@given(filled())
def test_a_filled_contract_is_made_again_from_the_blanks_it_carries(
    case: tuple[templates.Template, templates.Blanks],
) -> None:
    template, blanks = case
    contract = template.fill(blanks)
    assert template.fill(contract.blanks) == contract
    assert isinstance(contract.terms, Terms)


def test_the_shared_pieces_are_all_used() -> None:
    texts = "".join(_read(f"{name}.md") for name in NAMES)
    for piece in (_DATA / "clauses").iterdir():
        assert f'"{piece.name}"' in texts
