"""Hugging Face dataset cards: the licence and the gate in a card's front matter.

A card names one licence, and may ask whoever wants the files to agree to conditions first. It has no word for
an act. So a card of ours points to the terms with their hash, and the boxes to tick name the acts: those that
wait for the terms to be accepted, and those that are refused. What is free of conditions is never said: the
licence is `other`. The gate itself is switched on in the repository's settings; a card only words it.

The front matter is read by hand, for a few keys at its top; it is never handed to a reader of all of YAML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

import msgspec

from commonweal.errors import InputError
from commonweal.rules.dialects._licences import rules_of
from commonweal.rules.dialects.base import (
    About,
    Artefact,
    Kind,
    Loss,
    Problem,
    Reading,
    Site,
    Strict,
    Written,
    located,
)
from commonweal.rules.terms import Rule, Terms, check_size
from commonweal.rules.vocabulary import Act, Consent, Effect, Scope

FILE = "huggingface/README.md"
WAITS = "I accept the terms for"
REFUSES = "I will not use it for"
GATED = "extra_gated_"

ABOUT = About(
    name="huggingface",
    title="Hugging Face dataset card",
    version="as documented in 2026-11",
    url="https://huggingface.co/docs/hub/datasets-gated",
    checked="2026-11",
    status="documentation of one host",
    tokens=(),
    silence="the licence alone: unknown for training unless it dedicates the data to the public domain",
    conditions="a gate: access after the terms are accepted, which are named by link and SHA-256",
    cannot=(
        "what is allowed without a condition",
        "who asks, where and what for; single files",
        "any duty but consent; limits of flow, time limits, notice",
        "whether the gate is switched on: that is a setting of the repository",
    ),
)


class HuggingFace:
    """The dialect."""

    about = ABOUT

    def write(self, terms: Terms, site: Site) -> Written:
        """Return the front matter of a card; nothing for terms that say nothing."""
        if not terms.rules:
            return Written(())
        strict = Strict.of(terms, site)
        effects = {act: strict.effect(act) for act in Act}
        url = site.terms_url or terms.url
        losses = (
            [] if url else [Loss("license_link", "the terms have no address: say where they are published")]
        )
        if any(not rule.scope.everything for rule in terms.rules):
            losses.append(
                Loss("scope", "a card speaks of all files: what is refused of some is refused of all")
            )
        said: dict[str, object] = {"license": "other", "license_name": f"terms-{terms.sha256[:16]}"}
        said |= {"license_link": url} if url else {}
        boxes = {
            f"{label}: {', '.join(acts)}": "checkbox"
            for label, effect in ((WAITS, Effect.CONDITIONAL), (REFUSES, Effect.DENY))
            if (acts := sorted(act for act in Act if effects[act] is effect))
        }
        if boxes:
            where = f" at {url}" if url else ""
            said["extra_gated_heading"] = "Accept the terms of use to get the files"
            said["extra_gated_prompt"] = f"Use is on the terms{where}, SHA-256 {terms.sha256}."
            said["extra_gated_fields"] = boxes
            said["extra_gated_button_content"] = "I accept the terms"
        said["tags"] = ["terms-of-use"]
        text = f"---\n{_yaml(said)}---\n"
        return Written((Artefact(Kind.FILE, text, FILE, media_type="text/markdown"),), tuple(losses))

    def reads(self, artefact: Artefact) -> bool:
        """Is it a README.md with front matter?"""
        named = artefact.path.rpartition("/")[2].lower() == "readme.md"
        return artefact.kind is Kind.FILE and named and artefact.text.lstrip("\ufeff").startswith("---")

    def read(self, artefact: Artefact) -> Reading:
        """Return what the licence and the gate of a card say."""
        problems: list[Problem] = []
        keys = _front_matter(artefact, problems)
        rules = _rules(keys, artefact, problems)
        return Reading(located(rules, ABOUT.name, artefact, "file"), tuple(problems))


DIALECT = HuggingFace()


def _yaml(said: dict[str, object]) -> str:
    lines = []
    for key, value in said.items():
        if isinstance(value, dict):
            lines += [f"{key}:", *(f"  {_quoted(name)}: {kind}" for name, kind in value.items())]
        elif isinstance(value, list):
            lines += [f"{key}:", *(f"- {_quoted(item)}" for item in value)]
        else:
            lines.append(f"{key}: {_quoted(str(value))}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Return a text in double quotes, as YAML 1.1 and 1.2 and JSON read alike."""
    quoted = json.dumps(text, ensure_ascii=False)
    return re.sub(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]", lambda m: f"\\u{ord(m[0]):04x}", quoted)


