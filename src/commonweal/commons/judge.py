"""What the rules say of a work, and by which of them.

    commons     a rule surely puts it in, and none of another verdict fits or may fit
    not         a rule surely keeps it out, and none of another verdict surely fits
    undecided   else

The two are not treated alike, by choice: to call a work commons that isn't takes something from its owner.
"""

from __future__ import annotations

from dataclasses import dataclass

from commonweal.commons.facts import COLUMNS, Facts, Truth, both, holds
from commonweal.commons.rules import Rule, Rules, Verdict


@dataclass(frozen=True)
class Judgement:
    """A verdict and what it rests on.

    Attributes
    ----------
    verdict : Verdict
    rules : tuple of str
        Ids of the rules that are cited: those that decide, or, where it is undecided, those that disagree or
        may fit; sorted.
    reason : str
        For people.
    """

    verdict: Verdict
    rules: tuple[str, ...]
    reason: str


def judge(rules: Rules, facts: Facts) -> Judgement:
    """Return what the rules say of a work."""
    answers = [(rule, *_fits(rule, facts)) for rule in rules.rules]
    sure = [rule for rule, fits, _ in answers if fits]
    said = {rule.verdict for rule in sure}
    if len(said) > 1:
        words = "; ".join(f"{rule.id} says {rule.verdict}" for rule in sure)
        return Judgement(Verdict.UNDECIDED, _ids(sure), f"rules disagree: {words}")
    open_ = [(rule, why) for rule, fits, why in answers if fits is None]
    if not sure:
        reason = "no rule fits" if not open_ else f"no rule surely fits: {_unknown(open_)}"
        return Judgement(Verdict.UNDECIDED, _ids([rule for rule, _ in open_]), reason)
    verdict = sure[0].verdict
    against = [(rule, why) for rule, why in open_ if rule.verdict is not verdict]
    if verdict is Verdict.COMMONS and against:
        cited = [*sure, *(rule for rule, _ in against)]
        said_by = ", ".join(_ids(sure))
        return Judgement(Verdict.UNDECIDED, _ids(cited), f"{said_by} fits, but {_unknown(against)}")
    return Judgement(verdict, _ids(sure), " ".join(rule.reason for rule in sure))


def _fits(rule: Rule, facts: Facts) -> tuple[Truth, tuple[str, ...]]:
    """Return whether a rule fits, and, where that is not known, what is missing."""
    conditions = holds(rule.when, facts)
    if False in conditions.values():
        return False, ()
    excepted = holds(rule.unless, facts) if rule.unless else {}
    exception = both(excepted.values()) if rule.unless else False
    fits = both([*conditions.values(), None if exception is None else not exception])
    missing = [name for name, truth in conditions.items() if truth is None]
    if exception is None:
        missing += [name for name, truth in excepted.items() if truth is None]
    columns = dict.fromkeys(column for name in missing for column in COLUMNS.get(name, (name,)))
    return fits, tuple(columns) if fits is None else ()


def _unknown(rules: list[tuple[Rule, tuple[str, ...]]]) -> str:
    return "; ".join(f"{rule.id} may fit, {' and '.join(why)} not known" for rule, why in rules)


def _ids(rules: list[Rule]) -> tuple[str, ...]:
    return tuple(sorted(rule.id for rule in rules))
