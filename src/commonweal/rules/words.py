"""Rules in words, for reasons and reports."""

from __future__ import annotations

from commonweal.rules.terms import Rule
from commonweal.rules.vocabulary import Effect, Who

VERBS = {Effect.ALLOW: "allows", Effect.DENY: "denies", Effect.CONDITIONAL: "allows on conditions"}


def in_words(rule: Rule) -> str:
    """Return a rule as a short sentence."""
    acts = ", ".join(sorted(map(str, rule.acts)))
    text = {Effect.ALLOW: "allows", Effect.DENY: "denies"}.get(
        rule.effect, "allows on conditions"
    ) + f" {acts}"
    if not rule.who.anyone:
        text += f" to {_people(rule.who)}"
    if rule.unless is not None:
        text += f" except to {_people(rule.unless)}"
    works = sorted(rule.scope.urls | rule.scope.ids | rule.scope.datasets)
    if works:
        text += f" on {', '.join(works)}"
    if rule.scope.but:
        text += f" but not on {', '.join(sorted(rule.scope.but))}"
    return text


def _people(who: Who) -> str:
    parts = [", ".join(sorted(map(str, who.parties)))] if who.parties else []
    parts += [f"in {', '.join(sorted(who.geo))}"] if who.geo else []
    parts += [f"for {', '.join(sorted(who.purposes))}"] if who.purposes else []
    parts += [", ".join(sorted(who.names))] if who.names else []
    return " ".join(parts)
