"""Policies of TDMRep: what a reservation may be lifted on, as ODRL in the report's profile."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from commonweal.rules.dialects._json import parse
from commonweal.rules.dialects._jsonld import Graph
from commonweal.rules.dialects._odrl_read import policies_in
from commonweal.rules.dialects.base import Artefact, Kind, Problem, Reading, Site, Strict, where_longest
from commonweal.rules.dialects.odrl import read_policies
from commonweal.rules.request import Request
from commonweal.rules.signals import Signal
from commonweal.rules.terms import Rule, Terms
from commonweal.rules.vocabulary import Act, Consent, Effect, Pay

CONTEXT = ["http://www.w3.org/ns/odrl.jsonld", {"tdm": "http://www.w3.org/ns/tdmrep#"}]
PROFILE = "http://www.w3.org/ns/tdmrep"


def policy_of(terms: Terms, pattern: str, site: Site, acts: Iterable[Act]) -> Artefact:
    """Return the policy of a path: an ODRL Offer in the report's profile, named by its content."""
    owed = Strict.of(where_longest(terms, pattern, site), site).policy
    found = [owed.over(act, pattern, request=Request(act, at=site.at)) for act in acts]
    pays = any(isinstance(duty, Pay) for decision in found for duty in decision.duties)
    # Consent stands for all that the profile has no word for: amounts, reports, limits of flow.
    duties = [{"action": "obtainConsent"}] + ([{"action": "compensate"}] if pays else [])
    who = terms.declarer
    assigner = {"uid": who.url or site.origin, "vcard:fn": who.name}
    if "@" in who.contact:
        assigner["vcard:hasEmail"] = "mailto:" + who.contact.removeprefix("mailto:")
    assigner["vcard:hasURL"] = site.terms_url or terms.url
    policy: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "Offer",
        "profile": PROFILE,
        "assigner": {key: value for key, value in assigner.items() if value},
        "permission": [{"action": "tdm:mine", "duty": duties}],
    }
    name = hashlib.sha256(dump({**policy, "terms": terms.sha256}).encode()).hexdigest()[:16]
    path = f"policies/tdm-{name}.json"
    policy = {"@context": CONTEXT, "uid": f"{site.origin}/{path}", **policy}
    return Artefact(Kind.FILE, dump(policy), path, media_type="application/ld+json")


def follow(reading: Reading, policies: Mapping[str, Artefact]) -> Reading:
    """Return a reading in which links to policies that are at hand give way to what the policies say.

    Parameters
    ----------
    reading : Reading
        Of TDMRep artefacts.
    policies : mapping of URL to Artefact
        Policies that were fetched. One that is missing, is not understood or permits nothing leaves its rule
        as it is: consent first.
    """
    problems: list[Problem] = list(reading.problems)
    signals = [_followed(signal, policies, problems) for signal in reading.signals]
    return Reading(tuple(signals), tuple(dict.fromkeys(problems)))


def _followed(signal: Signal, policies: Mapping[str, Artefact], problems: list[Problem]) -> Signal:
    pairs: list[tuple[Rule, int | None]] = []
    for number, rule in enumerate(signal.terms.rules):
        urls = {duty.url for duty in rule.duties if isinstance(duty, Consent)}
        found = [policies[url] for url in urls & policies.keys()]
        said = _permitted(rule, found[0], problems) if len(found) == 1 else []
        pairs += [(one, signal.line(number)) for one in said or [rule]]
    terms = Terms(tuple(rule for rule, _ in pairs))
    lines = {rule.key: line for rule, line in reversed(pairs)}
    return replace(signal, terms=terms, lines=tuple(lines[rule.key] for rule in terms.rules))


def _permitted(rule: Rule, policy: Artefact, problems: list[Problem]) -> list[Rule]:
    value, wrong = parse(policy.text, "tdmrep-policy-json", policy.where, policy.line)
    problems += wrong
    if wrong:
        return []
    graph = Graph(value)
    read = read_policies(graph, policies_in(graph), policy, "tdmrep", rule.scope)
    problems += read.problems
    found = [one for signal in read.signals for one in signal.terms.rules]
    mining = [one for one in found if one.acts & rule.acts]
    if any(one.effect is Effect.DENY for one in mining) or len(read.signals) != 1:
        return []
    # Where a policy says several things, they meet: whoever fits two permissions owes both.
    return [msgspec.structs.replace(one, acts=one.acts & rule.acts, scope=rule.scope) for one in mining]


def dump(value: object) -> str:
    """Return JSON for people and machines."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
