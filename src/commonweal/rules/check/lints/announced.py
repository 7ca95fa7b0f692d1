"""RSL that is announced, and RSL that is there."""

from __future__ import annotations

from collections.abc import Iterator

from commonweal.rules.check.collect import same_site
from commonweal.rules.check.effective import Effective
from commonweal.rules.check.evidence import Evidence
from commonweal.rules.check.lints.base import Hit, lint
from commonweal.rules.check.markup import RSL
from commonweal.rules.patterns import split


@lint(
    "announced-missing", "error", "RSL is announced and is not there",
    why="a crawler that asks for the terms gets none, and may take the site to have none",
    mend="publish the document at that address, or mend the address",
)  # fmt: skip
def missing(evidence: Evidence, effective: Effective) -> Iterator[Hit]:
    """Find announced documents that answered with an error, or that are surely not there."""
    for url, by in evidence.announced.items():
        status, _ = evidence.answers.get(evidence.key(url), (None, ""))
        if (status is None and evidence.whole and _here(url, evidence)) or (status and status >= 400):
            answer = f"answers {status}" if status else "is no file"
            yield Hit(f"{url} {answer}, announced by {by.how}", by.where, by.line)


@lint(
    "announced-not-rsl", "error", "what is announced as RSL is something else",
    why="a crawler that asks for the terms gets a page without any",
    mend="publish the RSL document there; see that missing pages answer 404",
)  # fmt: skip
def other(evidence: Evidence, effective: Effective) -> Iterator[Hit]:
    """Find announced documents in which no terms were read."""
    read = {evidence.key(url) for url in evidence.rsl}
    for url, by in evidence.announced.items():
        status, media_type = evidence.answers.get(evidence.key(url), (None, ""))
        if status is not None and status < 300 and evidence.key(url) not in read:
            yield Hit(f"{url} is {media_type or 'of no type'}, announced by {by.how}", by.where, by.line)


@lint(
    "announced-elsewhere", "note", "RSL is announced and was not read",
    why="it stands on another site, or is not among the saved responses: what it says is not in this report",
    mend="check that address by itself",
)  # fmt: skip
def elsewhere(evidence: Evidence, effective: Effective) -> Iterator[Hit]:
    """Find announced documents that were not met."""
    for url, by in evidence.announced.items():
        if evidence.key(url) not in evidence.answers and not (evidence.whole and _here(url, evidence)):
            yield Hit(f"{url}, announced by {by.how}", by.where, by.line)


@lint(
    "announced-twice", "warning", "different RSL documents are announced for one site",
    why="which of them a crawler reads depends on where it looks first",
    mend="announce one document, in robots.txt; say in it what holds where",
)  # fmt: skip
def twice(evidence: Evidence, effective: Effective) -> Iterator[Hit]:
    """Find robots.txt and pages that announce different documents."""
    first = next((url for url, by in evidence.announced.items() if by.how == "robots.txt"), None)
    told = {"robots.txt"}
    for url, by in evidence.announced.items():
        if first and by.how not in told and url != first:
            told.add(by.how)
            yield Hit(f"robots.txt announces {first}, a {by.how} {url}", by.where, by.line)


@lint(
    "rsl-unannounced", "warning", "an RSL document that nothing announces",
    why="no crawler knows where to look: it has no place of its own",
    mend="add `License: ` with its absolute URL to robots.txt",
)  # fmt: skip
def unannounced(evidence: Evidence, effective: Effective) -> Iterator[Hit]:
    """Find RSL documents that were met by chance."""
    announced = {evidence.key(url) for url in evidence.announced}
    for url in sorted(evidence.rsl):
        if evidence.key(url) not in announced and evidence.answers.get(evidence.key(url), (0, RSL))[1] == RSL:
            yield Hit("it was met by chance", url)


def _here(url: str, evidence: Evidence) -> bool:
    origin = split(url)[0]
    return not origin or (bool(evidence.origin) and same_site(origin, evidence.origin))
