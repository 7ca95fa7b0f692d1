"""Rules, duties, sums and periods in plain English: one wording for texts, amendments and pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from commonweal.counts import counted
from commonweal.rules.terms import Rule, Terms
from commonweal.rules.vocabulary import (
    Act,
    Attribute,
    Consent,
    Delete,
    Duty,
    Effect,
    Flow,
    Life,
    Pay,
    Report,
    Scope,
    Watermark,
    Who,
)

if TYPE_CHECKING:
    from commonweal.rules.contracts.contract import Contract

ACTS = {
    Act.CRAWL: "fetch the works by machine",
    Act.SEARCH: "list the works among search results, with a link and a snippet",
    Act.INDEX: "keep the works in an index that machines query",
    Act.GROUND: "retrieve the works into answers that a model writes",
    Act.TRAIN_GEN: "train or tune generative models with the works",
    Act.TRAIN_DISC: "train models that generate nothing, such as rankers and classifiers, with the works",
    Act.MINE: "mine the works for statistics and facts, other than by training",
    Act.EVAL: "measure models with the works",
    Act.SYNTH: "make synthetic data from the works",
    Act.REDISTRIBUTE: "pass the works on, whole or in part",
}
ENDS = {
    "models-stay": "models trained before the end may stay in use",
    "retrain-without": "models trained before the end may stay in use until they are next trained, and are "
    "then trained without the works",
    "withdraw-models": "models trained with the works are withdrawn",
}
REPORTS = {
    "telemetry": "report how the works are used",
    "provenance": "report which works went into which model",
    "audit": "submit to an audit",
    "ablation": "report an ablation, which is what is lost without the works",
}


def money(amount: Decimal, currency: str) -> str:
    """Return a sum: "EUR 1,200", "EUR 0.50", "USD 0.0015"."""
    plain = f"{amount.normalize():,f}"
    whole, _, cents = plain.partition(".")
    return f"{currency} {whole}" + (f".{cents.ljust(2, '0')}" if cents else "")


def percent(share: Decimal) -> str:
    """Return a share as a percentage: "2.5%"."""
    return f"{(share * 100).normalize():f}%"


def days(n: int) -> str:
    """Return a number of days: "1 day", "30 days"."""
    return counted(n, "day")


def day(moment: datetime | date) -> str:
    """Return a date for people, in UTC, with the time where it is not midnight: "1 March 2027"."""
    text = f"{moment.day} {moment:%B %Y}"
    if isinstance(moment, datetime) and (moment.hour or moment.minute or moment.second):
        text += f", {moment:%H:%M:%S} UTC"
    return text


def listed(items: Sequence[str], last: str = "and") -> str:
    """Return a list in words: "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}" if items else ""


def licensees(contract: Contract) -> str:
    """Return how rules call those they speak to, where they name nobody."""
    n = sum(p.role == "licensee" for p in contract.parties)
    return {0: "", 1: "The licensee"}.get(n, "The licensees")


def rules(terms: Terms, anyone: str = "") -> list[str]:
    """Return the rules as sentences, what is free first, then what is owed for, then what is refused.

    Parameters
    ----------
    terms : Terms
    anyone : str
        Whom a rule that names nobody speaks to; "Anyone" where empty.
    """
    return [rule(r, anyone) for r in in_order(terms.rules)]


def in_order(said: Iterable[Rule]) -> list[Rule]:
    """Return rules as people expect them: what is free, what is owed for, what is refused."""
    order = [Effect.ALLOW, Effect.CONDITIONAL, Effect.DENY]
    return sorted(said, key=lambda r: order.index(r.effect))


def rule(said: Rule, anyone: str = "", *, owed: bool = True) -> str:
    """Return a rule as a sentence, with what is owed unless `owed` is False."""
    denied = said.effect is Effect.DENY
    subject, circumstance = _people(said.who)
    subject = subject[:1].upper() + subject[1:] or anyone or ("Nobody" if denied else "Anyone")
    verb = "may not" if denied and subject != "Nobody" else "may"
    if said.effect is Effect.ALLOW:
        verb += " freely"
    elif said.effect is Effect.CONDITIONAL:
        circumstance.append("on these conditions" if owed else "on the conditions of this contract")
    if said.unless is not None:
        circumstance.append(f"unless {_unless(said.unless)}")
    acts = "; ".join(ACTS[act] for act in Act if act in said.acts)
    text = ", ".join([f"{subject} {verb}", *circumstance]) + f": {acts}{scope(said.scope)}."
    if owed:
        text += f" Conditions: {'; '.join(conditions(said))}." if conditions(said) else ""
        text += f" Time: {life(said.life)}." if life(said.life) else ""
    return text


