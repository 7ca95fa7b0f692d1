"""robots.txt as a file: where it stands and how it is sent (RFC 9309).

What is wrong in its lines the readers of dialects report.
"""

from __future__ import annotations

from collections.abc import Iterator

from commonweal.rules.check.effective import Effective
from commonweal.rules.check.evidence import Evidence, RobotsFile
from commonweal.rules.check.found import HTML
from commonweal.rules.check.lints.base import Hit, lint
from commonweal.rules.robots_txt import MOST_BYTES


def good(evidence: Evidence) -> RobotsFile | None:
    """Return robots.txt, if it was answered as one."""
    robots = evidence.robots
    return robots if robots and robots.status == 200 and robots.media_type not in HTML else None


@lint(
    "robots-not-at-root", "warning", "a robots.txt that nobody reads",
    why="crawlers ask for /robots.txt at the root of a host and nowhere else (RFC 9309, section 2.3)",
    mend="move its lines into /robots.txt, with their paths written in full",
)  # fmt: skip
def not_at_root(evidence: Evidence, effective: Effective) -> Iterator[Hit]:
    """Find files called robots.txt below the root."""
    for url in evidence.strays:
        yield Hit("it stands below the root", url)


@lint(
    "robots-media-type", "error", "robots.txt is not sent as plain text",
    why="some crawlers read a page in its place as empty, and an empty file forbids nothing",
    mend="send it as text/plain; charset=utf-8",
)  # fmt: skip
def media_type(evidence: Evidence, effective: Effective) -> Iterator[Hit]:
    """Find a robots.txt of another media type."""
    robots = evidence.robots
    if robots and robots.status == 200 and robots.media_type != "text/plain":
        yield Hit(f"it is sent as {robots.media_type or 'no type at all'}", robots.url)


@lint(
    "robots-not-utf8", "error", "robots.txt is not UTF-8",
    why="paths with other characters match nothing, and the line may be ignored (RFC 9309, section 2.2)",
    mend="save it as UTF-8, or percent-encode what is not ASCII",
)  # fmt: skip
def not_utf8(evidence: Evidence, effective: Effective) -> Iterator[Hit]:
    """Find the first byte that is not UTF-8."""
    robots = good(evidence)
    if robots is None:
        return
    raw = robots.raw[:MOST_BYTES]
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        if len(raw) - error.start > 3 or not (robots.cut or len(robots.raw) > MOST_BYTES):
            yield Hit(f"byte {error.start}", robots.url, raw[: error.start].count(b"\n") + 1)


@lint(
    "robots-unreachable", "error", "robots.txt is not answered",
    why="crawlers must then keep away from the whole site, search engines too (RFC 9309, section 2.3.1.4)",
    mend="answer 200 with the file, or 404 where there is none",
)  # fmt: skip
def unreachable(evidence: Evidence, effective: Effective) -> Iterator[Hit]:
    """Find a robots.txt that fails."""
    robots = evidence.robots
    if robots and (robots.status >= 500 or robots.status == 429 or robots.status == 0):
        yield Hit(f"status {robots.status}" if robots.status else "no answer", robots.url)
