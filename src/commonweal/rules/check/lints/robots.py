"""robots.txt as a file: where it stands, how it is sent, what its lines do not do (RFC 9309)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from commonweal.rules.check.effective import Effective
from commonweal.rules.check.evidence import Evidence, RobotsFile
from commonweal.rules.check.found import HTML
from commonweal.rules.check.lints.base import Hit, lint
from commonweal.rules.robots_txt import MOST_BYTES
from commonweal.rules.vocabulary import Act, Effect

_PROHIBITS = re.compile(
    r"\b(no|not|never|without|forbid\w*|forbidden|prohibit\w*|reserve[sd]?|disallow\w*|ban(ned|s)?|deny|denie[sd]"
    r"|refuse[sd]?|untersagt|interdit\w*|prohibid\w*)\b",
    re.IGNORECASE,
)
_USES = re.compile(
    r"\b(train\w*|machine.learning|artificial intelligence|AI|LLMs?|language models?|scrap\w+|TDM"
    r"|data.?mining|text and data|KI-?Training|entra[iî]nement|entrenamiento)\b",
    re.IGNORECASE,
)


def _good(evidence: Evidence) -> RobotsFile | None:
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
    robots = _good(evidence)
    if robots is None:
        return
    raw = robots.raw[:MOST_BYTES]
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        if len(raw) - error.start > 3 or not (robots.cut or len(robots.raw) > MOST_BYTES):
            yield Hit(f"byte {error.start}", robots.url, raw[: error.start].count(b"\n") + 1)


@lint(
    "robots-too-large", "error", "robots.txt is over 500 KiB",
    why="a crawler need not read further (RFC 9309, section 2.5): what stands there is as if unsaid",
    mend="use patterns with *, and leave out what the rules for all crawlers say already",
)  # fmt: skip
def too_large(evidence: Evidence, effective: Effective) -> Iterator[Hit]:
    """Find what is not read."""
    robots = _good(evidence)
    if robots and len(robots.raw) > MOST_BYTES:
        line = robots.raw[:MOST_BYTES].count(b"\n") + 1
        size = "more than " * robots.cut + f"{len(robots.raw):,}"
        yield Hit(f"of {size} bytes, those from line {line} on may not be read", robots.url, line)


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


@lint(
    "robots-line", "warning", "a line of robots.txt that says nothing",
    why="without a key, a colon and a value it is ignored, whatever it means to a person",
    mend="write `Key: value`; put # before what is meant for people",
)  # fmt: skip
def malformed(evidence: Evidence, effective: Effective) -> Iterator[Hit]:
    """Find lines without a known shape."""
    robots = _good(evidence)
    if robots:
        for line in robots.parsed.malformed:
            yield Hit(f"`{line.value[:80]}`", robots.url, line.number)


@lint(
    "robots-path", "error", "a path in robots.txt that matches nothing",
    why="a path starts with / or *: any other value is ignored, and nothing is disallowed",
    mend="put / before it",
)  # fmt: skip
def relative(evidence: Evidence, effective: Effective) -> Iterator[Hit]:
    """Find allow and disallow lines whose value is no path."""
    robots = _good(evidence)
    for group in robots.parsed.groups if robots else ():
        for line in group.lines:
            if line.key in ("allow", "disallow") and line.value and not line.value.startswith(("/", "*")):
                yield Hit(f"`{line.key}: {line.value[:80]}`", robots.url, line.number)  # type: ignore[union-attr]


@lint(
    "robots-prose-ban", "error", "a ban that only people can read",
    why="a comment says that use is forbidden; for machines nothing is",
    mend="say it in a signal too: `Content-Usage: train-ai=n` below `User-agent: *`",
)  # fmt: skip
def prose(evidence: Evidence, effective: Effective) -> Iterator[Hit]:
    """Find a ban in a comment where fetching is open and training is not refused."""
    robots = _good(evidence)
    if robots is None or not robots.parsed.allowed("*", "/"):
        return
    if effective.root.effects[Act.TRAIN_GEN] not in (Effect.UNKNOWN, Effect.ALLOW):
        return
    text = robots.raw[:MOST_BYTES].decode("utf-8", "replace")
    before = ""
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        comment = line.partition("#")[2][:500]
        said = f"{before} {comment}"  # a sentence may go on in the next line
        if _USES.search(said) and _PROHIBITS.search(said):
            yield Hit(f"`#{comment[:100]}`", robots.url, number)
            return
        before = comment
