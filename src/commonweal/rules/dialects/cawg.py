"""CAWG training and data mining assertion 1.1: a statement inside the work, signed with its C2PA manifest.

Four entries, each `allowed`, `notAllowed` or `constrained`. It travels with the work and can't be taken back,
so what is written is the strictest from now on, for every work that the terms cover. It governs use, wherever
the work was fetched from. Whoever reads it without having checked the signature passes an artefact that is
not verified: it then restricts and never grants.

What is written is one assertion, to be put into the list of assertions of a manifest by a tool that signs
(c2patool, c2pa-python): a claim of authorship is the signer's to make. What is read may be the assertion, a
manifest definition, or the manifest store that such a tool prints.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from commonweal.rules.dialects._json import line_of, parse
from commonweal.rules.dialects.base import (
    About,
    Artefact,
    Kind,
    Loss,
    Problem,
    Reading,
    Site,
    Strict,
    Token,
    Written,
    located,
    say,
)
from commonweal.rules.signals import Binding
from commonweal.rules.terms import Rule, Terms
from commonweal.rules.vocabulary import Act, Consent, Effect

LABEL, OLD_LABEL = "cawg.training-mining", "c2pa.training-mining"
TOKENS = (
    Token("cawg.ai_generative_training", frozenset({Act.TRAIN_GEN})),
    Token("cawg.ai_training", frozenset({Act.TRAIN_DISC})),
    Token("cawg.ai_inference", frozenset({Act.GROUND})),
    Token("cawg.data_mining", frozenset({Act.MINE})),
)
ACTS = {token.name: token.acts for token in TOKENS}
SAYS = {"allowed": Effect.ALLOW, "notAllowed": Effect.DENY, "constrained": Effect.CONDITIONAL}
WORD = {effect: word for word, effect in SAYS.items()}
ALSO_INFERENCE = (Act.EVAL, Act.SYNTH)
"""Inference is any input to a trained model: to measure it, or to have it write data, as well."""

ABOUT = About(
    name="cawg",
    title="CAWG Training and Data Mining Assertion",
    version="1.1",
    url="https://cawg.io/training-and-data-mining/1.1/",
    checked="2026-11",
    status="approved by the Creator Assertions Working Group (Decentralized Identity Foundation)",
    tokens=TOKENS,
    silence="no entry: unknown",
    conditions="`constrained`, with a link to the full terms and their hash; without one it reads as refused",
    cannot=(
        "who asks, where and what for",
        "which duty is owed: it links to the full terms",
        "a time limit: the mark stays in the work, and says the strictest from the time of writing on",
        "different terms for different works: make one mark for each",
        "fetching, search, indexing, evaluation, synthetic data, redistribution",
    ),
)


class Cawg:
    """The dialect."""

    about = ABOUT

    def write(self, terms: Terms, site: Site) -> Written:
        """Return one assertion for all works that the terms cover, or nothing where they say nothing."""
        strict = Strict.of(terms, site, ever=True)
        effects = strict.effects()
        entries: dict[str, dict[str, str]] = {}
        for token in TOKENS:
            effect = say(token, effects, conditions=True)
            if Act.GROUND in token.acts and effect is Effect.ALLOW:
                refused = {effects[a] for a in ALSO_INFERENCE} & {Effect.DENY, Effect.CONDITIONAL}
                effect = Effect.UNKNOWN if refused else effect
            if effect is not Effect.UNKNOWN:
                entries[token.name] = {"use": WORD[effect]}
            if effect is Effect.CONDITIONAL:
                entries[token.name]["constraint_info"] = _link(terms, site)
        losses: tuple[Loss, ...] = ()
        if any(not rule.scope.everything for rule in terms.rules):
            losses = (Loss("scope", "one mark for all works says the strictest of any"),)
        if not entries:
            return Written((), losses)
        text = json.dumps({"label": LABEL, "data": {"entries": entries}}, indent=2) + "\n"
        mark = Artefact(Kind.FILE, text, path="cawg.json", media_type="application/json")
        return Written((mark,), losses)

    def reads(self, artefact: Artefact) -> bool:
        """Is it a file of JSON that names the assertion?"""
        return artefact.kind is Kind.FILE and any(
            f'"{label}' in artefact.text for label in (LABEL, OLD_LABEL)
        )

    def read(self, artefact: Artefact) -> Reading:
        """Return what an assertion, a manifest definition or a manifest store says.

        In a store the active manifest speaks. What its ingredients say of themselves is heard where it
        restricts: permission for a part is none for the whole.
        """
        value, wrong = parse(artefact.text, "cawg-json", artefact.where, artefact.line)
        problems = list(wrong)
        rules: list[tuple[Rule, int | None]] = []
        for label, data, grants in _assertions(value):
            if label == OLD_LABEL:
                problems.append(
                    Problem("cawg-old-label", f"`{OLD_LABEL}` was replaced: many readers ignore it",
                            f"write `{LABEL}`, and `cawg.` before its entries", artefact.where,
                            line_of(artefact.text, label, artefact.line), "warning")
                )  # fmt: skip
            entries = data.get("entries") if isinstance(data, dict) else None
            if not isinstance(entries, dict):
                problems.append(
                    Problem("cawg-entries", "the assertion has no map of entries and says nothing",
                            'write {"entries": {"cawg.ai_training": {"use": "notAllowed"}}}', artefact.where,
                            line_of(artefact.text, label, artefact.line))
                )  # fmt: skip
                continue
            for key, entry in entries.items():
                rule, found = _entry(key, entry, artefact)
                problems += found
                if rule is not None and (rule.effect is not Effect.ALLOW or (grants and label == LABEL)):
                    rules.append((rule, line_of(artefact.text, key, artefact.line)))
        signals = located(
            rules, ABOUT.name, artefact, "embedded", binding=Binding.UNIT, verified=artefact.verified
        )
        return Reading(signals, tuple(dict.fromkeys(problems)))


DIALECT = Cawg()


def _link(terms: Terms, site: Site) -> str:
    return f"{site.terms_url or terms.url} sha256:{terms.sha256}".strip()


def _assertions(value: Any, grants: bool = True) -> Iterator[tuple[str, Any, bool]]:
    """Yield (label, data, may it grant) of each training-mining assertion in what a tool wrote."""
    if not isinstance(value, dict):
        return
    manifests = value.get("manifests")
    if isinstance(manifests, dict):
        for name, manifest in manifests.items():
            if isinstance(manifest, dict):
                yield from _assertions(
                    {"assertions": manifest.get("assertions")}, name == value.get("active_manifest")
                )
    elif isinstance(value.get("assertions"), list):
        for assertion in value["assertions"]:
            if isinstance(assertion, dict) and "assertions" not in assertion:
                yield from _assertions(assertion, grants)
    elif isinstance(value.get("label"), str):
        label = value["label"].split("__")[0]  # `__1` numbers assertions of one kind
        if label in (LABEL, OLD_LABEL):
            yield label, value.get("data"), grants


def _entry(key: str, entry: Any, artefact: Artefact) -> tuple[Rule | None, list[Problem]]:
    """Return what one entry says; keys of others' own vocabularies are allowed, and say nothing here."""
    line = line_of(artefact.text, key, artefact.line)
    name = key.replace("c2pa.", "cawg.", 1) if key.startswith("c2pa.") else key
    if name not in ACTS:
        reserved = name.startswith("cawg.")
        unknown = Problem("cawg-unknown-entry", f"`{key}` is no entry of the assertion and is ignored",
                          f"use {', '.join(ACTS)}", artefact.where, line, "warning")  # fmt: skip
        return None, [unknown] if reserved else []
    use = entry.get("use") if isinstance(entry, dict) else None
    if not isinstance(use, str) or use not in SAYS:
        mend = "write allowed, notAllowed or constrained"
        return None, [
            Problem("cawg-use", f"`{key}` has no known use and says nothing", mend, artefact.where, line)
        ]
    if SAYS[use] is not Effect.CONDITIONAL:
        return Rule(ACTS[name], SAYS[use]), []
    # The text of the standard and its schema spell the field differently.
    info = entry.get("constraint_info") or entry.get("constraints_info")
    if not isinstance(info, str) or not info.strip():
        missing = Problem("cawg-constraint-missing",
                          f"`{key}` is constrained, and nothing says by what: it reads as notAllowed",
                          "link to the terms in constraint_info", artefact.where, line,
                          "warning")  # fmt: skip
        return Rule(ACTS[name], Effect.DENY), [missing]
    return Rule(ACTS[name], Effect.CONDITIONAL, duties=frozenset({consent(info)}), note=info), []


def consent(text: str) -> Consent:
    """Return the duty that words about a constraint state: ask first, on the terms that they link to."""
    url = re.search(r"https?://[^\s\"'<>]+", text)
    digest = re.search(r"\bsha256:([0-9a-f]{64})\b", text)
    return Consent(url.group().rstrip(".,;)") if url else "", digest[1] if digest else "")
