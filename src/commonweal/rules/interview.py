"""A short interview that ends in terms: one question at a time, with an answer that is safe by default."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

import msgspec

from commonweal.errors import InputError
from commonweal.rules.terms import Declarer, Rule, Terms
from commonweal.rules.vocabulary import Act, Attribute, Duty, Effect, Party, Pay, Report, Who

Choose = Callable[[str, tuple[str, ...], str], str]
"""(question, choices or () for free text, default) → answer."""

UNSAID = "unsaid"
ANSWERS = ("yes", "no", "conditions", UNSAID)
QUESTIONS: tuple[tuple[str, frozenset[Act], str], ...] = (
    ("May search engines list your works, with a link?", frozenset({Act.SEARCH}), "yes"),
    (
        "May an AI service look your works up to answer a question?",
        frozenset({Act.INDEX, Act.GROUND}),
        "conditions",
    ),
    (
        "May models be trained on your works?",
        frozenset({Act.TRAIN_GEN, Act.TRAIN_DISC, Act.SYNTH}),
        "no",
    ),
    ("May your works be mined for facts and statistics?", frozenset({Act.MINE}), UNSAID),
    ("May models be measured with your works?", frozenset({Act.EVAL}), UNSAID),
    ("May your works be passed on?", frozenset({Act.REDISTRIBUTE}), UNSAID),
)
EFFECTS = {"yes": Effect.ALLOW, "no": Effect.DENY, "conditions": Effect.CONDITIONAL}
COMMERCIAL = Who(parties=frozenset({Party.COMMERCIAL}))
PAYMENTS = ("no", "agreed", "fixed", "per-crawl", "per-use", "revenue-share", "in-kind")
OPEN = Who(parties=frozenset({Party.RESEARCH, Party.EDUCATION}))


def interview(choose: Choose) -> Terms:
    """Return the terms that the answers add up to.

    Parameters
    ----------
    choose : callable
        Puts a question and returns the answer.

    Raises
    ------
    InputError
        If an answer can't be used, such as a price that is no number.
    """
    declarer = Declarer(
        name=choose("Who declares these terms?", (), ""),
        url=choose("Address of your site (https://…)", (), ""),
        contact=choose("Where can builders write to?", (), ""),
    )
    title = choose("A title for the terms", (), "Terms of use for machines")
    rules: list[Rule] = []
    for question, acts, usual in QUESTIONS:
        answer = choose(question, ANSWERS, usual)
        if answer == UNSAID:
            continue
        effect = EFFECTS[answer]
        duties = _duties(choose) if effect is Effect.CONDITIONAL else frozenset()
        asked = effect is not Effect.ALLOW and acts & {Act.TRAIN_GEN, Act.MINE}
        free = "Should research and education be free to do it, without asking?"
        if asked and choose(free, ("yes", "no"), "no") == "yes":
            rules += _but_for_research(acts, effect, duties)
        else:
            rules.append(Rule(acts, effect, duties=duties))
    return Terms(tuple(rules), title=title, declarer=declarer)


def _but_for_research(acts: frozenset[Act], effect: Effect, duties: frozenset[Duty]) -> list[Rule]:
    """Return rules that free research and education, though never a commercial actor."""
    return [
        Rule(acts, Effect.ALLOW, who=OPEN, unless=COMMERCIAL),
        Rule(acts, effect, unless=OPEN, duties=duties),
        Rule(acts, effect, who=COMMERCIAL, duties=duties),
    ]


def _duties(choose: Choose) -> frozenset[Duty]:
    found: set[Duty] = set()
    if choose("Must they name you as the source?", ("yes", "no"), "yes") == "yes":
        found.add(Attribute())
    pay = choose("Must they pay?", PAYMENTS, "agreed")
    if pay == "agreed":
        found.add(Pay("fixed", note="to be agreed"))
    elif pay == "revenue-share":
        share = choose("Which part of revenue? (0.05 is five percent)", (), "0.05")
        found.add(Pay("revenue-share", share=_number(share)))
    elif pay == "in-kind":
        found.add(Pay("in-kind", note=choose("What do they give?", (), "access to the model")))
    elif pay != "no":
        amount = _number(choose("How much?", (), "1"))
        currency = choose("In which currency? (EUR, USD …)", (), "EUR")
        found.add(msgspec.convert({"duty": "pay", "model": pay, "amount": amount, "currency": currency}, Pay))
    if choose("Must they report what they did with the works?", ("yes", "no"), "no") == "yes":
        found.add(Report("provenance"))
    return frozenset(found or {Attribute()})


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise InputError(f"{text!r} is no number", mend="write for example 0.05") from None
