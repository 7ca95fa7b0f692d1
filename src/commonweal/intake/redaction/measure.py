"""How much is found, measured on labelled texts: recall and precision per class with Wilson's intervals."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from math import sqrt
from pathlib import Path
from typing import NamedTuple, TypeVar

from commonweal.errors import InputError
from commonweal.intake.redaction.kinds import Find, Kind

_K = TypeVar("_K", bound=str)

COVERED = 0.8
"""The share of a span that finds must cover for it to count as found."""
CLASSES: Mapping[str, Kind] = {
    "EMAIL_ADDRESS": Kind.EMAIL,
    "PHONE_NUMBER": Kind.PHONE,
    "CREDIT_CARD": Kind.CARD,
    "IBAN_CODE": Kind.IBAN,
    "IP_ADDRESS": Kind.IP,
    "US_SSN": Kind.NATIONAL_ID,
    "US_DRIVER_LICENSE": Kind.DOCUMENT,
    "STREET_ADDRESS": Kind.ADDRESS,
    "ZIP_CODE": Kind.ADDRESS,
    "PERSON": Kind.PERSON,
}
"""Which kind answers for which class of presidio-research's labels. The other classes (places,
organisations, dates, titles, ages, nationalities, domain names) are not looked for."""


class Labelled(NamedTuple):
    """A text and the spans labelled in it: (class, start, end)."""

    text: str
    spans: list[tuple[str, int, int]]


class Share(NamedTuple):
    """A count out of another, with Wilson's interval at 95%."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        """The share; not a number out of none."""
        return self.hits / self.of if self.of else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval at 95%."""
        return wilson(self.hits, self.of)


class Score(NamedTuple):
    """What a finder found.

    Parameters
    ----------
    recall : mapping of class to Share
        Of spans labelled so, those covered to `COVERED` or more by finds of the class's kind.
    covered : mapping of class to Share
        The same by finds of any kind: what a reader of the redacted text would no longer see.
    precision : mapping of kind to Share
        Of finds of a kind, those that lie at least by half in spans of a class it answers for.
    """

    recall: Mapping[str, Share]
    covered: Mapping[str, Share]
    precision: Mapping[Kind, Share]


def wilson(hits: int, n: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """Return Wilson's score interval of a share (E. B. Wilson, JASA 22, 1927); (0, 1) out of none."""
    if not n:
        return 0.0, 1.0
    p, scale = hits / n, 1 + z * z / n
    middle, half = (p + z * z / (2 * n)) / scale, z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / scale
    return max(0.0, middle - half), min(1.0, middle + half)


def load(path: str | Path) -> list[Labelled]:
    """Return the labelled texts of a file in presidio-research's form.

    Raises
    ------
    InputError
        If the file is of another form.
    """
    try:
        rows = json.loads(Path(path).read_text(encoding="utf-8"))
        return [
            Labelled(
                row["full_text"],
                [(s["entity_type"], s["start_position"], s["end_position"]) for s in row["spans"]],
            )
            for row in rows
        ]
    except (ValueError, KeyError, TypeError):
        raise InputError(
            "no labelled texts",
            where=str(path),
            mend="give JSON: full_text, and spans of entity_type and positions",
        ) from None


def score(
    labelled: Iterable[Labelled],
    find_many: Callable[[Iterable[str]], Iterable[list[Find]]],
    classes: Mapping[str, Kind] = CLASSES,
) -> Score:
    """Return how much of what is labelled is found, and how much of what is found is labelled.

    Parameters
    ----------
    labelled : iterable of Labelled
    find_many : callable
        From texts to the finds in each, without overlap.
    classes : mapping of class to Kind
        Which kind answers for each class; spans of other classes are left out.
    """
    texts = list(labelled)
    recall: dict[str, list[bool]] = {}
    covered: dict[str, list[bool]] = {}
    precision: dict[Kind, list[bool]] = {}
    for text, finds in zip(texts, find_many(t.text for t in texts), strict=True):
        for name, start, end in text.spans:
            if kind := classes.get(name):
                right = [f for f in finds if f.kind is kind]
                recall.setdefault(name, []).append(_inside(start, end, right) >= COVERED * (end - start))
                covered.setdefault(name, []).append(_inside(start, end, finds) >= COVERED * (end - start))
        for find in finds:
            spans = {(a, b) for name, a, b in text.spans if classes.get(name) is find.kind}
            hit = 2 * len({i for a, b in spans for i in range(max(a, find.start), min(b, find.end))})
            precision.setdefault(find.kind, []).append(hit >= find.end - find.start)
    return Score(_shares(recall), _shares(covered), _shares(precision))


def _inside(start: int, end: int, finds: Iterable[Find]) -> int:
    return sum(max(0, min(end, f.end) - max(start, f.start)) for f in finds)


def _shares(found: Mapping[_K, list[bool]]) -> dict[_K, Share]:
    return {key: Share(sum(hits), len(hits)) for key, hits in found.items()}


def table(scored: Score, classes: Mapping[str, Kind] = CLASSES) -> str:
    """Return a score as a Markdown table; a kind's precision stands beside each class that it answers for."""
    rows = [
        "| labelled | spans | recall | 95% | covered by any kind | precision of the kind | 95% |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, share in sorted(scored.recall.items(), key=lambda item: -item[1].of):
        right = scored.precision.get(classes[name], Share(0, 0))
        rows.append(
            f"| {name} | {share.of} | {_percent(share.value)} | {_range(share)} | "
            f"{_percent(scored.covered[name].value)} | "
            + (
                f"{_percent(right.value)} ({right.hits} of {right.of}) | {_range(right)} |"
                if right.of
                else "– | – |"
            )
        )
    return "\n".join(rows)


def _percent(value: float) -> str:
    return f"{value:.3f}"


def _range(share: Share) -> str:
    low, high = share.interval
    return f"{low:.2f}–{high:.2f}"
