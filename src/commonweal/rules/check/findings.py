"""Findings: what is wrong, where, and what to write instead; said once, however many pages say it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from commonweal.rules.dialects.base import Problem

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
EXAMPLES = 3
MESSAGES = 20
"""Different messages of one code that are told apart; further ones are counted with the last."""
LONGEST = 400


@dataclass(frozen=True)
class Finding:
    """One thing that was found.

    Attributes
    ----------
    code : str
        Stable name.
    severity : "error", "warning" or "note"
        An error is a signal that does not say what it seems to; a warning one that some understand
        otherwise, or a gap; a note is good to know.
    where : str
        File or URL where it was first met.
    line : int or None
    message, mend : str
        What is wrong, and what to write instead.
    count : int
        How often it was met.
    examples : tuple of str
        The first places.
    """

    code: str
    severity: Severity
    where: str
    line: int | None
    message: str
    mend: str
    count: int = 1
    examples: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "code": self.code, "severity": self.severity, "where": self.where, "line": self.line,
            "message": self.message, "mend": self.mend, "count": self.count, "examples": list(self.examples),
        }  # fmt: skip


@dataclass
class _Met:
    first: Finding
    count: int
    examples: list[str]


class Findings:
    """Gathers findings as they come, in bounded memory: equal ones are counted, with the first places."""

    def __init__(self) -> None:
        self._met: dict[tuple[str, str], _Met] = {}
        self._messages: dict[str, int] = {}

    def add(self, finding: Finding) -> None:
        """Take in a finding."""
        key = (finding.code, finding.message)
        if key not in self._met:
            if self._messages.get(finding.code, 0) >= MESSAGES:
                key = (finding.code, "")  # one place for all that differ further
            else:
                self._messages[finding.code] = self._messages.get(finding.code, 0) + 1
        met = self._met.get(key)
        if met is None:
            message = finding.message if key[1] else f"further ones, such as: {finding.message}"
            self._met[key] = _Met(_told(finding, message), finding.count, [place(finding)])
            return
        met.count += finding.count
        if len(met.examples) < EXAMPLES and place(finding) not in met.examples:
            met.examples.append(place(finding))

    def extend(self, problems: Iterable[Problem]) -> None:
        """Take in what readers of dialects reported."""
        for p in problems:
            severity: Severity = next((s for s in SEVERITIES if s == p.severity), "error")
            self.add(Finding(p.code, severity, p.where, p.line, p.message, p.mend))

    def sorted(self) -> tuple[Finding, ...]:
        """Return the findings: errors first, then by code, place and message."""
        out = [
            Finding(f.code, f.severity, f.where, f.line, f.message, f.mend, m.count, tuple(m.examples))
            for m in self._met.values()
            for f in (m.first,)
        ]
        return tuple(
            sorted(
                out,
                key=lambda f: (SEVERITIES.index(f.severity), f.code, f.where, f.line or 0, f.message),
            )
        )


def place(finding: Finding) -> str:
    """Return file or URL with the line."""
    return f"{finding.where}:{finding.line}" if finding.line else finding.where


def plain(text: str, most: int = LONGEST) -> str:
    """Return text of a site as it may stand in a message: one line, no control characters, bounded."""
    text = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+", " ", text[: most * 2])
    return text if len(text) <= most else text[: most - 1] + "…"


def _told(f: Finding, message: str) -> Finding:
    return Finding(f.code, f.severity, plain(f.where), f.line, plain(message), plain(f.mend), f.count)
