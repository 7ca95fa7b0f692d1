"""ODRL 2.2 (W3C Recommendation): everything that terms say, in a profile of our own; and others' ODRL.

A policy of the profile holds one permission or prohibition for each rule of the terms and loses nothing; the
profile is described in docs/reference/odrl-profile.md. Rules that meet on a use combine as in terms: a
prohibition wins, duties unite. That differs from plain ODRL, where any one permission suffices, so a reader
must know the profile, as ODRL asks of it.

Others' policies (plain ODRL, the W3C draft AI vocabulary, TDMRep) are read so that they never grant more than
they say: what is not understood in a permission drops it, and in a prohibition widens it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from commonweal.rules.dialects._json import parse
from commonweal.rules.dialects._jsonld import DCT, ODRL, RDF, VCARD, XSD, Graph
from commonweal.rules.dialects._odrl_read import PolicyReader, policies_in
from commonweal.rules.dialects._odrl_words import CW, PROFILE
from commonweal.rules.dialects.base import About, Artefact, Kind, Problem, Reading, Site, Token, Written
from commonweal.rules.signals import Signal
from commonweal.rules.terms import Rule, Terms, to_json
from commonweal.rules.vocabulary import Act, Duty, Effect, Flow, Life, Scope, Who

FILE = "terms.odrl.jsonld"
MEDIA_TYPE = "application/ld+json"


def _plain(names: str) -> dict[str, str]:
    return {name: f"odrl:{name}" for name in names.split()}


def _typed(names: str, kind: str) -> dict[str, dict[str, str]]:
    return {name: {"@id": f"odrl:{name}", "@type": kind} for name in names.split()}


CONTEXT: dict[str, Any] = {
    "odrl": ODRL,
    "cw": CW,
    "dct": DCT,
    "vcard": VCARD,
    "xsd": XSD,
    "rdf": RDF,
    "uid": "@id",
    **_plain("Offer Permission Prohibition Duty Constraint LogicalConstraint AssetCollection Party "
             "permission prohibition duty constraint refinement assigner target rightOperand prohibit "
             "isAnyOf isNoneOf eq lt lteq gteq spatial purpose dateTime payAmount attribute compensate "
             "inform obtainConsent delete"),
    **_typed("action leftOperand operator conflict", "@vocab"),
    **_typed("profile source unit", "@id"),
    "or": {"@id": "odrl:or", "@container": "@list"},
}  # fmt: skip
"""Words of the policies that are written, embedded in each of them: contexts are never fetched."""

ABOUT = About(
    name="odrl",
    title="ODRL 2.2 with the profile of Commonweal",
    version="ODRL 2.2; profile 1",
    url="https://www.w3.org/TR/odrl-model/",
    checked="2026-11",
    status="W3C Recommendation; the profile is this project's own",
    tokens=tuple(Token(f"cw:{act}", frozenset({act})) for act in Act),
    silence="no permission: unknown",
    conditions="a permission with duties; limits of flow are a duty of their own",
    cannot=("terms without any rule are no valid policy: ODRL asks for one at least",),
    whole=True,
)

DUTY_ACTIONS = {
    "attribute": "attribute",
    "pay": "compensate",
    "report": "inform",
    "watermark": "cw:watermark",
    "consent": "obtainConsent",
    "delete": "delete",
}


class Odrl:
    """The dialect."""

    about = ABOUT

    def write(self, terms: Terms, site: Site) -> Written:
        """Return one policy that says everything."""
        text = json.dumps({"@context": CONTEXT, **offer(terms)}, indent=1, ensure_ascii=False) + "\n"
        return Written((Artefact(Kind.FILE, text, FILE, media_type=MEDIA_TYPE),))

    def reads(self, artefact: Artefact) -> bool:
        """Is it a JSON file that speaks of ODRL, and not a Croissant that holds some?"""
        return (
            artefact.kind is Kind.FILE
            and "odrl" in artefact.text
            and artefact.text.lstrip("\ufeff \t\r\n").startswith(("{", "["))
            and "mlcommons.org/croissant" not in artefact.text
        )

    def read(self, artefact: Artefact) -> Reading:
        """Return a signal for each policy in a document."""
        value, problems = parse(artefact.text, "odrl-json", artefact.where, artefact.line)
        if problems:
            return Reading((), problems)
        graph = Graph(value)
        found = policies_in(graph)
        if not found:
            message, mend = "the document holds no policy", "write an Offer with permissions or prohibitions"
            return Reading((), (Problem("odrl-no-policy", message, mend, artefact.where, artefact.line),))
        return read_policies(graph, found, artefact, ABOUT.name, None)


DIALECT = Odrl()


def read_policies(
    graph: Graph, found: Iterable[Any], artefact: Artefact, standard: str, scope: Scope | None
) -> Reading:
    """Return signals of policy nodes.

    Parameters
    ----------
    graph : Graph
    found : iterable of node
    artefact : Artefact
        Where they stand.
    standard : str
        Name of the dialect that is read.
    scope : Scope or None
        What a policy is about that names no target; None where that is not known.
    """
    signals, problems = [], []
    for node in found:
        reader = PolicyReader(graph, node, artefact.where, scope)
        terms, lines = reader.terms()
        problems += reader.problems
        if terms != Terms():
            signals.append(Signal(terms, standard, artefact.where, lines, "file"))
    return Reading(tuple(signals), tuple(problems))


# Writing --------------------------------------------------------------------------------------------------


def offer(terms: Terms) -> dict[str, Any]:
    """Return the policy of terms as compact JSON-LD, to be read under `CONTEXT`."""
    said: dict[str, Any] = {
        "@type": "Offer",
        "uid": f"{PROFILE}:terms:{terms.sha256}",
        "profile": PROFILE,
        "conflict": "prohibit",
        "dct:title": terms.title,
        "cw:url": terms.url,
        "cw:contract": terms.contract,
        "assigner": {"@type": "Party", **_declarer(terms)},
    }
    said = {key: value for key, value in said.items() if value}
    for rule in terms.rules:
        kind = "prohibition" if rule.effect is Effect.DENY else "permission"
        said.setdefault(kind, []).append(_rule(rule, kind.capitalize()))
    return said


def _declarer(terms: Terms) -> dict[str, str]:
    who = terms.declarer
    said = {"vcard:fn": who.name, "cw:url": who.url, "cw:contact": who.contact, "cw:authority": who.authority}
    return {key: value for key, value in said.items() if value}


def _rule(rule: Rule, kind: str) -> dict[str, Any]:
    constraints = [*_who(rule.who), *_unless(rule.unless), *_life(rule.life)]
    duties = [_duty(to_json(duty)) for duty in sorted(rule.duties, key=_order)] + _flow(rule.flow)
    said: dict[str, Any] = {
        "@type": kind,
        "target": _target(rule.scope),
        "action": [f"cw:{act}" for act in sorted(rule.acts)],
        "constraint": constraints,
        "duty": duties,
        "cw:notice": rule.life.notice_days,
        "cw:cure": rule.life.cure_days,
        "cw:after": rule.life.after,
        "cw:note": rule.note,
    }
    return {key: value for key, value in said.items() if value not in (None, "", [])}


def _order(duty: Duty) -> str:
    return json.dumps(to_json(duty), sort_keys=True)


def _constraint(left: str, operator: str, right: object) -> dict[str, Any]:
    return {"@type": "Constraint", "leftOperand": left, "operator": operator, "rightOperand": right}


def _any(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"@type": "LogicalConstraint", "or": list(found)}] if len(found) > 1 else list(found)


def _axes(who: Who, operator: str) -> list[dict[str, Any]]:
    axes = (("cw:partyClass", who.parties), ("spatial", who.geo), ("purpose", who.purposes),
            ("cw:partyName", who.names))  # fmt: skip
    return [_constraint(left, operator, sorted(map(str, values))) for left, values in axes if values]


def _who(who: Who) -> list[dict[str, Any]]:
    return _axes(who, "isAnyOf")


def _unless(who: Who | None) -> list[dict[str, Any]]:
    """Not all of it fits, where one axis at least does not."""
    return [] if who is None else _any(_axes(who, "isNoneOf"))


def _life(life: Life) -> list[dict[str, Any]]:
    return [
        _constraint("dateTime", operator, {"@value": to_json(life)[name], "@type": "xsd:dateTime"})
        for name, operator in (("effective", "gteq"), ("expiry", "lt"))
        if getattr(life, name) is not None
    ]


def _target(scope: Scope) -> dict[str, Any]:
    named = (("cw:path", scope.urls), ("cw:id", scope.ids), ("cw:dataset", scope.datasets))
    refinements = _any([_constraint(left, "isAnyOf", sorted(texts)) for left, texts in named if texts])
    refinements += [_constraint("cw:path", "isNoneOf", sorted(scope.but))] if scope.but else []
    target: dict[str, Any] = {"@type": "AssetCollection", "source": "cw:works"}
    return target | ({"refinement": refinements} if refinements else {})


def _duty(said: dict[str, Any]) -> dict[str, Any]:
    action = DUTY_ACTIONS[said.pop("duty")]
    refinements = []
    currency = said.pop("currency", None)
    for name, value in said.items():
        if name == "amount":
            money = _constraint("payAmount", "eq", {"@value": value, "@type": "xsd:decimal"})
            refinements.append(money | {"unit": f"{CW}currency:{currency}"})
        else:
            refinements.append(_constraint(f"cw:{name}", "eq", value))
    return {"@type": "Duty", "action": _refined(action, refinements)}


def _flow(flow: Flow) -> list[dict[str, Any]]:
    if flow.free:
        return []
    limits = [
        _constraint(f"cw:{name}", "lteq" if name in ("depth", "synthetic") else "eq", value)
        for name, value in msgspec.to_builtins(flow).items()
    ]
    return [{"@type": "Duty", "action": _refined("cw:limit-flow", limits)}]


def _refined(action: str, refinements: list[dict[str, Any]]) -> object:
    # A word under rdf:value would be a text: only `action` itself is typed.
    name = action if ":" in action else f"odrl:{action}"
    return {"rdf:value": {"@id": name}, "refinement": refinements} if refinements else action
