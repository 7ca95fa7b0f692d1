"""What well-known licences of data say of acts, no more than their texts do. Checked 2026-11.

A dedication to the public domain gives up what could forbid any use. Other open licences permit passing on,
on their conditions; they were written without a word on training, and whether their conditions reach it is
open: it stays unknown. Sources: the licences' own texts, by SPDX identifier (spdx.org/licenses).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from commonweal.rules.terms import Rule
from commonweal.rules.vocabulary import USES, Act, Attribute, Duty, Effect, Flow, Party, Scope, Who

DEDICATIONS = {"cc0-1.0", "cc0", "pddl-1.0", "pddl"}
NOTICE = {"mit", "apache-2.0", "odc-by-1.0", "odc-by", "cdla-permissive-2.0", "cdla-permissive-1.0"}
SHARE_ALIKE = {"odbl-1.0", "odbl", "cdla-sharing-1.0"}
_URLS = (
    (r"creativecommons\.org/licenses/([a-z-]+)/(\d\.\d)", "cc-{}-{}"),
    (r"creativecommons\.org/publicdomain/zero/1\.0()()", "cc0-1.0"),
    (r"spdx\.org/licenses/([a-z0-9.+-]+?)(?:\.html|\.json)?()$", "{}"),
    (r"opendatacommons\.org/licenses/(pddl|odbl)()", "{}"),
    (r"opendatacommons\.org/licenses/by()()", "odc-by"),
    (r"opensource\.org/licen[sc]es?/(mit|apache-2\.0)()", "{}"),
    (r"apache\.org/licenses/license-2\.0()()", "apache-2.0"),
    (r"cdla\.dev/(permissive-[12]|sharing-1)-0()", "cdla-{}.0"),
)


def identifier(text: str) -> str:
    """Return the SPDX identifier of a licence given as one or as a URL, in small letters; "" if not known."""
    found = text.strip().lower().rstrip("/")
    if "://" in found:
        for pattern, form in _URLS:
            if match := re.match(r"https?://(?:www\.)?" + pattern, found):
                found = form.format(*match.groups())
                break
    return found if _terms(found) is not None else ""


def rules_of(licences: Sequence[str], scope: Scope) -> list[Rule] | None:
    """Return what licences permit together, or None where one of them is not known.

    Several licences stand for parts, or for a choice; nobody says which. So an act is permitted only where
    each of them permits it, on the conditions of all.
    """
    found = [_terms(identifier(text)) for text in licences]
    known = [one for one in found if one is not None]
    if not known or len(known) < len(found):
        return None
    acts, duties, flow = USES, frozenset[Duty](), Flow()
    for some, _, owed, limits in known:
        acts, duties, flow = acts & some, duties | owed, flow.meet(limits)
    who = next((who for _, who, _, _ in known if not who.anyone), Who())
    effect = Effect.CONDITIONAL if duties or not flow.free else Effect.ALLOW
    return [Rule(acts, effect, who, scope=scope, duties=duties, flow=flow)]


def _terms(name: str) -> tuple[frozenset[Act], Who, frozenset[Attribute], Flow] | None:
    if name in DEDICATIONS:
        return USES, Who(), frozenset(), Flow()
    passing, credit = frozenset({Act.REDISTRIBUTE}), frozenset({Attribute()})
    if name in NOTICE | SHARE_ALIKE:
        return passing, Who(), credit, Flow(share_alike=name in SHARE_ALIKE)
    match = re.fullmatch(r"cc-by(-nc)?(-nd|-sa)?-[1-4]\.[05]", name)
    if match is None:
        return None
    who = Who(parties=frozenset({Party.NON_COMMERCIAL})) if match[1] else Who()
    return passing, who, credit, Flow(share_alike=match[2] == "-sa")