# Reading --------------------------------------------------------------------------------------------------


def _front_matter(artefact: Artefact, problems: list[Problem]) -> dict[str, tuple[str, int]]:
    """Return the text and line of each key at the top of the front matter."""

    def wrong(code: str, message: str, mend: str, line: int) -> None:
        problems.append(Problem(f"huggingface-{code}", message, mend, artefact.where, line))

    try:
        check_size(artefact.text.encode(errors="replace"), None)
    except InputError as error:
        wrong("too-large", f"{error.problem}; it is not read", error.mend, artefact.line)
        return {}
    lines = artefact.text.lstrip("\ufeff").splitlines()
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")), None)
    if end is None:
        wrong("no-end", "the front matter is not closed and says nothing", "close it with ---", artefact.line)
        return {}
    found: dict[str, tuple[str, int]] = {}
    twice: set[str] = set()
    key = ""
    parts: dict[str, list[str]] = {}
    for number, line in enumerate(lines[1:end], artefact.line + 1):
        match = re.match(r"([A-Za-z_][\w-]*|\"[^\"\\]*\"|'[^']*')\s*:(?:\s+(.*)|)$", line)
        if match:
            key = match[1].strip("\"'")
            twice |= {key} & parts.keys()
            parts[key] = [match[2] or ""]
            found[key] = ("", number)
        elif line.strip() and key:
            parts[key].append(line)
    for name in sorted(twice):
        wrong(
            "repeated",
            f"`{name[:80]}` is said twice, and readers differ in which counts",
            "keep one",
            found[name][1],
        )
    if twice:
        # Whatever it was, it grants nothing; what the gate refuses still stands.
        parts.pop("license", None)
    return {name: ("\n".join(lines), found[name][1]) for name, lines in parts.items()}


def _rules(
    keys: dict[str, tuple[str, int]], artefact: Artefact, problems: list[Problem]
) -> list[tuple[Rule, int | None]]:
    gate = " ".join(text for key, (text, _) in keys.items() if key.startswith(GATED))
    line = next((number for key, (_, number) in keys.items() if key.startswith(GATED)), artefact.line)
    link = _first(keys.get("license_link", ("", 0))[0])
    url = link if link.startswith(("https://", "http://")) else ""
    digest = re.search(r"SHA-256 ([0-9a-f]{64})", gate)
    consent = Consent(url, digest[1] if digest else "")
    rules: list[tuple[Rule, int | None]] = []
    refused, waiting = _acts(gate, REFUSES), _acts(gate, WAITS)
    if refused:
        rules.append((Rule(refused, Effect.DENY), line))
    if waiting and digest:
        rules.append((Rule(waiting, Effect.CONDITIONAL, duties=frozenset({consent})), line))
    licences, number = _listed(keys.get("license", ("", 0))[0]), keys.get("license", ("", 0))[1]
    permitted = rules_of(licences, Scope()) if licences else None
    if licences and permitted is None and not (refused or waiting):
        message = "what the licence says of these acts is not known: nothing is granted"
        mend = "use a licence of the SPDX list, or say more in a Croissant description"
        problems.append(Problem("huggingface-licence", message, mend, artefact.where, number, "note"))
    for rule in permitted or ():
        # Behind a gate nothing is had before its conditions are accepted.
        gated = {"effect": Effect.CONDITIONAL, "duties": rule.duties | {consent}} if gate else {}
        rules.append((msgspec.structs.replace(rule, **gated), number))
    return rules


def _acts(gate: str, label: str) -> frozenset[Act]:
    named = [
        word.strip() for m in re.finditer(label + r": ([a-z, -]{1,200})", gate) for word in m[1].split(",")
    ]
    return frozenset(act for act in Act if act in named)


def _first(text: str) -> str:
    return next(iter(_listed(text)), "")


def _listed(text: str) -> list[str]:
    """Return the values of a key: one, a list in brackets, or a list of lines with hyphens."""
    head, *rest = text.split("\n")
    values: Iterable[str]
    if re.fullmatch(r"\[[^\[\]{}]*\]", head.strip()):
        values = head.strip()[1:-1].split(",")
    elif head.strip():
        # More lines below a value continue it: it is no name of a licence.
        values = [head if not any(line.strip() for line in rest) else text]
    else:
        values = [re.sub(r"^\s*-\s+", "", line) for line in rest]
    bare = (re.sub(r"\s+#.*$", "", value).strip() for value in values)
    return [value.strip("\"'") for value in bare if value]
