"""A check: from a source to a report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from commonweal.rules import terms as terms_files
from commonweal.rules.check import lints
from commonweal.rules.check.collect import Limits, collect
from commonweal.rules.check.effective import Effective, effective
from commonweal.rules.check.evidence import Evidence, gather
from commonweal.rules.check.findings import Finding, Findings
from commonweal.rules.signals import Signal

FORMAT = "commonweal-check/1"


@dataclass(frozen=True)
class Report:
    """What a site's signals say, where they contradict each other, and what they fail to protect.

    Attributes
    ----------
    source : str
        What was checked.
    origin : str
        The site; "" where it is not known.
    at : datetime
        The time by which signals were judged.
    findings : tuple of Finding
        Errors first.
    said : Effective
        What holds of each path, and who says so.
    signals : tuple of Signal
    read : Mapping
        How many responses and pages were read.
    skipped : Mapping
        What was left out, and how often.
    """

    source: str
    origin: str
    at: datetime
    findings: tuple[Finding, ...]
    said: Effective
    signals: tuple[Signal, ...]
    read: Mapping[str, int]
    skipped: Mapping[str, int]

    @property
    def failed(self) -> bool:
        """Is any finding an error?"""
        return any(f.severity == "error" for f in self.findings)

    @property
    def effective(self) -> dict[str, dict[str, str]]:
        """{path: {act: effect}} as a stranger is told, of each pattern that a signal names and each page."""
        return self.said.to_json()

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "format": FORMAT,
            "source": self.source,
            "origin": self.origin,
            "at": self.at.isoformat(),
            "findings": [f.to_json() for f in self.findings],
            "effective": self.effective,
            "named": {
                name: {str(a): str(e) for a, e in told.items()} for name, told in self.said.named.items()
            },
            "standards": sorted({s.standard for s in self.signals}),
            "read": dict(self.read),
            "skipped": dict(sorted(self.skipped.items())),
        }

    def json(self) -> str:
        """Return the report as a JSON text."""
        return json.dumps(self.to_json(), indent=2, ensure_ascii=False) + "\n"

    def html(self) -> str:
        """Return the report as one page that needs nothing else."""
        from commonweal.rules.check.report import page

        return page(self)


def check(source: str, *, limits: Limits | None = None, origin: str = "") -> Report:
    """Check a site, or terms.

    Parameters
    ----------
    source : str
        A folder of a static site, saved responses (`.warc`, `.warc.gz`, `.har`), an http(s) URL, or a file of
        terms (`.toml`, `.json`).
    limits : Limits, optional
    origin : str
        See `collect`.

    Raises
    ------
    InputError
        If the source can't be read.
    """
    if source.endswith((".toml", ".json")) and Path(source).is_file():
        signal = Signal(terms_files.read(source), where=source)
        return of_evidence(Evidence(site=[signal]), source)
    return of_evidence(gather(collect(source, limits or Limits(), origin.rstrip("/"))), source)


def of_evidence(evidence: Evidence, source: str = "") -> Report:
    """Judge what was gathered."""
    said = effective(evidence)
    found: Findings = evidence.findings
    for finding in lints.run(evidence, said):
        found.add(finding)
    read = {
        "responses": len(evidence.answers),
        "pages": len(evidence.pages),
        "signals": len(evidence.signals),
    }
    return Report(
        source, evidence.origin, evidence.at, found.sorted(), said, tuple(evidence.signals), read,
        evidence.skipped,
    )  # fmt: skip