def conditions(said: Rule) -> list[str]:
    """Return what a conditional rule asks for: its duties and its limits of flow."""
    return [*sorted(duty(d) for d in said.duties), *flow(said.flow)]


def people(who: Who) -> str:
    """Return a class of people in words: "commercial actors in DE", "whoever acts for research"."""
    subject, circumstance = _people(who)
    return " ".join([subject or ("whoever acts" if circumstance else "everybody"), *circumstance])


def _people(who: Who) -> tuple[str, list[str]]:
    """Return who acts, and where and for what; both empty for everybody."""
    classes = listed([_CLASSES[p] for p in sorted(who.parties)], "or")
    names = listed(sorted(who.names), "or")
    subject = f"{names}, being {classes}" if classes and names else names or classes
    where = [f"in {listed(sorted(who.geo), 'or')}"] if who.geo else []
    purposes = listed(sorted(p.replace("-", " ") for p in who.purposes), "or")
    return subject, where + ([f"for the purpose of {purposes}"] if purposes else [])


def _unless(who: Who) -> str:
    subject, circumstance = _people(who)
    return " and ".join(
        [*([f"they are {subject}"] if subject else []), *(f"it is {c}" for c in circumstance)]
    )


_CLASSES = {
    "research": "researchers",
    "education": "educators",
    "government": "public bodies",
    "personal": "private persons",
    "non-commercial": "non-commercial actors",
    "commercial": "commercial actors",
}


def scope(of: Scope) -> str:
    """Return which works, as the end of a sentence; nothing where none are left out."""
    return "" if of.everything else f", on {works(of)}"


def works(of: Scope) -> str:
    """Return which works: patterns of URLs, identifiers and names of datasets."""
    named = sorted(of.urls | of.ids | of.datasets)
    text = listed(named) if named else "all works of the licensor"
    return text + (f", but not {listed(sorted(of.but))}" if of.but else "")


def duty(owed: Duty) -> str:
    """Return a duty in words."""
    match owed:
        case Attribute(form):
            return "name the source" + (f" as {form}" if form else "")
        case Pay():
            return payment(owed)
        case Report(what, every, profile):
            return REPORTS[what] + (f" {each(every)}" if every else "") + (f" ({profile})" if profile else "")
        case Watermark(method):
            return "mark what a model generates" + (f" by {method}" if method else "")
        case Consent(url, sha256):
            return (
                "obtain consent first"
                + (f" at {url}" if url else "")
                + (f" (SHA-256 {sha256})" if sha256 else "")
            )
        case Delete(number):
            return f"delete the copies within {days(number)} after their use or the end"


def each(period: str) -> str:
    """Return how often: "every quarter", "with every release"."""
    return {"release": "with ", "training run": "after "}.get(period, "") + f"every {period}"


def payment(owed: Pay) -> str:
    """Return a payment in words."""
    per = {
        "fixed": "",
        "subscription": " for each period",
        "per-training": " for each model trained",
        "per-crawl": " for each fetch",
        "per-use": " for each use",
        "revenue-share": "",
        "in-kind": "",
    }[owed.model]
    if owed.share is not None:
        text = f"pay {percent(owed.share)} of revenue"
    elif owed.amount is not None:
        text = f"pay {money(owed.amount, owed.currency)}{per}"
    elif owed.model == "in-kind":
        text = "give in kind"
    else:
        what = "a share of revenue" if owed.model == "revenue-share" else f"an amount{per}"
        text = f"pay {what}, to be agreed"
    text += f" ({owed.note})" if owed.note else ""
    return text + (f", at {owed.url}" if owed.url else "")


def flow(limits: Flow) -> list[str]:
    """Return the limits on what becomes of what is made, each in words."""
    out = []
    if limits.depth is not None:
        out.append(
            f"at most {counted(limits.depth, 'further level')} of models may be trained on outputs"
            if limits.depth
            else "no further model is trained on outputs"
        )
    if limits.synthetic is not None:
        out.append(
            f"at most {counted(limits.synthetic, 'level')} of synthetic data may be made from outputs"
            if limits.synthetic
            else "no synthetic data is made from outputs"
        )
    out += [] if limits.weights else ["weights of what is trained are not released"]
    return out + (["what is made is offered on these same terms"] if limits.share_alike else [])


def life(of: Life) -> str:
    """Return when a rule is in force and what happens at its end, in words."""
    parts = [f"in force from {day(of.effective)}"] if of.effective else []
    parts += [f"in force until {day(of.expiry)}"] if of.expiry else []
    parts += [f"{days(of.notice_days)} of notice"] if of.notice_days is not None else []
    parts += [f"{days(of.cure_days)} to mend a breach"] if of.cure_days is not None else []
    parts += [f"after the end, {ENDS[of.after]}"] if of.after else []
    return "; ".join(parts)
