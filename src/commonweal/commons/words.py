"""Conditions in words."""

from __future__ import annotations

from commonweal.commons.rules import Rule, When


def conditions(rule: Rule) -> str:
    """Return what has to hold for a rule, in a sentence without its full stop."""
    said = " and ".join(_said(rule.when))
    return f"{said}, unless {' and '.join(_said(rule.unless))}" if rule.unless else said


def _said(when: When) -> list[str]:
    said = []
    if when.licence:
        said.append(f"licence is {_one_of(when.licence)}")
    if when.published_before:
        said.append(f"published before {when.published_before}")
    if when.published_after:
        said.append(f"published after {when.published_after}")
    if when.author_died_before:
        said.append(f"authors died before {when.author_died_before}")
    if when.government:
        said.append(f"work of the government of {_one_of(when.government)}")
    if when.jurisdiction:
        said.append(f"judged by the law of {_one_of(when.jurisdiction)}")
    if when.dedicated_by_owner:
        said.append("dedicated by its owners")
    if when.decision:
        said.append(f"decided by {_one_of(when.decision)}")
    return said


def _one_of(values: tuple[str, ...]) -> str:
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} or {values[-1]}"
