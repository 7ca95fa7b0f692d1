"""Blanks written into terms: wherever the vocabulary can hold a number, it holds the one of the text."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from commonweal.rules.templates.blanks import Blanks
from commonweal.rules.terms import Declarer, Rule, Terms
from commonweal.rules.vocabulary import (
    Attribute,
    Delete,
    Duty,
    Effect,
    Life,
    Pay,
    Report,
    Scope,
    Watermark,
)


def write(terms: Terms, blanks: Blanks) -> Terms:
    """Return a template's terms with the blanks in place of its own values.

    A duty of the template says only where a duty stands; what is owed comes from the blank, and where the
    blank is not filled the duty goes, as its section goes from the text.

    Raises
    ------
    ValueError
        If a conditional rule would owe nothing, or what is made would leave terms that hold it.
    """
    rules = tuple(written for rule in terms.rules for written in _rules(rule, blanks))
    licensor = blanks.licensor
    declarer = (
        terms.declarer if licensor is None else Declarer(licensor.name, licensor.domain, licensor.address)
    )
    return msgspec.structs.replace(terms, rules=rules, declarer=declarer)


def _rules(rule: Rule, blanks: Blanks) -> Iterator[Rule]:
    scope = Scope() if blanks.works is None else blanks.works.scope
    life = Life(blanks.effective, blanks.ends)
    if rule.effect is Effect.CONDITIONAL:
        if rule.life.notice_days is not None and (end := blanks.ending) is not None:
            life = Life(blanks.effective, blanks.ends, end.notice_days, end.cure_days, end.after)
        duties = frozenset(now for duty in rule.duties for now in _duty(duty, blanks))
        flow = rule.flow if rule.flow.free or blanks.flow is None else blanks.flow
        if rule.flow.share_alike and not flow.share_alike:
            raise ValueError("flow.share_alike is false, and this template rests on it")
        yield msgspec.structs.replace(rule, scope=scope, life=life, duties=duties, flow=flow)
        return
    bare = msgspec.structs.replace(rule, scope=scope, life=life)
    if blanks.excluded is None or rule.effect is not Effect.DENY or rule.who.anyone:
        yield bare
        return
    for who in blanks.excluded.who():
        yield msgspec.structs.replace(bare, who=who)


def _duty(duty: Duty, blanks: Blanks) -> Iterator[Duty]:
    match duty:
        case Pay():
            yield from (item.pay() for item in blanks.compensation or ())
            if blanks.settlement is not None:
                yield blanks.settlement.pay()
        case Attribute() if blanks.attribution is not None:
            yield Attribute(blanks.attribution.form)
        case Watermark() if blanks.watermark is not None:
            yield Watermark(blanks.watermark.method)
        case Delete() if blanks.ending is not None:
            yield Delete(blanks.ending.delete_days)
        case Report(what="telemetry" | "provenance") if blanks.reporting is not None:
            yield Report(duty.what, blanks.reporting.every)
        case Report(what="ablation") if blanks.ablation is not None:
            yield Report(duty.what, blanks.ablation.every)
        case Report(what="audit") if blanks.audit is not None:
            yield Report(duty.what, blanks.audit.every)
