"""The report as one page: needs no network and no script, reads on a phone, prints."""

from __future__ import annotations

from importlib import resources
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from commonweal.counts import counted
from commonweal.errors import MissingExtraError
from commonweal.rules.check import lints
from commonweal.rules.check.effective import Effective, Group
from commonweal.rules.check.findings import SEVERITIES, Finding, plain
from commonweal.rules.dialects import every
from commonweal.rules.vocabulary import Act

if TYPE_CHECKING:
    from commonweal.rules.check.checking import Report

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
ROWS = 60
"""Rows of the table of paths; further groups are counted, and stand in the JSON."""
NAMES = 40
LONGEST_PATH = 80
HEADINGS = {"error": "Errors", "warning": "Warnings", "note": "Notes"}
MEANING = {
    "error": "A signal does not say what it seems to say.",
    "warning": "Some readers understand it otherwise, or it leaves a gap.",
    "note": "Good to know.",
}
WORDS = {"deny": "refused", "conditional": "on conditions", "allow": "allowed", "unknown": "not said"}


def page(report: Report) -> str:
    """Return the report as HTML text.

    Raises
    ------
    MissingExtraError
        If Jinja2 is absent.
    """
    try:
        import jinja2
    except ImportError as error:
        raise MissingExtraError("Jinja2", "rules", "the report of a check") from error
    where = resources.files("commonweal.rules.check") / "templates"
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined,
        loader=jinja2.FunctionLoader(lambda name: (where / name).read_text("utf-8")),
    )  # fmt: skip
    return environment.get_template("check.html").render(
        report=report,
        site=plain(report.origin or report.source or "these terms"),
        policy=POLICY,
        style=(where / "check.css").read_text("utf-8"),
        verdict=_verdict(report),
        severities=[_severity(s, report.findings) for s in SEVERITIES],
        acts=list(Act),
        words=WORDS,
        rows=[_row(g) for g in report.said.groups[:ROWS]],
        more=max(0, len(report.said.groups) - ROWS),
        named=_named(report.said),
        sources=_sources(report),
        counts={what: counted(n, what.removesuffix("s")) for what, n in report.read.items()},
        version=_version(),
    )


def _version() -> str:
    try:
        return version("commonweal")
    except PackageNotFoundError:
        return ""


def _verdict(report: Report) -> str:
    counts = [
        counted(n, s) for s in SEVERITIES if (n := sum(f.severity == s for f in report.findings))
    ]  # fmt: skip
    if not counts:
        return "Nothing was found wrong."
    return f"Found: {', '.join(counts)}."


def _severity(severity: str, findings: tuple[Finding, ...]) -> dict[str, Any]:
    """Return the findings of a severity by their codes, each with its reason said once."""
    by_code: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.severity == severity:
            by_code.setdefault(finding.code, []).append(finding)
    known = lints.every()
    return {
        "heading": HEADINGS[severity],
        "meaning": MEANING[severity],
        "name": severity,
        "number": sum(map(len, by_code.values())),
        "codes": [
            {
                "code": code,
                "title": _sentence(known[code].title if code in known else code.replace("-", " ")),
                "why": _sentence(known[code].why) + "." if code in known else "",
                "findings": [_finding(f, known[code].title if code in known else "") for f in found],
                # What mends all of them is said once.
                "mend": found[0].mend if len({f.mend for f in found}) == 1 else "",
            }
            for code, found in by_code.items()
        ],
    }


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _finding(finding: Finding, title: str) -> dict[str, Any]:
    return {
        "message": finding.message.removeprefix(f"{title}: "),
        "mend": finding.mend,
        "where": finding.examples[0] if finding.examples else finding.where,
        "count": finding.count,
        "others": finding.examples[1:],
    }


def _row(group: Group) -> dict[str, Any]:
    return {
        "paths": [plain(p, LONGEST_PATH) for p in group.paths[:3]],
        "more": max(0, len(group.paths) - 3),
        "cells": [
            {
                "act": str(act),
                "effect": str(group.effects[act]),
                "word": WORDS[group.effects[act]],
                "by": sorted({plain(v.standard) for v in group.voices.get(act, ())}),
            }
            for act in Act
        ],
    }


def _named(said: Effective) -> list[dict[str, Any]]:
    """Return those who are told something else, the alike together."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for name, told in said.named.items():
        alike.setdefault(tuple(str(told[act]) for act in Act), []).append(name)
    return [
        {
            "names": [plain(n) for n in names[:NAMES]],
            "more": max(0, len(names) - NAMES),
            "cells": [
                {"act": str(a), "effect": e, "word": WORDS[e], "by": []}
                for a, e in zip(Act, told, strict=True)
            ],
        }
        for told, names in sorted(alike.items(), key=lambda item: (-len(item[1]), item[1]))
    ]


def _sources(report: Report) -> list[dict[str, Any]]:
    """Return the standards that speak, with where."""
    by: dict[str, dict[str, list[str]]] = {}
    for signal in report.signals:
        places = by.setdefault(signal.standard, {}).setdefault(signal.channel, [])
        if plain(signal.where) not in places:
            places.append(plain(signal.where))
    known = every()
    return [
        {
            "standard": standard,
            "title": known[standard].about.title if standard in known else standard,
            "channels": [
                {"channel": channel, "places": places[:3], "more": max(0, len(places) - 3)}
                for channel, places in sorted(channels.items())
            ],
        }
        for standard, channels in sorted(by.items())
    ]
